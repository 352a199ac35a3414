/** Modules in a cluster's registry. */
import { gunzipSync } from "node:zlib";
import type { Fluvio } from "@smdk/client";
import type { SmartModuleMetadataObject } from "@smdk/protocol";

/** Larger modules than the engine could load. */
const maxModuleBytes = 1_000_000_000;

/** The bytes of the module that a cluster would run for `uses`: the first match in key order. */
export async function findInCluster(fluvio: Fluvio, uses: string): Promise<Uint8Array | undefined> {
  const modules = await fluvio.admin.smartModules.list({ full: true });
  const found = modules
    .filter((module) => matches(uses, module))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .at(0);
  return found && gunzipSync(found.spec.wasm.payload, { maxOutputLength: maxModuleBytes });
}

/** Fluvio's rule: packages match by name, group and version as far as given; other modules by their object name. */
export function matches(uses: string, { name, spec }: SmartModuleMetadataObject): boolean {
  const [group, rest] = uses.includes("/") ? uses.split("/") : [undefined, uses];
  const [wanted, version] = group === undefined ? [rest, undefined] : (rest ?? "").split("@");
  if (spec.meta === null) return wanted === name;
  const { package: known } = spec.meta;
  return (
    known.name === wanted &&
    (group ?? known.group) === known.group &&
    (version ?? known.version) === known.version
  );
}

/** Deletes by the key of the object, or by the name that `smartmodule list` shows (`group/name@version`). */
export async function deleteModule(fluvio: Fluvio, name: string): Promise<void> {
  const modules = name.includes("/") ? await fluvio.admin.smartModules.list() : [];
  const found = modules.find((module) => matches(name, module));
  await fluvio.admin.smartModules.delete(found?.name ?? name);
}
