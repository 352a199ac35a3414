/** SmartModules of a cluster as Fluvio's tools print them. */
import type { SmartModuleMetadataObject } from "@smdk/protocol";
import { humanBytes, table } from "../output.ts";

/** `group/name@version` for a package, the object's own name otherwise. */
export function smartModuleName({ name, spec }: SmartModuleMetadataObject): string {
  if (spec.meta === null) return name;
  const { group, name: packageName, version } = spec.meta.package;
  return `${group}/${packageName}@${version}`;
}

/** The JSON form of `smartmodule list -O json`; `key` is what `smartmodule delete` takes. */
export function smartModuleJson(module: SmartModuleMetadataObject): Record<string, unknown> {
  const { spec } = module;
  const meta = spec.meta && {
    package: { ...spec.meta.package, visibility: spec.meta.package.visibility.toLowerCase() },
    params: spec.meta.params,
  };
  return {
    name: module.name,
    spec: {
      meta,
      summary: spec.summary,
      wasm: { format: spec.wasm.format.toUpperCase(), payload: spec.wasm.payload },
    },
    status: null,
  };
}

/** The table of `smartmodule list`. */
export function smartModuleTable(modules: readonly SmartModuleMetadataObject[]): string {
  if (modules.length === 0) return "no smartmodules";
  return table(
    ["SMARTMODULE", "SIZE"],
    modules.map((module) => [
      smartModuleName(module),
      humanBytes(module.spec.summary?.wasmLength ?? module.spec.wasm.payload.length),
    ]),
  );
}
