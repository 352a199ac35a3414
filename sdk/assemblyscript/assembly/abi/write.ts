// Writing what the host gets: records, errors, and the closing of the output.

import { Bytes } from "../bytes";
import { Json } from "../json";
import { JsonWriter } from "../json-writer";
import { Record } from "../record";
import { clear, message, rethrow, thrown } from "../rt/abort";
import { integerSize, writeInteger } from "../number";
import { utf8Length, utf8Write, writeAscii } from "../utf8";
import * as frame from "./frame";
import { copy, end, handOver, output, putByte, putBytes, putI64, putU16, putU32, reserve, setEnd } from "./memory";
import { lengthSize, writeLength } from "./varint";

/** The longest hint: a string's length is 16 bits on the wire and is read as signed. */
const HINT_MAX: i32 = 32000;

/** Records written so far. */
let count: i32 = 0;
/** Whether an error ends the output. */
let failed: bool = false;

/** Starts an output of records; their number comes in front when it is known. */
export function beginRecords(): void {
  count = 0;
  failed = false;
  reserve(4);
  setEnd(end + 4);
}

/** The value put out last. */
let lastValue: usize = 0;
let lastSize: i32 = 0;

/** Begins the current record with another value; returns where its `size` bytes go. `finishValue` must follow. */
function openValue(size: i32): usize {
  let preambleSize = frame.preambleEnd - frame.preamble;
  let body = preambleSize + lengthSize(size) + <usize>size + (frame.recordEnd - frame.headers);
  reserve(body + 10);
  let to = writeLength(end, <i32>body);
  copy(to, frame.preamble, preambleSize);
  return writeLength(to + preambleSize, size);
}

/** Ends what `openValue` has begun at `to`, when the value is written. */
// @ts-ignore: decorator
@inline function finishValue(to: usize, size: i32): void {
  let after = to + <usize>size;
  // A varint: at most ten bytes.
  v128.store(after, v128.load(frame.headers));
  setEnd(after + (frame.recordEnd - frame.headers));
  ++count;
  lastValue = to;
  lastSize = size;
}

function putView(start: usize, size: i32): void {
  // An accumulator is handed out as a view over the output, which may move when it grows.
  let at = start - output;
  let inside = at < end - output;
  let to = openValue(size);
  copy(to, inside ? output + at : start, size);
  finishValue(to, size);
}

function putText(text: string): void {
  // Most texts are ASCII: as many bytes as units.
  let size = text.length;
  let to = openValue(size);
  if (!writeAscii(text, to)) {
    size = utf8Length(text);
    to = openValue(size);
    utf8Write(text, to);
  }
  finishValue(to, size);
}

/** The JSON of an object whose class is marked. */
function jsonOf<T>(value: T): Bytes {
  return new JsonWriter().value<T>(value).bytes;
}

/** Puts out the current record with another value: a string, Bytes or a Uint8Array. */
export function putValue<T>(value: T): void {
  if (isString<T>()) {
    putText(changetype<string>(value));
  } else if (value instanceof Bytes) {
    putView(value.address, value.length);
  } else if (value instanceof Uint8Array) {
    putView(value.dataStart, value.byteLength);
  } else if (value instanceof Record) {
    putRecord(value);
  } else if (isDefined(value.__jsonWrite)) {
    let bytes = jsonOf<T>(value);
    putView(bytes.address, bytes.length);
  } else {
    ERROR("the handler must return a string, Bytes, a Uint8Array, a Record or a class marked with @json");
  }
}

/** Puts out the current record with the key and value of another. */
function putRecord(other: Record): void {
  let key = other.key;
  let keySize = key === null ? 0 : key.length;
  let value = other.value;
  let size = value.length;
  let preambleSize = frame.keyFlag() - frame.preamble;
  let headersSize = frame.recordEnd - frame.headers;
  let body = preambleSize + 1 + lengthSize(size) + <usize>size + headersSize;
  if (key !== null) body += lengthSize(keySize) + <usize>keySize;
  reserve(body + 10);
  let to = writeLength(end, <i32>body);
  memory.copy(to, frame.preamble, preambleSize);
  to = putKey(to + preambleSize, key);
  to = writeLength(to, size);
  memory.copy(to, value.address, size);
  to += <usize>size;
  memory.copy(to, frame.headers, headersSize);
  setEnd(to + headersSize);
  ++count;
}

/** Writes a key flag and the key, if any; returns the end. There must be room. */
function putKey(to: usize, key: Bytes | null): usize {
  if (key === null) {
    store<u8>(to, 0);
    return to + 1;
  }
  store<u8>(to, 1);
  to = writeLength(to + 1, key.length);
  memory.copy(to, key.address, key.length);
  return to + <usize>key.length;
}

/** As `putValue`; null puts out nothing. */
export function putOptional<T>(value: T): void {
  if (changetype<usize>(value) != 0) putValue<NonNullable<T>>(<NonNullable<T>>value);
}

/** Begins a record of its own: all but its value and key is zero. Returns where its value of `size` bytes goes. */
function openFresh(size: i32, key: Bytes | null): usize {
  if (size < 58 && key === null) {
    // Both lengths in a byte, and four zeros between them.
    reserve(64);
    store<u64>(end, (<u64>size << 41) | (<u64>(size + 6) << 1));
    return end + 6;
  }
  let body = lengthSize(size) + <usize>size + 5;
  if (key !== null) body += lengthSize(key.length) + <usize>key.length;
  reserve(body + 10);
  let to = writeLength(end, <i32>body);
  store<u32>(to, 0);
  if (key === null) to += 4;
  else to = putKey(to + 3, key);
  return writeLength(to, size);
}

// @ts-ignore: decorator
@inline function finishFresh(after: usize): void {
  store<u8>(after, 0);
  setEnd(after + 1);
  ++count;
}

function putFreshView(start: usize, size: i32, key: Bytes | null): void {
  let to = openFresh(size, key);
  copy(to, start, size);
  finishFresh(to + <usize>size);
}

function putFreshText(text: string, key: Bytes | null): void {
  let size = text.length;
  let to = openFresh(size, key);
  if (!writeAscii(text, to)) {
    size = utf8Length(text);
    to = openFresh(size, key);
    utf8Write(text, to);
  }
  finishFresh(to + <usize>size);
}

/** Puts out a fresh record with this value. */
export function putFresh<T>(value: T, key: Bytes | null = null): void {
  if (isString<T>()) {
    putFreshText(changetype<string>(value), key);
  } else if (value instanceof Bytes) {
    putFreshView(value.address, value.length, key);
  } else if (value instanceof Uint8Array) {
    putFreshView(value.dataStart, value.byteLength, key);
  } else if (value instanceof Record) {
    putFreshView(value.value.address, value.value.length, value.key);
  } else if (isDefined(value.__jsonWrite)) {
    let bytes = jsonOf<T>(value);
    putFreshView(bytes.address, bytes.length, key);
  } else {
    ERROR("arrayMap puts out strings, Bytes, Uint8Arrays, Records or classes marked with @json");
  }
}

/** Puts out all elements of an array. */
export function putAll<T>(values: T): void {
  if (isArray<T>()) {
    for (let i = 0, n = values.length; i < n; ++i) putFresh<valueof<T>>(unchecked(values[i]));
  } else {
    ERROR("arrayMap must return an array, or void with `out: Output` as its second parameter");
  }
}

/**
 * Puts the thrown message as a wire string, cut at a character if it is too long, and ends the throw:
 * while one is under way every function that may throw returns at once.
 */
function putHint(): void {
  let hint = message;
  clear();
  let size = utf8Length(hint);
  reserve(<usize>size + 2);
  let at = end;
  let last = utf8Write(hint, at + 2);
  if (size > HINT_MAX) {
    last = at + 2 + HINT_MAX;
    while ((load<u8>(last) & 0xc0) == 0x80) --last;
  }
  store<u16>(at, bswap<u16>(<u16>(last - at - 2)));
  setEnd(last);
  // A module that could not start stays broken.
  if (broken) rethrow(hint);
}

function putData(start: usize, size: i32): void {
  reserve(<usize>size + 5);
  let to = writeLength(end, size);
  memory.copy(to, start, size);
  setEnd(to + <usize>size);
}

/** Offset, kind (none for look-back), key and value of the current record. */
function putCulprit(kind: i32): void {
  putI64(frame.offsetOf(frame.preamble));
  if (kind >= 0) putByte(<u8>kind);
  // What the host has sent, whatever the handler has made of its record.
  if (load<u8>(frame.keyFlag())) {
    putByte(1);
    putData(frame.keyView.address, frame.keyView.length);
  } else {
    putByte(0);
  }
  putData(frame.valueStart, <i32>(frame.headers - frame.valueStart));
}

/** Whether the module's top level has thrown: then nothing can run, and every call says so. */
let broken: bool = false;
let started: bool = false;

/** To be called first in every call. */
export function beginCall(): void {
  if (!started) {
    started = true;
    broken = thrown;
  } else if (thrown && !broken) {
    // The call before was cut off by a trap.
    clear();
  }
}

/** Whether the handler has thrown. If so the error is written behind the records that are done. */
// @ts-ignore: decorator
@inline export function checkThrown(kind: i32): bool {
  if (!thrown) return false;
  fail(kind);
  return true;
}

// A handler with an Output writes while it runs: what it wrote for a record goes when it throws.

let groupCount: i32 = 0;

/** Where the records of the current record begin, counted from the start of the output. */
// @ts-ignore: decorator
@inline export function beginGroup(): usize {
  groupCount = count;
  return end - output;
}

// @ts-ignore: decorator
@inline export function checkGroupThrown(mark: usize): bool {
  if (!thrown) return false;
  setEnd(output + mark);
  count = groupCount;
  fail(2);
  return true;
}

function fail(kind: i32): void {
  failed = true;
  putByte(1);
  putHint();
  putCulprit(kind);
}

/** Ends an output of records; returns their number. */
export function closeRecords(): i32 {
  if (!failed) putByte(0);
  store<u32>(output, bswap<u32>(<u32>count));
  handOver(output, end - output);
  return count;
}

// Filter: kept records are moved down in the input buffer, which so becomes the output.

/** End of the records kept so far. */
let kept: usize = 0;
/** Start of the run of kept records that still has to be moved, and its end. */
let runStart: usize = 0;
let runEnd: usize = 0;

export function beginFilter(): void {
  count = 0;
  failed = false;
  kept = frame.raw + 4;
  runStart = kept;
  runEnd = kept;
}

/** Keeps the current record. */
// @ts-ignore: decorator
@inline export function keep(): void {
  ++count;
  if (frame.recordStart != runEnd) startRun(frame.recordStart);
  runEnd = frame.recordEnd;
}

function startRun(start: usize): void {
  let size = runEnd - runStart;
  if (kept != runStart) memory.copy(kept, runStart, size);
  kept += size;
  runStart = start;
}

/** The error of a filter: what is kept moves to the output buffer, where there is room behind it. */
export function checkFilterThrown(): bool {
  if (!thrown) return false;
  startRun(runEnd);
  putBytes(frame.raw, kept - frame.raw);
  fail(0);
  return true;
}

export function closeFilter(): i32 {
  if (failed) {
    store<u32>(output, bswap<u32>(<u32>count));
    handOver(output, end - output);
    return count;
  }
  startRun(runEnd);
  store<u32>(frame.raw, bswap<u32>(<u32>count));
  // The byte behind the records belongs to a part of the frame that has been read, or is already free.
  store<u8>(kept, 0);
  handOver(frame.raw, kept + 1 - frame.raw);
  return count;
}

/** Ends a failed `init` (code -2) or `look_back` (code -99). */
export function closeInit(): i32 {
  putHint();
  handOver(output, end - output);
  return -2;
}

export function closeLookBack(): i32 {
  putHint();
  putCulprit(-1);
  handOver(output, end - output);
  return -99;
}

// Aggregate: the accumulator lives as bytes, which are the value of the record put out last.

const stateView: Bytes = new Bytes();
/** Where in the output the accumulator is; negative while it is still the one that came in. */
let stateAt: isize = -1;
let stateSize: i32 = 0;

export function beginAggregate(): void {
  beginRecords();
  stateAt = -1;
  stateSize = frame.accumulatorSize;
}

// @ts-ignore: decorator
@inline function stateStart(): usize {
  return stateAt < 0 ? frame.accumulator : output + <usize>stateAt;
}

/** The accumulator that came in, as the type of the handler's first parameter. Empty is zero. */
export function readState<T>(): T {
  stateView.move(frame.accumulator, frame.accumulatorSize);
  if (isString<T>()) {
    return changetype<T>(stateView.toString());
  } else if (isBoolean<T>()) {
    ERROR("an accumulator is an integer, f64, string, Bytes, a Uint8Array or a class marked with @json");
  } else if (isInteger<T>()) {
    return frame.accumulatorSize ? <T>stateView.toInt() : 0;
  } else if (isFloat<T>()) {
    return frame.accumulatorSize ? <T>stateView.toFloat() : 0;
  } else if (idof<T>() == idof<Bytes>()) {
    return changetype<T>(stateView);
  } else if (idof<T>() == idof<Uint8Array>()) {
    return changetype<T>(stateView.toUint8Array());
  } else if (isDefined(changetype<T>(0).__jsonRead)) {
    let state = instantiate<T>();
    if (frame.accumulatorSize) state.__jsonRead(Json.parse<Bytes>(stateView));
    return state;
  } else {
    ERROR("an accumulator is an integer, f64, string, Bytes, a Uint8Array or a class marked with @json");
  }
}

/** The same under a name that is known everywhere: the compiler puts a call into the file that knows the type. */
// @ts-ignore: decorator
@global
export function __smdk_read_state<T>(): T {
  return readState<T>();
}

/** The accumulator for the next record: what the handler has just returned. */
// @ts-ignore: decorator
@inline export function nextState<T>(state: T): T {
  // Bytes may be a view over the record, which changes now; the output holds what they were.
  if (isManaged<T>()) {
    if (idof<T>() == idof<Bytes>()) {
      stateView.move(stateStart(), stateSize);
      return changetype<T>(stateView);
    }
  }
  return state;
}

/** Puts out the current record with the new accumulator as its value. */
export function putState<T>(state: T): void {
  if (isInteger<T>()) {
    putInteger(<i64>state);
  } else if (isFloat<T>()) {
    putValue<string>(state.toString());
  } else {
    putValue<T>(state);
  }
  stateSize = lastSize;
  stateAt = <isize>(lastValue - output);
}

/** A decimal integer as the value. */
function putInteger(value: i64): void {
  let size = integerSize(value);
  let to = openValue(size);
  writeInteger(to, size, value);
  finishValue(to, size);
}

/** Ends an aggregate: the accumulator comes behind the records from version 16 on. */
export function closeAggregate(): i32 {
  if (!failed) putByte(0);
  if (frame.version >= 16) {
    reserve(4 + <usize>stateSize);
    putU32(<u32>stateSize);
    putBytes(stateStart(), stateSize);
  }
  store<u32>(output, bswap<u32>(<u32>count));
  handOver(output, end - output);
  return count;
}
