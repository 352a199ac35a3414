// Offsets saved for consumers: a map kept in memory and, as a log of changes, in the replica of the system topic
// `consumer-offset`, in the form Fluvio's SPUs use (wire-protocol 5.6).
import { ConsumerOffsetEntry, ConsumerOffsetKey, ConsumerOffsetValue, decode, encode } from "@smdk/protocol";
import { errorText, ServerError } from "../error.ts";
import type { Logger } from "../logger.ts";

/** Name of the system topic that holds the offsets; its partition 0 is the only one. */
export const CONSUMER_OFFSET_TOPIC = "consumer-offset";

const ENTRY_VERSION = 0;

/** A checkpoint is written after this many changes, as upstream does. */
const CHANGES_PER_CHECKPOINT = 100;
/** Entries kept at most, so that a checkpoint always fits one batch. */
const MAX_ENTRIES = 50_000;
/** Longest consumer id, in UTF-16 units. */
const MAX_CONSUMER_ID = 256;

type ConsumerOffset = {
  topic: string;
  partition: number;
  consumerId: string;
  /** Offset of the last record the consumer has processed. */
  offset: bigint;
  /** Seconds since the epoch. */
  modifiedTime: bigint;
};

/** The log under the store. */
export type OffsetLog = {
  /** Appends the values as the records of one batch: all of them or, on failure, none. */
  append(values: readonly Uint8Array[]): Promise<void>;
  /** Calls `visit` with the value of every record, oldest first. */
  replay(visit: (value: Uint8Array) => void): Promise<void>;
};

export class ConsumerOffsetStore {
  readonly #log: OffsetLog;
  readonly #nowSeconds: () => bigint;
  readonly #logger: Logger;
  readonly #entries = new Map<string, ConsumerOffset>();
  #changes = 0;
  #writes: Promise<void> = Promise.resolve();

  private constructor(log: OffsetLog, nowSeconds: () => bigint, logger: Logger) {
    this.#log = log;
    this.#nowSeconds = nowSeconds;
    this.#logger = logger;
  }

  /** Rebuilds the map from the log. Records that are no entries are skipped and logged. */
  static async open(log: OffsetLog, nowSeconds: () => bigint, logger: Logger): Promise<ConsumerOffsetStore> {
    const store = new ConsumerOffsetStore(log, nowSeconds, logger);
    await log.replay((value) => {
      try {
        store.#apply(value);
      } catch (error) {
        logger.warn({ reason: errorText(error) }, "skipped a damaged consumer offset entry");
      }
    });
    return store;
  }

  #apply(value: Uint8Array): void {
    const entry = decode(ConsumerOffsetEntry, value, ENTRY_VERSION);
    if (entry.kind === "Checkpoint") {
      this.#entries.clear();
      this.#changes = 0;
      return;
    }
    const { replicaId, consumerId } = decode(ConsumerOffsetKey, entry.key, ENTRY_VERSION);
    const id = entryId(replicaId.topic, replicaId.partition, consumerId);
    this.#changes++;
    if (entry.kind === "RecordDeleted") {
      this.#entries.delete(id);
      return;
    }
    const { offset, modifiedTime } = decode(ConsumerOffsetValue, entry.value, ENTRY_VERSION);
    const { topic, partition } = replicaId;
    this.#entries.set(id, { topic, partition, consumerId, offset, modifiedTime });
  }

  get(topic: string, partition: number, consumerId: string): ConsumerOffset | undefined {
    return this.#entries.get(entryId(topic, partition, consumerId));
  }

  /** All entries, ordered by topic, partition and consumer. */
  list(): ConsumerOffset[] {
    return [...this.#entries.values()].sort(
      (a, b) => compare(a.topic, b.topic) || a.partition - b.partition || compare(a.consumerId, b.consumerId),
    );
  }

  /**
   * Saves an offset; resolves when it is in the log. Lower offsets overwrite higher ones.
   * @throws `SMDK_CONSUMER_LIMIT` for an id that is too long or one consumer too many, or the log's error.
   */
  async put(topic: string, partition: number, consumerId: string, offset: bigint): Promise<void> {
    if (consumerId.length > MAX_CONSUMER_ID) {
      throw new ServerError(
        "SMDK_CONSUMER_LIMIT",
        `consumer id is longer than ${MAX_CONSUMER_ID} characters`,
      );
    }
    const id = entryId(topic, partition, consumerId);
    await this.#write(async () => {
      if (!this.#entries.has(id) && this.#entries.size >= MAX_ENTRIES) {
        throw new ServerError("SMDK_CONSUMER_LIMIT", `offsets of ${MAX_ENTRIES} consumers are kept already`, {
          hint: "delete consumers that are no longer used",
        });
      }
      const entry = { topic, partition, consumerId, offset, modifiedTime: this.#nowSeconds() };
      await this.#log.append([updateEntry(entry)]);
      this.#entries.set(id, entry);
      this.#changes++;
    });
  }

  /** Forgets one consumer of a partition; an unknown one is fine. */
  async delete(topic: string, partition: number, consumerId: string): Promise<void> {
    await this.#deleteWhere((entry) => entry.consumerId === consumerId, topic, partition);
  }

  /** Forgets all consumers of a partition. */
  async deleteReplica(topic: string, partition: number): Promise<void> {
    await this.#deleteWhere(() => true, topic, partition);
  }

  async #deleteWhere(filter: (entry: ConsumerOffset) => boolean, topic: string, partition: number) {
    await this.#write(async () => {
      const doomed = [...this.#entries].filter(
        ([, entry]) => entry.topic === topic && entry.partition === partition && filter(entry),
      );
      if (doomed.length === 0) return;
      await this.#log.append(
        doomed.map(([, entry]) =>
          encode(ConsumerOffsetEntry, { kind: "RecordDeleted", key: keyBytes(entry) }, ENTRY_VERSION),
        ),
      );
      for (const [id] of doomed) this.#entries.delete(id);
      this.#changes += doomed.length;
    });
  }

  /** Runs `change` after all earlier ones, then checkpoints if it is time. */
  #write(change: () => Promise<void>): Promise<void> {
    const result = this.#writes.then(async () => {
      await change();
      try {
        await this.#checkpointIfDue();
      } catch (error) {
        // The change itself is safe; the next one tries again.
        this.#logger.warn({ reason: errorText(error) }, "consumer offsets could not be checkpointed");
      }
    });
    this.#writes = result.catch(() => {});
    return result;
  }

  /**
   * Writes the whole state behind everything else. To be called when old segments
   * are removed: entries that stood only there would be gone after the next start.
   */
  async checkpoint(): Promise<void> {
    const result = this.#writes.then(() => this.#checkpoint());
    this.#writes = result.catch(() => {});
    return result;
  }

  async #checkpointIfDue(): Promise<void> {
    // With many consumers the state is large: then it is written less often, so that the work per change is bounded.
    if (this.#changes > Math.max(CHANGES_PER_CHECKPOINT, this.#entries.size)) await this.#checkpoint();
  }

  async #checkpoint(): Promise<void> {
    const values = [encode(ConsumerOffsetEntry, { kind: "Checkpoint" }, ENTRY_VERSION)];
    for (const entry of this.#entries.values()) values.push(updateEntry(entry));
    await this.#log.append(values);
    this.#changes = 0;
  }
}

function entryId(topic: string, partition: number, consumerId: string): string {
  return `${topic}/${partition}/${consumerId}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function keyBytes({ topic, partition, consumerId }: ConsumerOffset): Uint8Array {
  return encode(ConsumerOffsetKey, { replicaId: { topic, partition }, consumerId }, ENTRY_VERSION);
}

function updateEntry(entry: ConsumerOffset): Uint8Array {
  const value = encode(
    ConsumerOffsetValue,
    { offset: entry.offset, modifiedTime: entry.modifiedTime },
    ENTRY_VERSION,
  );
  return encode(ConsumerOffsetEntry, { kind: "RecordUpdated", key: keyBytes(entry), value }, ENTRY_VERSION);
}
