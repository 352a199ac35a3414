/** Gets a package from a hub, and holds it against everything that is known: index, lock, trust policy, itself. */
import {
  compareVersions,
  type Digest,
  digestOf,
  enforceLock,
  enforceTrust,
  type HubIndex,
  isPrerelease,
  isVersion,
  type Lock,
  openIndex,
  type Package,
  type PackagedSmartModule,
  PackageError,
  PROVENANCE_ENTRY,
  parsePackageName,
  readPackage,
  readProvenance,
  smartModuleOf,
  type TrustPolicy,
} from "@smdk/packages";
import { CliError } from "../../errors.ts";
import { type HubClient, packagePath } from "./client.ts";
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
}

export interface FetchRules {
  readonly policy: TrustPolicy;
  readonly lock: Lock;
  readonly progress?: (bytes: number, total: number) => void;
}

/**
 * `text` is `group/name`, with a version or a tag behind an `@`, or without; then the lock's version is taken, or
 * the newest. Throws `SMDK_INDEX_*`, `SMDK_PKG_*`, `SMDK_TRUST_*`, `SMDK_LOCK_*` or what the hub refused.
 */
export async function fetchPackage(hub: HubClient, text: string, rules: FetchRules): Promise<FetchedPackage> {
  const wanted = parsePackageName(text);
  const key = `${wanted.group}/${wanted.name}`;
  const pinned = Object.hasOwn(rules.lock.modules, key) ? rules.lock.modules[key] : undefined;
  const index = await currentIndex(hub, wanted.group);
  const version = resolveVersion(index, wanted.name, wanted.version ?? pinned?.version);
  const entry = index.versions.find((each) => each.name === wanted.name && each.version === version);
  if (version === undefined || entry === undefined) {
    throw new CliError("failed", `${text} is not on the hub ${hub.address}`, {
      code: "SMDK_HUB_NOT_FOUND",
      hint: "smdk hub list shows what is there; private packages need smdk hub login",
    });
  }
  const bytes = await hub.download(`${packagePath({ ...wanted, version })}/package`, rules.progress);
  if (digestOf(bytes) !== entry.digest) {
    throw new PackageError(
      "SMDK_INDEX_DIGEST",
      `the hub sent other bytes for ${key}@${version} than its index names`,
    );
  }
  const checked = examine(bytes, rules.policy, pinned?.version);
  if (checked.group !== wanted.group || checked.name !== wanted.name || checked.version !== version) {
    throw new PackageError(
      "SMDK_PKG_DISAGREES",
      `the hub sent ${checked.group}/${checked.name}@${checked.version} for ${key}@${version}`,
    );
  }
  enforceLock(rules.lock, { name: key, version, digest: checked.digest, signers: checked.signers });
  return checked;
}

/** All that can be said about package bytes without a hub. */
export function examine(
  bytes: Uint8Array,
  policy: TrustPolicy,
  previous: string | undefined,
): FetchedPackage {
  const pkg = readPackage(bytes);
  const module = smartModuleOf(pkg);
  const { group, name, version } = pkg.meta;
  const statement = pkg.entries.get(PROVENANCE_ENTRY);
  const provenanceSigners = statement === undefined ? [] : readProvenance(statement, module.wasm).signers;
  enforceTrust(policy, { group, name, version, signers: pkg.signers, provenanceSigners, previous });
  const provenance = provenanceSigners.some((signer) => pkg.signers.includes(signer));
  return { group, name, version, digest: pkg.digest, bytes, pkg, module, signers: pkg.signers, provenance };
}

/** The group's signed index: by the key this hub had before, and not older than the one seen last. */
async function currentIndex(hub: HubClient, group: string): Promise<HubIndex> {
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
