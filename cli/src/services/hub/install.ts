/** Puts packages of a hub or a registry into a cluster, and keeps in the lock file which ones. */
import { dirname, resolve } from "node:path";
import { parseManifest } from "@smdk/compiler";
import type { ClusterOptions } from "../../flags.ts";
import { targetAddress, withCluster } from "../connection.ts";
import { metadataOf } from "../load.ts";
import { readTransforms } from "../transforms.ts";
import { isPackageName } from "./chain.ts";
import type { FetchedPackage } from "./fetch-package.ts";
import { checkedText, fetchLocked, fetchNamed, keepLocked, localRules, type NamedPackage } from "./named.ts";

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
  /** The hub says that it is not to be used any more. */
  yanked: boolean;
  loaded: boolean;
}

/** Everything is fetched and checked before the first module goes into the cluster. */
export async function install(options: InstallOptions): Promise<Installed[]> {
  const { cluster, dryRun, tell, transforms } = options;
  const near = transforms === undefined ? process.cwd() : dirname(resolve(transforms));
  const names = transforms === undefined ? [...options.names] : await packagesOf(transforms);
  const rules = localRules(near, {
    policy: options.policy,
    lockFile: options.lockFile,
    mayCreate: transforms !== undefined,
  });
  const fetched: NamedPackage[] = [];
  for (const name of names) {
    // What is locked comes from where it came before, unless another hub is named.
    const locked = isPackageName(name) ? await fetchLocked(name, rules, options) : undefined;
    const named = locked ?? (await fetchNamed(name, rules, options));
    fetched.push(named);
    tell(checkedText(named));
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
  if (!dryRun) await keepLocked(rules, fetched);
  return installed;
}

/** The packages that a chain uses, each once; plain names mean modules that are in the cluster already. */
async function packagesOf(transforms: string): Promise<string[]> {
  const steps = await readTransforms(transforms);
  return [...new Set(steps.map(({ uses }) => uses).filter((uses) => uses.includes("/")))];
}

function describe(found: FetchedPackage): Omit<Installed, "loaded"> {
  const { group, name, version, digest, signers, yanked } = found;
  return {
    name: `${group}/${name}`,
    version,
    digest,
    signer: signers[0]!,
    key: `${name}-${group}-${version}`,
    yanked,
  };
}

function labelOf({ group, name, version }: FetchedPackage): string {
  return `${group}/${name}@${version}`;
}
