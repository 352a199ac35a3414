// Keeps long computations from starving everyone else on the event loop.
import type { Clock } from "../env/index.ts";

/** Time a computation may hold the event loop, in ms. */
const SLICE_MS = 8;

/** Call `breathe` between pieces of work; it gives way to other events when the time slice is used up. */
export class Pacer {
  readonly #clock: Clock;
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.monotonicMs();
  }

  async breathe(): Promise<void> {
    if (this.#clock.monotonicMs() - this.#since < SLICE_MS) return;
    await this.#clock.nextTurn();
    this.#since = this.#clock.monotonicMs();
  }
}
