/** Batches and records as a consumer hands them out: views into what arrived, decoded on demand. */
import { RecordCursor } from "@smdk/protocol";

const utf8 = new TextDecoder();

/** One record. Key and value are views that keep the whole batch in memory; copy what lives longer. */
export class ConsumerRecord {
  private readonly batch: ConsumerBatch;
  private readonly index: number;
  private readonly timestampDelta: number;
  private readonly keyStart: number;
  private readonly keyEnd: number;
  private readonly valueStart: number;
  private readonly valueEnd: number;

  constructor(batch: ConsumerBatch, cursor: RecordCursor) {
    this.batch = batch;
    this.index = cursor.index;
    this.timestampDelta = cursor.timestampDelta;
    this.keyStart = cursor.keyStart;
    this.keyEnd = cursor.keyEnd;
    this.valueStart = cursor.valueStart;
    this.valueEnd = cursor.valueEnd;
  }

  get topic(): string {
    return this.batch.topic;
  }

  get partition(): number {
    return this.batch.partition;
  }

  /** Base offset of the batch plus the position in it, as all Fluvio clients count. */
  get offset(): bigint {
    return this.batch.baseOffset + BigInt(this.index);
  }

  /** Milliseconds since the epoch; -1 where unknown, as always behind a SmartModule. */
  get timestamp(): number {
    return this.batch.firstTimestamp > 0 ? this.batch.firstTimestamp + this.timestampDelta : -1;
  }

  get key(): Uint8Array | null {
    return this.keyStart < 0 ? null : this.batch.records.subarray(this.keyStart, this.keyEnd);
  }

  get value(): Uint8Array {
    return this.batch.records.subarray(this.valueStart, this.valueEnd);
  }

  /** The key as UTF-8 text. */
  get keyText(): string | null {
    const { key } = this;
    return key === null ? null : utf8.decode(key);
  }

  /** The value as UTF-8 text. */
  get text(): string {
    return utf8.decode(this.value);
  }
}

/** The records of one batch that a consumer is to see. */
export class ConsumerBatch implements Iterable<ConsumerRecord> {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the first record of the batch, which may lie before the first one to see. */
  readonly baseOffset: bigint;
  /** Milliseconds since the epoch, -1 for unknown. */
  readonly firstTimestamp: number;
  /** The record list (u32 count, then records), decompressed. */
  readonly records: Uint8Array;
  /** Records of the batch that lie before the start of consumption. */
  readonly skip: number;
  /** Records in the batch, those to skip included. */
  readonly total: number;

  constructor(
    topic: string,
    partition: number,
    baseOffset: bigint,
    firstTimestamp: number,
    records: Uint8Array,
    start: bigint,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.baseOffset = baseOffset;
    this.firstTimestamp = firstTimestamp;
    this.records = records;
    this.total = new RecordCursor(records).count;
    this.skip = start > baseOffset ? Number(start - baseOffset) : 0;
  }

  /** Records to see. */
  get length(): number {
    return Math.max(0, this.total - this.skip);
  }

  /** Offset of the last record. */
  get lastOffset(): bigint {
    return this.baseOffset + BigInt(this.total - 1);
  }

  /** A cursor at the first record to see: the fastest way through the batch. */
  cursor(): RecordCursor {
    const cursor = new RecordCursor(this.records);
    for (let i = 0; i < this.skip; i++) if (!cursor.next()) break;
    return cursor;
  }

  *[Symbol.iterator](): Iterator<ConsumerRecord> {
    const cursor = this.cursor();
    while (cursor.next()) yield new ConsumerRecord(this, cursor);
  }
}
