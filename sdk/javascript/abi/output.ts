// Writing what the host gets. Both buffers are kept from call to call and only ever grow.

import { lengthSize, writeLength } from "../../assemblyscript/assembly/abi/varint";
import * as frame from "./frame";
import { copyRecords, free, malloc, realloc } from "./host";
import { isAscii, replaceSurrogates } from "./text";

let input: usize = 0;
let inputCapacity: usize = 0;
/** Whether the input buffer was handed out and no function has been called with it yet. */
let handedOut: bool = false;

export let output: usize = 0;
/** End of what is written so far. */
export let end: usize = 0;
let capacity: usize = 0;

/** Records written so far. */
export let count: i32 = 0;
/** Where the value of the record written last begins, counted from the start of the output, and its size. */
export let lastValue: usize = 0;
export let lastSize: i32 = 0;

// @ts-ignore: decorator
@inline function roundUp(size: usize): usize {
  return (size + 0xffff) & ~0xffff;
}

/** Room for the host's next input. Behind it is room for one more read of 16 bytes. */
export function alloc(length: i32): usize {
  if (length < 0) unreachable();
  if (handedOut) {
    let extra = malloc(<usize>length + 16);
    if (!extra) unreachable();
    return extra;
  }
  if (<usize>length + 16 > inputCapacity) {
    if (input) free(input);
    // A little more than asked for: batches of a stream are of similar size.
    inputCapacity = roundUp(<usize>length + (<usize>length >> 2) + 16);
    input = malloc(inputCapacity);
    if (!input) unreachable();
  }
  handedOut = true;
  return input;
}

/** Gives back what `alloc` returned; the kept buffer stays. */
export function dealloc(ptr: usize, length: i32): void {
  if (ptr == input) handedOut = false;
  else if (ptr) free(ptr);
}

/** To be called when a call begins: the input is being read, and the output starts anew. */
export function begin(): void {
  handedOut = false;
  end = output;
  count = 0;
  lastSize = -1;
}

export function reserve(size: usize): void {
  if (end - output + size <= capacity) return;
  let used = end - output;
  capacity = roundUp(max(used + size, min(capacity << 1, capacity + 0x1000000)));
  output = output ? realloc(output, capacity) : malloc(capacity);
  if (!output) unreachable();
  end = output + used;
}

export function putByte(value: u32): void {
  reserve(1);
  store<u8>(end++, <u8>value);
}

function putI64(value: i64): void {
  reserve(8);
  store<u64>(end, bswap<u64>(<u64>value));
  end += 8;
}

export function putBytes(from: usize, size: usize): void {
  reserve(size);
  memory.copy(end, from, size);
  end += size;
}

/** Starts an output of records, whose number is filled in at the end. */
export function beginRecords(): void {
  reserve(4);
  end += 4;
}

function putData(from: usize, size: i32): void {
  reserve(<usize>size + 5);
  let to = writeLength(end, size);
  memory.copy(to, from, size);
  end = to + <usize>size;
}

/** Copies text or bytes; `text` says that there may be lone surrogates. */
// @ts-ignore: decorator
@inline function copyIn(to: usize, from: usize, size: i32, text: bool): void {
  memory.copy(to, from, size);
  if (text && !isAscii(to, size)) replaceSurrogates(to, size);
}

/** What `putRecord` does about the key. */
export const KEEP_KEY: i32 = 0;
export const NO_KEY: i32 = 1;
export const NEW_KEY: i32 = 2;

/** Puts out the current record with another value, and with its own key, none or another. */
export function putRecord(value: usize, size: i32, text: bool, how: i32, key: usize, keySize: i32, keyText: bool): void {
  let preambleSize = (how == KEEP_KEY ? frame.preambleEnd : frame.keyFlag) - frame.preamble;
  let headersSize = frame.recordEnd - frame.headers;
  let body = preambleSize + lengthSize(size) + <usize>size + headersSize;
  if (how == NO_KEY) body += 1;
  else if (how == NEW_KEY) body += 1 + lengthSize(keySize) + <usize>keySize;
  if (body > 0x3fffffff) unreachable();
  reserve(body + 10);
  let to = writeLength(end, <i32>body);
  memory.copy(to, frame.preamble, preambleSize);
  to += preambleSize;
  if (how == NO_KEY) {
    store<u8>(to++, 0);
  } else if (how == NEW_KEY) {
    store<u8>(to++, 1);
    to = writeLength(to, keySize);
    copyIn(to, key, keySize, keyText);
    to += <usize>keySize;
  }
  to = writeLength(to, size);
  copyIn(to, value, size, text);
  lastValue = to - output;
  lastSize = size;
  to += <usize>size;
  memory.copy(to, frame.headers, headersSize);
  end = to + headersSize;
  ++count;
}

/** Puts out a record of its own: all but its key and value is zero. */
export function putFresh(value: usize, size: i32, text: bool, how: i32, key: usize, keySize: i32, keyText: bool): void {
  let body = lengthSize(size) + <usize>size + 5;
  if (how == NEW_KEY) body += lengthSize(keySize) + <usize>keySize;
  if (body > 0x3fffffff) unreachable();
  reserve(body + 10);
  let to = writeLength(end, <i32>body);
  store<u16>(to, 0);
  store<u8>(to, 0, 2);
  to += 3;
  if (how == NEW_KEY) {
    store<u8>(to++, 1);
    to = writeLength(to, keySize);
    copyIn(to, key, keySize, keyText);
    to += <usize>keySize;
  } else {
    store<u8>(to++, 0);
  }
  to = writeLength(to, size);
  copyIn(to, value, size, text);
  store<u8>(to + <usize>size, 0);
  end = to + <usize>size + 1;
  ++count;
}

/** Puts out the current record as it came. */
export function putSame(): void {
  putBytes(frame.recordStart, frame.recordEnd - frame.recordStart);
  ++count;
}

// A filter hands the input back: the records that it keeps are moved together, in runs.

let runStart: usize = 0;
let runEnd: usize = 0;
/** End of the runs that are in their place. */
let kept: usize = 0;

export function beginFilter(): void {
  runStart = runEnd = kept = frame.firstRecord();
}

// @ts-ignore: decorator
@inline export function keep(): void {
  ++count;
  if (frame.recordStart != runEnd) {
    closeRun();
    runStart = frame.recordStart;
  }
  runEnd = frame.recordEnd;
}

function closeRun(): void {
  if (kept != runStart) memory.copy(kept, runStart, runEnd - runStart);
  kept += runEnd - runStart;
}

/** Puts the kept records into the output, for an error that follows. */
export function copyKept(): void {
  closeRun();
  putBytes(frame.raw, kept - frame.raw);
}

/** Ends a filter without an error. The byte behind the records belongs to what has been read. */
export function handBack(): void {
  closeRun();
  store<u32>(frame.raw, bswap<u32>(<u32>count));
  store<u8>(kept, 0);
  copyRecords(frame.raw, kept + 1 - frame.raw);
}

/** Where the output stands, to come back to. */
// @ts-ignore: decorator
@inline export function mark(): usize {
  return end - output;
}

export function goBack(to: usize, records: i32): void {
  end = output + to;
  count = records;
}

/** The longest hint: the length of a string is 16 bits and is read as signed. */
const HINT_MAX: i32 = 32000;

/** Puts a string of the wire, cut at a character when it is too long. */
export function putHint(from: usize, size: i32): void {
  if (size > HINT_MAX) {
    size = HINT_MAX;
    while ((load<u8>(from + <usize>size) & 0xc0) == 0x80) --size;
  }
  reserve(<usize>size + 2);
  store<u16>(end, bswap<u16>(<u16>size));
  copyIn(end + 2, from, size, true);
  end += 2 + <usize>size;
}

/** Offset, kind (none for look-back), key and value of the current record. */
export function putCulprit(kind: i32): void {
  putI64(frame.offset());
  if (kind >= 0) putByte(kind);
  if (frame.hasKey) {
    putByte(1);
    putData(frame.keyStart, frame.keySize);
  } else {
    putByte(0);
  }
  putData(frame.valueStart, frame.valueSize);
}

/** Ends an output of records: no error, or one that is written already. */
export function fillCount(): void {
  store<u32>(output, bswap<u32>(<u32>count));
}

/** Puts what an aggregate leaves behind: the value of the record that was put out last, or what it was given. */
export function putAccumulator(): void {
  if (frame.version < 16) return;
  let size = lastSize < 0 ? frame.accumulatorSize : lastSize;
  reserve(<usize>size + 4);
  store<u32>(end, bswap<u32>(<u32>size));
  memory.copy(end + 4, lastSize < 0 ? frame.accumulator : output + lastValue, size);
  end += 4 + <usize>size;
}

export function handOver(): void {
  copyRecords(output, end - output);
}

/** The memory that holds both buffers has moved up by so many bytes. */
export function shift(by: usize): void {
  if (input) input += by;
  // Without an output its end is no place in memory.
  if (output) {
    output += by;
    end += by;
  }
  runStart += by;
  runEnd += by;
  kept += by;
}
