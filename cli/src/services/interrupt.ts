/** Ctrl-C for work that has something to finish: the first one asks it to end, the second ends the process. */
import { CliError, exitCodes } from "../errors.ts";

/** Runs `work` with a signal that Ctrl-C (or SIGTERM) aborts; work that fails because of it fails with exit 130. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    // No text: whoever pressed Ctrl-C knows.
    controller.abort(new CliError("interrupted", ""));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
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
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}
