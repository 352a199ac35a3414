/** Topics and partitions. */
import type {
  CompressionAlgorithm,
  PartitionMetadata,
  ReplicaSpec,
  TopicMetadata,
  TopicSpec,
} from "@smdk/protocol";
import { topicNotFound } from "../cluster/cluster.ts";
import { ClientError } from "../error.ts";
import type { CallOptions, ObjectRequests } from "./requests.ts";

/** How to make a topic. What is left out is up to the cluster. */
export interface TopicOptions {
  /** Default 1. */
  partitions?: number;
  /** Default 1. */
  replication?: number;
  ignoreRackAssignment?: boolean;
  /** SPU ids by partition, leader first, instead of `partitions` and `replication`. */
  assignment?: readonly (readonly number[])[];
  /** A mirror topic, instead of all the above. */
  mirror?: Extract<ReplicaSpec, { kind: "Mirror" }>["value"];
  /** Seconds after which a segment may go; at least 10. */
  retentionSeconds?: number;
  /** Bytes; at least 1024. */
  segmentSize?: number;
  /** Bytes; at least 2048, and not below the segment size. */
  maxPartitionSize?: bigint | number;
  /** Default "Any": the producer's choice. */
  compression?: CompressionAlgorithm;
  deduplication?: {
    /** Records to remember. */
    count: bigint | number;
    ageMs?: number;
    /** SmartModule that tells duplicates. */
    uses: string;
    with?: Readonly<Record<string, string>>;
  };
  system?: boolean;
}

export class TopicAdmin {
  private readonly requests: ObjectRequests;

  constructor(requests: ObjectRequests) {
    this.requests = requests;
  }

  /**
   * Creates a topic and waits until its partitions are online. With `dryRun` only the checks run. Fails with
   * SMDK_SERVER_ERROR and error codes TopicAlreadyExists, TopicInvalidName, TopicInvalidConfiguration,
   * TopicNotProvisioned (it exists then, without enough SPUs) and others.
   */
  async create(
    name: string,
    options: TopicOptions | { spec: TopicSpec } = {},
    call: CallOptions & { dryRun?: boolean; timeoutMs?: number } = {},
  ): Promise<void> {
    const spec = "spec" in options ? options.spec : topicSpec(options);
    const timeout = call.timeoutMs ?? null;
    await this.requests.create(
      { type: "Topic", name, dryRun: call.dryRun ?? false, timeout, spec },
      signalOf(call),
    );
  }

  /** Topics whose name contains one of `filters` (all without); system topics instead of the others with `system`. */
  list(
    options: CallOptions & { filters?: readonly string[]; system?: boolean } = {},
  ): Promise<TopicMetadata[]> {
    return this.requests.list("Topic", options);
  }

  /** One topic, system topics included. Fails with SMDK_TOPIC_NOT_FOUND. */
  async get(name: string, options: CallOptions = {}): Promise<TopicMetadata> {
    for (const system of [false, true]) {
      const found = await this.requests.list("Topic", { ...options, filters: [name], system });
      const topic = found.find((entry) => entry.name === name);
      if (topic !== undefined) return topic;
    }
    throw topicNotFound(name);
  }

  /** Deletes a topic and its records; system topics need `force`. */
  async delete(name: string, options: CallOptions & { force?: boolean } = {}): Promise<void> {
    await this.requests.delete(
      { type: "Topic", key: name, force: options.force ?? false },
      signalOf(options),
    );
  }

  /** Adds `count` partitions. Records with keys map differently afterwards. */
  async addPartitions(name: string, count: number, options: CallOptions = {}): Promise<void> {
    if (!Number.isInteger(count) || count < 1) {
      throw new ClientError("SMDK_ARGUMENT", `${count} is no number of partitions to add`);
    }
    await this.requests.update(
      { type: "Topic", key: name, action: { kind: "AddPartition", numberOfPartition: count } },
      options,
    );
  }

  /** Adds a remote cluster to a mirror topic. */
  async addMirror(
    name: string,
    remote: string,
    options: CallOptions & { homeToMirror?: boolean } = {},
  ): Promise<void> {
    const action = {
      kind: "AddMirror" as const,
      remoteCluster: remote,
      homeToMirror: options.homeToMirror ?? false,
    };
    await this.requests.update({ type: "Topic", key: name, action }, signalOf(options));
  }
}

export class PartitionAdmin {
  private readonly requests: ObjectRequests;

  constructor(requests: ObjectRequests) {
    this.requests = requests;
  }

  /** All partitions; those of system topics instead with `system`. */
  list(options: CallOptions & { system?: boolean } = {}): Promise<PartitionMetadata[]> {
    return this.requests.list("Partition", options);
  }
}

/** The specification that the options stand for. */
export function topicSpec(options: TopicOptions): TopicSpec {
  const { retentionSeconds, segmentSize, maxPartitionSize, deduplication } = options;
  const storage =
    segmentSize === undefined && maxPartitionSize === undefined
      ? null
      : {
          segmentSize: segmentSize ?? null,
          maxPartitionSize: maxPartitionSize === undefined ? null : BigInt(maxPartitionSize),
        };
  return {
    replicas: replicaSpec(options),
    cleanupPolicy:
      retentionSeconds === undefined ? null : { kind: "Segment", timeInSeconds: retentionSeconds },
    storage,
    compressionType: options.compression ?? "Any",
    deduplication:
      deduplication === undefined
        ? null
        : {
            bounds: { count: BigInt(deduplication.count), age: ageOf(deduplication.ageMs) },
            filter: {
              transform: {
                uses: deduplication.uses,
                with: new Map(Object.entries(deduplication.with ?? {})),
              },
            },
          },
    system: options.system ?? false,
  };
}

function replicaSpec(options: TopicOptions): ReplicaSpec {
  if (options.mirror !== undefined) return { kind: "Mirror", value: options.mirror };
  if (options.assignment !== undefined) {
    const value = options.assignment.map((replicas, id) => ({ id, replicas: [...replicas], mirror: null }));
    return { kind: "Assigned", value };
  }
  return {
    kind: "Computed",
    partitions: options.partitions ?? 1,
    replicationFactor: options.replication ?? 1,
    ignoreRackAssignment: options.ignoreRackAssignment ?? false,
  };
}

function ageOf(ageMs: number | undefined): { seconds: bigint; nanos: number } | null {
  if (ageMs === undefined) return null;
  return { seconds: BigInt(Math.floor(ageMs / 1000)), nanos: Math.round((ageMs % 1000) * 1e6) };
}

/** The part of a call's options that concerns the request itself. */
function signalOf(options: CallOptions): CallOptions {
  return options.signal === undefined ? {} : { signal: options.signal };
}
