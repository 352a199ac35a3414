/** A chain that lives in a thread, as its users see it. */
import * as threads from "node:worker_threads";
import type { Chain, ChainInput, ChainOutput, LookbackReader } from "../chain.ts";
import { EngineError } from "../error.ts";
import type { SmartModuleMetrics } from "../metrics.ts";
import { type ChainWorker, revive } from "./chain-worker.ts";
import type { Request } from "./messages.ts";
import { SpareBuffers } from "./spare-buffers.ts";

/** What became of several batches. */
export interface ChainOutputs {
  /** Of the batches that were done, in their order; only the last one may have an error. */
  outputs: ChainOutput[];
  /** Why the batch behind them could not be done. */
  failure: EngineError | null;
  /** Milliseconds the modules took, where that is known; else 0. */
  ms: number;
}

/** A chain whose calls take their time; what a server works with. Calls are done in their order. */
export interface AsyncChain {
  readonly length: number;
  /** As {@link Chain.lookBack}. */
  lookBack(read: LookbackReader): Promise<void>;
  /**
   * As {@link Chain.process}. `input.records` must not be used afterwards if it fills its whole buffer. The output is the
   * caller's own in any case.
   */
  process(input: ChainInput): Promise<ChainOutput>;
  /**
   * One batch after the other, up to the first that fails or reports an error. Behind it nothing is done any more, of
   * this call and of later ones, until `resume` is called or `process`. Never rejects.
   */
  processAll(inputs: readonly ChainInput[]): Promise<ChainOutputs>;
  /** Goes on after an error: with what is asked for from now on. */
  resume(): void;
  metrics(): Promise<Map<string, SmartModuleMetrics>>;
  /** False when the chain was stopped: no call will succeed any more. */
  readonly alive: boolean;
  /** Lets go of the guests. Idempotent. */
  close(): void;
}

export class RemoteChain implements AsyncChain {
  readonly #worker: ChainWorker;
  readonly #id: number;
  readonly #lookbacks: Chain["lookbacks"];
  readonly #nowMs: () => number;
  readonly #onClose: () => void;
  readonly #spares = new SpareBuffers();
  /** Counts the times that it went on. */
  #run = 0;
  #closed = false;

  /** `lookbacks` is what the built chain wants to see; `onClose` is called once. */
  constructor(
    worker: ChainWorker,
    id: number,
    lookbacks: Chain["lookbacks"],
    nowMs: () => number,
    onClose: () => void,
  ) {
    this.#worker = worker;
    this.#id = id;
    this.#lookbacks = lookbacks;
    this.#nowMs = nowMs;
    this.#onClose = onClose;
  }

  get length(): number {
    return this.#lookbacks.length;
  }

  get alive(): boolean {
    return !this.#closed && this.#worker.end === null;
  }

  async lookBack(read: LookbackReader): Promise<void> {
    for (const [step, lookback] of this.#lookbacks.entries()) {
      if (lookback === null) continue;
      const { records, transfer } = handOver([await read(lookback)], this.#spares);
      const request = { ...this.#head(), kind: "lookBack" as const, step, records: records[0]! };
      await this.#worker.call<"done">(request, "look_back", transfer);
    }
  }

  async process(input: ChainInput): Promise<ChainOutput> {
    // Its error is nobody else's.
    this.resume();
    const all = this.processAll([input]);
    this.resume();
    const { outputs, failure } = await all;
    if (failure !== null) throw failure;
    return outputs[0]!;
  }

  async processAll(inputs: readonly ChainInput[]): Promise<ChainOutputs> {
    const { records, transfer } = handOver(
      inputs.map((input) => input.records),
      this.#spares,
    );
    const request: Request = {
      ...this.#head(),
      kind: "process",
      run: this.#run,
      inputs: inputs.map(({ baseOffset, baseTimestamp }, i) => ({
        baseOffset,
        baseTimestamp,
        records: records[i]!,
      })),
    };
    try {
      const answer = await this.#worker.call<"outputs">(request, "process", transfer);
      if (answer.spare !== null) this.#spares.keep(answer.spare);
      const { outputs, failure, ms } = answer;
      return { outputs, failure: failure && revive(failure), ms };
    } catch (error) {
      if (error instanceof EngineError) return { outputs: [], failure: error, ms: 0 };
      throw error;
    }
  }

  resume(): void {
    this.#run++;
  }

  async metrics(): Promise<Map<string, SmartModuleMetrics>> {
    const request = { ...this.#head(), kind: "metrics" as const };
    return (await this.#worker.call<"metrics">(request, "process")).metrics;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
  }

  #head(): { chain: number; nowMs: number } {
    return { chain: this.#id, nowMs: this.#nowMs() };
  }
}

/** Node 21 and later tell; before, whatever fills its buffer may be given away. */
const { isMarkedAsUntransferable = () => false } = threads as {
  isMarkedAsUntransferable?: (buffer: ArrayBufferLike) => boolean;
};

/**
 * Records that fill their buffer travel as they are. Of larger buffers they must be cut out, and memory that belongs to a
 * native library (of lz4, of snappy) must be copied: they come one after the other into a buffer of their own.
 */
function handOver(
  all: readonly Uint8Array[],
  spares: SpareBuffers,
): { records: Uint8Array[]; transfer: ArrayBuffer[] } {
  const length = all.reduce((sum, { byteLength }) => sum + byteLength, 0);
  // Nothing, or what was given away before.
  if (length === 0) return { records: all.map(() => new Uint8Array(0)), transfer: [] };
  const [first] = all;
  if (all.length === 1 && first !== undefined && isWhole(first)) {
    return { records: [first], transfer: [first.buffer as ArrayBuffer] };
  }
  const own = spares.take(length);
  let at = 0;
  const records = all.map((part) => {
    const copy = new Uint8Array(own, at, part.byteLength);
    copy.set(part);
    at += part.byteLength;
    return copy;
  });
  return { records, transfer: [own] };
}

/** Whether the buffer is the records' alone, and can be given away. */
function isWhole({ buffer, byteLength }: Uint8Array): boolean {
  return (
    byteLength === buffer.byteLength && buffer instanceof ArrayBuffer && !isMarkedAsUntransferable(buffer)
  );
}
