/** Gets a package from a hub, and holds it against everything that is known: index, lock, trust policy, itself. */
import {
  compareVersions,
  type Digest,
  digestOf,
  EMPTY_LOCK,
  enforceLock,
  enforceTrust,
  type HubIndex,
  isPrerelease,
  isVersion,
  type KeyChange,
  type Lock,
  NO_POLICY,
  openIndex,
  openKeyChange,
  type Package,
  type PackagedSmartModule,
  PackageError,
  PROVENANCE_ENTRY,
  parsePackageName,
  pinnedIn,
  readPackage,
  readProvenance,
  rulesFor,
  smartModuleOf,
  type TrustPolicy,
} from "@smdk/packages";
import { CliError } from "../../errors.ts";
import { type HubClient, packagePath } from "./client.ts";
import { PACKAGE_LIMITS } from "./limits.ts";
import { cachedPackage } from "./package-cache.ts";
import { rememberHub } from "./settings.ts";

export interface FetchedPackage {
  readonly group: string;
  readonly name: string;
  readonly version: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly pkg: Package;
  readonly module: PackagedSmartModule;
  /** Keys whose signatures fit, the author's first. */
  readonly signers: readonly string[];
  readonly provenance: boolean;
  /** The hub says that it is not to be used any more. */
  readonly yanked: boolean;
  /** The changes of the group's keys by which the signer was found; none when they were not needed. */
  readonly keyChanges: readonly KeyChange[];
}

/** What a package is held against. */
export interface PackageRules {
  readonly policy: TrustPolicy;
  readonly lock: Lock;
  /** What is known about changes of the group's keys. */
  readonly keyChanges?: readonly KeyChange[];
}

export const NO_RULES: PackageRules = { policy: NO_POLICY, lock: EMPTY_LOCK };

export interface FetchRules extends PackageRules {
  readonly progress?: (bytes: number, total: number) => void;
  /** Pinned packages that are on this machine are taken without asking the hub. */
  readonly offline?: boolean;
}

/**
 * `text` is `group/name`, with a version or a tag behind an `@`, or without; then the lock's version is taken, or
 * the newest. Throws `SMDK_INDEX_*`, `SMDK_PKG_*`, `SMDK_TRUST_*`, `SMDK_LOCK_*` or what the hub refused.
 */
export async function fetchPackage(hub: HubClient, text: string, rules: FetchRules): Promise<FetchedPackage> {
  const wanted = parsePackageName(text);
  const key = `${wanted.group}/${wanted.name}`;
  const pinned = pinnedIn(rules.lock, key, wanted.version);
  const isPinned = pinned !== undefined && (wanted.version ?? pinned.version) === pinned.version;
  // The pinned bytes are the pinned bytes, wherever they come from.
  const kept = isPinned ? cachedPackage(pinned.digest as Digest) : undefined;
  if (kept !== undefined && rules.offline) return await examineFrom(hub, kept, rules);
  let index: HubIndex;
  try {
    index = await currentIndex(hub, wanted.group);
  } catch (error) {
    const { code } = error as { code?: string };
    if (kept !== undefined && code === "SMDK_UNREACHABLE") return await examineFrom(hub, kept, rules);
    throw error;
  }
  const version = resolveVersion(index, wanted.name, wanted.version ?? pinned?.version);
  const entry = index.versions.find((each) => each.name === wanted.name && each.version === version);
  if (version === undefined || entry === undefined) {
    throw new CliError("failed", `${text} is not on the hub ${hub.address}`, {
      code: "SMDK_HUB_NOT_FOUND",
      hint: "smdk hub list shows what is there; private packages need smdk hub login",
    });
  }
  if (entry.size > PACKAGE_LIMITS.packageBytes) {
    throw new PackageError("SMDK_PKG_LIMIT", `${key}@${version} is larger than any package that is taken`);
  }
  const path = `${packagePath({ ...wanted, version })}/package`;
  const bytes = await hub.download(path, entry, rules.progress);
  if (digestOf(bytes) !== entry.digest) {
    throw new PackageError(
      "SMDK_INDEX_DIGEST",
      `the hub sent other bytes for ${key}@${version} than its index names`,
    );
  }
  const checked = await examineFrom(hub, bytes, rules);
  if (checked.group !== wanted.group || checked.name !== wanted.name || checked.version !== version) {
    throw new PackageError(
      "SMDK_PKG_DISAGREES",
      `the hub sent ${checked.group}/${checked.name}@${checked.version} for ${key}@${version}`,
    );
  }
  return { ...checked, yanked: entry.yanked };
}

/** `examine`; a signer that is not known yet may be one whom a known one vouched for. */
async function examineFrom(hub: HubClient, bytes: Uint8Array, rules: PackageRules): Promise<FetchedPackage> {
  try {
    return examine(bytes, rules);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== "SMDK_TRUST_SIGNER" && code !== "SMDK_LOCK_SIGNER") throw error;
    const keyChanges = await keyChangesOf(hub, readPackage(bytes, PACKAGE_LIMITS).meta.group);
    if (keyChanges.length === 0) throw error;
    return examine(bytes, { ...rules, keyChanges });
  }
}

/** What the hub knows of changes of a group's keys. Each statement proves itself; those that do not are left out. */
async function keyChangesOf(hub: HubClient, group: string): Promise<KeyChange[]> {
  const path = `/api/v1/groups/${encodeURIComponent(group)}`;
  const { keyChanges = [] } = await hub.json<{ keyChanges?: unknown[] }>("GET", path);
  return keyChanges.flatMap((statement) => {
    try {
      return [openKeyChange(statement)];
    } catch {
      return [];
    }
  });
}

/** All that can be said about package bytes without a hub. */
export function examine(bytes: Uint8Array, { policy, lock, keyChanges = [] }: PackageRules): FetchedPackage {
  const pkg = readPackage(bytes, PACKAGE_LIMITS);
  const module = smartModuleOf(pkg);
  const { group, name, version } = pkg.meta;
  const { digest, signers } = pkg;
  const key = `${group}/${name}`;
  const previous = pinnedIn(lock, key, version)?.version;
  const statement = pkg.entries.get(PROVENANCE_ENTRY);
  const provenanceSigners = statement === undefined ? [] : readProvenance(statement, module.wasm).signers;
  enforceTrust(policy, { group, name, version, signers, provenanceSigners, previous, keyChanges });
  const signersNamed = rulesFor(policy, group).signers !== undefined;
  enforceLock(lock, { name: key, version, digest, signers }, { keyChanges, signersNamed });
  const provenance = provenanceSigners.some((signer) => signers.includes(signer));
  return { group, name, version, digest, bytes, pkg, module, signers, provenance, yanked: false, keyChanges };
}

/** The group's signed index: by the key this hub had before, and not older than the one seen last. */
export async function currentIndex(hub: HubClient, group: string): Promise<HubIndex> {
  const { known } = hub;
  const hubKey = known.key ?? (await hub.json<{ key: string }>("GET", "/api/v1")).key;
  const seen = Object.hasOwn(known.revisions, group) ? known.revisions[group]! : 0;
  const envelope = await hub.json<unknown>("GET", `/api/v1/groups/${encodeURIComponent(group)}/index`);
  const index = openIndex(envelope, { group, hubKey, minRevision: seen, nowMs: Date.now() });
  if (known.key !== hubKey || index.revision !== seen) {
    known.key = hubKey;
    known.revisions[group] = index.revision;
    rememberHub(hub.address, known);
  }
  return index;
}

/** A version stays what it is; a tag or nothing becomes one. Yanked versions are found by their number only. */
function resolveVersion(index: HubIndex, name: string, wanted: string | undefined): string | undefined {
  if (wanted !== undefined && isVersion(wanted)) return wanted;
  const tags = Object.hasOwn(index.tags, name) ? index.tags[name]! : {};
  if (wanted !== undefined && Object.hasOwn(tags, wanted)) return tags[wanted];
  if (wanted !== undefined && wanted !== "latest") return undefined;
  const open = index.versions
    .filter((each) => each.name === name && !each.yanked)
    .map(({ version }) => version);
  const released = open.filter((version) => !isPrerelease(version));
  return (released.length > 0 ? released : open).sort(compareVersions).at(-1);
}
