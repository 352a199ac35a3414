/** Partitions as Fluvio's tools print them. */
import type { PartitionMetadata } from "@smdk/protocol";
import { humanBytes, table } from "../output.ts";

/** The JSON form of `partition list -O json`. */
export function partitionJson({ name, spec, status }: PartitionMetadata): Record<string, unknown> {
  return {
    name,
    spec: Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== null)),
    status,
  };
}

/** The table of `partition list`; one cell per header (upstream's rows have one too many). */
export function partitionTable(partitions: readonly PartitionMetadata[]): string {
  if (partitions.length === 0) return "No partitions found";
  const headers = [
    "TOPIC",
    "PARTITION",
    "LEADER",
    "MIRROR",
    "REPLICAS",
    "RESOLUTION",
    "SIZE",
    "BASE",
    "HW",
    "LEO",
    "LRS",
    "FOLLOWER OFFSETS",
  ];
  return table(
    headers,
    partitions.map(({ name, spec, status }) => {
      const at = name.lastIndexOf("-");
      return [
        name.slice(0, at),
        name.slice(at + 1),
        String(spec.leader),
        spec.mirror === null
          ? ""
          : spec.mirror.kind === "Home"
            ? spec.mirror.remoteCluster
            : spec.mirror.homeCluster,
        `[${spec.replicas.filter((spu) => spu !== spec.leader).join(", ")}]`,
        status.resolution,
        status.size < 0n ? "NA" : humanBytes(status.size),
        String(status.baseOffset),
        String(status.leader.hw),
        String(status.leader.leo),
        String(status.lsr),
        `[${status.replicas.map(({ spu, hw, leo }) => `${spu}: hw ${hw}, leo ${leo}`).join("; ")}]`,
      ];
    }),
  );
}
