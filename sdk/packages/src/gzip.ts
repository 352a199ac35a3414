/** gzip as packages use it: one member with a file name and no time, nothing before or after it. */
import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import { PackageError } from "./error.ts";

/** Header: deflate, FNAME set, no time, no flags, unknown system; then the name and a zero. */
export function gzip(bytes: Uint8Array, fileName: string): Uint8Array {
  const head = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 255]),
    Buffer.from(`${fileName}\0`, "latin1"),
  ]);
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(bytes) >>> 0, 0);
  tail.writeUInt32LE(bytes.length % 2 ** 32, 4);
  const whole = Buffer.concat([head, deflateRawSync(bytes, { level: 6 }), tail]);
  return new Uint8Array(whole.buffer, whole.byteOffset, whole.length);
}

/**
 * Unpacks one member that makes up all of `bytes`.
 * Throws `SMDK_PKG_GZIP`, or `SMDK_PKG_GZIP_LIMIT` as soon as the content would exceed `maxBytes`.
 */
export function gunzip(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const start = headerLength(bytes);
  if (bytes.length < start + 8) throw bad("is cut off");
  const body = bytes.subarray(start, bytes.length - 8);
  const tail = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8, 8);
  // The length in the tail is only a claim, but one above the limit needs no work to refuse.
  if (tail.getUint32(4, true) > maxBytes) throw tooLarge(maxBytes);
  let result: { buffer: Buffer; engine: { bytesWritten: number } };
  try {
    // With `info`, which the types do not know, zlib also tells how much it took.
    result = inflateRawSync(body, { maxOutputLength: maxBytes, info: true } as never) as never;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(maxBytes);
    throw new PackageError("SMDK_PKG_GZIP", "the compressed part of the package is damaged", { cause });
  }
  if (result.engine.bytesWritten !== body.length) throw bad("has bytes behind its end");
  const { buffer } = result;
  if (tail.getUint32(4, true) !== buffer.length || tail.getUint32(0, true) !== crc32(buffer) >>> 0) {
    throw bad("fails its checksum");
  }
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

function headerLength(bytes: Uint8Array): number {
  if (bytes.length < 18 || bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) throw bad("is not gzip");
  const flags = bytes[3]!;
  if ((flags & ~0x08) !== 0) throw bad("has header parts that packages do not use");
  if (flags === 0) return 10;
  const end = bytes.subarray(0, 10 + 256).indexOf(0, 10);
  if (end < 0) throw bad("has a file name without end");
  return end + 1;
}

function bad(what: string): PackageError {
  return new PackageError("SMDK_PKG_GZIP", `the compressed part of the package ${what}`);
}

function tooLarge(maxBytes: number): PackageError {
  return new PackageError("SMDK_PKG_GZIP_LIMIT", `the package unpacks to more than ${maxBytes} bytes`);
}
