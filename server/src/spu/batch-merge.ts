// Builds the one batch that carries what a SmartModule chain made of several stored batches.
import {
  type BatchHeader,
  type Compression,
  encodeBatch,
  RecordCursor,
  type RecordInput,
  recordLength,
  writeRecord,
} from "@smdk/protocol";

const MIN_VARINT = -0x8000_0000;
const MAX_VARINT = 0x7fff_ffff;
/** Largest last offset delta of a batch. */
const MAX_DELTA = 0x7fff_ffff;

/** One stretch of input that went through the chain. */
export type MergeInput = {
  /** Base offset the record deltas count from. */
  base: bigint;
  /** Offset of the first record that was given to the chain; at least `base`. */
  first: bigint;
  /** Offset after the last record of the stretch. */
  end: bigint;
  header: BatchHeader;
};

/**
 * Collects output records. The batch begins at the first input that gave a record and spans every input from
 * there on, so that readers who count offsets by position never leave the span the log has for them.
 */
export class BatchMerger {
  /** Offset of the first output record, null before there is one. */
  base: bigint | null = null;
  /** Offset after the last input taken. */
  end: bigint;
  /** Bytes of the output records so far, uncompressed. */
  bytes = 0;
  count = 0;
  #compression: Compression = "None";
  #firstTimestamp = -1n;
  #maxTimestamp = -1n;
  readonly #parts: Uint8Array[] = [];
  readonly #keepTimestamps: boolean;

  /** `start`: where the input begins. With `keepTimestamps` the output carries the times of its inputs. */
  constructor(start: bigint, options: { keepTimestamps: boolean }) {
    this.end = start;
    this.#keepTimestamps = options.keepTimestamps;
  }

  /** Takes the output records (u32 count, then records) that the chain made of `input`. */
  add(input: MergeInput, records: Uint8Array): void {
    const count = recordCount(records);
    if (count > 0) {
      if (this.base === null) {
        this.base = input.first;
        this.#compression = input.header.compression ?? "None";
        this.#firstTimestamp = input.header.firstTimestamp;
      }
      const offsetShift = Number(input.base - this.base);
      const timeShift =
        this.#keepTimestamps && this.#firstTimestamp > 0n && input.header.firstTimestamp > 0n
          ? Number(input.header.firstTimestamp - this.#firstTimestamp)
          : 0;
      const part =
        offsetShift === 0 && timeShift === 0
          ? records.subarray(4)
          : shiftRecords(records, offsetShift, timeShift);
      if (input.header.maxTimestamp > this.#maxTimestamp) this.#maxTimestamp = input.header.maxTimestamp;
      this.#parts.push(part);
      this.bytes += part.length;
      this.count += count;
    }
    this.end = input.end;
  }

  /**
   * The batch, or null if no record came out. `growSpan` lets the batch claim more offsets than its input
   * had where the chain made more records than it got (for writing; a reader's span must stay the input's).
   */
  finish(options: { growSpan: boolean }): Uint8Array | null {
    if (this.base === null) return null;
    const span = Number(this.end - this.base);
    return encodeBatch({
      records: { count: this.count, parts: this.#parts },
      compression: this.#compression,
      baseOffset: this.base,
      lastOffsetDelta: Math.min(MAX_DELTA, (options.growSpan ? Math.max(span, this.count) : span) - 1),
      ...(this.#keepTimestamps
        ? { firstTimestamp: this.#firstTimestamp, maxTimestamp: this.#maxTimestamp }
        : {}),
    });
  }
}

/**
 * A batch without records that spans `[from, to)`. Readers move on by a batch's span and deliver what is in it,
 * so this is how a stretch of which nothing is left is told to them.
 */
export function emptySpan(from: bigint, to: bigint): Uint8Array {
  return encodeBatch({
    records: new Uint8Array(4),
    compression: "None",
    baseOffset: from,
    lastOffsetDelta: Math.min(MAX_DELTA, Number(to - from) - 1),
  });
}

/** The number of records in a record list. */
export function recordCount(records: Uint8Array): number {
  return records.length < 4 ? 0 : new DataView(records.buffer, records.byteOffset, 4).getUint32(0);
}

/** The records (without count) with both deltas moved; deltas stay within what the wire can carry. */
function shiftRecords(records: Uint8Array, offsetShift: number, timeShift: number): Uint8Array {
  const fields: RecordInput & { offsetDelta: number; timestampDelta: number } = {
    value: records,
    offsetDelta: 0,
    timestampDelta: 0,
  };
  const load = (cursor: RecordCursor) => {
    fields.key = cursor.key();
    fields.value = cursor.value();
    fields.attributes = cursor.attributes;
    fields.offsetDelta = clamp(Math.max(0, cursor.offsetDelta + offsetShift));
    fields.timestampDelta = clamp(cursor.timestampDelta + timeShift);
    fields.headerCount = clamp(cursor.headerCount);
  };
  let length = 0;
  for (const cursor = new RecordCursor(records); cursor.next(); ) {
    load(cursor);
    length += recordLength(fields);
  }
  const shifted = new Uint8Array(length);
  let at = 0;
  for (const cursor = new RecordCursor(records); cursor.next(); ) {
    load(cursor);
    at = writeRecord(shifted, at, fields);
  }
  return shifted;
}

function clamp(value: number): number {
  return Math.min(MAX_VARINT, Math.max(MIN_VARINT, value));
}

/** The record list without its first `skip` records, as a copy. */
export function dropRecords(records: Uint8Array, skip: number): Uint8Array {
  if (skip <= 0) return records;
  const cursor = new RecordCursor(records);
  while (cursor.index + 1 < skip && cursor.next());
  const count = Math.max(0, cursor.count - skip);
  const rest = new Uint8Array(4 + (count === 0 ? 0 : records.length - cursor.end));
  new DataView(rest.buffer).setUint32(0, count);
  if (count > 0) rest.set(records.subarray(cursor.end), 4);
  return rest;
}

/** The first `count` records of the record list, or all of it if there are no more, as a copy. */
export function firstRecords(records: Uint8Array, count: number): Uint8Array {
  const cursor = new RecordCursor(records);
  let taken = 0;
  while (taken < count && cursor.next()) taken += 1;
  // Not `slice`, which is a view where the bytes are a Buffer.
  const first = Uint8Array.from(records.subarray(0, taken === 0 ? 4 : cursor.end));
  new DataView(first.buffer).setUint32(0, taken);
  return first;
}
