// Everything that the engine, the builder and the host reach in the glue.

export * from "./state";
export * from "./natives";
export * from "./run";
export { makeTree } from "./parse";
export { newAscii } from "./text";
export { js_endOfValue, makeObjects } from "./record";

// Imports of the engine that a SmartModule has no use for.

/** The time zone is UTC. */
export function host_get_timezone_offset(high: i32, low: i32): i32 {
  return 0;
}

export function host_interrupt(): i32 {
  return 0;
}

export function host_promise_rejection(promise: i32, reason: i32, handled: i32): void {}

export function host_module_normalize(base: i32, name: i32): i32 {
  return 0;
}

export function host_module_load(name: i32, size: i32): i32 {
  return 0;
}

export function host_call(fn: i32, self: i32, argc: i32, argv: i32, data: i32): i32 {
  return 0;
}
