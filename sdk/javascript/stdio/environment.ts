// The program's environment: the SmartModule's parameters, and what else there is to know of a record.

import * as frame from "../abi/frame";
import * as params from "../abi/params";
import { free, malloc } from "./space";
import * as streams from "./streams";

// @ts-expect-error: decorator
@external("guest", "say") declare function say(text: i32, to: usize): i32;

/** Texts of the linker. */
const OFFSET: i32 = 2;
const TIMESTAMP: i32 = 3;
const KEY: i32 = 4;

/** The parameters as variables, in the streams' kept block: NAME=VALUE, each with a zero behind. */
let keptSize: usize = 0;
let keptCount: i32 = 0;
let hasRecord: bool = false;

/** Variables that `gather` has found. */
export let count: i32 = 0;

export function setRecord(there: bool): void {
  hasRecord = there;
}

/** Keeps the parameters of an init frame. Returns false when it is cut. */
export function keepParams(ptr: usize, length: i32, version: i32): bool {
  if (!params.open(ptr, length, version)) return false;
  streams.clearScratch();
  for (let isName = true; params.step(); isName = !isName) {
    putPart(params.text, params.size);
    streams.putByte(isName ? 61 : 0);
  }
  free(streams.kept);
  keptSize = streams.scratchSize;
  const kept = malloc(keptSize);
  if (!kept) unreachable();
  memory.copy(kept, streams.scratch, keptSize);
  streams.setKept(kept);
  keptCount = params.pairs;
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
  streams.putScratch(streams.kept, keptSize);
  count = keptCount;
  if (!hasRecord) return;
  putText(OFFSET);
  streams.putDecimal(frame.offset());
  streams.putByte(0);
  putText(TIMESTAMP);
  streams.putDecimal(frame.timestamp());
  streams.putByte(0);
  count += 2;
  if (!frame.hasKey) return;
  putText(KEY);
  putPart(frame.keyStart, <usize>frame.keySize);
  streams.putByte(0);
  ++count;
}
