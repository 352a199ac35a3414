/** Makes a function of the host fit for a table: a module of its own imports it and exports it again. */

import { V8, type V8Function } from "./v8.ts";
import { leb } from "./writer.ts";

const PARAM = { i32: 0x7f, f64: 0x7c } as const;

/** Wraps `run`, a function of these parameters and no result. */
export function hostFunction(
  params: readonly (keyof typeof PARAM)[],
  run: (...values: number[]) => void,
): V8Function {
  const type = [1, 0x60, params.length, ...params.map((name) => PARAM[name]), 0];
  const bytes = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, ...leb(type.length), ...type],
    ...[2, 7, 1, 1, 0x65, 1, 0x66, 0, 0],
    ...[7, 5, 1, 1, 0x66, 0, 0],
  ]);
  const { exports } = new V8.Instance(new V8.Module(bytes), { e: { f: run as V8Function } });
  return exports.f as V8Function;
}
