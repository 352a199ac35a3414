// One partition that this SPU leads: its log, its rules for writing, and its end.

import { batches, type Compression, type ErrorCode, readBatchHeader } from "@smdk/protocol";
import type { AsyncChain } from "@smdk/runtime/worker";
import type { Clock } from "../env/index.ts";
import { errorCode, errorText } from "../error.ts";
import type { Replica as ReplicaSpec } from "../link.ts";
import type { PartitionLog } from "../log/types.ts";
import type { Logger } from "../logger.ts";
import { BatchMerger } from "./batch-merge.ts";
import { runBatch } from "./chain.ts";
import { Pacer } from "./pacer.ts";
import { engineWireError } from "./smartmodules.ts";

/** Why a replica is no longer served. */
export type ReplicaEnd = "deleted" | "closed";

/** Where the records of a write went, or why they did not. */
export type WriteResult = { baseOffset: bigint; logEnd: bigint } | { error: ErrorCode };

/** Most bytes of records that SmartModules may make of one write, before compression. */
const MAX_OUTPUT_BYTES = 128 * 1024 * 1024;

/** Codecs a topic accepts, by its compression type; Any accepts all. */
const ACCEPTED_CODECS: { readonly [type: string]: Compression } = {
  None: "None",
  Gzip: "Gzip",
  Snappy: "Snappy",
  Lz4: "Lz4",
  Zstd: "Zstd",
};

type LeaderReplicaOptions = {
  spec: ReplicaSpec;
  log: PartitionLog;
  /** The chain every write passes through, where the topic removes duplicates. */
  dedup: AsyncChain | null;
  /** Makes that chain anew from the log. Throws ChainFailure. */
  reopenDedup(): Promise<AsyncChain | null>;
  clock: Clock;
  logger: Logger;
  /** Called after an append that failed. */
  writeFailed(): void;
};

export class LeaderReplica {
  /** The latest spec of the controller. */
  spec: ReplicaSpec;
  readonly log: PartitionLog;
  readonly #options: LeaderReplicaOptions;
  readonly #end = new AbortController();
  #dedup: AsyncChain | null;
  #writes: Promise<unknown> = Promise.resolve();

  constructor(options: LeaderReplicaOptions) {
    this.spec = options.spec;
    this.log = options.log;
    this.#options = options;
    this.#dedup = options.dedup;
  }

  get topic(): string {
    return this.spec.topic;
  }

  get partition(): number {
    return this.spec.partition;
  }

  /** Aborted, with a {@link ReplicaEnd} as its reason, when the replica is no longer served. */
  get ended(): AbortSignal {
    return this.#end.signal;
  }

  /** Ends the streams of the replica. */
  end(reason: ReplicaEnd): void {
    this.#end.abort(reason);
    this.#dedup?.close();
  }

  /** The code for outsiders' writes to a mirrored partition that takes none; null where they may write. */
  refusal(): ErrorCode | null {
    const { mirror } = this.spec;
    if (mirror?.kind === "Home" && !mirror.source) return { kind: "MirrorProduceFromHome" };
    if (mirror?.kind === "Remote" && mirror.target) return { kind: "MirrorProduceFromRemoteNotAllowed" };
    return null;
  }

  acceptsCodec(codec: Compression | null): boolean {
    const type = this.spec.compressionType;
    return codec !== null && (type === "Any" || ACCEPTED_CODECS[type] === codec);
  }

  /**
   * Appends a record set, through the deduplication chain where there is one. Resolves when the records outlive the
   * process. The bytes must not be touched afterwards.
   */
  async write(records: Uint8Array): Promise<WriteResult> {
    if (this.#dedup === null) return this.#append(records);
    // The chain has a memory, so writers pass through it one after the other.
    const result = this.#writes.then(() => this.#deduplicate(records));
    this.#writes = result;
    return result;
  }

  async #deduplicate(records: Uint8Array): Promise<WriteResult> {
    const merger = new BatchMerger(0n, { keepTimestamps: true });
    let unique: Uint8Array | null;
    try {
      const failed = await runRecordSet(
        await this.#dedupChain(),
        records,
        merger,
        new Pacer(this.#options.clock),
      );
      if (failed?.kind === "MessageTooLarge") return { error: failed };
      if (failed !== null) return { error: { kind: "StorageError" } };
      unique = merger.finish({ growSpan: true });
    } catch (error) {
      this.#options.logger.warn({ replica: this.log.name, reason: errorText(error) }, "deduplication failed");
      const wire = engineWireError(error);
      return {
        error: wire?.kind === "SmartModuleMemoryLimitExceeded" ? wire : { kind: "StorageError" },
      };
    }
    if (unique === null) {
      const { highWatermark, logEnd } = this.log.offsets;
      return { baseOffset: highWatermark, logEnd };
    }
    return this.#append(unique);
  }

  /** The chain; a new one, with the past from the log, if the old one had to be stopped. */
  async #dedupChain(): Promise<AsyncChain> {
    if (this.#dedup?.alive !== true && !this.#end.signal.aborted) {
      this.#dedup = await this.#options.reopenDedup();
    }
    return this.#dedup!;
  }

  async #append(records: Uint8Array): Promise<WriteResult> {
    try {
      const { baseOffset, logEnd } = await this.log.append(records);
      return { baseOffset, logEnd };
    } catch (error) {
      const code = errorCode(error);
      // What is wrong with the disk, the log has said itself, and once for all appends.
      const level = code === "SMDK_LOG_DISK_FULL" || code === "SMDK_LOG_WRITE_FAILED" ? "debug" : "warn";
      this.#options.logger[level](
        { replica: this.log.name, code, reason: errorText(error) },
        "append refused",
      );
      this.#options.writeFailed();
      return { error: this.#appendError(code) };
    }
  }

  #appendError(code: string | undefined): ErrorCode {
    switch (code) {
      case "SMDK_LOG_BATCH_TOO_LARGE":
        return { kind: "MessageTooLarge" };
      case "SMDK_LOG_DISK_FULL":
        return { kind: "PartitionFull", replicaKey: { topic: this.topic, partition: this.partition } };
      case "SMDK_LOG_CLOSED":
        return { kind: "NotLeaderForPartition" };
      default:
        return { kind: "StorageError" };
    }
  }
}

/**
 * Runs every batch of a record set through the chain, for writing. Returns the error that stopped it, or null.
 * The batches have no place in the log yet: they count on from 0, and modules see the base offset their producer wrote.
 */
export async function runRecordSet(
  chain: AsyncChain,
  records: Uint8Array,
  merger: BatchMerger,
  pacer: Pacer,
): Promise<ErrorCode | null> {
  let base = 0n;
  for (const { start } of batches(records)) {
    const header = readBatchHeader(records, start);
    if (header.lastOffsetDelta < 0) continue;
    const output = await runBatch(chain, records, header, base, base, header.baseOffset);
    if (output.error !== null) return output.error;
    merger.add(output.input, output.records);
    if (merger.bytes > MAX_OUTPUT_BYTES) return { kind: "MessageTooLarge" };
    base = output.input.end;
    await pacer.breathe();
  }
  return null;
}
