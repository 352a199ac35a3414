/** What the partition log takes, gives and reports. Offsets are record offsets, positions are file positions. */

/**
 * When the bytes of an append outlive the machine. They outlive the process in every case: an append resolves
 * only when the operating system holds them.
 * `none`: whenever the operating system gets to it. `interval`: at most `intervalMs` later. `always`: before the
 * append resolves (concurrent appends share one sync).
 */
export type Durability =
  | { readonly fsync: "none" }
  | { readonly fsync: "interval"; readonly intervalMs: number }
  | { readonly fsync: "always" };

export interface LogOptions {
  /** A batch that does not fit opens a new segment. 1 … 4,294,967,295; default 1 GiB. */
  readonly segmentBytes?: number;
  /** Above this the oldest closed segments go. Default 100 GiB. */
  readonly maxPartitionBytes?: number;
  /** Closed segments last written longer ago than this go. Default 7 days. */
  readonly retentionMs?: number;
  /** Bytes of log between two index entries. Default 4096. */
  readonly indexIntervalBytes?: number;
  /** Larger batches are refused. Default 33,554,432. */
  readonly maxBatchBytes?: number;
  /** Pause between two runs of `clean` by the log itself; 0 for none. Default 10 s. */
  readonly cleanIntervalMs?: number;
  /** Default `none`. */
  readonly durability?: Durability;
  /**
   * True (default) for a partition with one replica: what is written is committed, so the high watermark is
   * the log end offset. False: `advanceHighWatermark` moves it.
   */
  readonly highWatermarkFollows?: boolean;
  /** Name in log lines, events and errors; default: the directory's name. */
  readonly name?: string;
}

export interface Offsets {
  /** Offset of the oldest record kept. */
  readonly logStart: bigint;
  /** High watermark: offset after the last committed record. */
  readonly highWatermark: bigint;
  /** Log end offset: offset the next record gets. */
  readonly logEnd: bigint;
}

export interface AppendResult {
  /** Offset of the first record written by this append; the log end when there was nothing to write. */
  readonly baseOffset: bigint;
  /** Log end offset right after this append. */
  readonly logEnd: bigint;
  /** Batches and bytes written; empty batches are left out. */
  readonly batches: number;
  readonly bytes: number;
}

export interface ReadRequest {
  /** First offset wanted, `logStart` … `logEnd`. */
  readonly offset: bigint;
  /** Bound of the answer; a single larger batch still comes, whole and alone. */
  readonly maxBytes: number;
  /** Only batches that end at or before this offset. Default: the log end. */
  readonly end?: bigint;
}

export interface ReadResult {
  /**
   * Whole batches, back to back; the first one is the one that contains `offset`. Empty when there is none.
   * The view belongs to the caller.
   */
  readonly records: Uint8Array;
  /** Base offset of the first batch; the wanted offset when `records` is empty. */
  readonly baseOffset: bigint;
  /** Offset after the last batch: where to read on. The wanted offset when `records` is empty. */
  readonly nextOffset: bigint;
  /** Whether the last batch is the last one of a segment that takes no more. */
  readonly endsSegment: boolean;
  /** The offsets of the log at the moment of the read. */
  readonly offsets: Offsets;
}

/** What opening a log found and did. */
export interface RecoveryReport {
  readonly segments: number;
  readonly logStart: bigint;
  readonly logEnd: bigint;
  /** Bytes taken off the end of a segment because they were not a valid continuation of the log. */
  readonly cutBytes: number;
  /** Why, in words, when `cutBytes` > 0 or files were set aside. */
  readonly cutReason?: string;
  /** Where what was cut, and whole files behind a damage, are kept until their segment expires: `<name>.cut`. */
  readonly setAside: readonly string[];
  /** Index files that were absent or wrong and have been made anew. */
  readonly rebuiltIndexes: number;
}

export interface CleanResult {
  readonly removedSegments: number;
  readonly removedBytes: number;
}

/**
 * Codes of the errors a log gives:
 * `SMDK_LOG_BATCH_INVALID` (structure or checksum; nothing of the append is stored),
 * `SMDK_LOG_BATCH_TOO_LARGE` (above `maxBatchBytes` or the segment size; nothing stored),
 * `SMDK_LOG_DISK_FULL`, `SMDK_LOG_WRITE_FAILED` (the next append may succeed again),
 * `SMDK_LOG_OFFSET_OUT_OF_RANGE` (an `OffsetOutOfRangeError`), `SMDK_LOG_DAMAGED` (a read met bytes that are
 * not a batch), `SMDK_LOG_CLOSED`.
 */
export type LogErrorCode =
  | "SMDK_LOG_BATCH_INVALID"
  | "SMDK_LOG_BATCH_TOO_LARGE"
  | "SMDK_LOG_DISK_FULL"
  | "SMDK_LOG_WRITE_FAILED"
  | "SMDK_LOG_OFFSET_OUT_OF_RANGE"
  | "SMDK_LOG_DAMAGED"
  | "SMDK_LOG_CLOSED";

/** The partition on disk, as its users see it. */
export interface PartitionLog {
  readonly name: string;
  readonly directory: string;
  readonly offsets: Offsets;
  /** Bytes of all segments and the used part of their indexes. */
  readonly sizeBytes: number;
  /** What opening found. */
  readonly recovery: RecoveryReport;
  /** True while the last append failed because the disk was full. */
  readonly outOfStorage: boolean;

  /**
   * Writes the batches of a record set (or of several, which stay together) at the end and resolves when the
   * operating system, or with `fsync: "always"` the disk, holds them. Base offsets are patched in place; the
   * bytes must not be touched by the caller afterwards. Either all batches are stored, one after the other,
   * or none.
   * With `keepOffsets` (a follower copying its leader) the base offsets are taken as they are, and must follow
   * on from the log end without a gap.
   */
  append(
    records: Uint8Array | readonly Uint8Array[],
    options?: { readonly keepOffsets?: boolean },
  ): Promise<AppendResult>;

  /** Reads whole batches of one segment. @throws OffsetOutOfRangeError, `SMDK_LOG_DAMAGED`, I/O errors. */
  read(request: ReadRequest): Promise<ReadResult>;

  /** Moves the high watermark forward, at most to the log end; moving back is ignored. */
  advanceHighWatermark(offset: bigint): void;

  /** Called after every change of the offsets until the returned function is called. Must not throw. */
  onAdvance(listener: (offsets: Offsets) => void): () => void;

  /**
   * Resolves with true as soon as the mark reaches `offset`, with false when the log is closed, the time is
   * over or the signal aborted.
   */
  waitFor(
    mark: "logEnd" | "highWatermark",
    offset: bigint,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<boolean>;

  /** Applies retention once: by size first, then by age. The last segment always stays. */
  clean(): Promise<CleanResult>;

  /** Cuts the log back so that `offset` is the log end; a batch that spans it goes whole (follower divergence). */
  truncate(offset: bigint): Promise<void>;

  /** Finishes what is queued and closes the files. Idempotent. */
  close(): Promise<void>;

  /** Closes and deletes the directory. */
  remove(): Promise<void>;
}
