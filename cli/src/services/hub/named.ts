/** Packages by the names people give them: from a hub or a registry, held against the trust policy and the lock. */
import { join } from "node:path";
import {
  compareVersions,
  type Digest,
  LOCK_FILE,
  type Lock,
  type LockEntry,
  PackageError,
  parsePackageName,
  pinnedIn,
  type TrustPolicy,
} from "@smdk/packages";
import { HubClient } from "./client.ts";
import { examine, type FetchedPackage, fetchPackage } from "./fetch-package.ts";
import { parseOciReference, pullLocked, pullPackage } from "./oci.ts";
import { cachedPackage, keepPackage } from "./package-cache.ts";
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

export interface FetchOptions {
  readonly hub: string | undefined;
  readonly quiet: boolean;
  readonly offline?: boolean;
  /** It is the lock file that names the hub. */
  readonly fromLock?: boolean;
}

/** `name` is `group/name[@version]` or `oci://…`. Throws what `fetchPackage` throws. */
export async function fetchNamed(
  name: string,
  rules: LocalRules,
  { hub, quiet, offline = false, fromLock = false }: FetchOptions,
): Promise<NamedPackage> {
  if (name.startsWith("oci://")) {
    const found = examine(await pullPackage(parseOciReference(name)), rules);
    await keepPackage(found.digest, found.bytes);
    return { from: name, found };
  }
  const client = new HubClient(hub, { fromLock });
  const progress = transferProgress(`downloading ${name}`, !quiet);
  try {
    return {
      from: client.address,
      found: await fetchPackage(client, name, { ...rules, offline, progress: progress.seen }),
    };
  } finally {
    progress.end();
  }
}

/**
 * The package that the lock pins for `uses`, from where it came then, or from the hub that is named instead; undefined
 * when it pins none, or another version.
 */
export async function fetchLocked(
  uses: string,
  rules: LocalRules,
  { hub, ...options }: Omit<FetchOptions, "fromLock">,
): Promise<NamedPackage | undefined> {
  const { group, name, version } = parsePackageName(uses);
  const key = `${group}/${name}`;
  const pinned = pinnedIn(rules.lock, key, version);
  if (pinned === undefined || (version !== undefined && version !== pinned.version)) return undefined;
  const fromLock = hub === undefined;
  if (fromLock && pinned.hub.startsWith("oci://")) return await fetchByDigest(key, pinned, rules);
  return await fetchNamed(`${key}@${pinned.version}`, rules, {
    ...options,
    hub: hub ?? pinned.hub,
    fromLock,
  });
}

/** From a registry: by what the bytes are, since tags there may point elsewhere by now. */
async function fetchByDigest(key: string, pinned: LockEntry, rules: LocalRules): Promise<NamedPackage> {
  const digest = pinned.digest as Digest;
  let bytes = cachedPackage(digest);
  if (bytes === undefined) {
    bytes = await pullLocked(parseOciReference(pinned.hub), digest);
    await keepPackage(digest, bytes);
  }
  const found = examine(bytes, rules);
  if (`${found.group}/${found.name}` !== key || found.version !== pinned.version) {
    throw new PackageError(
      "SMDK_LOCK_DIGEST",
      `smdk.lock pins ${key}@${pinned.version} to the bytes of ${found.group}/${found.name}@${found.version}`,
      { hint: "bring back the committed file" },
    );
  }
  return { from: pinned.hub, found };
}

/** Writes what was fetched into the lock, where there is one to keep: all that a chain uses, or one package. */
export async function keepLocked(rules: LocalRules, fetched: readonly NamedPackage[]): Promise<void> {
  if (rules.lockPath === undefined || fetched.length === 0) return;
  const modules = { ...rules.lock.modules };
  // The newest version of a name stands for it; others of the same chain stand beside it.
  const sorted = [...fetched].sort((a, b) => compareVersions(b.found.version, a.found.version));
  const seen = new Set<string>();
  for (const { from, found } of sorted) {
    const { group, name, version, digest, signers } = found;
    const key = `${group}/${name}`;
    const entry = { version, digest, signer: signers[0]!, hub: from };
    if (seen.has(key)) modules[`${key}@${version}`] = entry;
    else modules[key] = entry;
    seen.add(key);
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
