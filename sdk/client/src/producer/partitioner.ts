/** Which partition a record goes to. */
import { partitionForKey } from "./siphash.ts";

/** What a partitioner may know about the topic. */
export interface PartitionerView {
  /** Number of partitions of the topic. */
  count: number;
  /** Partitions whose leader can be reached, in order; may be empty. */
  available: readonly number[];
}

/** Gives the partition of a record with this key (null: none). */
export type Partitioner = (key: Uint8Array | null, view: PartitionerView) => number;

/**
 * Fluvio's default: the hash of the key, or for records without a key one partition after the other among the
 * available ones (all, if none is known to be available). A keyed record goes to its partition even if that is
 * not available now. Each call makes a partitioner with a counter of its own.
 */
export function siphashRoundRobin(): Partitioner {
  let counter = 0;
  return (key, { count, available }) => {
    if (key !== null) return partitionForKey(key, count);
    const turn = counter++;
    return available.length > 0 ? available[turn % available.length]! : turn % count;
  };
}
