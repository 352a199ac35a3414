// The records of a call one at a time. How a frame is read is the same as in AssemblyScript modules, and so is the code.

import { baseOffset, baseTimestamp, firstRecord, open as openRecords, recordCount, shift as shiftRecords } from "../../assemblyscript/assembly/abi/records";
import { after, read } from "../../assemblyscript/assembly/abi/varint";
import { giveBack, shift as shiftRoom } from "./room";

export { accumulator, accumulatorSize, BAD_INPUT, BAD_LOOK_BACK, BAD_RECORDS, firstRecord, raw, version } from "../../assemblyscript/assembly/abi/records";

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

/** Reads a frame and stands before its first record. Returns a negative status when it cannot. */
export function open(ptr: usize, length: i32, callVersion: i32, badFrame: i32, badRecords: i32): i32 {
  giveBack();
  let status = openRecords(ptr, length, callVersion, badFrame, badRecords);
  if (status < 0) return status;
  rewind();
  return 0;
}

/** Stands before the first record again. */
export function rewind(): void {
  left = recordCount();
  next = firstRecord();
}

/** Offset of the current record. */
export function offset(): i64 {
  read(preamble + 1);
  return baseOffset + read(after);
}

/** Timestamp of the current record. */
export function timestamp(): i64 {
  return baseTimestamp + read(preamble + 1);
}

/** Steps to the next record. Returns false when there is none. Most numbers have one byte or two. */
// @ts-ignore: decorator
@inline export function step(): bool {
  if (left <= 0) return false;
  --left;
  let p = next;
  recordStart = p;
  let pair = <u32>load<u16>(p);
  if (!(pair & 0x80)) p += 1;
  else if (!(pair & 0x8000)) p += 2;
  else {
    read(p);
    p = after;
  }
  preamble = p;
  pair = <u32>load<u16>(p + 1);
  let q = p + (pair & 0x80 ? 3 : 2);
  let long = (pair & 0x8080) == 0x8080;
  pair = <u32>load<u16>(q);
  q += pair & 0x80 ? 2 : 1;
  if (long || (pair & 0x8080) == 0x8080) {
    read(p + 1);
    read(after);
    q = after;
  }
  keyFlag = q;
  hasKey = load<u8>(q++) != 0;
  if (hasKey) {
    keySize = <i32>read(q);
    keyStart = after;
    q = after + <usize>keySize;
  }
  preambleEnd = q;
  pair = <u32>load<u16>(q);
  let size: i32;
  if (!(pair & 0x80)) {
    size = <i32>((pair & 0x7f) >>> 1);
    q += 1;
  } else if (!(pair & 0x8000)) {
    size = <i32>(((pair & 0x7f) | ((pair >>> 8) << 7)) >>> 1);
    q += 2;
  } else {
    size = <i32>read(q);
    q = after;
  }
  valueStart = q;
  valueSize = size;
  q += <usize>size;
  headers = q;
  if (load<u8>(q) < 0x80) {
    ++q;
  } else {
    read(q);
    q = after;
  }
  recordEnd = q;
  next = q;
  return true;
}

/** The memory that holds the call's bytes has moved up by so many. */
export function shift(by: usize): void {
  shiftRecords(by);
  shiftRoom(by);
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
