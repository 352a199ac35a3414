// The sources a build sees under `~lib/`: the compiler's standard library, the guest library, and the few
// standard files that ours take the place of (the runtime, and what would import from a JavaScript host).

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { LIBRARY } from "./glue.ts";
import { addForEach, addToFixed, printLikeTypeScript, readLikeTypeScript } from "./print.ts";

/** Path under `~lib/`, without `.ts`, to source text. */
export type LibraryFiles = ReadonlyMap<string, string>;

const assemblyDir = new URL("../assembly/", import.meta.url);

/**
 * Reads the guest library from this package and lays it over the standard library.
 * `standard` is the compiler's own table and stays as it is.
 */
export function readLibrary(standard: Readonly<Record<string, string>>): LibraryFiles {
  const files = new Map(Object.entries(standard));
  for (const path of readdirSync(assemblyDir, { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".ts") || path.endsWith(".d.ts")) continue;
    const name = path.replaceAll("\\", "/").slice(0, -3);
    files.set(`${LIBRARY}/${name}`, readFileSync(new URL(path, assemblyDir), "utf8"));
  }
  const own = (name: string): string => files.get(`${LIBRARY}/${name}`) ?? "";
  // The name of a runtime decides how the compiler instruments code; "minimal" is the one without a stack.
  // It is an entry, whose own exports would become exports of the module.
  files.set("rt/index-minimal", `import "~lib/${LIBRARY}/rt/region";\n`);
  files.set("console", own("std/console"));
  // The standard one asks a JavaScript host; ours is parsed with the modules that use it.
  files.delete("regexp");
  files.set("util/number", printLikeTypeScript(standard["util/number"] ?? ""));
  files.set("number", addToFixed(standard.number ?? ""));
  files.set("map", addForEach(standard.map ?? "", "Map<K,V>"));
  files.set("set", addForEach(standard.set ?? "", "Set<T>"));
  files.set("util/string", readLikeTypeScript(standard["util/string"] ?? ""));
  files.set("bindings/dom", domBindings(standard["bindings/dom"] ?? ""));
  return files;
}

/** Folder of the guest library, for messages and tools. */
export function assemblyFolder(): string {
  return fileURLToPath(assemblyDir);
}

/** The bindings the standard library imports, less those that only a browser has. */
function domBindings(original: string): string {
  const math = /export declare namespace Math \{[\s\S]*?\n\}/.exec(original)?.[0] ?? "";
  return `${math}\nexport { Date, performance, crypto } from "~lib/${LIBRARY}/std/host";\n`;
}
