// UTF-8: strings from bytes that may be no UTF-8, and bytes of strings that may have lone surrogates.

import { engineMalloc, free, malloc, newStringLen, throwOutOfMemory, toCStringLen } from "./engine";
import { ctx, rt, scratch, stringList } from "./state";
import { EXCEPTION, TAG_STRING, pointer, tagOf } from "./value";
import { bad, character, isAscii, isUtf8 } from "../abi/text";

/** Size of what `repair` wrote. */
export let repaired: usize = 0;

/** A copy in which U+FFFD stands for what is no UTF-8, as TextDecoder does it, with a zero behind; to be freed. 0 without memory. */
export function repair(p: usize, size: usize): usize {
  if (size > 0x15000000) return 0;
  let copy = malloc(size * 3 + 1);
  if (!copy) return 0;
  let to = copy;
  let end = p + size;
  while (p < end) {
    let step = character(p, end);
    if (step) {
      for (; step > 0; --step) store<u8>(to++, load<u8>(p++));
    } else {
      store<u8>(to, 0xef);
      store<u8>(to, 0xbf, 1);
      store<u8>(to, 0xbd, 2);
      to += 3;
      p += bad;
    }
  }
  store<u8>(to, 0);
  repaired = to - copy;
  return copy;
}

// How the engine keeps a string of one-byte characters, as the builder has checked: the length with a bit for two-byte
// ones, a word with two bits for those that only point elsewhere, eight bytes of no matter here, two links of the list of
// all strings, the characters, a zero.

// @ts-ignore: decorator
@inline const WIDE: u32 = 0x80000000;
// @ts-ignore: decorator
@inline const ELSEWHERE: u32 = 0x30000000;
// @ts-ignore: decorator
@inline const LINKS: usize = 16;
// @ts-ignore: decorator
@inline const CHARACTERS: usize = 24;

/** A string of bytes that are ASCII. The engine's own way looks at every byte by itself. */
export function newAscii(p: usize, size: usize): i64 {
  if (size == 0 || size > 0x20000000) return newStringLen(ctx, p, size);
  let string = engineMalloc(rt, size + CHARACTERS + 1);
  if (!string) return throwOutOfMemory(ctx);
  store<u32>(string - 4, 1);
  store<u32>(string, <u32>size);
  store<u32>(string, 0, 4);
  store<u64>(string, 0, 8);
  let last = load<usize>(stringList);
  store<usize>(string, last, LINKS);
  store<usize>(string, stringList, LINKS + 4);
  store<usize>(last, string + LINKS, 4);
  store<usize>(stringList, string + LINKS);
  memory.copy(string + CHARACTERS, p, size);
  store<u8>(string + CHARACTERS + size, 0);
  return (<i64>TAG_STRING << 32) | <i64>string;
}

/** A string of bytes. What is no UTF-8 becomes U+FFFD. */
export function newText(p: usize, size: usize): i64 {
  if (isAscii(p, size)) return newAscii(p, size);
  if (isUtf8(p, size)) return newStringLen(ctx, p, size);
  let copy = repair(p, size);
  if (!copy) return EXCEPTION;
  let text = newStringLen(ctx, copy, repaired);
  free(copy);
  return text;
}

/** Size of what `openText` has found, whether it is ASCII for sure, and what to give back to the engine, if not 0. */
export let textSize: i32 = 0;
export let textPlain: bool = false;
export let textHold: usize = 0;

/** The UTF-8 of a value's text: where the string stands if it can be, and then as long as it lives. 0 after an exception. */
export function openText(value: i64): usize {
  textHold = 0;
  if (tagOf(value) == TAG_STRING) {
    let string = pointer(value);
    let size = load<u32>(string);
    if (!(size & WIDE) && !(load<u32>(string, 4) & ELSEWHERE) && isAscii(string + CHARACTERS, size)) {
      textSize = size;
      textPlain = true;
      return string + CHARACTERS;
    }
  }
  textPlain = false;
  textHold = toCStringLen(ctx, scratch, value, 0);
  textSize = load<i32>(scratch);
  return textHold;
}

/** Whether there is a lone surrogate. */
export function hasSurrogates(p: usize, size: usize): bool {
  let end = p + size;
  for (; p + 2 < end; ++p) {
    if (load<u8>(p) == 0xed && load<u8>(p, 1) >= 0xa0) return true;
  }
  return false;
}

/** Position of the needle at or after `from`, or -1. */
export function search(p: usize, size: i32, needle: usize, needleSize: i32, from: i32): i32 {
  if (needleSize > size - from) return -1;
  if (needleSize == 0) return from;
  let at = p + from;
  // The last position where the needle can begin.
  let last = p + size - needleSize;
  let tail = needleSize - 1;
  let first = load<u8>(needle);
  if (at + 16 <= last + 1) {
    let firsts = i8x16.splat(first);
    let lasts = i8x16.splat(load<u8>(needle + tail));
    for (; at + 15 <= last; at += 16) {
      let hits = i8x16.bitmask(v128.and(i8x16.eq(v128.load(at), firsts), i8x16.eq(v128.load(at + tail), lasts)));
      while (hits) {
        let q = at + ctz(hits);
        if (same(q + 1, needle + 1, needleSize - 2)) return <i32>(q - p);
        hits &= hits - 1;
      }
    }
  }
  for (; at <= last; ++at) {
    if (load<u8>(at) == first && same(at + 1, needle + 1, tail)) return <i32>(at - p);
  }
  return -1;
}

export function same(a: usize, b: usize, size: i32): bool {
  for (; size >= 8; size -= 8) {
    if (load<u64>(a) != load<u64>(b)) return false;
    a += 8;
    b += 8;
  }
  for (; size > 0; --size) {
    if (load<u8>(a++) != load<u8>(b++)) return false;
  }
  return true;
}
