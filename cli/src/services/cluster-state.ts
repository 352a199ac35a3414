/** What is on disk about the local cluster: where it listens, which process it is. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { smdkHome } from "./home.ts";

const schema = z.object({
  pid: z.number().int().positive(),
  startedAt: z.string(),
  version: z.string(),
  dataDir: z.string(),
  sc: z.string(),
  spus: z.array(z.object({ id: z.number().int(), address: z.string() })),
});

export type ClusterState = z.infer<typeof schema>;

const settingsSchema = z.object({
  dataDir: z.string(),
  spus: z.number().int().positive(),
  previousProfile: z.string().nullable(),
});

/** What outlives the process: where the data is, for how many SPUs, and the profile that was current before. */
export type ClusterSettings = z.infer<typeof settingsSchema>;

/** Paths of the local cluster. */
export interface ClusterPaths {
  root: string;
  state: string;
  settings: string;
  log: string;
  /** Where data is kept unless `--data-dir` says otherwise. */
  data: string;
}

export function clusterPaths(): ClusterPaths {
  return clusterPathsIn(join(smdkHome(), "cluster"));
}

/** The same under a directory of one's own. */
export function clusterPathsIn(root: string): ClusterPaths {
  return {
    root,
    state: join(root, "state.json"),
    settings: join(root, "settings.json"),
    log: join(root, "cluster.log"),
    data: join(root, "data"),
  };
}

/** Named in the command line of the process, so that nobody else's process is ever stopped. */
export const daemonScript = "cluster-daemon.js";

/** The state written by the last start, if any can be read. */
export async function readState(paths: ClusterPaths): Promise<ClusterState | undefined> {
  return await readJson(paths.state, schema);
}

/** Replaces the state in one step, so that a reader never sees half of it. */
export async function writeState(paths: ClusterPaths, state: ClusterState): Promise<void> {
  await writeJson(paths.state, state);
}

export async function readSettings(paths: ClusterPaths): Promise<ClusterSettings | undefined> {
  return await readJson(paths.settings, settingsSchema);
}

export async function writeSettings(paths: ClusterPaths, settings: ClusterSettings): Promise<void> {
  await writeJson(paths.settings, settings);
}

async function readJson<T>(path: string, shape: z.ZodType<T>): Promise<T | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(value, null, 2)}\n`);
  await rename(temporary, path);
}

export async function removeState(paths: ClusterPaths): Promise<void> {
  await rm(paths.state, { force: true });
}

/** The state of a cluster that runs now; undefined when there is none. */
export async function runningCluster(paths: ClusterPaths): Promise<ClusterState | undefined> {
  const state = await readState(paths);
  return state !== undefined && isOurs(state.pid, paths) ? state : undefined;
}

/** Whether the process exists and is the cluster of this very state directory. Pids are reused after a reboot. */
export function isOurs(pid: number, paths: ClusterPaths): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const command = commandLine(pid);
  if (command === undefined) return true;
  // In the foreground it is the command itself, which does not name the directory.
  const isForeground = / cluster (start|resume) .*--foreground/.test(command);
  return isForeground || (command.includes(daemonScript) && command.includes(paths.root));
}

/** The command line of a process; undefined where the system does not tell (Windows). */
function commandLine(pid: number): string | undefined {
  if (process.platform === "win32") return undefined;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    // No /proc on macOS.
  }
  try {
    return execFileSync("ps", ["-ww", "-o", "args=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return "";
  }
}
