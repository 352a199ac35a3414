/** Replica: what the SC tells SPUs about a partition. */
import { bool, type Infer, i32, list, option, struct } from "../codec/index.ts";
import { PartitionMirrorConfig } from "./mirror-config.ts";
import { ReplicaKey } from "./replica-key.ts";
import { CleanupPolicy, CompressionAlgorithm, Deduplication, TopicStorageConfig } from "./topic.ts";

/** `leader` is an SPU id and one of `replicas`; `isBeingDeleted` asks for removal of the data. */
export const Replica = struct("Replica", {
  id: ReplicaKey,
  leader: i32(),
  replicas: list(i32()),
  mirror: option(PartitionMirrorConfig),
  isBeingDeleted: bool(),
  cleanupPolicy: option(CleanupPolicy),
  storage: option(TopicStorageConfig),
  compressionType: CompressionAlgorithm,
  deduplication: option(Deduplication),
});
export type Replica = Infer<typeof Replica>;
