// The source map beside a module: how it is tied to it, and how it is found again.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";

/** Field of a map with the SHA-256 of the module it belongs to. */
const MODULE_FIELD = "x_smdk_module";
/** Field of a map whose places are those of a script, not offsets in the binary. */
const SCRIPT_FIELD = "x_smdk_script";
const SECTION = "sourceMappingURL";

/** The map as it is written: it names the module, so that one of another build is not taken for it. */
export function tieSourceMap(sourceMap: string, wasm: Uint8Array): string {
  return JSON.stringify({ ...(JSON.parse(sourceMap) as object), [MODULE_FIELD]: moduleDigest(wasm) });
}

/** The same for the map of a script inside the module; it gets the texts of the user's files for code frames. */
export async function tieScriptMap(
  sourceMap: string,
  wasm: Uint8Array,
  projectDir: string,
  userFiles: readonly string[],
): Promise<string> {
  const map = JSON.parse(sourceMap) as { sources: string[] };
  const sourcesContent = await Promise.all(
    map.sources.map(async (source) => {
      const file = path.resolve(projectDir, source);
      return userFiles.includes(file) ? await readFile(file, "utf8").catch(() => null) : null;
    }),
  );
  return tieSourceMap(JSON.stringify({ ...map, sourcesContent, [SCRIPT_FIELD]: true }), wasm);
}

/** SHA-256 of a module, in hex. */
export function moduleDigest(wasm: Uint8Array): string {
  return createHash("sha256").update(wasm).digest("hex");
}

/** The map beside a module file, if there is one and it is of these very bytes. */
export async function readSourceMap(wasmPath: string, wasm: Uint8Array): Promise<string | null> {
  const text = await readFile(`${wasmPath}.map`, "utf8").catch(() => null);
  return text?.includes(`"${MODULE_FIELD}":"${moduleDigest(wasm)}"`) ? text : null;
}

/** The module without the section that names its map: it is the same then with or without a map. */
export function withoutMapUrl(wasm: Uint8Array): Uint8Array {
  const name = new TextEncoder().encode(SECTION);
  // The compiler writes it last: id 0, size, length of the name, name, and so on to the end.
  for (let at = wasm.length - name.length - 3; at >= Math.max(8, wasm.length - 1024); at--) {
    if (wasm[at] !== 0 || wasm[at + 1] !== wasm.length - at - 2 || wasm[at + 2] !== name.length) continue;
    if (name.every((byte, index) => wasm[at + 3 + index] === byte)) return wasm.slice(0, at);
  }
  return wasm;
}
