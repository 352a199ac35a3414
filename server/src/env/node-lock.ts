/** Lock file of a data directory: two servers writing the same logs would destroy them. */

import { randomUUID } from "node:crypto";
import * as fsp from "node:fs/promises";
import { join } from "node:path";
import { errorCode, ServerError } from "../error.ts";
import type { DirectoryLock } from "./types.ts";

const LOCK_FILE = ".smdk.lock";
const ATTEMPTS = 5;
const DEAD = "dead";

interface Holder {
  readonly pid: number;
  /** When the process began, as the system counts it; empty where the system does not tell. */
  readonly started: string;
  readonly token: string;
}

export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = join(directory, LOCK_FILE);
  const holder: Holder = {
    pid: process.pid,
    started: (await processStart(process.pid)) ?? "",
    token: randomUUID(),
  };
  const own = join(directory, `${LOCK_FILE}.${holder.token}`);
  await fsp.writeFile(own, JSON.stringify(holder));
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (await linkNew(own, path)) {
        return { release: () => releaseLock(path, holder.token) };
      }
      const current = await readHolder(path);
      if (current !== undefined && (await isAlive(current))) {
        throw new ServerError(
          "SMDK_DIR_LOCKED",
          `the data directory ${directory} is in use by process ${current.pid}`,
          { hint: "stop that cluster first, or choose another directory" },
        );
      }
      await removeStale(path, directory, current);
    }
  } finally {
    await fsp.rm(own, { force: true });
  }
  throw new ServerError("SMDK_DIR_LOCKED", `could not lock the data directory ${directory}`, {
    hint: `remove ${path} if no cluster uses the directory`,
  });
}

/** A hard link appears with its content, so nobody ever reads a half-written lock. */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await fsp.link(from, to).catch((error) => {
      if (errorCode(error) === "EEXIST") throw error;
      // A file system without hard links: the next best thing.
      return fsp.copyFile(from, to, fsp.constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const value: unknown = JSON.parse(await fsp.readFile(path, "utf8"));
    if (typeof value !== "object" || value === null) return undefined;
    const { pid, started, token } = value as Partial<Record<keyof Holder, unknown>>;
    if (typeof pid !== "number" || typeof started !== "string" || typeof token !== "string") return undefined;
    return { pid, started, token };
  } catch {
    return undefined;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (errorCode(error) !== "EPERM") return false;
  }
  const started = await processStart(holder.pid);
  if (started === undefined || holder.started === "") return started !== DEAD;
  // The number may have been given to another process since.
  return started === holder.started;
}

/** Moves the stale lock away, and puts it back if in the meantime it had become somebody's living one. */
async function removeStale(path: string, directory: string, seen: Holder | undefined): Promise<void> {
  const aside = join(directory, `${LOCK_FILE}.${randomUUID()}`);
  try {
    await fsp.rename(path, aside);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  const moved = await readHolder(aside);
  if (moved !== undefined && moved.token !== seen?.token) await linkNew(aside, path);
  await fsp.rm(aside, { force: true });
}

async function releaseLock(path: string, token: string): Promise<void> {
  const current = await readHolder(path);
  if (current?.token === token) await fsp.rm(path, { force: true });
}

/**
 * Start time of a process in clock ticks since boot, with the boot's id; `DEAD` for one that has ended but is still
 * listed because its parent has not asked for its exit code; undefined where the system does not tell.
 */
async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform !== "linux") return undefined;
  try {
    const stat = await fsp.readFile(`/proc/${pid}/stat`, "utf8");
    const boot = await fsp.readFile("/proc/sys/kernel/random/boot_id", "utf8");
    // The command name may hold spaces and parentheses; the state follows on the last one, as field 3 of 52.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? DEAD : `${boot.trim()}:${fields[19] ?? ""}`;
  } catch {
    return undefined;
  }
}
