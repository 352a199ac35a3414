// What the builder sets once and the snapshot keeps: handles into the engine, limits, the user's functions.
// Nothing in the glue may be static data, since the engine owns the whole memory: all is in globals.

import { setMaxStackSize } from "./engine";

// @ts-ignore: decorator
@external("engine", "__stack_pointer") declare let stackPointer: usize;

/** Where the engine's stack begins. */
export let stackTop: usize = 0;

/** Bytes of stack that JavaScript may use, as the builder has set it, and as it is now. */
export let stackLimit: usize = 0;
let stackNow: usize = 0;

/** A trap in the middle of a call leaves the stack as it was there. */
export function resetStack(): void {
  stackPointer = stackTop;
  if (stackNow != 0) {
    setMaxStackSize(rt, stackLimit);
    stackNow = 0;
  }
}

/**
 * Leaves only so many bytes of stack to what follows. Some of the engine's functions call themselves with little
 * of this stack and much of the native one, which ends first and cannot be checked. Returns what to give back.
 */
export function narrowStack(room: usize): usize {
  let before = stackNow;
  let limit = before != 0 ? before : stackLimit;
  let used = min(stackTop - stackPointer, stackLimit);
  // What is used of one is used of the other: the room shrinks with it.
  stackNow = min(used + <usize>((<u64>room * (stackLimit - used)) / stackLimit), limit);
  setMaxStackSize(rt, stackNow);
  return before;
}

export function widenStack(before: usize): void {
  stackNow = before;
  setMaxStackSize(rt, before != 0 ? before : stackLimit);
}

/** QuickJS runtime and context. */
export let rt: usize = 0;
export let ctx: usize = 0;

/** The user's functions, or undefined. */
export let transformFn: i64 = 0;
export let initFn: i64 = 0;
export let lookBackFn: i64 = 0;

/** Functions of the prelude. */
export let describeFn: i64 = 0;
export let failFn: i64 = 0;
export let encodeFn: i64 = 0;
export let decodeStateFn: i64 = 0;
export let listFn: i64 = 0;

/** Class numbers. */
export let recordClass: i32 = 0;
export let valueClass: i32 = 0;

/** Atoms of property names. */
export let atomKey: i32 = 0;
export let atomValue: i32 = 0;
export let atomOffset: i32 = 0;
export let atomTimestamp: i32 = 0;

/** The built-ins that ours replace, for the calls that ours leave to them. */
export let plainIncludes: i64 = 0;
export let plainIndexOf: i64 = 0;
export let plainStartsWith: i64 = 0;
export let plainParse: i64 = 0;
export let plainStringify: i64 = 0;

/** Polls of the interrupt hook (10,000 engine steps each) that a record may take; 0 is no limit. */
export let maxPolls: i32 = 0;
/** Bytes of the JavaScript heap. */
export let memoryLimit: usize = 0;
/** 256 bytes for arguments and results of calls. */
export let scratch: usize = 0;
/** Last words when there is no memory left for better ones: a C string and its length. */
export let lastWords: usize = 0;
export let lastWordsSize: i32 = 0;
/** A C string: what JSON texts are called in messages. */
export let jsonName: usize = 0;
/** The 64 round constants of SHA-256. */
export let shaConstants: usize = 0;

/** Where an object keeps its shape and the values of its properties. */
export let shapeAt: usize = 0;
export let valuesAt: usize = 0;

/** The head of the engine's list of strings: the last and the first, two pointers. */
export let stringList: usize = 0;

/** The engine's list of waiting jobs: the address of its head, two pointers. */
export let jobList: usize = 0;

/** Polls since the record began. */
export let polls: i32 = 0;
/** Rejected promises that nobody handles, and the first one's reason. */
export let rejections: i32 = 0;
export let rejection: i64 = 0;

export function resetPolls(): void {
  polls = 0;
}

/** Hook of the engine: whether to end the running code. */
export function js_interrupt(rt: usize, opaque: usize): i32 {
  return maxPolls != 0 && ++polls > maxPolls ? 1 : 0;
}

export function countRejection(by: i32): void {
  rejections += by;
}

export function setRejection(reason: i64): void {
  rejection = reason;
}
