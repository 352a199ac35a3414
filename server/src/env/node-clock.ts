/** Clock and random of the real machine. */

import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { Clock, Random } from "./types.ts";

/** Above this Node fires at once instead of waiting. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export function nodeClock(): Clock {
  const clock: Clock = {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    setTimeout(callback, ms, options) {
      const timer = setTimeout(callback, Math.min(Math.max(ms, 0), MAX_TIMEOUT_MS));
      if (options?.background) timer.unref();
      return { cancel: () => clearTimeout(timer) };
    },
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const onAbort = () => {
          timer.cancel();
          reject(signal?.reason);
        };
        const timer = clock.setTimeout(() => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        }, ms);
        signal?.addEventListener("abort", onAbort, { once: true });
      });
    },
    nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
  };
  return clock;
}

export function nodeRandom(): Random {
  return {
    bytes: (length) => new Uint8Array(randomBytes(length)),
    integer: (maxExclusive) => randomInt(maxExclusive),
    uuid: () => randomUUID(),
  };
}
