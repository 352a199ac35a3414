// JSON from bytes: a guard against depth, parsing where the text stands, and looking up one field.

import { free, freeCString, isArray, getLength, getIndex, malloc, newStringLen, parseJSON, toCStringLen } from "./engine";
import { LEFT, parse } from "./parse";
import { ctx, jsonName, scratch } from "./state";
import { isAscii, isUtf8 } from "../abi/text";
import { newText, openText, repair, repaired, same, textHold, textSize } from "./text";
import { EXCEPTION, FAIL_DEPTH, FALSE, NULL, TRUE, UNDEFINED, fail, isException, isObject, isString, newInt, release, tagOf } from "./value";

/** Nesting that the engine's parser is trusted with: it uses native stack that no check sees. */
const MOST_DEPTH: i32 = 1000;

/** Whether a JSON text nests too deep. */
export function isTooDeep(p: usize, size: usize): bool {
  let end = p + size;
  if (size <= <usize>MOST_DEPTH) return false;
  let opens = 0;
  let q = p;
  // '[' and '{' differ in one bit.
  let bit = i8x16.splat(0x20);
  let brace = i8x16.splat(0x7b);
  for (; q + 16 <= end; q += 16) {
    opens += popcnt(i8x16.bitmask(i8x16.eq(v128.or(v128.load(q), bit), brace)));
  }
  if (opens + <i32>(end - q) <= MOST_DEPTH) return false;
  let depth = 0;
  for (; p < end; ++p) {
    let c = load<u8>(p);
    if (c == 0x22) {
      p = stringEnd(p + 1, end);
      if (!p) return false;
    } else if ((c | 0x20) == 0x7b) {
      if (++depth > MOST_DEPTH) return true;
    } else if ((c | 0x20) == 0x7d) {
      --depth;
    }
  }
  return false;
}

/** Parses text that is known to be UTF-8. The byte behind it may be set for the time being. */
export function parseText(p: usize, size: usize): i64 {
  let behind = load<u8>(p + size);
  store<u8>(p + size, 0);
  let value = parse(p, size);
  if (value == LEFT) value = isTooDeep(p, size) ? fail(FAIL_DEPTH) : parseJSON(ctx, p, size, jsonName);
  store<u8>(p + size, behind);
  return value;
}

/** As JSON.parse of the bytes' text. */
export function parseBytes(p: usize, size: usize): i64 {
  if (isAscii(p, size) || isUtf8(p, size)) return parseText(p, size);
  let copy = repair(p, size);
  if (!copy) return EXCEPTION;
  let value = parseText(copy, repaired);
  free(copy);
  return value;
}

// @ts-ignore: decorator
@inline function isSpace(c: u32): bool {
  return c == 0x20 || c == 0x0a || c == 0x0d || c == 0x09;
}

// @ts-ignore: decorator
@inline function skipSpace(p: usize, end: usize): usize {
  while (p < end && isSpace(load<u8>(p))) ++p;
  return p;
}

/** Whether the string that `stringEnd` passed over has escapes. */
let escaped: bool = false;

/** Position of the quote that ends a string, from behind the first one; 0 when there is none. */
function stringEnd(p: usize, end: usize): usize {
  let quote = i8x16.splat(0x22);
  let slash = i8x16.splat(0x5c);
  escaped = false;
  while (p + 16 <= end) {
    let v = v128.load(p);
    let hits = i8x16.bitmask(v128.or(i8x16.eq(v, quote), i8x16.eq(v, slash)));
    if (!hits) {
      p += 16;
      continue;
    }
    p += ctz(hits);
    if (load<u8>(p) == 0x22) return p;
    escaped = true;
    p += 2;
  }
  for (; p < end; ++p) {
    let c = load<u8>(p);
    if (c == 0x22) return p;
    if (c == 0x5c) {
      escaped = true;
      ++p;
    }
  }
  return 0;
}

/** Passes over a value without checking its inside; 0 when it does not end. */
function skipValue(p: usize, end: usize): usize {
  if (p >= end) return 0;
  let c = <u32>load<u8>(p);
  if (c == 0x22) {
    p = stringEnd(p + 1, end);
    return p ? p + 1 : 0;
  }
  if ((c | 0x20) == 0x7b) {
    let depth = 0;
    let quote = i8x16.splat(0x22);
    let bit = i8x16.splat(0x20);
    let open = i8x16.splat(0x7b);
    let close = i8x16.splat(0x7d);
    while (p < end) {
      if (p + 16 <= end) {
        let v = v128.load(p);
        let w = v128.or(v, bit);
        let hits = i8x16.bitmask(v128.or(i8x16.eq(v, quote), v128.or(i8x16.eq(w, open), i8x16.eq(w, close))));
        if (!hits) {
          p += 16;
          continue;
        }
        p += ctz(hits);
      }
      c = load<u8>(p);
      if (c == 0x22) {
        p = stringEnd(p + 1, end);
        if (!p) return 0;
      } else if ((c | 0x20) == 0x7b) {
        ++depth;
      } else if ((c | 0x20) == 0x7d) {
        if (--depth == 0) return p + 1;
      }
      ++p;
    }
    return 0;
  }
  let start = p;
  while (p < end) {
    c = load<u8>(p);
    if (c == 0x2c || (c | 0x20) == 0x7d || isSpace(c)) break;
    ++p;
  }
  return p == start ? 0 : p;
}

/** A key with escapes is read by the engine, and compared. */
function isKey(p: usize, size: usize, name: usize, nameSize: i32): bool {
  if (!escaped) return size == <usize>nameSize && same(p, name, nameSize);
  let text = parseText(p - 1, size + 2);
  if (isException(text)) return false;
  let chars = toCStringLen(ctx, scratch + 32, text, 0);
  let equal = chars != 0 && load<i32>(scratch + 32) == nameSize && same(chars, name, nameSize);
  if (chars) freeCString(ctx, chars);
  release(text);
  return equal;
}

/** Steps from a value into one of its members; 0 when it has none of that name. */
function member(p: usize, end: usize, name: usize, nameSize: i32): usize {
  if (p >= end) return 0;
  let c = load<u8>(p);
  if (c == 0x7b) {
    p = skipSpace(p + 1, end);
    while (p < end && load<u8>(p) == 0x22) {
      let key = p + 1;
      p = stringEnd(key, end);
      if (!p) return 0;
      let found = isKey(key, p - key, name, nameSize);
      p = skipSpace(p + 1, end);
      if (p >= end || load<u8>(p) != 0x3a) return 0;
      p = skipSpace(p + 1, end);
      if (found) return p;
      p = skipValue(p, end);
      if (!p) return 0;
      p = skipSpace(p, end);
      if (p >= end || load<u8>(p) != 0x2c) return 0;
      p = skipSpace(p + 1, end);
    }
    return 0;
  }
  if (c == 0x5b) {
    if (nameSize < 1 || nameSize > 9) return 0;
    let index = 0;
    for (let i = 0; i < nameSize; ++i) {
      let digit = <i32>load<u8>(name + i) - 0x30;
      if (digit < 0 || digit > 9) return 0;
      index = index * 10 + digit;
    }
    p = skipSpace(p + 1, end);
    for (; p < end && load<u8>(p) != 0x5d; --index) {
      if (index == 0) return p;
      p = skipValue(p, end);
      if (!p) return 0;
      p = skipSpace(p, end);
      if (p >= end || load<u8>(p) != 0x2c) return 0;
      p = skipSpace(p + 1, end);
    }
  }
  return 0;
}

/** The value at p as a JavaScript value; undefined when it does not end or is no JSON. */
function newValue(p: usize, end: usize): i64 {
  let stop = skipValue(p, end);
  if (!stop) return UNDEFINED;
  let size = stop - p;
  let c = <u32>load<u8>(p);
  if (c == 0x22) {
    if (!escaped) return newText(p + 1, size - 2);
  } else if (c == 0x74 && size == 4 && load<u32>(p) == 0x65757274) {
    return TRUE;
  } else if (c == 0x6e && size == 4 && load<u32>(p) == 0x6c6c756e) {
    return NULL;
  } else if (c == 0x66 && size == 5 && load<u32>(p + 1) == 0x65736c61) {
    return FALSE;
  } else if (c >= 0x31 && c <= 0x39 && size <= 9) {
    let number = 0;
    let q = p;
    for (; q < stop; ++q) {
      let digit = <i32>load<u8>(q) - 0x30;
      if (digit < 0 || digit > 9) break;
      number = number * 10 + digit;
    }
    if (q == stop) return newInt(number);
  }
  return parseBytes(p, size);
}

/** The member along a path: names with dots between, or an array of names. */
export function field(p: usize, size: usize, path: i64): i64 {
  let end = p + size;
  p = skipSpace(p, end);
  if (isString(path)) {
    let chars = openText(path);
    if (!chars) return EXCEPTION;
    let hold = textHold;
    let last = chars + textSize;
    let name = chars;
    for (let q = chars; p != 0 && q <= last; ++q) {
      if (q < last && load<u8>(q) != 0x2e) continue;
      p = member(p, end, name, <i32>(q - name));
      name = q + 1;
    }
    if (hold) freeCString(ctx, hold);
    return p ? newValue(p, end) : UNDEFINED;
  }
  if (!isObject(path) || !isArray(path)) return UNDEFINED;
  if (getLength(ctx, path, scratch + 16) < 0) return EXCEPTION;
  let count = load<i32>(scratch + 16);
  for (let i = 0; p != 0 && i < count; ++i) {
    let part = getIndex(ctx, path, i);
    if (isException(part)) return part;
    let chars = openText(part);
    if (!chars) {
      release(part);
      return EXCEPTION;
    }
    let hold = textHold;
    p = member(p, end, chars, textSize);
    if (hold) freeCString(ctx, hold);
    release(part);
  }
  return p ? newValue(p, end) : UNDEFINED;
}
