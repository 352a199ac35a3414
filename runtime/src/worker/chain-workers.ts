/**
 * Chains in worker threads, for servers: a guest that never ends, or eats the thread's memory, ends its own chain and
 * nothing else. Every chain has a thread for itself as long as there are enough of them.
 */
import { randomBytes } from "node:crypto";
import { totalmem } from "node:os";
import {
  type Chain,
  type ChainModule,
  type ChainOptions,
  type ChainOutput,
  DEFAULT_VERSION,
} from "../chain.ts";
import { EngineError } from "../error.ts";
import { DEFAULT_MEMORY_LIMIT, type LoadOptions, SmartModule } from "../module.ts";
import { ChainWorker } from "./chain-worker.ts";
import { MemoryShares } from "./memory-share.ts";
import type { GuestLine, StepParts } from "./messages.ts";
import { type AsyncChain, RemoteChain } from "./remote-chain.ts";

export type { GuestLine } from "./messages.ts";
export type { AsyncChain, ChainOutputs } from "./remote-chain.ts";

export interface ChainWorkersOptions {
  /** Milliseconds one call (`process`, `processAll`, the building of a chain) may take; default 10,000. */
  deadlineMs?: number;
  /** Threads at most, default 128. Beyond that chains share threads, and the fate of their neighbours. */
  maxWorkers?: number;
  /** Idle threads kept for the next chain, default 4. */
  idleWorkers?: number;
  /** Bytes that the memories of all guests may have together; default half of the machine's. */
  totalMemory?: number;
  /** Receives what guests write, line by line; bounded to 64 KiB and 256 lines per call. */
  onLine?: (line: GuestLine) => void;
  /** Milliseconds since the epoch: the guests' clock. Default: the real one. */
  nowMs?: () => number;
  /** 48 bytes from which a chain's random numbers follow. Default: cryptographic ones. */
  seed?: () => Uint8Array;
}

/** What of a chain's options is the same in a thread. */
export type WorkerChainOptions = Pick<ChainOptions, "version" | "memoryLimit">;

const SPARE_THREADS = 64;
/** Modules that are loaded at a time. */
const MAX_LOADERS = 8;
/** Bytes of a module after which its thread is not kept. */
const SMALL_MODULE = 4 * 1024 * 1024;
/** Bytes of guests' memory with which a thread is not kept. */
const IDLE_MEMORY = 32 * 1024 * 1024;

/** Bytes of memory this process can have. */
function machineMemory(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}

/** Milliseconds the loading of a module may take at least. */
const LOAD_DEADLINE_MS = 10_000;

export class ChainWorkers {
  readonly #options: Required<ChainWorkersOptions>;
  readonly #workers = new Set<ChainWorker>();
  /** Threads that only load modules. */
  readonly #loaders = new Set<ChainWorker>();
  #idleLoader: ChainWorker | null = null;
  /** Those who wait for one. */
  readonly #waiting: (() => void)[] = [];
  readonly #shares: MemoryShares;
  #nextChain = 0;
  #closed = false;

  constructor(options: ChainWorkersOptions = {}) {
    this.#options = {
      deadlineMs: options.deadlineMs ?? 10_000,
      maxWorkers: options.maxWorkers ?? 128,
      idleWorkers: options.idleWorkers ?? 4,
      totalMemory: options.totalMemory ?? machineMemory() / 2,
      onLine: options.onLine ?? (() => {}),
      nowMs: options.nowMs ?? Date.now,
      seed: options.seed ?? (() => randomBytes(48)),
    };
    // Threads that are ending, and those that load, are there besides.
    const { maxWorkers, totalMemory } = this.#options;
    this.#shares = new MemoryShares(2 * maxWorkers + SPARE_THREADS, totalMemory);
  }

  /** Threads there are. */
  get size(): number {
    return this.#workers.size;
  }

  /**
   * As `loadSmartModule`, in a thread: a module that is made to keep its reader busy ends at a deadline too, of ten
   * seconds at least.
   */
  async load(bytes: Uint8Array, options: LoadOptions = {}): Promise<SmartModule> {
    const { name = null, memoryLimit = DEFAULT_MEMORY_LIMIT, sourceMap = null } = options;
    const loader = await this.#takeLoader();
    try {
      const { parts } = await loader.call<"loaded">(
        { ...this.#head(this.#nextChain++), kind: "load", bytes, name, memoryLimit, sourceMap },
        "build",
      );
      return SmartModule.fromParts(parts, sourceMap);
    } finally {
      this.#passLoader(loader, bytes.length <= SMALL_MODULE);
    }
  }

  /** A thread that loads, once there is one: each may have a large module in memory. */
  async #takeLoader(): Promise<ChainWorker> {
    const free = this.#idleLoader;
    this.#idleLoader = null;
    if (free !== null) return free;
    if (this.#closed) throw new EngineError("SMDK_ENGINE_STOPPED", "the engine is closed");
    if (this.#loaders.size >= MAX_LOADERS) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return this.#takeLoader();
    }
    const loader = this.#start(Math.max(this.#options.deadlineMs, LOAD_DEADLINE_MS));
    this.#loaders.add(loader);
    return loader;
  }

  /** One is kept: it has everything at hand that the next one needs, which takes a while; but no large memory. */
  #passLoader(loader: ChainWorker, keep: boolean): void {
    if (keep && loader.end === null && this.#idleLoader === null) this.#idleLoader = loader;
    else loader.stop("it is not needed any more");
    this.#waiting.shift()?.();
  }

  /** As `buildChain`, in a thread. */
  async build(modules: readonly ChainModule[], options: WorkerChainOptions = {}): Promise<AsyncChain> {
    if (this.#closed) throw new EngineError("SMDK_ENGINE_STOPPED", "the engine is closed");
    const memoryLimit = options.memoryLimit ?? DEFAULT_MEMORY_LIMIT;
    const steps: StepParts[] = [];
    for (const item of modules) {
      const module =
        item.module instanceof Uint8Array ? await this.load(item.module, { memoryLimit }) : item.module;
      steps.push({
        module: await module.parts(memoryLimit),
        name: item.name ?? module.name ?? "",
        params: new Map(item.params),
        lookback: item.lookback ?? null,
        lookbackInParams: item.lookbackInParams ?? true,
        accumulator: item.accumulator ?? null,
      });
    }
    const version = options.version ?? DEFAULT_VERSION;
    const seed = this.#options.seed();
    const worker = this.#place();
    const id = this.#nextChain++;
    try {
      const { lookbacks } = await worker.call<"built">(
        { ...this.#head(id), kind: "build", steps, version, memoryLimit, seed },
        "build",
      );
      return new RemoteChain(worker, id, lookbacks, this.#options.nowMs, () => this.#release(worker, id));
    } catch (error) {
      this.#release(worker, id);
      throw error;
    }
  }

  /** Ends all threads; chains that are in use fail. */
  close(): void {
    this.#closed = true;
    for (const worker of [...this.#workers, ...this.#loaders]) worker.stop("the engine is closed");
    for (const proceed of this.#waiting.splice(0)) proceed();
  }

  #head(chain: number): { chain: number; nowMs: number } {
    return { chain, nowMs: this.#options.nowMs() };
  }

  /** An idle thread, a new one, or the one with the fewest chains. */
  #place(): ChainWorker {
    let best: ChainWorker | null = null;
    for (const worker of this.#workers) {
      if (best === null || worker.chains < best.chains) best = worker;
    }
    if (best === null || (best.chains > 0 && this.#workers.size < this.#options.maxWorkers)) {
      best = this.#start(this.#options.deadlineMs);
      this.#workers.add(best);
    }
    best.chains++;
    return best;
  }

  #start(deadlineMs: number): ChainWorker {
    const share = this.#shares.lease();
    if (share === null) throw new EngineError("SMDK_ENGINE_STOPPED", "there are too many threads");
    const worker = new ChainWorker({
      deadlineMs,
      share,
      onGone: () => this.#shares.end(share),
      onLines: (_, lines) => {
        for (const line of lines) this.#options.onLine(line);
      },
      onExit: () => {
        this.#workers.delete(worker);
        this.#loaders.delete(worker);
        if (this.#idleLoader === worker) this.#idleLoader = null;
      },
    });
    return worker;
  }

  #release(worker: ChainWorker, id: number): void {
    worker.chains--;
    if (worker.end !== null) return;
    worker.call({ ...this.#head(id), kind: "close" }, "process").catch(() => {});
    if (worker.chains > 0) return;
    let idle = 0;
    for (const { chains } of this.#workers) if (chains === 0) idle++;
    // Memory that a closed chain had is free for certain only when its thread is gone.
    if (idle > this.#options.idleWorkers || worker.memory > IDLE_MEMORY)
      worker.stop("it is not needed any more");
  }
}

/** A chain in this thread, behind the same interface. */
export function inlineChain(chain: Chain): AsyncChain {
  let closed = false;
  let ended = false;
  return {
    length: chain.length,
    get alive() {
      return !closed;
    },
    lookBack: (read) => chain.lookBack(read),
    process: async (input) => {
      ended = false;
      return chain.process({ ...input, borrow: false });
    },
    processAll: async (inputs) => {
      const outputs: ChainOutput[] = [];
      for (const input of inputs) {
        if (ended) break;
        try {
          const output = chain.process({ ...input, borrow: false });
          outputs.push(output);
          ended = output.error !== null;
        } catch (error) {
          if (!(error instanceof EngineError)) throw error;
          ended = true;
          return { outputs, failure: error, ms: 0 };
        }
      }
      return { outputs, failure: null, ms: 0 };
    },
    resume: () => {
      ended = false;
    },
    metrics: async () => chain.metrics(),
    close: () => {
      closed = true;
    },
  };
}
