/**
 * Batches as they lie in files and frames: header fields at fixed positions, checks, and walking a record set
 * without copying (wire-protocol: "Record data").
 */
import { readI16, readI32, readI64, readU32, writeI16, writeI32, writeI64 } from "./bytes.ts";
import { type Compression, compressionFromBits } from "./compression.ts";
import { crc32c } from "./crc32c.ts";
import { RecordError } from "./error.ts";

/** `base_offset` and `batch_len`: the part that `batch_len` does not count. */
export const BATCH_PREAMBLE_LENGTH = 12;
/** The fixed fields after the preamble. */
export const BATCH_FIELDS_LENGTH = 45;
/** Position of the records section in a batch without schema id. */
export const BATCH_HEADER_LENGTH = BATCH_PREAMBLE_LENGTH + BATCH_FIELDS_LENGTH;
/** Where the bytes that the CRC covers begin. */
export const BATCH_CRC_START = 21;
/** The only batch format there is. */
export const BATCH_MAGIC = 2;
/** First and max timestamp of a batch that has none. */
export const NO_TIMESTAMP = -1n;
/** Largest batch an SPU takes. */
export const MAX_BATCH_BYTES = 33_554_432;

const AT_LENGTH = 8;
const AT_EPOCH = 12;
const AT_MAGIC = 16;
const AT_CRC = 17;
const AT_ATTRIBUTES = 21;
const AT_LAST_OFFSET_DELTA = 23;
const AT_FIRST_TIMESTAMP = 27;
const AT_MAX_TIMESTAMP = 35;
const AT_PRODUCER_ID = 43;
const AT_PRODUCER_EPOCH = 51;
const AT_FIRST_SEQUENCE = 53;
const ATTRIBUTE_CODEC_MASK = 0x07;
const ATTRIBUTE_SCHEMA_ID = 0x10;

/** The decoded header of one batch. Positions are absolute in the bytes it was read from. */
export interface BatchHeader {
  baseOffset: bigint;
  /** Bytes after the length field. */
  batchLength: number;
  /** Bytes of the whole batch. */
  totalLength: number;
  partitionLeaderEpoch: number;
  magic: number;
  crc: number;
  attributes: number;
  /** null for codec bits that nobody defines. */
  compression: Compression | null;
  schemaId: number | null;
  /** Last offset minus base offset; -1 in an empty batch. */
  lastOffsetDelta: number;
  /** Milliseconds since the epoch, -1 for unknown. */
  firstTimestamp: bigint;
  maxTimestamp: bigint;
  producerId: bigint;
  producerEpoch: number;
  firstSequence: number;
  /** The records section, compressed or not. */
  recordsStart: number;
  recordsEnd: number;
}

/** Where a batch lies: `bytes[start..end)`. */
export interface BatchView {
  start: number;
  end: number;
}

export interface CheckBatchOptions {
  /** Compare the stored CRC with the bytes. Default true. */
  verifyCrc?: boolean;
  /** Largest whole batch to accept, in bytes. Default {@link MAX_BATCH_BYTES}. */
  maxBytes?: number;
  /** Where the available bytes end. Default: the end of `bytes`. */
  end?: number;
}

/**
 * Total length of the batch at `at` from its preamble alone, or -1 if even the preamble is cut off at `end`.
 * Fails with SMDK_BATCH_INVALID if the length cannot hold a header. The batch itself may still be cut off.
 */
export function batchLengthAt(bytes: Uint8Array, at: number, end = bytes.length): number {
  if (at + BATCH_PREAMBLE_LENGTH > end) return -1;
  const length = readI32(bytes, at + AT_LENGTH);
  if (length < BATCH_FIELDS_LENGTH) {
    throw new RecordError("SMDK_BATCH_INVALID", `batch length ${length} is too small for a batch header`, {
      offset: at + AT_LENGTH,
    });
  }
  return length + BATCH_PREAMBLE_LENGTH;
}

/** Reads the header of the batch at `at`; the header has to be there whole, the records need not be. */
export function readBatchHeader(bytes: Uint8Array, at = 0, end = bytes.length): BatchHeader {
  const totalLength = batchLengthAt(bytes, at, end);
  if (totalLength < 0 || at + BATCH_HEADER_LENGTH > end) throw truncated(at, BATCH_HEADER_LENGTH, end - at);
  const attributes = readI16(bytes, at + AT_ATTRIBUTES);
  let recordsStart = at + BATCH_HEADER_LENGTH;
  let schemaId: number | null = null;
  if (attributes & ATTRIBUTE_SCHEMA_ID) {
    if (totalLength < BATCH_HEADER_LENGTH + 4) {
      throw new RecordError("SMDK_BATCH_INVALID", "batch too short for its schema id", { offset: at });
    }
    if (recordsStart + 4 > end) throw truncated(at, BATCH_HEADER_LENGTH + 4, end - at);
    schemaId = readU32(bytes, recordsStart);
    recordsStart += 4;
  }
  return {
    baseOffset: readI64(bytes, at),
    batchLength: totalLength - BATCH_PREAMBLE_LENGTH,
    totalLength,
    partitionLeaderEpoch: readI32(bytes, at + AT_EPOCH),
    magic: (bytes[at + AT_MAGIC]! << 24) >> 24,
    crc: readU32(bytes, at + AT_CRC),
    attributes,
    compression: compressionFromBits(attributes & ATTRIBUTE_CODEC_MASK),
    schemaId,
    lastOffsetDelta: readI32(bytes, at + AT_LAST_OFFSET_DELTA),
    firstTimestamp: readI64(bytes, at + AT_FIRST_TIMESTAMP),
    maxTimestamp: readI64(bytes, at + AT_MAX_TIMESTAMP),
    producerId: readI64(bytes, at + AT_PRODUCER_ID),
    producerEpoch: readI16(bytes, at + AT_PRODUCER_EPOCH),
    firstSequence: readI32(bytes, at + AT_FIRST_SEQUENCE),
    recordsStart,
    recordsEnd: at + totalLength,
  };
}

/**
 * Reads the header of the batch at `at` and checks that the batch is whole, not above `maxBytes`, of magic 2, of a
 * known codec, and (unless told otherwise) that its CRC is right. Nothing is decompressed.
 */
export function checkBatch(bytes: Uint8Array, at = 0, options: CheckBatchOptions = {}): BatchHeader {
  const end = options.end ?? bytes.length;
  const maxBytes = options.maxBytes ?? MAX_BATCH_BYTES;
  const length = batchLengthAt(bytes, at, end);
  if (length > maxBytes) {
    throw new RecordError(
      "SMDK_BATCH_TOO_LARGE",
      `batch of ${length} bytes, at most ${maxBytes} are allowed`,
      {
        offset: at,
      },
    );
  }
  if (length < 0 || at + length > end) throw truncated(at, length, end - at);
  const header = readBatchHeader(bytes, at, end);
  if (header.magic !== BATCH_MAGIC) {
    throw new RecordError("SMDK_BATCH_INVALID", `batch magic ${header.magic}, expected ${BATCH_MAGIC}`, {
      offset: at + AT_MAGIC,
    });
  }
  if (header.compression === null) {
    throw new RecordError(
      "SMDK_BATCH_INVALID",
      `unknown compression codec ${header.attributes & ATTRIBUTE_CODEC_MASK}`,
      { offset: at + AT_ATTRIBUTES },
    );
  }
  if (options.verifyCrc !== false) {
    const actual = crc32c(bytes, at + BATCH_CRC_START, at + length);
    if (actual !== header.crc) {
      throw new RecordError(
        "SMDK_BATCH_CRC",
        `batch CRC is ${hex(header.crc)}, its bytes give ${hex(actual)}`,
        {
          offset: at + AT_CRC,
        },
      );
    }
  }
  return header;
}

export interface BatchesOptions {
  start?: number;
  end?: number;
  /**
   * What a cut-off batch at the end does: "throw" (default, SMDK_BATCH_TRUNCATED) or "stop". Real SPUs cut
   * responses anywhere, so clients stop there and ask for the rest.
   */
  onTruncated?: "throw" | "stop";
}

/** Walks the batches of a record set, whole ones only. Looks at the preambles and at nothing else. */
export function* batches(bytes: Uint8Array, options: BatchesOptions = {}): Generator<BatchView, void, void> {
  const end = options.end ?? bytes.length;
  let at = options.start ?? 0;
  while (at < end) {
    const length = batchLengthAt(bytes, at, end);
    if (length < 0 || at + length > end) {
      if (options.onTruncated === "stop") return;
      throw truncated(at, length, end - at);
    }
    yield { start: at, end: at + length };
    at += length;
  }
}

/** Gives the batch at `at` its place in the log. The CRC does not cover the base offset, so it stays valid. */
export function patchBaseOffset(bytes: Uint8Array, at: number, offset: bigint): void {
  writeI64(bytes, at, offset);
}

/** Header fields of a batch to write; what is left out gets the default of a fresh batch. */
export interface BatchFields {
  baseOffset?: bigint;
  partitionLeaderEpoch?: number;
  compression?: Compression;
  lastOffsetDelta: number;
  firstTimestamp?: bigint;
  maxTimestamp?: bigint;
  producerId?: bigint;
  producerEpoch?: number;
  firstSequence?: number;
}

/**
 * Writes the header of the batch that fills `bytes[at..end)` and whose records section already stands behind it,
 * CRC included.
 */
export function writeBatchHeader(
  bytes: Uint8Array,
  at: number,
  end: number,
  codecBits: number,
  lastOffsetDelta: number,
  fields: Omit<BatchFields, "lastOffsetDelta">,
): void {
  writeI64(bytes, at, fields.baseOffset ?? 0n);
  writeI32(bytes, at + AT_LENGTH, end - at - BATCH_PREAMBLE_LENGTH);
  writeI32(bytes, at + AT_EPOCH, fields.partitionLeaderEpoch ?? -1);
  bytes[at + AT_MAGIC] = BATCH_MAGIC;
  writeI16(bytes, at + AT_ATTRIBUTES, codecBits);
  writeI32(bytes, at + AT_LAST_OFFSET_DELTA, lastOffsetDelta);
  writeI64(bytes, at + AT_FIRST_TIMESTAMP, fields.firstTimestamp ?? NO_TIMESTAMP);
  writeI64(bytes, at + AT_MAX_TIMESTAMP, fields.maxTimestamp ?? NO_TIMESTAMP);
  writeI64(bytes, at + AT_PRODUCER_ID, fields.producerId ?? -1n);
  writeI16(bytes, at + AT_PRODUCER_EPOCH, fields.producerEpoch ?? -1);
  writeI32(bytes, at + AT_FIRST_SEQUENCE, fields.firstSequence ?? -1);
  writeI32(bytes, at + AT_CRC, crc32c(bytes, at + BATCH_CRC_START, end));
}

function truncated(at: number, needed: number, available: number): RecordError {
  const detail = needed < 0 ? `only ${available} bytes` : `${available} of ${needed} bytes`;
  return new RecordError("SMDK_BATCH_TRUNCATED", `batch cut off: ${detail}`, { offset: at });
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
