/** What manifests say of a module's parameters: the one of its project, or the one that a cluster keeps with it. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { ManifestParam } from "@smdk/compiler";
import type { ClusterOptions } from "../flags.ts";
import { manifestName } from "./project.ts";

/** Of a module file that a project has built; null for any other. */
export async function parametersOf(wasmPath: string): Promise<readonly ManifestParam[] | null> {
  const folder = dirname(dirname(resolve(wasmPath)));
  if (!existsSync(join(folder, manifestName))) return null;
  const { loadManifest, loadProject } = await import("@smdk/compiler");
  try {
    const project = await loadProject(folder);
    return project.wasmPath === resolve(wasmPath) ? (await loadManifest(folder)).params : null;
  } catch {
    // No project, or one with a manifest that lint has more to say about.
    return null;
  }
}

/** Of a module in a cluster's registry; null when it was put there without a manifest, or is not there. */
export async function parametersInCluster(
  uses: string,
  cluster: ClusterOptions,
): Promise<readonly ManifestParam[] | null> {
  const { withCluster } = await import("./connection.ts");
  const { matches } = await import("./registry.ts");
  try {
    const modules = await withCluster(cluster, (fluvio) => fluvio.admin.smartModules.list());
    const found = modules
      .filter((module) => matches(uses, module))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const params = found[0]?.spec.meta?.params;
    if (params === undefined) return null;
    return [...params].map(([name, { description, optional }]) => ({
      name,
      optional,
      ...(description !== null && { description }),
    }));
  } catch {
    return null;
  }
}
