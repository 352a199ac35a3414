// From a finished program that reads standard input and writes standard output to a SmartModule: the program, and
// around it a shim that feeds it records, takes what it writes, and is its WASI. Nothing is run here.

import { readFileSync } from "node:fs";
import { LinkError } from "./link/code.ts";
import {
  findExport,
  link,
  type Made,
  type Part,
  type PlannedExport,
  type Target,
  typeOf,
} from "./link/link.ts";
import {
  type FunctionType,
  KIND,
  type ModuleImport,
  type ParsedModule,
  parseModule,
  typeText,
} from "./link/module.ts";
import type { TransformKind } from "./snapshot.ts";
import type { Writer } from "./wasm.ts";
import { wasm } from "./webassembly.ts";

export interface AdaptOptions {
  /** What the program's output means. Default `map`. */
  readonly kind?: TransformKind;
  /** Removes a newline at the end of the output; that of an aggregate is always removed. Default false. */
  readonly trimNewline?: boolean;
  /**
   * Lets memory and globals live from record to record, as long as the program returns: a reactor may, a command
   * usually cannot. Default false: it begins anew with every record.
   */
  readonly keepState?: boolean;
  /** Export to call; default `_start`, or the only function without parameters. */
  readonly call?: string;
  /** Module that the program was linked to dynamically, such as Javy's plugin, already initialised. */
  readonly plugin?: Uint8Array;
}

export interface Adapted {
  /** The SmartModule. */
  readonly bytes: Uint8Array;
  readonly kind: TransformKind;
  /** What is called for a record. */
  readonly call: string;
  /** Whether it has the module that it was linked to inside. */
  readonly hasPlugin: boolean;
  /** Functions of the host that it still uses. */
  readonly imports: readonly string[];
}

/** A module that does not become a SmartModule. Recognise it by `code`. */
export class AdaptError extends Error {
  override readonly name = "AdaptError";
  readonly code: `SMDK_ADAPT_${string}`;
  readonly hint?: string;

  constructor(code: `SMDK_ADAPT_${string}`, message: string, hint?: string) {
    super(message);
    this.code = code;
    if (hint !== undefined) this.hint = hint;
  }
}

/** Bytes of the largest module that is taken. */
const MOST_BYTES = 64 * 2 ** 20;
/** Pages of memory that hosts give: 1 GB. */
const MOST_PAGES = 15258;
const KINDS: readonly string[] = ["filter", "map", "filter_map", "array_map", "aggregate"];
const WASI = new Set(["wasi_snapshot_preview1", "wasi_unstable"]);
/** Functions of WASI that stay with the host. */
const HOST_WASI = new Set(["clock_time_get", "clock_res_get", "random_get"]);
const BAD_DESCRIPTOR = 8;
const ABORTED = 0x10000;

/**
 * Makes a SmartModule of a WASI command, a reactor or a module built by Javy.
 * Throws `AdaptError`: `SMDK_ADAPT_NOT_WASM`, `_COMPONENT`, `_SIZE`, `_INVALID`, `_SMARTMODULE`, `_IMPORT`,
 * `_PLUGIN`, `_ENTRY`, `_MEMORY` or `_UNSUPPORTED`.
 */
export async function adapt(bytes: Uint8Array, options: AdaptOptions = {}): Promise<Adapted> {
  const kind = options.kind ?? "map";
  const program = await readModule(bytes, "the module");
  refuseSmartModule(program);
  const plugin = await readPlugin(program, options.plugin);
  const call = findEntry(program, options.call);
  const shim = parseModule(readFileSync(new URL("./stdio/adapter.wasm", import.meta.url)));
  const guests = (plugin === null ? [program] : [plugin, program]).map(withMemoryExport);
  const parts: Part[] = [
    ...guests.map((module) => ({ module, isGuest: true })),
    { module: shim, isGuest: false },
  ];
  const shimPart = guests.length;
  const programPart = guests.length - 1;
  const owner = guests[0] as ParsedModule;
  if (owner.memory === null) {
    throw owner.importsMemory
      ? new AdaptError(
          "SMDK_ADAPT_MEMORY",
          "the module imports its memory, and a SmartModule has its own",
          "Link it without --import-memory.",
        )
      : new AdaptError("SMDK_ADAPT_MEMORY", "the module has no memory, so it can read and write nothing");
  }
  if (owner.memory.minimum > MOST_PAGES) {
    throw new AdaptError(
      "SMDK_ADAPT_MEMORY",
      `the module starts with ${owner.memory.minimum * 64} KiB of memory, more than hosts give`,
    );
  }
  checkImports(guests, shim);
  const writesStreams = guests.some((guest) =>
    guest.imports.some(({ module, name }) => WASI.has(module) && name === "fd_write"),
  );
  const readsEnvironment = guests.some((guest) =>
    guest.imports.some(({ module, name }) => WASI.has(module) && name === "environ_get"),
  );
  const resolve = (part: number, entry: ModuleImport): Target => {
    if (part === shimPart) {
      if (entry.module !== "guest") return { module: "env", name: "copy_records" };
      if (entry.name !== "log") return { made: entry.name };
      return writesStreams ? { module: "wasi_snapshot_preview1", name: "fd_write" } : { constant: 0 };
    }
    if (part === programPart && plugin !== null && !WASI.has(entry.module))
      return { part: 0, name: entry.name };
    if (findExport(shim, entry.name, KIND.function)) return { part: shimPart, name: entry.name };
    return HOST_WASI.has(entry.name)
      ? { module: entry.module, name: entry.name }
      : { constant: BAD_DESCRIPTOR };
  };
  const made = makeFunctions(guests, program, programPart, call, shim, shimPart, {
    pages: owner.memory.minimum,
    mostPages: Math.min(owner.memory.maximum ?? MOST_PAGES, MOST_PAGES),
    options: (options.trimNewline ? 1 : 0) | (options.keepState ? 2 : 0),
  });
  const names = ["alloc", "dealloc", kind, ...(readsEnvironment ? ["init"] : [])];
  const exports: PlannedExport[] = [
    { name: "memory", part: 0, from: MEMORY },
    ...names.map((name) => ({ name, part: shimPart, from: name })),
  ];
  const linked = inLink(() =>
    link({
      parts,
      resolve,
      made,
      exports,
      memory: { part: shimPart, size: "memory_size", grow: "memory_grow" },
      restart: { part: shimPart, global: "leaving", abort: ABORTED, exits: ["proc_exit", "proc_raise"] },
    }),
  );
  await wasm.compile(linked).catch((error: unknown) => {
    throw new Error(
      `the adapter made a module that is not valid: ${error instanceof Error ? error.message : ""}`,
    );
  });
  const imports = parseModule(linked).imports.map(({ module, name }) => `${module}.${name}`);
  return { bytes: linked, kind, call, hasPlugin: plugin !== null, imports };
}

/** Reads a core module and checks that it is one. */
async function readModule(bytes: Uint8Array, what: string): Promise<ParsedModule> {
  const magic = [0, 0x61, 0x73, 0x6d];
  if (bytes.length < 8 || magic.some((byte, at) => bytes[at] !== byte)) {
    throw new AdaptError(
      "SMDK_ADAPT_NOT_WASM",
      `${what} is not WebAssembly`,
      "A .wasm file starts with \\0asm; text (.wat) has to be assembled first.",
    );
  }
  if (bytes[4] !== 1 || bytes[6] !== 0) {
    const isComponent = bytes[6] === 1;
    throw isComponent
      ? new AdaptError(
          "SMDK_ADAPT_COMPONENT",
          `${what} is a component, and a SmartModule is made from a core module`,
          "Build it for WASI preview 1: for Rust, cargo build --target wasm32-wasip1.",
        )
      : new AdaptError("SMDK_ADAPT_NOT_WASM", `${what} has a version of WebAssembly that is not known`);
  }
  if (bytes.length > MOST_BYTES) {
    throw new AdaptError(
      "SMDK_ADAPT_SIZE",
      `${what} has ${Math.round(bytes.length / 2 ** 20)} MiB, more than ${MOST_BYTES / 2 ** 20}`,
      "Strip debug information, or build it smaller.",
    );
  }
  const parsed = inLink(() => parseModule(bytes), what);
  await wasm.compile(bytes).catch((error: unknown) => {
    const why = error instanceof Error ? error.message.replace(/^.*?: /, "") : "";
    throw new AdaptError("SMDK_ADAPT_INVALID", `${what} is damaged: ${why}`);
  });
  return parsed;
}

/** Turns complaints of the linker, and of the reader about bytes that end too early, into ours. */
function inLink<T>(work: () => T, what = "the module"): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof LinkError)
      throw new AdaptError("SMDK_ADAPT_UNSUPPORTED", `${what} cannot be adapted: ${error.message}`);
    if (error instanceof RangeError || error instanceof TypeError)
      throw new AdaptError("SMDK_ADAPT_INVALID", `${what} is damaged: ${error.message}`);
    throw error;
  }
}

function refuseSmartModule(program: ParsedModule): void {
  const hasKind = program.exports.some(({ name, kind }) => kind === KIND.function && KINDS.includes(name));
  if (!hasKind || !program.imports.some(({ name }) => name === "copy_records")) return;
  throw new AdaptError(
    "SMDK_ADAPT_SMARTMODULE",
    "the module is a SmartModule already",
    "Load it as it is: smdk load --wasm-file FILE, or try it with smdk test --wasm-file FILE.",
  );
}

async function readPlugin(
  program: ParsedModule,
  bytes: Uint8Array | undefined,
): Promise<ParsedModule | null> {
  const wanted = program.imports.filter(({ module }) => !WASI.has(module));
  const isDynamic =
    wanted.some(({ name }) => name === "invoke") && wanted.some(({ kind }) => kind === KIND.memory);
  if (!isDynamic) return null;
  const namespace = wanted[0]?.module ?? "";
  if (bytes === undefined) {
    throw new AdaptError(
      "SMDK_ADAPT_PLUGIN",
      `the module was linked dynamically to Javy's plugin "${namespace}", which has to be there too`,
      "Give it with --plugin PLUGIN.wasm (javy emit-plugin -o PLUGIN.wasm), or build the module without -C dynamic.",
    );
  }
  const plugin = await readModule(bytes, "the plugin");
  const section = plugin.custom.get("import_namespace");
  const own = section === undefined ? null : new TextDecoder().decode(section);
  if (own === null || !findExport(plugin, "invoke", KIND.function)) {
    throw new AdaptError(
      "SMDK_ADAPT_PLUGIN",
      "the plugin is none of Javy's: it has no import_namespace or no invoke",
    );
  }
  if (own !== namespace) {
    throw new AdaptError(
      "SMDK_ADAPT_PLUGIN",
      `the module wants the plugin "${namespace}", and this one is "${own}"`,
      "Take the plugin of the Javy that built the module: the two go together.",
    );
  }
  return plugin;
}

function findEntry(program: ParsedModule, wanted: string | undefined): string {
  const functions = program.exports.filter(({ kind }) => kind === KIND.function);
  const isCallable = (name: string): boolean => {
    const found = functions.find((entry) => entry.name === name);
    if (found === undefined) return false;
    const { params, results } = typeOf(program, found.index);
    return params.length === 0 && (results.length === 0 || (results.length === 1 && results[0] === 0x7f));
  };
  const names = functions.map(({ name }) => name);
  const candidates = names.filter((name) => isCallable(name) && !/^(_initialize|__|_start$)/.test(name));
  const list = candidates.length === 0 ? "" : ` (it has ${candidates.slice(0, 8).join(", ")})`;
  if (wanted !== undefined) {
    if (isCallable(wanted)) return wanted;
    const why = names.includes(wanted)
      ? "takes parameters or returns something else than an exit code"
      : "does not exist";
    throw new AdaptError(
      "SMDK_ADAPT_ENTRY",
      `the export ${wanted} ${why}`,
      `What can be called is a function without parameters${list}.`,
    );
  }
  if (isCallable("_start")) return "_start";
  if (candidates.length === 1) return candidates[0] as string;
  throw candidates.length === 0
    ? new AdaptError(
        "SMDK_ADAPT_ENTRY",
        "the module has nothing to run: no _start, and no exported function without parameters",
        "A WASI command exports _start: for Rust, a binary for wasm32-wasip1; for C, a main.",
      )
    : new AdaptError(
        "SMDK_ADAPT_ENTRY",
        `the module has several functions that could be meant${list}`,
        "Name one: --call NAME.",
      );
}

function checkImports(guests: readonly ParsedModule[], shim: ParsedModule): void {
  const known = KNOWN_WASI;
  const unknown: string[] = [];
  for (const [at, guest] of guests.entries()) {
    for (const entry of guest.imports) {
      const name = `${entry.module}.${entry.name}`;
      const isPlugins = at > 0 && !WASI.has(entry.module);
      if (isPlugins && guests[0]?.exports.some((each) => each.name === entry.name)) continue;
      if (entry.kind === KIND.memory) {
        throw new AdaptError(
          "SMDK_ADAPT_MEMORY",
          `the module imports its memory (${name}), and a SmartModule has its own`,
          "Link it without --import-memory.",
        );
      }
      if (entry.kind !== KIND.function || !WASI.has(entry.module) || !known.has(entry.name)) {
        unknown.push(name);
        continue;
      }
      const type = typeOf(guest, entry.index);
      const ours = findExport(shim, entry.name, KIND.function);
      if (ours === undefined ? !isErrno(type) : typeText(type) !== typeText(typeOf(shim, ours.index))) {
        throw new AdaptError(
          "SMDK_ADAPT_IMPORT",
          `the module imports ${name} with a type that is not WASI's: ${typeText(type)}`,
        );
      }
    }
  }
  if (unknown.length === 0) return;
  const more = unknown.length > 5 ? ` and ${unknown.length - 5} more` : "";
  throw new AdaptError(
    "SMDK_ADAPT_IMPORT",
    `the module imports what neither WASI nor a SmartModule's host has: ${unknown.slice(0, 5).join(", ")}${more}`,
    hintFor(unknown),
  );
}

function isErrno({ results }: FunctionType): boolean {
  return results.length === 1 && results[0] === 0x7f;
}

function hintFor(unknown: readonly string[]): string {
  const has = (pattern: RegExp): boolean => unknown.some((name) => pattern.test(name));
  if (has(/^(wasi:|\[export\])/))
    return "It is made for WASI preview 2: build it for preview 1 (wasm32-wasip1).";
  if (has(/^(__wbindgen|wbg\.|\.\/.*_bg\.js)/))
    return "It is made for JavaScript by wasm-bindgen: build a plain binary for wasm32-wasip1.";
  if (has(/^env\.(abort|seed|trace)$/))
    return "It is made by AssemblyScript for a JavaScript host: compile it with @assemblyscript/wasi-shim, or write it with @smdk/assemblyscript.";
  if (has(/^(gojs|go)\./))
    return "It is made by Go for a JavaScript host: build it with GOOS=wasip1 GOARCH=wasm.";
  if (has(/emscripten/))
    return "It is made by Emscripten for a JavaScript host: build it with -sSTANDALONE_WASM.";
  return "Only functions of WASI preview 1 can be adapted.";
}

const KNOWN_WASI = new Set(
  (
    "args_get args_sizes_get environ_get environ_sizes_get clock_res_get clock_time_get fd_advise fd_allocate fd_close " +
    "fd_datasync fd_fdstat_get fd_fdstat_set_flags fd_fdstat_set_rights fd_filestat_get fd_filestat_set_size " +
    "fd_filestat_set_times fd_pread fd_prestat_get fd_prestat_dir_name fd_pwrite fd_read fd_readdir fd_renumber fd_seek " +
    "fd_sync fd_tell fd_write path_create_directory path_filestat_get path_filestat_set_times path_link path_open " +
    "path_readlink path_remove_directory path_rename path_symlink path_unlink_file poll_oneoff proc_exit proc_raise " +
    "sched_yield random_get sock_accept sock_recv sock_send sock_shutdown"
  ).split(" "),
);

const NONE: FunctionType = { params: [], results: [] };
const NUMBER: FunctionType = { params: [], results: [0x7f] };

/** Texts that the shim asks for by number. */
const TEXTS = [
  "the program ended with exit code ",
  "the program aborted",
  "SMARTMODULE_OFFSET=",
  "SMARTMODULE_TIMESTAMP=",
  "SMARTMODULE_KEY=",
];

function makeFunctions(
  guests: readonly ParsedModule[],
  program: ParsedModule,
  programPart: number,
  call: string,
  shim: ParsedModule,
  shimPart: number,
  numbers: { readonly pages: number; readonly mostPages: number; readonly options: number },
): Record<string, Made> {
  const leaving = findExport(shim, "leaving", KIND.global)?.index ?? 0;
  const calls: { part: number; function: number; hasResult: boolean }[] = [];
  for (const [part, guest] of guests.entries()) {
    if (guest.start !== null) calls.push({ part, function: guest.start, hasResult: false });
  }
  const initialize = findExport(program, "_initialize", KIND.function);
  if (initialize !== undefined && call !== "_start") {
    calls.push({ part: programPart, function: initialize.index, hasResult: false });
  }
  const entry = findExport(program, call, KIND.function)?.index ?? 0;
  const hasResult = typeOf(program, entry).results.length > 0;
  calls.push({ part: programPart, function: entry, hasResult });
  return {
    pages: constant(numbers.pages),
    most_pages: constant(numbers.mostPages),
    options: constant(numbers.options),
    say: { type: { params: [0x7f, 0x7f], results: [0x7f] }, uses: [], write: writeTexts },
    run: {
      type: NUMBER,
      uses: calls,
      write(to, { function: position, global }) {
        for (const each of calls) {
          to.byte(0x10);
          to.u32(position(each.part, each.function));
          if (each.hasResult) break;
          to.byte(0x23);
          to.u32(global(shimPart, leaving));
          // Leaves with 0: the shim looks at the global first.
          to.bytes(Uint8Array.of(0x04, 0x40, 0x41, 0, 0x0f, 0x0b));
        }
        if (!hasResult) to.bytes(Uint8Array.of(0x41, 0));
        to.byte(0x0b);
      },
    },
    reset: {
      type: NONE,
      uses: [],
      write(to, { global, data, constant: expression }) {
        const start = (part: number, value: Uint8Array): Uint8Array => expression(part, value).slice(0, -1);
        // Zeros everywhere, then the data, then the globals.
        to.bytes(Uint8Array.of(0x41, 0, 0x41, 0, 0x41));
        to.signed(BigInt.asIntN(32, BigInt(numbers.pages) << 16n));
        to.bytes(Uint8Array.of(0xfc, 11, 0));
        for (const [part, guest] of guests.entries()) {
          for (const [index, { offset, content }] of guest.data.entries()) {
            if (offset === null) continue;
            to.bytes(start(part, offset));
            to.bytes(Uint8Array.of(0x41, 0, 0x41));
            to.signed(BigInt(content.length));
            to.bytes(Uint8Array.of(0xfc, 8));
            to.u32(data(part, index));
            to.byte(0);
          }
          for (const [index, { mutable, value }] of guest.globals.entries()) {
            if (!mutable) continue;
            to.bytes(start(part, value));
            to.byte(0x24);
            to.u32(global(part, guest.importedGlobals + index));
          }
        }
        to.byte(0x0b);
      },
    },
  };
}

function constant(value: number): Made {
  return {
    type: NUMBER,
    uses: [],
    write(to) {
      to.byte(0x41);
      to.signed(BigInt(value));
      to.byte(0x0b);
    },
  };
}

/** (which, to): writes a text to an address, eight bytes at a time, and returns its length. */
function writeTexts(to: Writer): void {
  for (const [which, text] of TEXTS.entries()) {
    to.bytes(Uint8Array.of(0x20, 0, 0x41, which, 0x46, 0x04, 0x40));
    const bytes = new Uint8Array(Math.ceil(text.length / 8) * 8);
    bytes.set(new TextEncoder().encode(text));
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length; at += 8) {
      to.bytes(Uint8Array.of(0x20, 1, 0x42));
      to.signed(view.getBigInt64(at, true));
      to.bytes(Uint8Array.of(0x37, 0));
      to.u32(at);
    }
    to.bytes(Uint8Array.of(0x41));
    to.signed(BigInt(text.length));
    to.bytes(Uint8Array.of(0x0f, 0x0b));
  }
  to.bytes(Uint8Array.of(0x41, 0, 0x0b));
}

const MEMORY = "the memory";

/** Whatever the program calls its memory, and whether it exports it or not. */
function withMemoryExport(module: ParsedModule): ParsedModule {
  return { ...module, exports: [...module.exports, { name: MEMORY, kind: KIND.memory, index: 0 }] };
}
