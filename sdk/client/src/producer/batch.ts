/** Records that travel together, and what a caller holds of one of them. */

/** Where a record has been stored. */
export interface RecordMetadata {
  partition: number;
  offset: bigint;
}

/** A batch from its first record to the cluster's answer. */
export class Batch {
  readonly partition: number;
  /** Place in the order of its partition. */
  readonly sequence: number;
  /** Milliseconds since the epoch; first timestamp of the batch. */
  readonly created: number;
  lastTimestamp: number;
  count = 0;
  /** Bytes before compression. */
  size = 0;
  /** The part of `size` that the producer has counted against its buffer. */
  accounted = 0;
  /** The encoded batch, once closed. */
  bytes: Uint8Array | null = null;
  /** Whether somebody waits for one of its records. */
  observed = false;
  /** Resolves with the offset of the first record. */
  readonly stored: Promise<bigint>;
  private settleOk!: (baseOffset: bigint) => void;
  private settleError!: (error: unknown) => void;

  constructor(partition: number, sequence: number, now: number) {
    this.partition = partition;
    this.sequence = sequence;
    this.created = now;
    this.lastTimestamp = now;
    this.stored = new Promise((resolve, reject) => {
      this.settleOk = resolve;
      this.settleError = reject;
    });
    // failures reach whoever waits for a record or for flush(); nobody has to
    this.stored.catch(() => undefined);
  }

  resolve(baseOffset: bigint): void {
    this.settleOk(baseOffset);
  }

  reject(error: unknown): void {
    this.settleError(error);
  }
}

/**
 * A record on its way. Awaiting it gives its partition and offset once the cluster has answered; not awaiting it
 * costs nothing, and its failure is then reported by `flush()` or `close()`.
 */
export class Delivery implements PromiseLike<RecordMetadata> {
  private readonly batch: Batch;
  /** Position in its batch. */
  private readonly index: number;

  constructor(batch: Batch, index: number) {
    this.batch = batch;
    this.index = index;
  }

  get partition(): number {
    return this.batch.partition;
  }

  /** Partition and offset as a plain promise. With SmartModules on produce, offsets are estimates. */
  async wait(): Promise<RecordMetadata> {
    this.batch.observed = true;
    const base = await this.batch.stored;
    return { partition: this.batch.partition, offset: base + BigInt(this.index) };
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting a delivery is what it is for
  then<A = RecordMetadata, B = never>(
    onStored?: ((metadata: RecordMetadata) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.wait().then(onStored, onError);
  }
}
