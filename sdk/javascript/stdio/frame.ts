// Reading what the host sends: the frame by version, and the records in it one at a time.

import { free, malloc } from "./space";

/** Undecodable frame, or records of a transform other than aggregate. */
export const BAD_INPUT: i32 = -11;
/** Undecodable records of an aggregate. */
export const BAD_RECORDS: i32 = -22;
/** Undecodable look-back input. */
export const BAD_LOOK_BACK: i32 = -66;

let baseOffset: i64 = 0;
let baseTimestamp: i64 = 0;
let raw: usize = 0;
let rawEnd: usize = 0;
/** A copy of the records in their usual form, if they came in another. */
let normalised: usize = 0;

export let accumulator: usize = 0;
export let accumulatorSize: i32 = 0;
export let version: i32 = 0;

/** Records not yet read, and where the next begins. */
let left: i32 = 0;
let next: usize = 0;

// The current record, by address: its length, attributes and deltas, key, value, headers.
export let recordStart: usize = 0;
export let preamble: usize = 0;
export let keyFlag: usize = 0;
export let preambleEnd: usize = 0;
export let hasKey: bool = false;
export let keyStart: usize = 0;
export let keySize: i32 = 0;
export let valueStart: usize = 0;
export let valueSize: i32 = 0;
export let headers: usize = 0;
export let recordEnd: usize = 0;
export let offset: i64 = 0;
export let timestamp: i64 = 0;

/** First byte after the number that `decode` read; 0 when the bytes end before it does. */
let after: usize = 0;
/** Whether that number had its shortest form and fits 32 bits. */
let usual: bool = false;

/** Reads a zig-zag number. Bits beyond 64 are lost, as in the reader of Fluvio. */
function decode(p: usize, end: usize): i64 {
  let value: u64 = 0;
  let shift: u64 = 0;
  let byte: u64 = 0;
  let start = p;
  do {
    if (p >= end) {
      after = 0;
      return 0;
    }
    byte = load<u8>(p++);
    if (shift < 64) value |= (byte & 0x7f) << shift;
    shift += 7;
  } while (byte & 0x80);
  after = p;
  usual = value <= 0xffffffff && (byte != 0 || p == start + 1);
  return <i64>(value >>> 1) ^ -<i64>(value & 1);
}

/** As `decode`, for numbers that mostly have one byte. */
// @ts-ignore: decorator
@inline function decodeShort(p: usize, end: usize): i64 {
  if (p < end) {
    let byte = <u64>load<u8>(p);
    if (byte < 0x80) {
      after = p + 1;
      return <i64>(byte >>> 1) ^ -<i64>(byte & 1);
    }
  }
  usual = true;
  let value = decode(p, end);
  if (!usual) state = UNUSUAL;
  return value;
}

/** Reads a number of checked records. */
// @ts-ignore: decorator
@inline function read(p: usize): i64 {
  let byte = <u64>load<u8>(p);
  if (byte < 0x80) {
    after = p + 1;
    return <i64>(byte >>> 1) ^ -<i64>(byte & 1);
  }
  return decode(p, usize.MAX_VALUE);
}

/** Writes a number as the encoder of Fluvio does, beyond 32 bits wrong in the same way; returns the end. */
function write(to: usize, number: i64): usize {
  let value = (number << 1) ^ (number >> 31);
  while (value & 0xffffff80) {
    store<u8>(to++, <u8>value | 0x80);
    value >>= 7;
  }
  store<u8>(to, <u8>value);
  return to + 1;
}

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

function readFrame(p: usize, end: usize, aggregate: bool): bool {
  if (end - p < 12) return false;
  baseOffset = <i64>bswap<u64>(load<u64>(p));
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
    baseTimestamp = <i64>bswap<u64>(load<u64>(p));
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

const DAMAGED: i32 = -1;
const USUAL: i32 = 0;
const UNUSUAL: i32 = 1;
let state: i32 = 0;

/**
 * Walks all records before the first is used: a damaged last one means that no function runs at all. Tells
 * whether all numbers have their shortest form, so that bytes can be handed on as they are.
 */
function checkRecords(): i32 {
  let p = raw;
  let end = rawEnd;
  if (end - p < 4) return DAMAGED;
  let count = i32At(p);
  p += 4;
  state = USUAL;
  for (; count > 0; --count) {
    let length = decodeShort(p, end);
    let start = after;
    if (!start || length > <i64>(end - start) || start >= end) return DAMAGED;
    decodeShort(start + 1, end);
    if (!after) return DAMAGED;
    decodeShort(after, end);
    p = after;
    if (!p || p >= end) return DAMAGED;
    let keyed = load<u8>(p++);
    if (keyed > 1) return DAMAGED;
    for (; ; keyed = 0) {
      let size = decodeShort(p, end);
      // A length beyond the end takes what is left, and then the headers are missing.
      if (!after || <u64>size > <u64>(end - after)) return DAMAGED;
      p = after + <usize>size;
      if (!keyed) break;
    }
    decodeShort(p, end);
    p = after;
    if (!p) return DAMAGED;
    if (<i64>(p - start) != length) state = UNUSUAL;
  }
  return state;
}

/** Writes all records anew with every number in its usual form. */
function normalise(): void {
  let p = raw;
  let count = max(i32At(p), 0);
  p += 4;
  // Ten bytes for each of a record's numbers, at most seven, and its bytes.
  normalised = malloc((rawEnd - raw) + <usize>count * 80 + 32);
  if (!normalised) unreachable();
  store<u32>(normalised, load<u32>(raw));
  let to = normalised + 4;
  for (; count > 0; --count) {
    read(p);
    p = after;
    let body = to + 10;
    let q = body;
    store<u8>(q++, load<u8>(p++));
    q = write(q, read(p));
    q = write(q, read(after));
    p = after;
    let keyed = load<u8>(p++);
    store<u8>(q++, keyed);
    for (; ; keyed = 0) {
      let size = <usize>read(p);
      q = write(q, <i64>size);
      memory.copy(q, after, size);
      p = after + size;
      q += size;
      if (!keyed) break;
    }
    q = write(q, read(p));
    p = after;
    to = write(to, <i64>(q - body));
    memory.copy(to, body, q - body);
    to += q - body;
  }
  raw = normalised;
  rawEnd = to;
}

/** Reads a frame and stands before its first record. Returns a negative status when it cannot. */
export function open(ptr: usize, length: i32, callVersion: i32, badFrame: i32, badRecords: i32): i32 {
  version = callVersion;
  if (normalised) {
    free(normalised);
    normalised = 0;
  }
  if (!readFrame(ptr, ptr + <usize>length, badRecords == BAD_RECORDS)) return badFrame;
  let state = checkRecords();
  if (state == DAMAGED) return badRecords;
  if (state == UNUSUAL) normalise();
  left = i32At(raw);
  next = raw + 4;
  return 0;
}

/** Steps to the next record. Returns false when there is none. */
export function step(): bool {
  if (left <= 0) return false;
  --left;
  recordStart = next;
  read(next);
  preamble = after;
  timestamp = baseTimestamp + read(preamble + 1);
  offset = baseOffset + read(after);
  let p = after;
  keyFlag = p;
  hasKey = load<u8>(p++) != 0;
  if (hasKey) {
    keySize = <i32>read(p);
    keyStart = after;
    p = after + <usize>keySize;
  }
  preambleEnd = p;
  valueSize = <i32>read(p);
  valueStart = after;
  headers = valueStart + <usize>valueSize;
  read(headers);
  recordEnd = after;
  next = after;
  return true;
}

/** The memory that holds input and accumulator has moved up by so many bytes. */
export function shift(by: usize): void {
  raw += by;
  rawEnd += by;
  if (normalised) normalised += by;
  accumulator += by;
  next += by;
  recordStart += by;
  preamble += by;
  keyFlag += by;
  preambleEnd += by;
  keyStart += by;
  valueStart += by;
  headers += by;
  recordEnd += by;
}

/** Stands before the first record again. */
export function rewind(): void {
  left = i32At(raw);
  next = raw + 4;
}
