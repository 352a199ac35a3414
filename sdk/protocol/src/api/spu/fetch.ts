/** Fetch (SPU 1): records of partitions, once. Current clients use StreamFetch instead. */
import {
  type Infer,
  i32,
  i64,
  list,
  option,
  recordSet,
  since,
  string,
  struct,
  u32,
} from "../../codec/index.ts";
import { ErrorCode } from "../../error-code.ts";
import type { Api } from "../../frame.ts";
import { Isolation } from "./isolation.ts";

export const FetchPartition = struct("FetchPartition", {
  partitionIndex: u32(),
  currentLeaderEpoch: since(9, i32()),
  fetchOffset: i64(),
  logStartOffset: since(5, i64()),
  maxBytes: i32(),
});
export type FetchPartition = Infer<typeof FetchPartition>;

export const FetchableTopic = struct("FetchableTopic", {
  name: string(),
  fetchPartitions: list(FetchPartition),
});
export type FetchableTopic = Infer<typeof FetchableTopic>;

export const ForgottenTopic = struct("ForgottenTopic", {
  name: since(7, string()),
  forgottenPartitionIndexes: since(7, list(i32())),
});
export type ForgottenTopic = Infer<typeof ForgottenTopic>;

/** `maxWait` in milliseconds. */
export const FetchRequest = struct("FetchRequest", {
  maxWait: i32(),
  minBytes: i32(),
  maxBytes: since(3, i32()),
  isolationLevel: since(4, Isolation),
  topics: list(FetchableTopic),
  forgotten: since(7, list(ForgottenTopic)),
});
export type FetchRequest = Infer<typeof FetchRequest>;

export const AbortedTransaction = struct("AbortedTransaction", { producerId: i64(), firstOffset: i64() });
export type AbortedTransaction = Infer<typeof AbortedTransaction>;

/**
 * Records of one partition, also in StreamFetch. `nextFilterOffset` above 0 is where to go on after filtering;
 * `aborted` is always null; `records` are batches back to back, a view into the frame.
 */
export const FetchablePartitionResponse = struct("FetchablePartitionResponse", {
  partitionIndex: u32(),
  errorCode: ErrorCode,
  highWatermark: i64(),
  nextFilterOffset: since(11, i64()),
  logStartOffset: i64(),
  aborted: option(list(AbortedTransaction)),
  records: recordSet(),
});
export type FetchablePartitionResponse = Infer<typeof FetchablePartitionResponse>;

export const FetchableTopicResponse = struct("FetchableTopicResponse", {
  name: string(),
  partitions: list(FetchablePartitionResponse),
});
export type FetchableTopicResponse = Infer<typeof FetchableTopicResponse>;

export const FetchResponse = struct("FetchResponse", {
  throttleTimeMs: i32(),
  errorCode: ErrorCode,
  sessionId: i32(),
  topics: list(FetchableTopicResponse),
});
export type FetchResponse = Infer<typeof FetchResponse>;

export const FetchApi: Api<FetchRequest, FetchResponse> = {
  name: "Fetch",
  key: 1,
  minVersion: 0,
  maxVersion: 25,
  request: FetchRequest,
  response: FetchResponse,
  stream: false,
};
