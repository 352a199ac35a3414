/**
 * A batch that grows record by record in one array: what a producer fills. No object per record, strings are
 * encoded straight into place, and an uncompressed batch leaves as the bytes it was written to.
 */
import { BATCH_HEADER_LENGTH, type BatchFields, writeBatchHeader } from "./batch.ts";
import { checkVarint, varintLength, writeI32, writeVarint } from "./bytes.ts";
import { type Compression, compress, compressionBits } from "./compression.ts";
import { Slabs } from "./slabs.ts";

const RECORDS_START = BATCH_HEADER_LENGTH + 4;
const NO_FIELDS: Omit<BatchFields, "lastOffsetDelta" | "compression"> = {};

/** Bytes of key or value; text is written as UTF-8. */
export type Data = Uint8Array | string;

export interface BatchBuilderOptions {
  /** Bytes before each finished batch, in its own buffer, that its holder may write to. Default 0. */
  headroom?: number;
  /** Where busy builders get their memory. Batches have to be released there once they are done with. */
  slabs?: Slabs;
}

export class BatchBuilder {
  private readonly capacity: number;
  private readonly headroom: number;
  private readonly slabs: Slabs;
  private buffer: Buffer;
  /** Where the current batch begins in `buffer`; finished ones lie before it. */
  private base: number;
  private position: number;
  private records = 0;

  /** `capacity` is the expected size of the whole batch in bytes; it grows when needed. */
  constructor(capacity = 16_384, options: BatchBuilderOptions = {}) {
    this.capacity = Math.max(capacity, 256);
    this.headroom = options.headroom ?? 0;
    this.slabs = options.slabs ?? new Slabs(0);
    this.buffer = Buffer.allocUnsafeSlow(this.headroom + this.capacity);
    this.base = this.headroom;
    this.position = this.base + RECORDS_START;
  }

  /** Records so far. */
  get count(): number {
    return this.records;
  }

  /** Bytes of the batch so far, header included, before compression. */
  get length(): number {
    return this.position - this.base;
  }

  /** Bytes by which a record with data of these lengths (key -1: none) would make the batch longer. */
  growth(keyLength: number, valueLength: number, timestampDelta: number): number {
    const body = this.bodyLength(keyLength, valueLength, timestampDelta);
    return varintLength(body) + body;
  }

  private bodyLength(keyLength: number, valueLength: number, timestampDelta: number): number {
    return (
      3 + // attributes, key flag, header count
      varintLength(timestampDelta) +
      varintLength(this.records) +
      (keyLength < 0 ? 0 : varintLength(keyLength) + keyLength) +
      varintLength(valueLength) +
      valueLength
    );
  }

  /** Appends a record; its offset delta is its position. `timestampDelta` in milliseconds, 32 bits at most. */
  append(key: Data | null, value: Data, timestampDelta = 0): void {
    checkVarint(timestampDelta, "timestamp delta");
    const keyLength = key === null ? -1 : dataLength(key);
    const valueLength = dataLength(value);
    const body = this.bodyLength(keyLength, valueLength, timestampDelta);
    this.reserve(body + 5);
    const { buffer } = this;
    let p = writeVarint(buffer, this.position, body);
    buffer[p++] = 0;
    p = writeVarint(buffer, p, timestampDelta);
    p = writeVarint(buffer, p, this.records);
    if (key === null) {
      buffer[p++] = 0;
    } else {
      buffer[p++] = 1;
      p = writeVarint(buffer, p, keyLength);
      p = writeData(buffer, p, key, keyLength);
    }
    p = writeVarint(buffer, p, valueLength);
    p = writeData(buffer, p, value, valueLength);
    buffer[p++] = 0;
    this.position = p;
    this.records++;
  }

  /**
   * Closes the batch and gives its bytes. The builder starts afresh and does not touch them again before they are
   * released to its slabs, so they may be kept or queued. `fields` default to those of a producer's batch.
   */
  finish(
    compression: Compression = "None",
    fields: Omit<BatchFields, "lastOffsetDelta" | "compression"> = NO_FIELDS,
  ): Uint8Array {
    const { buffer, base, position, records, headroom } = this;
    writeI32(buffer, base + BATCH_HEADER_LENGTH, records);
    let batch: Uint8Array;
    if (compression !== "None") {
      const section = compress(compression, buffer.subarray(base + BATCH_HEADER_LENGTH, position));
      batch = this.outside(BATCH_HEADER_LENGTH + section.length);
      batch.set(section, BATCH_HEADER_LENGTH);
    } else if (position - base < this.capacity / 4) {
      // a copy of little is cheaper than giving away much
      batch = this.outside(position - base);
      batch.set(buffer.subarray(base, position));
    } else {
      batch = buffer.subarray(base, position);
      this.slabs.share(batch);
      this.base = position + headroom;
      if (buffer.length - this.base < this.capacity) this.nextBuffer();
    }
    writeBatchHeader(batch, 0, batch.length, compressionBits(compression), records - 1, fields);
    this.position = this.base + RECORDS_START;
    this.records = 0;
    return batch;
  }

  /** Memory of a batch that does not stay where it was built. */
  private outside(length: number): Uint8Array {
    return new Uint8Array(this.headroom + length).subarray(this.headroom);
  }

  private nextBuffer(): void {
    this.slabs.release(this.buffer);
    const needed = this.headroom + this.capacity;
    this.buffer = needed <= this.slabs.slabBytes ? this.slabs.take() : Buffer.allocUnsafeSlow(needed);
    this.base = this.headroom;
  }

  private reserve(more: number): void {
    const needed = this.position + more;
    if (needed <= this.buffer.length) return;
    const { headroom } = this;
    const length = this.position - this.base;
    const grown = Buffer.allocUnsafeSlow(headroom + Math.max(length + more, 2 * length, this.capacity));
    this.buffer.copy(grown, headroom, this.base, this.position);
    this.slabs.release(this.buffer);
    this.buffer = grown;
    this.base = headroom;
    this.position = headroom + length;
  }
}

/** Bytes that `data` takes on the wire. */
export function dataLength(data: Data): number {
  return typeof data === "string" ? Buffer.byteLength(data, "utf8") : data.length;
}

function writeData(buffer: Buffer, at: number, data: Data, length: number): number {
  if (typeof data === "string") buffer.write(data, at, length, "utf8");
  else buffer.set(data, at);
  return at + length;
}
