// The record that handlers see: the one object for all, moved along the records of a call.

import { Record } from "../record";
import { Bytes } from "../bytes";
import { begin as beginOutput } from "./memory";
import { baseOffset, baseTimestamp, open as openRecords } from "./records";
import { after, read } from "./varint";

export {
  BAD_INPUT, BAD_LOOK_BACK, BAD_RECORDS, accumulator, accumulatorSize, firstRecord, raw, recordCount, version,
} from "./records";

/** The record the handler sees; the same object for all. */
export const record: Record = new Record();
export const keyView: Bytes = new Bytes();
const valueView: Bytes = new Bytes();

// The current record, by address: the length in front, attributes to key, value with its length, headers.
export let recordStart: usize = 0;
export let preamble: usize = 0;
export let preambleEnd: usize = 0;
export let valueStart: usize = 0;
export let headers: usize = 0;
export let recordEnd: usize = 0;

/** Reads a frame. Returns a negative status when it cannot. */
export function open(ptr: usize, length: i32, callVersion: i32, badFrame: i32, badRecords: i32): i32 {
  beginOutput();
  return openRecords(ptr, length, callVersion, badFrame, badRecords);
}

/** Reads the attributes, deltas and key of a record that has a key or large deltas. */
function enterPreamble(p: usize): usize {
  read(p + 1);
  read(after);
  p = after;
  if (load<u8>(p++)) {
    let size = <i32>read(p);
    keyView.move(after, size);
    store<usize>(changetype<usize>(record), changetype<usize>(keyView), offsetof<Record>("key"));
    p = after + <usize>size;
  }
  return p;
}

/** Makes the record at an address the current one; returns where the next begins. */
// @ts-ignore: decorator
@inline export function enter(p: usize): usize {
  recordStart = p;
  // The length: one, two or, rarely, more bytes.
  let pair = <u32>load<u16>(p);
  if (!(pair & 0x80)) p += 1;
  else if (!(pair & 0x8000)) p += 2;
  else {
    read(p);
    p = after;
  }
  preamble = p;
  // Objects that live as long as the module: the collector need not hear of it. A handler may have put
  // others in their place.
  let self = changetype<usize>(record);
  store<usize>(self, changetype<usize>(valueView), offsetof<Record>("value"));
  store<usize>(self, 0, offsetof<Record>("key"));
  store<usize>(self, p, offsetof<Record>("head"));
  pair = <u32>load<u16>(p + 1);
  let q = p + (pair & 0x80 ? 3 : 2);
  let long = (pair & 0x8080) == 0x8080;
  pair = <u32>load<u16>(q);
  q += pair & 0x80 ? 2 : 1;
  if (long || (pair & 0x8080) == 0x8080 || load<u8>(q)) p = enterPreamble(p);
  else p = q + 1;
  preambleEnd = p;
  pair = <u32>load<u16>(p);
  let size: i32;
  if (!(pair & 0x80)) {
    size = <i32>((pair & 0x7f) >>> 1);
    p += 1;
  } else if (!(pair & 0x8000)) {
    size = <i32>(((pair & 0x7f) | ((pair >>> 8) << 7)) >>> 1);
    p += 2;
  } else {
    size = <i32>read(p);
    p = after;
  }
  valueStart = p;
  valueView.move(p, size);
  p += <usize>size;
  headers = p;
  if (load<u8>(p) < 0x80) {
    ++p;
  } else {
    read(p);
    p = after;
  }
  recordEnd = p;
  return p;
}

/** Where the key flag of the current record is. */
export function keyFlag(): usize {
  read(preamble + 1);
  read(after);
  return after;
}

/** Offset of the record with these attributes in the frame, or 0 without one. */
export function offsetOf(head: usize): i64 {
  if (!head) return 0;
  read(head + 1);
  return baseOffset + read(after);
}

/** Timestamp of the record with these attributes in the frame, or 0 without one. */
export function timestampOf(head: usize): i64 {
  return head ? baseTimestamp + read(head + 1) : 0;
}
