/** From "beginning plus n" to an offset. */
import { ClientError } from "../error.ts";
import type { StartOffset } from "./config.ts";

/**
 * The offset to begin at in a log of [`logStart`, `logEnd`]. `stored` is the last offset that the consumer id has
 * processed, or null; what follows it is the base of relative starts. Absolute starts are taken as they are.
 */
export function resolveStart(
  start: StartOffset,
  logStart: bigint,
  logEnd: bigint,
  stored: bigint | null,
): bigint {
  if (typeof start === "object" && "absolute" in start) {
    const offset = count(start.absolute, "absolute offset");
    return offset;
  }
  const resume = stored === null ? null : stored + 1n;
  const fromEnd = start === "end" || (typeof start === "object" && "end" in start);
  const distance =
    typeof start === "string"
      ? 0n
      : "end" in start
        ? count(start.end, "offset from the end")
        : count(start.beginning, "offset from the beginning");
  const offset = fromEnd ? (resume ?? logEnd) - distance : (resume ?? logStart) + distance;
  const limited = offset < logStart ? logStart : offset > logEnd ? logEnd : offset;
  return limited < 0n ? 0n : limited;
}

/** A number of records; fails with SMDK_ARGUMENT. */
function count(value: bigint | number, what: string): bigint {
  if (value < 0 || (typeof value === "number" && !Number.isSafeInteger(value))) {
    throw new ClientError("SMDK_ARGUMENT", `${what} must be a whole number of 0 or more, not ${value}`);
  }
  return BigInt(value);
}

/** Fails early with SMDK_ARGUMENT what would fail later. */
export function checkStart(start: StartOffset): void {
  resolveStart(start, 0n, 0n, null);
}
