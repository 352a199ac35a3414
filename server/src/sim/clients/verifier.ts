/** The first client after a start: compares all that the cluster has with the model. */

import { FetchConsumerOffsetsApi, FetchOffsetsApi, StreamFetchApi, UpdateOffsetsApi } from "@smdk/protocol";
import { check, type TopicModel } from "../cluster-model.ts";
import type { PartitionModel } from "../partition-model.ts";
import { recordsIn } from "../records.ts";
import { plain, READ_PATIENCE_MS, SimClient } from "./client.ts";

/** How often, and after how many ms again, partitions are looked for that a start may have yet to make. */
const COMING_ATTEMPTS = 20;
const COMING_MS = 100;

export class Verifier extends SimClient {
  /** Compares all that the cluster has with the model. Nobody else may use the cluster, and nothing may go wrong. */
  async run(): Promise<void> {
    const { model, world } = this.shared;
    await this.checkLists();
    const { objects } = await this.list("Topic");
    const partitions = await this.#partitions();
    for (const topic of model.topics) {
      const listed = objects.find(({ name }) => name === topic.name);
      topic.exists.settle(listed !== undefined);
      if (listed === undefined) {
        // Where writes are not synced, a power cut may undo that saved offsets were forgotten.
        if (model.durability.fsync === "always") topic.ended();
        continue;
      }
      for (const [id, partition] of topic.partitions.entries()) {
        const found = partitions.get(`${topic.name}-${id}`);
        check(
          found?.status.resolution === "Online",
          `${partition.name} is ${found?.status.resolution} after the start`,
        );
        await this.#verifyPartition(topic, id, partition, found.spec.leader);
      }
      check(
        !partitions.has(`${topic.name}-${topic.partitions.length}`),
        `${topic.name} has more partitions than were asked for`,
      );
    }
    const [offsets] = (await this.list("Partition", true)).objects;
    await this.#verifyConsumers(offsets?.spec.leader);
    for (const [name, stored] of model.smartModules) {
      const found = (await this.list("SmartModule")).objects.find((object) => object.name === name);
      stored.settle(found === undefined ? null : Buffer.from(found.spec.wasm.payload).toString("base64"));
    }
    world.note("verified");
    this.connections.close();
  }

  /** The partitions by name. Those of topics whose creation was interrupted may still be on their way. */
  async #partitions() {
    for (let attempt = 0; ; attempt++) {
      const { objects } = await this.list("Partition");
      const isComing = this.shared.model.topics.some(
        ({ name, exists, partitions }) =>
          exists.value === undefined &&
          objects.filter(
            (object) => object.name.startsWith(`${name}-`) && object.status.resolution === "Online",
          ).length < partitions.length,
      );
      if (!isComing || attempt === COMING_ATTEMPTS)
        return new Map(objects.map((object) => [object.name, object]));
      await this.env.clock.sleep(COMING_MS);
    }
  }

  async #verifyPartition(
    topic: TopicModel,
    id: number,
    model: PartitionModel,
    leader: number,
  ): Promise<void> {
    const spu = await this.connections.to(this.shared.spuPort(leader));
    for (let attempt = 0; ; attempt++) {
      const { topics } = await spu.call(FetchOffsetsApi, {
        topics: [{ name: topic.name, partitions: [{ partitionIndex: id }] }],
        consumerId: null,
      });
      const { errorCode, startOffset, lastStableOffset } = topics[0]!.partitions[0]!;
      check(errorCode.kind === "None", `${model.name} tells no offsets after the start: ${errorCode.kind}`);
      const stream = spu.post(StreamFetchApi, this.stream(topic.name, id, startOffset, null));
      const records = [];
      let isEvicted = false;
      for (let next = startOffset; next < lastStableOffset; ) {
        const { partition: answer, streamId } = await spu.response(StreamFetchApi, stream, READ_PATIENCE_MS);
        const { kind } = answer.errorCode;
        // Retention may be at work again.
        isEvicted = kind === "OffsetOutOfRange" || kind === "OffsetEvicted";
        if (isEvicted) break;
        check(
          kind === "None",
          `${model.name} cannot be read from ${next} after the start: ${JSON.stringify(answer.errorCode, plain)}`,
        );
        records.push(...recordsIn(answer.records));
        next = startOffset + BigInt(records.length);
        await spu.call(UpdateOffsetsApi, { offsets: [{ offset: next, sessionId: streamId }] });
      }
      if (isEvicted && attempt < 10) continue;
      model.verify(startOffset, records, this.shared.world.nowMs);
      return;
    }
  }

  async #verifyConsumers(leader: number | undefined): Promise<void> {
    check(leader !== undefined, "the topic of consumer offsets is missing after the start");
    const spu = await this.connections.to(this.shared.spuPort(leader));
    const { errorCode, consumers } = await spu.call(FetchConsumerOffsetsApi, { filterOpts: null });
    check(errorCode.kind === "None", `the saved offsets cannot be listed: ${errorCode.kind}`);
    for (const topic of this.shared.model.topics) {
      if (topic.exists.value !== true) continue;
      for (const [key, saved] of topic.consumers) {
        const [partition, consumer] = key.split("/");
        const found = consumers.find(
          ({ consumerId, replicaId }) =>
            consumerId === consumer &&
            replicaId.topic === topic.name &&
            replicaId.partition === Number(partition),
        );
        const offset = found?.offset ?? null;
        check(
          saved.possible.has(offset),
          `${consumer} stands at ${offset} of ${topic.name}-${partition}, and saved ${[...saved.possible].join(" or ")}`,
        );
        saved.settle(offset);
      }
    }
  }
}
