/** A chain that lives in a thread, as its users see it. */
import * as threads from "node:worker_threads";
import type { Chain, ChainInput, ChainOutput, LookbackReader } from "../chain.ts";
import type { SmartModuleMetrics } from "../metrics.ts";
import type { ChainWorker } from "./chain-worker.ts";
import { SpareBuffers } from "./spare-buffers.ts";

/** A chain whose calls take their time; what a server works with. */
export interface AsyncChain {
  readonly length: number;
  /** As {@link Chain.lookBack}. */
  lookBack(read: LookbackReader): Promise<void>;
  /**
   * As {@link Chain.process}; calls are done in their order, also when they do not wait for one another.
   * `input.records` must not be used afterwards if it fills its whole buffer. With `borrow` the output is good until the
   * next call of `process`, whether or not others are still under way.
   */
  process(input: ChainInput): Promise<ChainOutput>;
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
      const { records, transfer } = handOver(await read(lookback), this.#spares);
      const request = { ...this.#head(), kind: "lookBack" as const, step, records };
      await this.#worker.call<"done">(request, "look_back", transfer);
    }
  }

  async process(input: ChainInput): Promise<ChainOutput> {
    const { baseOffset, baseTimestamp, borrow = false } = input;
    this.#spares.takeBack();
    const { records, transfer } = handOver(input.records, this.#spares);
    const given = { baseOffset, baseTimestamp, records, borrow };
    const request = { ...this.#head(), kind: "process" as const, input: given };
    const { output, spare } = await this.#worker.call<"output">(request, "process", transfer);
    if (spare !== null) this.#spares.keep(spare);
    if (borrow) this.#spares.lend(output.records.buffer as ArrayBuffer);
    return output;
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
 * Records that fill their buffer travel as they are; of a larger buffer they must be cut out, and memory that belongs
 * to a native library (of lz4, of snappy) must be copied.
 */
function handOver(
  records: Uint8Array,
  spares: SpareBuffers,
): { records: Uint8Array; transfer: ArrayBuffer[] } {
  // Nothing, or what was given away before.
  if (records.byteLength === 0) return { records: new Uint8Array(0), transfer: [] };
  const { buffer } = records;
  if (
    records.byteLength === buffer.byteLength &&
    buffer instanceof ArrayBuffer &&
    !isMarkedAsUntransferable(buffer)
  ) {
    return { records, transfer: [buffer] };
  }
  const own = spares.take(records.length);
  const copy = new Uint8Array(own, 0, records.length);
  copy.set(records);
  return { records: copy, transfer: [own] };
}
