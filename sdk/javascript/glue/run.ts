// The functions of the ABI: walk the records, call the user's function, put out what it returns.

import { call, executePendingJob, freeCString, freeValue, getException, getIndex, getLength, getProperty, getUint8Array, isArray, isJobPending, isPromise, newArray, ownNames, freeNames, promiseResult, promiseState, runGC, setIndex, setMemoryLimit, stringifyJSON, throwValue, toBool, toCStringLen, typedArrayType, newUint8Array } from "./engine";
import * as frame from "../abi/frame";
import { AGGREGATE, ARRAY_MAP, FILTER, FILTER_MAP, MAP } from "../abi/kinds";
import * as out from "../abi/output";
import * as params from "../abi/params";
import { at, isRecord, locate, recordObject, settle, show, size } from "./record";
import { atomKey, atomValue, ctx, decodeStateFn, describeFn, encodeFn, initFn, jobList, lastWords, lastWordsSize, listFn, lookBackFn, memoryLimit, rejection, rejections, countRejection, resetPolls, resetStack, rt, scratch, setRejection, transformFn } from "./state";
import { newText, openText, textHold, textPlain, textSize } from "./text";
import { EXCEPTION, FAIL_JOBS, FAIL_NOT_A_LIST, FAIL_NOT_A_VALUE, FAIL_NO_RESULT, FAIL_PENDING, FAIL_TOO_LARGE, NULL, UNDEFINED, dup, fail, isException, isInt, isNullish, isObject, isString, release, tagOf } from "./value";

export { alloc, dealloc } from "../abi/output";

/** How an aggregate's state reads the accumulator: as it is, through the prelude from text, from bytes. */
export let stateMode: i32 = 0;
// @ts-ignore: decorator
@inline const STATE_TEXT: i32 = 0;
// @ts-ignore: decorator
@inline const STATE_BYTES: i32 = 2;

/** Largest value of a result. */
// @ts-ignore: decorator
@inline const MOST_BYTES: u32 = 0x1fffffff;

/** Jobs (continuations of promises) that one record may take. */
const MOST_JOBS: i32 = 1000000;

// The call's arguments and a job's context have fixed places in the scratch area.
// @ts-ignore: decorator
@inline function args(): usize {
  return scratch + 128;
}

/** The engine's hook for promises that are rejected without anyone listening, or get a listener late. */
export function js_rejection(context: usize, promise: i64, reason: i64, handled: i32, opaque: usize): void {
  if (handled) {
    countRejection(-1);
  } else {
    countRejection(1);
    if (rejection == 0) setRejection(dup(reason));
  }
}

function forgetRejections(): void {
  countRejection(-rejections);
  if (rejection != 0) release(rejection);
  setRejection(0);
}

/** Runs waiting jobs. Returns false when one failed, with the exception set. */
function drain(): bool {
  let jobs = 0;
  while (isJobPending(rt)) {
    if (++jobs > MOST_JOBS) {
      fail(FAIL_JOBS);
      return false;
    }
    if (executePendingJob(rt, scratch + 200) < 0) return false;
  }
  return true;
}

/** Runs the jobs that a call has left and unwraps a promise. Takes the result, returns the value or an exception. */
function finish(result: i64): i64 {
  if (isJobPending(rt)) {
    if (!drain()) {
      release(result);
      return EXCEPTION;
    }
  }
  if (isObject(result) && isPromise(result)) {
    let state = promiseState(ctx, result);
    if (state == 0) {
      freeValue(ctx, result);
      return fail(FAIL_PENDING);
    }
    let value = promiseResult(ctx, result);
    freeValue(ctx, result);
    if (state == 2) return throwValue(ctx, value);
    result = value;
  }
  if (rejections > 0) {
    release(result);
    let reason = rejection;
    setRejection(0);
    return throwValue(ctx, reason == 0 ? UNDEFINED : reason);
  }
  return result;
}

/** Calls a function of the user's and waits for its promise. */
// @ts-ignore: decorator
@inline function callUser(fn: i64, argc: i32): i64 {
  resetPolls();
  let result = call(ctx, fn, UNDEFINED, argc, args());
  // A plain result with nothing waiting is the common case.
  if (isException(result)) return result;
  if (isObject(result) || isJobWaiting() || rejections > 0) return finish(result);
  return result;
}

/** As `isJobPending`: the list's second word is its first job, or the list itself. */
// @ts-ignore: decorator
@inline function isJobWaiting(): bool {
  return load<usize>(jobList, 4) != jobList;
}

/** Writes the exception as a hint. */
function putHint(): void {
  resetPolls();
  let error = getException(ctx);
  // Room for the description when the memory is used up.
  setMemoryLimit(rt, memoryLimit + 0x400000);
  let text = describe(error);
  if (isException(text)) {
    release(getException(ctx));
    runGC(rt);
    resetPolls();
    text = describe(error);
  }
  let chars: usize = 0;
  if (!isException(text)) {
    chars = toCStringLen(ctx, scratch, text, 0);
    release(text);
  }
  if (chars) {
    out.putHint(chars, load<i32>(scratch));
    freeCString(ctx, chars);
  } else {
    release(getException(ctx));
    out.putHint(lastWords, lastWordsSize);
  }
  release(error);
  setMemoryLimit(rt, memoryLimit);
  tidy();
}

function describe(error: i64): i64 {
  store<i64>(scratch + 160, error);
  return call(ctx, describeFn, UNDEFINED, 1, scratch + 160);
}

// The bytes of a result, as `bytesOf` has found them, and what to give back afterwards.

let bytes: usize = 0;
let bytesSize: i32 = 0;
let bytesText: bool = false;
let hold: usize = 0;

/** Finds the bytes that a value is put out as. Returns false with an exception set. */
function bytesOf(value: i64): bool {
  hold = 0;
  bytesText = false;
  // The text of an integer is its JSON.
  if (isString(value) || isInt(value)) return textBytes(value);
  if (isObject(value)) {
    if (typedArrayType(value) == 2) {
      bytes = getUint8Array(ctx, scratch, value);
      bytesSize = load<i32>(scratch);
      if (!bytes) {
        // A detached buffer throws, an empty one has no address.
        if (bytesSize) return false;
        bytes = scratch;
      }
      return checkSize();
    }
    if (locate(value)) {
      bytes = at;
      bytesSize = size;
      return true;
    }
  }
  store<i64>(scratch + 168, value);
  let text = call(ctx, encodeFn, UNDEFINED, 1, scratch + 168);
  if (isException(text)) return false;
  let found = false;
  if (isString(text)) {
    found = textBytes(text);
    // What was found may be a part of it.
    if (found && !hold) held = text;
    else release(text);
    return found;
  }
  // The prelude turns other views into a Uint8Array: its bytes have to be copied before it goes.
  let view = getUint8Array(ctx, scratch, text);
  let length = load<i32>(scratch);
  if (view || !length) {
    let copy = newUint8Array(ctx, view, length);
    release(text);
    if (isException(copy)) return false;
    held = copy;
    bytes = length ? getUint8Array(ctx, scratch, copy) : scratch;
    bytesSize = length;
    return checkSize();
  }
  release(text);
  return false;
}

let held: i64 = 0;

function textBytes(value: i64): bool {
  bytes = openText(value);
  hold = textHold;
  if (!bytes) return false;
  bytesSize = textSize;
  bytesText = !textPlain;
  return checkSize();
}

function checkSize(): bool {
  if (<u32>bytesSize <= MOST_BYTES) return true;
  letGo(hold);
  fail(FAIL_TOO_LARGE);
  return false;
}

function letGo(text: usize): void {
  if (text) freeCString(ctx, text);
  if (held != 0) {
    freeValue(ctx, held);
    held = 0;
  }
}

function put(fresh: bool, how: i32, key: usize, keySize: i32, keyText: bool): void {
  if (fresh) out.putFresh(bytes, bytesSize, bytesText, how, key, keySize, keyText);
  else out.putRecord(bytes, bytesSize, bytesText, how, key, keySize, keyText);
}

/** Whether an object is { value } or { key, value } and nothing else. -1 after an exception. */
function isPair(object: i64): i32 {
  if (isRecord(object)) return 1;
  let value = getProperty(ctx, object, atomValue);
  if (isException(value)) return -1;
  if (value == UNDEFINED) return 0;
  release(value);
  if (isArray(object)) return 0;
  // Own enumerable names.
  if (ownNames(ctx, scratch + 176, scratch + 180, object, 1 | 16) < 0) return -1;
  let table = load<usize>(scratch + 176);
  let count = load<i32>(scratch + 180);
  let pair = 1;
  let hasValue = false;
  for (let i = 0; i < count; ++i) {
    let atom = load<i32>(table + (<usize>i << 3) + 4);
    if (atom == atomValue) hasValue = true;
    else if (atom != atomKey) pair = 0;
  }
  freeNames(ctx, table, count);
  return hasValue ? pair : 0;
}

/** Puts out a result; `fresh` is for the records of arrayMap. Returns false with an exception set. */
function putResult(value: i64, fresh: bool): bool {
  if (isObject(value) && typedArrayType(value) < 0 && !locate(value)) {
    if (value == recordObject && !fresh) {
      out.putSame();
      return true;
    }
    let pair = isPair(value);
    if (pair < 0) return false;
    if (pair) return putPair(value, fresh);
  }
  if (isNullish(value)) {
    fail(FAIL_NO_RESULT);
    return false;
  }
  if (!bytesOf(value)) return false;
  put(fresh, fresh ? out.NO_KEY : out.KEEP_KEY, 0, 0, false);
  letGo(hold);
  return true;
}

function putPair(pair: i64, fresh: bool): bool {
  let key = getProperty(ctx, pair, atomKey);
  if (isException(key)) return false;
  let how = fresh ? out.NO_KEY : out.KEEP_KEY;
  let keyBytes: usize = 0;
  let keySize = 0;
  let keyText = false;
  let keyHold: usize = 0;
  if (key == NULL) {
    how = out.NO_KEY;
  } else if (key != UNDEFINED) {
    if (!bytesOf(key)) {
      release(key);
      return false;
    }
    how = out.NEW_KEY;
    keyBytes = bytes;
    keySize = bytesSize;
    keyText = bytesText;
    keyHold = hold;
  }
  let keyView = held;
  held = 0;
  let value = getProperty(ctx, pair, atomValue);
  let done = false;
  if (!isException(value)) {
    if (isNullish(value)) {
      fail(FAIL_NOT_A_VALUE);
    } else if (bytesOf(value)) {
      put(fresh, how, keyBytes, keySize, keyText);
      letGo(hold);
      done = true;
    }
    release(value);
  }
  if (keyHold) freeCString(ctx, keyHold);
  if (keyView != 0) freeValue(ctx, keyView);
  release(key);
  return done;
}

/** Puts out the elements of an array, or of anything that can be walked. */
function putAll(list: i64): bool {
  let owned = false;
  if (!isObject(list) || !isArray(list)) {
    if (!isObject(list)) {
      fail(FAIL_NOT_A_LIST);
      return false;
    }
    store<i64>(scratch + 168, list);
    list = call(ctx, listFn, UNDEFINED, 1, scratch + 168);
    if (isException(list)) return false;
    owned = true;
  }
  let start = out.mark();
  let before = out.count;
  let done = getLength(ctx, list, scratch + 184) >= 0;
  let length = load<i64>(scratch + 184);
  for (let i: i64 = 0; done && i < length; ++i) {
    let element = getIndex(ctx, list, <i32>i);
    done = !isException(element) && putResult(element, true);
    release(element);
  }
  if (!done) out.goBack(start, before);
  if (owned) release(list);
  return done;
}

/** The state that an aggregate begins a batch with, from the accumulator. */
function readState(): i64 {
  if (stateMode == STATE_BYTES) return newUint8Array(ctx, frame.accumulator, frame.accumulatorSize);
  let text = newText(frame.accumulator, frame.accumulatorSize);
  if (stateMode == STATE_TEXT || isException(text)) return text;
  store<i64>(scratch + 168, text);
  let state = call(ctx, decodeStateFn, UNDEFINED, 1, scratch + 168);
  release(text);
  return state;
}

/** Forgets waiting jobs that cannot be brought to an end. What they hold on to is lost, but never runs. */
function dropJobs(): void {
  store<usize>(jobList, jobList);
  store<usize>(jobList, jobList, 4);
}

/** After a failed record: what it has left waiting is run, or forgotten if it fails too. */
function tidy(): void {
  resetPolls();
  if (isJobPending(rt) && !drain()) {
    release(getException(ctx));
    dropJobs();
  }
  forgetRejections();
  resetPolls();
}

function begin(): void {
  resetStack();
  out.begin();
  // Only after a trap in the middle of a record.
  if (isJobPending(rt)) dropJobs();
  if (rejections != 0 || rejection != 0) forgetRejections();
}

/** Ends an output with the exception and the record that it happened at. */
function putError(kind: i32): void {
  out.putByte(1);
  putHint();
  out.putCulprit(kind);
}

function transform(kind: i32, ptr: usize, length: i32, version: i32): i32 {
  begin();
  let status = frame.open(ptr, length, version, frame.BAD_INPUT, frame.BAD_INPUT);
  if (status < 0) return status;
  out.beginRecords();
  let failed = false;
  while (!failed && frame.step()) {
    show();
    store<i64>(args(), recordObject);
    let result = callUser(transformFn, 1);
    let done = !isException(result);
    if (done) {
      if (kind == ARRAY_MAP) done = putAll(result);
      else if (kind == MAP || !isNullish(result)) done = putResult(result, false);
      release(result);
    }
    if (!done) {
      putError(kind);
      failed = true;
    }
    settle();
  }
  if (!failed) out.putByte(0);
  out.fillCount();
  out.handOver();
  return out.count;
}

export function filter(ptr: usize, length: i32, version: i32): i32 {
  begin();
  let status = frame.open(ptr, length, version, frame.BAD_INPUT, frame.BAD_INPUT);
  if (status < 0) return status;
  out.beginFilter();
  while (frame.step()) {
    show();
    store<i64>(args(), recordObject);
    let result = callUser(transformFn, 1);
    let keep = <i32>result;
    if (tagOf(result) != 1) {
      keep = isException(result) ? -1 : toBool(ctx, result);
      release(result);
      if (keep < 0) {
        out.copyKept();
        putError(FILTER);
        settle();
        out.fillCount();
        out.handOver();
        return out.count;
      }
    }
    if (keep) out.keep();
    settle();
  }
  out.handBack();
  return out.count;
}

export function aggregate(ptr: usize, length: i32, version: i32): i32 {
  begin();
  let status = frame.open(ptr, length, version, frame.BAD_INPUT, frame.BAD_RECORDS);
  if (status < 0) return status;
  out.beginRecords();
  let failed = false;
  let state = UNDEFINED;
  let hasState = false;
  while (!failed && frame.step()) {
    show();
    if (!hasState) {
      state = readState();
      hasState = true;
    }
    let result = state;
    state = UNDEFINED;
    if (!isException(result)) {
      store<i64>(args(), result);
      store<i64>(args() + 8, recordObject);
      let before = result;
      result = callUser(transformFn, 2);
      release(before);
    }
    let done = false;
    if (isNullish(result)) {
      fail(FAIL_NO_RESULT);
    } else if (!isException(result) && bytesOf(result)) {
      put(false, out.KEEP_KEY, 0, 0, false);
      letGo(hold);
      state = result;
      done = true;
    } else {
      release(result);
    }
    if (!done) {
      putError(AGGREGATE);
      failed = true;
    }
    settle();
  }
  release(state);
  if (!failed) out.putByte(0);
  out.fillCount();
  out.putAccumulator();
  out.handOver();
  return out.count;
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

/** Error returned by the user's `init`, and an input that cannot be read. */
const INIT_FAILED: i32 = -2;
const BAD_INIT: i32 = -10;
const LOOK_BACK_FAILED: i32 = -99;

/** Calls the user's function with names and values of the parameters, one after the other, in an array. */
export function init(ptr: usize, length: i32, version: i32): i32 {
  begin();
  if (!params.open(ptr, length, version)) return BAD_INIT;
  let list = newArray(ctx);
  for (let i = 0; params.step(); ++i) setIndex(ctx, list, i, newText(params.text, params.size));
  store<i64>(args(), list);
  let result = callUser(initFn, 1);
  release(list);
  if (!isException(result)) {
    release(result);
    return 0;
  }
  putHint();
  out.handOver();
  return INIT_FAILED;
}

export function look_back(ptr: usize, length: i32, version: i32): i32 {
  begin();
  let status = frame.open(ptr, length, version, frame.BAD_LOOK_BACK, frame.BAD_LOOK_BACK);
  if (status < 0) return status;
  while (frame.step()) {
    show();
    store<i64>(args(), recordObject);
    let result = callUser(lookBackFn, 1);
    let failed = isException(result);
    release(result);
    if (failed) {
      putHint();
      out.putCulprit(-1);
    }
    settle();
    if (failed) {
      out.handOver();
      return LOOK_BACK_FAILED;
    }
  }
  return 0;
}
