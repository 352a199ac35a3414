/** Partition: placement and settings as asked, leader and replicas as reported. */
import {
  bool,
  enumOf,
  type Infer,
  i32,
  i64,
  list,
  option,
  since,
  struct,
  u32,
  withDefault,
} from "../codec/index.ts";
import { PartitionMirrorConfig } from "./mirror-config.ts";
import { CleanupPolicy, CompressionAlgorithm, Deduplication, TopicStorageConfig } from "./topic.ts";

/** `leader` is an SPU id and one of `replicas`. */
export const PartitionSpec = struct("PartitionSpec", {
  leader: i32(),
  replicas: list(i32()),
  cleanupPolicy: since(4, option(CleanupPolicy)),
  storage: since(4, option(TopicStorageConfig)),
  compressionType: since(6, CompressionAlgorithm),
  deduplication: since(12, option(Deduplication)),
  system: since(13, bool()),
  mirror: since(14, option(PartitionMirrorConfig)),
});
export type PartitionSpec = Infer<typeof PartitionSpec>;

/** `OutOfStorage` is unknown to clients that speak SC versions below 19: they fail to decode the frame. */
export const PartitionResolution = enumOf("PartitionResolution", {
  Offline: 0,
  Online: 1,
  LeaderOffline: 2,
  ElectionLeaderFound: 3,
  OutOfStorage: 4,
});
export type PartitionResolution = Infer<typeof PartitionResolution>;

/** High watermark and log end offset of one replica; -1 is unknown. */
export const ReplicaStatus = struct("ReplicaStatus", {
  spu: withDefault(i32(), () => -1),
  hw: withDefault(i64(), () => -1n),
  leo: withDefault(i64(), () => -1n),
});
export type ReplicaStatus = Infer<typeof ReplicaStatus>;

/** `PartitionStatus.size` where the size could not be found out, and where it is not kept. */
export const PARTITION_SIZE_ERROR = -1n;
export const PARTITION_SIZE_NOT_SUPPORTED = -2n;

/** `lsr`: how many of `replicas` have the leader's log end offset. `size` in bytes, or one of the constants above. */
export const PartitionStatus = struct("PartitionStatus", {
  resolution: PartitionResolution,
  leader: ReplicaStatus,
  lsr: u32(),
  replicas: list(ReplicaStatus),
  size: since(5, i64(), () => PARTITION_SIZE_NOT_SUPPORTED),
  isBeingDeleted: bool(),
  baseOffset: since(16, i64()),
});
export type PartitionStatus = Infer<typeof PartitionStatus>;
