// What the frame reader and the output writer of the JavaScript engine's glue want from below.

export { free, malloc, realloc } from "./space";

// @ts-expect-error: decorator
@external("env", "copy_records") export declare function copyRecords(ptr: usize, length: usize): void;

/** There are no strings of an engine here. */
export function newStringLen(ctx: usize, ptr: usize, size: usize): i64 {
  return 0;
}
