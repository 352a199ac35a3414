// Runs the user's program in a fresh engine and takes the memory that results as the data of a module.

import { type Engine, STACK_LIMIT, UNDEFINED, Vm } from "./vm.ts";
import {
  type Data,
  type Export,
  I32,
  Reader,
  readExports,
  readGlobals,
  readSections,
  SECTION,
  sectionOf,
  Writer,
  writeData,
  writeExports,
  writeGlobals,
  writeSections,
} from "./wasm.ts";

/** The transforms, by their wasm export. */
export type TransformKind = "filter" | "map" | "filter_map" | "array_map" | "aggregate";

/** What a record may use up. */
export interface Limits {
  /** Bytes of the JavaScript heap; beyond them a record fails with "out of memory". */
  readonly memory: number;
  /** Steps of the engine that a record may take, in ten thousands; 0 for no limit. */
  readonly polls: number;
}

/** What the program's top level did wrong, without the engine's own error. */
export interface SetupProblem {
  readonly problem: string;
  readonly hint: string;
}

export interface Snapshot {
  readonly bytes: Uint8Array;
  readonly kind: TransformKind;
  readonly hasInit: boolean;
  readonly hasLookBack: boolean;
  /** What `params` of `defineSmartModule` declares, as JSON; null without. */
  readonly params: string | null;
  /** What the program wrote while it was built. */
  readonly output: string;
}

/**
 * Places of the bundle in the user's sources: for each line "file|from,line,shift|…;", where `from` is the column of
 * the bundle that a piece begins at, and `shift` what its columns differ by; and the files' names.
 */
export interface LineTable {
  readonly lines: string;
  readonly files: readonly string[];
}

// Shapes of native functions (JSCFunctionEnum).
const GENERIC = 0;
const GENERIC_MAGIC = 1;
const GETTER_MAGIC = 10;
/** Configurable, not enumerable. */
const HIDDEN_GETTER = 0x0001 | 0x0100 | 0x0800;

const VALUE_METHODS: readonly (readonly [name: string, native: string, length: number, magic?: number])[] = [
  ["toString", "js_valueText", 0],
  ["toJSON", "js_valueText", 0],
  ["json", "js_valueJson", 0],
  ["field", "js_valueField", 1],
  ["includes", "js_valueFind", 1, 0],
  ["indexOf", "js_valueFind", 1, 1],
  ["startsWith", "js_valueFind", 1, 2],
  ["endsWith", "js_valueFind", 1, 3],
  ["equals", "js_valueFind", 1, 4],
  ["toInt", "js_valueNumber", 0, 0],
  ["toFloat", "js_valueNumber", 0, 1],
];

const NATIVES: readonly (readonly [name: string, native: string, length: number, magic?: number])[] = [
  ["write", "js_write", 2],
  ["random", "js_random", 0],
  ["fillRandom", "js_fillRandom", 1],
  ["encode", "js_encode", 1],
  ["decode", "js_decode", 1],
  ["isUtf8", "js_isUtf8", 1],
  ["sha256", "js_sha256", 1],
  ["isValue", "js_isValue", 1],
  ["jsonParse", "js_jsonParse", 2],
  ["stringify", "js_jsonStringify", 3],
  ["includes", "js_stringFind", 1, 0],
  ["indexOf", "js_stringFind", 1, 1],
  ["startsWith", "js_stringFind", 1, 2],
];

/** Names that built-ins have to keep where ours take their place. */
const PUBLIC_NAMES: Readonly<Record<string, string>> = { jsonParse: "parse" };

/** What the program's top level may take, in ten thousands of steps: some two seconds. */
const BUILD_POLLS = 30_000;

const LAST_WORDS = "the SmartModule ran out of memory";

/**
 * Evaluates the bundle and writes the module. Throws `GuestError` when the program's top level throws; returns
 * a problem when its exports are not those of a SmartModule.
 */
export function takeSnapshot(
  engine: Engine,
  bundle: Uint8Array,
  lines: LineTable,
  limits: Limits,
): Snapshot | SetupProblem {
  const vm = new Vm(engine);
  const { ctx, rt } = vm;
  vm.setGlobal("rt", rt);
  vm.setGlobal("ctx", ctx);
  vm.setGlobal("stackTop", vm.getGlobal("__stack_pointer"));
  vm.setGlobal("stackLimit", STACK_LIMIT);
  vm.setGlobal("jobList", rt + engine.info.jobListOffset);
  vm.setGlobal("scratch", vm.store(new Uint8Array(256)));
  vm.setGlobal("memoryLimit", limits.memory);
  vm.setGlobal("maxPolls", 0);
  const lastWords = new TextEncoder().encode(LAST_WORDS);
  vm.setGlobal("lastWords", vm.store(lastWords));
  vm.setGlobal("lastWordsSize", lastWords.length);
  vm.setGlobal("jsonName", vm.store(new TextEncoder().encode("<json>")));
  vm.setGlobal("shaConstants", vm.store(shaConstants()));
  for (const [global, name] of [
    ["atomKey", "key"],
    ["atomValue", "value"],
    ["atomOffset", "offset"],
    ["atomTimestamp", "timestamp"],
  ] as const) {
    vm.setGlobal(
      global,
      vm.withText(name, (at, length) => vm.number("JS_NewAtomLen", ctx, at, length)),
    );
  }
  defineClasses(vm, engine);
  vm.invoke("makeObjects");
  vm.setGlobal("shapeAt", engine.info.shapeOffset);
  vm.setGlobal("valuesAt", engine.info.valuesOffset);
  vm.setGlobal("stringList", rt + engine.info.stringListOffset);
  vm.invoke("makeTree");

  const native = vm.value("JS_NewObject");
  for (const [name, fn, length, magic] of NATIVES) {
    vm.set(native, name, newFunction(vm, engine, PUBLIC_NAMES[name] ?? name, fn, length, magic));
  }
  const start = vm.run(engine.prelude);
  const helpers = vm.call(start, [native]);
  vm.release(start);
  const plain = vm.get(native, "plain");
  for (const [at, global] of [
    "plainIncludes",
    "plainIndexOf",
    "plainStartsWith",
    "plainParse",
    "plainStringify",
  ].entries()) {
    vm.setGlobal(global, vm.value("JS_GetPropertyUint32", plain, at));
  }
  vm.release(plain);
  vm.release(native);
  for (const [global, name] of [
    ["describeFn", "describe"],
    ["failFn", "fail"],
    ["encodeFn", "encode"],
    ["listFn", "list"],
  ] as const) {
    vm.setGlobal(global, vm.get(helpers, name));
  }
  const setLines = vm.get(helpers, "setLines");
  const table = vm.newText(lines.lines);
  const files = vm.newText(lines.files.join("\n"));
  vm.release(vm.call(setLines, [table, files]));
  for (const value of [setLines, table, files]) vm.release(value);

  // Without the parser in the module there is no eval, and libraries that ask have to hear so now.
  vm.view().setUint32(ctx + engine.info.evalOffset, 0, true);
  vm.invoke("JS_SetMemoryLimit", rt, limits.memory);
  const handler = (name: string): number => engine.info.slots[name] as number;
  vm.invoke("JS_SetHostPromiseRejectionTracker", rt, handler("js_rejection"), 0);

  const global = vm.value("JS_GetGlobalObject");
  const setup = vm.get(helpers, "setup");
  vm.set(global, ENTRY_HOOK, newFunction(vm, engine, ENTRY_HOOK, "js_keep", 1));
  vm.setGlobal("maxPolls", BUILD_POLLS);
  vm.invoke("JS_SetInterruptHandler", rt, handler("js_interrupt"), 0);
  vm.release(vm.run(bundle));
  vm.drain();
  vm.setGlobal("polls", 0);
  const exported = vm.getGlobal("kept") as bigint;
  vm.setGlobal("kept", UNDEFINED);
  for (const name of [ENTRY_HOOK, "__smdk_native"]) {
    vm.withText(name, (at, length) => {
      const atom = vm.number("JS_NewAtomLen", ctx, at, length);
      vm.invoke("JS_DeleteProperty", ctx, global, atom, 0);
      vm.invoke("JS_FreeAtom", ctx, atom);
    });
  }
  vm.release(global);
  const found = vm.call(setup, [exported]);
  vm.release(exported);
  vm.release(setup);
  vm.release(helpers);
  const problem = vm.getText(found, "problem");
  if (problem !== undefined) return { problem, hint: vm.getText(found, "hint") ?? "" };
  const kind = vm.getText(found, "kind") as TransformKind;
  const params = vm.getText(found, "params") ?? null;
  const functions = {
    transformFn: "transform",
    initFn: "init",
    lookBackFn: "lookBack",
    decodeStateFn: "decodeState",
  };
  for (const [global, name] of Object.entries(functions)) vm.setGlobal(global, vm.get(found, name));
  const stateMode = vm.get(found, "stateMode");
  vm.setGlobal("stateMode", Number(BigInt.asIntN(32, stateMode)));
  vm.release(found);
  vm.setGlobal("rejections", 0);
  const hasInit = vm.getGlobal("initFn") !== UNDEFINED;
  const hasLookBack = vm.getGlobal("lookBackFn") !== UNDEFINED;

  vm.invoke("JS_RunGC", rt);
  scrub(vm);
  dropUnused(vm, engine.info.unused);
  vm.setGlobal("polls", 0);
  vm.setGlobal("maxPolls", limits.polls);
  const names = [
    "alloc",
    "dealloc",
    kind,
    ...(hasInit ? ["init"] : []),
    ...(hasLookBack ? ["look_back"] : []),
  ];
  const bytes = writeModule(engine.runtime, vm, names);
  return { bytes, kind, hasInit, hasLookBack, params, output: vm.output };
}

/** Clears what only the parser and other parts refer to that are not in a module. */
function dropUnused(vm: Vm, unused: readonly number[]): void {
  const end = Math.max(...unused);
  const marks = new Uint8Array(end + 1);
  const laterMark = (vm.ctx | LOADED_LATER) >>> 0;
  for (const word of new Uint32Array(vm.memory.buffer, STACK_TOP)) {
    if (word <= end) marks[word] = 1;
    else if (word === laterMark) throw new Error("a built-in is left to be made by the module, which cannot");
  }
  for (let at = 0; at < unused.length; at += 2) {
    const [from, to] = [unused[at], unused[at + 1]] as [number, number];
    if (!marks.subarray(from, to).includes(1)) vm.bytes(from, to - from).fill(0);
  }
}

/** In a property that is made when it is asked for: the context with this number says that it is from bytecode. */
const LOADED_LATER = 3;

/** The global function that the entry shim gives the user's exports to. */
export const ENTRY_HOOK = "__smdk_entry";

function newFunction(
  vm: Vm,
  engine: Engine,
  name: string,
  native: string,
  length: number,
  magic?: number,
): bigint {
  const slot = engine.info.slots[native];
  if (slot === undefined) throw new Error(`the engine lacks ${native}`);
  const shape = magic === undefined ? GENERIC : GENERIC_MAGIC;
  return vm.withText(name, (at) => vm.value("JS_NewCFunction2", slot, at, length, shape, magic ?? 0));
}

function defineClasses(vm: Vm, engine: Engine): void {
  const define = (name: string, finalizer: number): number => {
    const at = vm.store(new Uint8Array(4));
    const id = vm.number("JS_NewClassID", vm.rt, at);
    vm.withText(name, (nameAt) => {
      const definition = vm.store(new Uint8Array(20));
      vm.view().setUint32(definition, nameAt, true);
      vm.view().setUint32(definition + 4, finalizer, true);
      if (vm.number("JS_NewClass", vm.rt, id, definition) < 0) throw new Error(`no class ${name}`);
      vm.invoke("free", definition);
    });
    vm.invoke("free", at);
    return id;
  };
  const getter = (proto: bigint, name: string, native: string, magic: number): void => {
    const slot = engine.info.slots[native] as number;
    const fn = vm.withText(name, (at) => vm.value("JS_NewCFunction2", slot, at, 0, GETTER_MAGIC, magic));
    vm.withText(name, (at, length) => {
      const atom = vm.number("JS_NewAtomLen", vm.ctx, at, length);
      vm.invoke("JS_DefinePropertyGetSet", vm.ctx, proto, atom, fn, UNDEFINED, HIDDEN_GETTER);
      vm.invoke("JS_FreeAtom", vm.ctx, atom);
    });
  };
  const record = define("Record", 0);
  const recordProto = vm.value("JS_NewObject");
  getter(recordProto, "offset", "js_recordNumber", 0);
  getter(recordProto, "timestamp", "js_recordNumber", 1);
  vm.invoke("JS_SetClassProto", vm.ctx, record, recordProto);
  vm.setGlobal("recordClass", record);

  const value = define("Value", engine.info.slots.js_endOfValue as number);
  const valueProto = vm.value("JS_NewObject");
  getter(valueProto, "text", "js_valueGet", 0);
  getter(valueProto, "bytes", "js_valueGet", 1);
  getter(valueProto, "length", "js_valueGet", 2);
  for (const [name, native, length, magic] of VALUE_METHODS) {
    const fn = newFunction(vm, engine, name, native, length, magic);
    vm.withText(name, (at) => vm.invoke("JS_DefinePropertyValueStr", vm.ctx, valueProto, at, fn, 3));
  }
  vm.invoke("JS_SetClassProto", vm.ctx, value, valueProto);
  vm.setGlobal("valueClass", value);
}

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
function shaConstants(): Uint8Array {
  const bytes = new Uint8Array(256);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (let n = 2; at < 64; n++) {
    let isPrime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) isPrime = false;
    if (!isPrime) continue;
    // floor(cbrt(n) * 2^32), by integers alone.
    const cube = BigInt(n) << 96n;
    let root = 0n;
    for (let bit = 1n << 35n; bit > 0n; bit >>= 1n) {
      const next = root | bit;
      if (next * next * next <= cube) root = next;
    }
    view.setUint32(4 * at++, Number(root & 0xffffffffn), true);
  }
  return bytes;
}

/** Sizes that the engine takes from pools of blocks of one size; larger ones come from the allocator. */
const POOLED_MOST = 504;

interface Chunk {
  readonly at: number;
  readonly size: number;
  readonly isUsed: boolean;
}

/** The allocator's chunks, one behind the other: the size with two flags after four bytes. */
function chunksOf(vm: Vm): Chunk[] {
  const view = vm.view();
  const end = view.byteLength;
  const chunks: Chunk[] = [];
  let at = vm.heapStart;
  while (at + 16 <= end) {
    const head = view.getUint32(at + 4, true);
    const size = head & ~7;
    if (size < 16 || at + size > end) break;
    chunks.push({ at, size, isUsed: (head & 2) !== 0 });
    at += size;
  }
  if (end - at > 64) throw new Error("the engine's heap is not laid out as expected");
  return chunks;
}

/** Clears memory that is free: a tenth of the image otherwise is what was there before. */
function scrub(vm: Vm): void {
  // All free blocks of the pools: as many are taken as there are before a new pool is made.
  const pages = new Uint8Array(vm.view().byteLength >> 3);
  for (const { at, size, isUsed } of chunksOf(vm)) if (isUsed) pages.fill(1, at >> 3, (at + size) >> 3);
  const taken: number[] = [];
  for (let size = 8; size <= POOLED_MOST; size += 8) {
    for (;;) {
      const at = vm.number("js_malloc_rt", vm.rt, size);
      if (at === 0) throw new Error("the engine is out of memory");
      taken.push(at);
      vm.bytes(at, size).fill(0);
      if (pages[at >> 3] !== 1) break;
    }
  }
  for (const at of taken.reverse()) vm.invoke("js_free_rt", vm.rt, at);
  // What the allocator has back keeps at most 32 bytes of links at its beginning.
  for (const { at, size, isUsed } of chunksOf(vm)) {
    if (!isUsed && size > 40) vm.bytes(at + 32, size - 32).fill(0);
  }
}

/** Bytes of memory below which the engine's stack lives; between calls nothing on it matters. */
const STACK_TOP = 1 << 20;
/** Zeros between two pieces of data that are cheaper to write than another segment. */
const JOIN_GAP = 48;
/** Hosts accept this many segments. */
const MOST_SEGMENTS = 100_000;

/** The runtime with the instance's memory and globals, and only the named functions. */
function writeModule(runtime: Uint8Array, vm: Vm, names: readonly string[]): Uint8Array {
  const sections = readSections(runtime);
  const exports = readExports(sectionOf(sections, SECTION.export));
  const globals = readGlobals(sectionOf(sections, SECTION.global));
  for (const { name, index } of exports.filter((entry) => entry.name.startsWith("global:"))) {
    const global = globals[index] as (typeof globals)[number];
    const value = vm.getGlobal(name);
    globals[index] = { ...global, value: global.type === I32 ? BigInt(Number(value) | 0) : BigInt(value) };
  }
  const kept = ["memory", ...names].map((name): Export => {
    const entry = exports.find((each) => each.name === name);
    if (entry === undefined) throw new Error(`the engine lacks ${name}`);
    return entry;
  });
  const image = new Uint8Array(vm.memory.buffer);
  const segments = findSegments(image);
  const memory = new Writer();
  memory.u32(1);
  memory.byte(0);
  memory.u32(image.length / 65536);
  const count = new Writer();
  count.u32(segments.length);
  const content = new Map<number, Uint8Array>([
    [SECTION.memory, memory.done()],
    [SECTION.global, writeGlobals(globals)],
    [SECTION.export, writeExports(kept)],
    [SECTION.dataCount, count.done()],
    [SECTION.data, writeData(segments)],
  ]);
  return writeSections(
    sections
      .filter((section) => section.id !== SECTION.custom)
      .map((section) => ({ id: section.id, content: content.get(section.id) ?? section.content })),
  );
}

function findSegments(image: Uint8Array): Data[] {
  for (let gap = JOIN_GAP; ; gap *= 2) {
    const segments: Data[] = [];
    let from = -1;
    let last = -1;
    const close = (): void => {
      if (from >= 0) segments.push({ offset: from, bytes: image.subarray(from, last + 1) });
    };
    for (let at = STACK_TOP; at < image.length; at++) {
      if (image[at] === 0) continue;
      if (from < 0 || at - last > gap) {
        close();
        from = at;
      }
      last = at;
    }
    close();
    if (segments.length <= MOST_SEGMENTS) return segments;
  }
}

/** Pages of memory that a module starts with. */
export function initialPages(bytes: Uint8Array): number {
  const reader = new Reader(sectionOf(readSections(bytes), SECTION.memory));
  reader.u32();
  reader.byte();
  return reader.u32();
}
