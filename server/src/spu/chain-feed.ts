// Feeds a stream's chain with the stored batches, several at a time: its thread has the next ones already while the
// ones before are being sent, and small batches do not each pay for their way to the thread and back.
import { batches, readBatchHeader } from "@smdk/protocol";
import type { ChainInput } from "@smdk/runtime";
import type { AsyncChain, ChainOutputs } from "@smdk/runtime/worker";
import { type ChainBatch, type ChainOutput, chainBatch, chainOutput, runLeadIn } from "./chain.ts";

/** Groups of batches that the chain has at a time. */
const GROUPS_AHEAD = 2;
/** Stored bytes after which a group ends, and batches it has at most. */
const GROUP_BYTES = 128 * 1024;
const MAX_GROUP = 64;
/** Groups become larger while the modules take less than this (ms) for them, and smaller when they take more than that. */
const QUICK_MS = 4;
const SLOW_MS = 16;

/** Stored batches, and whether a segment of the log ends with them. */
export type FeedInput = { records: Uint8Array; endsSegment: boolean };

/** A batch from offset `at` on, and what the chain makes of it. */
export type Fed = {
  at: bigint;
  /** Bytes of the stored batch. */
  bytes: number;
  /** Whether it was the last one of its segment. */
  endsSegment: boolean;
  /** Rejects with the engine's error, or a RecordError. */
  output: Promise<ChainOutput>;
};

export class ChainFeed {
  readonly #chain: AsyncChain;
  readonly #read: (offset: bigint, end: bigint) => Promise<FeedInput>;
  /** In the order of their offsets. */
  #fed: Fed[] = [];
  #input: FeedInput | null = null;
  /** Where in the input the next batches begin. */
  #starts: number[] = [];
  /** Offset after what the chain has been given; -1 before it was given anything. */
  #next = -1n;
  /** Groups that are not answered yet. */
  #groups = 0;
  /** Batches of the next group. */
  #groupSize = 1;

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
    while (this.#starts.length > 0 && (this.#fed.length === 0 || this.#groups < GROUPS_AHEAD)) this.#feed();
    return this.#fed[0]!;
  }

  /** The batch that `at` gave has been made use of. Behind an error nothing has been done. */
  taken(error: boolean): void {
    this.#fed.shift();
    if (!error) return;
    this.#fed = [];
    this.pause();
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
    this.#chain.resume();
    const input = await this.#read(offset, end);
    this.#input = input;
    for (const { start } of batches(input.records)) this.#starts.push(start);
    if (!first || this.#starts.length === 0) return;
    const header = readBatchHeader(input.records, this.#starts[0]!);
    if (offset > header.baseOffset) await runLeadIn(this.#chain, input.records, header, offset);
  }

  /** Gives the chain the next group. */
  #feed(): void {
    const { records, endsSegment } = this.#input!;
    const group: { batch: ChainBatch; fed: Omit<Fed, "output"> }[] = [];
    let unreadable: Fed | null = null;
    let bytes = 0;
    while (group.length < this.#groupSize && bytes < GROUP_BYTES && this.#starts.length > 0) {
      const header = readBatchHeader(records, this.#starts.shift()!);
      const isLast = endsSegment && this.#starts.length === 0;
      const fed = { at: this.#next, bytes: header.totalLength, endsSegment: isLast };
      bytes += fed.bytes;
      this.#next = header.baseOffset + BigInt(header.lastOffsetDelta) + 1n;
      try {
        group.push({ batch: chainBatch(records, header, header.baseOffset, fed.at), fed });
      } catch (error) {
        unreadable = { ...fed, output: Promise.reject(error) };
        this.#starts = [];
      }
    }
    if (this.#starts.length === 0) this.#input = null;
    const all = this.#run(group.flatMap(({ batch }) => batch.given ?? []));
    let place = 0;
    for (const { batch, fed } of group) {
      const index = batch.given === null ? null : place++;
      this.#push({ ...fed, output: all.then((outputs) => outputOf(batch, outputs, index)) });
    }
    if (unreadable !== null) this.#push(unreadable);
  }

  #push(fed: Fed): void {
    // Whoever asks for it learns of a failure; nobody may.
    fed.output.catch(() => {});
    this.#fed.push(fed);
  }

  async #run(inputs: readonly ChainInput[]): Promise<ChainOutputs> {
    this.#groups++;
    const all = await this.#chain.processAll(inputs);
    this.#groups--;
    if (all.ms > SLOW_MS) this.#groupSize = Math.max(1, this.#groupSize >> 1);
    else if (all.ms < QUICK_MS) this.#groupSize = Math.min(MAX_GROUP, this.#groupSize * 2);
    return all;
  }
}

/** What a group's outputs say of one of its batches: the one at `index`, or one that the chain was not given. */
function outputOf(batch: ChainBatch, { outputs, failure }: ChainOutputs, index: number | null): ChainOutput {
  if (index === null) return chainOutput(batch, null);
  const output = outputs[index];
  if (output !== undefined) return chainOutput(batch, output);
  throw failure ?? new Error("the chain has ended with an error before");
}
