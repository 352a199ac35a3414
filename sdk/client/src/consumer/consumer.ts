/** A consumer of one topic: merges the streams of its partitions and keeps the offsets of its consumer id. */

import type { RecordCursor, TopicMetadata } from "@smdk/protocol";
import { type Cluster, mirrorPartition, partitionCount } from "../cluster/cluster.ts";
import { closedError, SpuLinks } from "../cluster/links.ts";
import { ClientError, isConnectionError } from "../error.ts";
import { defaultMaxBytes } from "../settings.ts";
import { invocationOf } from "../smartmodule.ts";
import { abortController, abortError, Backoff, sleep, within } from "../wait.ts";
import { type ConsumerBatch, ConsumerRecord } from "./batch.ts";
import { type ConsumerConfig, DEFAULT_CONSUMER_RETRY } from "./config.ts";
import { PartitionStream, type StreamSettings } from "./partition-stream.ts";
import { checkStart } from "./start.ts";

/** Milliseconds that closing waits for the last offsets to be stored. */
const CLOSE_FLUSH_MS = 5000;

type Result<T> = Promise<IteratorResult<T, undefined>>;

/**
 * Iterate it for records, or `batches()` for whole batches; one of the two, once. Nothing is asked of the cluster
 * before that. Errors of the cluster and of SmartModules end the iteration; broken connections do not, unless
 * `retry` is false or used up.
 */
export class Consumer implements AsyncIterable<ConsumerRecord>, AsyncDisposable {
  readonly topic: string;
  private readonly cluster: Cluster;
  private readonly config: ConsumerConfig;
  private readonly links: SpuLinks;
  private readonly stopping = abortController();
  private streams: PartitionStream[] = [];
  private starting: Promise<void> | null = null;
  private wake: (() => void) | null = null;
  /** The stream that is asked first for the next batch, so that all get their turn. */
  private turn = 0;
  private committed = new Map<PartitionStream, bigint>();
  private flushTimer: NodeJS.Timeout | undefined;
  private flushFailure: unknown = null;
  private closed: Promise<void> | null = null;
  private forgetSignals: () => void = () => undefined;

  /** Checks the configuration only; fails with SMDK_ARGUMENT. */
  constructor(cluster: Cluster, config: ConsumerConfig) {
    this.cluster = cluster;
    this.config = config;
    this.topic = config.topic;
    this.links = new SpuLinks(cluster.options);
    checkStart(config.start ?? "end");
    const strategy = config.offsetStrategy ?? "none";
    if (strategy !== "none" && !config.consumer) {
      throw new ClientError("SMDK_ARGUMENT", "Consumer id is required when using offset strategy", {
        hint: "set `consumer`",
      });
    }
    const maxBytes = config.maxBytes;
    if (maxBytes !== undefined && !(Number.isInteger(maxBytes) && maxBytes > 0 && maxBytes <= 0x7fff_ffff)) {
      throw new ClientError("SMDK_ARGUMENT", `maxBytes must be a positive 32-bit number, not ${maxBytes}`);
    }
    const onAbort = (): void => this.stop(abortError(config.signal!));
    const onClusterClose = (): void => this.stop(closedError());
    config.signal?.addEventListener("abort", onAbort, { once: true });
    cluster.closeSignal.addEventListener("abort", onClusterClose, { once: true });
    this.forgetSignals = () => {
      config.signal?.removeEventListener("abort", onAbort);
      cluster.closeSignal.removeEventListener("abort", onClusterClose);
    };
    if (config.signal?.aborted) this.stop(abortError(config.signal));
    if (cluster.closed) this.stop(closedError());
  }

  /** Partitions being read; empty before the iteration has begun. */
  get partitions(): number[] {
    return this.streams.map((stream) => stream.partition);
  }

  [Symbol.asyncIterator](): AsyncIterator<ConsumerRecord, undefined> {
    let batch: ConsumerBatch | null = null;
    let cursor: RecordCursor | null = null;
    let stream: PartitionStream | null = null;
    const hand = (): ConsumerRecord | null => {
      if (cursor === null || batch === null || stream === null || !cursor.next()) return null;
      const record = new ConsumerRecord(batch, cursor);
      stream.lastRecord = record;
      return record;
    };
    const advance = async (): Result<ConsumerRecord> => {
      for (;;) {
        const next = await this.nextBatch();
        if (next === null) return { value: undefined, done: true };
        stream = next.stream;
        batch = next.batch;
        cursor = batch.cursor();
        const record = hand();
        if (record !== null) {
          this.noteDelivery();
          return { value: record, done: false };
        }
      }
    };
    return {
      next: (): Result<ConsumerRecord> => {
        if (this.stopping.signal.aborted) return this.ended();
        try {
          const record = hand();
          return record === null ? advance() : Promise.resolve({ value: record, done: false });
        } catch (cause) {
          return Promise.reject(this.unreadable(cause));
        }
      },
      return: async (): Result<ConsumerRecord> => {
        await this.close();
        return { value: undefined, done: true };
      },
    };
  }

  /** The same, batch by batch: a decoded view each, without an object per record. */
  batches(): AsyncIterableIterator<ConsumerBatch, undefined> {
    const iterator: AsyncIterableIterator<ConsumerBatch, undefined> = {
      [Symbol.asyncIterator]: () => iterator,
      next: async () => {
        if (this.stopping.signal.aborted) return this.ended();
        const next = await this.nextBatch();
        if (next === null) return { value: undefined, done: true };
        next.stream.lastOffset = next.batch.lastOffset;
        this.noteDelivery();
        return { value: next.batch, done: false };
      },
      return: async () => {
        await this.close();
        return { value: undefined, done: true };
      },
    };
    return iterator;
  }

  /**
   * Marks everything handed out so far as processed, for the next {@link flushOffsets}. Fails with
   * SMDK_OFFSETS_DISABLED unless the strategy is "manual" (with "auto" it is not needed, and allowed).
   */
  commit(): void {
    this.requireOffsets();
    for (const stream of this.streams) {
      const { delivered } = stream;
      if (delivered !== null) this.committed.set(stream, delivered);
    }
  }

  /** Stores the marked offsets in the cluster. */
  async flushOffsets(): Promise<void> {
    this.requireOffsets();
    await Promise.all([...this.committed].map(([stream, offset]) => stream.flush(offset)));
  }

  /** Ends the iteration, with "auto" after storing the last offsets. Never fails. */
  close(): Promise<void> {
    this.closed ??= this.shutDown();
    return this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private requireOffsets(): void {
    if ((this.config.offsetStrategy ?? "none") === "none") {
      throw new ClientError("SMDK_OFFSETS_DISABLED", "the offset management is disabled for the stream", {
        hint: "set `consumer` and `offsetStrategy`",
      });
    }
  }

  private async shutDown(): Promise<void> {
    clearInterval(this.flushTimer);
    if (this.config.offsetStrategy === "auto" && !this.cluster.closed) {
      try {
        this.commit();
        await within(this.flushOffsets(), { ms: CLOSE_FLUSH_MS });
      } catch {
        // the cluster may be gone; the records will come again
      }
    }
    this.stop(new ClientError("SMDK_CLOSED", `the consumer of ${this.topic} has been closed`));
  }

  private stop(reason: ClientError): void {
    if (this.stopping.signal.aborted) return;
    clearInterval(this.flushTimer);
    this.stopping.abort(reason);
    this.forgetSignals();
    for (const stream of this.streams) stream.end();
    this.links.close();
    this.wake?.();
  }

  /** What the iteration gives once stopped: its end after `close()`, the reason otherwise. */
  private ended(): Result<never> {
    const reason = this.stopping.signal.reason as ClientError;
    if (this.closed !== null) return Promise.resolve({ value: undefined, done: true });
    return Promise.reject(reason);
  }

  private async nextBatch(): Promise<{ stream: PartitionStream; batch: ConsumerBatch } | null> {
    this.starting ??= this.start();
    try {
      await this.starting;
    } catch (error) {
      if (this.closed !== null) return null;
      const stopped = this.stopping.signal.aborted;
      throw stopped ? this.stopping.signal.reason : error;
    }
    for (;;) {
      if (this.stopping.signal.aborted) {
        if (this.closed !== null) return null;
        throw this.stopping.signal.reason;
      }
      if (this.flushFailure !== null) throw this.flushFailure;
      let running = false;
      for (let i = 0; i < this.streams.length; i++) {
        const index = (this.turn + i) % this.streams.length;
        const stream = this.streams[index]!;
        const batch = stream.take();
        if (batch !== null) {
          this.turn = index + 1;
          return { stream, batch };
        }
        if (stream.failure !== null) {
          void this.close();
          throw stream.failure;
        }
        running ||= !stream.finished;
      }
      if (!running) {
        await this.close();
        return null;
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = null;
    }
  }

  private async start(): Promise<void> {
    const { signal } = this.stopping;
    const settings = this.streamSettings(signal);
    const partitions = await this.findPartitions(settings);
    this.streams = partitions.map(
      (partition) => new PartitionStream(this.cluster, this.links, partition, settings, () => this.wake?.()),
    );
    for (const stream of this.streams) void stream.run();
  }

  /** The partitions to read, all of them known to the metadata; tried again like the streams themselves. */
  private async findPartitions({ retry, signal }: StreamSettings): Promise<number[]> {
    const { topic } = this;
    const { partitions: wanted, mirror } = this.config;
    const backoff = new Backoff(retry?.minDelayMs ?? 0, retry?.maxDelayMs ?? 0, retry?.factor ?? 1);
    for (let attempt = 1; ; attempt++) {
      try {
        const found = await this.cluster.topic(topic, signal);
        const partitions =
          mirror === undefined ? wantedPartitions(wanted, found) : [mirrorPartition(found, mirror)];
        await Promise.all(partitions.map((partition) => this.cluster.partition(topic, partition, signal)));
        return partitions;
      } catch (error) {
        if (retry === null || attempt > retry.maxAttempts || !isConnectionError(error)) throw error;
        await sleep(backoff.next(), signal);
      }
    }
  }

  private streamSettings(signal: AbortSignal): StreamSettings {
    const { config } = this;
    return {
      topic: config.topic,
      start: config.start ?? "end",
      isolation: config.isolation ?? "ReadUncommitted",
      maxBytes: config.maxBytes ?? defaultMaxBytes(),
      smartModules: (config.smartModules ?? []).map(invocationOf),
      consumerId: config.consumer ?? null,
      disableContinuous: config.disableContinuous ?? false,
      endIdleMs: config.endIdleMs ?? 10_000,
      retry: config.retry === false ? null : { ...DEFAULT_CONSUMER_RETRY, ...config.retry },
      onRetry: config.onRetry,
      verifyCrc: config.verifyCrc ?? true,
      signal,
    };
  }

  /** With "auto": stores the first offset at once, then one per period. */
  private noteDelivery(): void {
    if (this.config.offsetStrategy !== "auto" || this.flushTimer !== undefined) return;
    this.autoFlush();
    this.flushTimer = setInterval(() => this.autoFlush(), this.config.offsetFlushMs ?? 10_000);
  }

  private autoFlush(): void {
    this.commit();
    this.flushOffsets().catch((error: unknown) => {
      // after a lost connection the next period tries again
      if (isConnectionError(error) || this.stopping.signal.aborted) return;
      this.flushFailure = error;
      this.wake?.();
    });
  }

  private unreadable(cause: unknown): ClientError {
    return new ClientError("SMDK_PROTOCOL", `${this.topic}: unreadable record: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function wantedPartitions(wanted: ConsumerConfig["partitions"], { spec }: TopicMetadata): number[] {
  if (wanted === undefined) return Array.from({ length: partitionCount(spec) }, (_, i) => i);
  return typeof wanted === "number" ? [wanted] : [...new Set(wanted)];
}
