// Feeds a stream's chain with the stored batches, a few at a time: while its thread works on one, the next is already
// waiting there, and the one before is being sent.
import { batches, readBatchHeader } from "@smdk/protocol";
import type { AsyncChain } from "@smdk/runtime/worker";
import { type ChainOutput, runBatch, runLeadIn } from "./chain.ts";

/** Batches that the chain has been given and nobody has asked for yet. */
const BATCHES_AHEAD = 3;

/** Stored batches, and whether a segment of the log ends with them. */
export type FeedInput = { records: Uint8Array; endsSegment: boolean };

/** What the chain made of the batch whose part from offset `at` on it was given. */
export type Fed = {
  at: bigint;
  /** Bytes of the stored batch. */
  bytes: number;
  /** Whether it was the last one of its segment. */
  endsSegment: boolean;
  output: Promise<ChainOutput>;
};

export class ChainFeed {
  readonly #chain: AsyncChain;
  readonly #read: (offset: bigint, end: bigint) => Promise<FeedInput>;
  /** In the order of their offsets. */
  #fed: Fed[] = [];
  #input: FeedInput | null = null;
  /** Where in the input the next batch begins. */
  #starts: number[] = [];
  /** Offset after what the chain has been given; -1 before it was given anything. */
  #next = -1n;

  /** `read` gives stored batches from an offset on, none at or after `end`. */
  constructor(chain: AsyncChain, read: (offset: bigint, end: bigint) => Promise<FeedInput>) {
    this.#chain = chain;
    this.#read = read;
  }

  /**
   * The batch at `offset`, the same one until `taken` is called; null when there is none before `end`. A reader that
   * asks for another offset than the one after what it took last begins anew there. Throws what reading throws.
   */
  async at(offset: bigint, end: bigint): Promise<Fed | null> {
    if (this.#fed.length > 0 && this.#fed[0]!.at !== offset) this.#fed = [];
    if (this.#fed.length === 0) {
      if (this.#starts.length === 0 || this.#next !== offset) await this.#open(offset, end);
      if (this.#starts.length === 0) return null;
    }
    while (this.#fed.length < BATCHES_AHEAD && this.#starts.length > 0) this.#feed();
    return this.#fed[0]!;
  }

  /** The batch that `at` gave has been made use of. */
  taken(): void {
    this.#fed.shift();
  }

  /** Lets go of what has been read and not been given to the chain: the reader pauses. */
  pause(): void {
    this.#input = null;
    this.#starts = [];
  }

  async #open(offset: bigint, end: bigint): Promise<void> {
    this.pause();
    const first = this.#next === -1n;
    this.#next = offset;
    const input = await this.#read(offset, end);
    this.#input = input;
    for (const { start } of batches(input.records)) this.#starts.push(start);
    if (!first || this.#starts.length === 0) return;
    const header = readBatchHeader(input.records, this.#starts[0]!);
    if (offset > header.baseOffset) await runLeadIn(this.#chain, input.records, header, offset);
  }

  #feed(): void {
    const { records, endsSegment } = this.#input!;
    const header = readBatchHeader(records, this.#starts.shift()!);
    const at = this.#next;
    const output = runBatch(this.#chain, records, header, header.baseOffset, at);
    // Whoever asks for it learns of a failure; nobody may.
    output.catch(() => {});
    const isLast = this.#starts.length === 0;
    this.#fed.push({ at, bytes: header.totalLength, endsSegment: isLast && endsSegment, output });
    this.#next = header.baseOffset + BigInt(header.lastOffsetDelta) + 1n;
    if (isLast) this.#input = null;
  }
}
