/** The partition log: segments in a directory, one writer, any number of readers. */

import { basename, dirname } from "node:path";
import type { Clock, Disk, Env, Timer } from "../env/index.ts";
import { errorText } from "../error.ts";
import { emit } from "../events.ts";
import type { Logger } from "../logger.ts";
import { Appender } from "./appender.ts";
import { Checkpoint } from "./checkpoint.ts";
import { closedError, type LogError, OffsetOutOfRangeError } from "./error.ts";
import { Mutex } from "./mutex.ts";
import { OffsetIndex } from "./offset-index.ts";
import { LogReader } from "./reader.ts";
import { checkRecordSets } from "./record-set.ts";
import { recoverLog } from "./recovery.ts";
import { expiredSegments } from "./retention.ts";
import { scanBatches } from "./scan.ts";
import type { Segment } from "./segment.ts";
import type {
  AppendResult,
  CleanResult,
  Durability,
  LogOptions,
  Offsets,
  PartitionLog,
  ReadRequest,
  ReadResult,
  RecoveryReport,
} from "./types.ts";
import { Waiters } from "./waiters.ts";

/** Fluvio's defaults, where it has one. */
export const LOG_DEFAULTS = {
  segmentBytes: 1_073_741_824,
  maxPartitionBytes: 107_374_182_400,
  retentionMs: 604_800_000,
  indexIntervalBytes: 4096,
  maxBatchBytes: 33_554_432,
  cleanIntervalMs: 10_000,
  durability: { fsync: "none" } as Durability,
  highWatermarkFollows: true,
} as const;

/** Positions and segment sizes are u32 in the index. */
const MAX_SEGMENT_BYTES = 0xffff_ffff;
const MAX_READ_BYTES = 64 * 1024 * 1024;
const CHECKPOINT_DELAY_MS = 1000;

/**
 * Opens (or makes) the log in a directory, recovering it first if need be. The directory must not be open a
 * second time, in this process or another.
 */
export async function openLog(
  env: Pick<Env, "clock" | "disk">,
  directory: string,
  options: LogOptions,
  logger: Logger,
): Promise<PartitionLog> {
  const settings = { ...LOG_DEFAULTS, name: basename(directory), ...options };
  settings.segmentBytes = Math.min(Math.max(settings.segmentBytes, 1), MAX_SEGMENT_BYTES);
  const { segments, report } = await recoverLog(env.disk, directory, {
    intervalBytes: settings.indexIntervalBytes,
    nowMs: env.clock.nowMs(),
  });
  const checkpoint = await Checkpoint.open(env.disk, directory);
  if (settings.durability.fsync !== "none") {
    // A run that was killed may have written what it never synced, and readers are about to see it.
    await segments.at(-1)!.use((file) => file.sync());
    // Files are only as durable as their names.
    await env.disk.syncDirectory(directory);
    await env.disk.syncDirectory(dirname(directory));
  }
  const ownLogger = logger.child({ log: settings.name });
  if (report.cutReason !== undefined || report.rebuiltIndexes > 0) {
    ownLogger.warn({ ...report }, "recovered the log to its longest valid prefix");
  }
  emit("log:recover", () => ({ log: settings.name, cutBytes: report.cutBytes, leo: report.logEnd }));
  return new DiskLog(env, directory, settings, { segments, report, checkpoint, logger: ownLogger });
}

type Settings = Required<LogOptions>;

class DiskLog implements PartitionLog {
  readonly name: string;
  readonly directory: string;
  readonly recovery: RecoveryReport;
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #disk: Disk;
  readonly #logger: Logger;
  readonly #segments: Segment[];
  readonly #checkpoint: Checkpoint;
  readonly #appender: Appender;
  readonly #reader: LogReader;
  readonly #waiters: Waiters;
  readonly #mutex = new Mutex();
  /** Segments that retention took out of sight and that are not off the disk yet, oldest first. */
  readonly #expired: Segment[] = [];
  #offsets: Offsets;
  #outOfStorage = false;
  #isFailing = false;
  #closing: Promise<void> | undefined;
  #checkpointTimer: Timer | undefined;
  #syncTimer: Timer | undefined;
  #cleanTimer: Timer | undefined;

  constructor(
    env: Pick<Env, "clock" | "disk">,
    directory: string,
    settings: Settings,
    opened: { segments: Segment[]; report: RecoveryReport; checkpoint: Checkpoint; logger: Logger },
  ) {
    this.name = settings.name;
    this.directory = directory;
    this.recovery = opened.report;
    this.#settings = settings;
    this.#clock = env.clock;
    this.#disk = env.disk;
    this.#logger = opened.logger;
    this.#segments = opened.segments;
    this.#checkpoint = opened.checkpoint;
    this.#waiters = new Waiters(env.clock);
    const { logStart, logEnd } = opened.report;
    const stored = opened.checkpoint.stored ?? 0n;
    const highWatermark = settings.highWatermarkFollows ? logEnd : clamp(stored, logStart, logEnd);
    this.#offsets = { logStart, highWatermark, logEnd };
    this.#appender = this.#makeAppender();
    this.#reader = new LogReader({
      segments: opened.segments,
      disk: env.disk,
      indexIntervalBytes: settings.indexIntervalBytes,
      logger: opened.logger,
    });
    this.#scheduleClean();
  }

  get offsets(): Offsets {
    return this.#offsets;
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes + segment.indexBytes, 0);
  }

  get outOfStorage(): boolean {
    return this.#outOfStorage;
  }

  #makeAppender(): Appender {
    const settings = this.#settings;
    return new Appender({
      name: this.name,
      directory: this.directory,
      disk: this.#disk,
      clock: this.#clock,
      segments: this.#segments,
      segmentBytes: settings.segmentBytes,
      indexIntervalBytes: settings.indexIntervalBytes,
      syncEveryWrite: settings.durability.fsync === "always",
      syncOnRoll: settings.durability.fsync !== "none",
      exclusive: (work) => this.#mutex.run(work),
      appended: (group) => {
        this.#outOfStorage = false;
        this.#isFailing = false;
        if (group.batches === 0) return;
        for (const segment of group.closed) {
          this.#reader.keepOpen(segment);
          emit("log:roll", () => ({ log: this.name, baseOffset: segment.end }));
        }
        const { batches, bytes, writes } = group;
        emit("log:append", () => ({ log: this.name, batches, bytes, writes }));
        this.#scheduleSync();
        this.#setLogEnd();
      },
      failed: (error: LogError) => {
        this.#outOfStorage = error.code === "SMDK_LOG_DISK_FULL";
        // A full disk fails every append of every client: one line is enough until one works again.
        const level = this.#isFailing ? "debug" : "error";
        this.#isFailing = true;
        this.#logger[level]({ err: error }, "an append failed and was undone");
        emit("log:append-failed", () => ({ log: this.name, error: error.message }));
      },
      indexFailed: (error) => {
        this.#logger.warn({ err: error }, "could not write the index; opening the log again makes it anew");
      },
    });
  }

  async append(
    records: Uint8Array | readonly Uint8Array[],
    options: { readonly keepOffsets?: boolean } = {},
  ): Promise<AppendResult> {
    if (this.#closing !== undefined) throw closedError(this.name);
    const { maxBatchBytes, segmentBytes } = this.#settings;
    const recordSets = records instanceof Uint8Array ? [records] : records;
    const batches = checkRecordSets(recordSets, Math.min(maxBatchBytes, segmentBytes));
    if (batches.length === 0) {
      const { logEnd } = this.#offsets;
      return { baseOffset: logEnd, logEnd, batches: 0, bytes: 0 };
    }
    return this.#appender.append(batches, options.keepOffsets ?? false);
  }

  async read(request: ReadRequest): Promise<ReadResult> {
    if (this.#closing !== undefined) throw closedError(this.name);
    const offsets = this.#offsets;
    const { offset } = request;
    if (offset < offsets.logStart || offset > offsets.logEnd) {
      throw new OffsetOutOfRangeError(this.name, offset, offsets.logStart, offsets.logEnd);
    }
    const endOffset = min(request.end ?? offsets.logEnd, offsets.logEnd);
    if (offset >= endOffset) {
      return {
        records: new Uint8Array(0),
        baseOffset: offset,
        nextOffset: offset,
        endsSegment: false,
        offsets,
      };
    }
    const maxBytes = Math.min(Math.max(request.maxBytes, 0), MAX_READ_BYTES);
    const { records, baseOffset, nextOffset, endsSegment } = await this.#reader
      .read(offset, { maxBytes, endOffset })
      .catch((error) => {
        // Cleaning or truncation may have been quicker.
        const { logStart, logEnd } = this.#offsets;
        const isGone = offset < logStart || offset >= logEnd;
        throw isGone ? new OffsetOutOfRangeError(this.name, offset, logStart, logEnd) : error;
      });
    return records.length === 0
      ? { records, baseOffset: offset, nextOffset: offset, endsSegment, offsets }
      : { records, baseOffset, nextOffset, endsSegment, offsets };
  }

  #setLogEnd(): void {
    const logEnd = this.#segments.at(-1)!.end;
    const highWatermark = this.#settings.highWatermarkFollows
      ? logEnd
      : min(this.#offsets.highWatermark, logEnd);
    this.#publish({ ...this.#offsets, logEnd, highWatermark });
  }

  advanceHighWatermark(offset: bigint): void {
    const { highWatermark, logEnd } = this.#offsets;
    const next = min(offset, logEnd);
    if (next > highWatermark) this.#publish({ ...this.#offsets, highWatermark: next });
  }

  #publish(offsets: Offsets): void {
    if (offsets.highWatermark !== this.#offsets.highWatermark) this.#scheduleCheckpoint();
    this.#offsets = offsets;
    this.#waiters.publish(offsets);
  }

  onAdvance(listener: (offsets: Offsets) => void): () => void {
    return this.#waiters.onAdvance(listener);
  }

  waitFor(
    mark: "logEnd" | "highWatermark",
    offset: bigint,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<boolean> {
    return this.#waiters.waitFor(mark, offset, this.#offsets, options);
  }

  clean(): Promise<CleanResult> {
    return this.#mutex.run(async () => {
      if (this.#closing !== undefined) return { removedSegments: 0, removedBytes: 0 };
      const closed = this.#segments.slice(0, -1);
      const count = expiredSegments(closed, this.sizeBytes, this.#clock.nowMs(), this.#settings);
      let removedBytes = 0;
      for (const segment of closed.slice(0, count)) {
        // Out of sight first: whoever looks for these offsets now learns that they are gone.
        this.#segments.shift();
        this.#reader.forget(segment);
        const logStart = this.#segments[0]!.base;
        const { logEnd } = this.#offsets;
        this.#publish({ logStart, logEnd, highWatermark: max(this.#offsets.highWatermark, logStart) });
        this.#expired.push(segment);
        removedBytes += segment.bytes + segment.indexBytes;
      }
      await this.#removeExpired();
      if (count > 0) {
        const { logStart } = this.#offsets;
        this.#logger.info({ segments: count, bytes: removedBytes, logStart }, "removed expired segments");
        emit("log:clean", () => ({ log: this.name, segments: count, bytes: removedBytes, logStart }));
      }
      return { removedSegments: count, removedBytes };
    });
  }

  /** None goes before those that are older: what remains, whatever fails, must form one log. */
  async #removeExpired(): Promise<void> {
    for (let oldest = this.#expired[0]; oldest !== undefined; oldest = this.#expired[0]) {
      await oldest.remove();
      if (this.#settings.durability.fsync !== "none") await this.#disk.syncDirectory(this.directory);
      this.#expired.shift();
    }
  }

  truncate(offset: bigint): Promise<void> {
    return this.#mutex.run(async () => {
      if (this.#closing !== undefined) throw closedError(this.name);
      const { logStart, logEnd, highWatermark } = this.#offsets;
      if (offset < logStart) throw new OffsetOutOfRangeError(this.name, offset, logStart, logEnd);
      if (offset >= logEnd) return;
      const kept = this.#reader.segmentOf(offset);
      const removed = this.#segments.splice(this.#segments.indexOf(kept) + 1);
      for (const segment of removed.reverse()) {
        this.#reader.forget(segment);
        await segment.remove();
      }
      this.#reader.forget(kept);
      const index = new OffsetIndex(this.#settings.indexIntervalBytes);
      await kept.use(async (file) => {
        const { base, bytes: size } = kept;
        const end = await scanBatches(file, {
          size,
          base,
          position: 0,
          offset: base,
          verifyCrc: false,
          index,
          until: offset,
        });
        kept.bytes = end.position;
        kept.end = end.offset;
        await file.truncate(end.position);
      });
      kept.index = index;
      kept.indexBytes = index.usedBytes;
      await kept.prepareIndexFile();
      this.#reader.forgetPlaces();
      this.#publish({ logStart, logEnd: kept.end, highWatermark: min(highWatermark, kept.end) });
    });
  }

  #scheduleCheckpoint(): void {
    if (this.#checkpointTimer !== undefined || this.#closing !== undefined) return;
    this.#checkpointTimer = this.#background(CHECKPOINT_DELAY_MS, async () => {
      this.#checkpointTimer = undefined;
      await this.#mutex.run(() => this.#checkpoint.store(this.#offsets.highWatermark, false));
    });
  }

  #scheduleSync(): void {
    const { durability } = this.#settings;
    if (durability.fsync !== "interval" || this.#syncTimer !== undefined || this.#closing !== undefined)
      return;
    this.#syncTimer = this.#background(durability.intervalMs, async () => {
      this.#syncTimer = undefined;
      try {
        // Segments that closed in between were synced then.
        await this.#segments.at(-1)!.use((file) => file.sync());
      } catch (error) {
        this.#scheduleSync();
        throw error;
      }
    });
  }

  #scheduleClean(): void {
    const { cleanIntervalMs } = this.#settings;
    if (cleanIntervalMs === 0 || this.#closing !== undefined) return;
    this.#cleanTimer = this.#background(cleanIntervalMs, async () => {
      try {
        await this.clean();
      } finally {
        this.#scheduleClean();
      }
    });
  }

  #background(ms: number, work: () => Promise<void>): Timer {
    const run = () => {
      if (this.#closing !== undefined) return;
      work().catch((error) => {
        if (this.#closing === undefined) {
          this.#logger.error({ err: error }, `background work failed: ${errorText(error)}`);
        }
      });
    };
    return this.#clock.setTimeout(run, ms, { background: true });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close(true);
    return this.#closing;
  }

  async #close(keep: boolean): Promise<void> {
    this.#waiters.close();
    for (const timer of [this.#checkpointTimer, this.#syncTimer, this.#cleanTimer]) timer?.cancel();
    await this.#appender.close();
    await this.#mutex.run(async () => {
      try {
        if (keep) await this.#storeState();
      } finally {
        for (const segment of [...this.#expired, ...this.#segments]) await segment.retire();
      }
    });
  }

  async #storeState(): Promise<void> {
    const sync = this.#settings.durability.fsync !== "none";
    const active = this.#segments.at(-1)!;
    await active.flushIndex();
    if (sync) await active.use((file) => file.sync());
    if (this.#offsets.logEnd > 0n) await this.#checkpoint.store(this.#offsets.highWatermark, sync);
  }

  async remove(): Promise<void> {
    this.#closing ??= this.#close(false);
    await this.#closing.catch(() => {});
    await this.#disk.removeTree(this.directory);
  }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function clamp(value: bigint, low: bigint, high: bigint): bigint {
  return max(low, min(value, high));
}
