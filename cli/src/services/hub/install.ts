/** Puts packages of a hub or a registry into a cluster, and keeps in the lock file which ones. */
import { dirname, join, resolve } from "node:path";
import { parseManifest } from "@smdk/compiler";
import { enforceLock, LOCK_FILE, type Lock } from "@smdk/packages";
import type { ClusterOptions } from "../../flags.ts";
import { targetAddress, withCluster } from "../connection.ts";
import { metadataOf } from "../load.ts";
import { readTransforms } from "../transforms.ts";
import { HubClient } from "./client.ts";
import { examine, type FetchedPackage, fetchPackage } from "./fetch-package.ts";
import { parseOciReference, pullPackage } from "./oci.ts";
import { transferProgress } from "./progress.ts";
import { findLock, readLock, saveLock, trustPolicy } from "./trust.ts";

export interface InstallOptions {
  /** `group/name[@version]` or `oci://…`; or all modules of a transforms file. */
  names: readonly string[];
  transforms: string | undefined;
  hub: string | undefined;
  policy: string | undefined;
  /** The lock file; default the nearest one, or one beside the transforms file. */
  lockFile: string | undefined;
  dryRun: boolean;
  cluster: ClusterOptions;
  quiet: boolean;
  tell: (line: string) => void;
}

export interface Installed {
  name: string;
  version: string;
  digest: string;
  signer: string;
  /** Key of the object in the cluster. */
  key: string;
  loaded: boolean;
}

/** Everything is fetched and checked before the first module goes into the cluster. */
export async function install(options: InstallOptions): Promise<Installed[]> {
  const { cluster, dryRun, tell, transforms } = options;
  const near = transforms === undefined ? process.cwd() : dirname(resolve(transforms));
  const names = transforms === undefined ? [...options.names] : await packagesOf(transforms);
  const lockPath =
    options.lockFile ?? findLock(near) ?? (transforms === undefined ? undefined : join(near, LOCK_FILE));
  const lock = readLock(lockPath);
  const policy = trustPolicy(options.policy, near);
  const fetched: { from: string; found: FetchedPackage }[] = [];
  for (const name of names) {
    const progress = transferProgress(`downloading ${name}`, !options.quiet);
    if (name.startsWith("oci://")) {
      const found = examine(await pullPackage(parseOciReference(name)), policy, undefined);
      enforceLock(lock, { ...found, name: `${found.group}/${found.name}` });
      fetched.push({ from: name, found });
    } else {
      const hub = new HubClient(options.hub);
      const found = await fetchPackage(hub, name, { policy, lock, progress: progress.seen });
      fetched.push({ from: hub.address, found });
    }
    progress.end();
    const { found } = fetched.at(-1)!;
    tell(
      `... checked ${labelOf(found)}: signed by ${found.signers[0]!.slice(0, 16)}…${found.provenance ? ", with provenance" : ""}`,
    );
  }
  tell(`Trying connection to fluvio ${await targetAddress(cluster)}`);
  const installed = fetched.map(({ found }) => ({ ...describe(found), loaded: !dryRun }));
  await withCluster(cluster, async (fluvio) => {
    if (dryRun) return tell("Dry run mode: Skipping SmartModule create");
    for (const { found } of fetched) {
      const meta = metadataOf(parseManifest(found.module.manifest, "SmartModule.toml"));
      await fluvio.admin.smartModules.create(describe(found).key, { wasm: found.module.wasm, meta });
      tell(`... cluster smartmodule install complete: ${labelOf(found)}`);
    }
  });
  if (lockPath !== undefined && !dryRun) await saveLock(lockPath, withPackages(lock, fetched));
  return installed;
}

function withPackages(lock: Lock, fetched: readonly { from: string; found: FetchedPackage }[]): Lock {
  const modules = { ...lock.modules };
  for (const { from, found } of fetched) {
    const { group, name, version, digest, signers } = found;
    modules[`${group}/${name}`] = { version, digest, signer: signers[0]!, hub: from };
  }
  return { version: 1, modules };
}

/** The packages that a chain uses, each once; plain names mean modules that are in the cluster already. */
async function packagesOf(transforms: string): Promise<string[]> {
  const steps = await readTransforms(transforms);
  return [...new Set(steps.map(({ uses }) => uses).filter((uses) => uses.includes("/")))];
}

function describe({ group, name, version, digest, signers }: FetchedPackage): Omit<Installed, "loaded"> {
  return {
    name: `${group}/${name}`,
    version,
    digest,
    signer: signers[0]!,
    key: `${name}-${group}-${version}`,
  };
}

function labelOf({ group, name, version }: FetchedPackage): string {
  return `${group}/${name}@${version}`;
}
