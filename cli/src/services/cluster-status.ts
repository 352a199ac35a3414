/** Asks a cluster how it is. */
import type { ClusterOptions } from "../flags.ts";
import { clusterPaths, runningCluster } from "./cluster-state.ts";
import { targetAddress, withCluster } from "./connection.ts";

export interface ClusterStatus {
  /** Address the SC was reached at. */
  sc: string;
  spus: number;
  spusOnline: number;
  topics: number;
  partitions: number;
  /** Bytes on disk of all partitions that know their size. */
  bytes: bigint;
  /** The local cluster's process, when it is this cluster. */
  process: { pid: number; dataDir: string; startedAt: string } | null;
}

export async function clusterStatus(options: ClusterOptions): Promise<ClusterStatus> {
  const local = await runningCluster(clusterPaths());
  const sc = await targetAddress(options);
  return await withCluster(options, async (fluvio) => {
    const [spus, topics, partitions] = await Promise.all([
      fluvio.admin.spus.list(),
      fluvio.admin.topics.list(),
      fluvio.admin.partitions.list(),
    ]);
    const isLocal = local !== undefined && sc === local.sc;
    return {
      sc,
      spus: spus.length,
      spusOnline: spus.filter((spu) => spu.status.resolution === "Online").length,
      topics: topics.length,
      partitions: partitions.length,
      bytes: partitions.reduce((sum, { status }) => sum + (status.size > 0n ? status.size : 0n), 0n),
      process: isLocal ? { pid: local.pid, dataDir: local.dataDir, startedAt: local.startedAt } : null,
    };
  });
}
