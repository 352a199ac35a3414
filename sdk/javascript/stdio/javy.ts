// SmartModules in Javy's engine. A batch is one message on the engine's standard input; a driver in JavaScript reads
// it, calls the user's function for every record, and answers on standard output what is to become of each.

import * as frame from "../abi/frame";
import { AGGREGATE, ARRAY_MAP, FILTER, FILTER_MAP, MAP } from "../abi/kinds";
import * as out from "../abi/output";
import * as params from "../abi/params";
import { isAscii } from "../abi/text";
import * as streams from "./streams";

export { alloc, dealloc } from "../abi/output";
export { malloc, memory_grow, memory_size } from "./space";
export { output, outputSize, setInput } from "./streams";
export {
  args_get, args_sizes_get, fd_close, fd_fdstat_get, fd_fdstat_set_flags, fd_filestat_get, fd_read, fd_seek, fd_tell,
  poll_oneoff, proc_raise, sched_yield,
} from "./wasi";

// @ts-ignore: decorator
@external("guest", "invoke") declare function invoke(code: usize, size: i32, hasName: i32, name: usize, nameSize: i32): void;
// @ts-ignore: decorator
@external("guest", "call_function") declare function callFunction(slot: i32, ctx: i32, fn: i64): void;
// @ts-ignore: decorator
@external("guest", "restore") declare function restore(): void;
// @ts-ignore: decorator
@external("guest", "log") declare function log(fd: i32, vectors: usize, count: i32, written: usize): i32;
// @ts-ignore: decorator
@external("guest", "random") declare function random(to: usize, size: usize): i32;

// ---- what the builder sets, and the snapshot keeps ----

/**
 * Bytecode that calls the driver, and bytecode that does nothing: the engine runs its waiting jobs after either. Both
 * are in the engine's own memory, which does not move while it reads them.
 */
export let callCode: usize = 0;
export let callSize: i32 = 0;
export let idleCode: usize = 0;
export let idleSize: i32 = 0;
/** How to call the driver without bytecode: place in the table, context and function; 0 when that is not known. */
export let driverSlot: i32 = 0;
export let driverContext: i32 = 0;
export let driverFunction: i64 = 0;
/** Whether the program has anything that may wait. */
export let mayWait: i32 = 0;

/** Whether a call is under way: only after a trap when another begins. */
let isBusy: bool = false;

// ---- the engine's standard output ----

/** What an answer begins with: no text in UTF-8. */
const MAGIC: u64 = 0xff01fe4b444d53ff;
const RESULT: u32 = 0;
const RANDOM: u32 = 1;

let head: u64 = 0;
let headTail: u64 = 0;
let headSize: i32 = 0;
let answerOp: u32 = 0;
let answerLeft: usize = 0;
let isAnswered: bool = false;

function forward(fd: i32, from: usize, size: usize): void {
  if (size == 0) return;
  streams.clearScratch();
  streams.putU32(<u32>from);
  streams.putU32(<u32>size);
  streams.putU32(0);
  log(fd, streams.scratch, 1, streams.scratch + 8);
}

/** What began like an answer was none. */
function giveBackHead(): void {
  let at = streams.reserveJoined(16);
  store<u64>(at, head);
  store<u64>(at, headTail, 8);
  let size = headSize;
  headSize = 0;
  forward(1, at, size);
}

function takeHeadByte(byte: u64): void {
  if (headSize < 8) {
    if (byte != ((MAGIC >>> (<u64>headSize << 3)) & 0xff)) {
      giveBackHead();
      let at = streams.reserveJoined(16);
      store<u8>(at, <u8>byte);
      forward(1, at, 1);
      return;
    }
    if (headSize == 0) head = headTail = 0;
    head |= byte << (<u64>headSize << 3);
  } else {
    headTail |= byte << (<u64>(headSize - 8) << 3);
  }
  if (++headSize < 16) return;
  headSize = 0;
  answerOp = <u32>headTail;
  answerLeft = <usize>(headTail >>> 32);
  streams.clear();
  if (answerLeft == 0) endAnswer();
}

function endAnswer(): void {
  if (answerOp == RESULT) {
    isAnswered = true;
  } else if (answerOp == RANDOM) {
    let at = streams.reserveJoined(256);
    random(at, 256);
    streams.setInput(at, 256);
  }
}

export function fd_write(fd: i32, vectors: usize, count: i32, written: usize): i32 {
  if (fd != 1 && fd != 2) return 8;
  let total: usize = 0;
  for (let i = 0; i < count; ++i) {
    let p = <usize>load<u32>(vectors + (<usize>i << 3));
    let size = <usize>load<u32>(vectors + (<usize>i << 3), 4);
    let end = p + size;
    total += size;
    if (fd == 2) {
      forward(2, p, size);
      continue;
    }
    while (p < end) {
      if (answerLeft > 0) {
        let part = min(answerLeft, end - p);
        if (!streams.putOutput(p, part)) unreachable();
        answerLeft -= part;
        p += part;
        if (answerLeft == 0) endAnswer();
      } else if (headSize > 0 || load<u8>(p) == 0xff) {
        takeHeadByte(load<u8>(p++));
      } else {
        let from = p;
        while (p < end && load<u8>(p) != 0xff) ++p;
        forward(1, from, p - from);
      }
    }
  }
  store<u32>(written, <u32>total);
  return 0;
}

export function proc_exit(code: i32): void {
  unreachable();
}

export function environ_sizes_get(count: usize, size: usize): i32 {
  store<u32>(count, 0);
  store<u32>(size, 0);
  return 0;
}

export function environ_get(list: usize, text: usize): i32 {
  return 0;
}

// ---- messages ----

/** Further kinds of messages. */
const INIT: i32 = 5;
const LOOK_BACK: i32 = 6;
/** Nothing is left that could answer. */
const STUCK: i32 = 7;

/** Puts what the scratch has, and bytes behind it, before the engine as one message. */
function setMessage(kind: i32, from: usize, size: usize): void {
  let total = streams.scratchSize + size;
  let to = streams.reserveJoined(total + 8);
  store<u32>(to, <u32>total);
  store<i32>(to, kind, 4);
  memory.copy(to + 8, streams.scratch, streams.scratchSize);
  memory.copy(to + 8 + streams.scratchSize, from, size);
  streams.setInput(to, total + 8);
}

function run(): void {
  if (driverFunction != 0) callFunction(driverSlot, driverContext, driverFunction);
  else invoke(callCode, callSize, 0, 0, 0);
}

/** Calls the driver until it has answered. */
function ask(): void {
  isAnswered = false;
  run();
  if (!isAnswered || mayWait) invoke(idleCode, idleSize, 0, 0, 0);
  if (isAnswered) return;
  streams.clearScratch();
  setMessage(STUCK, 0, 0);
  run();
  if (!isAnswered) unreachable();
}

function begin(): void {
  if (isBusy) {
    restore();
    headSize = 0;
    answerLeft = 0;
  }
  isBusy = true;
  out.begin();
}

/** Flag of a message: no byte of keys and values is above 127, so that all are one text. */
const ASCII: i32 = 256;

function putBlob(from: usize, size: i32): void {
  if (!streams.putOutput(from, <usize>size)) unreachable();
}

/** Gives all records to the driver: where they are, the accumulator, keys and values one behind the other. */
function askRecords(kind: i32): void {
  streams.clear();
  // Number of records, where the accumulator is and where keys and values begin; filled in below.
  streams.putU32(0);
  streams.putU32(0);
  streams.putU32(kind == AGGREGATE ? <u32>frame.accumulatorSize : 0);
  streams.putU32(0);
  let count = 0;
  while (frame.step()) {
    ++count;
    streams.putF64(<f64>frame.offset());
    streams.putF64(<f64>frame.timestamp());
    streams.putU32(frame.hasKey ? <u32>streams.outputSize : 0xffffffff);
    streams.putU32(frame.hasKey ? <u32>frame.keySize : 0);
    if (frame.hasKey) putBlob(frame.keyStart, frame.keySize);
    streams.putU32(<u32>streams.outputSize);
    streams.putU32(<u32>frame.valueSize);
    putBlob(frame.valueStart, frame.valueSize);
  }
  store<i32>(streams.scratch, count);
  store<u32>(streams.scratch, <u32>streams.scratchSize, 4);
  if (kind == AGGREGATE) streams.putScratch(frame.accumulator, <usize>frame.accumulatorSize);
  store<u32>(streams.scratch, <u32>streams.scratchSize, 12);
  let flags = isAscii(streams.output, streams.outputSize) ? ASCII : 0;
  setMessage(kind | flags, streams.output, streams.outputSize);
  ask();
  frame.rewind();
}

// What the driver says about a record: one or more of these, the last one marked.
const KEEP: u32 = 1;
const KEEP_KEY: u32 = 2;
const NO_KEY: u32 = 3;
const NEW_KEY: u32 = 4;
const FRESH: u32 = 16;
const LAST: u32 = 256;

let hintStart: usize = 0;
let hintSize: i32 = 0;

/** Writes what the driver has answered. Returns whether a record failed: it is then the current one. */
function putAnswers(kind: i32): bool {
  let answer = streams.output;
  let count = load<i32>(answer);
  let failed = load<i32>(answer, 4) != 0;
  hintSize = load<i32>(answer, 8);
  let ops = answer + 16;
  let p = ops + <usize>count * 12;
  frame.step();
  for (let i = 0; i < count; ++i) {
    let op = load<u32>(ops);
    let keySize = load<i32>(ops, 4);
    let size = load<i32>(ops, 8);
    ops += 12;
    let value = p + <usize>keySize;
    let how = op & 15;
    if (how == KEEP) {
      if (kind == FILTER) out.keep();
      else out.putSame();
    } else if (how >= KEEP_KEY) {
      let key = how == KEEP_KEY ? out.KEEP_KEY : how == NO_KEY ? out.NO_KEY : out.NEW_KEY;
      if (op & FRESH) out.putFresh(value, size, false, key, p, keySize, false);
      else out.putRecord(value, size, false, key, p, keySize, false);
    }
    p = value + <usize>size;
    if (op & LAST) frame.step();
  }
  hintStart = p;
  return failed;
}

function transform(kind: i32, ptr: usize, length: i32, version: i32): i32 {
  begin();
  let status = frame.open(ptr, length, version, frame.BAD_INPUT, kind == AGGREGATE ? frame.BAD_RECORDS : frame.BAD_INPUT);
  if (status < 0) {
    isBusy = false;
    return status;
  }
  askRecords(kind);
  if (kind == FILTER) out.beginFilter();
  else out.beginRecords();
  let failed = putAnswers(kind);
  isBusy = false;
  if (kind == FILTER) {
    if (!failed) {
      out.handBack();
      return out.count;
    }
    out.copyKept();
  }
  if (failed) {
    out.putByte(1);
    out.putHint(hintStart, hintSize);
    out.putCulprit(kind);
  } else {
    out.putByte(0);
  }
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

const INIT_FAILED: i32 = -2;
const BAD_INIT: i32 = -10;
const LOOK_BACK_FAILED: i32 = -99;

export function init(ptr: usize, length: i32, version: i32): i32 {
  begin();
  if (!params.open(ptr, length, version)) {
    isBusy = false;
    return BAD_INIT;
  }
  streams.clearScratch();
  streams.putU32(<u32>params.pairs << 1);
  while (params.step()) {
    streams.putU32(<u32>params.size);
    streams.putScratch(params.text, params.size);
  }
  setMessage(INIT, 0, 0);
  ask();
  let failed = load<i32>(streams.output, 4) != 0;
  if (failed) {
    out.putHint(streams.output + 16, load<i32>(streams.output, 8));
    out.handOver();
  }
  isBusy = false;
  return failed ? INIT_FAILED : 0;
}

export function look_back(ptr: usize, length: i32, version: i32): i32 {
  begin();
  let status = frame.open(ptr, length, version, frame.BAD_LOOK_BACK, frame.BAD_LOOK_BACK);
  if (status < 0) {
    isBusy = false;
    return status;
  }
  askRecords(LOOK_BACK);
  let failed = putAnswers(LOOK_BACK);
  if (failed) {
    out.putHint(hintStart, hintSize);
    out.putCulprit(-1);
    out.handOver();
  }
  isBusy = false;
  return failed ? LOOK_BACK_FAILED : 0;
}
