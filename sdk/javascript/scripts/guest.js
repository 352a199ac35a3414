// Compiles what goes beside somebody else's code in one module: the engine's glue, and the shims of programs with
// standard streams.
import { readSections, SECTION } from "../dist/wasm.js";

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
