/**
 * The sparse index of a segment: pairs of an offset, relative to the segment's base, and the position of the
 * batch that begins with it. On disk: 8 bytes per entry, two big-endian u32; a zero position means "unused".
 */

export const INDEX_ENTRY_BYTES = 8;
/** Size that the index file of the active segment is extended to (sparsely), as Fluvio maps it as a whole. */
export const INDEX_FILE_BYTES = 10_485_760;
/** A segment closes before an offset outgrows its entry. */
export const MAX_RELATIVE_OFFSET = 0xffff_ffff;

/** A place to come back to when an append has to be undone. */
export interface IndexMark {
  readonly count: number;
  readonly sinceLast: number;
}

export class OffsetIndex {
  readonly #intervalBytes: number;
  #entries = new Uint32Array(16);
  #count = 0;
  /** Bytes of log since the last entry, by Fluvio's count: the batch that got the entry is not part of it. */
  #sinceLast = 0;

  constructor(intervalBytes: number) {
    this.#intervalBytes = intervalBytes;
  }

  get count(): number {
    return this.#count;
  }

  get usedBytes(): number {
    return this.#count * INDEX_ENTRY_BYTES;
  }

  /**
   * Takes note of the next batch, and enters it when enough bytes have gone by since the last entry. A walk may
   * begin with the batch of the last entry.
   */
  add(relativeOffset: number, position: number, batchBytes: number): void {
    if (this.#count > 0 && this.#entries[this.#count * 2 - 1] === position) return;
    if (this.#sinceLast < this.#intervalBytes) {
      this.#sinceLast += batchBytes;
      return;
    }
    this.#push(relativeOffset, position);
    this.#sinceLast = 0;
  }

  #push(relativeOffset: number, position: number): void {
    const at = this.#count * 2;
    if (at === this.#entries.length) {
      const grown = new Uint32Array(this.#entries.length * 2);
      grown.set(this.#entries);
      this.#entries = grown;
    }
    this.#entries[at] = relativeOffset;
    this.#entries[at + 1] = position;
    this.#count += 1;
  }

  mark(): IndexMark {
    return { count: this.#count, sinceLast: this.#sinceLast };
  }

  reset(mark: IndexMark): void {
    this.#count = mark.count;
    this.#sinceLast = mark.sinceLast;
  }

  /** The last entry at or before the offset; the start of the segment when there is none. */
  lookup(relativeOffset: number): { readonly relativeOffset: number; readonly position: number } {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entries[middle * 2]! <= relativeOffset) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? { relativeOffset: 0, position: 0 } : this.entry(low - 1);
  }

  entry(at: number): { readonly relativeOffset: number; readonly position: number } {
    return { relativeOffset: this.#entries[at * 2]!, position: this.#entries[at * 2 + 1]! };
  }

  /** The file form of the entries from `first` on. */
  encode(first = 0): Uint8Array {
    const bytes = new Uint8Array((this.#count - first) * INDEX_ENTRY_BYTES);
    const view = new DataView(bytes.buffer);
    for (let at = first * 2; at < this.#count * 2; at++)
      view.setUint32((at - first * 2) * 4, this.#entries[at]!);
    return bytes;
  }

  /**
   * Reads the file form. Undefined when the entries are not strictly growing or point outside of a log of
   * `logBytes`: such an index has to be made anew.
   */
  static decode(bytes: Uint8Array, logBytes: number, intervalBytes: number): OffsetIndex | undefined {
    if (bytes.length % INDEX_ENTRY_BYTES !== 0) return undefined;
    const index = new OffsetIndex(intervalBytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let lastOffset = 0;
    let lastPosition = 0;
    for (let at = 0; at < bytes.length; at += INDEX_ENTRY_BYTES) {
      const relativeOffset = view.getUint32(at);
      const position = view.getUint32(at + 4);
      if (position === 0) break;
      if (position <= lastPosition || relativeOffset <= lastOffset || position >= logBytes) return undefined;
      index.#push(relativeOffset, position);
      lastOffset = relativeOffset;
      lastPosition = position;
    }
    return index;
  }
}
