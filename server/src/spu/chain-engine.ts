// Where the SPU's chains run: in worker threads, so that a module that never ends ends its own stream only, or, for
// simulations, in this thread. What modules print, and how they fail, goes to the SPU's log.
import { promisify } from "node:util";
import { gunzip, gunzipSync } from "node:zlib";
import {
  buildChain,
  type ChainInput,
  type ChainModule,
  type ChainOutput,
  type EngineError,
  loadSmartModule,
  locate,
  type RecordAtFault,
  type SmartModule,
  transformErrorText,
  type WasmFrame,
} from "@smdk/runtime";
import { type AsyncChain, ChainWorkers, GuestLines, inlineChain } from "@smdk/runtime/worker";
import type { Env } from "../env/index.ts";
import { errorText } from "../error.ts";
import type { Logger } from "../logger.ts";

/** Milliseconds a guest may take for one call. */
export const DEFAULT_SMARTMODULE_DEADLINE_MS = 10_000;

/** Bytes of chance that a chain's random numbers come from. */
const SEED_BYTES = 48;

export type ChainEngineOptions = {
  env: Env;
  logger: Logger;
  deadlineMs?: number | undefined;
  /** False runs the chains in this thread, without a deadline. Default true. */
  threads?: boolean | undefined;
};

export class ChainEngine {
  readonly #options: ChainEngineOptions;
  readonly #workers: ChainWorkers | null;

  constructor(options: ChainEngineOptions) {
    const { env, logger, deadlineMs, threads } = options;
    this.#options = options;
    this.#workers =
      threads === false
        ? null
        : new ChainWorkers({
            deadlineMs: deadlineMs ?? DEFAULT_SMARTMODULE_DEADLINE_MS,
            onLine: ({ module, stream, text }) => logger.info({ smartmodule: module, stream }, text),
            nowMs: () => env.clock.nowMs(),
            seed: () => env.random.bytes(SEED_BYTES),
          });
  }

  /** Reads and compiles a module. Throws the engine's error. */
  async load(
    bytes: Uint8Array,
    name: string,
    memoryLimit: number,
    sourceMap: string | null,
  ): Promise<SmartModule> {
    const options = { name, memoryLimit, ...(sourceMap === null ? {} : { sourceMap }) };
    return this.#workers === null ? loadSmartModule(bytes, options) : this.#workers.load(bytes, options);
  }

  /** Decompresses to at most `most` bytes. Throws what zlib throws. */
  async gunzip(bytes: Uint8Array, most: number): Promise<Uint8Array> {
    const options = { maxOutputLength: most };
    return this.#workers === null ? gunzipSync(bytes, options) : promisify(gunzip)(bytes, options);
  }

  /** Builds a chain, to be closed by the caller. Throws the engine's error. */
  async build(steps: readonly ChainModule[], version: number, memoryLimit: number): Promise<AsyncChain> {
    const names = steps.map(({ name }) => name ?? "").join(", ");
    try {
      const chain = await (this.#workers === null
        ? this.#buildHere(steps, version, memoryLimit)
        : this.#workers.build(steps, { version, memoryLimit }));
      return this.#withLog(chain, names, steps);
    } catch (error) {
      this.#failed(names, error, steps);
      throw error;
    }
  }

  close(): void {
    this.#workers?.close();
  }

  async #buildHere(steps: readonly ChainModule[], version: number, memoryLimit: number): Promise<AsyncChain> {
    const { env, logger } = this.#options;
    const lines = new GuestLines((written) => {
      for (const { module, stream, text } of written) logger.info({ smartmodule: module, stream }, text);
    });
    const chain = inlineChain(
      await buildChain(steps, {
        version,
        memoryLimit,
        findRecord: true,
        stdout: (bytes, module) => lines.write("stdout", bytes, module),
        stderr: (bytes, module) => lines.write("stderr", bytes, module),
        now: () => BigInt(env.clock.nowMs()) * 1_000_000n,
        monotonic: () => BigInt(Math.round(env.clock.monotonicMs() * 1e6)),
        random: (bytes) => bytes.set(env.random.bytes(bytes.length)),
      }),
    );
    lines.flush();
    const flush = () => lines.flush();
    return Object.create(chain, {
      process: { value: (input: ChainInput) => chain.process(input).finally(flush) },
      processAll: { value: (inputs: readonly ChainInput[]) => chain.processAll(inputs).finally(flush) },
    }) as AsyncChain;
  }

  #withLog(chain: AsyncChain, names: string, steps: readonly ChainModule[]): AsyncChain {
    // What is asked of a chain that has failed or is closed fails too: that is no news.
    let over = false;
    const failed = (error: unknown): void => {
      if (!over) this.#failed(names, error, steps);
      over = true;
    };
    const rethrown = (error: unknown): never => {
      failed(error);
      throw error;
    };
    const done = (output: ChainOutput): void => {
      if (output.error !== null) this.#reported(names, output.error, output.thrown, steps);
    };
    return {
      length: chain.length,
      get alive() {
        return chain.alive;
      },
      lookBack: (read) => chain.lookBack(read).catch(rethrown),
      process: async (input) => {
        const output = await chain.process(input).catch(rethrown);
        done(output);
        return output;
      },
      processAll: async (inputs) => {
        const all = await chain.processAll(inputs);
        for (const output of all.outputs) done(output);
        if (all.failure !== null) failed(all.failure);
        return all;
      },
      resume: () => chain.resume(),
      metrics: () => chain.metrics(),
      close: () => {
        over = true;
        chain.close();
      },
    };
  }

  /** A module's own error. */
  #reported(
    names: string,
    error: NonNullable<ChainOutput["error"]>,
    thrown: ChainOutput["thrown"],
    steps: readonly ChainModule[],
  ): void {
    const { stage, frames } = thrown ?? { stage: null, frames: [] };
    const { offset, recordKey: key, recordValue: value, hint } = error;
    const fields = {
      ...stageOf(steps, stage, names),
      error: transformErrorText(error),
      ...recordFields({ offset, key, value }),
    };
    const at = place(steps, stage, frames, hint);
    this.#options.logger.error({ ...fields, ...at }, "a SmartModule reported an error");
  }

  #failed(names: string, error: unknown, steps: readonly ChainModule[]): void {
    const { causes = [], frames = [], stage = null, record = null } = error as Partial<EngineError>;
    const reason = [errorText(error), ...causes].join(": ");
    const fields = { ...stageOf(steps, stage, names), reason, ...(record && recordFields(record)) };
    const at = place(steps, stage, frames, reason);
    this.#options.logger.error({ ...fields, ...at }, "a SmartModule failed");
  }
}

/** Bytes of a key or value that a log line shows. */
const EXCERPT_BYTES = 200;

/** The record that a module failed at, as fields of a log line. */
function recordFields({ offset, key, value }: RecordAtFault): {
  offset: string;
  key: string | null;
  value: string;
} {
  const text = (bytes: Uint8Array): string => {
    const shown = new TextDecoder().decode(bytes.subarray(0, EXCERPT_BYTES));
    return bytes.length > EXCERPT_BYTES ? `${shown}… (${bytes.length} bytes)` : shown;
  };
  return { offset: String(offset), key: key === null ? null : text(key), value: text(value) };
}

/** Which module of the chain it was; its number only where there are several. */
function stageOf(
  steps: readonly ChainModule[],
  stage: number | null,
  names: string,
): { smartmodule: string; stage?: string } {
  const smartmodule = steps[stage ?? -1]?.name ?? names;
  return stage === null || steps.length < 2
    ? { smartmodule }
    : { smartmodule, stage: `${stage + 1} of ${steps.length}` };
}

/** Where in the sources of a stage it happened, as fields of a log line; none when that is not known. */
function place(
  steps: readonly ChainModule[],
  stage: number | null,
  frames: readonly WasmFrame[],
  message: string,
): { at?: string; frame?: string } {
  const module = steps[stage ?? -1]?.module;
  const trace = module === undefined || module instanceof Uint8Array ? null : locate(module, frames, message);
  if (trace === null) return {};
  const { file, line, column } = trace.location;
  return { at: `${file}:${line}:${column}`, frame: trace.frame };
}
