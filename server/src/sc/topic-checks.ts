// What a topic must satisfy before it is stored; the texts are Fluvio's own (server-behaviour 1.10).
import type { PartitionMap, ReplicaSpec, TopicSpec } from "@smdk/protocol";

const MAX_NAME_BYTES = 63;
const MIN_RETENTION_SECONDS = 10;
const MIN_SEGMENT_BYTES = 1024;
const DEFAULT_SEGMENT_BYTES = 1024 * 1024 * 1024;
const MIN_PARTITION_BYTES = 2048n;
/** Upstream has no limit for local clusters; this is the one of its Kubernetes objects. */
const MAX_PARTITIONS = 5000;

/** Why the text cannot name a topic, or null. The empty name, which upstream lets through, is refused too. */
export function topicNameProblem(name: string): string | null {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    return `Name exceeds max characters allowed ${MAX_NAME_BYTES}`;
  if (/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name)) return null;
  return "Contain only lowercase alphanumeric characters or '-'";
}

/** What is wrong with retention and storage limits, or null. */
export function topicConfigProblem(spec: TopicSpec): string | null {
  const retention = spec.cleanupPolicy?.timeInSeconds;
  if (retention !== undefined && retention < MIN_RETENTION_SECONDS) {
    return `retention_secs ${retention} is less than minimum ${MIN_RETENTION_SECONDS}`;
  }
  const segment = spec.storage?.segmentSize ?? null;
  if (segment !== null && segment < MIN_SEGMENT_BYTES) {
    return `segment_size ${segment} is less than minimum ${MIN_SEGMENT_BYTES}`;
  }
  const partition = spec.storage?.maxPartitionSize ?? null;
  if (partition === null) return null;
  if (partition < MIN_PARTITION_BYTES) {
    return `max_partition_size ${partition} is less than minimum ${MIN_PARTITION_BYTES}`;
  }
  const effectiveSegment = segment ?? DEFAULT_SEGMENT_BYTES;
  if (partition < BigInt(effectiveSegment)) {
    return `max_partition_size ${partition} is less than segment size ${effectiveSegment}`;
  }
  return null;
}

/** What is wrong with the replica assignment, or null. `isKnownSpu` tells whether an SPU is registered. */
export function replicaSpecProblem(
  replicas: ReplicaSpec,
  isKnownSpu: (id: number) => boolean,
): string | null {
  switch (replicas.kind) {
    case "Computed":
      if (replicas.partitions === 0) return "partition must be greater than 0";
      if (replicas.replicationFactor === 0) return "replication factor must be greater than 0";
      return tooMany(replicas.partitions);
    case "Assigned":
      return tooMany(replicas.value.length) ?? assignedProblem(replicas.value, isKnownSpu);
    case "Mirror":
      return null;
  }
}

function tooMany(partitions: number): string | null {
  return partitions > MAX_PARTITIONS ? `partition must not be greater than ${MAX_PARTITIONS}` : null;
}

function assignedProblem(rows: readonly PartitionMap[], isKnownSpu: (id: number) => boolean): string | null {
  const factor = rows[0]?.replicas.length;
  if (factor === undefined) return "no assigned partitions found";
  for (const [index, { id, replicas }] of rows.entries()) {
    if (index === 0) {
      if (id !== 0) return "assigned partitions must start with id 0";
      if (factor === 0) return "assigned replicas must have at least one spu id";
    }
    if (id !== index) return "assigned partition ids must be in sequence and without gaps";
    if (replicas.length !== factor)
      return `all assigned replicas must have the same number of spu ids: ${factor}`;
    if (new Set(replicas).size !== factor) {
      return `duplicate spu ids found in assigned partition with id: ${index}`;
    }
    const negative = replicas.find((spu) => spu < 0);
    if (negative !== undefined) return `invalid spu id: ${negative} in assigned partition with id: ${index}`;
  }
  const unknown = rows.flatMap(({ replicas }) => replicas).find((spu) => !isKnownSpu(spu));
  return unknown === undefined ? null : `invalid spu id: ${unknown}`;
}
