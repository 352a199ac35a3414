/** Packages by the names people give them: from a hub or a registry, held against the trust policy and the lock. */
import { join } from "node:path";
import { LOCK_FILE, type Lock, parsePackageName, type TrustPolicy } from "@smdk/packages";
import { HubClient } from "./client.ts";
import { examine, type FetchedPackage, fetchPackage } from "./fetch-package.ts";
import { parseOciReference, pullPackage } from "./oci.ts";
import { transferProgress } from "./progress.ts";
import { findLock, readLock, saveLock, trustPolicy } from "./trust.ts";

/** What holds in a folder. */
export interface LocalRules {
  readonly policy: TrustPolicy;
  readonly lock: Lock;
  /** Where the lock is kept; undefined when there is none and none is to be made. */
  readonly lockPath: string | undefined;
}

/** `near` is the folder of the transforms file, or the current one. `mayCreate`: a lock is made there when none is found. */
export function localRules(
  near: string,
  options: { policy?: string | undefined; lockFile?: string | undefined; mayCreate: boolean },
): LocalRules {
  const lockPath =
    options.lockFile ?? findLock(near) ?? (options.mayCreate ? join(near, LOCK_FILE) : undefined);
  return { policy: trustPolicy(options.policy, near), lock: readLock(lockPath), lockPath };
}

export interface NamedPackage {
  /** Address of the hub, or the place in a registry. */
  readonly from: string;
  readonly found: FetchedPackage;
}

/** `name` is `group/name[@version]` or `oci://…`. Throws what `fetchPackage` throws. */
export async function fetchNamed(
  name: string,
  rules: LocalRules,
  { hub, quiet }: { hub: string | undefined; quiet: boolean },
): Promise<NamedPackage> {
  if (name.startsWith("oci://")) {
    return { from: name, found: examine(await pullPackage(parseOciReference(name)), rules) };
  }
  const client = new HubClient(hub);
  const progress = transferProgress(`downloading ${name}`, !quiet);
  try {
    return {
      from: client.address,
      found: await fetchPackage(client, name, { ...rules, progress: progress.seen }),
    };
  } finally {
    progress.end();
  }
}

/** The package that the lock pins for `uses`, from where it came then; undefined when it pins none, or another version. */
export async function fetchLocked(
  uses: string,
  rules: LocalRules,
  quiet: boolean,
): Promise<NamedPackage | undefined> {
  const { group, name, version } = parsePackageName(uses);
  const key = `${group}/${name}`;
  const pinned = Object.hasOwn(rules.lock.modules, key) ? rules.lock.modules[key] : undefined;
  if (pinned === undefined || (version !== undefined && version !== pinned.version)) return undefined;
  const isRegistry = pinned.hub.startsWith("oci://");
  return await fetchNamed(isRegistry ? pinned.hub : `${key}@${pinned.version}`, rules, {
    hub: pinned.hub,
    quiet,
  });
}

/** Writes what was fetched into the lock, where there is one to keep. */
export async function keepLocked(rules: LocalRules, fetched: readonly NamedPackage[]): Promise<void> {
  if (rules.lockPath === undefined || fetched.length === 0) return;
  const modules = { ...rules.lock.modules };
  for (const { from, found } of fetched) {
    const { group, name, version, digest, signers } = found;
    modules[`${group}/${name}`] = { version, digest, signer: signers[0]!, hub: from };
  }
  await saveLock(rules.lockPath, { version: 1, modules });
}

/** One line about what was checked. */
export function checkedText({ found }: NamedPackage): string {
  const { group, name, version, signers, provenance, yanked } = found;
  return [
    `... checked ${group}/${name}@${version}: signed by ${signers[0]!.slice(0, 16)}…`,
    ...(provenance ? ["with provenance"] : []),
    ...(yanked ? ["YANKED: smdk hub show says why"] : []),
  ].join(", ");
}
