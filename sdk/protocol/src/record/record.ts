/**
 * Single records and lists of them. A list (`Vec<Record>`: u32 count, then records) is what a batch carries,
 * what gets compressed, and what SmartModules exchange.
 */
import {
  checkVarint,
  readI32,
  readVarint64,
  varintEnd,
  varintLength,
  varintValue,
  writeVarint,
} from "./bytes.ts";
import { RecordError } from "./error.ts";

/** A record for encoding. Absent numbers are 0, an absent key is no key. */
export interface RecordInput {
  key?: Uint8Array | null;
  value: Uint8Array;
  attributes?: number;
  /** Milliseconds after the batch's first timestamp; must fit 32 bits. */
  timestampDelta?: number;
  /** Offset after the batch's base offset; must fit 32 bits. */
  offsetDelta?: number;
  headerCount?: number;
}

/** Bytes of the fields after the length varint. */
export function recordBodyLength(record: RecordInput): number {
  const { key, value } = record;
  return (
    1 +
    varintLength(record.timestampDelta ?? 0) +
    varintLength(record.offsetDelta ?? 0) +
    (key == null ? 1 : 1 + varintLength(key.length) + key.length) +
    varintLength(value.length) +
    value.length +
    varintLength(record.headerCount ?? 0)
  );
}

/** Bytes of the whole record, length varint included. */
export function recordLength(record: RecordInput): number {
  const body = recordBodyLength(record);
  return varintLength(body) + body;
}

/**
 * Writes one record at `at` (there must be {@link recordLength} bytes of room) and returns the position after it.
 * Numbers outside 32 bits are refused with SMDK_RECORD_RANGE.
 */
export function writeRecord(bytes: Uint8Array, at: number, record: RecordInput): number {
  const timestampDelta = record.timestampDelta ?? 0;
  const offsetDelta = record.offsetDelta ?? 0;
  const headerCount = record.headerCount ?? 0;
  checkVarint(timestampDelta, "timestamp delta");
  checkVarint(offsetDelta, "offset delta");
  checkVarint(headerCount, "header count");
  const { key, value } = record;
  let p = writeVarint(bytes, at, recordBodyLength(record));
  bytes[p++] = record.attributes ?? 0;
  p = writeVarint(bytes, p, timestampDelta);
  p = writeVarint(bytes, p, offsetDelta);
  if (key == null) {
    bytes[p++] = 0;
  } else {
    bytes[p++] = 1;
    p = writeVarint(bytes, p, key.length);
    bytes.set(key, p);
    p += key.length;
  }
  p = writeVarint(bytes, p, value.length);
  bytes.set(value, p);
  return writeVarint(bytes, p + value.length, headerCount);
}

/** A list of records as bytes: u32 count, then the records. */
export function encodeRecords(records: readonly RecordInput[]): Uint8Array {
  let length = 4;
  for (const record of records) length += recordLength(record);
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(0, records.length);
  let at = 4;
  for (const record of records) at = writeRecord(bytes, at, record);
  return bytes;
}

/** Smallest possible record: length, attributes, two deltas, key flag, value length, header count. */
const MIN_RECORD_LENGTH = 7;

/**
 * Walks a record list in place. The fields describe the record that the last successful `next()` stopped at; all
 * positions are absolute in `bytes`. Reads as tolerantly as Fluvio does: the record's own length is only checked
 * against what is left, and the next record begins where the fields end.
 */
export class RecordCursor {
  readonly bytes: Uint8Array;
  /** Records announced; a negative count means none. */
  readonly count: number;
  readonly limit: number;
  /** Position of the current record in the list, -1 before the first. */
  index = -1;
  /** The current record: `bytes[start..end)`, length varint included. */
  start: number;
  end: number;
  attributes = 0;
  /** Exact up to 2^53; see {@link exactTimestampDelta}. */
  timestampDelta = 0;
  offsetDelta = 0;
  /** -1 where the record has no key. */
  keyStart = -1;
  keyEnd = -1;
  valueStart = 0;
  valueEnd = 0;
  headerCount = 0;
  private timestampAt = 0;

  /** Starts before the first record of the list in `bytes[at..limit)`. */
  constructor(bytes: Uint8Array, at = 0, limit = bytes.length) {
    if (at + 4 > limit)
      throw new RecordError("SMDK_RECORD_TRUNCATED", "record count: can't read i32", { offset: at });
    const count = readI32(bytes, at);
    // Checked here so that a huge count cannot make a caller reserve memory for it.
    if (count > 0 && count > Math.floor((limit - at - 4) / MIN_RECORD_LENGTH)) {
      throw new RecordError(
        "SMDK_RECORD_TRUNCATED",
        `${count} records announced, ${limit - at - 4} bytes cannot hold them`,
        { offset: at },
      );
    }
    this.bytes = bytes;
    this.limit = limit;
    this.count = Math.max(count, 0);
    this.start = at + 4;
    this.end = at + 4;
  }

  /** Moves to the next record; false after the last. Fails with SMDK_RECORD_TRUNCATED or SMDK_RECORD_INVALID. */
  next(): boolean {
    if (this.index + 1 >= this.count) return false;
    const { bytes, limit } = this;
    const start = this.end;
    let p = varintEnd(bytes, start, limit);
    if (varintValue(bytes, start, p) > limit - p) {
      throw new RecordError("SMDK_RECORD_TRUNCATED", "not enough for record", { offset: start });
    }
    if (p >= limit) throw new RecordError("SMDK_RECORD_TRUNCATED", "not enough for record", { offset: p });
    this.attributes = (bytes[p++]! << 24) >> 24;
    this.timestampAt = p;
    let q = varintEnd(bytes, p, limit);
    this.timestampDelta = varintValue(bytes, p, q);
    p = q;
    q = varintEnd(bytes, p, limit);
    this.offsetDelta = varintValue(bytes, p, q);
    p = q;
    if (p >= limit) throw new RecordError("SMDK_RECORD_TRUNCATED", "not enough buf for bool", { offset: p });
    const flag = bytes[p++]!;
    if (flag === 0) {
      this.keyStart = -1;
      this.keyEnd = -1;
    } else if (flag === 1) {
      q = varintEnd(bytes, p, limit);
      this.keyStart = q;
      this.keyEnd = p = dataEnd(varintValue(bytes, p, q), p, q, limit);
    } else {
      throw new RecordError("SMDK_RECORD_INVALID", "not valid bool value", { offset: p - 1 });
    }
    q = varintEnd(bytes, p, limit);
    this.valueStart = q;
    this.valueEnd = p = dataEnd(varintValue(bytes, p, q), p, q, limit);
    q = varintEnd(bytes, p, limit);
    this.headerCount = varintValue(bytes, p, q);
    this.start = start;
    this.end = q;
    this.index++;
    return true;
  }

  /** View of the key, null where there is none. */
  key(): Uint8Array | null {
    return this.keyStart < 0 ? null : this.bytes.subarray(this.keyStart, this.keyEnd);
  }

  /** View of the value. */
  value(): Uint8Array {
    return this.bytes.subarray(this.valueStart, this.valueEnd);
  }

  /** View of the whole encoded record. */
  record(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** The timestamp delta with all 64 bits. */
  exactTimestampDelta(): bigint {
    return readVarint64(this.bytes, this.timestampAt, this.limit);
  }
}

/** End of byte data of `length` at `at`: what is left if there is less, as Fluvio reads it. */
function dataEnd(length: number, lengthAt: number, at: number, limit: number): number {
  if (length < 0)
    throw new RecordError("SMDK_RECORD_INVALID", `negative data length ${length}`, { offset: lengthAt });
  return length > limit - at ? limit : at + length;
}
