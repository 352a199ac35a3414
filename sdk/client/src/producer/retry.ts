/** When a failed produce request is tried again. */

/**
 * For requests that were sent and not answered. Leaders that cannot be reached are looked for every few moments, for
 * as long as `timeoutMs` says, unless `maxRetries` is 0.
 */
export interface ProduceRetry {
  /** How delays grow: powers of the first, always the same, or each the sum of the two before. */
  strategy: "exponential" | "fixed" | "fibonacci";
  /** Attempts after the first. */
  maxRetries: number;
  /** First delay in milliseconds. */
  delayMs: number;
  /** Longest single delay in milliseconds. */
  maxDelayMs: number;
  /** Milliseconds from the first failure after which no attempt begins. */
  timeoutMs: number;
}

/** Fluvio's: 20 ms, 400 ms, 8 s, 160 s. */
export const DEFAULT_RETRY: ProduceRetry = {
  strategy: "exponential",
  maxRetries: 4,
  delayMs: 20,
  maxDelayMs: 200_000,
  timeoutMs: 300_000,
};

/** Milliseconds before retry number `attempt` (from 1); null when there is none. */
export function retryDelay(retry: ProduceRetry, attempt: number, elapsedMs: number): number | null {
  if (attempt > retry.maxRetries) return null;
  const delay = Math.min(retry.maxDelayMs, rawDelay(retry, attempt));
  return elapsedMs + delay > retry.timeoutMs ? null : delay;
}

function rawDelay({ strategy, delayMs }: ProduceRetry, attempt: number): number {
  if (strategy === "fixed") return delayMs;
  if (strategy === "exponential") return delayMs ** attempt;
  let previous = 0;
  let current = delayMs;
  for (let i = 1; i < attempt; i++) [previous, current] = [current, previous + current];
  return current;
}
