/**
 * zstd through node:zlib where it has it (22.15 and later), else through WebAssembly. Frames are measured before
 * they are decompressed, since neither library may be trusted to stop at a limit by itself.
 */
import { createRequire } from "node:module";
import * as zlib from "node:zlib";
import { RecordError } from "./error.ts";

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAX_BLOCK = 131_072;
const LEVEL = 1;

interface Engine {
  compress(bytes: Uint8Array): Uint8Array;
  /** One whole frame that gives at most `capacity` bytes. */
  decompress(frame: Uint8Array, capacity: number): Uint8Array;
}

interface ZlibWithZstd {
  zstdCompressSync?(bytes: Uint8Array, options: { params: Record<number, number> }): Buffer;
  zstdDecompressSync?(bytes: Uint8Array, options: { maxOutputLength: number }): Buffer;
}

interface ZstdWasm {
  init(): Promise<void>;
  compress(bytes: Uint8Array, level: number): Uint8Array;
  decompress(bytes: Uint8Array, options: { defaultHeapSize: number }): Uint8Array;
}

let engine: Engine | null = builtIn();
let loading: Promise<void> | undefined;

function builtIn(): Engine | null {
  const { zstdCompressSync, zstdDecompressSync } = zlib as ZlibWithZstd;
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) return null;
  const level = (zlib.constants as Record<string, number>).ZSTD_c_compressionLevel ?? 100;
  return {
    compress: (bytes) => zstdCompressSync(bytes, { params: { [level]: LEVEL } }),
    decompress: (frame, capacity) => zstdDecompressSync(frame, { maxOutputLength: Math.max(capacity, 1) }),
  };
}

/** A second init() breaks the library's memory for all who use it, so copies of this package share the first. */
const INITIALISED = Symbol.for("@smdk/protocol.zstd");

async function loadWasm(): Promise<void> {
  const require = createRequire(import.meta.url);
  const library = require("@bokuweb/zstd-wasm") as ZstdWasm & { [INITIALISED]?: Promise<void> };
  library[INITIALISED] ??= library.init();
  await library[INITIALISED];
  engine = {
    compress: (bytes) => library.compress(bytes, LEVEL),
    decompress: (frame, capacity) => library.decompress(frame, { defaultHeapSize: Math.max(capacity, 1) }),
  };
}

export function zstdReady(): boolean {
  return engine !== null;
}

export async function prepareZstd(): Promise<void> {
  if (engine !== null) return;
  loading ??= loadWasm();
  try {
    await loading;
  } catch (cause) {
    loading = undefined;
    throw new RecordError("SMDK_COMPRESSION_UNAVAILABLE", "zstd is not available on this machine", { cause });
  }
}

function ready(): Engine {
  if (engine !== null) return engine;
  throw new RecordError("SMDK_COMPRESSION_UNAVAILABLE", "zstd is not loaded yet", {
    hint: "await prepareCompression() once before using zstd on this version of Node",
  });
}

export function compressZstd(bytes: Uint8Array): Uint8Array {
  return ready().compress(bytes);
}

export function decompressZstd(bytes: Uint8Array, limit: number): Uint8Array {
  const library = ready();
  const parts: Uint8Array[] = [];
  let total = 0;
  let at = 0;
  while (at < bytes.length) {
    const frame = measureFrame(bytes, at);
    if (!frame.skippable) {
      if (frame.contentSize > limit - total) throw tooLarge(limit);
      const capacity = Math.min(frame.bound, limit - total);
      let data: Uint8Array;
      try {
        data = library.decompress(bytes.subarray(at, frame.end), capacity);
      } catch (cause) {
        if (frame.bound > capacity) throw tooLarge(limit, cause);
        throw invalid((cause as Error).message, at, cause);
      }
      total += data.length;
      parts.push(data);
    }
    at = frame.end;
  }
  if (parts.length === 0) throw invalid("no frame", 0);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, total);
}

interface Frame {
  end: number;
  skippable: boolean;
  /** As announced, 0 where the frame does not say. */
  contentSize: number;
  /** No more bytes than this can come out. */
  bound: number;
}

/** Walks the block headers of the frame at `at`: where it ends, and how much it can give at most. */
function measureFrame(bytes: Uint8Array, start: number): Frame {
  const magic = readLe(bytes, start, 4);
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
    const end = start + 8 + readLe(bytes, start + 4, 4);
    if (end > bytes.length) throw invalid("skippable frame cut off", start);
    return { end, skippable: true, contentSize: 0, bound: 0 };
  }
  if (magic !== FRAME_MAGIC) throw invalid("wrong magic number", start);
  const descriptor = readLe(bytes, start + 4, 1);
  const single = (descriptor & 0x20) !== 0;
  let at = start + 5 + (single ? 0 : 1);
  at += [0, 1, 2, 4][descriptor & 3]!;
  const sizeField = [single ? 1 : 0, 2, 4, 8][descriptor >>> 6]!;
  let contentSize =
    sizeField === 8
      ? readLe(bytes, at, 4) + readLe(bytes, at + 4, 4) * 0x1_0000_0000
      : readLe(bytes, at, sizeField);
  if (sizeField === 2) contentSize += 256;
  at += sizeField;
  let bound = 0;
  for (let last = false; !last; ) {
    const header = readLe(bytes, at, 3);
    last = (header & 1) === 1;
    const type = (header >>> 1) & 3;
    const size = header >>> 3;
    if (size > MAX_BLOCK) throw invalid(`block of ${size} bytes`, at);
    if (type === 3) throw invalid("reserved block type", at);
    at += 3 + (type === 1 ? 1 : size);
    bound += type === 2 ? MAX_BLOCK : size;
  }
  if (descriptor & 4) at += 4;
  if (at > bytes.length) throw invalid("frame cut off", start);
  return {
    end: at,
    skippable: false,
    contentSize,
    bound: sizeField > 0 ? Math.min(bound, contentSize) : bound,
  };
}

function readLe(bytes: Uint8Array, at: number, count: number): number {
  if (at + count > bytes.length) throw invalid("cut off", at);
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!;
  return value;
}

function tooLarge(limit: number, cause?: unknown): RecordError {
  return new RecordError("SMDK_COMPRESSION_LIMIT", `zstd data gives more than ${limit} bytes`, { cause });
}

function invalid(detail: string, offset: number, cause?: unknown): RecordError {
  return new RecordError("SMDK_COMPRESSION_INVALID", `damaged zstd data: ${detail}`, { offset, cause });
}
