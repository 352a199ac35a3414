// Where the SPU's chains run: in worker threads, so that a module that never ends ends its own stream only, or, for
// simulations, in this thread. What modules print, and how they fail, goes to the SPU's log.
import { buildChain, type ChainInput, type ChainModule, transformErrorText } from "@smdk/runtime";
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

  /** Builds a chain, to be closed by the caller. Throws the engine's error. */
  async build(steps: readonly ChainModule[], version: number, memoryLimit: number): Promise<AsyncChain> {
    const names = steps.map(({ name }) => name ?? "").join(", ");
    try {
      const chain = await (this.#workers === null
        ? this.#buildHere(steps, version, memoryLimit)
        : this.#workers.build(steps, { version, memoryLimit }));
      return this.#withLog(chain, names);
    } catch (error) {
      this.#failed(names, error);
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
    }) as AsyncChain;
  }

  #withLog(chain: AsyncChain, names: string): AsyncChain {
    const failed = (error: unknown): never => {
      this.#failed(names, error);
      throw error;
    };
    return {
      length: chain.length,
      get alive() {
        return chain.alive;
      },
      lookBack: (read) => chain.lookBack(read).catch(failed),
      process: (input) =>
        chain.process(input).then((output) => {
          if (output.error !== null) {
            const error = transformErrorText(output.error);
            this.#options.logger.error({ smartmodule: names, error }, "a SmartModule reported an error");
          }
          return output;
        }, failed),
      metrics: () => chain.metrics(),
      close: () => chain.close(),
    };
  }

  #failed(smartmodule: string, error: unknown): void {
    const causes = (error as { causes?: readonly string[] }).causes ?? [];
    const reason = [errorText(error), ...causes].join(": ");
    this.#options.logger.error({ smartmodule, reason }, "a SmartModule failed");
  }
}
