// Reading what the host sends, in raw memory: the frame by version, and the check of the records in it. The engine of
// JavaScript modules is built with this file too.

import { room } from "./room";
import { after, canonical, decode, read, write } from "./varint";

/** Undecodable frame or records; transforms. */
export const BAD_INPUT: i32 = -11;
/** Undecodable records; aggregate only. */
export const BAD_RECORDS: i32 = -22;
/** Undecodable look-back input. */
export const BAD_LOOK_BACK: i32 = -66;

export let baseOffset: i64 = 0;
export let baseTimestamp: i64 = 0;

/** Raw records: a count and that many records, all checked. */
export let raw: usize = 0;
let rawEnd: usize = 0;
/** Accumulator of an aggregate call. */
export let accumulator: usize = 0;
export let accumulatorSize: i32 = 0;
export let version: i32 = 0;

// @ts-ignore: decorator
@inline function u16At(p: usize): u32 {
  return <u32>bswap<u16>(load<u16>(p));
}

// @ts-ignore: decorator
@inline function i32At(p: usize): i32 {
  return <i32>bswap<u32>(load<u32>(p));
}

/** Passes over a string: its length is signed, and nothing follows one below 1. Returns 0 when it is cut. */
export function skipString(p: usize, end: usize): usize {
  if (end - p < 2) return 0;
  let size = <i32><i16>u16At(p);
  p += 2;
  if (size < 1) return p;
  return <usize>size > end - p ? 0 : p + <usize>size;
}

/** Passes over a look-back setting. Returns 0 when it is cut. */
export function skipLookBack(p: usize, end: usize, version: i32): usize {
  if (version < 20) return p;
  if (p >= end || load<u8>(p) > 1) return 0;
  if (!load<u8>(p++)) return p;
  if (end - p < 8) return 0;
  p += 8;
  if (version < 21) return p;
  if (p >= end || load<u8>(p) > 1) return 0;
  if (!load<u8>(p++)) return p;
  return end - p < 12 ? 0 : p + 12;
}

/** Reads the frame. Returns false when it is damaged. */
function readFrame(p: usize, end: usize, aggregate: bool): bool {
  if (end - p < 12) return false;
  baseOffset = bswap<i64>(load<i64>(p));
  let size = max(i32At(p + 8), 0);
  p += 12;
  if (<usize>size > end - p) return false;
  raw = p;
  p += <usize>size;
  rawEnd = p;
  if (version <= 22) {
    if (end - p < 2) return false;
    let pairs = u16At(p) << 1;
    p += 2;
    for (; pairs > 0; --pairs) {
      p = skipString(p, end);
      if (!p) return false;
    }
    p = skipLookBack(p, end, version);
    if (!p) return false;
    if (version >= 16) {
      if (end - p < 4) return false;
      size = max(i32At(p), 0);
      p += 4;
      if (<usize>size > end - p) return false;
      p += <usize>size;
    }
  }
  baseTimestamp = 0;
  if (version >= 22) {
    if (end - p < 8) return false;
    baseTimestamp = bswap<i64>(load<i64>(p));
    p += 8;
  }
  if (aggregate) {
    if (end - p < 4) return false;
    size = max(i32At(p), 0);
    p += 4;
    if (<usize>size > end - p) return false;
    accumulator = p;
    accumulatorSize = size;
  }
  return true;
}

/** How the records are encoded. */
const DAMAGED: i32 = -1;
const CANONICAL: i32 = 0;
const UNUSUAL: i32 = 1;

let state: i32 = 0;

/** Reads a number that may be cut and notes an unusual form; `after` is 0 when it is cut. */
function checkNumber(p: usize, end: usize): i64 {
  let value = decode(p, end);
  if (!canonical) state = UNUSUAL;
  return value;
}

/** The length of a key or value, of which Rust takes the lower 32 bits; it ends where they are negative. */
function checkSize(p: usize, end: usize): usize {
  let size = <i32>checkNumber(p, end);
  if (after && size < 0) unreachable();
  return size;
}

/** Passes over attributes, deltas and key. Returns 0 when they are cut. */
function checkPreamble(p: usize, end: usize): usize {
  if (p >= end) return 0;
  after = p + 1;
  for (let i = 0; i < 2; ++i) {
    checkNumber(after, end);
    if (!after) return 0;
  }
  p = after;
  if (p >= end || load<u8>(p) > 1) return 0;
  if (!load<u8>(p++)) return p;
  let size = checkSize(p, end);
  return !after || size > end - after ? 0 : after + size;
}

/**
 * Walks all records before the first is used, since a damaged last one means that no handler runs at all.
 * Tells also whether all numbers have their shortest form, so that bytes can be handed on as they are.
 * Numbers of one or two bytes are read here, with bytes behind the end at times: the heap has some to spare.
 */
function checkRecords(): i32 {
  let p = raw;
  let end = rawEnd;
  if (end - p < 4) return DAMAGED;
  let count = i32At(p);
  p += 4;
  state = CANONICAL;
  for (; count > 0; --count) {
    let pair = <u32>load<u16>(p);
    let length: i64;
    if (!(pair & 0x80)) {
      length = <i64>(<i32>((pair & 0x7f) >>> 1) ^ -<i32>(pair & 1));
      ++p;
    } else if (pair >= 0x100 && pair < 0x8000) {
      length = <i64>(<i32>(((pair & 0x7f) | ((pair >>> 8) << 7)) >>> 1) ^ -<i32>(pair & 1));
      p += 2;
    } else {
      length = checkNumber(p, end);
      if (!after) return DAMAGED;
      p = after;
    }
    let start = p;
    if (p > end || length > <i64>(end - p)) return DAMAGED;
    // Attributes, two deltas of one or two bytes and no key are what most records begin with.
    let q = p + 1;
    pair = <u32>load<u16>(q);
    q += pair & 0x80 ? 2 : 1;
    let odd = (pair & 0x8080) == 0x8080 || (pair & 0xff80) == 0x80;
    pair = <u32>load<u16>(q);
    q += pair & 0x80 ? 2 : 1;
    if (odd || (pair & 0x8080) == 0x8080 || (pair & 0xff80) == 0x80 || load<u8>(q)) {
      p = checkPreamble(p, end);
      if (!p) return DAMAGED;
    } else {
      p = q + 1;
    }
    if (p >= end) return DAMAGED;
    pair = <u32>load<u16>(p);
    let size: usize;
    if (!(pair & 0x81)) {
      size = (pair & 0x7f) >>> 1;
      ++p;
    } else if (!(pair & 1) && pair >= 0x100 && pair < 0x8000) {
      size = ((pair & 0x7f) | ((pair >>> 8) << 7)) >>> 1;
      p += 2;
    } else {
      size = checkSize(p, end);
      if (!after) return DAMAGED;
      p = after;
    }
    // A length beyond the end takes what is left, and then the headers are missing.
    if (p > end || size >= end - p) return DAMAGED;
    p += size;
    if (load<u8>(p) < 0x80) {
      ++p;
    } else {
      checkNumber(p, end);
      if (!after) return DAMAGED;
      p = after;
    }
    if (<i64>(p - start) != length) state = UNUSUAL;
  }
  return state;
}

/** Writes all records anew with every number in its usual form. */
function normalise(): void {
  let p = raw;
  let count = i32At(p);
  p += 4;
  // Ten bytes for every number of a record, at most seven of them, and its bytes.
  let copy = room((rawEnd - raw) + <usize>max(count, 0) * 80 + 16);
  store<u32>(copy, load<u32>(raw));
  let to = copy + 4;
  for (; count > 0; --count) {
    read(p);
    p = after;
    let body = to + 10;
    let q = body;
    store<u8>(q++, load<u8>(p++));
    q = write(q, read(p));
    q = write(q, read(after));
    p = after;
    let hasKey = load<u8>(p++);
    store<u8>(q++, hasKey);
    for (; ; hasKey = 0) {
      let size = <usize>read(p);
      q = write(q, <i64>size);
      memory.copy(q, after, size);
      p = after + size;
      q += size;
      if (!hasKey) break;
    }
    q = write(q, read(p));
    p = after;
    to = write(to, <i64>(q - body));
    memory.copy(to, body, q - body);
    to += q - body;
  }
  raw = copy;
  rawEnd = to;
}

/** Reads a frame. Returns a negative status when it cannot. */
export function open(ptr: usize, length: i32, callVersion: i32, badFrame: i32, badRecords: i32): i32 {
  version = callVersion;
  if (!readFrame(ptr, ptr + <usize>length, badRecords == BAD_RECORDS)) return badFrame;
  let state = checkRecords();
  if (state == DAMAGED) return badRecords;
  if (state == UNUSUAL) normalise();
  return 0;
}

/** The memory that holds the call's bytes has moved up by so many. */
export function shift(by: usize): void {
  raw += by;
  accumulator += by;
}

/** Address of the first record. */
// @ts-ignore: decorator
@inline export function firstRecord(): usize {
  return raw + 4;
}

/** Number of records; may be negative, which is none. */
// @ts-ignore: decorator
@inline export function recordCount(): i32 {
  return i32At(raw);
}
