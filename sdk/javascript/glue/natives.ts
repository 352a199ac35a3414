// Functions that JavaScript calls. The engine finds them by their place in the function table, so their shapes
// are C's: (context, this, argc, argv), or (context, this, magic) for a getter. Names begin with js_.

import { call, fdWrite, freeCString, freeValue, toFloat64, getUint8Array, newNumber, newUint8Array, randomGet, toCStringLen, typedArrayType } from "./engine";
import * as frame from "../abi/frame";
import { field, isTooDeep, parseBytes, parseText } from "./json";
import { at, keyObject, keyText, locate, newInteger, recordObject, setKeyText, setValueText, size, valueObject, valueText } from "./record";
import { ctx, narrowStack, plainIncludes, plainIndexOf, plainParse, plainStartsWith, plainStringify, scratch, widenStack } from "./state";
import { digest } from "./sha256";
import { isAscii, isUtf8 } from "../abi/text";
import { hasSurrogates, newText, openText, same, search, textHold, textPlain, textSize } from "./text";
import { EXCEPTION, FAIL_DEPTH, FAIL_IMPORT, FAIL_NEEDLE, FAIL_NOT_AN_INTEGER, FAIL_NOT_A_NUMBER, FAIL_NOT_A_RECORD, UNDEFINED, dup, fail, isException, isObject, isString, newBool, newInt, tagOf } from "./value";

/** Getter of a record: 0 offset, 1 timestamp. */
export function js_recordNumber(context: usize, self: i64, magic: i32): i64 {
  if (self != recordObject) return fail(FAIL_NOT_A_RECORD);
  return newInteger(magic ? frame.timestamp() : frame.offset());
}

/** Getter of a value: 0 text, 1 bytes, 2 length. */
export function js_valueGet(context: usize, self: i64, magic: i32): i64 {
  if (!locate(self)) return fail(FAIL_NOT_A_RECORD);
  if (magic == 2) return newInt(size);
  if (magic == 1) return newUint8Array(ctx, at, size);
  return textOf(self);
}

function textOf(self: i64): i64 {
  if (self == valueObject) {
    if (valueText == UNDEFINED) {
      let text = newText(at, size);
      if (isException(text)) return text;
      setValueText(text);
    }
    return dup(valueText);
  }
  if (self == keyObject) {
    if (keyText == UNDEFINED) {
      let text = newText(at, size);
      if (isException(text)) return text;
      setKeyText(text);
    }
    return dup(keyText);
  }
  return newText(at, size);
}

export function js_valueText(context: usize, self: i64, argc: i32, argv: usize): i64 {
  if (!locate(self)) return fail(FAIL_NOT_A_RECORD);
  return textOf(self);
}

export function js_valueJson(context: usize, self: i64, argc: i32, argv: usize): i64 {
  if (!locate(self)) return fail(FAIL_NOT_A_RECORD);
  return parseBytes(at, size);
}

export function js_valueField(context: usize, self: i64, argc: i32, argv: usize): i64 {
  if (!locate(self)) return fail(FAIL_NOT_A_RECORD);
  return argc > 0 ? field(at, size, load<i64>(argv)) : UNDEFINED;
}

/** 0 toInt, 1 toFloat: a decimal number, white space around it allowed. */
export function js_valueNumber(context: usize, self: i64, argc: i32, argv: usize, magic: i32): i64 {
  if (!locate(self)) return fail(FAIL_NOT_A_RECORD);
  let p = at;
  let end = p + size;
  while (p < end && isSpace(load<u8>(p))) ++p;
  while (end > p && isSpace(load<u8>(end - 1))) --end;
  let start = p;
  let negative = p < end && load<u8>(p) == 0x2d;
  if (p < end && (load<u8>(p) == 0x2d || load<u8>(p) == 0x2b)) ++p;
  let digits = p;
  let number: i64 = 0;
  for (; p < end; ++p) {
    let digit = <u32>load<u8>(p) - 0x30;
    if (digit > 9) break;
    if (number < 1000000000000000) number = number * 10 + digit;
    else if (!magic) return fail(FAIL_NOT_AN_INTEGER);
    else break;
  }
  if (p == end && p > digits && (number != 0 || !negative || !magic)) return newInteger(negative ? -number : number);
  if (!magic) return fail(FAIL_NOT_AN_INTEGER);
  for (p = digits; p < end; ++p) {
    let c = <u32>load<u8>(p);
    if (c - 0x30 > 9 && c != 0x2e && (c | 0x20) != 0x65 && c != 0x2b && c != 0x2d) return fail(FAIL_NOT_A_NUMBER);
  }
  if (digits == end) return fail(FAIL_NOT_A_NUMBER);
  let text = newText(start, end - start);
  if (isException(text)) return text;
  let failed = toFloat64(ctx, scratch + 8, text);
  freeValue(ctx, text);
  let float = load<f64>(scratch + 8);
  return failed || isNaN(float) ? fail(FAIL_NOT_A_NUMBER) : newNumber(ctx, float);
}

function isSpace(c: u32): bool {
  return c == 0x20 || (c >= 0x09 && c <= 0x0d);
}

// What is searched for: text or bytes. `needle` is 0 after a failure; text has to be given back.

let needle: usize = 0;
let needleSize: i32 = 0;
let needleHold: usize = 0;

function openNeedle(argc: i32, argv: usize): bool {
  let value = argc > 0 ? load<i64>(argv) : UNDEFINED;
  needle = 0;
  needleHold = 0;
  if (isString(value)) {
    needle = openText(value);
    needleSize = textSize;
    needleHold = textHold;
    return needle != 0;
  }
  if (isObject(value)) {
    if (typedArrayType(value) == 2) {
      needle = getUint8Array(ctx, scratch, value);
      needleSize = load<i32>(scratch);
      // An empty array may have no address.
      if (needleSize == 0) needle = scratch;
      return needle != 0;
    }
    if (locate(value)) {
      needle = at;
      needleSize = size;
      return true;
    }
  }
  fail(FAIL_NEEDLE);
  return false;
}

// @ts-ignore: decorator
@inline function closeNeedle(): void {
  if (needleHold) freeCString(ctx, needleHold);
}

/** 0 includes, 1 indexOf (in bytes), 2 startsWith, 3 endsWith, 4 equals. */
export function js_valueFind(context: usize, self: i64, argc: i32, argv: usize, magic: i32): i64 {
  if (!openNeedle(argc, argv)) return EXCEPTION;
  if (!locate(self)) {
    closeNeedle();
    return fail(FAIL_NOT_A_RECORD);
  }
  let result: i64;
  switch (magic) {
    case 0:
      result = newBool(search(at, size, needle, needleSize, 0) >= 0);
      break;
    case 1: {
      let from = argc > 1 && tagOf(load<i64>(argv + 8)) == 0 ? min(max(<i32>load<i64>(argv + 8), 0), size) : 0;
      result = newInt(search(at, size, needle, needleSize, from));
      break;
    }
    case 2:
      result = newBool(needleSize <= size && same(at, needle, needleSize));
      break;
    case 3:
      result = newBool(needleSize <= size && same(at + <usize>(size - needleSize), needle, needleSize));
      break;
    default:
      result = newBool(needleSize == size && same(at, needle, size));
  }
  closeNeedle();
  return result;
}

// Faster versions of built-ins. Whatever is not the plain case is left to the engine's own.

/** String.prototype: 0 includes, 1 indexOf, 2 startsWith. */
export function js_stringFind(context: usize, self: i64, argc: i32, argv: usize, magic: i32): i64 {
  if (argc == 1 && isString(self) && isString(load<i64>(argv))) {
    let text = openText(self);
    let size = textSize;
    let isPlainText = textPlain;
    let hold = textHold;
    let part = text ? openText(load<i64>(argv)) : 0;
    if (!part) {
      if (hold) freeCString(ctx, hold);
      return EXCEPTION;
    }
    let partSize = textSize;
    let result = UNDEFINED;
    let isPlain = textPlain || isAscii(part, partSize);
    if (magic == 0) {
      if (isPlain || !hasSurrogates(part, partSize)) result = newBool(search(text, size, part, partSize, 0) >= 0);
    } else if (magic == 1) {
      if (isPlainText || isAscii(text, size)) result = newInt(search(text, size, part, partSize, 0));
    } else if (isPlain) {
      result = newBool(partSize <= size && same(text, part, partSize));
    }
    if (textHold) freeCString(ctx, textHold);
    if (hold) freeCString(ctx, hold);
    if (result != UNDEFINED) return result;
  }
  return call(ctx, magic == 0 ? plainIncludes : magic == 1 ? plainIndexOf : plainStartsWith, self, argc, argv);
}

/** JSON.parse with a guard against depth. */
export function js_jsonParse(context: usize, self: i64, argc: i32, argv: usize): i64 {
  if (argc > 0) {
    let value = load<i64>(argv);
    let plain = argc == 1 || tagOf(load<i64>(argv + 8)) == 3;
    // The text of a record's value, as it was handed out.
    if (plain && value == valueText) return parseBytes(frame.valueStart, frame.valueSize);
    if (plain && isObject(value) && locate(value)) return parseBytes(at, size);
    let chars = openText(value);
    if (!chars) return EXCEPTION;
    let hold = textHold;
    let length = <usize>textSize;
    let result = UNDEFINED;
    if (plain && (textPlain || isAscii(chars, length) || !hasSurrogates(chars, length))) result = parseText(chars, length);
    else if (isTooDeep(chars, length)) result = fail(FAIL_DEPTH);
    if (hold) freeCString(ctx, hold);
    if (result != UNDEFINED) return result;
  }
  return call(ctx, plainParse, self, argc, argv);
}

/** Stack for JSON.stringify, with the functions that it calls. */
// @ts-ignore: decorator
@inline const STRINGIFY_ROOM: usize = 0x6000;

/** JSON.stringify with a bound on depth. */
export function js_jsonStringify(context: usize, self: i64, argc: i32, argv: usize): i64 {
  let before = narrowStack(STRINGIFY_ROOM);
  let text = call(ctx, plainStringify, self, argc, argv);
  widenStack(before);
  return text;
}

/** Writes a line to standard output (1) or standard error (2): (descriptor, text). */
export function js_write(context: usize, self: i64, argc: i32, argv: usize): i64 {
  if (argc < 2) return UNDEFINED;
  let chars = toCStringLen(ctx, scratch, load<i64>(argv + 8), 0);
  if (!chars) return EXCEPTION;
  let left = load<u32>(scratch);
  let p = chars;
  while (left > 0) {
    store<u32>(scratch + 32, <u32>p);
    store<u32>(scratch + 36, left);
    if (fdWrite(<i32>load<i64>(argv), scratch + 32, 1, scratch + 40) != 0) break;
    let written = load<u32>(scratch + 40);
    if (written == 0 || written > left) break;
    p += written;
    left -= written;
  }
  freeCString(ctx, chars);
  return UNDEFINED;
}

/** Math.random. */
export function js_random(context: usize, self: i64, argc: i32, argv: usize): i64 {
  store<u64>(scratch, 0);
  randomGet(scratch, 8);
  return newNumber(ctx, <f64>(load<u64>(scratch) >>> 11) * (1.0 / 9007199254740992.0));
}

/** Fills a Uint8Array with random bytes. */
export function js_fillRandom(context: usize, self: i64, argc: i32, argv: usize): i64 {
  if (argc < 1) return UNDEFINED;
  let bytes = getUint8Array(ctx, scratch, load<i64>(argv));
  let length = load<u32>(scratch);
  if (!bytes && length) return EXCEPTION;
  if (length) randomGet(bytes, length);
  return dup(load<i64>(argv));
}

/** A Uint8Array of a string's UTF-8. */
export function js_encode(context: usize, self: i64, argc: i32, argv: usize): i64 {
  let from = openText(argc > 0 ? load<i64>(argv) : UNDEFINED);
  if (!from) return EXCEPTION;
  let hold = textHold;
  let length = textSize;
  let bytes = newUint8Array(ctx, from, length);
  if (!isException(bytes) && !textPlain && !isAscii(from, length) && hasSurrogates(from, length)) {
    let to = getUint8Array(ctx, scratch, bytes);
    for (let p = to; p + 2 < to + length; ++p) {
      if (load<u8>(p) == 0xed && load<u8>(p, 1) >= 0xa0) {
        store<u8>(p, 0xef);
        store<u8>(p, 0xbf, 1);
        store<u8>(p, 0xbd, 2);
      }
    }
  }
  if (hold) freeCString(ctx, hold);
  return bytes;
}

/** A string of a Uint8Array's UTF-8, faults replaced. */
export function js_decode(context: usize, self: i64, argc: i32, argv: usize): i64 {
  let bytes = getUint8Array(ctx, scratch, argc > 0 ? load<i64>(argv) : UNDEFINED);
  let length = load<u32>(scratch);
  if (!bytes) {
    if (length) return EXCEPTION;
    bytes = scratch;
  }
  return newText(bytes, length);
}

/** Whether a Uint8Array is UTF-8 as it stands. */
export function js_isUtf8(context: usize, self: i64, argc: i32, argv: usize): i64 {
  let bytes = getUint8Array(ctx, scratch, argc > 0 ? load<i64>(argv) : UNDEFINED);
  let length = load<u32>(scratch);
  if (!bytes) return length ? EXCEPTION : newBool(true);
  return newBool(isUtf8(bytes, length));
}

/** SHA-256 of a Uint8Array, as a Uint8Array. */
export function js_sha256(context: usize, self: i64, argc: i32, argv: usize): i64 {
  let bytes = getUint8Array(ctx, scratch, argc > 0 ? load<i64>(argv) : UNDEFINED);
  let length = load<u32>(scratch);
  if (!bytes && length) return EXCEPTION;
  let result = digest(bytes, length);
  return result ? newUint8Array(ctx, result, 32) : EXCEPTION;
}

/** Whether an object is a record's key or value. */
export function js_isValue(context: usize, self: i64, argc: i32, argv: usize): i64 {
  return newBool(argc > 0 && isObject(load<i64>(argv)) && locate(load<i64>(argv)));
}

/** The job behind import(): there is nothing to load. */
export function js_import(context: usize, argc: i32, argv: usize): i64 {
  return fail(FAIL_IMPORT);
}

/** Where the builder finds what was given to `js_keep`. */
export let kept: i64 = 0;

/** Keeps its argument for the builder. */
export function js_keep(context: usize, self: i64, argc: i32, argv: usize): i64 {
  kept = argc > 0 ? dup(load<i64>(argv)) : UNDEFINED;
  return UNDEFINED;
}
