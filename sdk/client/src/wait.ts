/** Waiting with a limit and with an abort signal, leaving no timer or listener behind. */
import { setMaxListeners } from "node:events";
import { ClientError } from "./error.ts";

/** A controller whose signal any number of operations may listen to without Node suspecting a leak. */
export function abortController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

export function abortError(signal: AbortSignal): ClientError {
  return new ClientError("SMDK_ABORTED", "aborted by the caller", { cause: signal.reason });
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** Resolves after `ms` milliseconds; rejects with SMDK_ABORTED as soon as the signal says so. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortError(signal));
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(abortError(signal!));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** `promise`, unless the signal or the limit comes first. The work behind it is not stopped. */
export function within<T>(
  promise: Promise<T>,
  options: { ms?: number; signal?: AbortSignal | undefined; onTimeout?: () => Error },
): Promise<T> {
  const { ms, signal, onTimeout } = options;
  if (ms === undefined && signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) {
      promise.catch(() => undefined);
      reject(abortError(signal));
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      done();
      reject(abortError(signal!));
    };
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    if (ms !== undefined) {
      timer = setTimeout(() => {
        done();
        reject(onTimeout?.() ?? new ClientError("SMDK_TIMEOUT", `no answer within ${ms} ms`));
      }, ms);
    }
    signal?.addEventListener("abort", onAbort, { once: true });
    promise.then(
      (value) => {
        done();
        resolve(value);
      },
      (error: unknown) => {
        done();
        reject(error);
      },
    );
  });
}

/** Delays of repeated attempts: `min`, then `factor` times the one before, at most `max` (milliseconds). */
export class Backoff {
  private readonly min: number;
  private readonly max: number;
  private readonly factor: number;
  private current: number;

  constructor(min: number, max: number, factor: number) {
    this.min = min;
    this.max = max;
    this.factor = factor;
    this.current = min;
  }

  next(): number {
    const delay = this.current;
    this.current = Math.min(this.max, this.current * this.factor);
    return delay;
  }

  reset(): void {
    this.current = this.min;
  }
}
