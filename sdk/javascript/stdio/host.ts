// What the reading and writing of records needs here.

// @ts-expect-error: decorator
@external("env", "copy_records") export declare function copyRecords(ptr: usize, size: usize): void;

export { free, malloc, realloc } from "./space";
