/** A SmartModule as a produce or stream-fetch request asks for it. */
import {
  always,
  bytes,
  fields,
  type Infer,
  newtype,
  option,
  since,
  string,
  struct,
  union,
  unit,
} from "../codec/index.ts";
import { SmartModuleExtraParams } from "./params.ts";

/** `Predefined` names a module of the cluster; `AdHoc` carries the gzip of the wasm bytes. */
export const SmartModuleInvocationWasm = union(
  "SmartModuleInvocationWasm",
  { Predefined: newtype(0, string()), AdHoc: newtype(1, bytes()) },
  { initial: () => ({ kind: "AdHoc", value: new Uint8Array(0) }) },
);
export type SmartModuleInvocationWasm = Infer<typeof SmartModuleInvocationWasm>;

/** Data for a module whose kind the engine finds out by itself. */
export const SmartModuleContextData = union("SmartModuleContextData", {
  None: unit(0),
  Aggregate: fields(1, { accumulator: bytes() }),
  Join: newtype(2, string()),
  JoinStream: fields(3, { topic: string(), derivedstream: string() }),
});
export type SmartModuleContextData = Infer<typeof SmartModuleContextData>;

/** What the client believes the module to be; only the accumulator matters to a server. */
export const SmartModuleKind = union("SmartModuleKind", {
  Filter: unit(0),
  Map: unit(1),
  ArrayMap: unit(2),
  Aggregate: fields(3, { accumulator: bytes() }),
  FilterMap: unit(4),
  Join: newtype(5, string()),
  JoinStream: fields(6, { topic: string(), derivedstream: string() }),
  Generic: newtype(7, SmartModuleContextData),
});
export type SmartModuleKind = Infer<typeof SmartModuleKind>;

/** One module of a chain. `name` serves metrics only. */
export const SmartModuleInvocation = struct("SmartModuleInvocation", {
  wasm: always(SmartModuleInvocationWasm),
  kind: always(SmartModuleKind),
  params: always(SmartModuleExtraParams),
  name: since(25, option(string())),
});
export type SmartModuleInvocation = Infer<typeof SmartModuleInvocation>;
