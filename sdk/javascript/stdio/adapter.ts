// A program that reads standard input and writes standard output, as a SmartModule: it runs once for each record.

import * as frame from "../abi/frame";
import { AGGREGATE, ARRAY_MAP, FILTER, FILTER_MAP, MAP } from "../abi/kinds";
import * as out from "../abi/output";
import * as environment from "./environment";
import { forgetGrowth } from "./space";
import * as streams from "./streams";
import { ABORTED, leaving, setLeaving } from "./wasi";

export { alloc, dealloc } from "../abi/output";
export { memory_grow, memory_size } from "./space";
export * from "./wasi";

// @ts-expect-error: decorator
@external("guest", "reset") declare function reset(): void;
// @ts-expect-error: decorator
@external("guest", "run") declare function run(): i32;
// @ts-expect-error: decorator
@external("guest", "options") declare function options(): i32;
// @ts-expect-error: decorator
@external("guest", "say") declare function say(text: i32, to: usize): i32;
// @ts-expect-error: decorator
@external("guest", "log") declare function log(fd: i32, vectors: usize, count: i32, written: usize): i32;

const TRIM: i32 = 1;
const KEEP_STATE: i32 = 2;

/** Texts of the linker. */
const EXIT_CODE: i32 = 0;
const ABORT: i32 = 1;

/** Whether the program has to begin anew: at first, and after an end in the middle. */
let isSpent: bool = true;

/** Runs the program on the input that is set. Returns its exit code, -1 when it aborted. */
function runProgram(): i32 {
  if (isSpent || !(options() & KEEP_STATE)) {
    forgetGrowth();
    reset();
  }
  // A trap leaves this as it is.
  isSpent = true;
  setLeaving(0);
  let code = run();
  const why = leaving;
  if (why == 0) isSpent = false;
  else code = why == ABORTED ? -1 : why - 1;
  setLeaving(0);
  return code;
}

/** What the program has written to standard error goes to the host's log. */
function forwardErrors(): void {
  if (streams.errorsSize == 0) return;
  streams.clearScratch();
  streams.putU32(<u32>streams.errors);
  streams.putU32(<u32>streams.errorsSize);
  streams.putU32(0);
  log(2, streams.scratch, 1, streams.scratch + 8);
}

/** Standard error, or else what is known of the end. */
function putHint(code: i32): void {
  let size = streams.errorsSize;
  while (size > 0 && load<u8>(streams.errors + size - 1) <= 32) --size;
  if (size > 0) {
    out.putHint(streams.errors, <i32>size);
    return;
  }
  streams.clearScratch();
  streams.reserveScratch(64);
  const length = say(code < 0 ? ABORT : EXIT_CODE, streams.scratch);
  streams.putScratch(streams.scratch, length);
  if (code >= 0) streams.putDecimal(code);
  out.putHint(streams.scratch, <i32>streams.scratchSize);
}

function trimNewline(): void {
  let size = streams.outputSize;
  if (size > 0 && load<u8>(streams.output + size - 1) == 10) {
    --size;
    if (size > 0 && load<u8>(streams.output + size - 1) == 13) --size;
  }
  outputSize = size;
}

let outputSize: usize = 0;

/** "false" or nothing but white space. */
function saysNo(): bool {
  let p = streams.output;
  let end = p + streams.outputSize;
  while (p < end && load<u8>(p) <= 32) ++p;
  while (p < end && load<u8>(end - 1) <= 32) --end;
  return p == end || (end - p == 5 && load<u32>(p) == 0x736c6166 && load<u8>(p, 4) == 0x65);
}

function putLines(): void {
  let at: usize = 0;
  while (at < outputSize) {
    let end = at;
    while (end < outputSize && load<u8>(streams.output + end) != 10) ++end;
    out.putFresh(streams.output + at, <i32>(end - at), false, out.NO_KEY, 0, 0, false);
    at = end + 1;
  }
}

/** Puts accumulator, a newline and the value together. */
function feedAggregate(): void {
  const hasLast = out.lastSize >= 0;
  const size = <usize>(hasLast ? out.lastSize : frame.accumulatorSize);
  const total = size + 1 + <usize>frame.valueSize;
  const joined = streams.reserveJoined(total);
  memory.copy(joined, hasLast ? out.output + out.lastValue : frame.accumulator, size);
  store<u8>(joined + size, 10);
  memory.copy(joined + size + 1, frame.valueStart, <usize>frame.valueSize);
  streams.setInput(joined, total);
}

function transform(kind: i32, ptr: usize, length: i32, version: i32): i32 {
  out.begin();
  const status = frame.open(ptr, length, version, frame.BAD_INPUT, kind == AGGREGATE ? frame.BAD_RECORDS : frame.BAD_INPUT);
  if (status < 0) return status;
  if (kind == FILTER) out.beginFilter();
  else out.beginRecords();
  let failed = false;
  environment.setRecord(true);
  while (frame.step()) {
    streams.clear();
    if (kind == AGGREGATE) feedAggregate();
    else streams.setInput(frame.valueStart, <usize>frame.valueSize);
    const code = runProgram();
    if (code != 0) {
      if (kind == FILTER) out.copyKept();
      out.putByte(1);
      putHint(code);
      out.putCulprit(kind);
      failed = true;
      break;
    }
    forwardErrors();
    outputSize = streams.outputSize;
    if (kind == AGGREGATE || options() & TRIM) trimNewline();
    switch (kind) {
      case FILTER:
        if (!saysNo()) out.keep();
        break;
      case ARRAY_MAP:
        putLines();
        break;
      default:
        if (kind == FILTER_MAP && outputSize == 0) break;
        out.putRecord(streams.output, <i32>outputSize, false, out.KEEP_KEY, 0, 0, false);
    }
  }
  if (kind == FILTER && !failed) {
    out.handBack();
    return out.count;
  }
  if (!failed) out.putByte(0);
  out.fillCount();
  if (kind == AGGREGATE) out.putAccumulator();
  out.handOver();
  return out.count;
}

export function filter(ptr: usize, length: i32, version: i32): i32 {
  return transform(FILTER, ptr, length, version);
}

export function map(ptr: usize, length: i32, version: i32): i32 {
  return transform(MAP, ptr, length, version);
}

export function filter_map(ptr: usize, length: i32, version: i32): i32 {
  return transform(FILTER_MAP, ptr, length, version);
}

export function array_map(ptr: usize, length: i32, version: i32): i32 {
  return transform(ARRAY_MAP, ptr, length, version);
}

export function aggregate(ptr: usize, length: i32, version: i32): i32 {
  return transform(AGGREGATE, ptr, length, version);
}

const BAD_INIT: i32 = -10;

export function init(ptr: usize, length: i32, version: i32): i32 {
  out.begin();
  return environment.keepParams(ptr, length, version) ? 0 : BAD_INIT;
}
