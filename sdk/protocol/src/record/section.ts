/** From batches to record lists and back: decompression of the records section, and building whole batches. */
import {
  BATCH_HEADER_LENGTH,
  type BatchFields,
  type BatchHeader,
  readBatchHeader,
  writeBatchHeader,
} from "./batch.ts";
import { readI32 } from "./bytes.ts";
import { compress, compressionBits, decompress } from "./compression.ts";
import { RecordError } from "./error.ts";
import { encodeRecords, RecordCursor, type RecordInput } from "./record.ts";

/**
 * The record list (`Vec<Record>` bytes) of the batch at `at`: a view where it is stored plainly, else the
 * decompressed bytes, of which there may be at most `limit`.
 */
export function recordsSection(bytes: Uint8Array, at = 0, limit?: number): Uint8Array {
  return sectionOf(bytes, readBatchHeader(bytes, at), limit);
}

/** The same for a batch whose header has been read already. */
export function sectionOf(bytes: Uint8Array, header: BatchHeader, limit?: number): Uint8Array {
  const { compression, recordsStart, recordsEnd } = header;
  if (recordsEnd > bytes.length) {
    throw new RecordError("SMDK_BATCH_TRUNCATED", `batch ends ${recordsEnd - bytes.length} bytes too early`, {
      offset: bytes.length,
    });
  }
  if (compression === null) {
    throw new RecordError("SMDK_BATCH_INVALID", `unknown compression codec ${header.attributes & 7}`);
  }
  return decompress(compression, bytes.subarray(recordsStart, recordsEnd), limit);
}

/** A cursor before the first record of the batch at `at`. */
export function recordsOf(bytes: Uint8Array, at = 0, limit?: number): RecordCursor {
  return new RecordCursor(recordsSection(bytes, at, limit));
}

/** Encoded records in pieces, in their order. */
export interface RecordParts {
  /** Records in all pieces together. */
  count: number;
  /** The pieces, without a count. */
  parts: readonly Uint8Array[];
}

/** Input of {@link encodeBatch}. */
export interface BatchInput extends Omit<BatchFields, "lastOffsetDelta"> {
  /** A record list as bytes (u32 count first), its pieces, or records to encode. */
  records: Uint8Array | RecordParts | readonly RecordInput[];
  /** Default: the number of records - 1, which is what a batch without gaps has. */
  lastOffsetDelta?: number;
}

/** A whole batch: header, CRC, and the records compressed as asked. */
export function encodeBatch(input: BatchInput): Uint8Array {
  const { records, ...fields } = input;
  const list = "parts" in records ? partList(records) : wholeList(records);
  const codec = input.compression ?? "None";
  let batch: Uint8Array;
  if (codec === "None") {
    batch = new Uint8Array(BATCH_HEADER_LENGTH + list.length);
    list.write(batch, BATCH_HEADER_LENGTH);
  } else {
    const section = compress(codec, list.bytes());
    batch = new Uint8Array(BATCH_HEADER_LENGTH + section.length);
    batch.set(section, BATCH_HEADER_LENGTH);
  }
  const lastOffsetDelta = input.lastOffsetDelta ?? Math.max(list.count, 0) - 1;
  writeBatchHeader(batch, 0, batch.length, compressionBits(codec), lastOffsetDelta, fields);
  return batch;
}

/** A record list that is written to where it belongs, without being put together before. */
interface RecordList {
  count: number;
  /** Bytes, with the count. */
  length: number;
  write(into: Uint8Array, at: number): void;
  bytes(): Uint8Array;
}

const COUNT_LENGTH = 4;

function wholeList(records: Uint8Array | readonly RecordInput[]): RecordList {
  const list = records instanceof Uint8Array ? records : encodeRecords(records);
  if (list.length < COUNT_LENGTH)
    throw new RecordError("SMDK_RECORD_TRUNCATED", "record list without its count", { offset: 0 });
  return {
    count: readI32(list, 0),
    length: list.length,
    write: (into, at) => into.set(list, at),
    bytes: () => list,
  };
}

function partList({ count, parts }: RecordParts): RecordList {
  const length = parts.reduce((sum, part) => sum + part.length, COUNT_LENGTH);
  const write = (into: Uint8Array, at: number): void => {
    new DataView(into.buffer, into.byteOffset).setInt32(at, count);
    let pos = at + COUNT_LENGTH;
    for (const part of parts) {
      into.set(part, pos);
      pos += part.length;
    }
  };
  const bytes = (): Uint8Array => {
    const list = new Uint8Array(length);
    write(list, 0);
    return list;
  };
  return { count, length, write, bytes };
}
