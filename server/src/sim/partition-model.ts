/**
 * What one partition must hold: every record that was sent has a text of its own, and the model knows which text each
 * offset has, how far the log reached, and how much of that has to be there after the power was cut.
 */

import type { Durability } from "../log/types.ts";
import { SimFailure } from "./world.ts";

export interface FoundRecord {
  readonly offset: bigint;
  readonly text: string;
}

/** What is known of a record that was sent. */
interface Sent {
  /** Where it is stored, once somebody has learned that. */
  offset?: bigint;
  /** Where it was stored when the power was cut. */
  lastOffset?: bigint;
  /** The life of the server in which it was refused. */
  refusedIn?: number;
  /** It is not in the log after a restart, or no longer: it must not come back. */
  isGone?: boolean;
}

export class PartitionModel {
  readonly name: string;
  readonly #durability: Durability;
  readonly #sent = new Map<string, Sent>();
  readonly #texts = new Map<bigint, string>();
  /** When the log was known to reach to which offset; both grow. */
  #reached: { atMs: number; end: bigint }[] = [];
  /** What the next verification must find at least. */
  #floor = 0n;
  #logStart = 0n;
  #startMayFall = false;
  #life = 0;

  constructor(name: string, durability: Durability) {
    this.name = name;
    this.#durability = durability;
  }

  /** Offset after the last record known to be stored. */
  get end(): bigint {
    return this.#reached.at(-1)?.end ?? this.#floor;
  }

  /** Texts of which nobody knows what became of them. */
  get unresolved(): string[] {
    return [...this.#sent]
      .filter(([, { offset, isGone }]) => offset === undefined && !isGone)
      .map(([text]) => text);
  }

  /** The text is about to be sent. */
  send(text: string): void {
    this.#sent.set(text, {});
  }

  /** The server has answered that the records are stored from `base` on. */
  acknowledged(texts: readonly string[], base: bigint, atMs: number): void {
    if (base + BigInt(texts.length) > this.#sent.size) {
      this.#fail(
        `${texts.length} records were acknowledged at ${base}, and only ${this.#sent.size} were sent`,
      );
    }
    texts.forEach((text, at) => {
      this.#place(base + BigInt(at), text, "was acknowledged");
    });
    this.#reach(base + BigInt(texts.length), atMs);
  }

  /** The server has answered that the records are not stored. */
  refused(texts: readonly string[]): void {
    for (const text of texts) {
      const sent = this.#sent.get(text);
      if (sent?.offset !== undefined) this.#fail(`"${text}" was refused, and is stored at ${sent.offset}`);
      if (sent !== undefined) sent.refusedIn = this.#life;
    }
  }

  /** A reader got the records. */
  read(records: readonly FoundRecord[], atMs: number): void {
    for (const { offset, text } of records) this.#place(offset, text, "was read");
    const last = records.at(-1);
    if (last !== undefined) this.#reach(last.offset + 1n, atMs);
  }

  /** The server has ended; all of the log, also what nobody was told of, is safe from anything but a power cut. */
  ended(): void {
    this.#floor = this.end;
  }

  /** The server has closed its logs properly: with any durability but `none`, this is as good as a sync. */
  closed(atMs: number): void {
    if (this.#durability.fsync !== "none")
      this.#reached = [{ atMs: Number.NEGATIVE_INFINITY, end: this.end }];
    else if (this.#reached.length > 0) this.#reach(this.end, atMs);
    this.#floor = this.end;
  }

  /**
   * The power was cut. `syncedMs`: everything stored before that moment has had the time that `interval` may take to
   * bring it to the disk.
   */
  powerCut(syncedMs: number): void {
    switch (this.#durability.fsync) {
      case "always":
        this.#floor = this.end;
        break;
      case "interval":
        this.#floor = this.#reached.findLast(({ atMs }) => atMs <= syncedMs)?.end ?? 0n;
        break;
      case "none":
        this.#floor = 0n;
    }
    this.#reached = this.#reached.filter(({ end }) => end <= this.#floor);
    // The file may be back at any of its former states, those that were undone included; where every write is synced,
    // the start has synced that too.
    for (const [offset, text] of this.#texts) {
      if (offset < this.#floor) continue;
      this.#texts.delete(offset);
      const sent = this.#sent.get(text)!;
      delete sent.offset;
      sent.lastOffset = offset;
    }
    this.#startMayFall = true;
    if (this.#durability.fsync === "always") return;
    for (const sent of this.#sent.values()) if (sent.offset === undefined) sent.isGone = false;
  }

  /** The server runs again, and these are all of its records; nobody has sent anything meanwhile. */
  verify(logStart: bigint, records: readonly FoundRecord[], atMs: number): void {
    this.#life += 1;
    const end = logStart + BigInt(records.length);
    if (end < this.#floor)
      this.#fail(`ends at ${end} after the start, but promised everything to ${this.#floor}`);
    if (logStart < this.#logStart && !this.#startMayFall) {
      this.#fail(`begins at ${logStart} after the start, and began at ${this.#logStart} before`);
    }
    records.forEach(({ offset, text }, at) => {
      if (offset !== logStart + BigInt(at)) this.#fail(`has ${offset} where ${logStart + BigInt(at)} is due`);
      this.#place(offset, text, "was found after the start");
    });
    for (const [offset, text] of this.#texts) {
      if (offset < end) continue;
      this.#texts.delete(offset);
      this.#sent.get(text)!.isGone = true;
    }
    for (const sent of this.#sent.values()) if (sent.offset === undefined) sent.isGone = true;
    this.#logStart = logStart;
    this.#startMayFall = false;
    this.#floor = end;
    this.#reach(end, atMs);
  }

  #place(offset: bigint, text: string, what: string): void {
    const known = this.#texts.get(offset);
    if (known === text) return;
    if (known !== undefined) this.#fail(`"${text}" ${what} at ${offset}, where "${known}" was before`);
    const sent = this.#sent.get(text);
    if (sent === undefined) this.#fail(`"${text}" ${what} at ${offset}, and nobody has sent it`);
    if (sent.isGone) this.#fail(`"${text}" ${what} at ${offset}, and was not in the log before`);
    if (sent.offset !== undefined) this.#fail(`"${text}" ${what} at ${offset}, and also at ${sent.offset}`);
    if (sent.lastOffset !== undefined && sent.lastOffset !== offset) {
      this.#fail(`"${text}" ${what} at ${offset}, and was at ${sent.lastOffset} before`);
    }
    if (sent.refusedIn === this.#life) this.#fail(`"${text}" ${what} at ${offset}, but had been refused`);
    sent.offset = offset;
    this.#texts.set(offset, text);
  }

  #reach(end: bigint, atMs: number): void {
    if (this.#reached.length === 0 || end > this.end) this.#reached.push({ atMs, end });
  }

  #fail(text: string): never {
    throw new SimFailure(`${this.name}: ${text}`);
  }
}
