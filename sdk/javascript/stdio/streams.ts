// The standard streams of a program: what it reads, what it writes.

import { malloc, realloc } from "./space";

/** What is still to be read. */
export let input: usize = 0;
export let inputLeft: usize = 0;

export function setInput(from: usize, size: usize): void {
  input = from;
  inputLeft = size;
}

/** Takes at most so many bytes of the input to an address. */
export function takeInput(to: usize, size: usize): usize {
  size = min(size, inputLeft);
  memory.copy(to, input, size);
  input += size;
  inputLeft -= size;
  return size;
}

// Standard output and error, and room for whatever else is written piece by piece.

export let output: usize = 0;
export let outputSize: usize = 0;
let outputRoom: usize = 0;

export let errors: usize = 0;
export let errorsSize: usize = 0;
let errorsRoom: usize = 0;

export let scratch: usize = 0;
export let scratchSize: usize = 0;
let scratchRoom: usize = 0;

let joined: usize = 0;
let joinedRoom: usize = 0;

/** Room for an input that is put together. */
export function reserveJoined(size: usize): usize {
  if (size > joinedRoom) {
    joined = joined ? realloc(joined, room(size)) : malloc(room(size));
    if (!joined) unreachable();
    joinedRoom = room(size);
  }
  return joined;
}

/** Standard error is kept up to here. */
const MOST_ERRORS: usize = 64000;

export function clear(): void {
  outputSize = errorsSize = scratchSize = 0;
}

export function clearScratch(): void {
  scratchSize = 0;
}

function room(size: usize): usize {
  return (size + (size >>> 1) + 0xfff) & ~0xfff;
}

/** Returns false when there is no memory. */
export function putOutput(from: usize, size: usize): bool {
  if (outputSize + size > outputRoom) {
    const next = room(outputSize + size);
    const grown = output ? realloc(output, next) : malloc(next);
    if (!grown) return false;
    output = grown;
    outputRoom = next;
  }
  memory.copy(output + outputSize, from, size);
  outputSize += size;
  return true;
}

export function putErrors(from: usize, size: usize): void {
  size = min(size, MOST_ERRORS - errorsSize);
  if (errorsSize + size > errorsRoom) {
    const grown = errors ? realloc(errors, room(errorsSize + size)) : malloc(room(errorsSize + size));
    if (!grown) return;
    errors = grown;
    errorsRoom = room(errorsSize + size);
  }
  memory.copy(errors + errorsSize, from, size);
  errorsSize += size;
}

export function reserveScratch(size: usize): void {
  if (scratchSize + size <= scratchRoom) return;
  const next = room(scratchSize + size);
  const grown = scratch ? realloc(scratch, next) : malloc(next);
  if (!grown) unreachable();
  scratch = grown;
  scratchRoom = next;
}

export function putScratch(from: usize, size: usize): void {
  reserveScratch(size);
  memory.copy(scratch + scratchSize, from, size);
  scratchSize += size;
}

export function putByte(byte: u32): void {
  reserveScratch(1);
  store<u8>(scratch + scratchSize, byte);
  ++scratchSize;
}

export function putU32(value: u32): void {
  reserveScratch(4);
  store<u32>(scratch + scratchSize, value);
  scratchSize += 4;
}

export function putF64(value: f64): void {
  reserveScratch(8);
  store<f64>(scratch + scratchSize, value);
  scratchSize += 8;
}

/** A decimal number. */
export function putDecimal(value: i64): void {
  if (value < 0) putByte(45);
  const rest: u64 = value < 0 ? 0 - <u64>value : <u64>value;
  let power: u64 = 1;
  while (rest / power >= 10) power *= 10;
  for (; power > 0; power /= 10) putByte(48 + <u32>((rest / power) % 10));
}

/** A block that is kept for long; its owner is whoever sets it. */
export let kept: usize = 0;

export function setKept(block: usize): void {
  kept = block;
}

/** All that lies in our part of the memory has moved up. */
export function shift(by: usize): void {
  input += by;
  if (output) output += by;
  if (errors) errors += by;
  if (scratch) scratch += by;
  if (joined) joined += by;
  if (kept) kept += by;
}
