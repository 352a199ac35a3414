/** FetchOffsets (SPU 1002): where the log of a partition begins and ends. */
import { between, type Infer, i64, list, option, string, struct, u32 } from "../../codec/index.ts";
import { ErrorCode } from "../../error-code.ts";
import type { Api } from "../../frame.ts";

export const FetchOffsetPartition = struct("FetchOffsetPartition", { partitionIndex: u32() });
export type FetchOffsetPartition = Infer<typeof FetchOffsetPartition>;

export const FetchOffsetTopic = struct("FetchOffsetTopic", {
  name: string(),
  partitions: list(FetchOffsetPartition),
});
export type FetchOffsetTopic = Infer<typeof FetchOffsetTopic>;

/** `consumerId` exists at version 23 only; the start offset is then that consumer's. */
export const FetchOffsetsRequest = struct("FetchOffsetsRequest", {
  topics: list(FetchOffsetTopic),
  consumerId: between(23, 23, option(string())),
});
export type FetchOffsetsRequest = Infer<typeof FetchOffsetsRequest>;

/** The error comes before the partition here. `lastStableOffset` is the high watermark. */
export const FetchOffsetPartitionResponse = struct("FetchOffsetPartitionResponse", {
  errorCode: ErrorCode,
  partitionIndex: u32(),
  startOffset: i64(),
  lastStableOffset: i64(),
});
export type FetchOffsetPartitionResponse = Infer<typeof FetchOffsetPartitionResponse>;

export const FetchOffsetTopicResponse = struct("FetchOffsetTopicResponse", {
  name: string(),
  partitions: list(FetchOffsetPartitionResponse),
});
export type FetchOffsetTopicResponse = Infer<typeof FetchOffsetTopicResponse>;

export const FetchOffsetsResponse = struct("FetchOffsetsResponse", {
  topics: list(FetchOffsetTopicResponse),
});
export type FetchOffsetsResponse = Infer<typeof FetchOffsetsResponse>;

export const FetchOffsetsApi: Api<FetchOffsetsRequest, FetchOffsetsResponse> = {
  name: "FetchOffsets",
  key: 1002,
  minVersion: 23,
  maxVersion: 25,
  request: FetchOffsetsRequest,
  response: FetchOffsetsResponse,
  stream: false,
};
