/** Records, batches, record sets and their compression, over plain bytes. */
export {
  BATCH_CRC_START,
  BATCH_FIELDS_LENGTH,
  BATCH_HEADER_LENGTH,
  BATCH_MAGIC,
  BATCH_PREAMBLE_LENGTH,
  type BatchesOptions,
  type BatchFields,
  type BatchHeader,
  type BatchView,
  batches,
  batchLengthAt,
  type CheckBatchOptions,
  checkBatch,
  MAX_BATCH_BYTES,
  NO_TIMESTAMP,
  patchBaseOffset,
  readBatchHeader,
} from "./batch.ts";
export { BatchBuilder, type BatchBuilderOptions, type Data, dataLength } from "./builder.ts";
export {
  readVarint64,
  VARINT_MAX,
  VARINT_MIN,
  varintEnd,
  varintValue,
  writeVarint,
} from "./bytes.ts";
export {
  type Compression,
  compress,
  compressionBits,
  compressionFromBits,
  compressionReady,
  DEFAULT_DECOMPRESS_LIMIT,
  decompress,
  prepareCompression,
} from "./compression.ts";
export { crc32c } from "./crc32c.ts";
export { RecordError, type RecordErrorCode } from "./error.ts";
export { encodeRecords, RecordCursor, type RecordInput, recordLength, writeRecord } from "./record.ts";
export {
  type BatchInput,
  encodeBatch,
  type RecordParts,
  recordsOf,
  recordsSection,
  sectionOf,
} from "./section.ts";
export { Slabs } from "./slabs.ts";
