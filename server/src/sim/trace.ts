/** What happened in a run: a hash over all of it, and the last events in words. */

import { createHash } from "node:crypto";

/** Hashed in lots, since most of the cost is per call. */
const LOT = 256;

export class Trace {
  readonly #hash = createHash("sha256");
  readonly #kept: number;
  readonly #last: string[] = [];
  #lot: string[] = [];
  #count = 0;

  /** `kept`: how many of the last events are kept in words. */
  constructor(kept: number) {
    this.#kept = kept;
  }

  /** Takes note of an event. */
  add(atMs: number, event: string): void {
    const line = `${atMs.toFixed(3)} ${event}`;
    this.#count += 1;
    this.#lot.push(line);
    if (this.#lot.length === LOT) this.#hashLot();
    this.#last.push(line);
    if (this.#last.length > this.#kept) this.#last.shift();
  }

  get count(): number {
    return this.#count;
  }

  /** The last events, oldest first. */
  get last(): readonly string[] {
    return this.#last;
  }

  /** Hash of all events so far; equal for two runs of one seed. */
  digest(): string {
    this.#hashLot();
    return this.#hash.copy().digest("hex");
  }

  #hashLot(): void {
    for (const line of this.#lot) this.#hash.update(`${line}\n`);
    this.#lot = [];
  }
}
