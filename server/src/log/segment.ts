/** One segment: a log file with its index, and the shared use of its descriptor. */

import { join } from "node:path";
import type { Disk, File } from "../env/index.ts";
import { INDEX_FILE_BYTES, OffsetIndex } from "./offset-index.ts";

const LOG_FILE = /^(\d{20})\.log$/;
/** What recovery takes out of a log file is kept under the file's name with this behind it. */
export const CUT_SUFFIX = ".cut";
/** A closed index file is never empty: Fluvio maps at least one (unused) entry. */
const SMALLEST_INDEX_FILE_BYTES = 8;

/** `<20-digit base offset>.log` or `.index`. */
export function segmentFileName(base: bigint, extension: "log" | "index"): string {
  return `${base.toString().padStart(20, "0")}.${extension}`;
}

/** Base offset of a log file's name; undefined for other files. */
export function baseOffsetOf(fileName: string): bigint | undefined {
  const match = LOG_FILE.exec(fileName);
  return match ? BigInt(match[1]!) : undefined;
}

export class Segment {
  readonly base: bigint;
  readonly logPath: string;
  readonly indexPath: string;
  /** Bytes of the log file that count; behind them may lie the remains of a failed append. */
  bytes: number;
  /** Offset after the last batch. */
  end: bigint;
  /** Last append, ms since the epoch. */
  modifiedMs: number;
  /** Used bytes of the index, also while it is not in memory. */
  indexBytes: number;
  /** In memory for the active segment and those read lately. */
  index: OffsetIndex | undefined;
  /** Entries of `index` that the file has already. */
  #indexOnDisk = 0;

  readonly #disk: Disk;
  #file: Promise<File> | undefined;
  #users = 0;
  #retired = false;

  constructor(
    disk: Disk,
    directory: string,
    base: bigint,
    state: { bytes: number; end: bigint; modifiedMs: number; indexBytes: number; index?: OffsetIndex },
  ) {
    this.#disk = disk;
    this.base = base;
    this.logPath = join(directory, segmentFileName(base, "log"));
    this.indexPath = join(directory, segmentFileName(base, "index"));
    this.bytes = state.bytes;
    this.end = state.end;
    this.modifiedMs = state.modifiedMs;
    this.indexBytes = state.indexBytes;
    this.index = state.index;
    this.#indexOnDisk = state.index?.count ?? 0;
  }

  /** A segment without files yet. */
  static empty(
    disk: Disk,
    directory: string,
    base: bigint,
    settings: { intervalBytes: number; nowMs: number },
  ): Segment {
    return new Segment(disk, directory, base, {
      bytes: 0,
      end: base,
      modifiedMs: settings.nowMs,
      indexBytes: 0,
      index: new OffsetIndex(settings.intervalBytes),
    });
  }

  /** Makes the files of an empty segment; what a failed attempt left under their names is dropped. */
  async makeFiles(): Promise<void> {
    const log = await this.#disk.open(this.logPath, "create");
    this.#file = Promise.resolve(log);
    await log.truncate(0);
    await this.prepareIndexFile();
  }

  /** Whether the log file is held open. */
  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  get inUse(): boolean {
    return this.#users > 0;
  }

  /** Runs with the open log file, which stays open at least until then. */
  async use<T>(run: (file: File) => Promise<T>): Promise<T> {
    this.#users += 1;
    try {
      if (this.#file === undefined) {
        this.#file = this.#disk.open(this.logPath, "write");
        this.#file.catch(() => {
          this.#file = undefined;
        });
      }
      return await run(await this.#file);
    } finally {
      this.#users -= 1;
      if (this.#retired && this.#users === 0) await this.#closeFile();
    }
  }

  /** Closes the file as soon as nobody uses it; the next use opens it again. */
  async release(): Promise<void> {
    if (this.#users === 0) await this.#closeFile();
  }

  /** As `release`, and for good once the present users are done. */
  async retire(): Promise<void> {
    this.#retired = true;
    await this.release();
  }

  /**
   * Closes and deletes the segment. The log file goes first: on start, an index without its log is dropped, and a
   * log without its index is a log.
   */
  async remove(): Promise<void> {
    await this.retire();
    await this.#disk.remove(this.logPath);
    await this.#disk.remove(this.indexPath);
    await this.#disk.remove(this.logPath + CUT_SUFFIX);
  }

  async #closeFile(): Promise<void> {
    const opened = this.#file;
    this.#file = undefined;
    await (await opened?.catch(() => undefined))?.close();
  }

  /** Brings the index file of the active segment to its full (sparse) size with the entries there are. */
  async prepareIndexFile(): Promise<void> {
    await this.#writeIndexFile(async (file) => {
      await file.truncate(0);
      if (this.index !== undefined && this.index.count > 0) await file.write(this.index.encode(), 0);
      await file.truncate(INDEX_FILE_BYTES);
    });
    this.#indexOnDisk = this.index?.count ?? 0;
  }

  /** Entries not yet in the file. A crash loses no more than those, and opening the log makes them anew. */
  get pendingIndexEntries(): number {
    return (this.index?.count ?? 0) - this.#indexOnDisk;
  }

  async flushIndex(): Promise<void> {
    const { index } = this;
    if (index === undefined || index.count <= this.#indexOnDisk) return;
    const from = this.#indexOnDisk;
    const { count } = index;
    await this.#writeIndexFile((file) => file.write(index.encode(from), from * 8));
    this.#indexOnDisk = count;
  }

  /** Tells the segment that its index was set back, so that later entries overwrite those in the file. */
  indexWasReset(): void {
    this.#indexOnDisk = Math.min(this.#indexOnDisk, this.index?.count ?? 0);
    this.indexBytes = this.index?.usedBytes ?? 0;
  }

  /** Writes what is missing and takes the file to the size it has in a closed segment. */
  async finishIndexFile(): Promise<void> {
    const { index } = this;
    if (index === undefined) return;
    await this.flushIndex();
    await this.#writeIndexFile((file) => file.truncate(Math.max(index.usedBytes, SMALLEST_INDEX_FILE_BYTES)));
  }

  /** Replaces the index file of a closed segment. */
  async rewriteIndexFile(): Promise<void> {
    this.#indexOnDisk = 0;
    await this.#writeIndexFile((file) => file.truncate(0));
    await this.finishIndexFile();
  }

  async #writeIndexFile(run: (file: File) => Promise<void>): Promise<void> {
    const file = await this.#disk.open(this.indexPath, "create");
    try {
      await run(file);
    } finally {
      await file.close();
    }
  }
}
