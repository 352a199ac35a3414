/** A cursor over bytes: big-endian fixed-width values, strings, varints and views, all bounds-checked. */
import { DecodeError } from "./error.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Below this many bytes a loop over ASCII beats TextDecoder. */
const SHORT_TEXT = 32;

/**
 * The most list elements and map entries one reader hands out unless told otherwise. An element of a few bytes can
 * become an object of some hundred, so the length of the input alone bounds memory too weakly.
 */
export const MAX_ELEMENTS = 1 << 20;

/**
 * Reads forward from `offset` up to `end`. Every method throws DecodeError instead of passing `end`.
 * Byte slices are views into the given array: they live as long as it does and change with it.
 */
export class Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Position of the next byte, relative to `bytes`. */
  offset: number;
  /** Position after the last readable byte. */
  end: number;
  /** How many more list elements and map entries may be read. */
  elementsLeft = MAX_ELEMENTS;

  constructor(bytes: Uint8Array, offset = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = offset;
    this.end = Math.min(end, bytes.length);
  }

  /** Bytes left to read. */
  get remaining(): number {
    return this.end - this.offset;
  }

  /** A DecodeError at the current position (or at `offset`), for the caller to throw. */
  error(reason: string, offset: number = this.offset): DecodeError {
    return new DecodeError(reason, offset);
  }

  /** Moves past `length` bytes and returns where they began. */
  advance(length: number): number {
    const at = this.offset;
    if (length > this.end - at) {
      throw new DecodeError(`needs ${length} bytes, ${this.end - at} left`, at);
    }
    this.offset = at + length;
    return at;
  }

  /** One byte, 0 or 1; any other byte is an error, as in Fluvio. */
  bool(): boolean {
    const at = this.advance(1);
    const byte = this.bytes[at]!;
    if (byte > 1) throw new DecodeError(`not a bool: ${byte}`, at);
    return byte === 1;
  }

  u8(): number {
    return this.bytes[this.advance(1)]!;
  }

  i8(): number {
    return this.view.getInt8(this.advance(1));
  }

  u16(): number {
    return this.view.getUint16(this.advance(2));
  }

  i16(): number {
    return this.view.getInt16(this.advance(2));
  }

  u32(): number {
    return this.view.getUint32(this.advance(4));
  }

  i32(): number {
    return this.view.getInt32(this.advance(4));
  }

  u64(): bigint {
    return this.view.getBigUint64(this.advance(8));
  }

  i64(): bigint {
    return this.view.getBigInt64(this.advance(8));
  }

  f32(): number {
    return this.view.getFloat32(this.advance(4));
  }

  f64(): number {
    return this.view.getFloat64(this.advance(8));
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    const at = this.advance(length);
    return this.bytes.subarray(at, at + length);
  }

  /** A view of everything that is left. */
  rest(): Uint8Array {
    return this.take(this.end - this.offset);
  }

  /**
   * i16 byte count, then UTF-8. A count of zero or below is the empty string: Fluvio reads the length as signed.
   */
  string(): string {
    const length = this.i16();
    if (length <= 0) return "";
    const at = this.advance(length);
    const { bytes } = this;
    if (length <= SHORT_TEXT) {
      let text = "";
      let i = at;
      for (; i < at + length; i++) {
        const byte = bytes[i]!;
        if (byte > 0x7f) break;
        text += String.fromCharCode(byte);
      }
      if (i === at + length) return text;
    }
    try {
      return utf8.decode(bytes.subarray(at, at + length));
    } catch {
      throw new DecodeError("not UTF-8", at);
    }
  }

  /** The element count of a list or byte string: i32, anything below 1 is empty. */
  count(): number {
    const count = this.i32();
    return count < 1 ? 0 : count;
  }

  /** Takes `count` list elements or map entries out of the budget; `at` is where the count stood. */
  claim(count: number, at: number): void {
    // hardly any element is empty, and no honest list is: more elements than bytes is nonsense
    if (count > this.end - this.offset) {
      throw new DecodeError(`${count} elements in ${this.end - this.offset} bytes`, at);
    }
    if (count > this.elementsLeft) throw new DecodeError(`more than ${this.elementsLeft} elements`, at);
    this.elementsLeft -= count;
  }

  /** u32 byte count, then bytes: a view. */
  lengthPrefixed(): Uint8Array {
    return this.take(this.count());
  }

  /** Zigzag varint within the range in which a JS number is exact; larger is an error. */
  varint(): number {
    const at = this.offset;
    const { bytes } = this;
    let value = 0;
    // four groups are 28 bits: no sign trouble with bitwise operators, and nearly every varint there is
    for (let shift = 0, i = at; shift < 28 && i < this.end; shift += 7) {
      const byte = bytes[i++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.offset = i;
        return (value >>> 1) ^ -(value & 1);
      }
    }
    const number = Number(this.varint64());
    if (!Number.isSafeInteger(number)) throw new DecodeError("varint out of range", at);
    return number;
  }

  /** Zigzag varint of up to 64 bits. */
  varint64(): bigint {
    const at = this.offset;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.offset >= this.end) throw new DecodeError("varint is cut short", at);
      const byte = this.bytes[this.offset++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        value = BigInt.asUintN(64, value);
        return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
      }
    }
    throw new DecodeError("varint is longer than 64 bits", at);
  }

  /** Varint byte count, then bytes (a record's key or value): a view. */
  varintBytes(): Uint8Array {
    const at = this.offset;
    const length = this.varint();
    if (length < 0) throw new DecodeError(`negative length ${length}`, at);
    return this.take(length);
  }
}
