/** Checks of record sets on their way into the log. */

import { type Compression, checkBatch, RecordError } from "@smdk/protocol";
import { LogError } from "./error.ts";

/** One batch that will be written: `bytes[start..end)`, taking `span` offsets. */
export interface CheckedBatch {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly span: bigint;
  /** As the sender wrote it; only followers care. */
  readonly baseOffset: bigint;
}

/**
 * Checks every batch of the record sets: whole, of a known form, not above `maxBatchBytes`, checksum right.
 * Empty batches are left out: they take no offset and hold nothing.
 * @throws LogError, in which case nothing of the record sets may be stored.
 */
export function checkRecordSets(recordSets: readonly Uint8Array[], maxBatchBytes: number): CheckedBatch[] {
  const found: CheckedBatch[] = [];
  for (const bytes of recordSets) {
    let at = 0;
    while (at < bytes.length) {
      const header = checked(bytes, at, maxBatchBytes);
      const end = at + header.totalLength;
      if (header.lastOffsetDelta >= 0) {
        found.push({
          bytes,
          start: at,
          end,
          span: BigInt(header.lastOffsetDelta) + 1n,
          baseOffset: header.baseOffset,
        });
      } else if (!isEmpty(header.lastOffsetDelta, header.compression, bytes, header.recordsStart, end)) {
        throw new LogError(
          "SMDK_LOG_BATCH_INVALID",
          `a batch with records says that its last offset delta is ${header.lastOffsetDelta}`,
        );
      }
      at = end;
    }
  }
  return found;
}

function checked(bytes: Uint8Array, at: number, maxBytes: number): ReturnType<typeof checkBatch> {
  try {
    return checkBatch(bytes, at, { maxBytes });
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    const code =
      error.code === "SMDK_BATCH_TOO_LARGE" ? "SMDK_LOG_BATCH_TOO_LARGE" : "SMDK_LOG_BATCH_INVALID";
    throw new LogError(code, error.message, { cause: error });
  }
}

/** Whether nothing is lost by leaving the batch out. What is compressed has to be believed. */
function isEmpty(
  lastOffsetDelta: number,
  compression: Compression | null,
  bytes: Uint8Array,
  recordsStart: number,
  end: number,
): boolean {
  if (lastOffsetDelta !== -1) return false;
  if (compression !== "None") return true;
  for (let at = recordsStart; at < Math.min(recordsStart + 4, end); at++) {
    if (bytes[at] !== 0) return false;
  }
  return true;
}
