/**
 * LZ4 frames. The native reader takes no output limit, so it only gets frames that provably stay below it; all
 * others (and machines without the library) are served by a reader in JavaScript that counts what it writes.
 */
import { createRequire } from "node:module";
import { RecordError } from "./error.ts";

const FRAME_MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
const FLAG_BLOCK_CHECKSUM = 0x10;
const FLAG_CONTENT_SIZE = 0x08;
const FLAG_CONTENT_CHECKSUM = 0x04;
const FLAG_DICTIONARY = 0x01;
const MIN_MATCH = 4;

interface Lz4Library {
  compressFrameSync(bytes: Buffer): Buffer;
  decompressFrameSync(bytes: Buffer): Buffer;
}

let library: Lz4Library | null | undefined;

function native(): Lz4Library | null {
  if (library === undefined) {
    try {
      library = createRequire(import.meta.url)("lz4-napi") as Lz4Library;
    } catch {
      library = null;
    }
  }
  return library;
}

/** One frame of independent blocks without checksums. */
export function compressLz4Frame(bytes: Uint8Array): Uint8Array {
  const lz4 = native();
  if (lz4 === null) {
    throw new RecordError("SMDK_COMPRESSION_UNAVAILABLE", "lz4 compression is not available on this machine");
  }
  return lz4.compressFrameSync(asBuffer(bytes));
}

/** Reads all frames in `bytes`, giving at most `limit` bytes. */
export function decompressLz4Frame(bytes: Uint8Array, limit: number): Uint8Array {
  const lz4 = native();
  if (lz4 !== null && singleFrameBound(bytes) <= limit) {
    try {
      return lz4.decompressFrameSync(asBuffer(bytes));
    } catch (cause) {
      throw new RecordError("SMDK_COMPRESSION_INVALID", `damaged lz4 data: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
  return readLz4Frames(bytes, limit);
}

/** Most bytes that `bytes` can give if it is exactly one whole frame; infinity for anything else. */
function singleFrameBound(bytes: Uint8Array): number {
  if (bytes.length < 11 || readU32le(bytes, 0) !== FRAME_MAGIC) return Number.POSITIVE_INFINITY;
  const flags = bytes[4]!;
  const sizeCode = (bytes[5]! >>> 4) & 7;
  const blockMax = 1 << (8 + 2 * sizeCode);
  let at = 7 + (flags & FLAG_CONTENT_SIZE ? 8 : 0);
  let bound = 0;
  while (at + 4 <= bytes.length) {
    const word = readU32le(bytes, at);
    at += 4;
    if (word === 0) {
      if (flags & FLAG_CONTENT_CHECKSUM) at += 4;
      return at === bytes.length && sizeCode >= 4 ? bound : Number.POSITIVE_INFINITY;
    }
    bound += word >>> 31 ? word & 0x7fffffff : blockMax;
    at += (word & 0x7fffffff) + (flags & FLAG_BLOCK_CHECKSUM ? 4 : 0);
  }
  return Number.POSITIVE_INFINITY;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The reader in JavaScript: all frames in `bytes` (independent or linked blocks, skippable frames). Checksums are passed over. */
export function readLz4Frames(bytes: Uint8Array, limit: number): Uint8Array {
  const out = new Output(Math.min(limit, Math.max(256, bytes.length * 4)), limit);
  let at = 0;
  let frames = 0;
  while (at < bytes.length) {
    const magic = readU32le(bytes, at);
    if (magic === FRAME_MAGIC) {
      at = readFrame(bytes, at + 4, out);
      frames++;
    } else if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      at += 8 + readU32le(bytes, at + 4);
      if (at > bytes.length) throw invalid("skippable frame cut off", bytes.length);
    } else {
      throw invalid("wrong magic number", at);
    }
  }
  if (frames === 0) throw invalid("no frame", 0);
  return out.bytes.subarray(0, out.length);
}

function readFrame(bytes: Uint8Array, start: number, out: Output): number {
  let at = start;
  if (at + 3 > bytes.length) throw invalid("frame header cut off", at);
  const flags = bytes[at]!;
  const descriptor = bytes[at + 1]!;
  if (flags >>> 6 !== 1) throw invalid(`frame version ${flags >>> 6}`, at);
  if (flags & FLAG_DICTIONARY) throw invalid("frame needs a dictionary", at);
  const sizeCode = (descriptor >>> 4) & 7;
  if (sizeCode < 4) throw invalid(`block size code ${sizeCode}`, at + 1);
  const blockMax = 1 << (8 + 2 * sizeCode);
  at += 2;
  let announced = -1;
  if (flags & FLAG_CONTENT_SIZE) {
    announced = readU32le(bytes, at) + readU32le(bytes, at + 4) * 0x1_0000_0000;
    if (announced > out.limit - out.length) throw tooLarge(out.limit);
    at += 8;
  }
  at += 1; // header checksum
  const frameStart = out.length;
  for (;;) {
    const word = readU32le(bytes, at);
    at += 4;
    if (word === 0) break;
    const length = word & 0x7fffffff;
    const end = at + length;
    if (end > bytes.length) throw invalid("block cut off", at);
    if (length > blockMax)
      throw invalid(`block of ${length} bytes in a frame of ${blockMax}-byte blocks`, at);
    if (word >>> 31) {
      out.reserve(length);
      out.bytes.set(bytes.subarray(at, end), out.length);
      out.length += length;
    } else {
      readBlock(bytes, at, end, out, frameStart, blockMax);
    }
    at = end + (flags & FLAG_BLOCK_CHECKSUM ? 4 : 0);
  }
  if (flags & FLAG_CONTENT_CHECKSUM) at += 4;
  if (at > bytes.length) throw invalid("checksum cut off", bytes.length);
  if (announced >= 0 && out.length - frameStart !== announced)
    throw invalid("content size does not match", start);
  return at;
}

/** One compressed block: runs of literals and copies from what was written before, up to 64 KiB back. */
function readBlock(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Output,
  frameStart: number,
  blockMax: number,
): void {
  const blockEnd = out.length + blockMax;
  let at = start;
  while (at < end) {
    const token = bytes[at++]!;
    let literals = token >>> 4;
    if (literals === 15) {
      let more: number;
      do {
        if (at >= end) throw invalid("literal length cut off", at);
        more = bytes[at++]!;
        literals += more;
      } while (more === 255);
    }
    if (literals > 0) {
      if (at + literals > end) throw invalid("literals cut off", at);
      if (out.length + literals > blockEnd) throw invalid("block too long", at);
      out.reserve(literals);
      const target = out.bytes;
      let o = out.length;
      if (literals <= 24) for (let i = at; i < at + literals; i++) target[o++] = bytes[i]!;
      else target.set(bytes.subarray(at, at + literals), o);
      out.length += literals;
      at += literals;
    }
    if (at === end) return;
    if (at + 2 > end) throw invalid("match offset cut off", at);
    const distance = bytes[at]! | (bytes[at + 1]! << 8);
    at += 2;
    let length = (token & 15) + MIN_MATCH;
    if (length === 15 + MIN_MATCH) {
      let more: number;
      do {
        if (at >= end) throw invalid("match length cut off", at);
        more = bytes[at++]!;
        length += more;
      } while (more === 255);
    }
    const from = out.length - distance;
    if (distance === 0 || from < frameStart) throw invalid("match before the beginning", at);
    if (out.length + length > blockEnd) throw invalid("block too long", at);
    out.reserve(length);
    copyMatch(out.bytes, from, out.length, length, distance);
    out.length += length;
  }
}

function copyMatch(target: Uint8Array, from: number, to: number, length: number, distance: number): void {
  if (distance >= length && length > 32) {
    target.copyWithin(to, from, from + length);
  } else if (distance === 1) {
    target.fill(target[from]!, to, to + length);
  } else {
    for (let i = 0; i < length; i++) target[to + i] = target[from + i]!;
  }
}

/** Growing output that never exceeds its limit. */
class Output {
  bytes: Uint8Array;
  length = 0;
  readonly limit: number;

  constructor(capacity: number, limit: number) {
    this.bytes = new Uint8Array(capacity);
    this.limit = limit;
  }

  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    if (needed > this.limit) throw tooLarge(this.limit);
    const grown = new Uint8Array(Math.min(this.limit, Math.max(needed, this.bytes.length * 2)));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

function readU32le(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) throw invalid("cut off", at);
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function tooLarge(limit: number): RecordError {
  return new RecordError("SMDK_COMPRESSION_LIMIT", `lz4 data gives more than ${limit} bytes`);
}

function invalid(detail: string, offset: number): RecordError {
  return new RecordError("SMDK_COMPRESSION_INVALID", `damaged lz4 data: ${detail}`, { offset });
}
