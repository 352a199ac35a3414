// What the builder sets once and the snapshot keeps: handles into the engine, limits, the user's functions.
// Nothing in the glue may be static data, since the engine owns the whole memory: all is in globals.

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
