// The program's environment: the SmartModule's parameters, and what else there is to know of a record.

import * as frame from "./frame";
import { free, malloc } from "./space";
import * as streams from "./streams";

// @ts-expect-error: decorator
@external("guest", "say") declare function say(text: i32, to: usize): i32;

/** Texts of the linker. */
const OFFSET: i32 = 2;
const TIMESTAMP: i32 = 3;
const KEY: i32 = 4;

/** Size of the parameters as they came, in the streams' kept block: names and values with lengths of 16 bits. */
let paramsSize: usize = 0;
let hasRecord: bool = false;

/** Variables that `gather` has found. */
export let count: i32 = 0;

export function setRecord(there: bool): void {
  hasRecord = there;
}

/** Keeps the parameters of an init frame. Returns false when it is cut. */
export function keepParams(ptr: usize, length: i32, version: i32): bool {
  const end = ptr + <usize>length;
  if (end - ptr < 2) return false;
  let pairs = <u32>bswap<u16>(load<u16>(ptr)) << 1;
  let p = ptr + 2;
  for (; pairs > 0; --pairs) {
    p = frame.skipString(p, end);
    if (!p) return false;
  }
  if (!frame.skipLookBack(p, end, version)) return false;
  free(streams.kept);
  paramsSize = p - ptr - 2;
  let params = malloc(paramsSize);
  if (!params) unreachable();
  memory.copy(params, ptr + 2, paramsSize);
  streams.setKept(params);
  return true;
}

function putText(text: i32): void {
  streams.reserveScratch(64);
  const size = say(text, streams.scratch + streams.scratchSize);
  streams.putScratch(streams.scratch + streams.scratchSize, size);
}

/** Strings of C end at a zero. */
function putPart(from: usize, size: usize): void {
  for (let end = from + size; from < end; ++from) {
    const byte = load<u8>(from);
    if (byte != 0) streams.putByte(byte);
  }
}

/** Writes all variables to the scratch: NAME=VALUE, each with a zero behind. */
export function gather(): void {
  streams.clearScratch();
  count = 0;
  let p = streams.kept;
  const end = p + paramsSize;
  while (p < end) {
    let size = <usize><u32>max(<i32><i16>bswap<u16>(load<u16>(p)), 0);
    putPart(p + 2, size);
    streams.putByte(61);
    p += 2 + size;
    size = <usize><u32>max(<i32><i16>bswap<u16>(load<u16>(p)), 0);
    putPart(p + 2, size);
    streams.putByte(0);
    p += 2 + size;
    ++count;
  }
  if (!hasRecord) return;
  putText(OFFSET);
  streams.putDecimal(frame.offset);
  streams.putByte(0);
  putText(TIMESTAMP);
  streams.putDecimal(frame.timestamp);
  streams.putByte(0);
  count += 2;
  if (!frame.hasKey) return;
  putText(KEY);
  putPart(frame.keyStart, <usize>frame.keySize);
  streams.putByte(0);
  ++count;
}
