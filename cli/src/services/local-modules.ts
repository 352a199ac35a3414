/** Finds the modules of a chain: files and projects on this machine, packages in smdk.lock, the cluster, the hub. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { CliError } from "../errors.ts";
import type { ClusterOptions } from "../flags.ts";
import { builtModule } from "./built-module.ts";
import { manifestName } from "./project.ts";
import { readWasm } from "./smartmodule-use.ts";
import { keptSourceMap, sourceMapOf } from "./source-maps.ts";

export interface FoundModule {
  name: string;
  bytes: Uint8Array;
  /** Where it comes from: a path, or the address of a cluster. */
  origin: string;
  /** Text of its source map; null without one. */
  sourceMap: string | null;
}

/** Finds the module a step `uses`. `near` is the directory of the transforms file, or the current one. */
export async function findModule(uses: string, near: string, cluster: ClusterOptions): Promise<FoundModule> {
  const file = localFile(uses, near);
  if (file !== undefined) {
    const bytes = await readWasm(file);
    return { name: uses, bytes, origin: file, sourceMap: await sourceMapOf(file, bytes) };
  }
  const project = await localProject(uses, near);
  if (project !== undefined) {
    const { bytes, wasmPath, sourceMap } = await builtModule(project);
    return { name: uses, bytes, origin: wasmPath, sourceMap };
  }
  const found = (await lockedPackage(uses, near)) ?? (await clusterOrHub(uses, near, cluster));
  return { ...found, sourceMap: await keptSourceMap(found.bytes) };
}

type RemoteModule = Omit<FoundModule, "sourceMap">;

/** A package that smdk.lock pins comes from where it came then, the very bytes that are pinned. */
async function lockedPackage(uses: string, near: string): Promise<RemoteModule | undefined> {
  const { isPackageName } = await import("./hub/chain.ts");
  if (!isPackageName(uses)) return undefined;
  const { fetchLocked, localRules } = await import("./hub/named.ts");
  const named = await fetchLocked(uses, localRules(near, { mayCreate: false }), {
    hub: undefined,
    quiet: true,
    offline: true,
  });
  return named && { name: uses, bytes: named.found.module.wasm, origin: named.from };
}

async function clusterOrHub(uses: string, near: string, cluster: ClusterOptions): Promise<RemoteModule> {
  const inCluster = await clusterModule(uses, near, cluster);
  if (!(inCluster instanceof CliError)) return inCluster;
  const packaged = await hubPackage(uses, near);
  if (packaged === undefined) throw inCluster;
  return packaged;
}

/** A package of the hub, where one is named. */
async function hubPackage(uses: string, near: string): Promise<RemoteModule | undefined> {
  const { isPackageName } = await import("./hub/chain.ts");
  const { hasHub } = await import("./hub/settings.ts");
  if (!isPackageName(uses) || !hasHub(undefined)) return undefined;
  const { fetchNamed, localRules } = await import("./hub/named.ts");
  const rules = localRules(near, { mayCreate: false });
  const { from, found } = await fetchNamed(uses, rules, { hub: undefined, quiet: true });
  return { name: uses, bytes: found.module.wasm, origin: from };
}

/** The plain name in `group/name@version`. */
function plainName(uses: string): string {
  const name = uses.split("/")[1] ?? uses;
  return uses.includes("/") ? name.split("@")[0]! : name;
}

function localFile(uses: string, near: string): string | undefined {
  if (uses.endsWith(".wasm")) return resolve(near, uses);
  const name = plainName(uses);
  const names = [...new Set([name, name.replaceAll("-", "_")])];
  const files = names.flatMap((stem) => [join(near, `${stem}.wasm`), join(near, "build", `${stem}.wasm`)]);
  return files.find((file) => existsSync(file) && !existsSync(join(dirname(dirname(file)), manifestName)));
}

/** A project whose manifest has that name: here or above, in a directory of that name beside or below. */
async function localProject(uses: string, near: string): Promise<string | undefined> {
  return await projectNamed(uses, near, true);
}

/** The same for any version, unless it is to be `exact`. */
export async function projectNamed(uses: string, near: string, exact = false): Promise<string | undefined> {
  const { loadManifest } = await import("@smdk/compiler");
  const name = plainName(uses);
  const candidates = [join(near, name), join(near, "..", name)];
  for (let directory = near; ; directory = dirname(directory)) {
    candidates.push(directory);
    if (dirname(directory) === directory) break;
  }
  for (const directory of candidates) {
    if (!existsSync(join(directory, manifestName))) continue;
    const manifest = await loadManifest(directory);
    const { name: known, group, version } = manifest.package;
    const wanted = exact ? uses : uses.replace(/@.*/, "");
    if ([known, `${group}/${known}`, `${group}/${known}@${version}`].includes(wanted)) return directory;
  }
  return undefined;
}

/** The cluster's module, or why there is none. */
async function clusterModule(
  uses: string,
  near: string,
  cluster: ClusterOptions,
): Promise<RemoteModule | CliError> {
  const notHere = `smartmodule ${uses} not found in ${near}`;
  const hint = "put NAME.wasm beside the transforms file, or load it into the cluster: smdk load";
  const { targetAddress, withCluster } = await import("./connection.ts");
  const { findInCluster } = await import("./registry.ts");
  let origin = "the cluster";
  try {
    origin = await targetAddress(cluster);
    const found = await withCluster(cluster, (fluvio) => findInCluster(fluvio, uses));
    if (found !== undefined) return { name: uses, bytes: found, origin };
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== "SMDK_UNREACHABLE" && code !== "SMDK_PROFILE_NOT_FOUND") throw error;
    return new CliError("failed", `${notHere}, and no cluster can be asked`, {
      hint,
      causes: [(error as Error).message],
      code: "SMDK_CLI_MODULE_NOT_FOUND",
    });
  }
  return new CliError("failed", `${notHere}, nor in ${origin}`, { hint, code: "SMDK_CLI_MODULE_NOT_FOUND" });
}
