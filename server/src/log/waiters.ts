/** Those who wait for a mark of the log, or want to hear of every change. */

import type { Clock, Timer } from "../env/index.ts";
import type { Offsets } from "./types.ts";

type Mark = "logEnd" | "highWatermark";

interface Waiter {
  readonly mark: Mark;
  readonly offset: bigint;
  readonly finish: (reached: boolean) => void;
}

export class Waiters {
  readonly #clock: Clock;
  readonly #listeners = new Set<(offsets: Offsets) => void>();
  readonly #waiting = new Set<Waiter>();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  onAdvance(listener: (offsets: Offsets) => void): () => void {
    // A wrapper, so that one function may be registered twice.
    const entry = (offsets: Offsets) => listener(offsets);
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  publish(offsets: Offsets): void {
    for (const waiter of this.#waiting) {
      if (offsets[waiter.mark] >= waiter.offset) waiter.finish(true);
    }
    for (const listener of this.#listeners) listener(offsets);
  }

  waitFor(
    mark: Mark,
    offset: bigint,
    now: Offsets,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<boolean> {
    if (now[mark] >= offset) return Promise.resolve(true);
    if (this.#closed || options.signal?.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const onAbort = () => waiter.finish(false);
      const waiter: Waiter = {
        mark,
        offset,
        finish: (reached) => {
          this.#waiting.delete(waiter);
          timer?.cancel();
          options.signal?.removeEventListener("abort", onAbort);
          resolve(reached);
        },
      };
      this.#waiting.add(waiter);
      if (options.timeoutMs !== undefined) {
        timer = this.#clock.setTimeout(() => waiter.finish(false), options.timeoutMs);
      }
      options.signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiting) waiter.finish(false);
    this.#listeners.clear();
  }
}
