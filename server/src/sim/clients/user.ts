/** A client that produces and reads, and checks what it gets. */

import {
  FetchOffsetsApi,
  ProduceApi,
  StreamFetchApi,
  UpdateConsumerOffsetApi,
  UpdateOffsetsApi,
} from "@smdk/protocol";
import { check, type TopicModel } from "../cluster-model.ts";
import type { PartitionModel } from "../partition-model.ts";
import { batchOf, recordsIn } from "../records.ts";
import { ConnectionLost, type WireClient } from "../wire-client.ts";
import { plain, READ_PATIENCE_MS, SimClient } from "./client.ts";

/** Refusals after which nothing is stored. */
const REFUSALS = new Set(["NotLeaderForPartition", "StorageError", "PartitionFull", "MessageTooLarge"]);

export class User extends SimClient {
  #sent = 0;

  /** Produces, reads and asks; where the connection is lost, goes on with a new one. */
  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      await this.step(async () => {
        const topics = this.shared.model.existing;
        if (topics.length === 0) return;
        const topic = this.random.pick(topics);
        const partition = this.random.integer(topic.partitions.length);
        const what = this.random.integer(10);
        if (what < 5) await this.#produce(topic, partition);
        else if (what < 8) await this.#consume(topic, partition);
        else await this.#askOffsets(topic, partition);
      });
    }
    this.connections.close();
  }

  async #produce(topic: TopicModel, partition: number): Promise<void> {
    const spu = await this.leader(topic.name, partition);
    const model = topic.partitions[partition];
    if (spu === undefined || model === undefined || topic.exists.value !== true) return;
    const requests = Array.from({ length: this.random.between(1, 6) }, () => {
      const sets = Array.from({ length: this.random.between(1, 3) }, () => this.#texts(model));
      const isolation = this.random.chance(0.5) ? ("ReadCommitted" as const) : ("ReadUncommitted" as const);
      const id = spu.post(ProduceApi, {
        transactionalId: null,
        isolation,
        timeout: 5000,
        topics: [
          {
            name: topic.name,
            partitions: sets.map((texts) => ({ partitionIndex: partition, records: batchOf(texts) })),
          },
        ],
        smartmodules: [],
      });
      return { id, sets };
    });
    if (this.random.chance(0.05)) {
      spu.endRequests();
      // Nothing more can be asked there.
      await this.#answers(topic, partition, spu, requests, model);
      throw new ConnectionLost("ended");
    }
    await this.#answers(topic, partition, spu, requests, model);
  }

  async #answers(
    topic: TopicModel,
    partition: number,
    spu: WireClient,
    requests: readonly { id: number; sets: readonly (readonly string[])[] }[],
    model: PartitionModel,
  ): Promise<void> {
    for (const { id, sets } of requests) {
      const { responses } = await spu.response(ProduceApi, id);
      for (const [at, texts] of sets.entries()) {
        const { errorCode, baseOffset } = responses[0]!.partitions[at]!;
        if (errorCode.kind === "None") {
          model.acknowledged(texts, baseOffset, this.shared.world.nowMs);
          this.shared.acknowledged += texts.length;
          continue;
        }
        const isExpected =
          this.shared.hadDiskTrouble() ||
          topic.exists.value !== true ||
          topic.partitions[partition] !== model;
        check(isExpected, `${model.name} refuses records: ${errorCode.kind}`);
        if (REFUSALS.has(errorCode.kind)) model.refused(texts);
      }
    }
  }

  #texts(model: PartitionModel): string[] {
    return Array.from({ length: this.random.between(1, 5) }, () => {
      this.#sent += 1;
      const text = `${this.env.process.name}/${this.name}/${this.#sent}/${"x".repeat(this.random.pick([0, 50, 120]))}`;
      model.send(text);
      return text;
    });
  }

  async #askOffsets(topic: TopicModel, partition: number): Promise<void> {
    const spu = await this.leader(topic.name, partition);
    const model = topic.partitions[partition];
    if (spu === undefined || model === undefined || topic.exists.value !== true) return;
    const known = model.end;
    const { topics } = await spu.call(FetchOffsetsApi, {
      topics: [{ name: topic.name, partitions: [{ partitionIndex: partition }] }],
      consumerId: null,
    });
    const { errorCode, lastStableOffset } = topics[0]!.partitions[0]!;
    if (!this.#isStill(topic, partition, model)) return;
    check(errorCode.kind === "None", `${model.name} tells no offsets: ${errorCode.kind}`);
    check(
      lastStableOffset >= known,
      `${model.name} ends at ${lastStableOffset}, and reached ${known} before`,
    );
  }

  #isStill(topic: TopicModel, partition: number, model: PartitionModel): boolean {
    return topic.exists.value === true && topic.partitions[partition] === model;
  }

  /** Reads from somewhere to the end that is known, and saves an offset now and then. */
  async #consume(topic: TopicModel, partition: number): Promise<void> {
    const model = topic.partitions[partition];
    const spu = await this.leader(topic.name, partition);
    if (spu === undefined || model === undefined || !this.#isStill(topic, partition, model)) return;
    const { end } = model;
    const consumer = this.random.chance(0.5) ? this.name : null;
    const start = BigInt(this.random.integer(Number(end) + 1));
    await this.#read(topic, partition, spu, { model, start, end, consumer });
  }

  async #read(
    topic: TopicModel,
    partition: number,
    spu: WireClient,
    {
      model,
      start,
      end,
      consumer,
    }: { model: PartitionModel; start: bigint; end: bigint; consumer: string | null },
  ): Promise<void> {
    const request = this.stream(topic.name, partition, start, consumer);
    const id = spu.post(StreamFetchApi, request);
    let next = start;
    while (next < end) {
      const { partition: answer, streamId } = await spu.response(StreamFetchApi, id, READ_PATIENCE_MS);
      if (!this.#isStill(topic, partition, model)) return;
      const { kind } = answer.errorCode;
      if (kind === "OffsetOutOfRange" || kind === "OffsetEvicted") {
        check(
          answer.logStartOffset > next || topic.spec?.storage !== null || topic.spec?.cleanupPolicy !== null,
          `${model.name} does not have ${next}: ${kind}`,
        );
        return;
      }
      if (kind !== "None") {
        check(
          this.shared.hadDiskTrouble(),
          `${model.name} cannot be read from ${next}: ${JSON.stringify(answer.errorCode, plain)}`,
        );
        return;
      }
      check(
        answer.highWatermark >= end,
        `${model.name} has the high watermark ${answer.highWatermark} after ${end}`,
      );
      const records = recordsIn(answer.records);
      check(records.length > 0, `${model.name} gives nothing from ${next}, and ends at ${end}`);
      check(records[0]!.offset <= next, `${model.name} gives ${records[0]!.offset} to who wants ${next}`);
      records.forEach(({ offset }, at) => {
        check(offset === records[0]!.offset + BigInt(at), `${model.name} gives ${offset} out of order`);
      });
      model.read(records, this.shared.world.nowMs);
      next = records.at(-1)!.offset + 1n;
      if (consumer !== null)
        await this.#save(topic, partition, spu, { model, streamId, consumer, offset: next - 1n });
      await spu.call(UpdateOffsetsApi, { offsets: [{ offset: next, sessionId: streamId }] });
      if (this.random.chance(0.1)) return;
    }
  }

  async #save(
    topic: TopicModel,
    partition: number,
    spu: WireClient,
    {
      model,
      streamId,
      consumer,
      offset,
    }: { model: PartitionModel; streamId: number; consumer: string; offset: bigint },
  ): Promise<void> {
    const saved = topic.saved(partition, consumer);
    saved.attempt(offset);
    const { errorCode } = await spu.call(UpdateConsumerOffsetApi, { offset, sessionId: streamId });
    if (errorCode.kind === "None") {
      if (this.#isStill(topic, partition, model)) saved.settle(offset);
    } else {
      check(
        this.shared.hadDiskTrouble() || !this.#isStill(topic, partition, model),
        `the offset of ${consumer} for ${model.name} is not saved: ${JSON.stringify(errorCode, plain)}`,
      );
    }
  }
}
