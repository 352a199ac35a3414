// What all readers of a log on behalf of a client have in common: a bound, and the codes of failures.
import type { ErrorCode } from "@smdk/protocol";
import { errorCode } from "../error.ts";
import { otherError } from "./client-errors.ts";

/** Most bytes of records in one response, whatever the client asks for; a single batch may be larger. */
export const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

/** The code for a failed read at `offset`. */
export function readError(
  error: unknown,
  offset: bigint,
  { logStart, logEnd }: { logStart: bigint; logEnd: bigint },
): ErrorCode {
  if (errorCode(error) === "SMDK_LOG_CLOSED") return { kind: "NotLeaderForPartition" };
  if (offset < logStart) return { kind: "OffsetEvicted", offset, nextAvailable: logStart };
  if (offset > logEnd) return otherError(`start offset: ${offset} is greater than leo: ${logEnd}`);
  return { kind: "StorageError" };
}
