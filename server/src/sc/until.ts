// Waiting for something to become true.

/**
 * Resolves as soon as `condition` holds. It is asked now, and whenever the function given to `subscribe` is called;
 * `subscribe` returns how to end that.
 * @throws the signal's reason when that is aborted first.
 */
export function until(
  condition: () => boolean,
  subscribe: (check: () => void) => () => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    if (condition()) return resolve();
    const finish = (): void => {
      unsubscribe();
      signal.removeEventListener("abort", onAbort);
    };
    const onAbort = (): void => {
      finish();
      reject(signal.reason);
    };
    const unsubscribe = subscribe(() => {
      if (!condition()) return;
      finish();
      resolve();
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
