/**
 * What the guests of all threads have of memory, together: every thread keeps its own count where all can see it, and
 * asks before a guest gets more.
 */

/** Bytes a count is kept in: pages of WebAssembly. */
const UNIT = 65_536;

/** A thread's share of the count, as it is handed to the thread. */
export interface MemoryShare {
  /** Units by thread, in shared memory. */
  counts: Int32Array;
  slot: number;
  /** Bytes that all may have together. */
  most: number;
}

/** Takes `bytes` for a guest of this thread; false, and nothing taken, when that would be too much. */
export function takeMemory({ counts, slot, most }: MemoryShare, bytes: number): boolean {
  const units = Math.ceil(bytes / UNIT);
  Atomics.add(counts, slot, units);
  let all = 0;
  for (let i = 0; i < counts.length; i++) all += Atomics.load(counts, i);
  if (all * UNIT <= most) return true;
  Atomics.sub(counts, slot, units);
  return false;
}

/** Gives back what was taken. */
export function giveMemory({ counts, slot }: MemoryShare, bytes: number): void {
  Atomics.sub(counts, slot, Math.ceil(bytes / UNIT));
}

/** Bytes the guests of a thread have. */
export function memoryOf({ counts, slot }: MemoryShare): number {
  return Atomics.load(counts, slot) * UNIT;
}

/** The shares of a number of threads. */
export class MemoryShares {
  readonly #counts: Int32Array;
  readonly #free: number[];
  readonly #most: number;

  constructor(threads: number, most: number) {
    this.#counts = new Int32Array(new SharedArrayBuffer(threads * Int32Array.BYTES_PER_ELEMENT));
    this.#free = Array.from(this.#counts.keys());
    this.#most = most;
  }

  /** A share for a new thread; null when there are as many as there can be. */
  lease(): MemoryShare | null {
    const slot = this.#free.pop();
    return slot === undefined ? null : { counts: this.#counts, slot, most: this.#most };
  }

  /** The thread is gone, and its memory with it. */
  end({ slot }: MemoryShare): void {
    Atomics.store(this.#counts, slot, 0);
    this.#free.push(slot);
  }
}
