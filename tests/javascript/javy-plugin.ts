/** Builds the plugin of fixtures/javy: the engine is linked with it by the same linker that adapts modules. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { link, type Made } from "../../sdk/javascript/src/link/link.ts";
import { parseModule } from "../../sdk/javascript/src/link/module.ts";
import { readSections, type Section, Writer, writeSections } from "../../sdk/javascript/src/wasm.ts";

const NAMESPACE = "smdk-test-plugin-v1";

const TEXTS = [
  "__read",
  "__write",
  `{
  const [read, write] = [__read, __write];
  const check = (data) => { if (!(data instanceof Uint8Array)) throw TypeError("Data needs to be an Uint8Array"); };
  globalThis.Javy = { IO: {
    readSync(fd, data) { check(data); return read(fd, data); },
    writeSync(fd, data) { check(data); return write(fd, data); },
  } };
  delete globalThis.__read;
  delete globalThis.__write;
  delete globalThis.atob;
  delete globalThis.btoa;
  delete globalThis.queueMicrotask;
}`,
  "function.mjs",
];

const require = createRequire(fileURLToPath(new URL("../../sdk/javascript/package.json", import.meta.url)));
const source = fileURLToPath(new URL("./fixtures/javy/plugin.ts", import.meta.url));

/** The plugin's bytes, built once in a process. */
export async function testPlugin(): Promise<Uint8Array> {
  built ??= build();
  return built;
}

let built: Promise<Uint8Array> | undefined;

async function build(): Promise<Uint8Array> {
  const asc = (await import(
    join(dirname(require.resolve("assemblyscript/package.json")), "dist/asc.js")
  )) as {
    default: {
      main(
        args: readonly string[],
        host: {
          readFile(name: string): string | null;
          writeFile(name: string, content: Uint8Array): void;
          listFiles(): string[];
        },
      ): Promise<{ error: Error | null; stderr: { toString(): string } }>;
    };
  };
  let glue: Uint8Array | undefined;
  const { error, stderr } = await asc.default.main(
    [
      "plugin.ts",
      "--outFile=plugin.wasm",
      "--runtime=stub",
      "--importMemory",
      "--noExportMemory",
      "--noAssert",
      "--use=abort=",
      "-O2",
    ],
    {
      readFile: (name) => (name === "plugin.ts" ? readFileSync(source, "utf8") : null),
      writeFile: (_name, content) => {
        glue = content;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || glue === undefined) throw new Error(stderr.toString());
  const engine = parseModule(readFileSync(require.resolve("quickjs-wasi/quickjs.wasm")));
  const ours = parseModule(glue);
  const made: Record<string, Made> = {
    text: { type: { params: [0x7f, 0x7f], results: [0x7f] }, uses: [], write: writeTexts },
  };
  const linked = link({
    parts: [
      { module: engine, isGuest: false },
      { module: ours, isGuest: false },
    ],
    resolve: (_part, entry) => {
      if (entry.module === "made") return { made: "text" };
      if (entry.module === "engine") return { part: 0, name: entry.name };
      if (entry.module === "env") return { part: 1, name: entry.name };
      return { module: entry.module, name: entry.name };
    },
    made,
    exports: [
      { name: "memory", part: 0, from: "memory" },
      { name: "initialize-runtime", part: 1, from: "initialize_runtime" },
      { name: "compile-src", part: 1, from: "compile_src" },
      { name: "invoke", part: 1, from: "invoke" },
      { name: "cabi_realloc", part: 1, from: "cabi_realloc" },
    ],
    memory: { part: 1, size: "", grow: "" },
    restart: null,
  });
  const section = new Writer();
  section.name("import_namespace");
  section.bytes(new TextEncoder().encode(NAMESPACE));
  const sections: Section[] = [...readSections(linked), { id: 0, content: section.done() }];
  return writeSections(sections);
}

function writeTexts(to: Writer): void {
  for (const [which, text] of TEXTS.entries()) {
    const bytes = new Uint8Array(Math.ceil(text.length / 8) * 8);
    bytes.set(new TextEncoder().encode(text));
    const view = new DataView(bytes.buffer);
    to.bytes(Uint8Array.of(0x20, 0, 0x41, which, 0x46, 0x04, 0x40));
    for (let at = 0; at < bytes.length; at += 8) {
      to.bytes(Uint8Array.of(0x20, 1, 0x42));
      to.signed(view.getBigInt64(at, true));
      to.bytes(Uint8Array.of(0x37, 0));
      to.u32(at);
    }
    to.byte(0x41);
    to.signed(BigInt(text.length));
    to.bytes(Uint8Array.of(0x0f, 0x0b));
  }
  to.bytes(Uint8Array.of(0x41, 0, 0x0b));
}
