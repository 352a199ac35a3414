/** What Ctrl-C and SIGTERM do: end the process with 130, or let work that has something to finish do so first. */
import { CliError, exitCodes } from "../errors.ts";

const signals = ["SIGINT", "SIGTERM"] as const;

/** Ends the process at once; nothing when somebody else listens, who then has something to finish. */
function endNow(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) === 1) process.exit(exitCodes.interrupted);
}

/** From now on both signals end the process with the exit code of an interruption. */
export function endOnSignals(): void {
  for (const signal of signals) process.on(signal, endNow);
}

/** Takes that back: while a module runs in this thread for ever, no listener would hear the signals. */
export function leaveSignalsToSystem(): void {
  for (const signal of signals) process.off(signal, endNow);
}

/** Leaves both signals to the system during `work`, which runs modules in this thread. */
export async function withSystemSignals<T>(work: () => Promise<T>): Promise<T> {
  const ended = process.listeners("SIGINT").includes(endNow);
  leaveSignalsToSystem();
  try {
    return await work();
  } finally {
    if (ended) endOnSignals();
  }
}

/** Runs `work` with a signal that the first one aborts, the second one ends the process; work that fails because of it fails with exit 130. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    // No text: whoever pressed Ctrl-C knows.
    controller.abort(new CliError("interrupted", ""));
  };
  for (const name of signals) process.on(name, stop);
  // A read of the standard input cannot be aborted, so the interruption does not wait for it.
  const interrupted = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason));
  });
  interrupted.catch(() => undefined);
  const running = work(controller.signal);
  running.catch(() => undefined);
  try {
    return await Promise.race([running, interrupted]);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    // Time to close connections in order; whoever hangs beyond it is left behind.
    await Promise.race([
      running.catch(() => undefined),
      new Promise((done) => setTimeout(done, 2000).unref()),
    ]);
    throw controller.signal.reason;
  } finally {
    for (const name of signals) process.off(name, stop);
  }
}
