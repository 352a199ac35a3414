/**
 * Where a module's fuel goes: a copy of it reports every entry and exit of a function, and counts how often each
 * straight piece of code ran. Functions are told apart by how they were called; fuel is what an SPU counts.
 */
import type { Lookback, SmartModuleTransformRuntimeError } from "@smdk/protocol";
import { statusText } from "../abi/codes.ts";
import { inputLength, writeInput } from "../abi/input.ts";
import { readTransformOutput } from "../abi/output.ts";
import { EngineError } from "../error.ts";
import { SmartModuleInstance } from "../instance.ts";
import { DEFAULT_MEMORY_LIMIT, type SmartModule } from "../module.ts";
import { declarationName } from "../trace/declaration.ts";
import type { SourcePosition } from "../trace/source-map.ts";
import { callInit } from "../transform/init.ts";
import { WasiContext } from "../wasi.ts";
import { demangle } from "../wasm/demangle.ts";
import { hostFunction } from "../wasm/host-function.ts";
import type { V8Global, V8Table } from "../wasm/v8.ts";

/** A function as it was reached by one chain of calls. */
export interface CallNode {
  functionIndex: number;
  /** Fuel of the function itself, over all calls. */
  self: number;
  calls: number;
  children: CallNode[];
}

export interface FuelProfile {
  /** Fuel of the transform and of `alloc`, over all batches. */
  total: number;
  records: number;
  /** The calls of the host: `alloc` and the transform. */
  roots: CallNode[];
  /** Fuel by function. */
  functions: { functionIndex: number; name: string; self: number; calls: number }[];
  /** Fuel by place in the sources; empty without a source map. */
  lines: { file: string; line: number; fuel: number }[];
  /** The error that a record led to; `records` ends with that one. */
  error: SmartModuleTransformRuntimeError | null;
}

export interface ProfileInput {
  /** u32 count and records. */
  records: Uint8Array;
  count: number;
}

export interface ProfileOptions {
  params?: ReadonlyMap<string, string>;
  lookback?: Lookback | null;
  version?: number;
  accumulator?: Uint8Array;
}

/** More nodes than this, as deep recursion makes, are added to the node above. */
const MAX_NODES = 100_000;

/** Runs batches through a module and tells where their fuel went. Throws EngineError when a call fails. */
export async function profileModule(
  module: SmartModule,
  inputs: readonly ProfileInput[],
  options: ProfileOptions = {},
): Promise<FuelProfile> {
  const version = options.version ?? 25;
  const kind = module.transformKind();
  const compiled = await module.compile(DEFAULT_MEMORY_LIMIT, "profile");
  const parts = compiled.meter?.profile;
  if (!parts) throw new EngineError("SMDK_ENGINE_INPUT", "the module was not compiled for profiling");
  const tracker = new CallTracker();
  const enter = hostFunction(["i32", "f64"], (index, counter) => tracker.enter(index, counter));
  const leave = hostFunction(["i32", "f64"], (_, counter) => tracker.leave(counter));
  const instance = new SmartModuleInstance(
    module,
    compiled,
    version,
    new WasiContext(),
    PROFILE_FUEL,
    (exports) => {
      const table = exports[parts.table] as V8Table;
      table.set(0, enter);
      table.set(1, leave);
    },
  );
  instance.topUpFuel();
  callInit(instance, options.params ?? new Map(), options.lookback ?? null, version);
  const counts = (): number[] =>
    parts.segments.map((_, index) => Number((instance.exports[parts.segmentName(index)] as V8Global).value));
  const before = counts();
  tracker.reset();
  let total = 0;
  let records = 0;
  let accumulator = kind === "aggregate" ? (options.accumulator ?? new Uint8Array(0)) : null;
  let error: FuelProfile["error"] = null;
  for (const input of inputs) {
    instance.topUpFuel();
    const call = { baseOffset: BigInt(records), baseTimestamp: 0n, records: input.records };
    const status = instance.call(kind, {
      length: inputLength(call, version, accumulator),
      write: (memory, at) => writeInput(memory, at, call, version, accumulator),
    });
    total += Number(instance.fuelUsed);
    if (status < 0) throw new EngineError("SMDK_ENGINE_STATUS", statusText("transform", status));
    const output = instance.decode((bytes) => readTransformOutput(bytes, version, kind === "aggregate"));
    accumulator = output.accumulator === null ? null : output.accumulator.slice();
    ({ error } = output);
    if (error !== null) {
      // The records behind the one that failed were not looked at.
      records = Number(error.offset) + 1;
      break;
    }
    records += input.count;
  }
  const after = counts();
  const lines = new Map<string, { file: string; line: number; fuel: number }>();
  const map = module.sourceMap;
  for (const [index, { positions }] of parts.segments.entries()) {
    const runs = after[index]! - before[index]!;
    if (runs === 0 || map === null) continue;
    for (const position of positions) {
      const place = map.at(position);
      if (place === null) continue;
      const key = `${place.file}:${place.line}`;
      const entry = lines.get(key) ?? { file: place.file, line: place.line, fuel: 0 };
      entry.fuel += runs;
      lines.set(key, entry);
    }
  }
  return {
    total,
    records,
    roots: tracker.roots,
    functions: byFunction(module, tracker.roots),
    lines: [...lines.values()].sort((a, b) => b.fuel - a.fuel),
    error,
  };
}

/** Within what a float counts exactly. */
const PROFILE_FUEL = 1n << 52n;

function byFunction(module: SmartModule, roots: readonly CallNode[]): FuelProfile["functions"] {
  const sums = new Map<number, { functionIndex: number; name: string; self: number; calls: number }>();
  const visit = ({ functionIndex, self, calls, children }: CallNode): void => {
    const entry = sums.get(functionIndex) ?? {
      functionIndex,
      name: functionName(module, functionIndex),
      self: 0,
      calls: 0,
    };
    entry.self += self;
    entry.calls += calls;
    sums.set(functionIndex, entry);
    children.forEach(visit);
  };
  roots.forEach(visit);
  return [...sums.values()].sort((a, b) => b.self - a.self);
}

/** A name for people: of the name section, of the exports, or the place in the sources. */
export function functionName(module: SmartModule, functionIndex: number): string {
  const named = module.debugNames.functions.get(functionIndex);
  if (named !== undefined) return demangle(named);
  const exported = module.info.exports.find((item) => item.kind === "func" && item.index === functionIndex);
  if (exported !== undefined) return exported.name;
  const place = placeOfFunction(module, functionIndex);
  if (place === null) return `function ${functionIndex}`;
  const name = declarationName(module.sourceMap!, place);
  const where = `${place.file}:${place.line}`;
  return name === null ? where : `${name} (${where})`;
}

/** The place of a function's first instruction; null without a source map. */
export function placeOfFunction(module: SmartModule, functionIndex: number): SourcePosition | null {
  const start = module.bodyStart(functionIndex);
  return start === null ? null : (module.sourceMap?.firstWithin(start, start + 200) ?? null);
}

/** Builds the tree of calls from entries and exits; the counter says how much fuel passed in between. */
class CallTracker {
  roots: CallNode[] = [];
  #stack: CallNode[] = [];
  #last = 0;
  #nodes = 0;

  reset(): void {
    this.roots = [];
    this.#stack = [];
    this.#nodes = 0;
  }

  enter(functionIndex: number, counter: number): void {
    const parent = this.#stack.at(-1);
    const siblings = parent?.children ?? this.roots;
    // The entry itself costs 1, which is the callee's.
    if (parent !== undefined) parent.self += counter - this.#last - 1;
    this.#last = counter - 1;
    let node = siblings.find((candidate) => candidate.functionIndex === functionIndex);
    if (node === undefined) {
      if (parent !== undefined && this.#nodes >= MAX_NODES) node = parent;
      else {
        node = { functionIndex, self: 0, calls: 0, children: [] };
        siblings.push(node);
        this.#nodes++;
      }
    }
    node.calls++;
    this.#stack.push(node);
  }

  leave(counter: number): void {
    const node = this.#stack.pop();
    if (node !== undefined) node.self += counter - this.#last;
    this.#last = counter;
  }
}
