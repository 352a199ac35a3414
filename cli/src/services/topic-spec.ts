/** The specification of a topic, from flags or from a file. */
import { readFile } from "node:fs/promises";
import type { ReplicaSpec, TopicSpec } from "@smdk/protocol";
import { CliError, fileErrorText, usage } from "../errors.ts";
import { nameProblem, parseBytes, parseDuration } from "../values.ts";
import type { TopicConfigFile } from "./topic-config.ts";

/** The filter `--dedup` uses, as upstream. */
const dedupFilter = "fluvio/dedup-bloom-filter@0.1.0";

export interface TopicFlags {
  partitions: number;
  replication: number;
  ignoreRackAssignment: boolean;
  replicaAssignment: string | undefined;
  /** Instead of the four above. */
  mirror: ReplicaSpec | undefined;
  retentionTime: string | undefined;
  segmentSize: string | undefined;
  maxPartitionSize: string | undefined;
  compression: TopicSpec["compressionType"];
  dedup: { count: number; age: string } | undefined;
  system: boolean;
}

/** Refuses what no cluster would take as a topic's name, in upstream's words. */
export function checkTopicName(name: string | undefined): string {
  if (name === undefined || name.trim() === "")
    throw usage("Topic name is required", "smdk topic create NAME");
  const problem = nameProblem(name);
  if (problem) throw usage(`Invalid Topic name ${name}. ${problem}`, "for example my-topic-1");
  return name;
}

export async function topicSpecFromFlags(flags: TopicFlags): Promise<TopicSpec> {
  return {
    replicas: flags.mirror ?? (await replicasOf(flags)),
    cleanupPolicy: cleanupPolicy(flags.retentionTime),
    storage: storage(flags.segmentSize, flags.maxPartitionSize),
    compressionType: flags.compression,
    deduplication: flags.dedup
      ? {
          bounds: { count: BigInt(flags.dedup.count), age: parseDuration(flags.dedup.age, "--dedup-age") },
          filter: { transform: { uses: dedupFilter, with: new Map() } },
        }
      : null,
    system: flags.system,
  };
}

async function replicasOf(flags: TopicFlags): Promise<ReplicaSpec> {
  if (flags.replicaAssignment !== undefined) return await readAssignment(flags.replicaAssignment);
  return {
    kind: "Computed",
    partitions: flags.partitions,
    replicationFactor: flags.replication,
    ignoreRackAssignment: flags.ignoreRackAssignment,
  };
}

/** A topic of the home cluster, with one partition for each remote cluster. */
export function homeMirror(topic: string, remotes: readonly string[], source: boolean): ReplicaSpec {
  const partitions = remotes.map((remoteCluster) => ({
    remoteCluster,
    remoteReplica: `${topic}-0`,
    source,
  }));
  return { kind: "Mirror", value: { kind: "Home", partitions, source } };
}

/** A JSON list of names of remote clusters. */
export async function readMirrors(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new CliError("config", `reading mirror assignment ${path}: ${fileErrorText(error)}`, {
      hint: "check the path given to --mirror-apply",
    });
  });
  const { z } = await import("zod");
  try {
    return z.array(z.string().min(1)).min(1).parse(JSON.parse(text));
  } catch {
    throw new CliError("config", `${path} is no mirror assignment`, {
      hint: 'a JSON list of names of remote clusters, such as ["edge-1", "edge-2"]',
    });
  }
}

export function topicSpecFromFile(file: TopicConfigFile): TopicSpec {
  const { partition, retention, compression, deduplication } = file;
  return {
    replicas: partition?.maps
      ? { kind: "Assigned", value: partition.maps.map((map) => ({ ...map, mirror: null })) }
      : {
          kind: "Computed",
          partitions: partition?.count ?? 1,
          replicationFactor: partition?.replication ?? 1,
          ignoreRackAssignment: partition?.["ignore-rack-assignment"] ?? false,
        },
    cleanupPolicy: cleanupPolicy(retention?.time),
    storage: storage(retention?.["segment-size"], partition?.["max-size"]),
    compressionType: compression?.type ?? "Any",
    deduplication: deduplication
      ? {
          bounds: {
            count: BigInt(deduplication.bounds.count),
            age:
              deduplication.bounds.age === undefined ? null : parseDuration(deduplication.bounds.age, "age"),
          },
          filter: {
            transform: {
              uses: deduplication.filter.transform.uses,
              with: new Map(Object.entries(deduplication.filter.transform.with ?? {})),
            },
          },
        }
      : null,
    system: false,
  };
}

function cleanupPolicy(retention: string | undefined): TopicSpec["cleanupPolicy"] {
  if (retention === undefined) return null;
  const { seconds } = parseDuration(retention, "retention time");
  if (seconds > 0xffff_ffffn) throw usage(`retention time ${retention} is too long`);
  return { kind: "Segment", timeInSeconds: Number(seconds) };
}

function storage(segment: string | undefined, partition: string | undefined): TopicSpec["storage"] {
  if (segment === undefined && partition === undefined) return null;
  const segmentSize = segment === undefined ? null : parseBytes(segment, "segment size");
  if (segmentSize !== null && segmentSize > 0xffff_ffffn)
    throw usage(`segment size ${segment} is above 4 GiB`);
  return {
    segmentSize: segmentSize === null ? null : Number(segmentSize),
    maxPartitionSize: partition === undefined ? null : parseBytes(partition, "partition size"),
  };
}

/** A JSON list of `{"id": 0, "replicas": [5001, 5002]}`. */
async function readAssignment(path: string): Promise<ReplicaSpec> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new CliError("config", `reading replica assignment ${path}: ${fileErrorText(error)}`);
  });
  const { z } = await import("zod");
  const shape = z.array(
    z.object({ id: z.number().int().nonnegative(), replicas: z.array(z.number().int()).min(1) }),
  );
  try {
    return {
      kind: "Assigned",
      value: shape.parse(JSON.parse(text)).map((map) => ({ ...map, mirror: null })),
    };
  } catch {
    throw new CliError("config", `${path} is no replica assignment`, {
      hint: 'a JSON list such as [{"id": 0, "replicas": [5001]}]',
    });
  }
}
