// Waiting with a limit, on the server's own clock.
import { setMaxListeners } from "node:events";
import type { Clock } from "../env/types.ts";

export interface Deadline {
  /** Aborted when the time is up, or when the outer signal is. */
  readonly signal: AbortSignal;
  dispose(): void;
}

/** A signal that is aborted after `ms` milliseconds or together with `outer`; to be disposed in any case. */
export function deadline(clock: Clock, ms: number, outer: AbortSignal): Deadline {
  const controller = new AbortController();
  const abort = (): void => controller.abort(outer.reason);
  if (outer.aborted) abort();
  // Requests of one connection may wait side by side.
  setMaxListeners(0, outer);
  outer.addEventListener("abort", abort, { once: true });
  const timer = clock.setTimeout(() => controller.abort(new Error("time is up")), ms, { background: true });
  return {
    signal: controller.signal,
    dispose: () => {
      timer.cancel();
      outer.removeEventListener("abort", abort);
    },
  };
}
