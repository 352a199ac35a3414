/**
 * Snappy's framing format (stream identifier, checksummed chunks of at most 64 KiB) over the raw block codec of
 * the `snappy` package.
 */
import { createRequire } from "node:module";
import { crc32c } from "./crc32c.ts";
import { RecordError } from "./error.ts";

const STREAM_IDENTIFIER = Uint8Array.of(0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59);
const CHUNK_COMPRESSED = 0x00;
const CHUNK_UNCOMPRESSED = 0x01;
const CHUNK_IDENTIFIER = 0xff;
const MAX_CHUNK_DATA = 65_536;

interface SnappyLibrary {
  compressSync(bytes: Uint8Array): Buffer;
  uncompressSync(bytes: Uint8Array, options: { asBuffer: true }): Buffer;
}

let library: SnappyLibrary | undefined;

function snappy(): SnappyLibrary {
  if (library === undefined) {
    try {
      library = createRequire(import.meta.url)("snappy") as SnappyLibrary;
    } catch (cause) {
      throw new RecordError("SMDK_COMPRESSION_UNAVAILABLE", "snappy is not available on this machine", {
        cause,
      });
    }
  }
  return library;
}

/** Chunk checksums are rotated and shifted so that a CRC over data with embedded CRCs stays meaningful. */
function mask(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Framed snappy stream of `bytes`. Chunks that would save less than an eighth are stored as they are. */
export function compressSnappyFrames(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [STREAM_IDENTIFIER];
  for (let start = 0; start < bytes.length; start += MAX_CHUNK_DATA) {
    const chunk = bytes.subarray(start, Math.min(start + MAX_CHUNK_DATA, bytes.length));
    const packed = snappy().compressSync(chunk);
    const store = packed.length >= chunk.length - (chunk.length >>> 3);
    const data = store ? chunk : packed;
    const length = data.length + 4;
    const crc = mask(crc32c(chunk));
    parts.push(
      Uint8Array.of(
        store ? CHUNK_UNCOMPRESSED : CHUNK_COMPRESSED,
        length,
        length >>> 8,
        length >>> 16,
        crc,
        crc >>> 8,
        crc >>> 16,
        crc >>> 24,
      ),
      data,
    );
  }
  return Buffer.concat(parts);
}

/** Reads a framed snappy stream, verifying every chunk's checksum. */
export function decompressSnappyFrames(bytes: Uint8Array, limit: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let total = 0;
  let at = 0;
  let identified = false;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) throw invalid("chunk header cut off", at);
    const type = bytes[at]!;
    const length = bytes[at + 1]! | (bytes[at + 2]! << 8) | (bytes[at + 3]! << 16);
    const start = at + 4;
    const end = start + length;
    if (end > bytes.length) throw invalid("chunk cut off", at);
    if (type === CHUNK_IDENTIFIER) {
      if (!equals(bytes.subarray(at, end), STREAM_IDENTIFIER)) throw invalid("wrong stream identifier", at);
      identified = true;
    } else if (!identified) {
      throw invalid("stream identifier missing", at);
    } else if (type === CHUNK_COMPRESSED || type === CHUNK_UNCOMPRESSED) {
      const data = chunkData(bytes, at, type, start, end, limit - total);
      total += data.length;
      parts.push(data);
    } else if (type < 0x80) {
      throw invalid(`chunk type ${type} is reserved`, at);
    }
    at = end;
  }
  if (!identified) throw invalid("empty stream", 0);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, total);
}

function chunkData(
  bytes: Uint8Array,
  at: number,
  type: number,
  start: number,
  end: number,
  room: number,
): Uint8Array {
  if (end - start < 4) throw invalid("chunk without checksum", at);
  const stored =
    (bytes[start]! | (bytes[start + 1]! << 8) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 24)) >>> 0;
  const body = bytes.subarray(start + 4, end);
  const length = type === CHUNK_UNCOMPRESSED ? body.length : blockLength(body, at);
  if (length > MAX_CHUNK_DATA)
    throw invalid(`chunk of ${length} bytes, at most ${MAX_CHUNK_DATA} are allowed`, at);
  if (length > room) {
    throw new RecordError("SMDK_COMPRESSION_LIMIT", "snappy data gives more bytes than allowed", {
      offset: at,
    });
  }
  let data = body;
  if (type === CHUNK_COMPRESSED) {
    try {
      data = snappy().uncompressSync(body, { asBuffer: true });
    } catch (cause) {
      throw invalid((cause as Error).message, at, cause);
    }
  }
  if (mask(crc32c(data)) !== stored) throw invalid("chunk checksum does not match", at);
  return data;
}

/** The uncompressed length that a raw snappy block announces (plain varint, at most 32 bits). */
function blockLength(block: Uint8Array, at: number): number {
  let value = 0;
  for (let i = 0; i < 5 && i < block.length; i++) {
    value += (block[i]! & 0x7f) * 2 ** (7 * i);
    if (block[i]! < 0x80) return value;
  }
  throw invalid("block without a length", at);
}

function equals(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function invalid(detail: string, offset: number, cause?: unknown): RecordError {
  return new RecordError("SMDK_COMPRESSION_INVALID", `damaged snappy data: ${detail}`, { offset, cause });
}
