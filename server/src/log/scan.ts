/** Walks the batches of a log file, from a known place on, to the first thing that does not belong there. */

import { BATCH_CRC_START, BATCH_HEADER_LENGTH, BATCH_MAGIC, crc32c, MAX_BATCH_BYTES } from "@smdk/protocol";
import type { File } from "../env/index.ts";
import { MAX_RELATIVE_OFFSET, type OffsetIndex } from "./offset-index.ts";

const WINDOW_BYTES = 1024 * 1024;

export interface ScanStart {
  /** Where the file ends. */
  readonly size: number;
  /** Base offset of the segment. */
  readonly base: bigint;
  /** Place of a batch, and its base offset. */
  readonly position: number;
  readonly offset: bigint;
  /** Compare checksums, which means reading everything instead of the headers. */
  readonly verifyCrc: boolean;
  /** Takes note of every batch met. */
  readonly index?: OffsetIndex;
  /** A batch that begins at or behind this offset, or the one that contains it, is not walked over. */
  readonly until?: bigint;
}

export interface ScanEnd {
  /** Behind the last valid batch. */
  readonly position: number;
  readonly offset: bigint;
  /** Why the walk ended before the end of the file. */
  readonly stopped?: string;
}

/** Looks at a file through a buffer that moves along. */
class Window {
  readonly #file: File;
  readonly #size: number;
  #bytes = new Uint8Array(0);
  #start = 0;
  #length = 0;

  constructor(file: File, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** A view of `length` bytes at `position`, good until the next call; undefined if the file ends before. */
  async view(position: number, length: number): Promise<Uint8Array | undefined> {
    if (position + length > this.#size) return undefined;
    if (position < this.#start || position + length > this.#start + this.#length) {
      const wanted = Math.min(Math.max(length, WINDOW_BYTES), this.#size - position);
      if (this.#bytes.length < wanted) this.#bytes = new Uint8Array(wanted);
      this.#start = position;
      this.#length = await this.#file.read(this.#bytes.subarray(0, wanted), position);
      if (this.#length < length) return undefined;
    }
    const from = position - this.#start;
    return this.#bytes.subarray(from, from + length);
  }
}

export async function scanBatches(file: File, start: ScanStart): Promise<ScanEnd> {
  const window = new Window(file, start.size);
  let { position, offset } = start;
  const stop = (stopped: string): ScanEnd => ({ position, offset, stopped });
  while (position < start.size) {
    const head = await window.view(position, BATCH_HEADER_LENGTH);
    if (head === undefined) return stop("the file ends inside of a batch header");
    const header = parseHeader(head);
    if (header.length < BATCH_HEADER_LENGTH) return stop(`a batch says it is ${header.length} bytes long`);
    if (header.magic !== BATCH_MAGIC) return stop(`a batch has the magic number ${header.magic}`);
    if (header.baseOffset !== offset) {
      return stop(`a batch begins with offset ${header.baseOffset} instead of ${offset}`);
    }
    if (header.lastOffsetDelta < 0) return stop("a batch holds no offsets");
    if (header.length > MAX_BATCH_BYTES) return stop(`a batch says it is ${header.length} bytes long`);
    if (position + header.length > start.size) return stop("the file ends inside of a batch");
    const next = offset + BigInt(header.lastOffsetDelta) + 1n;
    if (start.until !== undefined && next > start.until) return { position, offset };
    const relative = Number(offset - start.base);
    if (relative > MAX_RELATIVE_OFFSET) return stop("a batch is too far from the base offset of its segment");
    if (start.verifyCrc) {
      const batch = await window.view(position, header.length);
      if (batch === undefined) return stop("the file ends inside of a batch");
      if (crc32c(batch, BATCH_CRC_START, batch.length) !== header.crc)
        return stop("a batch has a wrong checksum");
    }
    start.index?.add(relative, position, header.length);
    position += header.length;
    offset = next;
  }
  return { position, offset };
}

/** The few header fields that walking needs. */
export interface WalkHeader {
  readonly baseOffset: bigint;
  /** Bytes of the whole batch, as it says; not checked. */
  readonly length: number;
  readonly magic: number;
  readonly crc: number;
  readonly lastOffsetDelta: number;
}

/** Reads the header that begins `bytes`, which hold at least BATCH_HEADER_LENGTH of them. */
export function parseHeader(bytes: Uint8Array): WalkHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, BATCH_HEADER_LENGTH);
  return {
    baseOffset: view.getBigInt64(0),
    length: view.getInt32(8) + 12,
    magic: view.getInt8(16),
    crc: view.getUint32(17),
    lastOffsetDelta: view.getInt32(23),
  };
}
