/** SPU to SPU: the private port's first message, and the replication stream that FetchStream opens. */
import { type Infer, i32, i64, list, option, recordSet, string, struct, u32 } from "../../codec/index.ts";
import { ErrorCode } from "../../error-code.ts";
import type { Api } from "../../frame.ts";
import { ReplicaKey } from "../../object/replica-key.ts";
import { oneWay } from "./one-way.ts";

/** A follower asks a leader for a replication stream. */
export const FetchStreamRequest = struct("FetchStreamRequest", {
  spuId: i32(),
  leaderSpuId: i32(),
  minBytes: i32(),
  maxBytes: i32(),
});
export type FetchStreamRequest = Infer<typeof FetchStreamRequest>;

export const FetchStreamResponse = struct("FetchStreamResponse", { spuId: option(i32()) });
export type FetchStreamResponse = Infer<typeof FetchStreamResponse>;

export const FetchStreamApi: Api<FetchStreamRequest, FetchStreamResponse> = {
  name: "FetchStream",
  key: 0,
  minVersion: 0,
  maxVersion: 0,
  request: FetchStreamRequest,
  response: FetchStreamResponse,
  stream: false,
};

export const PeerFetchConsumerOffsetRequest = struct("PeerFetchConsumerOffsetRequest", {
  replicaId: ReplicaKey,
  consumerId: string(),
});
export type PeerFetchConsumerOffsetRequest = Infer<typeof PeerFetchConsumerOffsetRequest>;

export const PeerFetchConsumerOffsetResponse = struct("PeerFetchConsumerOffsetResponse", {
  errorCode: ErrorCode,
  consumer: option(struct("Consumer", { offset: i64() })),
});
export type PeerFetchConsumerOffsetResponse = Infer<typeof PeerFetchConsumerOffsetResponse>;

export const PeerFetchConsumerOffsetApi: Api<
  PeerFetchConsumerOffsetRequest,
  PeerFetchConsumerOffsetResponse
> = {
  name: "PeerFetchConsumerOffset",
  key: 1,
  minVersion: 23,
  maxVersion: 25,
  request: PeerFetchConsumerOffsetRequest,
  response: PeerFetchConsumerOffsetResponse,
  stream: false,
};

export const PeerUpdateConsumerOffsetRequest = struct("PeerUpdateConsumerOffsetRequest", {
  replicaId: ReplicaKey,
  consumerId: string(),
  offset: i64(),
});
export type PeerUpdateConsumerOffsetRequest = Infer<typeof PeerUpdateConsumerOffsetRequest>;

export const PeerUpdateConsumerOffsetResponse = struct("PeerUpdateConsumerOffsetResponse", {
  errorCode: ErrorCode,
});
export type PeerUpdateConsumerOffsetResponse = Infer<typeof PeerUpdateConsumerOffsetResponse>;

export const PeerUpdateConsumerOffsetApi: Api<
  PeerUpdateConsumerOffsetRequest,
  PeerUpdateConsumerOffsetResponse
> = {
  name: "PeerUpdateConsumerOffset",
  key: 2,
  minVersion: 23,
  maxVersion: 25,
  request: PeerUpdateConsumerOffsetRequest,
  response: PeerUpdateConsumerOffsetResponse,
  stream: false,
};

/** Every API of an SPU's private port, by key. */
export const spuPrivateApis: ReadonlyMap<number, Api> = new Map(
  [FetchStreamApi, PeerFetchConsumerOffsetApi, PeerUpdateConsumerOffsetApi].map((api) => [
    api.key,
    api as Api,
  ]),
);

/** Where a replica stands: log end offset and high watermark. */
export const ReplicaOffset = struct("ReplicaOffset", { replica: ReplicaKey, leo: i64(), hw: i64() });
export type ReplicaOffset = Infer<typeof ReplicaOffset>;

/** Follower to leader: what the follower has. */
export const FollowerOffsetsRequest = struct("FollowerOffsetsRequest", { replicas: list(ReplicaOffset) });
export type FollowerOffsetsRequest = Infer<typeof FollowerOffsetsRequest>;
export const FollowerOffsetsApi = oneWay("FollowerOffsets", 0, 0, FollowerOffsetsRequest);

/** `records` start at the follower's log end; empty where only the high watermark moved. */
export const SyncPartition = struct("SyncPartition", {
  partition: u32(),
  error: ErrorCode,
  hw: i64(),
  leo: i64(),
  records: recordSet(),
});
export type SyncPartition = Infer<typeof SyncPartition>;

export const SyncTopic = struct("SyncTopic", { name: string(), partitions: list(SyncPartition) });
export type SyncTopic = Infer<typeof SyncTopic>;

/** Leader to follower. */
export const SyncRecordsRequest = struct("SyncRecordsRequest", { topics: list(SyncTopic) });
export type SyncRecordsRequest = Infer<typeof SyncRecordsRequest>;
export const SyncRecordsApi = oneWay("SyncRecords", 0, 7, SyncRecordsRequest);

/** Leader to follower: replicas it does not lead (yet). */
export const RejectedOffsetRequest = struct("RejectedOffsetRequest", { replicas: list(ReplicaKey) });
export type RejectedOffsetRequest = Infer<typeof RejectedOffsetRequest>;
export const RejectedOffsetApi = oneWay("RejectedOffset", 1, 0, RejectedOffsetRequest);
