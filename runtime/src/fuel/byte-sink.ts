/** A growing piece of a rewritten binary that remembers how positions in it relate to the original. */
import type { OffsetShift } from "../wasm/limit.ts";

export class ByteSink {
  readonly shifts: OffsetShift[] = [];
  #bytes: Uint8Array;
  #length = 0;
  readonly #source: Uint8Array;

  constructor(source: Uint8Array, capacity = source.length * 2 + 1024) {
    this.#source = source;
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** New bytes. Positions in them stand for `original`. */
  put(bytes: ArrayLike<number>, original: number): void {
    this.#anchor(original);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** The original's bytes from `start` to `end`. */
  copy(start: number, end: number): void {
    if (start === end) return;
    this.#anchor(start);
    this.#reserve(end - start);
    this.#bytes.set(this.#source.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  /** Another sink's content; its shifts come along. */
  append(other: ByteSink): void {
    for (const { at, delta } of other.shifts) this.#shift(this.#length + at, delta + this.#length);
    this.#reserve(other.length);
    this.#bytes.set(other.bytes, this.#length);
    this.#length += other.length;
  }

  #anchor(original: number): void {
    this.#shift(this.#length, this.#length - original);
  }

  #shift(at: number, delta: number): void {
    const last = this.shifts.at(-1);
    if (last?.delta === delta) return;
    if (last?.at === at) this.shifts.pop();
    this.shifts.push({ at, delta });
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    larger.set(this.bytes);
    this.#bytes = larger;
  }
}
