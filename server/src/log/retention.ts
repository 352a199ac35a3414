/** Which closed segments have to go. Age is that of the file's last append, as in Fluvio; record times do not count. */

export interface RetentionLimits {
  readonly maxPartitionBytes: number;
  readonly segmentBytes: number;
  readonly retentionMs: number;
}

/** How many of the oldest segments to remove; `closed` are the segments before the active one, oldest first. */
export function expiredSegments(
  closed: readonly { readonly modifiedMs: number }[],
  partitionBytes: number,
  nowMs: number,
  limits: RetentionLimits,
): number {
  const excess = partitionBytes - limits.maxPartitionBytes;
  let count = excess > 0 ? Math.min(Math.ceil(excess / limits.segmentBytes), closed.length) : 0;
  while (count < closed.length && nowMs - closed[count]!.modifiedMs > limits.retentionMs) count += 1;
  return count;
}
