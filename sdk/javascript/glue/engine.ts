// The part of QuickJS-NG's C interface that the glue uses. Values (JSValue) are 64-bit words, see value.ts.

// @ts-ignore: decorator
@external("engine", "malloc") export declare function malloc(size: usize): usize;
// @ts-ignore: decorator
@external("engine", "realloc") export declare function realloc(ptr: usize, size: usize): usize;
// @ts-ignore: decorator
@external("engine", "free") export declare function free(ptr: usize): void;
// @ts-ignore: decorator
@external("engine", "JS_Call") export declare function call(ctx: usize, fn: i64, self: i64, argc: i32, argv: usize): i64;
// @ts-ignore: decorator
@external("engine", "JS_FreeValue") export declare function freeValue(ctx: usize, value: i64): void;
// @ts-ignore: decorator
@external("engine", "JS_NewStringLen") export declare function newStringLen(ctx: usize, ptr: usize, size: usize): i64;
// @ts-ignore: decorator
@external("engine", "JS_ToCStringLen2") export declare function toCStringLen(ctx: usize, size: usize, value: i64, cesu8: i32): usize;
// @ts-ignore: decorator
@external("engine", "JS_FreeCString") export declare function freeCString(ctx: usize, ptr: usize): void;
// @ts-ignore: decorator
@external("engine", "JS_GetException") export declare function getException(ctx: usize): i64;
// @ts-ignore: decorator
@external("engine", "JS_Throw") export declare function throwValue(ctx: usize, value: i64): i64;
// @ts-ignore: decorator
@external("engine", "JS_ExecutePendingJob") export declare function executePendingJob(rt: usize, ctx: usize): i32;
// @ts-ignore: decorator
@external("engine", "JS_IsJobPending") export declare function isJobPending(rt: usize): i32;
// @ts-ignore: decorator
@external("engine", "JS_IsPromise") export declare function isPromise(value: i64): i32;
// @ts-ignore: decorator
@external("engine", "JS_PromiseState") export declare function promiseState(ctx: usize, promise: i64): i32;
// @ts-ignore: decorator
@external("engine", "JS_PromiseResult") export declare function promiseResult(ctx: usize, promise: i64): i64;
// @ts-ignore: decorator
@external("engine", "JS_ParseJSON") export declare function parseJSON(ctx: usize, ptr: usize, size: usize, name: usize): i64;
// @ts-ignore: decorator
@external("engine", "JS_JSONStringify") export declare function stringifyJSON(ctx: usize, value: i64, replacer: i64, space: i64): i64;
// @ts-ignore: decorator
@external("engine", "JS_ToBool") export declare function toBool(ctx: usize, value: i64): i32;
// @ts-ignore: decorator
@external("engine", "JS_ToFloat64") export declare function toFloat64(ctx: usize, result: usize, value: i64): i32;
// @ts-ignore: decorator
@external("engine", "JS_NewNumber") export declare function newNumber(ctx: usize, value: f64): i64;
// @ts-ignore: decorator
@external("engine", "JS_GetTypedArrayType") export declare function typedArrayType(value: i64): i32;
// @ts-ignore: decorator
@external("engine", "JS_GetUint8Array") export declare function getUint8Array(ctx: usize, size: usize, value: i64): usize;
// @ts-ignore: decorator
@external("engine", "JS_NewUint8ArrayCopy") export declare function newUint8Array(ctx: usize, ptr: usize, size: usize): i64;
// @ts-ignore: decorator
@external("engine", "JS_IsArray") export declare function isArray(value: i64): i32;
// @ts-ignore: decorator
@external("engine", "JS_GetLength") export declare function getLength(ctx: usize, value: i64, length: usize): i32;
// @ts-ignore: decorator
@external("engine", "JS_NewArray") export declare function newArray(ctx: usize): i64;
// @ts-ignore: decorator
@external("engine", "JS_GetPropertyUint32") export declare function getIndex(ctx: usize, value: i64, index: i32): i64;
// @ts-ignore: decorator
@external("engine", "JS_SetPropertyUint32") export declare function setIndex(ctx: usize, object: i64, index: i32, value: i64): i32;
// @ts-ignore: decorator
@external("engine", "JS_GetProperty") export declare function getProperty(ctx: usize, object: i64, atom: i32): i64;
// @ts-ignore: decorator
@external("engine", "JS_DefinePropertyValue") export declare function defineProperty(ctx: usize, object: i64, atom: i32, value: i64, flags: i32): i32;
// @ts-ignore: decorator
@external("engine", "JS_GetOwnPropertyNames") export declare function ownNames(ctx: usize, table: usize, count: usize, object: i64, flags: i32): i32;
// @ts-ignore: decorator
@external("engine", "JS_FreePropertyEnum") export declare function freeNames(ctx: usize, table: usize, count: i32): void;
// @ts-ignore: decorator
@external("engine", "JS_NewObjectClass") export declare function newObject(ctx: usize, classId: i32): i64;
// @ts-ignore: decorator
@external("engine", "JS_SetOpaque") export declare function setOpaque(object: i64, opaque: usize): i32;
// @ts-ignore: decorator
@external("engine", "JS_GetOpaque") export declare function getOpaque(object: i64, classId: i32): usize;
// @ts-ignore: decorator
@external("engine", "JS_SetMemoryLimit") export declare function setMemoryLimit(rt: usize, limit: usize): void;
// @ts-ignore: decorator
@external("engine", "JS_SetMaxStackSize") export declare function setMaxStackSize(rt: usize, size: usize): void;
// @ts-ignore: decorator
@external("engine", "JS_RunGC") export declare function runGC(rt: usize): void;
// @ts-ignore: decorator
@external("engine", "JS_NewObject") export declare function newPlainObject(ctx: usize): i64;
// @ts-ignore: decorator
@external("engine", "JS_NewArrayFrom") export declare function newArrayFrom(ctx: usize, count: i32, values: usize): i64;
// @ts-ignore: decorator
@external("engine", "JS_NewAtomLen") export declare function newAtomLen(ctx: usize, ptr: usize, size: usize): i32;
// @ts-ignore: decorator
@external("engine", "JS_ValueToAtom") export declare function toAtom(ctx: usize, value: i64): i32;
// @ts-ignore: decorator
@external("engine", "JS_FreeAtom") export declare function freeAtom(ctx: usize, atom: i32): void;
// @ts-ignore: decorator
@external("engine", "JS_GetOwnProperty") export declare function getOwnProperty(ctx: usize, description: usize, object: i64, atom: i32): i32;
// @ts-ignore: decorator
@external("engine", "JS_ThrowOutOfMemory") export declare function throwOutOfMemory(ctx: usize): i64;
// @ts-ignore: decorator
@external("engine", "js_malloc_rt") export declare function engineMalloc(rt: usize, size: usize): usize;
// @ts-ignore: decorator
@external("engine", "js_free_rt") export declare function engineFree(rt: usize, ptr: usize): void;
// @ts-ignore: decorator
@external("engine", "js_malloc_usable_size_rt") export declare function usableSize(rt: usize, ptr: usize): usize;

// @ts-ignore: decorator
@external("host", "copy_records") export declare function copyRecords(ptr: usize, size: usize): void;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_write") export declare function fdWrite(fd: i32, vectors: usize, count: i32, written: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "random_get") export declare function randomGet(ptr: usize, size: usize): i32;
