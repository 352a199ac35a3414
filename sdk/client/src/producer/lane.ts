/** The batches of one partition, in order: one that is being filled, and those that are closed. */
import { BatchBuilder, type Compression, type Data, dataLength, type Slabs } from "@smdk/protocol";
import { ClientError } from "../error.ts";
import { Batch } from "./batch.ts";
import { ENTRY_HEADER_LENGTH } from "./request.ts";

/** Room for what comes after the record that fills a batch. */
const SLACK = 32;

export interface LaneSettings {
  batchSize: number;
  maxRequestSize: number;
  compression: Compression;
  /** Batches are released there once they are stored. */
  slabs: Slabs;
}

export class Lane {
  readonly partition: number;
  private readonly settings: LaneSettings;
  private readonly builder: BatchBuilder;
  private open: Batch | null = null;
  private closed: Batch[] = [];
  /** Bytes of the closed batches that wait, before compression. */
  closedBytes = 0;
  private sequence = 0;
  /** The open batch may be sent although it is not full. */
  due = false;
  /** Requests under way that carry batches of this partition. */
  inFlight = 0;

  constructor(partition: number, settings: LaneSettings) {
    this.partition = partition;
    this.settings = settings;
    this.builder = new BatchBuilder(Math.min(settings.batchSize, settings.maxRequestSize) + SLACK, {
      headroom: ENTRY_HEADER_LENGTH,
      slabs: settings.slabs,
    });
  }

  /**
   * Appends a record and returns its batch, of which it is the last record. `fresh` is told a batch that begins.
   * Fails with SMDK_RECORD_TOO_LARGE.
   */
  append(key: Data | null, value: Data, now: number, fresh: (batch: Batch) => void): Batch {
    const { batchSize, maxRequestSize } = this.settings;
    const keyLength = key === null ? -1 : dataLength(key);
    const valueLength = dataLength(value);
    if (this.open !== null) {
      const growth = this.builder.growth(keyLength, valueLength, elapsed(this.open, now));
      if (this.builder.length + growth > batchSize) this.closeOpen();
    }
    if (this.open === null) {
      const alone = this.builder.length + this.builder.growth(keyLength, valueLength, 0);
      if (alone > maxRequestSize) {
        throw new ClientError(
          "SMDK_RECORD_TOO_LARGE",
          `record size (${alone} bytes), exceeded maximum request size (${maxRequestSize} bytes)`,
          { hint: "raise maxRequestSize; an SPU takes batches of up to 32 MiB", partition: this.partition },
        );
      }
    }
    let batch = this.open;
    if (batch === null) {
      batch = new Batch(this.partition, this.sequence++, now);
      this.open = batch;
      this.due = false;
      fresh(batch);
    }
    const delta = elapsed(batch, now);
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
    const batch = this.closed.shift();
    if (batch === undefined) return null;
    this.closedBytes -= batch.size;
    return batch;
  }

  /** Puts batches back that have to be sent again, each in its old place. */
  putBack(batches: readonly Batch[]): void {
    this.closed.push(...batches);
    for (const batch of batches) this.closedBytes += batch.size;
    this.closed.sort((a, b) => a.sequence - b.sequence);
  }

  /** Takes out everything that waits, the open batch included. */
  drain(): Batch[] {
    if (this.open !== null) this.closeOpen();
    const all = this.closed;
    this.closed = [];
    this.closedBytes = 0;
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
    this.closedBytes += batch.size;
  }
}

/** Milliseconds since the batch began. Clocks may step back; deltas may not, nor exceed what the wire carries. */
function elapsed(batch: Batch, now: number): number {
  return Math.max(0, Math.min(now - batch.created, 0x7fff_ffff));
}
