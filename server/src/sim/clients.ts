/** Clients of a simulated cluster: what they do at random, and what they check of the answers. */

import {
  CreateApi,
  type CreateRequest,
  DeleteApi,
  FetchConsumerOffsetsApi,
  FetchOffsetsApi,
  ListApi,
  type ListRequest,
  type ListResponse,
  ProduceApi,
  StreamFetchApi,
  type TopicSpec,
  UpdateConsumerOffsetApi,
  UpdateOffsetsApi,
} from "@smdk/protocol";
import { type ClusterModel, check, type TopicModel } from "./cluster-model.ts";
import type { Life } from "./machine.ts";
import type { PartitionModel } from "./partition-model.ts";
import type { SimRandom } from "./random.ts";
import { batchOf, recordsIn } from "./records.ts";
import { ConnectionLost, WireClient } from "./wire-client.ts";
import type { World } from "./world.ts";

/** Refusals after which nothing is stored. */
const REFUSALS = new Set(["NotLeaderForPartition", "StorageError", "PartitionFull", "MessageTooLarge"]);
/** How long a reader waits for records that are there. */
const READ_PATIENCE_MS = 60_000;
/** How often, and after how many ms again, partitions are looked for that a start may have yet to make. */
const COMING_ATTEMPTS = 20;
const COMING_MS = 100;

/** What all clients of a run share. */
export interface Shared {
  readonly world: World;
  readonly model: ClusterModel;
  readonly scPort: number;
  readonly spuPort: (spuId: number) => number;
  /** Whether the disk has been in trouble since the cluster started: then it may refuse what it otherwise may not. */
  readonly hadDiskTrouble: () => boolean;
  acknowledged: number;
}

/** Connections of one client, made when they are needed. */
class Connections {
  readonly #env: Life;
  readonly #open = new Map<number, WireClient>();

  constructor(env: Life) {
    this.#env = env;
  }

  async to(port: number): Promise<WireClient> {
    const known = this.#open.get(port);
    if (known !== undefined) return known;
    const made = await WireClient.connect(this.#env, port);
    this.#open.set(port, made);
    return made;
  }

  close(): void {
    for (const client of this.#open.values()) client.close();
    this.#open.clear();
  }
}

export class SimClient {
  readonly #shared: Shared;
  readonly #env: Life;
  readonly #random: SimRandom;
  readonly #name: string;
  readonly #connections: Connections;
  #sent = 0;

  constructor(shared: Shared, env: Life, random: SimRandom, name: string) {
    this.#shared = shared;
    this.#env = env;
    this.#random = random;
    this.#name = name;
    this.#connections = new Connections(env);
  }

  /** Produces, reads and asks; where the connection is lost, goes on with a new one. */
  async use(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      await this.#step(async () => {
        const topics = this.#shared.model.existing;
        if (topics.length === 0) return;
        const topic = this.#random.pick(topics);
        const partition = this.#random.integer(topic.partitions.length);
        const what = this.#random.integer(10);
        if (what < 5) await this.#produce(topic, partition);
        else if (what < 8) await this.#consume(topic, partition);
        else await this.#askOffsets(topic, partition);
      });
    }
    this.#connections.close();
  }

  /** Creates and deletes topics and SmartModules, one after the other. */
  async administer(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      await this.#step(async () => {
        const { topics, smartModules } = this.#shared.model;
        if (this.#random.chance(0.3)) {
          await this.#changeSmartModule(this.#random.pick([...smartModules.keys()]));
          return;
        }
        const topic = this.#random.pick(topics);
        if (topic.exists.value === false) await this.#create(topic);
        else if (topic.exists.value === true && this.#random.chance(0.4)) await this.#delete(topic);
        await this.#checkLists();
      });
    }
    this.#connections.close();
  }

  async #step(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      this.#shared.world.note(`${this.#name} has lost a connection`);
      this.#connections.close();
    }
    await this.#env.clock.sleep(this.#random.pick([0, 5, 5, 100, 1000, 6000]));
  }

  async #sc(): Promise<WireClient> {
    return this.#connections.to(this.#shared.scPort);
  }

  async #list<K extends ListResponse["type"]>(
    type: K,
    system = false,
  ): Promise<Extract<ListResponse, { type: K }>> {
    const request = { type, nameFilters: [], summary: false, system } as ListRequest;
    return (await (await this.#sc()).call(ListApi, request)) as Extract<ListResponse, { type: K }>;
  }

  /** The SPU that leads the partition, or undefined while the cluster has no such partition. */
  async #leader(topic: string, partition: number): Promise<WireClient | undefined> {
    const { objects } = await this.#list("Partition");
    const found = objects.find(({ name }) => name === `${topic}-${partition}`);
    if (found === undefined) return undefined;
    return this.#connections.to(this.#shared.spuPort(found.spec.leader));
  }

  // ------------------------------------------------------------------------------------------ administration

  async #create(topic: TopicModel): Promise<void> {
    const spec = this.#topicSpec();
    const partitions = spec.replicas.kind === "Computed" ? spec.replicas.partitions : 0;
    const sc = await this.#sc();
    topic.exists.attempt(true);
    topic.begin(spec, partitions);
    const status = await this.#createObject(sc, {
      type: "Topic",
      name: topic.name,
      dryRun: false,
      timeout: null,
      spec,
    });
    this.#shared.world.note(`${this.#name} creates ${topic.name}: ${status}`);
    if (status === "None") topic.exists.settle(true);
    else check(this.#shared.hadDiskTrouble(), `${topic.name} could not be created: ${status}`);
  }

  #topicSpec(): TopicSpec {
    const random = this.#random;
    const mayRoll = this.#shared.model.durability.fsync !== "none";
    const segmentSize = random.pick([1024, 4096]);
    const storage = { segmentSize, maxPartitionSize: BigInt(segmentSize * random.between(4, 20)) };
    return {
      replicas: {
        kind: "Computed",
        partitions: random.between(1, 3),
        replicationFactor: 1,
        ignoreRackAssignment: false,
      },
      cleanupPolicy: random.chance(0.3) ? { kind: "Segment", timeInSeconds: random.between(10, 30) } : null,
      storage: mayRoll && random.chance(0.7) ? storage : null,
      compressionType: "Any",
      deduplication: null,
      system: false,
    };
  }

  async #createObject(sc: WireClient, request: CreateRequest): Promise<string> {
    return (await sc.call(CreateApi, request)).errorCode.kind;
  }

  async #delete(topic: TopicModel): Promise<void> {
    const sc = await this.#sc();
    topic.exists.attempt(false);
    for (const saved of topic.consumers.values()) saved.attempt(null);
    const status = await sc.call(DeleteApi, { type: "Topic", key: topic.name, force: false });
    const { kind } = status.errorCode;
    this.#shared.world.note(`${this.#name} deletes ${topic.name}: ${kind}`);
    if (kind === "None") {
      topic.exists.settle(false);
      topic.ended();
    } else check(this.#shared.hadDiskTrouble(), `${topic.name} could not be deleted: ${kind}`);
  }

  async #changeSmartModule(name: string): Promise<void> {
    const payload = this.#random.bytes(this.#random.pick([1, 300, 20_000]));
    const stored = this.#shared.model.smartModules.get(name)!;
    const text = Buffer.from(payload).toString("base64");
    const sc = await this.#sc();
    if (stored.value === undefined) return;
    if (stored.value === null || this.#random.chance(0.5)) {
      stored.attempt(text);
      const spec = { meta: null, summary: null, wasm: { format: "Binary" as const, payload } };
      const status = await this.#createObject(sc, {
        type: "SmartModule",
        name,
        dryRun: false,
        timeout: null,
        spec,
      });
      if (status === "None") stored.settle(text);
      else check(this.#shared.hadDiskTrouble(), `the SmartModule ${name} could not be created: ${status}`);
    } else {
      stored.attempt(null);
      const status = await sc.call(DeleteApi, { type: "SmartModule", key: name, force: false });
      const { kind } = status.errorCode;
      if (kind === "None") stored.settle(null);
      else check(this.#shared.hadDiskTrouble(), `the SmartModule ${name} could not be deleted: ${kind}`);
    }
  }

  /** What is listed must agree with what is certain; nobody else creates or deletes. */
  async #checkLists(): Promise<void> {
    const listed = new Set((await this.#list("Topic")).objects.map(({ name }) => name));
    for (const { name, exists } of this.#shared.model.topics) {
      check(exists.possible.has(listed.has(name)), `${name} is ${listed.has(name) ? "" : "not "}listed`);
    }
    const payloads = new Map(
      (await this.#list("SmartModule")).objects.map(({ name, spec }) => [
        name,
        Buffer.from(spec.wasm.payload).toString("base64"),
      ]),
    );
    for (const [name, stored] of this.#shared.model.smartModules) {
      const payload = payloads.get(name) ?? null;
      check(stored.possible.has(payload), `the SmartModule ${name} is not what was stored last`);
    }
  }

  // ------------------------------------------------------------------------------------------ records

  async #produce(topic: TopicModel, partition: number): Promise<void> {
    const spu = await this.#leader(topic.name, partition);
    const model = topic.partitions[partition];
    if (spu === undefined || model === undefined || topic.exists.value !== true) return;
    const requests = Array.from({ length: this.#random.between(1, 6) }, () => {
      const sets = Array.from({ length: this.#random.between(1, 3) }, () => this.#texts(model));
      const isolation = this.#random.chance(0.5) ? ("ReadCommitted" as const) : ("ReadUncommitted" as const);
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
    if (this.#random.chance(0.05)) {
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
          model.acknowledged(texts, baseOffset, this.#shared.world.nowMs);
          this.#shared.acknowledged += texts.length;
          continue;
        }
        const isExpected =
          this.#shared.hadDiskTrouble() ||
          topic.exists.value !== true ||
          topic.partitions[partition] !== model;
        check(isExpected, `${model.name} refuses records: ${errorCode.kind}`);
        if (REFUSALS.has(errorCode.kind)) model.refused(texts);
      }
    }
  }

  #texts(model: PartitionModel): string[] {
    return Array.from({ length: this.#random.between(1, 5) }, () => {
      this.#sent += 1;
      const text = `${this.#env.process.name}/${this.#name}/${this.#sent}/${"x".repeat(this.#random.pick([0, 50, 120]))}`;
      model.send(text);
      return text;
    });
  }

  async #askOffsets(topic: TopicModel, partition: number): Promise<void> {
    const spu = await this.#leader(topic.name, partition);
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
    const spu = await this.#leader(topic.name, partition);
    if (spu === undefined || model === undefined || !this.#isStill(topic, partition, model)) return;
    const { end } = model;
    const consumer = this.#random.chance(0.5) ? this.#name : null;
    const start = BigInt(this.#random.integer(Number(end) + 1));
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
    const request = this.#stream(topic.name, partition, start, consumer);
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
          this.#shared.hadDiskTrouble(),
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
      model.read(records, this.#shared.world.nowMs);
      next = records.at(-1)!.offset + 1n;
      if (consumer !== null)
        await this.#save(topic, partition, spu, { model, streamId, consumer, offset: next - 1n });
      await spu.call(UpdateOffsetsApi, { offsets: [{ offset: next, sessionId: streamId }] });
      if (this.#random.chance(0.1)) return;
    }
  }

  #stream(topic: string, partition: number, fetchOffset: bigint, consumerId: string | null) {
    return {
      topic,
      partition,
      fetchOffset,
      maxBytes: this.#random.pick([1, 700, 5000, 1_048_890]),
      isolation: this.#random.chance(0.5) ? ("ReadCommitted" as const) : ("ReadUncommitted" as const),
      wasmModule: new Uint8Array(0),
      smartmodule: null,
      derivedstream: null,
      smartmodules: [],
      consumerId,
    };
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
        this.#shared.hadDiskTrouble() || !this.#isStill(topic, partition, model),
        `the offset of ${consumer} for ${model.name} is not saved: ${JSON.stringify(errorCode, plain)}`,
      );
    }
  }

  // ------------------------------------------------------------------------------------------ after a start

  /** Compares all that the cluster has with the model. Nobody else may use the cluster, and nothing may go wrong. */
  async verify(): Promise<void> {
    const { model, world } = this.#shared;
    await this.#checkLists();
    const { objects } = await this.#list("Topic");
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
    const [offsets] = (await this.#list("Partition", true)).objects;
    await this.#verifyConsumers(offsets?.spec.leader);
    for (const [name, stored] of model.smartModules) {
      const found = (await this.#list("SmartModule")).objects.find((object) => object.name === name);
      stored.settle(found === undefined ? null : Buffer.from(found.spec.wasm.payload).toString("base64"));
    }
    world.note("verified");
    this.#connections.close();
  }

  /** The partitions by name. Those of topics whose creation was interrupted may still be on their way. */
  async #partitions() {
    for (let attempt = 0; ; attempt++) {
      const { objects } = await this.#list("Partition");
      const isComing = this.#shared.model.topics.some(
        ({ name, exists, partitions }) =>
          exists.value === undefined &&
          objects.filter(
            (object) => object.name.startsWith(`${name}-`) && object.status.resolution === "Online",
          ).length < partitions.length,
      );
      if (!isComing || attempt === COMING_ATTEMPTS)
        return new Map(objects.map((object) => [object.name, object]));
      await this.#env.clock.sleep(COMING_MS);
    }
  }

  async #verifyPartition(
    topic: TopicModel,
    id: number,
    model: PartitionModel,
    leader: number,
  ): Promise<void> {
    const spu = await this.#connections.to(this.#shared.spuPort(leader));
    for (let attempt = 0; ; attempt++) {
      const { topics } = await spu.call(FetchOffsetsApi, {
        topics: [{ name: topic.name, partitions: [{ partitionIndex: id }] }],
        consumerId: null,
      });
      const { errorCode, startOffset, lastStableOffset } = topics[0]!.partitions[0]!;
      check(errorCode.kind === "None", `${model.name} tells no offsets after the start: ${errorCode.kind}`);
      const stream = spu.post(StreamFetchApi, this.#stream(topic.name, id, startOffset, null));
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
      model.verify(startOffset, records, this.#shared.world.nowMs);
      return;
    }
  }

  async #verifyConsumers(leader: number | undefined): Promise<void> {
    check(leader !== undefined, "the topic of consumer offsets is missing after the start");
    const spu = await this.#connections.to(this.#shared.spuPort(leader));
    const { errorCode, consumers } = await spu.call(FetchConsumerOffsetsApi, { filterOpts: null });
    check(errorCode.kind === "None", `the saved offsets cannot be listed: ${errorCode.kind}`);
    for (const topic of this.#shared.model.topics) {
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

function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
