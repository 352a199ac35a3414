/**
 * Chains of SmartModules: built in order, look back in order, then one pass per batch. A chain holds the guests'
 * state and belongs to one stream; it is not to be used by two calls at once.
 */
import type { Lookback, SmartModuleTransformRuntimeError } from "@smdk/protocol";
import { OutputError, type OutputRecords, readRecords } from "./abi/output.ts";
import { EngineError } from "./error.ts";
import { MAX_FUEL, SmartModuleInstance } from "./instance.ts";
import { exportMetrics, InstanceMetrics, type SmartModuleMetrics } from "./metrics.ts";
import { DEFAULT_MEMORY_LIMIT, openModule, type SmartModule } from "./module.ts";
import { findCulprit } from "./trace/culprit.ts";
import type { WasmFrame } from "./trace/locate.ts";
import { callInit } from "./transform/init.ts";
import { callLookBack } from "./transform/look-back.ts";
import { createTransform, type Transform } from "./transform/transform.ts";
import { WasiContext, type WasiHost } from "./wasi.ts";
import { hostFunction } from "./wasm/host-function.ts";
import type { V8Exports, V8Table } from "./wasm/v8.ts";

/** Version used when nobody sets one: what `smdk test` and local chains use. Clusters use 25. */
export const DEFAULT_VERSION = 22;

/** One step of a chain. */
export interface ChainModule {
  /** A loaded module, or bytes, which are then loaded when the chain reaches this step. */
  module: SmartModule | Uint8Array;
  /** Name for metrics; default: the module's own. */
  name?: string;
  params?: ReadonlyMap<string, string>;
  /** How much of the past `look_back` sees; without it, it is not called. */
  lookback?: Lookback | null;
  /** Whether `init` is told the lookback, as on an SPU; local tests of upstream do not. Default true. */
  lookbackInParams?: boolean;
  /** Where an aggregate starts; default empty. */
  accumulator?: Uint8Array;
}

export interface ChainOptions extends WasiHost {
  /** Version of every guest call, default 22. */
  version?: number;
  /** Bytes per linear memory, default 1,000,000,000 (SPUs use 1,073,741,824). */
  memoryLimit?: number;
  /**
   * Counts fuel as an SPU's engine does, and ends calls that use more than `limit` (default, as upstream,
   * 4,611,686,018,427,387,903). Modules run about half as fast then. Default: not counted.
   */
  fuel?: boolean | { limit: bigint };
  /**
   * After a trap, finds the record it happened at by running the batch again, record by record, in a fresh instance.
   * Default false: the time it takes is only worth it where people read the error.
   */
  findRecord?: boolean;
  /**
   * Asked before a guest's memory starts or grows, with the bytes that are added; false ends the call. Default: the
   * limit of each memory is the only one.
   */
  onGrow?: (bytes: number) => boolean;
}

export interface ChainInput {
  /** Absolute offset of the batch. */
  baseOffset: bigint;
  /** First timestamp of the batch, ms since the epoch. */
  baseTimestamp: bigint;
  /** u32 count and records, uncompressed. Not changed, not kept. */
  records: Uint8Array;
  /**
   * True when the caller is done with the output before the chain's next call: then it is a view of the guest's
   * memory, and a copy is saved, which for large records is most of the work. Default false.
   */
  borrow?: boolean;
}

export interface ChainOutput {
  /** u32 count and records; the caller's own copy, unless it asked to borrow them. */
  records: Uint8Array;
  /** How many records that are. */
  count: number;
  /** An error of user code; the records are what succeeded before it. */
  error: SmartModuleTransformRuntimeError | null;
  /** Which module reported the error, and its calls where it threw, if that is known; `locate` finds the place. */
  thrown: { stage: number; frames: readonly WasmFrame[] } | null;
}

/** Reads the records a lookback asks for: u32 count and records, with deltas as they are in their batches. */
export type LookbackReader = (lookback: Lookback) => Uint8Array | Promise<Uint8Array>;

interface Step {
  instance: SmartModuleInstance;
  transform: Transform;
  metrics: InstanceMetrics;
  lookback: Lookback | null;
  /** The transform of another instance, made as this one was. Throws EngineError. */
  fresh: () => Transform;
}

/**
 * Builds a chain: for each module in order instantiate, check, call `init`. Throws EngineError (phase `build`);
 * modules before the failing one have then run their `init`.
 */
export async function buildChain(
  modules: readonly ChainModule[],
  options: ChainOptions = {},
): Promise<Chain> {
  const version = options.version ?? DEFAULT_VERSION;
  const memoryLimit = options.memoryLimit ?? DEFAULT_MEMORY_LIMIT;
  const { monotonic } = options;
  const clock = monotonic === undefined ? () => performance.now() : () => Number(monotonic()) / 1e6;
  const wasi = new WasiContext(options);
  const metered = options.fuel !== undefined && options.fuel !== false;
  const fuelLimit = typeof options.fuel === "object" ? options.fuel.limit : MAX_FUEL;
  const steps: Step[] = [];
  for (const item of modules) {
    const module =
      item.module instanceof Uint8Array ? await openModule(item.module, { memoryLimit }) : item.module;
    const compiled = await module.compile(memoryLimit, metered ? "fuel" : "none");
    const name = item.name ?? module.name ?? "";
    wasi.speaker = name;
    // The function is needed before there is an instance to tell.
    let told: SmartModuleInstance | null = null;
    const { throwTable } = compiled;
    const hook = throwTable === null ? null : hostFunction([], () => told?.noteThrow());
    const lookback = item.lookback ?? null;
    const shown = item.lookbackInParams === false ? null : lookback;
    const make = (host: WasiContext) => {
      const prepare = (exports: V8Exports): void => {
        if (throwTable !== null) (exports[throwTable] as V8Table).set(0, hook);
      };
      // An instance that only repeats a trap is gone at once.
      const grow = host === wasi ? (options.onGrow ?? null) : null;
      const instance = new SmartModuleInstance(module, compiled, version, host, fuelLimit, prepare, grow);
      if (host === wasi) told = instance;
      const kind = module.transformKind();
      const metrics = new InstanceMetrics(name);
      const transform = createTransform(kind, { instance, version, metrics, clock }, item.accumulator);
      instance.topUpFuel();
      callInit(instance, item.params ?? new Map(), shown, version);
      return { instance, transform, metrics };
    };
    try {
      const fresh = (): Transform =>
        make(new WasiContext({ ...options, stdout: drop, stderr: drop })).transform;
      steps.push({ ...make(wasi), lookback: module.hasLookBack ? lookback : null, fresh });
    } catch (error) {
      throw error instanceof EngineError ? error.during("build", steps.length) : error;
    }
  }
  return new Chain(steps, version, clock, wasi, options.findRecord ?? false);
}

function drop(): void {}

/** A built chain. */
export class Chain {
  readonly version: number;
  readonly #steps: readonly Step[];
  readonly #clock: () => number;
  readonly #wasi: WasiContext;
  readonly #findRecord: boolean;

  constructor(
    steps: readonly Step[],
    version: number,
    clock: () => number,
    wasi: WasiContext,
    findRecord = false,
  ) {
    this.#wasi = wasi;
    this.#findRecord = findRecord;
    this.#steps = steps;
    this.version = version;
    this.#clock = clock;
  }

  /** Number of modules. */
  get length(): number {
    return this.#steps.length;
  }

  /** True when a module wants to see records of the past. */
  get wantsLookBack(): boolean {
    return this.#steps.some((step) => step.lookback !== null);
  }

  /**
   * Shows every module that wants it its records of the past. To be called once, before the first `process`.
   * Throws EngineError (phase `look_back`), or what `read` throws.
   */
  async lookBack(read: LookbackReader): Promise<void> {
    for (const [index, lookback] of this.lookbacks.entries()) {
      if (lookback !== null) this.lookBackStep(index, await read(lookback));
    }
  }

  /** What each module wants to see of the past; null for those that do not want to. */
  get lookbacks(): (Lookback | null)[] {
    return this.#steps.map((step) => step.lookback);
  }

  /** `lookBack` for one module, with the records it asked for. */
  lookBackStep(index: number, records: Uint8Array): void {
    const { instance, metrics } = this.#steps[index]!;
    this.#wasi.speaker = metrics.name;
    metrics.bytesIn += records.length;
    instance.topUpFuel();
    const started = this.#clock();
    try {
      callLookBack(instance, records, this.version);
    } catch (error) {
      throw error instanceof EngineError ? error.during("look_back", index) : error;
    } finally {
      metrics.addUse(instance.fuelUsed, this.#clock() - started);
      metrics.invocationCount++;
    }
  }

  /**
   * Sends one batch through all modules. An error of user code ends the chain and comes back with what that module
   * let through before; a failure of the engine or a trap throws EngineError (phase `process`), after which the
   * chain can still be used.
   */
  process(input: ChainInput): ChainOutput {
    const { baseOffset, baseTimestamp } = input;
    let stage = 0;
    const hand = input.borrow === true ? lent : copied;
    let records: OutputRecords = { bytes: input.records, count: 0 };
    try {
      if (this.#steps.length === 0) return { ...copied(readInput(input.records)), error: null, thrown: null };
      for (; stage < this.#steps.length; stage++) {
        const step = this.#steps[stage]!;
        const output = this.#run(step, { baseOffset, baseTimestamp, records: records.bytes });
        records = output.records;
        if (output.error !== null) {
          const thrown = { stage, frames: step.instance.thrown ?? [] };
          return { ...hand(records), error: output.error, thrown };
        }
      }
      return { ...hand(records), error: null, thrown: null };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const at = Math.min(stage, this.length - 1);
      const trapped = error.code === "SMDK_ENGINE_TRAP" || error.code === "SMDK_ENGINE_MEMORY";
      const given = { baseOffset, baseTimestamp, records: records.bytes };
      const record = this.#findRecord && trapped ? findCulprit(this.#steps[at]!.fresh, given) : null;
      throw error.during("process", at, record);
    }
  }

  /** Fuel of each module's latest call of `process` or `lookBack`; zeros when it is not counted. */
  lastFuel(): bigint[] {
    return this.#steps.map(({ instance }) => instance.fuelUsed);
  }

  /** Counters by module name since the last call; they start again from zero. */
  metrics(): Map<string, SmartModuleMetrics> {
    return exportMetrics(this.#steps.map((step) => step.metrics));
  }

  #run({ instance, transform, metrics }: Step, input: ChainInput) {
    instance.topUpFuel();
    this.#wasi.speaker = metrics.name;
    metrics.bytesIn += input.records.length;
    metrics.invocationCount++;
    const started = this.#clock();
    try {
      const output = transform.process(input);
      if (output.error !== null) metrics.recordsErr++;
      return output;
    } finally {
      metrics.addUse(instance.fuelUsed, this.#clock() - started);
    }
  }
}

/** Guest memory may change with the next call, so the result is copied once, at the end. */
function copied({ bytes, count }: OutputRecords): { records: Uint8Array; count: number } {
  try {
    return { records: bytes.slice(), count };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new EngineError("SMDK_ENGINE_OUTPUT", `memory allocation of ${bytes.length} bytes failed`);
  }
}

function lent({ bytes, count }: OutputRecords): { records: Uint8Array; count: number } {
  return { records: bytes, count };
}

function readInput(bytes: Uint8Array): OutputRecords {
  try {
    return readRecords(bytes);
  } catch (error) {
    if (error instanceof OutputError) throw new EngineError("SMDK_ENGINE_INPUT", error.message);
    throw error;
  }
}
