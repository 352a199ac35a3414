// Builds the engine: QuickJS-NG from npm `quickjs-wasi`, merged with our glue. Results, in dist/engine:
// builder.wasm (with JavaScript's parser; runs at the user's build), runtime.wasm (without; becomes the user's
// module), prelude.bin (bytecode of the prelude) and engine.json (what goes where). Everything that the rest relies on is checked here, loudly.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { Vm } from "../dist/vm.js";
import {
  Reader,
  readBodies,
  readData,
  readElements,
  readExports,
  readGlobals,
  readImports,
  readSections,
  SECTION,
  sectionOf,
  Writer,
  writeBodies,
  writeElements,
  writeExports,
  writeImports,
  writeSections,
} from "../dist/wasm.js";
import { compileGuest, readGuest } from "./guest.js";
import { findLayout } from "./layout.js";

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

// Functions that a module cannot get to, each known by a text that it alone uses. What only they use goes with them.
/** Prints bytecode, if a flag that nobody sets says so. */
const PRINTER = "invalid opcode (0x%02x)";
/** Loads built-ins that are bytecode, the first time that they are asked for: the prelude asks for all. */
const LOADER = "hasOwnEnumProperty";
/** The job behind import(). */
const IMPORTER = "no function filename for import()";
const UNREACHABLE = Uint8Array.of(0, 0, 0x0b);
/**
 * What is left of giving back a context, when it is never the last time: the count in front of it is one less.
 * local.get 0; i32.const 4; i32.sub; local.tee 1; local.get 1; i32.load; i32.const 1; i32.sub; i32.store.
 */
const COUNT_DOWN = Uint8Array.of(
  ...[1, 1, 0x7f],
  ...[0x20, 0, 0x41, 4, 0x6b, 0x22, 1, 0x20, 1, 0x28, 2, 0, 0x41, 1, 0x6b, 0x36, 2, 0],
  0x0b,
);

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
const glueFiles = readGuest("glue");
const tools = ["assemblyscript", "binaryen"].map((name) => {
  const path = require.resolve(`${name}/package.json`);
  return `${name} ${JSON.parse(readFileSync(path, "utf8")).version}`;
});
const preludeFile = join(root, "prelude/prelude.js");
const stamp = digest(
  readFileSync(enginePath),
  readFileSync(preludeFile),
  readFileSync(fileURLToPath(import.meta.url)),
  readFileSync(join(root, "scripts/layout.js")),
  readFileSync(join(root, "scripts/guest.js")),
  readFileSync(join(root, "dist/wasm.js")),
  readFileSync(join(root, "dist/vm.js")),
  tools.join(" "),
  ...[...glueFiles].flat(),
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
  writeFileSync(join(work, "builder.wasm"), builder);
  mkdirSync(outDir, { recursive: true });
  writeFileSync(join(outDir, "builder.wasm"), builder);
  writeFileSync(join(outDir, "runtime.wasm"), runtime);
  const prelude = readFileSync(preludeFile, "utf8").replace(/^(\/\/.*\n)*/, "");
  const { code } = await transform(`(${prelude.trim().replace(/;$/, "")})`, {
    minifyWhitespace: true,
    minifyIdentifiers: true,
    target: "es2023",
  });
  const compiled = { builder: await WebAssembly.compile(builder) };
  writeFileSync(join(outDir, "prelude.bin"), new Vm(compiled).compile(code, "prelude.js", false));
  const about = {
    stamp,
    engine: `quickjs-wasi ${ENGINE_VERSION}`,
    slots: merged.slots,
    evalOffset: engine.evalOffset,
    jobListOffset: engine.jobListOffset,
    unused: findUnused(sectionOf(readSections(builder), SECTION.data)),
    ...findLayout(new Vm(compiled)),
  };
  writeFileSync(stampFile, `${JSON.stringify(about)}\n`);
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
  const sections = await compileGuest(glueFiles, "javascript/glue/index.ts", 2);
  const imports = readImports(sectionOf(sections, SECTION.import)).map((entry) =>
    entry.name === "memory" ? { ...entry, module: "engine" } : entry,
  );
  return replace(sections, SECTION.import, writeImports(imports));
}

function replace(sections, id, content) {
  return writeSections(sections.map((section) => (section.id === id ? { id, content } : section)));
}

/** The one function (among those that the module defines) that refers to a text which begins so. */
function userOf(text, bodies, data) {
  const constant = new Writer();
  constant.byte(0x41);
  constant.signed(BigInt(findText(data, text)));
  const wanted = Buffer.from(constant.done());
  const users = [...bodies.keys()].filter((at) => Buffer.from(bodies[at]).includes(wanted));
  check(users.length === 1, `functions that use ${JSON.stringify(text)}: ${users.length}`);
  return users[0];
}

/** Address of a text that begins so, in a module's data. */
function findText(data, text) {
  for (const { offset, bytes } of readData(data)) {
    const at = Buffer.from(bytes).indexOf(`\0${text}`);
    if (at >= 0) return offset + at + 1;
  }
  throw new Error(`the engine is not what the glue was written for: no text ${JSON.stringify(text)}`);
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

  // In a module the parser is not there, import() is an error, and more is out of reach.
  const data = sectionOf(sections, SECTION.data);
  const bodies = readBodies(sectionOf(sections, SECTION.code));
  const imported = imports.filter((entry) => entry.kind === 0).length;
  const importer = userOf(IMPORTER, bodies, data) + imported;
  const [segment] = segments;
  const parser = evalSlot - segment.offset;
  check(segment.functions.includes(importer), "import()");
  const noImport = exports.find((entry) => entry.name === "js_import").index;
  const functions = segment.functions.map((index, at) =>
    at === parser ? segment.functions[0] : index === importer ? noImport : index,
  );
  set(SECTION.element, writeElements([{ offset: segment.offset, functions }, added]));
  for (const text of [PRINTER, LOADER]) bodies[userOf(text, bodies, data)] = UNREACHABLE;
  const release = exports.find((entry) => entry.name === "JS_FreeContext").index;
  bodies[release - imported] = COUNT_DOWN;
  set(SECTION.code, writeBodies(bodies));
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

/**
 * Texts that the builder's code refers to and the runtime's does not, such as what the parser says about errors: start
 * and end of each, one after the other. A text ends where the next thing begins that anything refers to.
 */
function findUnused(data) {
  const segments = readData(data);
  const first = Math.min(...segments.map(({ offset }) => offset));
  const end = Math.max(...segments.map(({ offset, bytes }) => offset + bytes.length));
  const memory = new Uint8Array(end + 8);
  for (const { offset, bytes } of segments) memory.set(bytes, offset);
  const inside = (address) => address >= first && address < end;
  const fromData = [...new Uint32Array(memory.buffer, 0, memory.length >> 2)].filter(inside);
  const fromCode = (file) => {
    binaryen("wasm-dis", [file, "--all-features", "-o", "code.wat"]);
    const text = readFileSync(join(work, "code.wat"), "utf8");
    return [...text.matchAll(/(?:i32\.const |offset=)(\d+)/g)]
      .map((match) => Number(match[1]))
      .filter(inside);
  };
  const used = new Set([...fromData, ...fromCode("runtime.wasm")]);
  const starts = [...new Set([...used, ...fromCode("builder.wasm")])].sort((a, b) => a - b);
  const isText = (bytes) => bytes.every((byte) => byte === 0 || byte === 10 || (byte >= 32 && byte < 127));
  return starts.flatMap((from, at) => {
    const to = starts[at + 1] ?? end;
    const isOne = memory[from - 1] === 0 && memory[to - 1] === 0 && isText(memory.subarray(from, to));
    return !used.has(from) && isOne ? [from, to] : [];
  });
}

function binaryen(tool, args) {
  const path = join(dirname(require.resolve("binaryen/package.json")), "bin", tool);
  const { status, stderr } = spawnSync(process.execPath, [path, ...args], { cwd: work, encoding: "utf8" });
  if (status !== 0) throw new Error(`${tool} failed:\n${stderr}`);
}
