// Writes JSON straight into bytes: commas, quotes and escapes are put where they belong.

import { Bytes } from "./bytes";
import { Json } from "./json";
import { integerSize, writeInteger } from "./number";

/** Nesting that can be written. */
// @ts-ignore: decorator
@inline const DEPTH_MAX: i32 = 127;

export class JsonWriter {
  private buffer: ArrayBuffer;
  private size: i32 = 0;
  private depth: i32 = 0;
  /** One bit for each level, the innermost lowest: set in an object, clear in an array. Then those of further levels. */
  private objects: u64 = 0;
  private outer: u64 = 0;
  /** Whether a value or member stands before this place. */
  private behind: bool = false;
  private named: bool = false;

  /** Compact, or with that many blanks for each level. */
  constructor(private indent: i32 = 0) {
    this.buffer = new ArrayBuffer(128);
  }

  /** What is written. Throws when something is still open. A view until the writer goes on. */
  get bytes(): Bytes {
    if (this.depth || !this.behind) throw new Error("the JSON is not complete");
    return Bytes.of(Uint8Array.wrap(this.buffer, 0, this.size));
  }

  toString(): string {
    return this.bytes.toString();
  }

  /** Starts anew, in the same memory. */
  clear(): JsonWriter {
    this.size = 0;
    this.depth = 0;
    this.behind = false;
    this.named = false;
    return this;
  }

  beginObject(): JsonWriter {
    return this.open(0x7b, 1);
  }

  endObject(): JsonWriter {
    return this.close(0x7d, 1);
  }

  beginArray(): JsonWriter {
    return this.open(0x5b, 0);
  }

  endArray(): JsonWriter {
    return this.close(0x5d, 0);
  }

  /** The name of the member whose value comes next. */
  name<T>(text: T): JsonWriter {
    if (!this.inObject || this.named) throw new Error("a name belongs in a JSON object, one before each value");
    this.separate();
    this.quote(Bytes.of<T>(text));
    this.put(0x3a);
    if (this.indent) this.put(0x20);
    this.named = true;
    return this;
  }

  string<T>(value: T): JsonWriter {
    this.before();
    this.quote(Bytes.of<T>(value));
    return this;
  }

  int(value: i64): JsonWriter {
    this.before();
    let size = integerSize(value);
    writeInteger(this.room(size), size, value);
    return this;
  }

  /** A number; what is none (NaN, infinities) becomes null. A whole one keeps its `.0`, as in Rust. */
  float(value: f64): JsonWriter {
    if (!isFinite(value)) return this.null();
    let text = value.toString();
    return this.raw<string>(Math.trunc(value) == value && Math.abs(value) < 1e21 ? text + ".0" : text);
  }

  bool(value: bool): JsonWriter {
    return this.raw<string>(value ? "true" : "false");
  }

  null(): JsonWriter {
    return this.raw<string>("null");
  }

  /** A value that was read. */
  json(value: Json): JsonWriter {
    return this.raw<Bytes>(value.raw);
  }

  /** JSON text as it is: nothing is checked. */
  raw<T>(text: T): JsonWriter {
    this.before();
    let bytes = Bytes.of<T>(text);
    memory.copy(this.room(bytes.length), bytes.address, bytes.length);
    return this;
  }

  /** A member: `name` and a string, integer, number, truth value or `Json`. */
  member<T>(name: string, value: T): JsonWriter {
    this.name<string>(name);
    return this.value<T>(value);
  }

  /** A string (also `Bytes`), integer, number, truth value or `Json`; null as null. */
  value<T>(value: T): JsonWriter {
    if (isNullable<T>()) {
      if (changetype<usize>(value) == 0) return this.null();
      return this.value<NonNullable<T>>(changetype<NonNullable<T>>(changetype<usize>(value)));
    } else if (isBoolean<T>()) return this.bool(<bool>value);
    else if (isInteger<T>()) return this.int(<i64>value);
    else if (isFloat<T>()) return this.float(<f64>value);
    else if (isString<T>()) return this.string<string>(changetype<string>(value));
    else if (value instanceof Json) return this.json(value);
    else if (isArray<T>()) {
      this.beginArray();
      for (let i = 0; i < value.length; ++i) this.value<valueof<T>>(value[i]);
      return this.endArray();
    } else if (isDefined(value.__jsonWrite)) {
      value.__jsonWrite<JsonWriter>(this);
      return this;
    } else return this.string<T>(value);
  }

  private get inObject(): bool {
    return this.depth > 0 && (this.objects & 1) != 0;
  }

  private open(mark: u8, isObject: u64): JsonWriter {
    if (this.depth == DEPTH_MAX) throw new Error("JSON is nested too deep");
    this.before();
    this.put(mark);
    ++this.depth;
    this.outer = (this.outer << 1) | (this.objects >> 63);
    this.objects = (this.objects << 1) | isObject;
    this.behind = false;
    return this;
  }

  private close(mark: u8, isObject: u64): JsonWriter {
    if (!this.depth || (this.objects & 1) != isObject || this.named) throw new Error("this does not end here in JSON");
    --this.depth;
    this.objects = (this.objects >> 1) | (this.outer << 63);
    this.outer >>= 1;
    if (this.indent && this.behind) this.newLine();
    this.put(mark);
    this.behind = true;
    return this;
  }

  /** What comes before a value. */
  private before(): void {
    if (this.depth ? this.inObject && !this.named : this.behind) {
      throw new Error(this.depth ? "a value in a JSON object needs a name" : "there is a JSON value already");
    }
    if (!this.named) this.separate();
    this.named = false;
    this.behind = true;
  }

  private separate(): void {
    if (this.behind && this.depth) this.put(0x2c);
    if (this.indent && this.depth) this.newLine();
  }

  private newLine(): void {
    let width = this.indent * this.depth;
    let to = this.room(width + 1);
    store<u8>(to, 0x0a);
    memory.fill(to + 1, 0x20, width);
  }

  // @ts-ignore: decorator
  @inline private put(byte: u8): void {
    store<u8>(this.room(1), byte);
  }

  /** Room for `count` bytes, which count as written. */
  private room(count: i32): usize {
    let at = this.size;
    let size = at + count;
    this.size = size;
    let have = this.buffer.byteLength;
    if (size > have) {
      let larger = new ArrayBuffer(max(size, have << 1));
      memory.copy(changetype<usize>(larger), changetype<usize>(this.buffer), at);
      this.buffer = larger;
    }
    return changetype<usize>(this.buffer) + <usize>at;
  }

  private quote(text: Bytes): void {
    text.checkUtf8();
    let p = text.address;
    let end = p + <usize>text.length;
    this.put(0x22);
    while (true) {
      let start = p;
      while (p + 16 <= end) {
        let block = v128.load(p);
        let special = v128.or(
          v128.or(i8x16.eq(block, i8x16.splat(0x22)), i8x16.eq(block, i8x16.splat(0x5c))),
          i8x16.lt_u(block, i8x16.splat(0x20)),
        );
        if (v128.any_true(special)) break;
        p += 16;
      }
      while (p < end) {
        let byte = load<u8>(p);
        if (byte < 0x20 || byte == 0x22 || byte == 0x5c) break;
        ++p;
      }
      let size = <i32>(p - start);
      memory.copy(this.room(size), start, size);
      if (p == end) break;
      this.escape(load<u8>(p++));
    }
    this.put(0x22);
  }

  private escape(byte: u8): void {
    let short: u8 = byte == 0x0a ? 0x6e : byte == 0x0d ? 0x72 : byte == 0x09 ? 0x74 : byte == 0x08 ? 0x62
      : byte == 0x0c ? 0x66 : byte >= 0x20 ? byte : 0;
    this.put(0x5c);
    if (short) {
      this.put(short);
      return;
    }
    let to = this.room(5);
    store<u32>(to, 0x30303075);
    store<u8>(to, 0x30 + (byte >>> 4), 3);
    let low = byte & 15;
    store<u8>(to, low + (low < 10 ? 0x30 : 0x57), 4);
  }
}
