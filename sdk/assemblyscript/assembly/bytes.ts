// Bytes: a view over memory, and what one wants to do with the value of a record.

import { utf8Check, utf8Length, utf8Read, utf8Sequence, utf8Write, wellFormed } from "./utf8";
import { find, findByte, numberEnd, numberStart } from "./scan";
import { fromBase64, fromHex, toBase64, toHex } from "./encoding";
import { sha256, xxh64 } from "./hash";
import { Json } from "./json";
import { readFloat } from "./number";

export class Bytes {
  /** First byte. */
  private start: usize = 0;
  private size: i32 = 0;
  /** What keeps the memory alive; null for views into the records of the call. */
  private owner: ArrayBuffer | null = null;

  static of<T>(value: T): Bytes {
    // What was found not to be null still has a type that may be.
    if (isNullable<T>() && !isString<T>()) return Bytes.of<NonNullable<T>>(value!);
    let bytes = new Bytes();
    if (isString<T>()) {
      let text = changetype<string>(value);
      let buffer = new ArrayBuffer(utf8Length(text));
      utf8Write(text, changetype<usize>(buffer));
      bytes.adopt(buffer);
    } else if (value instanceof Bytes) {
      bytes.start = value.start;
      bytes.size = value.size;
      bytes.owner = value.owner;
    } else if (value instanceof Uint8Array) {
      bytes.start = value.dataStart;
      bytes.size = value.byteLength;
      bytes.owner = value.buffer;
    } else {
      ERROR("Bytes.of takes a string, Bytes or a Uint8Array");
    }
    return bytes;
  }

  /** For the library: a view over memory that outlives it, or that belongs to the owner. */
  @unsafe static view(start: usize, size: i32, owner: ArrayBuffer | null = null): Bytes {
    let bytes = new Bytes();
    bytes.start = start;
    bytes.size = size;
    if (owner !== null) bytes.owner = owner;
    return bytes;
  }

  /** For the library: what must live as long as this view; null for the records of the call. */
  // @ts-ignore: decorator
  @inline @unsafe get memory(): ArrayBuffer | null {
    return this.owner;
  }

  /** For the library: points this view elsewhere. */
  // @ts-ignore: decorator
  @inline @unsafe move(start: usize, size: i32): void {
    this.start = start;
    this.size = size;
  }

  /** For the library: keeps alive what another view is over. */
  @unsafe keep(other: Bytes): void {
    let owner = other.owner;
    if (owner !== null) this.owner = owner;
  }

  private adopt(buffer: ArrayBuffer): void {
    this.start = changetype<usize>(buffer);
    this.size = buffer.byteLength;
    this.owner = buffer;
  }

  /** For the library: address of the first byte. */
  // @ts-ignore: decorator
  @inline @unsafe get address(): usize {
    return this.start;
  }

  get length(): i32 {
    return this.size;
  }

  // @ts-ignore: decorator
  @operator("[]")
  at(index: i32): u8 {
    if (<u32>index >= <u32>this.size) throw new RangeError("Index out of range");
    return load<u8>(this.start + <usize>index);
  }

  /** The bytes in UTF-8 as a string; what is not UTF-8 becomes U+FFFD. */
  toString(): string {
    return utf8Read(this.start, this.start + <usize>this.size);
  }

  get text(): string {
    return this.toString();
  }

  /** As `toString`, but throws when the bytes are not UTF-8. */
  utf8(): string {
    let text = this.toString();
    if (!wellFormed) this.checkUtf8();
    return text;
  }

  isUtf8(): bool {
    let end = this.start + <usize>this.size;
    return utf8Check(this.start, end) == end;
  }

  /** Throws when the bytes are not UTF-8; the message says where, as Rust's does. */
  checkUtf8(): Bytes {
    let end = this.start + <usize>this.size;
    let bad = utf8Check(this.start, end);
    if (bad < end) {
      let count = -utf8Sequence(bad, end);
      let index = bad - this.start;
      // A sequence that the end cuts off is told apart from one that can never be right.
      if (bad + <usize>count == end && load<u8>(bad) >= 0xc2 && load<u8>(bad) <= 0xf4) {
        throw new Error("incomplete utf-8 byte sequence from index " + index.toString());
      }
      throw new Error(
        "invalid utf-8 sequence of " + count.toString() + " bytes from index " + index.toString(),
      );
    }
    return this;
  }

  toUint8Array(): Uint8Array {
    let array = new Uint8Array(this.size);
    memory.copy(array.dataStart, this.start, this.size);
    return array;
  }

  get bytes(): Uint8Array {
    return this.toUint8Array();
  }

  /** Bytes of their own, to keep beyond the handler's call. */
  copy(): Bytes {
    let bytes = new Bytes();
    let buffer = new ArrayBuffer(this.size);
    memory.copy(changetype<usize>(buffer), this.start, this.size);
    bytes.adopt(buffer);
    return bytes;
  }

  /** The JSON value that these bytes are; throws when they are not strict JSON. */
  json(): Json {
    return Json.parse<Bytes>(this);
  }

  slice(from: i32 = 0, to: i32 = i32.MAX_VALUE): Bytes {
    let size = this.size;
    if (from < 0) from += size;
    if (to < 0) to += size;
    from = min(max(from, 0), size);
    to = min(to, size);
    let bytes = new Bytes();
    bytes.start = this.start + <usize>from;
    bytes.size = max(to - from, 0);
    let owner = this.owner;
    if (owner !== null) bytes.owner = owner;
    return bytes;
  }

  indexOf<T>(needle: T, from: i32 = 0): i32 {
    if (isNullable<T>() && !isString<T>()) return this.indexOf<NonNullable<T>>(needle!, from);
    let first = min(max(from, 0), this.size);
    let start = this.start + <usize>first;
    let end = this.start + <usize>this.size;
    let found: usize;
    if (isString<T>()) {
      found = findText(start, end, changetype<string>(needle));
    } else if (isInteger<T>()) {
      found = findByte(start, end, <u8>needle);
    } else if (needle instanceof Bytes) {
      found = find(start, end, needle.start, needle.size);
    } else {
      ERROR("indexOf and includes take a string, Bytes or a byte");
    }
    return found ? <i32>(found - this.start) : -1;
  }

  /** Position of the last occurrence, or -1. */
  lastIndexOf<T>(needle: T): i32 {
    let wanted: Bytes;
    if (isInteger<T>()) {
      wanted = Bytes.of<string>("\0").copy();
      store<u8>(wanted.start, <u8>needle);
    } else {
      wanted = Bytes.of<T>(needle);
    }
    for (let at = this.size - wanted.size; at >= 0; --at) {
      if (memory.compare(this.start + <usize>at, wanted.start, wanted.size) == 0) return at;
    }
    return -1;
  }

  includes<T>(needle: T): bool {
    return this.indexOf<T>(needle) >= 0;
  }

  startsWith<T>(prefix: T): bool {
    let bytes = Bytes.of<T>(prefix);
    return bytes.size <= this.size && memory.compare(this.start, bytes.start, bytes.size) == 0;
  }

  endsWith<T>(suffix: T): bool {
    let bytes = Bytes.of<T>(suffix);
    let at = this.size - bytes.size;
    return at >= 0 && memory.compare(this.start + <usize>at, bytes.start, bytes.size) == 0;
  }

  equals<T>(other: T): bool {
    if (isString<T>()) {
      let text = changetype<string>(other);
      let size = utf8Length(text);
      if (size != this.size) return false;
      // All ASCII, and so comparable unit by unit.
      if (size == text.length) {
        let p = changetype<usize>(text);
        for (let i = 0; i < size; ++i) {
          if (load<u16>(p + (<usize>i << 1)) != <u16>load<u8>(this.start + <usize>i)) return false;
        }
        return true;
      }
    }
    let bytes = Bytes.of<T>(other);
    return bytes.size == this.size && memory.compare(this.start, bytes.start, bytes.size) == 0;
  }

  /** Below 0 when these bytes come before the others, above 0 when behind, 0 when they are the same. */
  compareTo<T>(other: T): i32 {
    let bytes = Bytes.of<T>(other);
    let order = memory.compare(this.start, bytes.start, min(this.size, bytes.size));
    return order ? order : this.size - bytes.size;
  }

  /** Without the white space at both ends. */
  trim(): Bytes {
    let start = this.start;
    let end = start + <usize>this.size;
    while (start < end && isSpace(load<u8>(start))) ++start;
    while (end > start && isSpace(load<u8>(end - 1))) --end;
    let bytes = new Bytes();
    bytes.start = start;
    bytes.size = <i32>(end - start);
    bytes.owner = this.owner;
    return bytes;
  }

  toUpperCase(): Bytes {
    return this.mapCase(0x61);
  }

  toLowerCase(): Bytes {
    return this.mapCase(0x41);
  }

  private mapCase(first: u8): Bytes {
    let copy = this.copy();
    let p = copy.start;
    let end = p + <usize>copy.size;
    let low = i8x16.splat(first);
    for (; p + 16 <= end; p += 16) {
      let block = v128.load(p);
      let letters = i8x16.lt_u(i8x16.sub(block, low), i8x16.splat(26));
      v128.store(p, v128.xor(block, v128.and(letters, i8x16.splat(0x20))));
    }
    for (; p < end; ++p) {
      let byte = load<u8>(p);
      if (<u8>(byte - first) < 26) store<u8>(p, byte ^ 0x20);
    }
    return copy;
  }

  /** A copy with every occurrence of some bytes replaced by others; these bytes when there is none. */
  replaceAll<T, R>(what: T, by: R): Bytes {
    let wanted = Bytes.of<T>(what);
    if (wanted.size == 0) throw new Error("replaceAll needs something to look for");
    let count = 0;
    for (let at = this.indexOf<Bytes>(wanted); at >= 0; at = this.indexOf<Bytes>(wanted, at + wanted.size)) ++count;
    if (!count) return this;
    let instead = Bytes.of<R>(by);
    let buffer = new ArrayBuffer(this.size + count * (instead.size - wanted.size));
    let to = changetype<usize>(buffer);
    let from = 0;
    for (; count > 0; --count) {
      let at = this.indexOf<Bytes>(wanted, from);
      memory.copy(to, this.start + <usize>from, at - from);
      to += <usize>(at - from);
      memory.copy(to, instead.start, instead.size);
      to += <usize>instead.size;
      from = at + wanted.size;
    }
    memory.copy(to, this.start + <usize>from, this.size - from);
    let bytes = new Bytes();
    bytes.adopt(buffer);
    return bytes;
  }

  /** Bytes one behind the other, with a text in between. */
  static join(parts: Bytes[], separator: string = ""): Bytes {
    let between = Bytes.of<string>(separator);
    let size = between.size * max(parts.length - 1, 0);
    for (let i = 0; i < parts.length; ++i) size += parts[i].size;
    let buffer = new ArrayBuffer(size);
    let to = changetype<usize>(buffer);
    for (let i = 0; i < parts.length; ++i) {
      if (i) {
        memory.copy(to, between.start, between.size);
        to += <usize>between.size;
      }
      memory.copy(to, parts[i].start, parts[i].size);
      to += <usize>parts[i].size;
    }
    let bytes = new Bytes();
    bytes.adopt(buffer);
    return bytes;
  }

  /** A decimal integer, with a sign or without and white space around it allowed. Throws on anything else. */
  toInt(): i64 {
    let p = numberStart(this.start, this.size);
    let end = numberEnd(p, this.start, this.size);
    if (p == end) throw new Error("cannot parse integer from empty string");
    let negative = false;
    let first = load<u8>(p);
    if (first == 0x2b || first == 0x2d) {
      negative = first == 0x2d;
      if (++p == end) throw new Error("invalid digit found in string");
    }
    // 9 digits always fit into 32 bits, 18 into 64.
    if (end - p <= 9) {
      let value: u32 = 0;
      for (; p < end; ++p) {
        let digit = <u32>load<u8>(p) - 0x30;
        if (digit > 9) throw new Error("invalid digit found in string");
        value = value * 10 + digit;
      }
      return negative ? -<i64>value : <i64>value;
    }
    // Counts down from zero: there is one more negative number than there are positive ones.
    let value: i64 = 0;
    for (; p < end; ++p) {
      let digit = <u32>load<u8>(p) - 0x30;
      if (digit > 9) throw new Error("invalid digit found in string");
      if (value < i64.MIN_VALUE / 10 || value * 10 < i64.MIN_VALUE + <i64>digit) tooLarge(negative);
      value = value * 10 - <i64>digit;
    }
    if (!negative) {
      if (value == i64.MIN_VALUE) tooLarge(false);
      value = -value;
    }
    return value;
  }

  /** A decimal number. Throws when the bytes are none. */
  toFloat(): f64 {
    let p = numberStart(this.start, this.size);
    return readFloat(p, numberEnd(p, this.start, this.size));
  }

  /** Two lower-case hexadecimal digits for each byte. */
  toHex(): string {
    return toHex(this.start, this.size);
  }

  /** Base64 with padding. */
  toBase64(): string {
    return toBase64(this.start, this.size);
  }

  /** The bytes that hexadecimal digits stand for; throws on anything else. */
  static fromHex<T>(text: T): Bytes {
    let bytes = Bytes.of<T>(text).copy();
    if (!fromHex(bytes.start, bytes.size, bytes.start)) throw new Error("not hexadecimal digits");
    bytes.size >>= 1;
    return bytes;
  }

  /** The bytes that Base64 stands for, of either alphabet, padded or not; throws on anything else. */
  static fromBase64<T>(text: T): Bytes {
    let bytes = Bytes.of<T>(text).copy();
    let size = fromBase64(bytes.start, bytes.size, bytes.start);
    if (size < 0) throw new Error("not Base64");
    bytes.size = size;
    return bytes;
  }

  /** The 32 bytes of the SHA-256 of these. */
  sha256(): Bytes {
    let bytes = new Bytes();
    let buffer = new ArrayBuffer(32);
    sha256(this.start, this.size, changetype<usize>(buffer));
    bytes.adopt(buffer);
    return bytes;
  }

  /** A fast hash of 64 bits (XXH64): for tables and sampling, not against forgery. */
  hash(seed: u64 = 0): u64 {
    return xxh64(this.start, this.size, seed);
  }

  /** Walks over the parts between separators with one view that moves. */
  parts(separator: string): Parts {
    return new Parts(this, separator);
  }

  split(separator: string): Bytes[] {
    let parts = new Array<Bytes>();
    let mark = Bytes.of<string>(separator);
    if (mark.size == 0) throw new Error("split needs a separator");
    let from = 0;
    while (true) {
      let at = this.indexOf<Bytes>(mark, from);
      if (at < 0) break;
      parts.push(this.slice(from, at));
      from = at + mark.size;
    }
    parts.push(this.slice(from));
    return parts;
  }
}

/** The parts of bytes between separators, one after the other. */
export class Parts {
  /** The current part: a view that moves on with `next()`. */
  readonly value: Bytes = new Bytes();
  private at: usize;
  private end: usize;
  private mark: Bytes | null = null;
  private byte: u8 = 0;

  constructor(source: Bytes, separator: string) {
    if (separator.length == 0) throw new Error("parts needs a separator");
    // Zero stands for the end, and is where no bytes are.
    this.at = max(source.address, __heap_base);
    this.end = this.at + <usize>source.length;
    let unit = separator.charCodeAt(0);
    if (separator.length == 1 && unit < 0x80) this.byte = <u8>unit;
    else this.mark = Bytes.of<string>(separator);
    this.value.keep(source);
  }

  /** Goes to the next part; false when there is none. */
  next(): bool {
    let at = this.at;
    if (!at) return false;
    let end = this.end;
    let size: usize = 1;
    let found: usize;
    let mark = this.mark;
    if (mark === null) {
      found = findByte(at, end, this.byte);
    } else {
      size = <usize>mark.length;
      found = find(at, end, mark.address, mark.length);
    }
    if (found) {
      this.value.move(at, <i32>(found - at));
      this.at = found + size;
    } else {
      this.value.move(at, <i32>(end - at));
      this.at = 0;
    }
    return true;
  }
}

/** Address of the first place between two addresses where a text is, or 0. */
// @ts-ignore: decorator
@inline function findText(start: usize, end: usize, text: string): usize {
  if (text.length == 1 && load<u16>(changetype<usize>(text)) < 0x80) {
    return findByte(start, end, load<u8>(changetype<usize>(text)));
  }
  return findLongText(start, end, text);
}

function findLongText(start: usize, end: usize, text: string): usize {
  // The bytes are of no use to anybody else: no object is made of them.
  let size = utf8Length(text);
  let buffer = __new(<usize>size, idof<ArrayBuffer>());
  utf8Write(text, buffer);
  return find(start, end, buffer, size);
}

// @ts-ignore: decorator
@inline function isSpace(byte: u8): bool {
  return byte == 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function tooLarge(negative: bool): void {
  throw new Error(
    negative ? "number too small to fit in target type" : "number too large to fit in target type",
  );
}
