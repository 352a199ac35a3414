/** A producer of one topic: takes records at any pace, sends them in batches, tells where they were stored. */
import {
  type Compression,
  type CompressionAlgorithm,
  type Data,
  type Isolation,
  prepareCompression,
  Slabs,
  type TopicSpec,
} from "@smdk/protocol";
import { type Cluster, mirrorPartition, partitionCount } from "../cluster/cluster.ts";
import { closedError } from "../cluster/links.ts";
import { ClientError } from "../error.ts";
import { invocationOf, type SmartModuleUse } from "../smartmodule.ts";
import { abortError, throwIfAborted } from "../wait.ts";
import { type Batch, Delivery } from "./batch.ts";
import { Lane, type LaneSettings } from "./lane.ts";
import { type Partitioner, type PartitionerView, siphashRoundRobin } from "./partitioner.ts";
import { DEFAULT_RETRY, type ProduceRetry } from "./retry.ts";
import { Sender } from "./sender.ts";

export interface ProducerConfig {
  /** Bytes (uncompressed) at which a batch is closed. Default 16384. A larger record travels alone. */
  batchSize?: number;
  /** Largest batch, and roughly the largest request, in bytes. Default 1048576. */
  maxRequestSize?: number;
  /** Milliseconds that a batch waits for more records. Default 0: until the current turn of the event loop ends. */
  lingerMs?: number;
  /**
   * Bytes that may wait or be under way; more is refused with SMDK_QUEUE_FULL. Default 33554432. Callers that await
   * `ready()` between sends are usually held back at less.
   */
  bufferBytes?: number;
  /** Default: what the topic prescribes, else none. */
  compression?: Compression;
  /** Milliseconds that a committed produce may wait for replication. Default 1500. */
  timeoutMs?: number;
  /** When the cluster answers: once the leader has the records (default), or once they are replicated. */
  isolation?: Isolation;
  /** "at-least-once" (default) sends again after a broken connection, which may store records twice. */
  delivery?: "at-least-once" | "at-most-once";
  retry?: Partial<ProduceRetry>;
  /** All records to this partition. */
  partition?: number;
  /** All records to the partition of this remote cluster, of a mirror topic. */
  mirror?: string;
  /** Default: {@link siphashRoundRobin}. */
  partitioner?: Partitioner;
  /** Chain that the cluster applies before storing. */
  smartModules?: readonly SmartModuleUse[];
  /** Aborting fails everything that has not been stored yet. */
  signal?: AbortSignal;
}

/** A record to send; text travels as UTF-8. */
export interface ProducerRecord {
  key?: Data | null;
  value: Data;
  /** Overrules the partitioner. */
  partition?: number;
}

const READY = Promise.resolve();

/** Waiting bytes with which all connections are kept busy; more would only cost memory. */
const ENOUGH_BYTES = 4_194_304;
/** Closed batches of one partition that are sent at once; fewer wait for what else the caller has to send now. */
const PROMPT_BYTES = 262_144;
/** As many full batches per partition are also enough. */
const ENOUGH_BATCHES = 4;

export class Producer implements AsyncDisposable {
  readonly topic: string;
  /** The codec in use. */
  readonly compression: Compression;
  private readonly cluster: Cluster;
  private readonly laneSettings: LaneSettings;
  private readonly lingerMs: number;
  private readonly bufferBytes: number;
  private readonly fixedPartition: number | null;
  private readonly partitioner: Partitioner;
  private readonly sender: Sender;
  private readonly lanes: (Lane | undefined)[] = [];
  private laneCount = 0;
  /** Waiting bytes from which on `ready` holds its callers back. */
  private enoughBytes: number;
  private readonly unsettled = new Set<Batch>();
  private view: PartitionerView = { count: 0, available: [] };
  private viewRevision = -1;
  private pendingBytes = 0;
  private immediate: NodeJS.Immediate | undefined;
  private readonly due = new Set<Lane>();
  /** Lanes with closed batches that are handed over once the caller pauses. */
  private readonly soon = new Set<Lane>();
  private readonly lingering = new Map<Lane, NodeJS.Timeout>();
  private roomWaiters: (() => void)[] = [];
  private firstLoss: unknown;
  private failure: unknown;
  private closing: Promise<void> | null = null;
  private readonly forgetSignal: () => void;
  private readonly onClose: (producer: Producer) => void;

  /** Looks the topic up and settles the compression. Fails with SMDK_TOPIC_NOT_FOUND, SMDK_COMPRESSION_MISMATCH. */
  static async create(
    cluster: Cluster,
    topic: string,
    config: ProducerConfig = {},
    onClose: (producer: Producer) => void = () => undefined,
  ): Promise<Producer> {
    throwIfAborted(config.signal);
    const found = await cluster.topic(topic, config.signal);
    const compression = chooseCompression(found.spec, config.compression);
    if (compression === "Zstd") await prepareCompression();
    const partition = config.mirror === undefined ? config.partition : mirrorPartition(found, config.mirror);
    // records may be sent at once, so the partitions have to be known
    await cluster.partition(topic, partition ?? 0, config.signal);
    const fixed = partition === undefined ? config : { ...config, partition };
    return new Producer(cluster, topic, compression, fixed, onClose);
  }

  private constructor(
    cluster: Cluster,
    topic: string,
    compression: Compression,
    config: ProducerConfig,
    onClose: (producer: Producer) => void,
  ) {
    this.onClose = onClose;
    this.cluster = cluster;
    this.topic = topic;
    this.compression = compression;
    const maxRequestSize = positive("maxRequestSize", config.maxRequestSize ?? 1_048_576);
    const batchSize = Math.min(positive("batchSize", config.batchSize ?? 16_384), maxRequestSize);
    const slabs = new Slabs();
    this.laneSettings = { batchSize, maxRequestSize, compression, slabs };
    this.lingerMs = config.lingerMs ?? 0;
    this.bufferBytes = positive("bufferBytes", config.bufferBytes ?? 33_554_432);
    this.enoughBytes = this.enough();
    this.fixedPartition = config.partition ?? null;
    this.partitioner = config.partitioner ?? siphashRoundRobin();
    this.sender = new Sender(
      cluster,
      {
        topic,
        clientId: cluster.options.clientId,
        isolation: config.isolation ?? "ReadUncommitted",
        timeoutMs: config.timeoutMs ?? 1500,
        maxRequestSize,
        smartModules: (config.smartModules ?? []).map(invocationOf),
        retry: config.delivery === "at-most-once" ? null : { ...DEFAULT_RETRY, ...config.retry },
        slabs,
      },
      (batch, error) => this.settled(batch, error),
    );
    const stop = (error: unknown): void => {
      this.failure ??= error;
      this.sender.stop(error);
      this.offerAll();
    };
    const onAbort = (): void => stop(abortError(config.signal!));
    const onClusterClose = (): void => stop(closedError());
    config.signal?.addEventListener("abort", onAbort, { once: true });
    cluster.closeSignal.addEventListener("abort", onClusterClose, { once: true });
    this.forgetSignal = () => {
      config.signal?.removeEventListener("abort", onAbort);
      cluster.closeSignal.removeEventListener("abort", onClusterClose);
    };
  }

  /** Bytes that wait or are under way. */
  get bufferedBytes(): number {
    return this.pendingBytes;
  }

  /** Whether as much waits as is of use, or as `send` takes; then `await ready()`. */
  get full(): boolean {
    return this.pendingBytes >= this.enoughBytes;
  }

  /**
   * Takes one record. It goes out with its batch; await the result for its partition and offset, or leave it and
   * call {@link flush}. Throws SMDK_RECORD_TOO_LARGE, SMDK_PARTITION_NOT_FOUND, SMDK_CLOSED, or SMDK_QUEUE_FULL, which
   * `await ready()` between sends prevents.
   */
  send(record: ProducerRecord): Delivery {
    if (this.failure !== undefined) throw this.failure;
    if (this.closing !== null)
      throw new ClientError("SMDK_CLOSED", `the producer of ${this.topic} has been closed`);
    if (this.pendingBytes >= this.bufferBytes) {
      throw new ClientError(
        "SMDK_QUEUE_FULL",
        `${this.pendingBytes} bytes wait to be sent to topic ${this.topic}`,
        {
          hint: "await producer.ready() between sends, or use sendAll()",
          topic: this.topic,
        },
      );
    }
    let key = record.key ?? null;
    let partition = record.partition ?? this.fixedPartition;
    if (partition === null) {
      if (typeof key === "string") key = Buffer.from(key, "utf8");
      partition = this.partitioner(key, this.currentView());
    }
    const lane = this.lanes[partition] ?? this.newLane(partition);
    const batch = lane.append(key, record.value, Date.now(), (fresh) => this.opened(lane, fresh));
    this.account(batch);
    if (lane.hasClosed) this.offerSoon(lane);
    return new Delivery(batch, batch.count - 1);
  }

  /**
   * Sends every record, waiting for room where needed, then flushes. Resolves with the number of records once all
   * are stored; fails like {@link flush}.
   */
  async sendAll(records: Iterable<ProducerRecord> | AsyncIterable<ProducerRecord>): Promise<number> {
    let count = 0;
    for await (const record of records) {
      if (this.full) await this.ready();
      this.send(record);
      count++;
    }
    await this.flush();
    return count;
  }

  /** Resolves when there is room for more records: at once unless the buffer is full. */
  ready(): Promise<void> {
    if (!this.full) return READY;
    return new Promise((resolve) => {
      this.roomWaiters.push(resolve);
    });
  }

  /**
   * Sends everything now and waits for the answers. Fails with the first error of a record that nobody awaited, since
   * the last flush; all other records have been settled by then too.
   */
  async flush(): Promise<void> {
    this.offerAll();
    await Promise.allSettled([...this.unsettled].map((batch) => batch.stored));
    const loss = this.firstLoss;
    this.firstLoss = undefined;
    if (loss !== undefined) throw loss;
  }

  /** Flushes, then takes no more records. Fails like {@link flush}, but is closed even so. */
  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async shutDown(): Promise<void> {
    try {
      await this.flush();
    } finally {
      this.forgetSignal();
      this.onClose(this);
      clearImmediate(this.immediate);
      for (const timer of this.lingering.values()) clearTimeout(timer);
      this.lingering.clear();
      this.sender.stop(new ClientError("SMDK_CLOSED", `the producer of ${this.topic} has been closed`));
    }
  }

  private newLane(partition: number): Lane {
    const { count } = this.currentView();
    if (!Number.isInteger(partition) || partition < 0 || partition >= count) {
      throw new ClientError("SMDK_PARTITION_NOT_FOUND", `Partition not found: ${this.topic}-${partition}`, {
        hint: `the topic has ${count} partition(s), numbered from 0`,
        topic: this.topic,
        partition,
      });
    }
    const lane = new Lane(partition, this.laneSettings);
    this.lanes[partition] = lane;
    this.laneCount++;
    this.enoughBytes = this.enough();
    return lane;
  }

  private enough(): number {
    const wanted = ENOUGH_BATCHES * this.laneSettings.batchSize * this.laneCount;
    return Math.min(this.bufferBytes, Math.max(ENOUGH_BYTES, wanted));
  }

  private opened(lane: Lane, batch: Batch): void {
    this.unsettled.add(batch);
    if (this.lingerMs > 0) {
      clearTimeout(this.lingering.get(lane));
      this.lingering.set(
        lane,
        setTimeout(() => this.makeDue(lane), this.lingerMs),
      );
      return;
    }
    this.due.add(lane);
    this.immediate ??= setImmediate(() => {
      this.immediate = undefined;
      const lanes = [...this.due];
      this.due.clear();
      for (const dueLane of lanes) this.makeDue(dueLane);
    });
  }

  /** Hands over closed batches, so that many of them share a request. */
  private offerSoon(lane: Lane): void {
    if (lane.closedBytes >= PROMPT_BYTES) {
      this.sender.offer(lane);
      return;
    }
    if (this.soon.size === 0) {
      queueMicrotask(() => {
        const lanes = [...this.soon];
        this.soon.clear();
        for (const soonLane of lanes) this.sender.offer(soonLane);
      });
    }
    this.soon.add(lane);
  }

  /** Hands over everything there is, full or not. */
  private offerAll(): void {
    for (const lane of this.lanes) if (lane !== undefined) this.makeDue(lane);
  }

  private makeDue(lane: Lane): void {
    clearTimeout(this.lingering.get(lane));
    this.lingering.delete(lane);
    lane.due = true;
    this.sender.offer(lane);
  }

  private account(batch: Batch): void {
    const grown = batch.size - batch.accounted;
    batch.accounted = batch.size;
    this.pendingBytes += grown;
  }

  private settled(batch: Batch, error: unknown): void {
    this.unsettled.delete(batch);
    this.pendingBytes -= batch.accounted;
    if (error !== undefined && !batch.observed) this.firstLoss ??= error;
    if (this.roomWaiters.length > 0 && this.pendingBytes <= this.enoughBytes / 2) {
      const waiters = this.roomWaiters;
      this.roomWaiters = [];
      for (const resume of waiters) resume();
    }
  }

  /** Partition count and reachable partitions, worked out again when the metadata has changed. */
  private currentView(): PartitionerView {
    const { topics, partitions, spus } = this.cluster;
    const revision = topics.revision + partitions.revision + spus.revision;
    if (revision === this.viewRevision) return this.view;
    this.viewRevision = revision;
    const topic = topics.get(this.topic);
    const count = topic === undefined ? this.view.count : partitionCount(topic.spec);
    const available: number[] = [];
    for (let i = 0; i < count; i++) {
      const online = partitions.get(`${this.topic}-${i}`)?.status.resolution === "Online";
      if (online && this.cluster.leaderSpu(this.topic, i) !== undefined) available.push(i);
    }
    this.view = { count, available };
    return this.view;
  }
}

/** The codec for a topic: the producer's choice where the topic leaves one, else the topic's. */
export function chooseCompression(
  { compressionType }: TopicSpec,
  wanted: Compression | undefined,
): Compression {
  if (compressionType === "Any") return wanted ?? "None";
  const fixed: Exclude<CompressionAlgorithm, "Any"> = compressionType;
  if (wanted !== undefined && wanted !== fixed) {
    throw new ClientError(
      "SMDK_COMPRESSION_MISMATCH",
      `Compression in the producer (${wanted.toLowerCase()}) does not match with topic level compression (${fixed.toLowerCase()})`,
      { hint: "leave the producer's compression unset to use the topic's" },
    );
  }
  return fixed;
}

function positive(name: string, value: number): number {
  if (!Number.isInteger(value) || value <= 0) {
    throw new ClientError("SMDK_ARGUMENT", `${name} must be a positive whole number, not ${value}`);
  }
  return value;
}
