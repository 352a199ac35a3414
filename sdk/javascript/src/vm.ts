// One instance of the engine in Node: JavaScript values are 64-bit words that are passed around as BigInts.

import { readFileSync } from "node:fs";
import { type Global, type Instance, type Memory, type Module, wasm } from "./webassembly.ts";

/** What the engine's build says about its files. */
export interface EngineInfo {
  readonly engine: string;
  /** Place in the function table of each native function. */
  readonly slots: Readonly<Record<string, number>>;
  /** Texts that no module needs: start and end of each, one after the other. */
  readonly unused: readonly number[];
  /** Where a context keeps the entry of its parser. */
  readonly evalOffset: number;
  /** Where a runtime keeps its list of waiting jobs, and its list of strings. */
  readonly jobListOffset: number;
  readonly stringListOffset: number;
  /** Where an object keeps its shape and the values of its properties. */
  readonly shapeOffset: number;
  readonly valuesOffset: number;
}

/** The engine's files, loaded once. */
export interface Engine {
  readonly info: EngineInfo;
  readonly builder: Module;
  /** What becomes the user's module. */
  readonly runtime: Uint8Array;
  /** Bytecode of the prelude. */
  readonly prelude: Uint8Array;
}

/** Loads the engine that the package ships. */
export async function loadEngine(): Promise<Engine> {
  const file = (name: string): Buffer => readFileSync(new URL(`./engine/${name}`, import.meta.url));
  return {
    info: JSON.parse(file("engine.json").toString("utf8")) as EngineInfo,
    builder: await wasm.compile(file("builder.wasm")),
    runtime: file("runtime.wasm"),
    prelude: file("prelude.bin"),
  };
}

export const UNDEFINED = 3n << 32n;
const EXCEPTION = 6n;
const TAG_OBJECT = 0xffffffffn;

type Native = (...args: (number | bigint)[]) => number | bigint;

/** Time in a module's top-level code: it runs when the module is built, and two builds have to be equal. */
const BUILD_TIME_NS = 0n;

/** JavaScript threw. `message` is the error's, `stack` the engine's. */
export class GuestError extends Error {
  override readonly name = "GuestError";
  /** The error's own name, such as TypeError. */
  readonly errorName: string;
  readonly guestStack: string;

  constructor(errorName: string, message: string, guestStack: string) {
    super(message);
    this.errorName = errorName;
    this.guestStack = guestStack;
  }
}

/** An engine with its context. */
export class Vm {
  readonly instance: Instance;
  readonly memory: Memory;
  /** Where the allocator's first chunk begins. */
  readonly heapStart: number;
  readonly rt: number;
  readonly ctx: number;
  /** What was written to standard output and error. */
  output = "";
  readonly #exports: Record<string, unknown>;

  constructor(engine: Engine) {
    const decoder = new TextDecoder();
    this.instance = new wasm.Instance(engine.builder, {
      wasi_snapshot_preview1: {
        clock_time_get: (_id: number, _precision: bigint, at: number) => {
          this.view().setBigUint64(at, BUILD_TIME_NS, true);
          return 0;
        },
        fd_close: () => 8,
        fd_fdstat_get: () => 8,
        fd_seek: () => 8,
        fd_write: (_fd: number, vectors: number, count: number, written: number) => {
          const view = this.view();
          let total = 0;
          for (let i = 0; i < count; i++) {
            const from = view.getUint32(vectors + i * 8, true);
            const length = view.getUint32(vectors + i * 8 + 4, true);
            this.output += decoder.decode(this.bytes(from, length));
            total += length;
          }
          view.setUint32(written, total, true);
          return 0;
        },
        random_get: (at: number, length: number) => {
          this.bytes(at, length).fill(0);
          return 0;
        },
      },
      env: { copy_records: () => undefined },
    });
    this.#exports = this.instance.exports as Record<string, unknown>;
    this.memory = this.#exports.memory as Memory;
    this.invoke("_initialize");
    const first = this.number("malloc", 8);
    this.heapStart = first - 8;
    this.invoke("free", first);
    this.rt = this.number("JS_NewRuntime");
    this.invoke("JS_SetMaxStackSize", this.rt, STACK_LIMIT);
    this.ctx = this.number("JS_NewContext", this.rt);
  }

  /** Calls an export. Its result is a number for 32 bits, a BigInt for 64. */
  invoke(name: string, ...args: (number | bigint)[]): number | bigint {
    return (this.#exports[name] as Native)(...args);
  }

  number(name: string, ...args: (number | bigint)[]): number {
    return Number(this.invoke(name, ...args));
  }

  /** Calls an export that returns a JavaScript value; throws what it threw. */
  value(name: string, ...args: (number | bigint)[]): bigint {
    return this.check(this.invoke(name, this.ctx, ...args) as bigint);
  }

  setGlobal(name: string, value: number | bigint): void {
    (this.#exports[name] as Global).value = value;
  }

  getGlobal(name: string): number | bigint {
    return (this.#exports[name] as Global).value as number | bigint;
  }

  view(): DataView {
    return new DataView(this.memory.buffer);
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, length);
  }

  /** Copies bytes into the engine's memory, with a zero behind. To be freed. */
  store(content: Uint8Array): number {
    const at = this.number("malloc", content.length + 1);
    if (at === 0) throw new RangeError("the engine is out of memory");
    this.bytes(at, content.length).set(content);
    this.bytes(at + content.length, 1)[0] = 0;
    return at;
  }

  /** Runs with a C string that is freed afterwards. */
  withText<T>(text: string, use: (at: number, length: number) => T): T {
    const content = new TextEncoder().encode(text);
    const at = this.store(content);
    try {
      return use(at, content.length);
    } finally {
      this.discard(at, content.length);
    }
  }

  /** Frees what `store` returned, and clears it: a snapshot keeps what is not zero. */
  discard(at: number, length: number): void {
    this.bytes(at, length).fill(0);
    this.invoke("free", at);
  }

  newText(text: string): bigint {
    return this.withText(text, (at, length) => this.value("JS_NewStringLen", at, length));
  }

  text(value: bigint): string {
    const size = this.number("malloc", 4);
    const at = this.number("JS_ToCStringLen2", this.ctx, size, value, 0);
    if (at === 0) throw this.#thrown();
    const length = this.view().getUint32(size, true);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.bytes(at, length));
    this.invoke("JS_FreeCString", this.ctx, at);
    this.invoke("free", size);
    return text;
  }

  get(object: bigint, name: string): bigint {
    return this.withText(name, (at) => this.value("JS_GetPropertyStr", object, at));
  }

  /** The property as text; undefined if it is undefined. */
  getText(object: bigint, name: string): string | undefined {
    const value = this.get(object, name);
    const text = value === UNDEFINED ? undefined : this.text(value);
    this.release(value);
    return text;
  }

  /** Sets a property; the value is given away. */
  set(object: bigint, name: string, value: bigint): void {
    this.withText(name, (at) => this.invoke("JS_SetPropertyStr", this.ctx, object, at, value));
  }

  call(fn: bigint, args: readonly bigint[]): bigint {
    const at = this.number("malloc", 8 * args.length + 8);
    const view = this.view();
    for (const [i, arg] of args.entries()) view.setBigInt64(at + 8 * i, arg, true);
    const result = this.invoke("JS_Call", this.ctx, fn, UNDEFINED, args.length, at) as bigint;
    this.invoke("free", at);
    return this.check(result);
  }

  release(value: bigint): void {
    this.invoke("JS_FreeValue", this.ctx, value);
  }

  isObject(value: bigint): boolean {
    return BigInt.asUintN(64, value) >> 32n === TAG_OBJECT;
  }

  /** Runs the waiting jobs; throws what a job throws. */
  drain(): void {
    const at = this.number("malloc", 4);
    while (this.number("JS_IsJobPending", this.rt) !== 0) {
      if (this.number("JS_ExecutePendingJob", this.rt, at) < 0) throw this.#thrown();
    }
    this.invoke("free", at);
  }

  /** Compiles a script to bytecode without its source; with `lines`, stack traces know them. */
  compile(source: string, name: string, lines = true): Uint8Array {
    const code = this.withText(name, (nameAt) =>
      this.withText(source, (at, length) =>
        this.value("JS_Eval", at, length, nameAt, EVAL_STRICT | EVAL_COMPILE),
      ),
    );
    const size = this.number("malloc", 4);
    const flags = WRITE_BYTECODE | (lines ? WRITE_STRIP_SOURCE : WRITE_STRIP_SOURCE | WRITE_STRIP_DEBUG);
    const at = this.number("JS_WriteObject", this.ctx, size, code, flags);
    if (at === 0) throw this.#thrown();
    const bytecode = this.bytes(at, this.view().getUint32(size, true)).slice();
    this.release(code);
    return bytecode;
  }

  /** Runs bytecode; returns what the script evaluates to. */
  run(bytecode: Uint8Array): bigint {
    const at = this.store(bytecode);
    const code = this.value("JS_ReadObject", at, bytecode.length, READ_BYTECODE);
    this.discard(at, bytecode.length);
    return this.value("JS_EvalFunction", code);
  }

  check(value: bigint): bigint {
    if (BigInt.asUintN(64, value) >> 32n === EXCEPTION) throw this.#thrown();
    return value;
  }

  #thrown(): GuestError {
    const error = this.invoke("JS_GetException", this.ctx) as bigint;
    try {
      if (!this.isObject(error)) return new GuestError("Error", `uncaught ${this.text(error)}`, "");
      const part = (name: string): string => this.getText(error, name) ?? "";
      return new GuestError(part("name"), part("message"), part("stack"));
    } finally {
      this.release(error);
    }
  }
}

/** Bytes of stack that JavaScript may use: beyond, the native stack of hosts would end first. */
export const STACK_LIMIT = 128 * 1024;
const EVAL_STRICT = 8;
const EVAL_COMPILE = 32;
const WRITE_BYTECODE = 1;
const WRITE_STRIP_SOURCE = 16;
const WRITE_STRIP_DEBUG = 32;
const READ_BYTECODE = 1;
