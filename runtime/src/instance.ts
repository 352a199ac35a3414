/**
 * One instantiated SmartModule: links the host functions, and makes guest calls the way a real SPU does: input
 * through `alloc`, output through the last `copy_records`, read after the function has returned.
 */
import { OutputError } from "./abi/output.ts";
import { type RecordWalk, recordWalk } from "./abi/record-walk.ts";
import { EngineError } from "./error.ts";
import { HostTrap } from "./host-trap.ts";
import type { CompiledModule, SmartModule } from "./module.ts";
import type { WasmFrame } from "./trace/locate.ts";
import { explainTrap, wasmFrames, withBacktraces } from "./trap.ts";
import type { WasiContext } from "./wasi.ts";
import { hostFunction } from "./wasm/host-function.ts";
import { type FuncType, WASM_PAGE } from "./wasm/parse.ts";
import {
  V8,
  type V8Exports,
  type V8Function,
  type V8Global,
  type V8Imports,
  type V8Memory,
  type V8Table,
} from "./wasm/v8.ts";
import { typeMismatch } from "./wasm/value-type.ts";

/** Something that knows its length and writes itself into the guest's memory. */
export interface GuestInput {
  length: number;
  write(memory: Uint8Array, at: number): void;
}

/** Fuel of a call when nobody sets a limit: upstream's. */
export const MAX_FUEL = (1n << 62n) - 1n;

/** What a guest ends with when there is room for its memory, but not for all guests' together. */
const NO_MEMORY_LEFT = "the memory for SmartModules is used up";

let growFreely: V8Function | null = null;

/** What a memory calls before it grows. */
function growthHook(onGrow: ((bytes: number) => boolean) | null): V8Function {
  if (onGrow === null) {
    growFreely ??= hostFunction(["f64"], () => {});
    return growFreely;
  }
  return hostFunction(["f64"], (bytes = 0) => {
    if (!onGrow(bytes)) throw new HostTrap(NO_MEMORY_LEFT);
  });
}

/** Bytes of output from which on it pays to have the walk in WebAssembly. */
const WORTH_A_WALK = 256;

type GuestCall = (pointer: number, length: number, version: number) => number;

export class SmartModuleInstance {
  readonly module: SmartModule;
  readonly #compiled: CompiledModule;
  readonly #version: number;
  #exports: V8Exports | null = null;
  /** What the guest passed to `copy_records` last, as unsigned numbers; null before it did. */
  #output: { pointer: number; length: number } | null = null;

  /** Fuel a call may use. */
  readonly #fuelLimit: bigint;
  #thrown: readonly WasmFrame[] | null = null;
  #walk: RecordWalk | null | undefined;

  /**
   * Instantiates and runs the start section. `prepare` sees the exports before any code has run; `onGrow` is asked
   * before memory starts or grows, with the bytes that are added. Throws EngineError.
   */
  constructor(
    module: SmartModule,
    compiled: CompiledModule,
    version: number,
    wasi: WasiContext,
    fuelLimit: bigint = MAX_FUEL,
    prepare: (exports: V8Exports) => void = () => {},
    onGrow: ((bytes: number) => boolean) | null = null,
  ) {
    this.#fuelLimit = fuelLimit;
    this.module = module;
    this.#compiled = compiled;
    this.#version = version;
    module.checkLinks();
    module.checkMemory(compiled.memoryLimit);
    const initial = module.info.memories.reduce((sum, memory) => sum + memory.initial, 0n);
    if (onGrow?.(Number(initial) * WASM_PAGE) === false)
      throw new EngineError("SMDK_ENGINE_MEMORY", NO_MEMORY_LEFT);
    try {
      withBacktraces(() => {
        this.#exports = new V8.Instance(compiled.module, this.#imports(wasi)).exports;
        this.topUpFuel();
        prepare(this.#exports);
        const { startExport, growTable } = compiled.limited;
        if (growTable !== null) (this.#exports[growTable] as V8Table).set(0, growthHook(onGrow));
        if (startExport !== null) (this.#exports[startExport] as unknown as () => void)();
      });
    } catch (error) {
      const trap = this.#explain(error);
      if (trap.memoryLimit !== null) {
        const text = trap.rootCause;
        throw new EngineError("SMDK_ENGINE_MEMORY", text, { memoryLimit: trap.memoryLimit });
      }
      throw new EngineError("SMDK_ENGINE_INSTANTIATE", `Failed to instantiate: ${trap.message}`);
    }
  }

  /** Takes note of the guest's calls when it throws; the first throw of a call counts. */
  noteThrow(): void {
    if (this.#thrown !== null) return;
    const stack = String(new Error().stack);
    this.#thrown = wasmFrames(stack, {
      module: this.module,
      compiled: this.#compiled,
      exports: this.#exports,
    });
  }

  /** The guest's calls at the first throw of the last call; null when it did not throw, or nobody looked. */
  get thrown(): readonly WasmFrame[] | null {
    return this.#thrown;
  }

  /** Fills the fuel up to the limit; the calls until the next time share it. */
  topUpFuel(): void {
    const counter = this.#fuelCounter();
    if (counter !== null) counter.value = -this.#fuelLimit;
  }

  /** Fuel used since it was filled up; 0 when it is not counted. What goes over the limit is not reported. */
  get fuelUsed(): bigint {
    const counter = this.#fuelCounter();
    if (counter === null) return 0n;
    const left = -(counter.value as bigint);
    return left < 0n ? this.#fuelLimit : this.#fuelLimit - left;
  }

  /** The exports, for tools that look into a running module. */
  get exports(): V8Exports {
    return this.#exports!;
  }

  #fuelCounter(): V8Global | null {
    const { meter } = this.#compiled;
    return meter === null || this.#exports === null ? null : (this.#exports[meter.counter] as V8Global);
  }

  /** Calls `name` with an input; returns the guest's code. Throws EngineError when it traps. */
  call(name: string, input: GuestInput): number {
    this.#output = null;
    this.#thrown = null;
    return withBacktraces(() => {
      const pointer = this.#place(input);
      const guest = this.#exports![name] as unknown as GuestCall;
      try {
        return guest(pointer, input.length, this.#version);
      } catch (error) {
        throw this.#explain(error);
      }
    });
  }

  /**
   * What the guest handed over, as a view of its memory that the next call may overwrite. Empty when it handed over
   * nothing or a range outside of its memory, as a real SPU sees it.
   */
  output(): Uint8Array {
    const output = this.#output;
    const memory = this.#memory();
    if (output === null || memory === null) return new Uint8Array(0);
    const { pointer, length } = output;
    if (pointer + length > memory.byteLength) return new Uint8Array(0);
    return new Uint8Array(memory, pointer, length);
  }

  /** Decodes the output, with a quick walk over its records where there is one; an OutputError becomes an EngineError. */
  decode<T>(read: (bytes: Uint8Array, walk: RecordWalk | null) => T): T {
    try {
      const output = this.output();
      return read(output, output.length < WORTH_A_WALK ? null : this.#recordWalk());
    } catch (error) {
      if (error instanceof OutputError) throw new EngineError("SMDK_ENGINE_OUTPUT", error.message);
      throw error;
    }
  }

  #recordWalk(): RecordWalk | null {
    if (this.#walk === undefined) {
      const { exports, memories } = this.module.info;
      const index = exports.find(({ name }) => name === "memory")?.index ?? -1;
      this.#walk = memories[index]?.wide === false ? recordWalk(this.#exports!.memory as V8Memory) : null;
    }
    return this.#walk;
  }

  #memory(): ArrayBuffer | null {
    if (!this.module.exportsMemory || this.#exports === null) return null;
    return (this.#exports.memory as V8Memory).buffer as ArrayBuffer;
  }

  /** Has the guest allocate room and writes the input there; returns where. */
  #place(input: GuestInput): number {
    if (!this.module.exportsMemory) throw new EngineError("SMDK_ENGINE_ABI", "Missing memory");
    const type = this.module.exportedFunction("alloc");
    if (type === null) throw new EngineError("SMDK_ENGINE_ABI", "missing alloc");
    checkAlloc(type);
    let pointer: unknown;
    try {
      pointer = (this.#exports!.alloc as unknown as (length: number) => unknown)(input.length);
    } catch (error) {
      throw this.#explain(error);
    }
    if (type.results[0] !== "i32") throw new EngineError("SMDK_ENGINE_ABI", "guest pointer must be Val::I32");
    const at = pointer as number;
    const memory = this.#memory()!;
    if (at < 0 || at + input.length > memory.byteLength) {
      throw new EngineError(
        "SMDK_ENGINE_ABI",
        `alloc(${input.length}) returned ${at}, which is outside of the memory of ${memory.byteLength} bytes`,
        { hint: "alloc must return a pointer to that many bytes, and grow the memory when it has to." },
      );
    }
    input.write(new Uint8Array(memory), at);
    return at;
  }

  #imports(wasi: WasiContext): V8Imports {
    // Without a prototype: a module may be called `__proto__`.
    const imports = Object.create(null) as V8Imports;
    const target = this.module.copyRecordsImport;
    for (const { module, name } of this.module.info.imports) {
      imports[module] ??= Object.create(null) as V8Imports[string];
      imports[module][name] =
        module === target?.module && name === target.name
          ? (pointer: number, length: number) => this.#copyRecords(pointer, length)
          : wasi.link(module, name, () => this.#memory());
    }
    return imports;
  }

  #copyRecords(pointer: number, length: number): void {
    if (
      !this.module.info.exports.some((item) => item.name === "memory" && item.kind === "memory") ||
      !this.module.exportsMemory
    ) {
      throw new HostTrap("failed to find host memory");
    }
    // A negative pointer lies beyond every memory.
    this.#output = { pointer: pointer < 0 ? Number.MAX_SAFE_INTEGER : pointer, length: length >>> 0 };
  }

  #explain(error: unknown): EngineError {
    return explainTrap(error, { module: this.module, compiled: this.#compiled, exports: this.#exports });
  }
}

function checkAlloc(type: FuncType): void {
  const fail = (text: string): never => {
    throw new EngineError("SMDK_ENGINE_ABI", text);
  };
  if (type.params.length !== 1) fail(`expected ${type.params.length} arguments, got 1`);
  if (type.results.length !== 1) fail(`expected ${type.results.length} results, got 1`);
  if (type.params[0] !== "i32") {
    const causes = [typeMismatch(type.params[0]!, "i32")];
    throw new EngineError("SMDK_ENGINE_ABI", "argument type mismatch", { causes });
  }
}
