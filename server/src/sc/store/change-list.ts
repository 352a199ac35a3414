// The recent history of a store: one entry per key, newest last, so that "what changed since epoch E" costs as
// much as the answer is long. Deleted keys are remembered up to a limit; beyond it a reader must start afresh.

interface Entry<D> {
  readonly key: string;
  epoch: number;
  /** What was deleted, or undefined while the object lives. */
  dead: D | undefined;
  previous: Entry<D> | undefined;
  next: Entry<D> | undefined;
}

export class ChangeList<D extends object> {
  readonly #entries = new Map<string, Entry<D>>();
  readonly #keepDead: number;
  #newest: Entry<D> | undefined;
  #oldest: Entry<D> | undefined;
  #deadCount = 0;
  #fence = 0;

  /** `keepDead`: how many deletions are remembered. */
  constructor(keepDead: number) {
    this.#keepDead = keepDead;
  }

  /** Readers that saw less than this epoch may have missed a deletion. */
  get fence(): number {
    return this.#fence;
  }

  /** Records that `key` changed at `epoch`, which is greater than any before; `dead` if it was deleted. */
  record(key: string, epoch: number, dead?: D): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#append({ key, epoch, dead, previous: undefined, next: undefined });
    } else {
      this.#unlink(entry);
      if (entry.dead !== undefined) this.#deadCount -= 1;
      entry.epoch = epoch;
      entry.dead = dead;
      this.#append(entry);
    }
    if (dead === undefined) return;
    this.#deadCount += 1;
    if (this.#deadCount > this.#keepDead) this.#forgetOldestDead();
  }

  /** Keys changed after `epoch`, oldest change first. Only complete if `epoch >= fence`. */
  since(epoch: number): { key: string; dead: D | undefined }[] {
    const found: { key: string; dead: D | undefined }[] = [];
    for (let entry = this.#newest; entry !== undefined && entry.epoch > epoch; entry = entry.previous) {
      found.push({ key: entry.key, dead: entry.dead });
    }
    return found.reverse();
  }

  #append(entry: Entry<D>): void {
    entry.previous = this.#newest;
    entry.next = undefined;
    if (this.#newest !== undefined) this.#newest.next = entry;
    this.#newest = entry;
    this.#oldest ??= entry;
    this.#entries.set(entry.key, entry);
  }

  #unlink(entry: Entry<D>): void {
    if (entry.previous === undefined) this.#oldest = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next === undefined) this.#newest = entry.previous;
    else entry.next.previous = entry.previous;
  }

  #forgetOldestDead(): void {
    let entry = this.#oldest;
    while (entry !== undefined && entry.dead === undefined) entry = entry.next;
    if (entry === undefined) return;
    this.#unlink(entry);
    this.#entries.delete(entry.key);
    this.#deadCount -= 1;
    this.#fence = entry.epoch;
  }
}
