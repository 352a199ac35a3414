/** What a consumer can be asked for. */
import type { Isolation } from "@smdk/protocol";
import type { SmartModuleUse } from "../smartmodule.ts";

/**
 * Where to begin in each partition: its beginning or end, an absolute offset, or a number of records after the
 * beginning or before the end (limited to what the log has).
 */
export type StartOffset =
  | "beginning"
  | "end"
  | { absolute: bigint | number }
  | { beginning: bigint | number }
  | { end: bigint | number };

/** Attempts to open a stream again after its connection broke; a success starts the count anew. */
export interface ConsumerRetry {
  /** Default 100. */
  maxAttempts: number;
  /** First delay in milliseconds. Default 1000. */
  minDelayMs: number;
  /** Longest delay in milliseconds. Default 30000. */
  maxDelayMs: number;
  /** Default 1.1. */
  factor: number;
}

export interface ConsumerConfig {
  topic: string;
  /** Default: all partitions that the topic has when consuming begins. */
  partitions?: number | readonly number[];
  /** Only the partition of this remote cluster, of a mirror topic. */
  mirror?: string;
  /** Default "end": new records only. A stored offset of the consumer id takes its place, except for an absolute one. */
  start?: StartOffset;
  /** Which records may be read: all that the leader has (default), or replicated ones only. */
  isolation?: Isolation;
  /** Bytes per answer of the cluster. Default 1048890. A single larger batch is still read. */
  maxBytes?: number;
  /** Chain that the cluster applies. */
  smartModules?: readonly SmartModuleUse[];
  /** Consumer id under which the cluster keeps offsets. */
  consumer?: string;
  /**
   * Who commits the offsets of the consumer id: nobody (default), the caller with `commit()` and `flushOffsets()`, or
   * the consumer itself when it hands a record out.
   */
  offsetStrategy?: "none" | "manual" | "auto";
  /** Milliseconds between the flushes of "auto". Default 10000. */
  offsetFlushMs?: number;
  /** End at the records that were there when consuming began. */
  disableContinuous?: boolean;
  /**
   * With `disableContinuous` and SmartModules: milliseconds of silence after which the cluster is asked whether it is
   * done, since real ones do not answer where a filter drops everything. Where it was only slow, and has more to
   * send than one answer, modules begin anew behind that answer, as after a broken connection. Default 10000.
   */
  endIdleMs?: number;
  /** false: fail when a connection breaks. */
  retry?: false | Partial<ConsumerRetry>;
  /** Hears why a partition's stream broke, each time before it is opened again. */
  onRetry?: (error: unknown, partition: number) => void;
  /** Check the CRC of every batch. Default true. */
  verifyCrc?: boolean;
  /** Aborting ends the iteration with SMDK_ABORTED. */
  signal?: AbortSignal;
}

export const DEFAULT_CONSUMER_RETRY: ConsumerRetry = {
  maxAttempts: 100,
  minDelayMs: 1000,
  maxDelayMs: 30_000,
  factor: 1.1,
};
