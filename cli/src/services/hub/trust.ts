/** The project's trust policy and lock file: what may come in, and what came in. */
import { existsSync, readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import {
  EMPTY_LOCK,
  LOCK_FILE,
  type Lock,
  NO_POLICY,
  parseLock,
  parseTrustPolicy,
  TRUST_FILE,
  type TrustPolicy,
  writeLock,
} from "@smdk/packages";
import { CliError } from "../../errors.ts";
import { smdkHome } from "../home.ts";

/** The policy in the file that is named, in the nearest folder from `start` up, in smdk's home; else one that allows all signed packages. */
export function trustPolicy(file: string | undefined, start: string): TrustPolicy {
  const path =
    file === undefined ? (findUp(TRUST_FILE, start) ?? join(smdkHome(), TRUST_FILE)) : resolve(file);
  if (existsSync(path)) return parseTrustPolicy(readFileSync(path, "utf8"), path);
  if (file === undefined) return NO_POLICY;
  throw new CliError("config", `there is no trust policy ${path}`, { hint: "check --policy" });
}

/** The lock file of a folder: the nearest one from there up, or undefined. */
export function findLock(start: string): string | undefined {
  return findUp(LOCK_FILE, start);
}

export function readLock(path: string | undefined): Lock {
  return path === undefined || !existsSync(path)
    ? structuredClone(EMPTY_LOCK)
    : parseLock(readFileSync(path, "utf8"), path);
}

/** Replaces the lock file as a whole. */
export async function saveLock(path: string, lock: Lock): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, writeLock(lock));
  await rename(temporary, path);
}

function findUp(name: string, start: string): string | undefined {
  for (let directory = resolve(start); ; directory = dirname(directory)) {
    const path = join(directory, name);
    if (existsSync(path)) return path;
    if (dirname(directory) === directory) return undefined;
  }
}
