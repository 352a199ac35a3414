// Compiles what goes beside somebody else's code in one module: the engine's glue, and the shims of programs with
// standard streams.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSections, SECTION } from "../dist/wasm.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(join(root, "package.json"));
/** What AssemblyScript modules are made of too. */
const SHARED = ["abi/records.ts", "abi/varint.ts", "sha256.ts"];

/**
 * The sources of one of our folders and of what it shares with others, by the names that they import one another by.
 * `host` replaces abi/host.ts: what reading and writing records needs of its surroundings.
 */
export function readGuest(folder, host) {
  const files = new Map();
  for (const from of ["abi", folder]) {
    const names = readdirSync(join(root, from)).filter((name) => name.endsWith(".ts"));
    for (const name of names.sort())
      files.set(`javascript/${from}/${name}`, readFileSync(join(root, from, name), "utf8"));
  }
  const assembly = join(dirname(require.resolve("@smdk/assemblyscript/package.json")), "assembly");
  for (const name of SHARED)
    files.set(`assemblyscript/assembly/${name}`, readFileSync(join(assembly, name), "utf8"));
  files.set("assemblyscript/assembly/abi/room.ts", 'export { room } from "../../../javascript/abi/room";');
  if (host) files.set("javascript/abi/host.ts", host);
  return files;
}

/** The sections of the compiled entry. `files` has all sources by the names that they import one another by. */
export async function compileGuest(files, entry, shrinkLevel) {
  const asc = (await import("assemblyscript/asc")).default;
  let wasm;
  const { error, stderr } = await asc.main(
    [
      entry,
      "--outFile=guest.wasm",
      "--runtime=stub",
      "--importMemory",
      "--noExportMemory",
      "--noAssert",
      "--use=abort=",
      "--enable=simd",
      "--optimizeLevel=3",
      `--shrinkLevel=${shrinkLevel}`,
    ],
    {
      readFile: (name) => files.get(name) ?? null,
      writeFile: (_name, content) => {
        wasm = content;
      },
      listFiles: () => [],
    },
  );
  const text = stderr.toString();
  if (error || /\b(WARNING|ERROR)\b/.test(text)) throw new Error(`${entry} does not compile:\n${text}`);
  const sections = readSections(wasm);
  const has = (id) => sections.some((section) => section.id === id);
  if (has(SECTION.data) || has(SECTION.start) || has(SECTION.element))
    throw new Error(`${entry} has data, a start function or a table: the other's own would be overwritten`);
  return sections;
}
