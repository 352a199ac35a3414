/** Runs the embedded cluster in this process: for the daemon and for `cluster start --foreground`. */
import { startCluster, stderrLogger } from "@smdk/server";
import { type ClusterState, clusterPathsIn, removeState, writeState } from "./cluster-state.ts";
import type { DaemonOptions } from "./local-cluster.ts";
import { keptSourceMap } from "./source-maps.ts";

export interface RunningCluster {
  state: ClusterState;
  /** Resolves when a signal has ended the cluster and everything is on disk. */
  stopped: Promise<void>;
}

/** Starts the cluster, writes its state, and stops it in order on SIGTERM or SIGINT. */
export async function runCluster(options: DaemonOptions, logLevel: "info" | "warn"): Promise<RunningCluster> {
  const { root, dataDir, host, scPort, spuPorts, version } = options;
  const paths = clusterPathsIn(root);
  const cluster = await startCluster({
    dir: dataDir,
    spus: spuPorts.length,
    host,
    scPort,
    spuPorts,
    logger: stderrLogger(logLevel),
    sourceMapOf: keptSourceMap,
  });
  const state: ClusterState = {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    version,
    dataDir,
    sc: cluster.scAddress,
    spus: cluster.spus.map(({ id, address }) => ({ id, address })),
  };
  await writeState(paths, state);
  const signalled = new Promise<void>((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
  const stopped = signalled.then(async () => {
    await cluster.close();
    await removeState(paths);
  });
  return { state, stopped };
}
