/** The batches of one partition, in order: one that is being filled, and those that are closed. */
import { BatchBuilder, type Compression, type Data, dataLength } from "@smdk/protocol";
import { ClientError } from "../error.ts";
import { Batch } from "./batch.ts";

/** Most that a record takes beyond key and value: three varints of 5 bytes, two of 5, flags. */
const RECORD_OVERHEAD = 28;
/** A batch without records. */
const BATCH_OVERHEAD = 61;

export interface LaneSettings {
  batchSize: number;
  maxRequestSize: number;
  compression: Compression;
}

export class Lane {
  readonly partition: number;
  private readonly settings: LaneSettings;
  private readonly builder: BatchBuilder;
  private open: Batch | null = null;
  private closed: Batch[] = [];
  private sequence = 0;
  /** The open batch may be sent although it is not full. */
  due = false;
  /** Requests under way that carry batches of this partition. */
  inFlight = 0;

  constructor(partition: number, settings: LaneSettings) {
    this.partition = partition;
    this.settings = settings;
    this.builder = new BatchBuilder(Math.min(settings.batchSize, settings.maxRequestSize) + RECORD_OVERHEAD);
  }

  /**
   * Appends a record and returns its batch, of which it is the last record. `fresh` is told a batch that begins.
   * Fails with SMDK_RECORD_TOO_LARGE.
   */
  append(key: Data | null, value: Data, now: number, fresh: (batch: Batch) => void): Batch {
    const size = RECORD_OVERHEAD + (key === null ? 0 : dataLength(key)) + dataLength(value);
    const { batchSize, maxRequestSize } = this.settings;
    if (size + BATCH_OVERHEAD - RECORD_OVERHEAD > maxRequestSize) {
      throw new ClientError(
        "SMDK_RECORD_TOO_LARGE",
        `record size (${size + BATCH_OVERHEAD - RECORD_OVERHEAD} bytes), exceeded maximum request size (${maxRequestSize} bytes)`,
        { hint: "raise maxRequestSize; an SPU takes batches of up to 32 MiB", partition: this.partition },
      );
    }
    if (this.open !== null && this.builder.length + size > batchSize) this.closeOpen();
    let batch = this.open;
    if (batch === null) {
      batch = new Batch(this.partition, this.sequence++, now);
      this.open = batch;
      this.due = false;
      fresh(batch);
    }
    // clocks may step back; deltas may not become negative or exceed what the wire carries
    const delta = Math.max(0, Math.min(now - batch.created, 0x7fff_ffff));
    this.builder.append(key, value, delta);
    batch.lastTimestamp = batch.created + delta;
    batch.count++;
    batch.size = this.builder.length;
    if (this.builder.length >= batchSize) this.closeOpen();
    return batch;
  }

  /** Whether a batch may be sent now. */
  get hasWork(): boolean {
    return this.closed.length > 0 || (this.due && this.open !== null);
  }

  /** Whether closed batches wait; an open one alone may stay open while the network is busy. */
  get hasClosed(): boolean {
    return this.closed.length > 0;
  }

  /** Size of the batch that `take` would give; 0 for none. */
  get nextSize(): number {
    return this.closed[0]?.size ?? (this.due ? (this.open?.size ?? 0) : 0);
  }

  /** The next batch to send. */
  take(): Batch | null {
    if (this.closed.length === 0 && this.due && this.open !== null) this.closeOpen();
    return this.closed.shift() ?? null;
  }

  /** Puts batches back that have to be sent again, each in its old place. */
  putBack(batches: readonly Batch[]): void {
    this.closed.push(...batches);
    this.closed.sort((a, b) => a.sequence - b.sequence);
  }

  /** Takes out everything that waits, the open batch included. */
  drain(): Batch[] {
    if (this.open !== null) this.closeOpen();
    const all = this.closed;
    this.closed = [];
    return all;
  }

  private closeOpen(): void {
    const batch = this.open!;
    batch.bytes = this.builder.finish(this.settings.compression, {
      // meaningless, and what Fluvio's own producers write
      baseOffset: BigInt(batch.count - 1),
      firstTimestamp: BigInt(batch.created),
      maxTimestamp: BigInt(batch.lastTimestamp),
    });
    this.open = null;
    this.due = false;
    this.closed.push(batch);
  }
}
