// One instance of Javy's plugin with the shim around it, in Node.

import { readFileSync } from "node:fs";
import { findExport, link, type Made, type Plan, type PlannedExport, type Target } from "../link/link.ts";
import { KIND, type ModuleImport, type ParsedModule, parseModule } from "../link/module.ts";
import type { Writer } from "../wasm.ts";
import { type Global, type Instance, type Memory, type Module, wasm } from "../webassembly.ts";
import type { Plugin } from "./plugin.ts";

const PLUGIN = 0;
const SHIM = 1;
const MEMORY = "the memory";
const TABLE = "the table";
const WASI = "wasi_snapshot_preview1";
/** Pages of memory that hosts give: 1 GB. */
const MOST_PAGES = 15258;
const BAD_DESCRIPTOR = 8;
/** Functions of WASI that stay with the host. */
const HOST_WASI = new Set(["clock_time_get", "clock_res_get", "random_get"]);
const I32 = 0x7f;
const I64 = 0x7e;

/** Shape of QuickJS's native functions: context, this, number of arguments, arguments. */
export const NATIVE = { params: [I32, I64, I32, I32], results: [I64] };

/** Plugin and shim, ready to be linked. */
export interface Kit {
  readonly plugin: Plugin;
  readonly parts: readonly ParsedModule[];
}

export function makeKit(plugin: Plugin): Kit {
  const shim = parseModule(readFileSync(new URL("../stdio/javy.wasm", import.meta.url)));
  const { module } = plugin;
  const exports = [
    ...module.exports,
    { name: MEMORY, kind: KIND.memory, index: 0 },
    { name: TABLE, kind: KIND.table, index: 0 },
  ];
  return { plugin, parts: [{ ...module, exports }, shim] };
}

/** What the linker needs to know beyond the kit. */
export interface Wanted {
  /** Functions of the shim to export. */
  readonly names: readonly string[];
  /** Whether everything that the builder wants is exported too. */
  readonly isBuilder: boolean;
  /** Pages that the plugin may grow by. */
  readonly growth: number;
  /** Values of the plugin's mutable globals, by their number in it: set again after a trap. */
  readonly globals: ReadonlyMap<number, bigint>;
}

/** Links plugin and shim. */
export function linkKit({ parts }: Kit, { names, isBuilder, growth, globals }: Wanted): Uint8Array {
  const [plugin, shim] = parts as [ParsedModule, ParsedModule];
  const pages = plugin.memory?.minimum ?? 0;
  const most = Math.min(plugin.memory?.maximum ?? MOST_PAGES, MOST_PAGES, pages + growth);
  const exports: PlannedExport[] = [
    { name: "memory", part: PLUGIN, from: MEMORY },
    ...names.map((name) => ({ name, part: SHIM, from: name })),
  ];
  if (isBuilder) {
    for (const name of ["initialize-runtime", "compile-src", "invoke", "cabi_realloc"]) {
      exports.push({ name, part: PLUGIN, from: name });
    }
    exports.push({ name: "table", part: PLUGIN, from: TABLE });
    exports.push({ name: "call_function", made: "call_function" });
    for (const name of BUILDER_NAMES) exports.push({ name: `shim:${name}`, part: SHIM, from: name });
  }
  const plan: Plan = {
    parts: [
      { module: plugin, isGuest: true },
      { module: shim, isGuest: false },
    ],
    resolve: (part, entry) => (part === SHIM ? shimImport(entry) : pluginImport(entry, shim)),
    made: {
      pages: constant(pages),
      most_pages: constant(most),
      call_function: callFunction,
      restore: {
        type: { params: [], results: [] },
        uses: [],
        write(to, { global }) {
          for (const [index, value] of globals) {
            to.byte(plugin.globals[index]?.type === I64 ? 0x42 : 0x41);
            to.signed(value);
            to.byte(0x24);
            to.u32(global(PLUGIN, index));
          }
          to.byte(0x0b);
        },
      },
    },
    exports,
    exposeGlobals: isBuilder,
    memory: { part: SHIM, size: "memory_size", grow: "memory_grow" },
    restart: null,
  };
  return link(plan);
}

/** Parts of the shim that the builder reads and sets. */
const BUILDER_NAMES = [
  "malloc",
  "setInput",
  "callCode",
  "callSize",
  "idleCode",
  "idleSize",
  "driverSlot",
  "driverContext",
  "driverFunction",
  "mayWait",
  "output",
  "outputSize",
];

function shimImport({ module, name }: ModuleImport): Target {
  if (module === "env") return { module: "env", name: "copy_records" };
  if (name === "invoke") return { part: PLUGIN, name };
  if (name === "log") return { module: WASI, name: "fd_write" };
  if (name === "random") return { module: WASI, name: "random_get" };
  return { made: name };
}

function pluginImport({ module, name }: ModuleImport, shim: ParsedModule): Target {
  if (module !== WASI) return { constant: 0 };
  if (findExport(shim, name, KIND.function)) return { part: SHIM, name };
  return HOST_WASI.has(name) ? { module, name } : { constant: BAD_DESCRIPTOR };
}

function constant(value: number): Made {
  return {
    type: { params: [], results: [I32] },
    uses: [],
    write(to) {
      to.byte(0x41);
      to.signed(BigInt(value));
      to.byte(0x0b);
    },
  };
}

/** (slot, context, this): calls a native function without arguments by its place in the table. */
const callFunction: Made = {
  type: { params: [I32, I32, I64], results: [] },
  uses: [],
  write(to: Writer, { type }) {
    to.bytes(Uint8Array.of(0x20, 1, 0x20, 2, 0x41, 0, 0x41, 0, 0x20, 0, 0x11));
    to.u32(type(NATIVE));
    to.bytes(Uint8Array.of(0, 0x1a, 0x0b));
  },
};

/** The engine's table of functions. */
export interface Table {
  readonly length: number;
  get(index: number): unknown;
  set(index: number, value: unknown): void;
}

type Native = (...args: (number | bigint)[]) => number | bigint | undefined;

/** A message's kind for the driver; see the shim. */
export const STUCK = 7;

/** An instance for the builder. The clock stands still and chance is zero: builds have to be equal. */
export class JavyVm {
  readonly memory: Memory;
  /** What was written to standard output and error. */
  output = "";
  readonly exports: Readonly<Record<string, unknown>>;

  constructor(builder: Module) {
    const decoder = new TextDecoder();
    const instance: Instance = new wasm.Instance(builder, {
      [WASI]: {
        clock_time_get: (_id: number, _precision: bigint, at: number) => {
          this.view().setBigUint64(at, 0n, true);
          return 0;
        },
        clock_res_get: (_id: number, at: number) => {
          this.view().setBigUint64(at, 1n, true);
          return 0;
        },
        random_get: (at: number, length: number) => {
          this.bytes(at, length).fill(0);
          return 0;
        },
        fd_write: (_fd: number, vectors: number, count: number, written: number) => {
          let total = 0;
          for (let i = 0; i < count; i++) {
            const from = this.view().getUint32(vectors + i * 8, true);
            const length = this.view().getUint32(vectors + i * 8 + 4, true);
            this.output += decoder.decode(this.bytes(from, length));
            total += length;
          }
          this.view().setUint32(written, total, true);
          return 0;
        },
      },
      env: { copy_records: () => undefined },
    });
    this.exports = instance.exports;
    this.memory = this.exports.memory as Memory;
  }

  call(name: string, ...args: (number | bigint)[]): number {
    return Number((this.exports[name] as Native)(...args) ?? 0);
  }

  get table(): Table {
    return this.exports.table as Table;
  }

  getGlobal(name: string): number | bigint {
    return (this.exports[name] as Global).value;
  }

  setGlobal(name: string, value: number | bigint): void {
    (this.exports[name] as Global).value = value;
  }

  view(): DataView {
    return new DataView(this.memory.buffer);
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, length);
  }

  /** Puts bytes into the shim's part of the memory. They may move when the engine grows. */
  keep(content: Uint8Array): number {
    const at = this.call("shim:malloc", content.length);
    this.bytes(at, content.length).set(content);
    return at;
  }

  /** Standard input of the engine from now on. */
  setInput(content: Uint8Array): void {
    this.call("shim:setInput", this.keep(content), content.length);
  }

  /** The answer that was written to standard output last. */
  answer(): Uint8Array {
    const at = Number(this.getGlobal("shim:output"));
    return this.bytes(at, Number(this.getGlobal("shim:outputSize"))).slice();
  }

  initialize(config: string): void {
    this.setInput(new TextEncoder().encode(config));
    this.call("initialize-runtime");
    this.call("shim:setInput", 0, 0);
  }

  /** Bytes in the engine's own memory. */
  store(content: Uint8Array): number {
    const at = this.call("cabi_realloc", 0, 0, 1, content.length);
    this.bytes(at, content.length).set(content);
    return at;
  }

  /** Compiles a module. Works once in an instance. */
  compile(source: string): Uint8Array {
    const content = new TextEncoder().encode(source);
    const at = this.store(content);
    const result = this.call("compile-src", at, content.length);
    const [failed, from, length] = [0, 4, 8].map((offset) => this.view().getUint32(result + offset, true));
    const bytes = this.bytes(from as number, length as number).slice();
    if (failed !== 0) throw new SyntaxError(new TextDecoder().decode(bytes));
    return bytes;
  }

  invoke(bytecode: Uint8Array): void {
    this.call("invoke", this.store(bytecode), bytecode.length, 0, 0, 0);
  }
}
