/**
 * The read side of the log: finds the segment and the place of an offset, and keeps few closed segments open.
 */

import type { Disk } from "../env/index.ts";
import type { Logger } from "../logger.ts";
import { OffsetIndex } from "./offset-index.ts";
import { damaged, IndexMismatch, locate, type Place, readSlice, type Slice } from "./read.ts";
import { readIndexFile } from "./recovery.ts";
import { scanBatches } from "./scan.ts";
import type { Segment } from "./segment.ts";

/** Closed segments kept open, with their index in memory. */
const MAX_OPEN_CLOSED = 8;
/** Ends of recent reads remembered, so that a sequential reader needs no search. */
const MAX_PLACES = 64;

export interface ReaderSource {
  /** Shared with the log; the last one is the active segment. */
  readonly segments: readonly Segment[];
  readonly disk: Disk;
  readonly indexIntervalBytes: number;
  readonly logger: Logger;
}

export class LogReader {
  readonly #source: ReaderSource;
  /** Where reads ended, by offset. The oldest goes first. */
  readonly #places = new Map<bigint, Place>();
  /** Closed segments that may be open, the one used longest ago first. */
  readonly #recent = new Set<Segment>();

  constructor(source: ReaderSource) {
    this.#source = source;
  }

  /** The segment with the largest base at or before the offset. */
  segmentOf(offset: bigint): Segment {
    const { segments } = this.#source;
    let low = 0;
    let high = segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (segments[middle]!.base <= offset) low = middle;
      else high = middle - 1;
    }
    return segments[low]!;
  }

  /** Whole batches from the one that contains `offset` on; the offset has to be in the log. */
  async read(
    offset: bigint,
    bounds: { readonly maxBytes: number; readonly endOffset: bigint },
  ): Promise<Slice & { readonly endsSegment: boolean }> {
    const segment = this.segmentOf(offset);
    const isClosed = segment !== this.#source.segments.at(-1);
    if (isClosed) this.keepOpen(segment);
    let slice: Slice;
    try {
      slice = await this.#readOnce(segment, offset, bounds);
    } catch (error) {
      if (!(error instanceof IndexMismatch)) throw error;
      slice = await this.#readAnew(segment, offset, bounds);
    }
    if (slice.records.length > 0) this.#remember(slice);
    return { ...slice, endsSegment: isClosed && slice.nextOffset === segment.end };
  }

  #readOnce(
    segment: Segment,
    offset: bigint,
    bounds: { readonly maxBytes: number; readonly endOffset: bigint },
  ): Promise<Slice> {
    const size = segment.bytes;
    return segment.use(async (file) => {
      if (segment.index === undefined) await this.#loadIndex(segment);
      const known = offset === segment.base ? undefined : this.#places.get(offset);
      const place = known ?? (await locate(file, segment, size, offset));
      return readSlice(file, segment, place, { size, ...bounds });
    });
  }

  /** A second try without what was remembered and with a new index. */
  async #readAnew(
    segment: Segment,
    offset: bigint,
    bounds: { readonly maxBytes: number; readonly endOffset: bigint },
  ): Promise<Slice> {
    this.#source.logger.warn({ index: segment.indexPath }, "the index is wrong; making it anew");
    this.#places.delete(offset);
    await this.#rebuildIndex(segment);
    try {
      return await this.#readOnce(segment, offset, bounds);
    } catch (error) {
      throw error instanceof IndexMismatch ? damaged(segment, error.message) : error;
    }
  }

  #remember(slice: Slice): void {
    const { nextOffset, endPosition } = slice;
    this.#places.delete(nextOffset);
    this.#places.set(nextOffset, { position: endPosition, offset: nextOffset });
    if (this.#places.size > MAX_PLACES) {
      for (const oldest of this.#places.keys()) {
        this.#places.delete(oldest);
        break;
      }
    }
  }

  async #loadIndex(segment: Segment): Promise<void> {
    const { disk, indexIntervalBytes } = this.#source;
    const index = await readIndexFile(disk, segment.indexPath, segment.bytes, {
      intervalBytes: indexIntervalBytes,
    });
    segment.index ??= index;
    if (segment.index === undefined) await this.#rebuildIndex(segment);
  }

  async #rebuildIndex(segment: Segment): Promise<void> {
    const { segments, indexIntervalBytes } = this.#source;
    // That of the active segment has never left the memory.
    if (segment === segments.at(-1)) return;
    const index = new OffsetIndex(indexIntervalBytes);
    const { base, bytes: size } = segment;
    await segment.use((file) =>
      scanBatches(file, { size, base, position: 0, offset: base, verifyCrc: false, index }),
    );
    segment.index = index;
    segment.indexBytes = index.usedBytes;
    await segment.rewriteIndexFile();
  }

  /** Takes a closed segment among those kept open, in place of the one used longest ago. */
  keepOpen(segment: Segment): void {
    this.#recent.delete(segment);
    this.#recent.add(segment);
    for (const candidate of this.#recent) {
      if (this.#recent.size <= MAX_OPEN_CLOSED) break;
      if (candidate === segment || candidate.inUse) continue;
      this.#recent.delete(candidate);
      candidate.index = undefined;
      candidate.release().catch((error) => {
        this.#source.logger.warn({ err: error }, "could not close a segment file");
      });
    }
  }

  /** The segment is gone, or active again. */
  forget(segment: Segment): void {
    this.#recent.delete(segment);
  }

  /** Positions have changed. */
  forgetPlaces(): void {
    this.#places.clear();
  }
}
