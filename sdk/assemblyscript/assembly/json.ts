// JSON as a view over its UTF-8 text: one strict, validating pass, then values are read where they stand.

import { Bytes } from "./bytes";
import { findByte } from "./scan";
import { utf8Length, utf8Read, utf8Sequence } from "./utf8";

/** Nesting that is still read: the same as serde_json. */
// @ts-ignore: decorator
@inline const DEPTH_MAX: i32 = 127;
/** Members of the outermost object that have a place in the table; of larger ones the rest is searched for. */
// @ts-ignore: decorator
@inline const TABLE_MAX: i32 = 64;

/** Members of the outermost object of the document parsed last: key start, key end, value start, value end. */
// @ts-ignore: decorator
@lazy const table = memory.data(64 * 16, 4);
let tableCount: i32 = 0;
/** Number of the document that the table is about. */
let tableId: u32 = 0;

/** Where the text that was read last stops being JSON, and the text. */
let fault: usize = 0;
let textStart: usize = 0;
let textEnd: usize = 0;

export class Json {
  private start: usize = 0;
  private end: usize = 0;
  /** What keeps the text alive; null for the records of the call. */
  private owner: ArrayBuffer | null = null;
  /** Number of the document if this is its outermost value, 0 otherwise. */
  private id: u32 = 0;

  /** Reads a whole JSON text; throws with the position when it is not strict JSON. */
  static parse<T>(text: T): Json {
    let json = Json.tryParse<T>(text);
    if (json === null) throw new Error(complaint());
    return json;
  }

  /** Reads a whole JSON text; null when it is not strict JSON. */
  static tryParse<T>(text: T): Json | null {
    let start: usize;
    let end: usize;
    let owner: ArrayBuffer | null;
    if (text instanceof Bytes) {
      start = text.address;
      end = start + <usize>text.length;
      owner = text.memory;
    } else {
      let source = Bytes.of<T>(text);
      start = source.address;
      end = start + <usize>source.length;
      owner = source.memory;
    }
    tableId = max(tableId + 1, 1);
    tableCount = 0;
    textStart = start;
    textEnd = end;
    let first = space(start, end);
    let last = scanValue(first, end, 0);
    if (!last) return null;
    let rest = space(last, end);
    if (rest == end) return Json.at(first, last, owner, tableId);
    fault = rest;
    return null;
  }

  private static at(start: usize, end: usize, owner: ArrayBuffer | null, id: u32): Json {
    let json = new Json();
    json.start = start;
    json.end = end;
    if (owner !== null) json.owner = owner;
    json.id = id;
    return json;
  }

  get isObject(): bool {
    return load<u8>(this.start) == 0x7b;
  }

  get isArray(): bool {
    return load<u8>(this.start) == 0x5b;
  }

  get isString(): bool {
    return load<u8>(this.start) == 0x22;
  }

  get isNumber(): bool {
    let first = load<u8>(this.start);
    return first == 0x2d || (first >= 0x30 && first <= 0x39);
  }

  get isBool(): bool {
    let first = load<u8>(this.start);
    return first == 0x74 || first == 0x66;
  }

  get isNull(): bool {
    return load<u8>(this.start) == 0x6e;
  }

  /** The member of that name, or null when there is none or this is no object. Of several, the last. */
  get(name: string): Json | null {
    if (!this.isObject) return null;
    if (this.id == tableId && tableCount <= TABLE_MAX && this.id != 0) {
      for (let i = tableCount - 1; i >= 0; --i) {
        let entry = table + (<usize>i << 4);
        if (sameKey(load<usize>(entry), load<usize>(entry, 4), name)) {
          return Json.at(load<usize>(entry, 8), load<usize>(entry, 12), this.owner, 0);
        }
      }
      return null;
    }
    let found: Json | null = null;
    let p = space(this.start + 1, this.end);
    while (load<u8>(p) == 0x22) {
      let keyEnd = scanString(p, this.end);
      let valueStart = space(space(keyEnd, this.end) + 1, this.end);
      let valueEnd = scanValue(valueStart, this.end, 1);
      if (sameKey(p, keyEnd, name)) found = Json.at(valueStart, valueEnd, this.owner, 0);
      p = space(valueEnd, this.end);
      if (load<u8>(p) == 0x2c) p = space(p + 1, this.end);
    }
    return found;
  }

  has(name: string): bool {
    return this.get(name) !== null;
  }

  /** The member of that name; throws when there is none. */
  required(name: string): Json {
    let member = this.get(name);
    if (member === null) throw new Error("missing field `" + name + "`");
    return member;
  }

  /** Names of an object's members, in their order; empty for anything else. */
  keys(): string[] {
    let keys = new Array<string>();
    if (!this.isObject) return keys;
    let p = space(this.start + 1, this.end);
    while (load<u8>(p) == 0x22) {
      let keyEnd = scanString(p, this.end);
      keys.push(Json.at(p, keyEnd, this.owner, 0).toString());
      p = this.next(keyEnd);
    }
    return keys;
  }

  /** Elements of an array or values of an object's members, in their order; empty for anything else. */
  values(): Json[] {
    let values = new Array<Json>();
    let isObject = this.isObject;
    if (!isObject && !this.isArray) return values;
    let p = space(this.start + 1, this.end);
    while (p < this.end - 1) {
      if (isObject) p = space(space(scanString(p, this.end), this.end) + 1, this.end);
      let valueEnd = scanValue(p, this.end, 1);
      values.push(Json.at(p, valueEnd, this.owner, 0));
      p = space(valueEnd, this.end);
      if (load<u8>(p) == 0x2c) p = space(p + 1, this.end);
    }
    return values;
  }

  /** From the end of a key to the start of the next. */
  private next(keyEnd: usize): usize {
    let valueStart = space(space(keyEnd, this.end) + 1, this.end);
    let p = space(scanValue(valueStart, this.end, 1), this.end);
    return load<u8>(p) == 0x2c ? space(p + 1, this.end) : p;
  }

  /** An integer; throws on anything else, fractions and exponents included. */
  toInt(): i64 {
    // A number has been found to be one: what is no digit is a point or an exponent.
    let p = this.start;
    let end = this.end;
    let negative = load<u8>(p) == 0x2d;
    if (negative) ++p;
    let size = end - p;
    let value: i64 = 0;
    for (; p < end; ++p) {
      let digit = <u32>load<u8>(p) - 0x30;
      if (digit > 9) throw new Error(this.wrong("an integer"));
      value = value * 10 + <i64>digit;
    }
    if (size > 18) return this.raw.toInt();
    return negative ? -value : value;
  }

  toFloat(): f64 {
    if (!this.isNumber) throw new Error(this.wrong("a number"));
    return this.raw.toFloat();
  }

  toBool(): bool {
    if (!this.isBool) throw new Error(this.wrong("true or false"));
    return load<u8>(this.start) == 0x74;
  }

  /** For the library: a field of a class; `current` only gives the type, and what stays when it may be missing. */
  field<T>(name: string, current: T): T {
    if (isNullable<T>()) {
      let member = this.get(name);
      return member === null ? changetype<T>(0) : member.to<T>();
    }
    return this.required(name).to<T>();
  }

  /** The value as that type: a number, bool, string, Bytes, Json, an array of these, or a class marked with @json. */
  to<T>(): T {
    if (isNullable<T>()) {
      if (this.isNull) return changetype<T>(0);
      return changetype<T>(this.to<NonNullable<T>>());
    } else if (isBoolean<T>()) {
      return <T>this.toBool();
    } else if (isInteger<T>()) {
      let value = this.toInt();
      if (<i64><T>value != value) throw new RangeError("number too large to fit in target type");
      return <T>value;
    } else if (isFloat<T>()) {
      return <T>this.toFloat();
    } else if (isString<T>()) {
      return changetype<T>(this.bytes().toString());
    } else if (isArray<T>()) {
      if (!this.isArray) throw new Error(this.wrong("an array"));
      let list = instantiate<T>();
      let values = this.values();
      for (let i = 0; i < values.length; ++i) list.push(values[i].to<valueof<T>>());
      return list;
    } else if (idof<T>() == idof<Bytes>()) {
      return changetype<T>(this.bytes().copy());
    } else if (idof<T>() == idof<Json>()) {
      return changetype<T>(this);
    } else {
      if (!this.isObject) throw new Error(this.wrong("an object"));
      let object = instantiate<T>();
      object.__jsonRead<Json>(this);
      return object;
    }
  }

  /** The text of a string, without quotes and escapes; of anything else its JSON text. */
  toString(): string {
    return this.isString ? this.bytes().toString() : utf8Read(this.start, this.end);
  }

  get text(): string {
    return this.toString();
  }

  /** The bytes of a string, a view if it has no escapes; throws on anything else. */
  bytes(): Bytes {
    if (!this.isString) throw new Error(this.wrong("a string"));
    let from = this.start + 1;
    let end = this.end - 1;
    let size = <i32>(end - from);
    return findByte(from, end, 0x5c) ? unescape(from, size) : this.slice(from, size);
  }

  /** The JSON text of this value: a view. */
  get raw(): Bytes {
    return this.slice(this.start, <i32>(this.end - this.start));
  }

  private slice(from: usize, size: i32): Bytes {
    return Bytes.view(from, size, this.owner);
  }

  private wrong(expected: string): string {
    let found = this.isObject ? "an object" : this.isArray ? "an array" : this.toString();
    return "expected " + expected + ", found " + found;
  }
}

function complaint(): string {
  if (fault >= textEnd) return "JSON ends too early, after " + (textEnd - textStart).toString() + " bytes";
  return "not JSON at byte " + (fault - textStart).toString();
}

/** The first place from `p` on that is no white space; mostly `p` itself. The byte at the end is looked at, too. */
// @ts-ignore: decorator
@inline function space(p: usize, end: usize): usize {
  return load<u8>(p) > 0x20 ? p : spaces(p, end);
}

function spaces(p: usize, end: usize): usize {
  while (p < end) {
    let byte = load<u8>(p);
    if (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) break;
    ++p;
  }
  return p;
}

// @ts-ignore: decorator
@inline function bad(at: usize): usize {
  fault = at;
  return 0;
}

/** The end of the value at `p`, or 0 and `fault` when it is not JSON. */
function scanValue(p: usize, end: usize, depth: i32): usize {
  if (p >= end) return bad(end);
  let first = load<u8>(p);
  if (first == 0x22) return scanString(p, end);
  if (first == 0x7b) return scanObject(p, end, depth);
  if (first == 0x5b) return scanArray(p, end, depth);
  if (first == 0x2d || (first >= 0x30 && first <= 0x39)) return scanNumber(p, end);
  if (first == 0x74 && end - p >= 4 && load<u32>(p) == 0x65757274) return p + 4;
  if (first == 0x66 && end - p >= 5 && load<u32>(p + 1) == 0x65736c61) return p + 5;
  if (first == 0x6e && end - p >= 4 && load<u32>(p) == 0x6c6c756e) return p + 4;
  return bad(p);
}

function scanObject(p: usize, end: usize, depth: i32): usize {
  if (depth >= DEPTH_MAX) return bad(p);
  p = space(p + 1, end);
  if (p < end && load<u8>(p) == 0x7d) return p + 1;
  while (true) {
    if (p >= end || load<u8>(p) != 0x22) return bad(p);
    let keyStart = p;
    let keyEnd = scanString(p, end);
    if (!keyEnd) return 0;
    p = space(keyEnd, end);
    if (p >= end || load<u8>(p) != 0x3a) return bad(p);
    let valueStart = space(p + 1, end);
    let valueEnd = scanValue(valueStart, end, depth + 1);
    if (!valueEnd) return 0;
    if (depth == 0) {
      if (tableCount < TABLE_MAX) {
        let entry = table + (<usize>tableCount << 4);
        store<usize>(entry, keyStart);
        store<usize>(entry, keyEnd, 4);
        store<usize>(entry, valueStart, 8);
        store<usize>(entry, valueEnd, 12);
      }
      ++tableCount;
    }
    p = space(valueEnd, end);
    if (p >= end) return bad(end);
    let mark = load<u8>(p);
    if (mark == 0x7d) return p + 1;
    if (mark != 0x2c) return bad(p);
    p = space(p + 1, end);
  }
  return 0;
}

function scanArray(p: usize, end: usize, depth: i32): usize {
  if (depth >= DEPTH_MAX) return bad(p);
  p = space(p + 1, end);
  if (p < end && load<u8>(p) == 0x5d) return p + 1;
  while (true) {
    p = scanValue(p, end, depth + 1);
    if (!p) return 0;
    p = space(p, end);
    if (p >= end) return bad(end);
    let mark = load<u8>(p);
    if (mark == 0x5d) return p + 1;
    if (mark != 0x2c) return bad(p);
    p = space(p + 1, end);
  }
  return 0;
}

// @ts-ignore: decorator
@inline function digits(p: usize, end: usize): usize {
  while (p < end && <u8>(load<u8>(p) - 0x30) < 10) ++p;
  return p;
}

function scanNumber(p: usize, end: usize): usize {
  if (load<u8>(p) == 0x2d) ++p;
  if (p >= end) return bad(end);
  let whole = p;
  p = digits(p, end);
  if (p == whole || (load<u8>(whole) == 0x30 && p > whole + 1)) return bad(whole);
  if (p < end && load<u8>(p) == 0x2e) {
    let fraction = p + 1;
    p = digits(fraction, end);
    if (p == fraction) return bad(p);
  }
  if (p < end && (load<u8>(p) | 0x20) == 0x65) {
    let exponent = p + 1;
    if (exponent < end && (load<u8>(exponent) == 0x2b || load<u8>(exponent) == 0x2d)) ++exponent;
    p = digits(exponent, end);
    if (p == exponent) return bad(p);
  }
  return p;
}

// @ts-ignore: decorator
@inline function isHex(byte: u8): bool {
  return <u8>(byte - 0x30) < 10 || <u8>((byte | 0x20) - 0x61) < 6;
}

/** The end of the string whose opening quote is at `p`. */
function scanString(p: usize, end: usize): usize {
  ++p;
  while (p < end) {
    // Bytes behind the end are read, and do not count.
    let block = v128.load(p);
    let stop = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(block, i8x16.splat(0x22)), i8x16.eq(block, i8x16.splat(0x5c))),
        // Signed: both control characters and bytes from 0x80 on are below a blank.
        i8x16.lt_s(block, i8x16.splat(0x20)),
      ),
    );
    if (!stop) {
      p += 16;
      continue;
    }
    p += <usize>ctz(stop);
    if (p >= end) break;
    if (load<u8>(p) == 0x22) return p + 1;
    p = scanRare(p, end);
    if (!p) return 0;
  }
  return bad(end);
}

/** The end of an escape or of characters beyond ASCII in a string. */
function scanRare(p: usize, end: usize): usize {
  let byte = load<u8>(p);
  if (byte == 0x5c) {
    if (p + 1 >= end) return bad(end);
    let mark = load<u8>(p, 1);
    if (mark == 0x75) {
      if (end - p < 6) return bad(end);
      for (let i: usize = 2; i < 6; ++i) if (!isHex(load<u8>(p + i))) return bad(p + i);
      return p + 6;
    }
    let isKnown = mark == 0x22 || mark == 0x5c || mark == 0x2f || mark == 0x62 || mark == 0x66 || mark == 0x6e
      || mark == 0x72 || mark == 0x74;
    return isKnown ? p + 2 : bad(p + 1);
  }
  if (byte < 0x20) return bad(p);
  do {
    let size = utf8Sequence(p, end);
    if (size < 0) return bad(p);
    p += size;
  } while (p < end && load<u8>(p) >= 0x80);
  return p;
}

function hex4(p: usize): u32 {
  let point: u32 = 0;
  for (let i: usize = 0; i < 4; ++i) {
    let byte = <u32>load<u8>(p + i);
    point = (point << 4) | (byte < 0x3a ? byte - 0x30 : (byte | 0x20) - 0x57);
  }
  return point;
}

/** What the escapes in a string stand for. A lone surrogate, which UTF-8 has no bytes for, throws. */
function unescape(from: usize, size: i32): Bytes {
  let copy = Bytes.view(from, size).copy();
  let start = copy.address;
  let p = from;
  let end = from + <usize>size;
  let to = start;
  while (p < end) {
    let byte = load<u8>(p++);
    if (byte != 0x5c) {
      store<u8>(to++, byte);
      continue;
    }
    byte = load<u8>(p++);
    if (byte != 0x75) {
      if (byte == 0x62) byte = 0x08;
      else if (byte == 0x66) byte = 0x0c;
      else if (byte == 0x6e) byte = 0x0a;
      else if (byte == 0x72) byte = 0x0d;
      else if (byte == 0x74) byte = 0x09;
      store<u8>(to++, byte);
      continue;
    }
    let point = hex4(p);
    p += 4;
    if ((point & 0xf800) == 0xd800) {
      let low: u32 = 0;
      if (point < 0xdc00 && end - p >= 6 && load<u8>(p) == 0x5c && load<u8>(p, 1) == 0x75) low = hex4(p + 2);
      if ((low & 0xfc00) != 0xdc00) throw new Error("lone surrogate in a JSON string");
      p += 6;
      point = 0x10000 + ((point & 0x3ff) << 10) + (low & 0x3ff);
      store<u8>(to++, 0xf0 | (point >>> 18));
      store<u8>(to++, 0x80 | ((point >>> 12) & 0x3f));
      store<u8>(to++, 0x80 | ((point >>> 6) & 0x3f));
      store<u8>(to++, 0x80 | (point & 0x3f));
    } else if (point >= 0x800) {
      store<u8>(to++, 0xe0 | (point >>> 12));
      store<u8>(to++, 0x80 | ((point >>> 6) & 0x3f));
      store<u8>(to++, 0x80 | (point & 0x3f));
    } else if (point >= 0x80) {
      store<u8>(to++, 0xc0 | (point >>> 6));
      store<u8>(to++, 0x80 | (point & 0x3f));
    } else {
      store<u8>(to++, point);
    }
  }
  return copy.slice(0, <i32>(to - start));
}

/** Whether the key with its quotes from `start` to `end` is `name`. */
function sameKey(start: usize, end: usize, name: string): bool {
  let size = <i32>(end - start) - 2;
  let units = name.length;
  if (size < units) return false;
  if (size == units) {
    let from = start + 1;
    let text = changetype<usize>(name);
    for (let left = size; ; left -= 8) {
      if (left <= 0) return true;
      let key = v128.load8x8_u(from);
      let wanted = v128.load(text);
      let mask: i32 = left >= 8 ? 0xff : (1 << left) - 1;
      // Escapes, and letters that take several bytes.
      let rare = v128.or(i16x8.eq(key, i16x8.splat(0x5c)), i16x8.gt_u(wanted, i16x8.splat(0x7f)));
      if (i16x8.bitmask(rare) & mask) break;
      if (i16x8.bitmask(i16x8.ne(key, wanted)) & mask) return false;
      from += 8;
      text += 16;
    }
  }
  // Another length in bytes: only escapes or other letters than ASCII can still make them the same.
  if (findByte(start + 1, end - 1, 0x5c)) return unescape(start + 1, size).equals<string>(name);
  return utf8Length(name) == size && Bytes.view(start + 1, size).equals<string>(name);
}
