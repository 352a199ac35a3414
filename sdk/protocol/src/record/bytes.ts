/**
 * Big-endian integers and varints at a position of a byte array. Plain index arithmetic, since a DataView per
 * record would cost more than the reads.
 */
import { RecordError } from "./error.ts";

export function readI16(bytes: Uint8Array, at: number): number {
  return (((bytes[at]! << 8) | bytes[at + 1]!) << 16) >> 16;
}

export function readI32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

export function readU32(bytes: Uint8Array, at: number): number {
  return readI32(bytes, at) >>> 0;
}

/** One 64-bit number as two halves: a bridge to bigint without arithmetic on bigints, each step of which allocates. */
const halves = new Int32Array(2);
const whole = new BigInt64Array(halves.buffer);
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

export function readI64(bytes: Uint8Array, at: number): bigint {
  halves[HIGH] = readI32(bytes, at);
  halves[1 - HIGH] = readI32(bytes, at + 4);
  return whole[0]!;
}

export function writeI16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

/** Writes the low 32 bits, so it serves i32 and u32. */
export function writeI32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

export function writeI64(bytes: Uint8Array, at: number, value: bigint): void {
  whole[0] = value;
  writeI32(bytes, at, halves[HIGH]!);
  writeI32(bytes, at + 4, halves[1 - HIGH]!);
}

/** Smallest and largest value that all peers read back as written: Rust writers garble anything beyond. */
export const VARINT_MIN = -0x8000_0000;
export const VARINT_MAX = 0x7fff_ffff;

/** Bytes that `writeVarint` will use for `value` (1 to 5). */
export function varintLength(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x20_0000) return 3;
  return zigzag < 0x1000_0000 ? 4 : 5;
}

/**
 * Writes a zigzag varint and returns the position after it. `value` must be an integer in
 * `VARINT_MIN..=VARINT_MAX`; use {@link checkVarint} where it comes from outside.
 */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  while (zigzag >= 0x80) {
    bytes[at++] = (zigzag & 0x7f) | 0x80;
    zigzag >>>= 7;
  }
  bytes[at++] = zigzag;
  return at;
}

/** Refuses (SMDK_RECORD_RANGE) what `writeVarint` cannot carry. */
export function checkVarint(value: number, what: string): void {
  if ((value | 0) !== value) {
    throw new RecordError("SMDK_RECORD_RANGE", `${what} ${value} does not fit a 32-bit varint`, {
      hint: "Fluvio's own encoder garbles varints outside -2^31 ..= 2^31-1, so they are refused here",
    });
  }
}

/**
 * Position after the varint at `at`, or an error if it is cut off at `end` or longer than the ten bytes that
 * 64 bits can take.
 */
export function varintEnd(bytes: Uint8Array, at: number, end: number): number {
  const stop = Math.min(at + 10, end);
  for (let i = at; i < stop; i++) {
    if (bytes[i]! < 0x80) return i + 1;
  }
  if (stop === end)
    throw new RecordError("SMDK_RECORD_TRUNCATED", "varint: no more bytes left", { offset: at });
  throw new RecordError("SMDK_RECORD_INVALID", "varint longer than 64 bits", { offset: at });
}

/** The full 64-bit value of the varint in `bytes[at..varintEnd)`. Bits beyond 64 are dropped. */
export function readVarint64(bytes: Uint8Array, at: number, end: number): bigint {
  const stop = varintEnd(bytes, at, end);
  let raw = 0n;
  for (let i = stop - 1; i >= at; i--) raw = (raw << 7n) | BigInt(bytes[i]! & 0x7f);
  raw = BigInt.asUintN(64, raw);
  return BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n));
}

/**
 * The value of the varint in `bytes[at..stop)`, where `stop` came from {@link varintEnd}. Exact up to 2^53, the
 * nearest double beyond.
 */
export function varintValue(bytes: Uint8Array, at: number, stop: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return (first >>> 1) ^ -(first & 1);
  if (stop - at <= 4) {
    let raw = 0;
    for (let i = stop - 1; i >= at; i--) raw = (raw << 7) | (bytes[i]! & 0x7f);
    return (raw >>> 1) ^ -(raw & 1);
  }
  return Number(readVarint64(bytes, at, stop));
}
