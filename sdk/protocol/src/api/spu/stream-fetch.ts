/** StreamFetch (SPU 1003): records of one partition as they come, one response per acknowledgement. */
import {
  between,
  bytes,
  type Infer,
  i32,
  i64,
  list,
  option,
  since,
  string,
  struct,
  u32,
} from "../../codec/index.ts";
import type { Api } from "../../frame.ts";
import { SmartModuleInvocation } from "../../smartmodule/invocation.ts";
import { SmartModuleExtraParams } from "../../smartmodule/params.ts";
import { FetchablePartitionResponse } from "./fetch.ts";
import { Isolation } from "./isolation.ts";

/** The `maxBytes` that clients ask for by default. */
export const DEFAULT_MAX_FETCH_BYTES = 1_048_890;

export const DerivedStreamInvocation = struct("DerivedStreamInvocation", {
  stream: string(),
  params: SmartModuleExtraParams,
});
export type DerivedStreamInvocation = Infer<typeof DerivedStreamInvocation>;

/** `smartmodules` form a chain; `wasmModule`, `smartmodule` and `derivedstream` are its forerunners up to version 18. */
export const StreamFetchRequest = struct("StreamFetchRequest", {
  topic: string(),
  partition: u32(),
  fetchOffset: i64(),
  maxBytes: i32(),
  isolation: Isolation,
  wasmModule: between(11, 18, bytes()),
  smartmodule: between(16, 18, option(SmartModuleInvocation)),
  derivedstream: between(16, 18, option(DerivedStreamInvocation)),
  smartmodules: since(18, list(SmartModuleInvocation)),
  consumerId: since(23, option(string())),
});
export type StreamFetchRequest = Infer<typeof StreamFetchRequest>;

/** `streamId` is what acknowledgements and consumer offsets refer to; 0 where the SPU is not the leader. */
export const StreamFetchResponse = struct("StreamFetchResponse", {
  topic: string(),
  streamId: u32(),
  partition: FetchablePartitionResponse,
});
export type StreamFetchResponse = Infer<typeof StreamFetchResponse>;

export const StreamFetchApi: Api<StreamFetchRequest, StreamFetchResponse> = {
  name: "StreamFetch",
  key: 1003,
  minVersion: 23,
  maxVersion: 25,
  request: StreamFetchRequest,
  response: StreamFetchResponse,
  stream: true,
};
