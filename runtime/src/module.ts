/**
 * From bytes to a verified SmartModule: text is assembled, the binary is parsed, features and imports are
 * checked as a real SPU checks them, the kind is found, and V8 compiles the memory-bounded form.
 */
import { EngineError, memoryLimitError } from "./error.ts";
import { type MeteredModule, meterModule } from "./fuel/meter.ts";
import { findAbort, hookFunction } from "./trace/hook.ts";
import { WasmSourceMap } from "./trace/source-map.ts";
import { wasiType } from "./wasi/signatures.ts";
import { type CodeScan, FunctionFault, scanCode } from "./wasm/code.ts";
import { compileWasm, functionError, PARSE_FAILED } from "./wasm/compile.ts";
import { checkConstants } from "./wasm/constants.ts";
import { type LimitedModule, limitMemory, type OffsetShift, originalOffset } from "./wasm/limit.ts";
import { type DebugNames, readNames } from "./wasm/names.ts";
import {
  ComponentError,
  type FuncType,
  MAX_TABLE_ENTRIES,
  parseModule,
  WASM_PAGE,
  type WasmModuleInfo,
} from "./wasm/parse.ts";
import { WasmFormatError } from "./wasm/reader.ts";
import { assembleText, isText } from "./wasm/text.ts";
import type { V8Module } from "./wasm/v8.ts";
import { typeMismatch } from "./wasm/value-type.ts";

/** Bytes of linear memory a module may have when nobody says otherwise (upstream's engine default). */
export const DEFAULT_MEMORY_LIMIT = 1_000_000_000;

/** The kinds, named as their exports. The engine looks for them in this order; the first function wins. */
export const SMART_MODULE_KINDS = ["filter", "map", "filter_map", "array_map", "aggregate"] as const;
export type SmartModuleKind = (typeof SMART_MODULE_KINDS)[number];

export interface LoadOptions {
  /** For messages and metrics. */
  name?: string;
  /** Bytes per linear memory; default 1,000,000,000. */
  memoryLimit?: number;
  /** Text of the module's source map; failures then come with their place in the sources. */
  sourceMap?: string;
}

/** An import or export as the binary declares it; `type` reads like `(i32, i32) -> (i32)` for functions. */
export interface SmartModuleExtern {
  module?: string;
  name: string;
  kind: "func" | "table" | "memory" | "global";
  type: string | null;
}

/** What a compiled module tells about its own work: nothing, the fuel it used, or also where it used it. */
export type Metering = "none" | "fuel" | "profile";

/** A module compiled for one memory limit. */
export interface CompiledModule {
  module: V8Module;
  limited: LimitedModule;
  memoryLimit: number;
  /** The fuel counter; null when the copy does not count. */
  meter: MeteredModule | null;
  /** Export name of the table for the hook that sees throws; null when there is none. */
  throwTable: string | null;
  /** Where the module was rewritten before the memory limit was put in. */
  shifts: readonly OffsetShift[];
  /** Offset in the original binary of an offset in what V8 runs. */
  original(offset: number): number;
}

/** A compiled module on its way to another thread. What it declares is read anew there: that is quicker than a copy. */
export interface ModuleParts {
  /** In shared memory. */
  bytes: Uint8Array;
  name: string | null;
  memoryLimit: number;
  module: V8Module;
  limited: Omit<LimitedModule, "bytes">;
  throwTable: string | null;
  shifts: readonly OffsetShift[];
}

const TRANSFORM_TYPE: FuncType = { params: ["i32", "i32", "i32"], results: ["i32"] };
const COPY_RECORDS_TYPE: FuncType = { params: ["i32", "i32"], results: [] };
const LIMITS_KEPT = 4;

/**
 * Loads and verifies a SmartModule: WebAssembly binary or text. Throws EngineError with upstream's texts for
 * everything that can be seen without running it: not a module, refused features, imports, initial memory above
 * the limit, no transform, wrong types.
 */
export async function loadSmartModule(bytes: Uint8Array, options: LoadOptions = {}): Promise<SmartModule> {
  const module = await openModule(bytes, options);
  module.checkLinks();
  module.checkMemory(options.memoryLimit ?? DEFAULT_MEMORY_LIMIT);
  module.transformKind();
  return module;
}

/** Parses and compiles, without the checks that upstream makes later: imports, memory, exports. */
export async function openModule(bytes: Uint8Array, options: LoadOptions = {}): Promise<SmartModule> {
  const binary = isText(bytes) ? await assembleText(bytes) : bytes.slice();
  let info: WasmModuleInfo;
  let scan: CodeScan;
  try {
    info = parseModule(binary);
    checkConstants(binary, info);
    scan = scanCode(binary, info);
  } catch (error) {
    if (error instanceof FunctionFault) {
      throw functionError(
        error.message,
        error.functionIndex,
        error.offset,
        readNames(binary, parseModule(binary)),
      );
    }
    if (error instanceof WasmFormatError || error instanceof ComponentError) {
      throw new EngineError("SMDK_ENGINE_PARSE", PARSE_FAILED, { causes: [error.message] });
    }
    throw error;
  }
  const module = new SmartModule(binary, options.name ?? null, options.sourceMap ?? null, info, scan);
  // Newer V8s refuse such tables while they compile, in words of their own.
  module.checkTables();
  await module.compile(options.memoryLimit ?? DEFAULT_MEMORY_LIMIT);
  return module;
}

/** A loaded SmartModule. It holds no state of a run: any number of chains can use it at once. */
export class SmartModule {
  /** The core WebAssembly binary (assembled, when text was given). */
  readonly bytes: Uint8Array;
  readonly name: string | null;
  readonly #mapText: string | null;
  #map: WasmSourceMap | null | undefined;
  #info: WasmModuleInfo | null;
  #scan: CodeScan | null;
  readonly #compiled = new Map<string, Promise<CompiledModule>>();
  #names: DebugNames | null = null;
  #shared: Uint8Array | null = null;

  /** `info` and `scan` are found in the bytes when they are needed; `sourceMap` is the map's text. */
  constructor(
    bytes: Uint8Array,
    name: string | null,
    sourceMap: string | null = null,
    info: WasmModuleInfo | null = null,
    scan: CodeScan | null = null,
  ) {
    this.#mapText = sourceMap;
    this.bytes = bytes;
    this.name = name;
    this.#info = info;
    this.#scan = scan;
  }

  /** What the binary declares. */
  get info(): WasmModuleInfo {
    this.#info ??= parseModule(this.bytes);
    return this.#info;
  }

  get #codeScan(): CodeScan {
    this.#scan ??= scanCode(this.bytes, this.info);
    return this.#scan;
  }

  /** Where the code comes from; null when nobody gave a map, or it cannot be read: it only helps. */
  get sourceMap(): WasmSourceMap | null {
    if (this.#map === undefined) this.#map = this.#mapText === null ? null : readSourceMap(this.#mapText);
    return this.#map;
  }

  /** The transform this module offers; null when it has none (then no chain can be built with it). */
  get kind(): SmartModuleKind | null {
    return SMART_MODULE_KINDS.find((kind) => this.exportedFunction(kind) !== null) ?? null;
  }

  get hasInit(): boolean {
    return this.exportedFunction("init") !== null;
  }

  get hasLookBack(): boolean {
    return this.exportedFunction("look_back") !== null;
  }

  get imports(): SmartModuleExtern[] {
    return this.info.imports.map(({ module, name, kind, typeIndex }) => ({
      module,
      name,
      kind,
      type: typeIndex === null ? null : typeText(this.info.types[typeIndex]),
    }));
  }

  get exports(): SmartModuleExtern[] {
    return this.info.exports.map(({ name, kind, index }) => ({
      name,
      kind,
      type: kind === "func" ? typeText(this.#functionType(index)) : null,
    }));
  }

  /** Names of functions for backtraces. */
  get debugNames(): DebugNames {
    this.#names ??= readNames(this.bytes, this.info);
    return this.#names;
  }

  /** Offset of a function's body in the binary; null for imports. */
  bodyStart(functionIndex: number): number | null {
    return this.#codeScan.bodies[functionIndex - this.info.importedFunctions]?.start ?? null;
  }

  /** Offset in the binary behind a function's body; null for imports and what does not exist. */
  bodyEnd(functionIndex: number): number | null {
    return this.#codeScan.bodies[functionIndex - this.info.importedFunctions]?.end ?? null;
  }

  /** Type of an exported function; null when there is no function exported under that name. */
  exportedFunction(name: string): FuncType | null {
    const item = this.info.exports.find((candidate) => candidate.name === name && candidate.kind === "func");
    return item === undefined ? null : (this.#functionType(item.index) ?? null);
  }

  /** True when the module exports, under `memory`, a memory of its own that the host may read. */
  get exportsMemory(): boolean {
    const item = this.info.exports.find((candidate) => candidate.name === "memory");
    return item?.kind === "memory" && this.info.memories[item.index]?.shared === false;
  }

  /** The import that receives the host's `copy_records`: the first one of that name, whatever its module. */
  get copyRecordsImport(): { module: string; name: string } | null {
    return this.info.imports.find((item) => item.name === "copy_records") ?? null;
  }

  /** Throws what upstream's linker would say about the imports. */
  checkLinks(): void {
    const target = this.copyRecordsImport;
    if (target === null) throw instantiateError("At least one import is required");
    const provided = this.info.imports.map((item) =>
      item.module === target.module && item.name === target.name
        ? COPY_RECORDS_TYPE
        : wasiType(item.module, item.name),
    );
    const unknown = provided.indexOf(null);
    if (unknown >= 0) {
      const { module, name } = this.info.imports[unknown]!;
      throw instantiateError(
        `unknown import: \`${module}::${name}\` has not been defined`,
        unknownImportHint(name),
      );
    }
    for (const [index, { module, name, typeIndex }] of this.info.imports.entries()) {
      const type = typeIndex === null ? undefined : this.info.types[typeIndex];
      if (type === undefined || typeText(type) !== typeText(provided[index]!)) {
        throw instantiateError(`incompatible import type for \`${module}::${name}\``);
      }
    }
  }

  /** Throws when the tables are larger than the host allows. */
  checkTables(): void {
    let entries = 0n;
    for (const table of this.info.tables) entries += table.initial;
    if (entries > BigInt(MAX_TABLE_ENTRIES)) {
      throw instantiateError(`tables of ${entries} entries exceed the limit of ${MAX_TABLE_ENTRIES}`);
    }
  }

  /** Throws when a memory starts above the limit. */
  checkMemory(limit: number): void {
    for (const memory of this.info.memories) {
      const requested = memory.initial * BigInt(WASM_PAGE);
      if (requested > BigInt(limit)) throw memoryLimitError(requested, BigInt(limit));
    }
  }

  /** Checks the types of `init`, `look_back` and the transform, in this order; returns the kind. */
  transformKind(): SmartModuleKind {
    for (const name of ["init", "look_back"]) {
      const type = this.exportedFunction(name);
      if (type !== null) checkCallable(type);
    }
    const kind = this.kind;
    if (kind === null) {
      throw new EngineError("SMDK_ENGINE_NO_TRANSFORM", "No valid smartmodule found", {
        hint: `Export one function of ${SMART_MODULE_KINDS.join(", ")}.`,
      });
    }
    checkCallable(this.exportedFunction(kind)!);
    return kind;
  }

  /** The module compiled for a memory limit in bytes; a few of them are kept. */
  compile(memoryLimit: number, metering: Metering = "none"): Promise<CompiledModule> {
    const key = `${memoryLimit} ${metering}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const compiled = this.#compile(memoryLimit, metering);
    if (this.#compiled.size >= LIMITS_KEPT) this.#compiled.delete(this.#compiled.keys().next().value!);
    this.#compiled.set(key, compiled);
    compiled.catch(() => this.#compiled.delete(key));
    return compiled;
  }

  async #compile(memoryLimit: number, metering: Metering): Promise<CompiledModule> {
    let { bytes, info } = this as { bytes: Uint8Array; info: WasmModuleInfo };
    let scan = this.#codeScan;
    let meter: MeteredModule | null = null;
    let throwTable: string | null = null;
    let shifts: readonly OffsetShift[] = [];
    const rewrite = (made: { bytes: Uint8Array; shifts: readonly OffsetShift[] }): void => {
      ({ bytes, shifts } = made);
      info = parseModule(bytes);
      scan = scanCode(bytes, info, true);
    };
    if (metering !== "none") {
      // Only valid modules can be rewritten, and V8 is the judge of that.
      await this.compile(memoryLimit);
      meter = meterModule(bytes, info, scan, { profile: metering === "profile" });
      rewrite(meter);
    } else if (this.sourceMap !== null) {
      const abort = findAbort(info, scan, this.sourceMap);
      if (abort !== null) {
        const traced = hookFunction(bytes, info, scan, abort);
        throwTable = traced.table;
        rewrite(traced);
      }
    }
    const limited = limitMemory(bytes, info, scan, memoryLimit);
    const original = (offset: number): number =>
      originalOffset(shifts, originalOffset(limited.shifts, offset));
    const module = await compileWasm(limited.bytes, original, () => this.debugNames);
    return { module, limited, memoryLimit, meter, throwTable, original, shifts };
  }

  /**
   * What another thread needs to use this module, compiled for a memory limit: to be posted, nothing in it is copied.
   */
  async parts(memoryLimit: number): Promise<ModuleParts> {
    const { module, limited, throwTable, shifts: first } = await this.compile(memoryLimit);
    if (this.#shared === null) {
      this.#shared = new Uint8Array(new SharedArrayBuffer(this.bytes.length));
      this.#shared.set(this.bytes);
    }
    const { growGlobal, growTable, startExport, shifts } = limited;
    return {
      bytes: this.#shared,
      name: this.name,
      memoryLimit,
      module,
      limited: { growGlobal, growTable, startExport, shifts },
      throwTable,
      shifts: first,
    };
  }

  /** The module of another thread. It is only good for the memory limit it was taken for. */
  static fromParts(parts: ModuleParts, sourceMap: string | null = null): SmartModule {
    const { name, memoryLimit, module, throwTable, shifts } = parts;
    // Text cannot be decoded from shared memory.
    const bytes = parts.bytes.slice();
    const smartModule = new SmartModule(bytes, name, sourceMap);
    smartModule.#shared = parts.bytes;
    const limited = { ...parts.limited, bytes };
    const original = (offset: number): number =>
      originalOffset(shifts, originalOffset(limited.shifts, offset));
    const compiled = { module, limited, memoryLimit, meter: null, throwTable, shifts, original };
    smartModule.#compiled.set(`${memoryLimit} none`, Promise.resolve(compiled));
    return smartModule;
  }

  #functionType(index: number): FuncType | undefined {
    return this.info.types[this.info.functions[index] ?? -1];
  }
}

function readSourceMap(text: string): WasmSourceMap | null {
  try {
    return new WasmSourceMap(text);
  } catch {
    return null;
  }
}

function instantiateError(text: string, hint?: string): EngineError {
  return new EngineError(
    "SMDK_ENGINE_INSTANTIATE",
    `Failed to instantiate: ${text}`,
    hint === undefined ? {} : { hint },
  );
}

function unknownImportHint(name: string): string {
  return name === "abort"
    ? "The module was compiled with AssemblyScript's default abort; SmartModules may import only copy_records and WASI."
    : "SmartModules may import only copy_records and WASI functions.";
}

/** The type check of upstream: pairs first, then the counts, with its sense of "expected" and "found". */
function checkCallable(type: FuncType): void {
  const { params, results } = TRANSFORM_TYPE;
  const fault = (what: string, cause: string): EngineError =>
    new EngineError("SMDK_ENGINE_TYPE", `type mismatch with ${what}`, { causes: [cause] });
  const param = params.findIndex(
    (wanted, index) => index < type.params.length && wanted !== type.params[index],
  );
  if (param >= 0) {
    throw fault("parameters", typeMismatch(type.params[param]!, params[param]!));
  }
  if (type.params.length !== params.length) {
    throw fault("parameters", `expected ${params.length} types, found ${type.params.length}`);
  }
  const result = results.findIndex(
    (wanted, index) => index < type.results.length && wanted !== type.results[index],
  );
  if (result >= 0) {
    throw fault("results", typeMismatch(results[result]!, type.results[result]!));
  }
  if (type.results.length !== results.length) {
    throw fault("results", `expected ${results.length} types, found ${type.results.length}`);
  }
}

function typeText(type: FuncType | undefined): string | null {
  if (type === undefined) return null;
  return `(${type.params.join(", ")}) -> (${type.results.join(", ")})`;
}
