/** A growing byte buffer with big-endian, string and varint writes: the counterpart of Reader. */
import { EncodeError } from "./error.ts";
import { varintLength } from "./varint.ts";

const utf8 = new TextEncoder();

/** Longest string that Fluvio reads back: it takes the 16-bit length as signed. */
export const MAX_STRING_BYTES = 0x7fff;

const SHORT_TEXT = 48;

/** Byte fields from this size on are not copied by a gathering writer. */
const GATHER_BYTES = 4096;

/**
 * Appends to a buffer that doubles as needed. Values out of range are refused with EncodeError.
 * A gathering writer keeps long byte fields as references and hands everything out as `parts`.
 */
export class Writer {
  private buffer: Uint8Array;
  private view: DataView;
  /** Bytes in the buffer so far. */
  length = 0;
  private readonly gathered: { at: number; bytes: Uint8Array }[] | null;
  private gatheredLength = 0;

  constructor(capacity = 256, options: { readonly gather?: boolean } = {}) {
    this.buffer = new Uint8Array(capacity);
    this.view = new DataView(this.buffer.buffer);
    this.gathered = options.gather === true ? [] : null;
  }

  /** Bytes written so far, those that are only referred to included. */
  get size(): number {
    return this.length + this.gatheredLength;
  }

  /** Makes room for `count` more bytes and returns where they begin; the caller fills them. */
  reserve(count: number): number {
    const at = this.length;
    const needed = at + count;
    if (needed > this.buffer.length) this.grow(needed);
    this.length = needed;
    return at;
  }

  private grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.buffer.length * 2));
    larger.set(this.buffer.subarray(0, this.length));
    this.buffer = larger;
    this.view = new DataView(larger.buffer);
  }

  /** What was written, as a view: writing further or `reset` may change it. Not for a gathering writer. */
  finish(): Uint8Array {
    if (this.gatheredLength > 0) throw new TypeError("a gathering writer finishes with parts()");
    return this.buffer.subarray(0, this.length);
  }

  /** What was written, in pieces to be sent one after the other: views of the buffer and of long byte fields. */
  parts(): Uint8Array[] {
    const parts: Uint8Array[] = [];
    let from = 0;
    for (const { at, bytes } of this.gathered ?? []) {
      if (at > from) parts.push(this.buffer.subarray(from, at));
      parts.push(bytes);
      from = at;
    }
    if (this.length > from) parts.push(this.buffer.subarray(from, this.length));
    return parts;
  }

  /** Forgets the content and keeps the memory. */
  reset(): void {
    this.length = 0;
    this.gatheredLength = 0;
    if (this.gathered !== null) this.gathered.length = 0;
  }

  bool(value: boolean): void {
    if (typeof value !== "boolean") throw new EncodeError(`not a bool: ${String(value)}`);
    const at = this.reserve(1);
    this.buffer[at] = value ? 1 : 0;
  }

  u8(value: number): void {
    if ((value & 0xff) !== value) throw outOfRange("u8", value);
    const at = this.reserve(1);
    this.buffer[at] = value;
  }

  i8(value: number): void {
    if ((value << 24) >> 24 !== value) throw outOfRange("i8", value);
    const at = this.reserve(1);
    this.view.setInt8(at, value);
  }

  u16(value: number): void {
    if ((value & 0xffff) !== value) throw outOfRange("u16", value);
    const at = this.reserve(2);
    this.view.setUint16(at, value);
  }

  i16(value: number): void {
    if ((value << 16) >> 16 !== value) throw outOfRange("i16", value);
    const at = this.reserve(2);
    this.view.setInt16(at, value);
  }

  u32(value: number): void {
    if (value >>> 0 !== value) throw outOfRange("u32", value);
    const at = this.reserve(4);
    this.view.setUint32(at, value);
  }

  i32(value: number): void {
    if ((value | 0) !== value) throw outOfRange("i32", value);
    const at = this.reserve(4);
    this.view.setInt32(at, value);
  }

  u64(value: bigint): void {
    if (typeof value !== "bigint" || BigInt.asUintN(64, value) !== value) throw outOfRange("u64", value);
    const at = this.reserve(8);
    this.view.setBigUint64(at, value);
  }

  i64(value: bigint): void {
    if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) throw outOfRange("i64", value);
    const at = this.reserve(8);
    this.view.setBigInt64(at, value);
  }

  f32(value: number): void {
    if (typeof value !== "number") throw outOfRange("f32", value);
    const at = this.reserve(4);
    this.view.setFloat32(at, value);
  }

  f64(value: number): void {
    if (typeof value !== "number") throw outOfRange("f64", value);
    const at = this.reserve(8);
    this.view.setFloat64(at, value);
  }

  /** Overwrites four bytes at `at`, for lengths that are known only afterwards. */
  patchU32(at: number, value: number): void {
    if (value >>> 0 !== value) throw outOfRange("u32", value);
    this.view.setUint32(at, value);
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    if (!(bytes instanceof Uint8Array)) throw new EncodeError("not a Uint8Array");
    if (this.gathered !== null && bytes.length >= GATHER_BYTES) {
      this.gathered.push({ at: this.length, bytes });
      this.gatheredLength += bytes.length;
      return;
    }
    const at = this.reserve(bytes.length);
    this.buffer.set(bytes, at);
  }

  /** u16 byte count, then UTF-8; refuses more than 32767 bytes, which no Fluvio peer can read back. */
  string(text: string): void {
    if (typeof text !== "string") throw new EncodeError(`not a string: ${String(text)}`);
    const units = text.length;
    if (units <= SHORT_TEXT) {
      const at = this.reserve(2 + units);
      const { buffer } = this;
      let i = 0;
      for (; i < units; i++) {
        const unit = text.charCodeAt(i);
        if (unit > 0x7f) break;
        buffer[at + 2 + i] = unit;
      }
      if (i === units) {
        this.view.setUint16(at, units);
        return;
      }
      this.length = at;
    } else if (units > MAX_STRING_BYTES) {
      throw new EncodeError(`string of ${units} characters, at most ${MAX_STRING_BYTES} bytes fit`);
    }
    const at = this.reserve(2 + units * 3);
    const { written } = utf8.encodeInto(text, this.buffer.subarray(at + 2));
    if (written > MAX_STRING_BYTES) {
      this.length = at;
      throw new EncodeError(`string of ${written} bytes, at most ${MAX_STRING_BYTES} fit`);
    }
    this.view.setUint16(at, written);
    this.length = at + 2 + written;
  }

  /** The element count of a list or byte string; at most 2^31-1, since readers take it as signed. */
  count(count: number): void {
    if (count > 0x7fffffff) throw new EncodeError(`${count} elements, at most ${0x7fffffff} fit`);
    this.u32(count);
  }

  /** u32 byte count, then the bytes. */
  lengthPrefixed(bytes: Uint8Array): void {
    this.count(bytes.length);
    this.raw(bytes);
  }

  /**
   * Zigzag varint. Any safe integer is accepted; values outside 32 bits are read correctly by Fluvio
   * although its own writer cannot produce them.
   */
  varint(value: number): void {
    if (!Number.isSafeInteger(value)) throw outOfRange("varint", value);
    const length = varintLength(value);
    let at = this.reserve(length);
    const { buffer } = this;
    if (value >= -0x40000000 && value <= 0x3fffffff) {
      let rest = (value << 1) ^ (value >> 31);
      while (rest > 0x7f) {
        buffer[at++] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
      }
      buffer[at] = rest;
      return;
    }
    let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
    while (rest > 0x7fn) {
      buffer[at++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    buffer[at] = Number(rest);
  }

  /** Varint byte count, then the bytes. */
  varintBytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }
}

function outOfRange(type: string, value: unknown): EncodeError {
  return new EncodeError(`${typeof value === "bigint" ? `${value}n` : String(value)} is not a ${type}`);
}
