// The loop of a controller: does its round when told that something changed, one round at a time, again if
// something changed meanwhile, and again after a pause if a round failed.
import type { Clock, Timer } from "../../env/types.ts";
import { errorText } from "../../error.ts";
import type { Logger } from "../../logger.ts";

const RETRY_MS = 1000;

export class Loop {
  readonly #name: string;
  readonly #round: () => void | Promise<void>;
  readonly #clock: Clock;
  readonly #log: Logger;
  #running: Promise<void> | undefined;
  #isDirty = false;
  #isStopped = false;
  #retry: Timer | undefined;

  /** `round` must bring everything up to date, whatever was missed. */
  constructor(name: string, round: () => void | Promise<void>, clock: Clock, log: Logger) {
    this.#name = name;
    this.#round = round;
    this.#clock = clock;
    this.#log = log;
  }

  /** Asks for a round; never runs it synchronously. */
  kick(): void {
    if (this.#isStopped) return;
    this.#isDirty = true;
    this.#running ??= this.#run();
  }

  /** Ends the loop; resolves when the round in progress is over. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#retry?.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (this.#isDirty && !this.#isStopped) {
      this.#isDirty = false;
      try {
        await this.#round();
      } catch (error) {
        this.#log.error({ controller: this.#name, error: errorText(error) }, "controller round failed");
        this.#retryLater();
        break;
      }
    }
    this.#running = undefined;
  }

  #retryLater(): void {
    if (this.#isStopped) return;
    this.#retry?.cancel();
    this.#retry = this.#clock.setTimeout(() => this.kick(), RETRY_MS, { background: true });
  }
}
