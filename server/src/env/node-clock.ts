/** Clock and random of the real machine. */

import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { sleepOn } from "./sleep.ts";
import type { Clock, Random } from "./types.ts";

/** Above this Node fires at once instead of waiting. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export function nodeClock(): Clock {
  const after: Clock["setTimeout"] = (callback, ms, options) => {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), MAX_TIMEOUT_MS));
    if (options?.background) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  };
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    setTimeout: after,
    sleep: sleepOn(after),
    nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

export function nodeRandom(): Random {
  return {
    bytes: (length) => new Uint8Array(randomBytes(length)),
    integer: (maxExclusive) => randomInt(maxExclusive),
    uuid: () => randomUUID(),
  };
}
