/** Loads a package into a cluster's registry: the manifest and the module. */
import { loadManifest, type Manifest } from "@smdk/compiler";
import type { SmartModuleMetadata } from "@smdk/protocol";
import { loadSmartModule } from "@smdk/runtime";
import { usage } from "../errors.ts";
import type { ClusterOptions } from "../flags.ts";
import { builtModule } from "./built-module.ts";
import { targetAddress, withCluster } from "./connection.ts";
import { readWasm } from "./smartmodule-use.ts";
import { keepMapBeside, keepSourceMap } from "./source-maps.ts";

export interface LoadOptions {
  projectDir: string;
  wasmFile: string | undefined;
  dryRun: boolean;
  cluster: ClusterOptions;
  /** Hears of each step. */
  tell: (line: string) => void;
}

export interface LoadResult {
  name: string;
  group: string;
  version: string;
  /** What `consume --smartmodule` and transforms name it by. */
  uses: string;
  /** Key of the object in the cluster. */
  key: string;
  loaded: boolean;
}

/** Checks that the engine takes the module, then creates it, replacing the same version. */
export async function loadPackage({
  projectDir,
  wasmFile,
  dryRun,
  cluster,
  tell,
}: LoadOptions): Promise<LoadResult> {
  tell(`Loading package at: ${projectDir}`);
  const manifest = await loadManifest(projectDir);
  const { name, group, version } = manifest.package;
  tell(`Found SmartModule package: ${name}`);
  const wasm = wasmFile === undefined ? await builtForCluster(projectDir) : await readWasm(wasmFile);
  if (wasmFile !== undefined) await keepMapBeside(wasmFile, wasm);
  await loadSmartModule(wasm, { name });
  const key = `${name}-${group}-${version}`;
  // The key is a name on the cluster's disk and in its watch streams.
  if (!/^[a-zA-Z0-9._+-]+$/.test(key)) {
    throw usage(
      `name and group may have letters, digits, "-", "_" and "." only: ${group}/${name}`,
      `edit ${manifest.path}`,
    );
  }
  tell(`Trying connection to fluvio ${await targetAddress(cluster)}`);
  await withCluster(cluster, async (fluvio) => {
    if (dryRun) return tell("Dry run mode: Skipping SmartModule create");
    tell(`Creating SmartModule: ${name}`);
    // A build may have added parameters to the manifest.
    const meta = metadataOf(await loadManifest(projectDir));
    await fluvio.admin.smartModules.create(key, { wasm, meta });
  });
  return { name, group, version, uses: `${group}/${name}@${version}`, key, loaded: !dryRun };
}

/** The project's module; its source map is kept where the local cluster finds it. */
async function builtForCluster(projectDir: string): Promise<Uint8Array> {
  const { bytes, sourceMap } = await builtModule(projectDir);
  if (sourceMap !== null) await keepSourceMap(bytes, sourceMap);
  return bytes;
}

/** The manifest in the form in which a cluster keeps it. */
export function metadataOf({ package: known, params }: Manifest): SmartModuleMetadata {
  return {
    package: {
      name: known.name,
      group: known.group,
      version: known.version,
      apiVersion: known.apiVersion,
      description: known.description ?? null,
      license: known.license ?? null,
      visibility: known.visibility === "public" ? "Public" : "Private",
      repository: known.repository ?? null,
    },
    params: new Map(
      params.map(({ name, description, optional }) => [name, { description: description ?? null, optional }]),
    ),
  };
}
