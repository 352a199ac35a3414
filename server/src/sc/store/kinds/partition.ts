// Partition objects in metadata files.
import type { PartitionResolution, PartitionSpec, PartitionStatus, ReplicaStatus } from "@smdk/protocol";
import { fields, flag, i32, i64, list, nullable, type Shape, u32, word } from "../shape.ts";
import { cleanupPolicy, compressionType, deduplication, partitionMirror, storageConfig } from "./common.ts";

export const partitionSpec: Shape<PartitionSpec> = fields({
  leader: { shape: i32 },
  replicas: { shape: list(i32), absent: [] },
  cleanupPolicy: { shape: nullable(cleanupPolicy) },
  storage: { shape: nullable(storageConfig) },
  compressionType: { shape: compressionType, absent: "Any" },
  deduplication: { shape: nullable(deduplication) },
  system: { shape: flag, absent: false },
  mirror: { shape: nullable(partitionMirror) },
});

const replicaStatus: Shape<ReplicaStatus> = fields({
  spu: { shape: i32 },
  hw: { shape: i64 },
  leo: { shape: i64 },
});

const resolution: Shape<PartitionResolution> = word([
  "Offline",
  "Online",
  "LeaderOffline",
  "ElectionLeaderFound",
  "OutOfStorage",
]);

export const partitionStatus: Shape<PartitionStatus> = fields({
  resolution: { shape: resolution },
  leader: { shape: replicaStatus },
  lsr: { shape: u32, absent: 0 },
  replicas: { shape: list(replicaStatus) },
  size: { shape: i64, absent: -2n },
  isBeingDeleted: { shape: flag },
  baseOffset: { shape: i64, absent: 0n },
});
