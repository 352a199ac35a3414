/**
 * The write side of the log. Appends that arrive while a write is under way are gathered and written together;
 * a write that fails is undone as a whole, so that the next one starts from the last good state.
 */

import { patchBaseOffset } from "@smdk/protocol";
import type { Clock, Disk } from "../env/index.ts";
import { appendError, LogError } from "./error.ts";
import { type IndexMark, MAX_RELATIVE_OFFSET } from "./offset-index.ts";
import type { CheckedBatch } from "./record-set.ts";
import { Segment } from "./segment.ts";
import type { AppendResult } from "./types.ts";

/** One write takes no more than this, so that the first of a long queue is not kept waiting. */
const MAX_GROUP_BYTES = 8 * 1024 * 1024;
/** Index entries are written in lots: losing some in a crash costs nothing. */
const INDEX_LOT = 512;

interface Pending {
  readonly batches: readonly CheckedBatch[];
  readonly bytes: number;
  readonly keepOffsets: boolean;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: LogError) => void;
}

/** The part of the log that the appender changes. */
export interface AppendTarget {
  readonly name: string;
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  /** The last one is the active segment. */
  readonly segments: Segment[];
  readonly segmentBytes: number;
  readonly indexIntervalBytes: number;
  readonly syncEveryWrite: boolean;
  /** Closed segments reach the disk before their successor is written. */
  readonly syncOnRoll: boolean;
  /** Keeps cleaning and truncation out while a group is written. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** The group is stored. */
  appended(group: { batches: number; bytes: number; writes: number; closed: readonly Segment[] }): void;
  failed(error: LogError): void;
  indexFailed(error: unknown): void;
}

/** Where to come back to when a group fails. */
interface Checkpoint {
  readonly segmentCount: number;
  readonly bytes: number;
  readonly end: bigint;
  readonly modifiedMs: number;
  readonly index: IndexMark;
}

/** What a failed group has left in the files. */
interface Remains {
  /** Segments that it began, the newest one last. */
  readonly segments: Segment[];
  /** The segment that it found, and how much of that counts. */
  readonly active: Segment;
  readonly bytes: number;
}

export class Appender {
  readonly #target: AppendTarget;
  #queue: Pending[] = [];
  #running: Promise<void> | undefined;
  /** Set when a failed group could not be undone either: nothing is written before that succeeds. */
  #remains: Remains | undefined;

  constructor(target: AppendTarget) {
    this.#target = target;
  }

  append(batches: readonly CheckedBatch[], keepOffsets: boolean): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      const bytes = batches.reduce((sum, batch) => sum + batch.end - batch.start, 0);
      this.#queue.push({ batches, bytes, keepOffsets, resolve, reject });
      this.#running ??= this.#drain();
    });
  }

  /** Resolves when nothing is queued or being written. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** As `settled`, and tries once more to take away what a failed group has left. */
  async close(): Promise<void> {
    await this.settled();
    await this.#target.exclusive(() => this.#removeRemains()).catch(() => {});
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#target.exclusive(() => this.#writeGroup(this.#takeGroup()));
    }
    this.#running = undefined;
  }

  #takeGroup(): Pending[] {
    let bytes = 0;
    let count = 0;
    while (
      count < this.#queue.length &&
      (count === 0 || bytes + this.#queue[count]!.bytes <= MAX_GROUP_BYTES)
    ) {
      bytes += this.#queue[count]!.bytes;
      count += 1;
    }
    if (count === this.#queue.length) {
      const all = this.#queue;
      this.#queue = [];
      return all;
    }
    return this.#queue.splice(0, count);
  }

  async #writeGroup(group: readonly Pending[]): Promise<void> {
    const target = this.#target;
    let mark: Checkpoint | undefined;
    const done: (() => void)[] = [];
    try {
      await this.#removeRemains();
      mark = this.#checkpoint();
      const writer = new GroupWriter(target);
      for (const pending of group) {
        const baseOffset = writer.end;
        if (pending.keepOffsets && !followsOn(pending.batches, baseOffset)) {
          done.push(() => pending.reject(gap(target.name, pending.batches, baseOffset)));
          continue;
        }
        for (const batch of pending.batches) await writer.add(batch);
        const logEnd = writer.end;
        const result = { baseOffset, logEnd, batches: pending.batches.length, bytes: pending.bytes };
        done.push(() => pending.resolve(result));
      }
      await writer.finish();
      target.appended(writer);
    } catch (cause) {
      const error = appendError(target.name, cause);
      if (mark !== undefined) {
        this.#undo(mark);
        await this.#removeRemains().catch(() => {});
      }
      target.failed(error);
      for (const pending of group) pending.reject(error);
      return;
    }
    for (const settle of done) settle();
    await this.#flushIndex();
  }

  #checkpoint(): Checkpoint {
    const active = this.#target.segments.at(-1)!;
    return {
      segmentCount: this.#target.segments.length,
      bytes: active.bytes,
      end: active.end,
      modifiedMs: active.modifiedMs,
      index: active.index!.mark(),
    };
  }

  /** Goes back to the checkpoint of a failed group; what it wrote counts no more from here on. */
  #undo(mark: Checkpoint): void {
    const { segments } = this.#target;
    const begun = segments.splice(mark.segmentCount);
    const active = segments.at(-1)!;
    active.bytes = mark.bytes;
    active.end = mark.end;
    active.modifiedMs = mark.modifiedMs;
    active.index!.reset(mark.index);
    active.indexWasReset();
    this.#remains = { segments: begun, active, bytes: mark.bytes };
  }

  async #removeRemains(): Promise<void> {
    const remains = this.#remains;
    if (remains === undefined) return;
    // The newest goes first, so that the files form one log at any moment.
    while (remains.segments.length > 0) {
      await remains.segments.at(-1)!.remove();
      remains.segments.pop();
    }
    await remains.active.use((file) => file.truncate(remains.bytes));
    this.#remains = undefined;
  }

  async #flushIndex(): Promise<void> {
    const active = this.#target.segments.at(-1)!;
    if (active.pendingIndexEntries < INDEX_LOT) return;
    try {
      await active.flushIndex();
    } catch (error) {
      this.#target.indexFailed(error);
    }
  }
}

/** Lays the batches of one group into the active segment, and into new ones when it is full. */
class GroupWriter {
  readonly #target: AppendTarget;
  #segment: Segment;
  /** Batches laid out for `#segment` and not written yet. */
  #batches: CheckedBatch[] = [];
  #position: number;
  /** Offset that the next batch gets. */
  end: bigint;
  batches = 0;
  bytes = 0;
  writes = 0;
  /** Segments that the group has filled. */
  readonly closed: Segment[] = [];

  constructor(target: AppendTarget) {
    this.#target = target;
    this.#segment = target.segments.at(-1)!;
    this.#position = this.#segment.bytes;
    this.end = this.#segment.end;
  }

  async add(batch: CheckedBatch): Promise<void> {
    const length = batch.end - batch.start;
    const isFull = this.#position + length > this.#target.segmentBytes;
    const isFar = this.end - this.#segment.base > BigInt(MAX_RELATIVE_OFFSET);
    if (this.#position > 0 && (isFull || isFar)) await this.#roll();
    patchBaseOffset(batch.bytes, batch.start, this.end);
    this.#batches.push(batch);
    this.#position += length;
    this.end += batch.span;
  }

  async finish(): Promise<void> {
    if (this.#batches.length === 0) return;
    const batches = this.#batches;
    this.#batches = [];
    const segment = this.#segment;
    const parts = joinNeighbours(batches);
    await segment.use(async (file) => {
      await file.write(parts, segment.bytes);
      if (this.#target.syncEveryWrite) await file.sync();
    });
    this.writes += 1;
    for (const batch of batches) {
      const length = batch.end - batch.start;
      segment.index!.add(Number(segment.end - segment.base), segment.bytes, length);
      segment.bytes += length;
      segment.end += batch.span;
      this.bytes += length;
    }
    segment.indexBytes = segment.index!.usedBytes;
    segment.modifiedMs = this.#target.clock.nowMs();
    this.batches += batches.length;
  }

  async #roll(): Promise<void> {
    await this.finish();
    const target = this.#target;
    const closed = this.#segment;
    if (target.syncOnRoll) await closed.use((file) => file.sync());
    await closed.finishIndexFile();
    const next = Segment.empty(target.disk, target.directory, this.end, {
      intervalBytes: target.indexIntervalBytes,
      nowMs: target.clock.nowMs(),
    });
    try {
      await next.makeFiles();
      if (target.syncOnRoll) await target.disk.syncDirectory(target.directory);
      // Readers open it again; a group may fill more segments than a process may have files open.
      await closed.release();
    } finally {
      // Also where it failed: undoing the group takes away whatever there is of its files.
      target.segments.push(next);
    }
    this.closed.push(closed);
    this.#segment = next;
    this.#position = 0;
  }
}

/** Batches that lie one behind the other in memory go out as one part. */
function joinNeighbours(batches: readonly CheckedBatch[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at < batches.length) {
    const first = batches[at]!;
    let { end } = first;
    at += 1;
    while (at < batches.length && batches[at]!.bytes === first.bytes && batches[at]!.start === end) {
      end = batches[at]!.end;
      at += 1;
    }
    parts.push(first.bytes.subarray(first.start, end));
  }
  return parts;
}

function followsOn(batches: readonly CheckedBatch[], logEnd: bigint): boolean {
  let expected = logEnd;
  for (const batch of batches) {
    if (batch.baseOffset !== expected) return false;
    expected += batch.span;
  }
  return true;
}

function gap(log: string, batches: readonly CheckedBatch[], logEnd: bigint): LogError {
  return new LogError(
    "SMDK_LOG_BATCH_INVALID",
    `batches from offset ${batches[0]?.baseOffset} on do not follow on the log end ${logEnd} of ${log}`,
  );
}
