/**
 * The stream of one partition: opens it, acknowledges what arrived once there is room for more, and opens it again
 * where it stopped when a connection breaks.
 */
import {
  batches,
  batchLengthAt,
  checkBatch,
  compressionReady,
  type ErrorCode,
  FetchConsumerOffsetsApi,
  FetchOffsetsApi,
  type Isolation,
  prepareCompression,
  type SmartModuleInvocation,
  StreamFetchApi,
  type StreamFetchResponse,
  sectionOf,
  UpdateConsumerOffsetApi,
  UpdateOffsetsApi,
} from "@smdk/protocol";
import type { Cluster } from "../cluster/cluster.ts";
import type { SpuLinks } from "../cluster/links.ts";
import { ClientError, isConnectionError, serverError } from "../error.ts";
import type { Connection } from "../transport/connection.ts";
import type { ResponseStream } from "../transport/stream.ts";
import { Backoff, sleep, within } from "../wait.ts";
import { ConsumerBatch, type ConsumerRecord } from "./batch.ts";
import type { ConsumerConfig, ConsumerRetry, StartOffset } from "./config.ts";
import { resolveStart } from "./start.ts";

/** The system topic whose only partition keeps the offsets of consumers. */
const OFFSETS_TOPIC = "consumer-offset";

/** Answers that may wait for the caller before the next one is asked for. */
const MAX_WAITING_ANSWERS = 2;

/** Most bytes that one batch may decompress to. */
const DECOMPRESS_LIMIT = 268_435_456;

/** Acknowledgements from here down are questions, see `ask`. SPUs take -1 and -2 for something else. */
const FIRST_QUESTION = -3n;

/** Largest batch for which a small `maxBytes` is raised. */
const LARGEST_FETCH = 134_217_728;

export interface StreamSettings {
  topic: string;
  start: StartOffset;
  isolation: Isolation;
  maxBytes: number;
  smartModules: readonly SmartModuleInvocation[];
  consumerId: string | null;
  disableContinuous: boolean;
  endIdleMs: number;
  retry: ConsumerRetry | null;
  onRetry: ConsumerConfig["onRetry"];
  verifyCrc: boolean;
  signal: AbortSignal;
}

/** One answer of the cluster, as far as it has not been handed out. */
interface Answer {
  batches: ConsumerBatch[];
}

export class PartitionStream {
  readonly partition: number;
  private readonly cluster: Cluster;
  private readonly links: SpuLinks;
  private readonly settings: StreamSettings;
  private readonly changed: () => void;
  private readonly answers: Answer[] = [];
  private roomWaiter: (() => void) | null = null;
  private connection: Connection | null = null;
  private stream: ResponseStream<StreamFetchResponse> | null = null;
  private streamId = 0;
  /** The id that the SPU has given the stream, before it says so. */
  private expectedId = 0;
  private maxBytes: number;
  /** Milliseconds of silence before the SPU is asked whether it is done. */
  private patienceMs: number;
  private lastQuestion = FIRST_QUESTION + 1n;
  /** The last question while nothing else has come behind it. */
  private question: bigint | null = null;
  /** Next offset to ask the cluster for; null before the first start. */
  private position: bigint | null = null;
  /** Records before this offset are not for the caller. */
  private first = 0n;
  /** With `disableContinuous`: where the log ended at the start. */
  private target: bigint | null = null;
  /** Whether the cluster has ever answered with records. */
  private started = false;
  /** No more answers will come. */
  finished = false;
  failure: unknown = null;
  /** The last record handed out; its offset is what a commit means. */
  lastRecord: ConsumerRecord | null = null;
  /** Offset of the last batch handed out whole. */
  lastOffset: bigint | null = null;
  private flushed: bigint | null = null;
  private flushing: Promise<void> = Promise.resolve();

  /** `changed` is called when a batch has arrived and when the stream has finished. */
  constructor(
    cluster: Cluster,
    links: SpuLinks,
    partition: number,
    settings: StreamSettings,
    changed: () => void,
  ) {
    this.cluster = cluster;
    this.links = links;
    this.partition = partition;
    this.settings = settings;
    this.changed = changed;
    this.maxBytes = settings.maxBytes;
    this.patienceMs = settings.endIdleMs;
  }

  /** Takes the next batch that has arrived, if any. */
  take(): ConsumerBatch | null {
    for (;;) {
      const answer = this.answers[0];
      if (answer === undefined) return null;
      const batch = answer.batches.shift();
      if (batch !== undefined) return batch;
      this.answers.shift();
      this.roomWaiter?.();
      this.roomWaiter = null;
    }
  }

  /** Runs until the stream ends; never rejects, see `failure`. */
  async run(): Promise<void> {
    const { retry, signal } = this.settings;
    const backoff = new Backoff(retry?.minDelayMs ?? 0, retry?.maxDelayMs ?? 0, retry?.factor ?? 1);
    let attempts = 0;
    const answered = (): void => {
      this.started = true;
      attempts = 0;
      backoff.reset();
    };
    try {
      for (;;) {
        try {
          if (await this.open()) await this.pump(answered);
          return;
        } catch (error) {
          this.stream?.end();
          if (error instanceof LargerFetch) {
            this.maxBytes = error.maxBytes;
            continue;
          }
          if (error instanceof Interrupted) {
            this.patienceMs *= 2;
            continue;
          }
          const evicted = evictedOffset(error);
          if (evicted !== null && this.target !== null && evicted >= this.target) return;
          // retention has overtaken this consumer; a start that never existed is an error
          if (evicted !== null && this.started) this.position = evicted;
          else if (retry === null || !isRetriable(error)) throw error;
          attempts++;
          if (retry !== null && attempts > retry.maxAttempts) throw error;
          this.settings.onRetry?.(error, this.partition);
          await sleep(backoff.next(), signal);
        }
      }
    } catch (error) {
      this.failure = error;
    } finally {
      this.finished = true;
      this.stream?.end();
      this.changed();
    }
  }

  /** Gives the stream up; the cluster learns it when the connection closes. */
  end(): void {
    this.finished = true;
    this.stream?.end();
    this.roomWaiter?.();
  }

  /** The offset that a commit means now: that of the last record handed out. */
  get delivered(): bigint | null {
    return this.lastRecord?.offset ?? this.lastOffset;
  }

  /** Tells the cluster that everything up to `offset` has been processed, unless it knows. */
  flush(offset: bigint): Promise<void> {
    this.flushing = this.flushing.catch(() => undefined).then(() => this.sendCommit(offset));
    return this.flushing;
  }

  private async sendCommit(offset: bigint): Promise<void> {
    if (this.flushed !== null && offset <= this.flushed) return;
    const { connection, streamId } = this;
    if (connection === null || streamId === 0) return;
    const answer = await connection.request(UpdateConsumerOffsetApi, { offset, sessionId: streamId });
    if (answer.errorCode.kind !== "None") throw this.error(answer.errorCode);
    this.flushed = offset;
  }

  /** Starts the stream; false if there is nothing to wait for. */
  private async open(): Promise<boolean> {
    const { topic, signal, smartModules, isolation, consumerId } = this.settings;
    const connection = await this.cluster.leader(topic, this.partition, { signal, links: this.links });
    this.connection = connection;
    this.streamId = 0;
    this.question = null;
    if (this.position === null) await this.resolvePosition(connection);
    const position = this.position!;
    if (this.finished) return false;
    if (this.target !== null && position >= this.target) return false;
    const version = connection.negotiated(StreamFetchApi);
    if (version === null) {
      throw new ClientError(
        "SMDK_UNSUPPORTED",
        `SPU ${connection.name} offers no stream that this client knows`,
        {
          hint: "clusters from Fluvio 0.11.8 on are supported",
        },
      );
    }
    this.stream = connection.stream(
      StreamFetchApi,
      {
        topic,
        partition: this.partition,
        fetchOffset: position,
        maxBytes: this.maxBytes,
        isolation,
        wasmModule: new Uint8Array(0),
        smartmodule: null,
        derivedstream: null,
        smartmodules: [...smartModules],
        consumerId,
      },
      { version },
    );
    this.expectedId = connection.streamCount;
    return true;
  }

  private async resolvePosition(connection: Connection): Promise<void> {
    const { topic, start, consumerId, signal, disableContinuous } = this.settings;
    const stored = consumerId === null ? null : await this.storedOffset(consumerId);
    const answer = await connection.request(
      FetchOffsetsApi,
      { topics: [{ name: topic, partitions: [{ partitionIndex: this.partition }] }], consumerId: null },
      { signal },
    );
    const offsets = answer.topics[0]?.partitions[0];
    if (offsets === undefined)
      throw new ClientError("SMDK_PROTOCOL", `${connection.name} gave no offsets of ${topic}`);
    if (offsets.errorCode.kind !== "None") throw this.error(offsets.errorCode);
    this.position = resolveStart(start, offsets.startOffset, offsets.lastStableOffset, stored);
    this.first = this.position;
    this.flushed = stored;
    if (disableContinuous) this.target = offsets.lastStableOffset;
  }

  private async storedOffset(consumerId: string): Promise<bigint | null> {
    const { topic, signal } = this.settings;
    const connection = await this.cluster.leader(OFFSETS_TOPIC, 0, { signal });
    const replicaId = { topic, partition: this.partition };
    const answer = await connection.request(
      FetchConsumerOffsetsApi,
      { filterOpts: { replicaId, consumerId } },
      { signal },
    );
    if (answer.errorCode.kind !== "None") throw this.error(answer.errorCode);
    // version 23 has no filter
    const found = answer.consumers.find(
      (entry) =>
        entry.consumerId === consumerId &&
        entry.replicaId.topic === topic &&
        entry.replicaId.partition === this.partition,
    );
    return found?.offset ?? null;
  }

  private async pump(answered: () => void): Promise<void> {
    const stream = this.stream!;
    for (;;) {
      const response = await this.nextResponse(stream);
      if (response === null) return;
      if (response.streamId === 0) this.connection!.streamRefused();
      this.streamId = response.streamId;
      const { errorCode, nextFilterOffset, records } = response.partition;
      const { answer, end } = await this.read(records, errorCode);
      const next = nextFilterOffset > 0n ? nextFilterOffset : end;
      if (next !== null) this.position = next;
      if (answer.batches.length > 0) {
        this.answers.push(answer);
        this.changed();
      }
      if (errorCode.kind !== "None") throw this.error(errorCode);
      answered();
      if (this.target !== null && this.position! >= this.target) return;
      if (next === null) continue;
      while (this.answers.length >= MAX_WAITING_ANSWERS && !this.finished) {
        await new Promise<void>((resolve) => {
          this.roomWaiter = resolve;
        });
      }
      if (this.finished) return;
      this.acknowledge(stream, next);
    }
  }

  private async nextResponse(
    stream: ResponseStream<StreamFetchResponse>,
  ): Promise<StreamFetchResponse | null> {
    const { smartModules, signal } = this.settings;
    const next = stream.next();
    if (this.target === null || smartModules.length === 0) return next;
    const response = await this.askingFor(next, stream, signal);
    if (response === null) return null;
    const { errorCode } = response.partition;
    if (this.isAnswer(errorCode)) {
      // what was asked before records came has ended the stream, and says nothing of what is behind them
      const isLast = errorCode.kind !== "OffsetEvicted" || errorCode.offset === this.question;
      if (this.question === null || !isLast) throw new Interrupted();
      return null;
    }
    this.question = null;
    return response;
  }

  /** Waits for `next`, and asks for a sign when there is none for long. */
  private async askingFor<T>(
    next: Promise<T>,
    stream: ResponseStream<StreamFetchResponse>,
    signal: AbortSignal,
  ): Promise<T> {
    try {
      return await within(next, { ms: this.patienceMs, signal });
    } catch (error) {
      if ((error as ClientError).code !== "SMDK_TIMEOUT") throw error;
    }
    this.ask(stream);
    return within(next, { signal });
  }

  /**
   * Real SPUs say nothing where modules drop everything, which looks like work that takes long. But they take an
   * acknowledgement once they are done with what came before, and an offset that no log has ends the stream with
   * OffsetEvicted and that offset.
   */
  private ask(stream: ResponseStream<StreamFetchResponse>): void {
    this.lastQuestion -= 1n;
    this.question = this.lastQuestion;
    this.acknowledge(stream, this.question);
  }

  private isAnswer(errorCode: ErrorCode): boolean {
    if (this.lastQuestion > FIRST_QUESTION) return false;
    // older SPUs do not name the offset
    if (errorCode.kind === "OffsetOutOfRange") return true;
    return errorCode.kind === "OffsetEvicted" && errorCode.offset <= FIRST_QUESTION;
  }

  /** The whole batches of an answer, and the offset behind the last of them. */
  private async read(
    records: Uint8Array,
    errorCode: ErrorCode,
  ): Promise<{ answer: Answer; end: bigint | null }> {
    const { topic, verifyCrc } = this.settings;
    const answer: Answer = { batches: [] };
    let end: bigint | null = null;
    let whole = 0;
    try {
      for (const { start, end: batchEnd } of batches(records, { onTruncated: "stop" })) {
        whole = batchEnd;
        const header = checkBatch(records, start, { verifyCrc, maxBytes: 0x7fff_ffff });
        if (header.compression === "Zstd" && !compressionReady("Zstd")) await prepareCompression();
        const section = sectionOf(records, header, DECOMPRESS_LIMIT);
        const batch = new ConsumerBatch(
          topic,
          this.partition,
          header.baseOffset,
          Number(header.firstTimestamp),
          section,
          this.first,
        );
        if (batch.length > 0) answer.batches.push(batch);
        // a batch without records that goes with an error has no place in the log
        if (header.lastOffsetDelta >= 0) end = header.baseOffset + BigInt(header.lastOffsetDelta) + 1n;
      }
      if (whole === 0 && records.length > 0 && errorCode.kind === "None") {
        throw new LargerFetch(fetchSizeFor(records, this.maxBytes));
      }
    } catch (cause) {
      if (cause instanceof LargerFetch) throw cause;
      const place = `${topic}-${this.partition}`;
      throw new ClientError("SMDK_PROTOCOL", `${place}: unreadable batch: ${(cause as Error).message}`, {
        cause,
        topic,
        partition: this.partition,
        nextOffset: end ?? this.position ?? undefined,
      });
    }
    return { answer, end };
  }

  /** Asks for the next answer. */
  private acknowledge(stream: ResponseStream<StreamFetchResponse>, offset: bigint): void {
    const { connection } = this;
    const sessionId = this.streamId || this.expectedId;
    connection!
      .request(UpdateOffsetsApi, { offsets: [{ offset, sessionId }] })
      .then(({ status }) => {
        const refused = status.find(({ error }) => error.kind !== "None");
        if (refused !== undefined) stream.fail(this.error(refused.error));
      })
      // a broken connection fails the stream by itself
      .catch(() => undefined);
  }

  private error(errorCode: ErrorCode): ClientError {
    return serverError(errorCode, null, {
      topic: this.settings.topic,
      partition: this.partition,
      nextOffset: this.position ?? undefined,
    });
  }
}

/** The first batch did not fit: what is needed is known from its header, or at least more than before. */
class LargerFetch extends Error {
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`a batch needs ${maxBytes} bytes`);
    this.maxBytes = maxBytes;
  }
}

/** The stream has ended although there is more to read. */
class Interrupted extends Error {}

function fetchSizeFor(records: Uint8Array, current: number): number {
  const needed = Math.max(batchLengthAt(records, 0), current * 2, 1024);
  if (current >= LARGEST_FETCH) {
    throw new ClientError("SMDK_PROTOCOL", `the cluster sends only part of a batch of ${needed} bytes`);
  }
  return Math.min(needed, LARGEST_FETCH);
}

function isRetriable(error: unknown): boolean {
  if (isConnectionError(error)) return true;
  const kind = (error as ClientError).errorCode?.kind;
  return kind === "NotLeaderForPartition" || kind === "PartitionNotLeader" || kind === "FetchSessionNotFoud";
}

function evictedOffset(error: unknown): bigint | null {
  const errorCode = (error as ClientError).errorCode;
  return errorCode?.kind === "OffsetEvicted" ? errorCode.nextAvailable : null;
}
