// Builds the engine: QuickJS-NG from npm `quickjs-wasi`, merged with our glue. Results, in dist/engine:
// builder.wasm (with JavaScript's parser; runs at the user's build), runtime.wasm (without; becomes the user's
// module) and engine.json (what goes where). Everything that the rest relies on is checked here, loudly.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import {
  Reader,
  readBodies,
  readElements,
  readExports,
  readGlobals,
  readImports,
  readSections,
  SECTION,
  sectionOf,
  Writer,
  writeElements,
  writeExports,
  writeImports,
  writeSections,
} from "../dist/wasm.js";

const ENGINE_SHA256 = "d4c9375f2b1ca4dc95f72c8aa2982a7a9951ac8011490d79c6582df732b4bbd9";
const ENGINE_VERSION = "3.6.2";
const TABLE_SLOTS = 532;
const FEATURES = [
  "--enable-simd",
  "--enable-bulk-memory",
  "--enable-bulk-memory-opt",
  "--enable-sign-ext",
  "--enable-nontrapping-float-to-int",
  "--enable-mutable-globals",
  "--enable-multivalue",
  "--enable-reference-types",
];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outDir = join(root, "dist/engine");
const require = createRequire(join(root, "package.json"));

function check(condition, what) {
  if (!condition) throw new Error(`the engine is not what the glue was written for: ${what}`);
}

const digest = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

const enginePath = require.resolve("quickjs-wasi/quickjs.wasm");
const glueFiles = readdirSync(join(root, "glue"))
  .filter((name) => name.endsWith(".ts"))
  .sort();
const tools = ["assemblyscript", "binaryen"].map((name) => {
  const path = require.resolve(`${name}/package.json`);
  return `${name} ${JSON.parse(readFileSync(path, "utf8")).version}`;
});
const preludeFile = join(root, "prelude/prelude.js");
const stamp = digest(
  readFileSync(enginePath),
  readFileSync(preludeFile),
  readFileSync(fileURLToPath(import.meta.url)),
  readFileSync(join(root, "dist/wasm.js")),
  tools.join(" "),
  ...glueFiles.map((name) => readFileSync(join(root, "glue", name))),
);

const stampFile = join(outDir, "engine.json");
if (existsSync(stampFile) && JSON.parse(readFileSync(stampFile, "utf8")).stamp === stamp) process.exit(0);

const work = mkdtempSync(join(tmpdir(), "smdk-engine-"));
try {
  await build();
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function build() {
  const engine = checkEngine(readFileSync(enginePath));
  const glue = await compileGlue();
  writeFileSync(join(work, "engine.wasm"), readFileSync(enginePath));
  writeFileSync(join(work, "glue.wasm"), glue);
  const merge = ["engine.wasm", "engine", "glue.wasm", "env", "-o", "merged.wasm", ...FEATURES];
  binaryen("wasm-merge", merge);
  const merged = arrange(readFileSync(join(work, "merged.wasm")), engine);
  const builder = merged.builder;
  writeFileSync(join(work, "bare.wasm"), merged.runtime);
  binaryen("wasm-opt", ["bare.wasm", "-o", "runtime.wasm", "--remove-unused-module-elements", ...FEATURES]);
  const runtime = readFileSync(join(work, "runtime.wasm"));
  checkRuntime(builder, runtime);
  mkdirSync(outDir, { recursive: true });
  writeFileSync(join(outDir, "builder.wasm"), builder);
  writeFileSync(join(outDir, "runtime.wasm"), runtime);
  const prelude = readFileSync(preludeFile, "utf8").replace(/^(\/\/.*\n)*/, "");
  const { code } = await transform(`(${prelude.trim().replace(/;$/, "")})`, {
    minifyWhitespace: true,
    target: "es2023",
  });
  writeFileSync(join(outDir, "prelude.js"), code);
  const about = {
    stamp,
    engine: `quickjs-wasi ${ENGINE_VERSION}`,
    slots: merged.slots,
    evalOffset: engine.evalOffset,
    jobListOffset: engine.jobListOffset,
  };
  writeFileSync(stampFile, `${JSON.stringify(about, null, 2)}\n`);
}

/** What the glue and the builder take for granted about the engine. */
function checkEngine(bytes) {
  const hash = digest(bytes);
  check(hash === ENGINE_SHA256, `its hash is ${hash}`);
  const sections = readSections(bytes);
  check(!sections.some((section) => section.id === SECTION.start), "it has a start function");
  const globals = readGlobals(sectionOf(sections, SECTION.global));
  check(globals.length === 1 && globals[0].mutable, "it has more than the stack pointer");
  const table = new Reader(sectionOf(sections, SECTION.table));
  check(table.u32() === 1 && table.byte() === 0x70 && table.u32() === 0, "its table has a maximum");
  check(table.u32() === TABLE_SLOTS, "its table has another size");
  const imports = readImports(sectionOf(sections, SECTION.import));
  const functions = imports.filter((entry) => entry.kind === 0).length;
  check(functions === imports.length, "it imports more than functions");
  const exports = readExports(sectionOf(sections, SECTION.export));
  const bodies = readBodies(sectionOf(sections, SECTION.code));
  const bodyOf = (name) => bodies[exports.find((entry) => entry.name === name).index - functions];
  const body = new Reader(bodyOf("JS_AddIntrinsicEval"));
  // No locals; local.get 0; i32.const SLOT; i32.store OFFSET; i32.const 0; end.
  check(
    body.byte() === 0 && body.byte() === 0x20 && body.byte() === 0 && body.byte() === 0x41,
    "eval's switch",
  );
  const evalSlot = Number(body.signed());
  check(body.byte() === 0x36 && body.byte() === 2, "eval's switch");
  const evalOffset = body.u32();
  check(body.byte() === 0x41 && body.byte() === 0 && body.byte() === 0x0b && body.done, "eval's switch");
  // JS_IsJobPending. No locals; local.get 0; i32.load NEXT; local.get 0; i32.const HEAD; i32.add; i32.ne; end.
  const pending = new Reader(bodyOf("JS_IsJobPending"));
  const start = [pending.byte(), pending.byte(), pending.byte(), pending.byte(), pending.byte()];
  check(start.join() === "0,32,0,40,2", "its list of jobs");
  const next = pending.u32();
  check(pending.byte() === 0x20 && pending.byte() === 0 && pending.byte() === 0x41, "its list of jobs");
  const jobListOffset = Number(pending.signed());
  check(next === jobListOffset + 4 && pending.byte() === 0x6a && pending.byte() === 0x47, "its list of jobs");
  return { evalSlot, evalOffset, jobListOffset };
}

async function compileGlue() {
  const asc = (await import("assemblyscript/asc")).default;
  const files = new Map();
  const { error, stderr } = await asc.main(
    [
      "index.ts",
      "--outFile=glue.wasm",
      "--runtime=stub",
      "--importMemory",
      "--noExportMemory",
      "--noAssert",
      "--use=abort=",
      "--enable=simd",
      "--optimizeLevel=3",
      "--shrinkLevel=1",
    ],
    {
      readFile: (name) => (glueFiles.includes(name) ? readFileSync(join(root, "glue", name), "utf8") : null),
      writeFile: (name, content) => void files.set(name, content),
      listFiles: () => [],
    },
  );
  const text = stderr.toString();
  if (error || /\b(WARNING|ERROR)\b/.test(text)) throw new Error(`the glue does not compile:\n${text}`);
  const sections = readSections(files.get("glue.wasm"));
  const has = (id) => sections.some((section) => section.id === id);
  check(
    !has(SECTION.data) && !has(SECTION.start) && !has(SECTION.element),
    "the glue has data, start or table",
  );
  const imports = readImports(sectionOf(sections, SECTION.import)).map((entry) =>
    entry.name === "memory" ? { ...entry, module: "engine" } : entry,
  );
  return replace(sections, SECTION.import, writeImports(imports));
}

function replace(sections, id, content) {
  return writeSections(sections.map((section) => (section.id === id ? { id, content } : section)));
}

/** Natives into the table, all mutable globals and everything useful into the exports. */
function arrange(bytes, { evalSlot }) {
  let sections = readSections(bytes).filter((section) => section.id !== SECTION.custom);
  const imports = readImports(sectionOf(sections, SECTION.import));
  for (const { module, name } of imports) {
    check(
      module === "wasi_snapshot_preview1" || (module === "host" && name === "copy_records"),
      `${module}.${name}`,
    );
  }
  const set = (id, content) => {
    sections = sections.map((section) => (section.id === id ? { id, content } : section));
  };
  const renamed = imports.map((entry) => (entry.module === "host" ? { ...entry, module: "env" } : entry));
  set(SECTION.import, writeImports(renamed));

  const exports = readExports(sectionOf(sections, SECTION.export));
  const natives = exports.filter(
    (entry) => entry.kind === 0 && entry.name.startsWith("js_") && isNative(entry.name),
  );
  natives.sort((a, b) => (a.name < b.name ? -1 : 1));
  const slots = Object.fromEntries(natives.map((entry, at) => [entry.name, TABLE_SLOTS + at]));
  const segments = readElements(sectionOf(sections, SECTION.element));
  check(segments.length === 1, "its table is filled in more than one piece");
  const added = { offset: TABLE_SLOTS, functions: natives.map((entry) => entry.index) };
  const table = new Writer();
  table.u32(1);
  table.bytes(Uint8Array.of(0x70, 0));
  table.u32(TABLE_SLOTS + natives.length);
  set(SECTION.table, table.done());
  set(SECTION.element, writeElements([...segments, added]));

  const globals = readGlobals(sectionOf(sections, SECTION.global));
  const globalExports = globals
    .map((global, index) => ({ name: `global:${index}`, kind: 3, index, mutable: global.mutable }))
    .filter((entry) => entry.mutable);
  const others = exports.filter((entry) => !(entry.kind === 0 && entry.name in slots));
  set(SECTION.export, writeExports([...others, ...globalExports]));
  const builder = writeSections(sections);

  const [segment] = segments;
  const parser = evalSlot - segment.offset;
  const functions = segment.functions.map((index, at) => (at === parser ? segment.functions[0] : index));
  set(SECTION.element, writeElements([{ offset: segment.offset, functions }, added]));
  const abi = [
    "alloc",
    "dealloc",
    "filter",
    "map",
    "filter_map",
    "array_map",
    "aggregate",
    "init",
    "look_back",
  ];
  const kept = exports.filter((entry) => entry.name === "memory" || abi.includes(entry.name));
  check(kept.length === abi.length + 1, "the glue lacks a function");
  set(SECTION.export, writeExports([...kept, ...globalExports]));
  return { builder, runtime: writeSections(sections), slots };
}

/** The engine has exports of its own that begin so. */
function isNative(name) {
  return (
    !["js_calloc_rt", "js_malloc_rt", "js_free_rt", "js_realloc_rt", "js_malloc_usable_size_rt"].includes(
      name,
    ) &&
    /^js_[a-z]+[A-Z]?[A-Za-z0-9]*$/.test(name) &&
    !/^js_(calloc|malloc|mallocz|free|realloc|strndup|strdup|std|string)$/.test(name)
  );
}

/** A snapshot of the builder has to fit: same globals, same table, same memory. */
function checkRuntime(builder, runtime) {
  const a = readSections(builder);
  const b = readSections(runtime);
  const names = (sections) =>
    readExports(sectionOf(sections, SECTION.export))
      .filter((entry) => entry.kind === 3 && entry.name.startsWith("global:"))
      .map((entry) => {
        const global = readGlobals(sectionOf(sections, SECTION.global))[entry.index];
        return `${entry.name} ${global.type} ${global.mutable} ${global.value}`;
      })
      .sort()
      .join();
  check(names(a) === names(b), "the runtime's globals differ from the builder's");
  for (const id of [SECTION.memory, SECTION.table]) {
    check(Buffer.compare(sectionOf(a, id), sectionOf(b, id)) === 0, "the runtime's memory or table differs");
  }
  const places = (sections) =>
    readElements(sectionOf(sections, SECTION.element)).map(
      ({ offset, functions }) => `${offset}+${functions.length}`,
    );
  check(places(a).join() === places(b).join(), "the runtime's table is filled differently");
}

function binaryen(tool, args) {
  const path = join(dirname(require.resolve("binaryen/package.json")), "bin", tool);
  const { status, stderr } = spawnSync(process.execPath, [path, ...args], { cwd: work, encoding: "utf8" });
  if (status !== 0) throw new Error(`${tool} failed:\n${stderr}`);
}
