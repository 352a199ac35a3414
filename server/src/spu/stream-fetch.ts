// One consumer stream: reads the log from where the client stands, one unacknowledged response at a time, through
// the client's SmartModules if it named any (wire-protocol 5.3.2, 5.3.3, 5.3.5).
import { setMaxListeners } from "node:events";
import {
  type ErrorCode,
  encode,
  RecordError,
  readBatchHeader,
  StreamFetchApi,
  sectionOf,
} from "@smdk/protocol";
import type { AsyncChain } from "@smdk/runtime/worker";
import type { Clock } from "../env/index.ts";
import { errorCode, errorText } from "../error.ts";
import { PrebuiltBody } from "../net/index.ts";
import { BatchMerger, dropRecords, emptySpan } from "./batch-merge.ts";
import { ChainFeed } from "./chain-feed.ts";
import { errorForVersion, otherError } from "./client-errors.ts";
import type { ConnectionStreams } from "./connection-streams.ts";
import { MAX_RESPONSE_BYTES, readError } from "./log-read.ts";
import { Pacer } from "./pacer.ts";
import type { LeaderReplica } from "./replica.ts";
import type { ResponseRoom } from "./response-room.ts";

/** Bytes of stored batches read at a time as input of SmartModules. */
const INPUT_READ_BYTES = 1024 * 1024;
/** Bytes of input after which a client gets what there is, so that selective filters show progress. */
const INPUT_PER_RESPONSE = 16 * 1024 * 1024;
/** A batch without records and without offsets: what stands for records in a response that has only an error. */
const NO_RECORDS = emptySpan(-1n, -1n);

type StreamOptions = {
  replica: LeaderReplica;
  streamId: number;
  /** API version of the request, and of every response. */
  version: number;
  startOffset: bigint;
  maxBytes: number;
  committed: boolean;
  connection: ConnectionStreams;
  room: ResponseRoom;
  clock: Clock;
  /** Aborted when the connection is gone. */
  signal: AbortSignal;
  send(body: PrebuiltBody): Promise<void>;
};

/** Ends a stream with this code as its last response, behind the records collected so far. */
class StreamEnd extends Error {
  readonly error: ErrorCode;

  constructor(error: ErrorCode) {
    super(error.kind);
    this.error = error;
  }
}

/** What a turn of reading gave; `consumed` is the offset after the input it took. */
type Collected = { parts: Uint8Array[]; consumed: bigint; error: ErrorCode | null; last: boolean };

/** A user's error, and where the batch that has the failing record begins. */
type Failed = { error: ErrorCode; at: bigint };

export class ConsumerStream {
  readonly #options: StreamOptions;
  readonly #maxBytes: number;
  #feed: ChainFeed | null = null;
  /** End of the log by the stream's isolation when it was read last: `L` of the reference. */
  #knownEnd = 0n;
  /** Where the client stands, or null while its acknowledgement is awaited: `C` of the reference. */
  #position: bigint | null;
  /**
   * Clients may stop at the end they saw at the start, so up to there they are told of input that left nothing; behind
   * it the stream moves on in silence.
   */
  readonly #initialEnd: bigint;
  /** The end at which nothing could be read; only a later one is worth another try. */
  #emptyEnd = -1n;
  #acknowledged: bigint | null = null;
  #signalled = false;
  #wake: (() => void) | null = null;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#maxBytes = Math.min(Math.max(options.maxBytes, 1), MAX_RESPONSE_BYTES);
    this.#position = options.startOffset;
    this.#initialEnd = this.#readableEnd();
  }

  /**
   * The client has everything before `offset`. Only the latest acknowledgement counts; -1, which stands for none, is
   * ignored, and an offset that the log does not have ends the stream.
   */
  acknowledge(offset: bigint): void {
    if (offset === -1n) return;
    this.#acknowledged = offset;
    this.#signal();
  }

  /** Serves the stream until its connection, its replica or the stream itself ends. */
  async run(chain: AsyncChain | null): Promise<void> {
    const { replica, signal } = this.#options;
    if (chain !== null) {
      this.#feed = new ChainFeed(chain, (offset, end) => this.#read(offset, INPUT_READ_BYTES, end));
    }
    const wake = () => this.#signal();
    // Any number of streams may watch one connection and one replica.
    setMaxListeners(0, replica.ended, signal);
    const stopListening = replica.log.onAdvance(wake);
    replica.ended.addEventListener("abort", wake);
    signal.addEventListener("abort", wake);
    try {
      await this.#serve();
    } catch (error) {
      if (!(error instanceof StreamEnd)) throw error;
      await this.#respond([], 0n, error.error);
    } finally {
      stopListening();
      replica.ended.removeEventListener("abort", wake);
      signal.removeEventListener("abort", wake);
    }
  }

  async #serve(): Promise<void> {
    const { signal, startOffset } = this.#options;
    let more = await this.#advance(startOffset);
    while (more && !signal.aborted) {
      this.#checkReplica();
      const acknowledged = this.#acknowledged;
      if (acknowledged !== null) {
        this.#acknowledged = null;
        if (acknowledged >= this.#knownEnd) this.#position = acknowledged;
        else more = await this.#advance(acknowledged);
        continue;
      }
      const end = this.#readableEnd();
      if (this.#position !== null && end > this.#position && end !== this.#emptyEnd) {
        more = await this.#advance(this.#position);
        continue;
      }
      this.#knownEnd = end;
      await this.#nextSignal();
    }
  }

  /** Reads on from `offset` and sends what there is. False when the stream is over. */
  #advance(offset: bigint): Promise<boolean> {
    const { sending, making } = this.#options.connection;
    const feed = this.#feed;
    return feed === null
      ? sending.run(() => this.#inRoom((maxBytes) => this.#sendStored(offset, maxBytes)))
      : making.run(() => this.#inRoom((maxBytes) => this.#sendProcessed(feed, offset, maxBytes)));
  }

  /** Runs with the size that a response may have now; not at all when the stream was over before its turn came. */
  async #inRoom(respond: (maxBytes: number) => Promise<boolean>): Promise<boolean> {
    if (this.#interrupted()) return true;
    const { room } = this.#options;
    const granted = room.take(this.#maxBytes);
    try {
      return await respond(granted);
    } finally {
      room.giveBack(granted);
    }
  }

  /** Sends stored batches as they are. */
  async #sendStored(offset: bigint, maxBytes: number): Promise<boolean> {
    const end = this.#readableEnd();
    const { records, baseOffset, nextOffset } = await this.#read(offset, maxBytes, end);
    if (records.length === 0) {
      this.#caughtUp(offset, end);
      return true;
    }
    this.#knownEnd = end;
    this.#position = null;
    // Readers that stop after a number of records count whole batches. Where more responses follow, records before
    // their start would make them stop too early.
    const trims = baseOffset < offset && nextOffset < end;
    await this.#respond(trims ? withoutRecordsBefore(offset, records) : [records], 0n, null);
    return true;
  }

  /** Sends what the chain makes of the batches from `offset` on. */
  async #sendProcessed(feed: ChainFeed, offset: bigint, maxBytes: number): Promise<boolean> {
    const end = this.#readableEnd();
    const { parts, consumed, error, last } = await this.#collect(feed, offset, end, maxBytes);
    if (parts.length === 0 && error === null) {
      if (consumed === offset || offset >= this.#initialEnd) {
        this.#caughtUp(consumed, consumed === offset ? end : -1n);
        return true;
      }
      parts.push(emptySpan(offset, consumed));
    }
    this.#knownEnd = end;
    this.#position = null;
    await this.#options.connection.sending.run(() => this.#respond(parts, consumed, error));
    return !last;
  }

  /** Nothing was sent: the client stands at `offset` without having to say so. */
  #caughtUp(offset: bigint, emptyEnd: bigint): void {
    this.#knownEnd = offset;
    this.#position = offset;
    this.#emptyEnd = emptyEnd;
  }

  async #collect(feed: ChainFeed, offset: bigint, end: bigint, maxBytes: number): Promise<Collected> {
    const merger = new BatchMerger(offset, { keepTimestamps: false });
    let failed: Failed | null = null;
    let last = false;
    try {
      failed = await this.#runChain(feed, end, merger, maxBytes);
    } catch (failure) {
      failed = { error: streamFailure(failure), at: merger.end };
      last = true;
      if (merger.count === 0) throw new StreamEnd(failed.error);
    } finally {
      feed.pause();
    }
    const parts: Uint8Array[] = [];
    const batch = merger.finish({ growSpan: false });
    // Readers add up spans, so one without records stands for the input before the first output, or the error.
    const begin = merger.base ?? failed?.at ?? offset;
    if (begin > offset) parts.push(emptySpan(offset, begin));
    if (batch !== null) parts.push(batch);
    else if (failed !== null) parts.push(NO_RECORDS);
    return { parts, consumed: merger.end, error: failed?.error ?? null, last };
  }

  /** Feeds the chain until the response is full, the input is used up, or a record fails. */
  async #runChain(
    feed: ChainFeed,
    end: bigint,
    merger: BatchMerger,
    maxBytes: number,
  ): Promise<Failed | null> {
    const pacer = new Pacer(this.#options.clock);
    let taken = 0;
    while (merger.end < end && taken < INPUT_PER_RESPONSE && merger.bytes < maxBytes) {
      if (this.#interrupted()) return null;
      const fed = await feed.at(merger.end, end);
      if (fed === null) return null;
      const output = await fed.output;
      if (merger.count > 0 && merger.bytes + output.records.length > maxBytes) return null;
      feed.taken(output.error !== null);
      taken += fed.bytes;
      merger.add(output.input, output.records);
      if (output.error !== null) return { error: output.error, at: fed.at };
      // Clients count the records of a response on from its first; as upstream has it, segments begin anew.
      if (fed.endsSegment && merger.count > 0) return null;
      await pacer.breathe();
    }
    return null;
  }

  #interrupted(): boolean {
    return this.#options.signal.aborted || this.#options.replica.ended.aborted;
  }

  /** @throws StreamEnd if the offset is outside of the log or the log cannot be read. */
  async #read(offset: bigint, maxBytes: number, end: bigint) {
    const { log } = this.#options.replica;
    try {
      return await log.read({ offset, maxBytes, end });
    } catch (error) {
      this.#checkReplica();
      throw new StreamEnd(readError(error, offset, log.offsets));
    }
  }

  /** @throws StreamEnd when the replica is no longer served here. */
  #checkReplica(): void {
    const { ended } = this.#options.replica;
    if (!ended.aborted) return;
    throw new StreamEnd({ kind: ended.reason === "deleted" ? "TopicDeleted" : "NotLeaderForPartition" });
  }

  #readableEnd(): bigint {
    const { highWatermark, logEnd } = this.#options.replica.log.offsets;
    return this.#options.committed ? highWatermark : logEnd;
  }

  async #respond(
    parts: readonly Uint8Array[],
    nextFilterOffset: bigint,
    error: ErrorCode | null,
  ): Promise<void> {
    const { replica, streamId, version, send } = this.#options;
    const offsets = parts.length === 0 ? null : replica.log.offsets;
    await send(
      streamResponse(version, {
        topic: replica.topic,
        partition: replica.partition,
        streamId,
        error: error ?? { kind: "None" },
        highWatermark: offsets?.highWatermark ?? 0n,
        logStart: offsets?.logStart ?? 0n,
        nextFilterOffset,
        records: parts,
      }),
    );
  }

  #signal(): void {
    this.#signalled = true;
    this.#wake?.();
  }

  async #nextSignal(): Promise<void> {
    if (!this.#signalled) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    this.#signalled = false;
  }
}

/** The batches from the record at `offset` on, which lies inside of the first one. */
function withoutRecordsBefore(offset: bigint, records: Uint8Array): Uint8Array[] {
  const header = readBatchHeader(records);
  const { baseOffset: base, lastOffsetDelta, totalLength } = header;
  try {
    const merger = new BatchMerger(offset, { keepTimestamps: true });
    const kept = dropRecords(sectionOf(records, header), Number(offset - base));
    merger.add({ base, first: offset, end: base + BigInt(lastOffsetDelta) + 1n, header }, kept);
    const trimmed = merger.finish({ growSpan: false });
    return trimmed === null ? [records] : [trimmed, records.subarray(totalLength)];
  } catch {
    // What cannot be read here is the client's to judge.
    return [records];
  }
}

/** What a client is told of a failure that is not a user's error. */
function streamFailure(failure: unknown): ErrorCode {
  if (failure instanceof StreamEnd) return failure.error;
  if (failure instanceof RecordError) {
    return failure.code.startsWith("SMDK_COMPRESSION")
      ? { kind: "CompressionError" }
      : { kind: "StorageError" };
  }
  if (errorCode(failure)?.startsWith("SMDK_ENGINE_"))
    return otherError(`SmartModule err ${errorText(failure)}`);
  throw failure;
}

type StreamResponseFields = {
  topic: string;
  partition: number;
  streamId: number;
  error: ErrorCode;
  highWatermark: bigint;
  logStart: bigint;
  nextFilterOffset: bigint;
  /** Batches, back to back; sent without a copy. */
  records: readonly Uint8Array[];
};

/** A StreamFetch response. Records are its last field, so they travel as they are behind the encoded rest. */
export function streamResponse(version: number, fields: StreamResponseFields): PrebuiltBody {
  const head = encode(
    StreamFetchApi.response,
    {
      topic: fields.topic,
      streamId: fields.streamId,
      partition: {
        partitionIndex: fields.partition,
        errorCode: errorForVersion(fields.error, version),
        highWatermark: fields.highWatermark,
        nextFilterOffset: fields.nextFilterOffset,
        logStartOffset: fields.logStart,
        aborted: null,
        records: new Uint8Array(0),
      },
    },
    version,
  );
  const length = fields.records.reduce((sum, part) => sum + part.length, 0);
  new DataView(head.buffer, head.byteOffset, head.length).setInt32(head.length - 4, length);
  return new PrebuiltBody([head, ...fields.records]);
}
