// The objects that user code sees: one record, its value and its key, used again for every record. What user
// code keeps beyond its call is found by its reference count; it gets its own copy of the bytes, and new
// objects take its place.

import { defineProperty, freeValue, free, getOpaque, malloc, newNumber, newObject, setOpaque } from "./engine";
import * as frame from "../abi/frame";
import { atomKey, atomOffset, atomTimestamp, atomValue, ctx, recordClass, valueClass } from "./state";
import { NULL, UNDEFINED, dup, isObject, newInt, pointer, references, release } from "./value";

export let recordObject: i64 = 0;
export let valueObject: i64 = 0;
export let keyObject: i64 = 0;
/** Whether the record's property `key` is the key object; else it is null. */
let keyShown: bool = false;

/** The texts of value and key, once asked for; else undefined. */
export let valueText: i64 = 0;
export let keyText: i64 = 0;

const CONFIGURABLE_ENUMERABLE: i32 = 5;

/** To be called once, by the builder. */
export function makeObjects(): void {
  valueText = UNDEFINED;
  keyText = UNDEFINED;
  valueObject = newObject(ctx, valueClass);
  keyObject = newObject(ctx, valueClass);
  makeRecord();
}

function makeRecord(): void {
  recordObject = newObject(ctx, recordClass);
  // Marks it as a record; there is nothing behind it.
  setOpaque(recordObject, 1);
  defineProperty(ctx, recordObject, atomKey, NULL, CONFIGURABLE_ENUMERABLE);
  defineProperty(ctx, recordObject, atomValue, dup(valueObject), CONFIGURABLE_ENUMERABLE);
  keyShown = false;
}

/** Makes the objects show the frame's current record. */
// @ts-ignore: decorator
@inline export function show(): void {
  if (valueText != UNDEFINED) {
    freeValue(ctx, valueText);
    valueText = UNDEFINED;
  }
  if (keyText != UNDEFINED) {
    freeValue(ctx, keyText);
    keyText = UNDEFINED;
  }
  if (frame.hasKey != keyShown) showKey();
}

function showKey(): void {
  keyShown = frame.hasKey;
  defineProperty(ctx, recordObject, atomKey, keyShown ? dup(keyObject) : NULL, CONFIGURABLE_ENUMERABLE);
}

/** After the user's function: lets go of what it has kept. */
// @ts-ignore: decorator
@inline export function settle(): void {
  let more = (references(recordObject) - 1) | (references(valueObject) - 2) | (references(keyObject) - 1 - i32(keyShown));
  if (more) keepParts();
}

function keepParts(): void {
  if (references(recordObject) > 1) keepRecord();
  else if (references(valueObject) > 2) keepValueOnly();
  if (references(keyObject) > (keyShown ? 2 : 1)) keepKeyOnly();
  // Properties that user code has taken away or changed.
  if (references(valueObject) < 2) defineProperty(ctx, recordObject, atomValue, dup(valueObject), CONFIGURABLE_ENUMERABLE);
  if (keyShown && references(keyObject) < 2) {
    defineProperty(ctx, recordObject, atomKey, dup(keyObject), CONFIGURABLE_ENUMERABLE);
  }
}

function keep(object: i64, from: usize, size: i32): void {
  let block = malloc(<usize>size + 24);
  if (!block) unreachable();
  store<i32>(block, size);
  memory.copy(block + 8, from, size);
  // The JSON parser wants a byte behind the text that it may set to zero.
  store<u64>(block + 8 + <usize>size, 0);
  setOpaque(object, block);
}

function keepRecord(): void {
  defineProperty(ctx, recordObject, atomOffset, newInteger(frame.offset()), CONFIGURABLE_ENUMERABLE);
  defineProperty(ctx, recordObject, atomTimestamp, newInteger(frame.timestamp()), CONFIGURABLE_ENUMERABLE);
  keep(valueObject, frame.valueStart, frame.valueSize);
  freeValue(ctx, valueObject);
  valueObject = newObject(ctx, valueClass);
  if (keyShown) {
    keep(keyObject, frame.keyStart, frame.keySize);
    freeValue(ctx, keyObject);
    keyObject = newObject(ctx, valueClass);
  }
  freeValue(ctx, recordObject);
  makeRecord();
}

function keepValueOnly(): void {
  keep(valueObject, frame.valueStart, frame.valueSize);
  freeValue(ctx, valueObject);
  valueObject = newObject(ctx, valueClass);
  defineProperty(ctx, recordObject, atomValue, dup(valueObject), CONFIGURABLE_ENUMERABLE);
}

function keepKeyOnly(): void {
  // Kept while it was shown: a key that is not shown cannot be reached.
  keep(keyObject, frame.keyStart, frame.keySize);
  freeValue(ctx, keyObject);
  keyObject = newObject(ctx, valueClass);
  if (keyShown) defineProperty(ctx, recordObject, atomKey, dup(keyObject), CONFIGURABLE_ENUMERABLE);
}

/** The engine's hook for the end of a value object. */
export function js_endOfValue(rt: usize, object: i64): void {
  let block = getOpaque(object, valueClass);
  if (block) free(block);
}

/** Where the bytes of a value object are, as `locate` has found them. */
export let at: usize = 0;
export let size: i32 = 0;

/** Finds the bytes of a value object. Returns false for anything else. */
export function locate(object: i64): bool {
  if (object == valueObject) {
    at = frame.valueStart;
    size = frame.valueSize;
    return true;
  }
  if (object == keyObject) {
    at = frame.keyStart;
    size = frame.keySize;
    return true;
  }
  if (!isObject(object)) return false;
  let block = getOpaque(object, valueClass);
  if (!block) return false;
  at = block + 8;
  size = load<i32>(block);
  return true;
}

/** Whether it is a record object, current or kept. */
// @ts-ignore: decorator
@inline export function isRecord(object: i64): bool {
  return getOpaque(object, recordClass) != 0;
}

export function newInteger(value: i64): i64 {
  return value == <i64><i32>value ? newInt(<i32>value) : newNumber(ctx, <f64>value);
}

export function setValueText(text: i64): void {
  valueText = text;
}

export function setKeyText(text: i64): void {
  keyText = text;
}
