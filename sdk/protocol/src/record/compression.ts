/**
 * The four codecs of a records section behind one pair of synchronous functions. Native libraries load on first
 * use, so that programs that never compress do not pay for them.
 */
import * as zlib from "node:zlib";
import { RecordError } from "./error.ts";
import { compressLz4Frame, decompressLz4Frame } from "./lz4.ts";
import { compressSnappyFrames, decompressSnappyFrames } from "./snappy.ts";
import { compressZstd, decompressZstd, prepareZstd, zstdReady } from "./zstd.ts";

/** Codec of a batch. The order is that of the attribute bits, which is not that of a topic's compression type. */
export type Compression = "None" | "Gzip" | "Snappy" | "Lz4" | "Zstd";

const BY_BITS: readonly Compression[] = ["None", "Gzip", "Snappy", "Lz4", "Zstd"];

/** Most bytes that a decompression gives unless the caller says otherwise: 64 MiB. */
export const DEFAULT_DECOMPRESS_LIMIT = 67_108_864;

/** Codec of the attribute bits 0..2, null for bits without a meaning. */
export function compressionFromBits(bits: number): Compression | null {
  return BY_BITS[bits] ?? null;
}

/** The attribute bits of a codec. */
export function compressionBits(codec: Compression): number {
  return BY_BITS.indexOf(codec);
}

/**
 * Makes sure that every codec can be used synchronously afterwards. Needed for zstd on Node before 22.15, where
 * its WebAssembly form has to load; otherwise immediate. May be called any number of times.
 */
export async function prepareCompression(): Promise<void> {
  await prepareZstd();
}

/** Whether `compress` and `decompress` can be called for this codec right now. */
export function compressionReady(codec: Compression): boolean {
  return codec !== "Zstd" || zstdReady();
}

/**
 * Compresses a records section the way Fluvio's producers do: gzip level 6, snappy in its framing format, lz4 in
 * its frame format, zstd level 1. "None" gives the bytes themselves.
 */
export function compress(codec: Compression, bytes: Uint8Array): Uint8Array {
  switch (codec) {
    case "None":
      return bytes;
    case "Gzip": {
      const packed = zlib.gzipSync(bytes);
      packed[9] = 255; // "unknown" operating system, so that equal input gives equal bytes on every machine
      return packed;
    }
    case "Snappy":
      return compressSnappyFrames(bytes);
    case "Lz4":
      return compressLz4Frame(bytes);
    case "Zstd":
      return compressZstd(bytes);
  }
}

/**
 * The inverse of {@link compress}; reads any valid stream of the codec. Fails with SMDK_COMPRESSION_LIMIT as soon
 * as the result would exceed `limit` bytes, SMDK_COMPRESSION_INVALID for damaged data.
 */
export function decompress(
  codec: Compression,
  bytes: Uint8Array,
  limit: number = DEFAULT_DECOMPRESS_LIMIT,
): Uint8Array {
  switch (codec) {
    case "None":
      return bytes;
    case "Gzip":
      return gunzip(bytes, limit);
    case "Snappy":
      return decompressSnappyFrames(bytes, limit);
    case "Lz4":
      return decompressLz4Frame(bytes, limit);
    case "Zstd":
      return decompressZstd(bytes, limit);
  }
}

function gunzip(bytes: Uint8Array, limit: number): Uint8Array {
  try {
    return zlib.gunzipSync(bytes, { maxOutputLength: Math.max(limit, 1) });
  } catch (cause) {
    const tooLarge = (cause as { code?: string }).code === "ERR_BUFFER_TOO_LARGE";
    throw new RecordError(
      tooLarge ? "SMDK_COMPRESSION_LIMIT" : "SMDK_COMPRESSION_INVALID",
      tooLarge
        ? `gzip data gives more than ${limit} bytes`
        : `damaged gzip data: ${(cause as Error).message}`,
      { cause },
    );
  }
}
