/** Starts and stops the local cluster: a detached process that runs the embedded cluster of @smdk/server. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, open, readdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { CliError, fileErrorHint, fileErrorText } from "../errors.ts";
import { boundLog } from "./cluster-log.ts";
import {
  type ClusterPaths,
  type ClusterState,
  clusterPaths,
  daemonScript,
  isOurs,
  readSettings,
  removeState,
  runningCluster,
} from "./cluster-state.ts";

const startTimeoutMs = 30_000;
const stopTimeoutMs = 15_000;

/** Records are outside V8's heap: a young generation of its usual size would only sit there, a sixth of the process. */
const daemonFlags = ["--max-semi-space-size=8"];

/** SC and SPU ports of Fluvio's own local clusters; each further SPU listens ten ports up. */
export const defaultPorts = { sc: 9003, spu: 9010, spuStep: 10 } as const;

export interface StartOptions {
  /** As in the last start, or the default place, when undefined. */
  dataDir: string | undefined;
  host: string;
  /** Port of the SC; 0 lets the system choose all ports. */
  port: number;
  /** Port of the first SPU. */
  spuPort: number | undefined;
  /** As in the last start, or 1, when undefined. */
  spus: number | undefined;
  version: string;
}

/** What the daemon is told, as one JSON argument. */
export interface DaemonOptions {
  root: string;
  dataDir: string;
  host: string;
  scPort: number;
  spuPorts: number[];
  version: string;
}

/** What the daemon answers. */
export type DaemonReport = { ready: ClusterState } | { failed: FailedStart };

export interface FailedStart {
  message: string;
  code?: string | undefined;
  port?: number | undefined;
  hint?: string | undefined;
}

/** The options for the daemon: what the last start had where nothing else is said, absolute paths, a port per SPU. */
async function daemonOptions(options: StartOptions, paths: ClusterPaths): Promise<DaemonOptions> {
  const last = await readSettings(paths);
  const dataDir = resolve(options.dataDir ?? last?.dataDir ?? paths.data);
  const spus = options.spus ?? (last?.dataDir === dataDir ? last.spus : 1);
  const first = options.spuPort ?? (options.port === 0 ? 0 : defaultPorts.spu);
  const spuPorts = Array.from({ length: spus }, (_, i) =>
    first === 0 ? 0 : first + i * defaultPorts.spuStep,
  );
  const { host, port: scPort, version } = options;
  return { root: paths.root, dataDir, host, scPort, spuPorts, version };
}

/** Runs the cluster in this process until a signal ends it; `ready` hears of it when it answers clients. */
export async function runInForeground(
  options: StartOptions,
  ready: (state: ClusterState) => void | Promise<void>,
): Promise<void> {
  const paths = clusterPaths();
  await refuseRunning(paths);
  const started = await daemonOptions(options, paths);
  await prepareDataDirectory(started.dataDir);
  const { runCluster } = await import("./run-cluster.ts");
  const running = await runCluster(started, "warn").catch((error: FailedStart) => {
    throw startFailure(error, paths);
  });
  try {
    await ready(running.state);
  } catch (error) {
    process.kill(process.pid, "SIGTERM");
    await running.stopped;
    throw error;
  }
  await running.stopped;
}

/** Starts the cluster and returns when it answers clients. Refuses when it runs already. Aborted, it leaves none behind. */
export async function startLocalCluster(options: StartOptions, signal: AbortSignal): Promise<ClusterState> {
  const paths = clusterPaths();
  await refuseRunning(paths);
  await mkdir(paths.root, { recursive: true });
  const started = await daemonOptions(options, paths);
  await prepareDataDirectory(started.dataDir);
  // Appending, so that it can be emptied while the process writes to it.
  const log = await open(paths.log, "a");
  boundLog(log.fd);
  const script = fileURLToPath(new URL(`../${daemonScript}`, import.meta.url));
  const child = spawn(process.execPath, [...daemonFlags, script, JSON.stringify(started)], {
    detached: true,
    stdio: ["ignore", log.fd, log.fd, "ipc"],
    cwd: paths.root,
  });
  const gone = once(child, "exit");
  gone.catch(() => undefined);
  try {
    const report = await new Promise<DaemonReport>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      child.once("error", reject);
      child.once("message", (message) => resolve(message as DaemonReport));
      child.once("exit", (code) =>
        resolve({ failed: { message: `the cluster process ended with code ${code}` } }),
      );
      setTimeout(
        () => resolve({ failed: { message: "the cluster did not start in time" } }),
        startTimeoutMs,
      ).unref();
    });
    if ("failed" in report) {
      child.kill("SIGKILL");
      throw startFailure(report.failed, paths);
    }
    return report.ready;
  } catch (error) {
    if (signal.aborted && child.kill("SIGTERM")) await gone;
    throw error;
  } finally {
    await log.close();
    if (child.connected) child.disconnect();
    child.unref();
  }
}

/** Says why a start failed, in terms of the flags that help. */
export function startFailure(failed: FailedStart, paths = clusterPaths()): CliError {
  if (failed.code === "EADDRINUSE") {
    const port = failed.port ?? "wanted";
    return new CliError("failed", `port ${port} is in use by another program`, {
      hint: "--port 0 takes free ports; --port N and --spu-port N choose others",
      code: "SMDK_CLI_PORT_IN_USE",
    });
  }
  if (failed.code?.startsWith("SMDK_")) {
    return new CliError("failed", failed.message, {
      code: failed.code as `SMDK_${string}`,
      hint: failed.hint,
    });
  }
  if (failed.code === "EACCES") {
    return new CliError("denied", `not allowed: ${failed.message}`, { hint: "choose ports above 1023" });
  }
  return new CliError("failed", `the cluster could not start: ${failed.message}`, {
    hint: fileErrorHint(failed) ?? `see ${paths.log}`,
  });
}

/** Refuses to start a second cluster over the first. */
async function refuseRunning(paths: ClusterPaths): Promise<void> {
  const running = await runningCluster(paths);
  if (running === undefined) return;
  throw new CliError(
    "failed",
    `a local cluster is running already: SC ${running.sc}, process ${running.pid}`,
    {
      hint: "smdk cluster stop, or smdk cluster status",
      code: "SMDK_CLI_CLUSTER_RUNNING",
    },
  );
}

/** Stops the cluster and waits until its process is gone. Returns its last state; undefined when none ran. */
export async function stopLocalCluster(): Promise<ClusterState | undefined> {
  const paths = clusterPaths();
  const running = await runningCluster(paths);
  if (running === undefined) {
    await removeState(paths);
    return undefined;
  }
  process.kill(running.pid, "SIGTERM");
  const deadline = Date.now() + stopTimeoutMs;
  while (isOurs(running.pid, paths)) {
    if (Date.now() > deadline) {
      process.kill(running.pid, "SIGKILL");
      await sleep(100);
      break;
    }
    await sleep(20);
  }
  await removeState(paths);
  return running;
}

/** Deletes the data and all that smdk knows of the stopped cluster. */
export async function deleteLocalCluster(dataDir: string): Promise<void> {
  const paths = clusterPaths();
  if (await isDataDirectory(dataDir)) await rm(dataDir, { recursive: true, force: true });
  await rm(paths.root, { recursive: true, force: true });
}

/** Named in every data directory, so that nothing else is ever deleted as one. */
const marker = ".smdk-cluster";

async function isDataDirectory(directory: string): Promise<boolean> {
  return await access(join(directory, marker)).then(
    () => true,
    () => false,
  );
}

/** Makes the data directory, or makes sure that it is one: a directory with other things in it is refused. */
async function prepareDataDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    if (await isDataDirectory(directory)) return;
    if ((await readdir(directory)).length === 0) return await writeFile(join(directory, marker), "");
  } catch (error) {
    throw new CliError("config", `data directory ${directory}: ${fileErrorText(error)}`, {
      hint: "--data-dir DIR, or SMDK_HOME, chooses another place",
    });
  }
  throw new CliError("config", `${directory} is not empty and holds no data of a local cluster`, {
    hint: "--data-dir with an empty or a new directory",
  });
}
