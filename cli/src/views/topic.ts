/** Topics as Fluvio's tools print them. */
import type { Deduplication, ReplicaSpec, TopicMetadata } from "@smdk/protocol";
import { humanBytes, humanSeconds, table } from "../output.ts";

const defaultRetentionSeconds = 7 * 86_400;

/** The JSON form of `topic list -O json`. */
export function topicJson({ name, spec, status }: TopicMetadata): Record<string, unknown> {
  const { replicas, cleanupPolicy, storage, compressionType, deduplication, system } = spec;
  return {
    name,
    spec: {
      replicas: replicasJson(replicas),
      ...(cleanupPolicy && { cleanupPolicy: { segment: { timeInSeconds: cleanupPolicy.timeInSeconds } } }),
      ...(storage && { storage: withoutNulls(storage) }),
      compressionType,
      ...(deduplication && { deduplication: deduplicationJson(deduplication) }),
      system,
    },
    status: {
      resolution: status.resolution,
      replicaMap: status.replicaMap,
      mirrorMap: status.mirrorMap,
      reason: status.reason,
    },
  };
}

function replicasJson(replicas: ReplicaSpec): Record<string, unknown> {
  switch (replicas.kind) {
    case "Computed": {
      const { partitions, replicationFactor, ignoreRackAssignment } = replicas;
      return { computed: { partitions, replicationFactor, ignoreRackAssignment } };
    }
    case "Assigned":
      return { assigned: replicas.value.map((map) => withoutNulls(map)) };
    case "Mirror": {
      const { kind, ...config } = replicas.value;
      return { mirror: { [kind.toLowerCase()]: config } };
    }
  }
}

function deduplicationJson({ bounds, filter }: Deduplication): Record<string, unknown> {
  const age = bounds.age && { secs: bounds.age.seconds, nanos: bounds.age.nanos };
  return { bounds: { count: bounds.count, ...(age && { age }) }, filter };
}

function withoutNulls(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null));
}

/** The table of `topic list`. */
export function topicTable(topics: readonly TopicMetadata[]): string {
  if (topics.length === 0) return "No topics found";
  const headers = [
    "NAME",
    "TYPE",
    "PARTITIONS",
    "REPLICAS",
    "RETENTION TIME",
    "COMPRESSION",
    "DEDUPLICATION",
    "STATUS",
    "REASON",
  ];
  return table(
    headers,
    topics.map(({ name, spec, status }) => [
      name,
      typeText(spec.replicas),
      String(partitionCount(spec.replicas) ?? "-"),
      replicationText(spec.replicas),
      humanSeconds(spec.cleanupPolicy?.timeInSeconds ?? defaultRetentionSeconds),
      spec.compressionType.toLowerCase(),
      spec.deduplication?.filter.transform.uses ?? "none",
      `resolution::${resolutionText(status.resolution)}`,
      status.reason,
    ]),
  );
}

/** The block of `topic describe`. */
export function topicBlock({ name, spec, status }: TopicMetadata): string {
  const { replicas, deduplication, storage } = spec;
  const rows: [string, string][] = [
    ["Name", name],
    ["Type", typeText(replicas)],
    ["Partition Count", String(partitionCount(replicas) ?? "-")],
    ["Replication Factor", replicationText(replicas)],
    ["Ignore Rack Assignment", String(replicas.kind === "Computed" && replicas.ignoreRackAssignment)],
  ];
  if (storage?.segmentSize != null) rows.push(["Segment Size", humanBytes(storage.segmentSize)]);
  if (storage?.maxPartitionSize != null)
    rows.push(["Max Partition Size", humanBytes(storage.maxPartitionSize)]);
  if (deduplication) {
    rows.push(["Deduplication Filter", deduplication.filter.transform.uses]);
    rows.push(["Deduplication Count Bound", String(deduplication.bounds.count)]);
    const age = deduplication.bounds.age;
    if (age) rows.push(["Deduplication Age Bound", humanSeconds(age.seconds)]);
  }
  rows.push(["Status", resolutionText(status.resolution)], ["Reason", status.reason]);
  return [...rows.map(([label, value]) => `   ${label}:${value}`), "   -----------------"].join("\n");
}

function typeText(replicas: ReplicaSpec): string {
  return replicas.kind.toLowerCase();
}

function partitionCount(replicas: ReplicaSpec): number | undefined {
  switch (replicas.kind) {
    case "Computed":
      return replicas.partitions;
    case "Assigned":
      return replicas.value.length;
    case "Mirror":
      return replicas.value.kind === "Home" ? replicas.value.partitions.length : undefined;
  }
}

function replicationText(replicas: ReplicaSpec): string {
  if (replicas.kind === "Computed") return String(replicas.replicationFactor);
  if (replicas.kind === "Assigned") return String(replicas.value[0]?.replicas.length ?? 0);
  return "-";
}

/** `InsufficientResources` as `insufficient-resources`. */
function resolutionText(resolution: string): string {
  return resolution.replace(/([a-z])([A-Z])/g, "$1-$2").toLowerCase();
}
