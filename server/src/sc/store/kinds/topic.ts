// Topic objects in metadata files.
import type {
  MirrorConfig,
  PartitionMap,
  ReplicaSpec,
  TopicResolution,
  TopicSpec,
  TopicStatus,
} from "@smdk/protocol";
import {
  fields,
  flag,
  i32,
  kinded,
  list,
  nullable,
  numberMap,
  type Shape,
  text,
  u32,
  variants,
  word,
  wrapped,
} from "../shape.ts";
import {
  cleanupPolicy,
  compressionType,
  deduplication,
  homePartition,
  isFalse,
  isNull,
  partitionMirror,
  storageConfig,
} from "./common.ts";

type Replicas<K extends ReplicaSpec["kind"]> = Extract<ReplicaSpec, { kind: K }>;
type Mirror<K extends MirrorConfig["kind"]> = Extract<MirrorConfig, { kind: K }>;

const partitionMap: Shape<PartitionMap> = fields({
  id: { shape: u32 },
  replicas: { shape: list(i32) },
  mirror: { shape: nullable(partitionMirror), omit: isNull },
});

const mirrorConfig: Shape<MirrorConfig> = variants("key", {
  Remote: {
    tag: "remote",
    shape: kinded<Mirror<"Remote">>(
      "Remote",
      fields({
        homeCluster: { shape: text },
        homeSpus: {
          shape: list(fields({ id: { shape: i32 }, key: { shape: text }, endpoint: { shape: text } })),
        },
        // Fluvio leaves a false one out, and then cannot read its own file.
        target: { shape: flag, absent: false },
      }),
    ),
  },
  Home: {
    tag: "home",
    shape: kinded<Mirror<"Home">>(
      "Home",
      fields({
        partitions: { shape: list(homePartition), absent: [] },
        source: { shape: flag, absent: false, omit: isFalse },
      }),
    ),
  },
});

const replicaSpec: Shape<ReplicaSpec> = variants("tag", {
  Assigned: { tag: "assigned", shape: wrapped("Assigned", list(partitionMap)) },
  Computed: {
    tag: "computed",
    shape: kinded<Replicas<"Computed">>(
      "Computed",
      fields({
        partitions: { shape: u32, absent: 1 },
        replicationFactor: { shape: u32, absent: 1 },
        // Fluvio leaves this field out when it is true, and then reads false; written always, it survives.
        ignoreRackAssignment: { shape: flag, absent: false },
      }),
    ),
  },
  Mirror: { tag: "mirror", shape: wrapped("Mirror", mirrorConfig) },
});

export const topicSpec: Shape<TopicSpec> = fields({
  replicas: { shape: replicaSpec },
  cleanupPolicy: { shape: nullable(cleanupPolicy), omit: isNull },
  storage: { shape: nullable(storageConfig), omit: isNull },
  compressionType: { shape: compressionType, absent: "Any" },
  deduplication: { shape: nullable(deduplication), omit: isNull },
  system: { shape: flag, absent: false },
});

const resolution: Shape<TopicResolution> = word([
  "Init",
  "Pending",
  "InsufficientResources",
  "InvalidConfig",
  "Provisioned",
  "Deleting",
]);

export const topicStatus: Shape<TopicStatus> = fields({
  resolution: { shape: resolution },
  replicaMap: { shape: numberMap(list(i32)) },
  mirrorMap: { shape: numberMap(partitionMirror), absent: new Map() },
  reason: { shape: text },
});
