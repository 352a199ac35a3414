// JSValue: the tag in the upper half, an integer or a pointer in the lower; numbers beyond are floats.

import { ctx, scratch, failFn } from "./state";
import { call, freeValue } from "./engine";

// @ts-ignore: decorator
@inline export const FALSE: i64 = 1 << 32;
// @ts-ignore: decorator
@inline export const TRUE: i64 = (1 << 32) | 1;
// @ts-ignore: decorator
@inline export const NULL: i64 = 2 << 32;
// @ts-ignore: decorator
@inline export const UNDEFINED: i64 = 3 << 32;
// @ts-ignore: decorator
@inline export const EXCEPTION: i64 = 6 << 32;

// @ts-ignore: decorator
@inline export const TAG_STRING: i32 = -7;
// @ts-ignore: decorator
@inline export const TAG_ROPE: i32 = -6;
// @ts-ignore: decorator
@inline export const TAG_OBJECT: i32 = -1;

// @ts-ignore: decorator
@inline export function tagOf(value: i64): i32 {
  return <i32>(value >>> 32);
}

// @ts-ignore: decorator
@inline export function isException(value: i64): bool {
  return tagOf(value) == 6;
}

// @ts-ignore: decorator
@inline export function isString(value: i64): bool {
  let tag = tagOf(value);
  return tag == TAG_STRING || tag == TAG_ROPE;
}

// @ts-ignore: decorator
@inline export function isObject(value: i64): bool {
  return tagOf(value) == TAG_OBJECT;
}

// @ts-ignore: decorator
@inline export function isNullish(value: i64): bool {
  let tag = tagOf(value);
  return tag == 2 || tag == 3;
}

// @ts-ignore: decorator
@inline export function pointer(value: i64): usize {
  return <usize><u32>value;
}

/** Whether it is an integer of 32 bits, in the form that the engine gives most of them. */
// @ts-ignore: decorator
@inline export function isInt(value: i64): bool {
  return tagOf(value) == 0;
}

// @ts-ignore: decorator
@inline export function newInt(value: i32): i64 {
  return <i64><u64><u32>value;
}

// @ts-ignore: decorator
@inline export function newBool(value: bool): i64 {
  return value ? TRUE : FALSE;
}

/** References to a value that has a count (a negative tag). The count stands in front of the object. */
// @ts-ignore: decorator
@inline export function references(value: i64): i32 {
  return load<i32>(pointer(value) - 4);
}

// @ts-ignore: decorator
@inline export function dup(value: i64): i64 {
  if (tagOf(value) < 0) {
    let count = pointer(value) - 4;
    // Tags below -9 are floats.
    if (tagOf(value) >= -9) store<i32>(count, load<i32>(count) + 1);
  }
  return value;
}

// @ts-ignore: decorator
@inline export function release(value: i64): void {
  if (tagOf(value) < 0) freeValue(ctx, value);
}

/** Throws the prelude's error of that number. */
export function fail(code: i32): i64 {
  store<i64>(scratch + 240, newInt(code));
  return call(ctx, failFn, UNDEFINED, 1, scratch + 240);
}

/** Numbers of the prelude's errors. */
// @ts-ignore: decorator
@inline export const FAIL_PENDING: i32 = 0;
// @ts-ignore: decorator
@inline export const FAIL_NO_RESULT: i32 = 1;
// @ts-ignore: decorator
@inline export const FAIL_NOT_A_LIST: i32 = 2;
// @ts-ignore: decorator
@inline export const FAIL_NOT_A_VALUE: i32 = 3;
// @ts-ignore: decorator
@inline export const FAIL_DEPTH: i32 = 4;
// @ts-ignore: decorator
@inline export const FAIL_JOBS: i32 = 5;
// @ts-ignore: decorator
@inline export const FAIL_NEEDLE: i32 = 6;
// @ts-ignore: decorator
@inline export const FAIL_TOO_LARGE: i32 = 7;
// @ts-ignore: decorator
@inline export const FAIL_NOT_A_RECORD: i32 = 8;
// @ts-ignore: decorator
@inline export const FAIL_NOT_AN_INTEGER: i32 = 9;
// @ts-ignore: decorator
@inline export const FAIL_NOT_A_NUMBER: i32 = 10;
// @ts-ignore: decorator
@inline export const FAIL_IMPORT: i32 = 11;
