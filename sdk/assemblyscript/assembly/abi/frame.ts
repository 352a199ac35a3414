// Reading what the host sends: the frame by version, and the records in it one at a time.

import { Record } from "../record";
import { Bytes } from "../bytes";
import { after, canonical, decode, read, write } from "./varint";
import { begin as beginOutput } from "./memory";

/** Undecodable frame or records; transforms. */
export const BAD_INPUT: i32 = -11;
/** Undecodable records; aggregate only. */
export const BAD_RECORDS: i32 = -22;
/** Undecodable look-back input. */
export const BAD_LOOK_BACK: i32 = -66;

/** The record the handler sees; the same object for all. */
export const record: Record = new Record();
const keyView: Bytes = new Bytes();

let baseOffset: i64 = 0;
let baseTimestamp: i64 = 0;

/** Raw records: a count and that many records, all checked. */
export let raw: usize = 0;
let rawEnd: usize = 0;
/** Accumulator of an aggregate call. */
export let accumulator: usize = 0;
export let accumulatorSize: i32 = 0;
export let version: i32 = 0;

/** Records not yet read. */
let left: i32 = 0;
/** Start of the next record. */
let next: usize = 0;

// The current record, by address: the length in front, attributes to key, value with its length, headers.
export let recordStart: usize = 0;
export let preamble: usize = 0;
export let keyFlag: usize = 0;
export let preambleEnd: usize = 0;
export let valueStart: usize = 0;
export let valueSize: i32 = 0;
export let headers: usize = 0;
export let recordEnd: usize = 0;

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

/**
 * Walks all records before the first is used, since a damaged last one means that no handler runs at all.
 * Tells also whether all numbers have their shortest form, so that bytes can be handed on as they are.
 */
function checkRecords(): i32 {
  let p = raw;
  let end = rawEnd;
  if (end - p < 4) return DAMAGED;
  let count = i32At(p);
  p += 4;
  let state = CANONICAL;
  for (; count > 0; --count) {
    let first = p < end ? <u32>load<u8>(p) : 0x80;
    let length: i64;
    if (first < 0x80) {
      length = <i64>(<i32>(first >>> 1) ^ -<i32>(first & 1));
      ++p;
    } else {
      length = decode(p, end);
      if (!after) return DAMAGED;
      if (!canonical) state = UNUSUAL;
      p = after;
    }
    let start = p;
    if (length > <i64>(end - p)) return DAMAGED;
    // Attributes, two deltas of one byte and no key are what most records begin with.
    if (end - p >= 4 && !(load<u32>(p) & 0xff808000)) {
      p += 4;
    } else {
      if (p >= end) return DAMAGED;
      ++p;
      for (let i = 0; i < 2; ++i) {
        decode(p, end);
        if (!after) return DAMAGED;
        if (!canonical) state = UNUSUAL;
        p = after;
      }
      if (p >= end) return DAMAGED;
      let hasKey = load<u8>(p++);
      if (hasKey > 1) return DAMAGED;
      if (hasKey) {
        let size = decode(p, end);
        if (!after || size < 0 || size > <i64>(end - after)) return DAMAGED;
        if (!canonical) state = UNUSUAL;
        p = after + <usize>size;
      }
    }
    first = p < end ? <u32>load<u8>(p) : 0x80;
    let size: i64;
    if (first < 0x80) {
      size = <i64>(<i32>(first >>> 1) ^ -<i32>(first & 1));
      ++p;
    } else {
      size = decode(p, end);
      if (!after) return DAMAGED;
      if (!canonical) state = UNUSUAL;
      p = after;
    }
    // A length beyond the end takes what is left, and then the headers are missing.
    if (size < 0 || size > <i64>(end - p)) return DAMAGED;
    p += <usize>size;
    if (p < end && load<u8>(p) < 0x80) {
      ++p;
    } else {
      decode(p, end);
      if (!after) return DAMAGED;
      if (!canonical) state = UNUSUAL;
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
  let copy = __new((rawEnd - raw) + <usize>max(count, 0) * 80 + 16, idof<ArrayBuffer>());
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

/** Reads a frame and stands before its first record. Returns a negative status when it cannot. */
export function open(ptr: usize, length: i32, callVersion: i32, badFrame: i32, badRecords: i32): i32 {
  beginOutput();
  version = callVersion;
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
  let p = next;
  recordStart = p;
  if (load<u8>(p) < 0x80) {
    ++p;
  } else {
    read(p);
    p = after;
  }
  preamble = p;
  ++p;
  let byte = <u64>load<u8>(p);
  if (byte < 0x80) {
    record.timestamp = baseTimestamp + (<i64>(byte >>> 1) ^ -<i64>(byte & 1));
    ++p;
  } else {
    record.timestamp = baseTimestamp + read(p);
    p = after;
  }
  byte = load<u8>(p);
  if (byte < 0x80) {
    record.offset = baseOffset + (<i64>(byte >>> 1) ^ -<i64>(byte & 1));
    ++p;
  } else {
    record.offset = baseOffset + read(p);
    p = after;
  }
  keyFlag = p;
  let key: usize = 0;
  if (load<u8>(p++)) {
    let size = <i32>read(p);
    keyView.move(after, size);
    key = changetype<usize>(keyView);
    p = after + <usize>size;
  }
  // Both objects live as long as the module: the collector need not hear of it.
  store<usize>(changetype<usize>(record), key, offsetof<Record>("key"));
  preambleEnd = p;
  let size: i32;
  byte = load<u8>(p);
  if (byte < 0x80) {
    size = <i32>(byte >>> 1);
    ++p;
  } else {
    size = <i32>read(p);
    p = after;
  }
  valueSize = size;
  valueStart = p;
  record.value.move(p, size);
  p += <usize>size;
  headers = p;
  if (load<u8>(p) < 0x80) {
    ++p;
  } else {
    read(p);
    p = after;
  }
  recordEnd = p;
  next = p;
  return true;
}
