/** Topic: what is asked for and what is. */
import {
  bool,
  duration,
  enumOf,
  type Infer,
  i32,
  list,
  map,
  newtype,
  option,
  since,
  spread,
  string,
  struct,
  u32,
  u64,
  union,
} from "../codec/index.ts";
import { MirrorConfig, PartitionMirrorConfig } from "./mirror-config.ts";

/** Partition `id` on the SPUs `replicas`; the first is the preferred leader. */
export const PartitionMap = struct("PartitionMap", {
  id: u32(),
  replicas: list(i32()),
  mirror: since(14, option(PartitionMirrorConfig)),
});
export type PartitionMap = Infer<typeof PartitionMap>;

const TopicReplicaParam = struct("TopicReplicaParam", {
  partitions: u32(),
  replicationFactor: u32(),
  ignoreRackAssignment: bool(),
});

export const ReplicaSpec = union(
  "ReplicaSpec",
  {
    Assigned: newtype(0, list(PartitionMap)),
    Computed: spread(1, TopicReplicaParam),
    Mirror: newtype(2, MirrorConfig),
  },
  {
    initial: () => ({ kind: "Computed", partitions: 0, replicationFactor: 0, ignoreRackAssignment: false }),
  },
);
export type ReplicaSpec = Infer<typeof ReplicaSpec>;

/** How long records stay: `timeInSeconds` per segment. */
export const CleanupPolicy = union("CleanupPolicy", {
  Segment: spread(0, struct("SegmentBasedPolicy", { timeInSeconds: u32() })),
});
export type CleanupPolicy = Infer<typeof CleanupPolicy>;

/** Limits in bytes. */
export const TopicStorageConfig = struct("TopicStorageConfig", {
  segmentSize: option(u32()),
  maxPartitionSize: option(u64()),
});
export type TopicStorageConfig = Infer<typeof TopicStorageConfig>;

/**
 * What a topic accepts. `Any` leaves the choice to the producer. The numbers differ from the codec bits of a batch,
 * where zstd is 4.
 */
export const CompressionAlgorithm = enumOf(
  "CompressionAlgorithm",
  { None: 0, Gzip: 1, Snappy: 2, Lz4: 3, Any: 4, Zstd: 5 },
  { initial: "Any" },
);
export type CompressionAlgorithm = Infer<typeof CompressionAlgorithm>;

/** The SmartModule `uses` with parameters `with` drops records seen among the last `count`, not older than `age`. */
export const Deduplication = struct("Deduplication", {
  bounds: struct("Bounds", { count: u64(), age: option(duration()) }),
  filter: struct("Filter", {
    transform: struct("Transform", { uses: string(), with: map(string(), string()) }),
  }),
});
export type Deduplication = Infer<typeof Deduplication>;

export const TopicSpec = struct("TopicSpec", {
  replicas: ReplicaSpec,
  cleanupPolicy: since(3, option(CleanupPolicy)),
  storage: since(4, option(TopicStorageConfig)),
  compressionType: since(6, CompressionAlgorithm),
  deduplication: since(12, option(Deduplication)),
  system: since(13, bool()),
});
export type TopicSpec = Infer<typeof TopicSpec>;

export const TopicResolution = enumOf("TopicResolution", {
  Init: 0,
  Pending: 1,
  InsufficientResources: 2,
  InvalidConfig: 3,
  Provisioned: 4,
  Deleting: 5,
});
export type TopicResolution = Infer<typeof TopicResolution>;

/** `replicaMap`: partition to SPU ids, leader first. */
export const TopicStatus = struct("TopicStatus", {
  resolution: TopicResolution,
  replicaMap: map(u32(), list(i32())),
  mirrorMap: since(14, map(u32(), PartitionMirrorConfig)),
  reason: string(),
});
export type TopicStatus = Infer<typeof TopicStatus>;

/** What the Update API can do to a topic: `numberOfPartition` is how many to add. */
export const UpdateTopicAction = union("UpdateTopicAction", {
  AddPartition: spread(0, struct("AddPartition", { numberOfPartition: u32() })),
  AddMirror: spread(1, struct("AddMirror", { remoteCluster: string(), homeToMirror: bool() })),
});
export type UpdateTopicAction = Infer<typeof UpdateTopicAction>;
