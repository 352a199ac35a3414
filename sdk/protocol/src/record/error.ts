/** What goes wrong with batches, records and compressed data: one error class with a stable code. */

export type RecordErrorCode =
  /** Bytes end inside a batch. */
  | "SMDK_BATCH_TRUNCATED"
  /** A batch header that cannot be right (length, magic, codec). */
  | "SMDK_BATCH_INVALID"
  /** The stored CRC-32C is not that of the bytes. */
  | "SMDK_BATCH_CRC"
  /** The batch is larger than the caller allows. */
  | "SMDK_BATCH_TOO_LARGE"
  /** Bytes end inside a record. */
  | "SMDK_RECORD_TRUNCATED"
  /** A record that no writer may produce (negative length, bad flag byte). */
  | "SMDK_RECORD_INVALID"
  /** A number that the wire format cannot carry. */
  | "SMDK_RECORD_RANGE"
  /** The compressed data is damaged or of another format. */
  | "SMDK_COMPRESSION_INVALID"
  /** Decompressing would give more bytes than the caller allows. */
  | "SMDK_COMPRESSION_LIMIT"
  /** The codec needs `await prepareCompression()` first, or its library cannot be loaded here. */
  | "SMDK_COMPRESSION_UNAVAILABLE";

/** Thrown by everything in `record/`. `offset` is the position in the bytes given, where there is one. */
export class RecordError extends Error {
  readonly code: RecordErrorCode;
  readonly offset: number | undefined;
  readonly hint: string | undefined;

  constructor(
    code: RecordErrorCode,
    message: string,
    options: { offset?: number; hint?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "RecordError";
    this.code = code;
    this.offset = options.offset;
    this.hint = options.hint;
  }
}
