/** FetchConsumerOffsets (SPU 1008): stored offsets, all or filtered. */
import { type Infer, i64, list, option, since, string, struct, u64 } from "../../codec/index.ts";
import { ErrorCode } from "../../error-code.ts";
import type { Api } from "../../frame.ts";
import { ReplicaKey } from "../../object/replica-key.ts";

/** Exact matches. */
export const FilterOpts = struct("FilterOpts", {
  replicaId: option(ReplicaKey),
  consumerId: option(string()),
});
export type FilterOpts = Infer<typeof FilterOpts>;

export const FetchConsumerOffsetsRequest = struct("FetchConsumerOffsetsRequest", {
  filterOpts: since(24, option(FilterOpts)),
});
export type FetchConsumerOffsetsRequest = Infer<typeof FetchConsumerOffsetsRequest>;

/** `offset` is the last processed one; `modifiedTime` in seconds since the epoch. */
export const ConsumerOffset = struct("ConsumerOffset", {
  consumerId: string(),
  replicaId: ReplicaKey,
  offset: i64(),
  modifiedTime: u64(),
});
export type ConsumerOffset = Infer<typeof ConsumerOffset>;

export const FetchConsumerOffsetsResponse = struct("FetchConsumerOffsetsResponse", {
  errorCode: ErrorCode,
  consumers: list(ConsumerOffset),
});
export type FetchConsumerOffsetsResponse = Infer<typeof FetchConsumerOffsetsResponse>;

export const FetchConsumerOffsetsApi: Api<FetchConsumerOffsetsRequest, FetchConsumerOffsetsResponse> = {
  name: "FetchConsumerOffsets",
  key: 1008,
  minVersion: 23,
  maxVersion: 25,
  request: FetchConsumerOffsetsRequest,
  response: FetchConsumerOffsetsResponse,
  stream: false,
};
