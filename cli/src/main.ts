/** Runs one command line and turns its outcome into an exit code. */
import { flush } from "@oclif/core/flush";
import { run } from "@oclif/core/run";
import { normaliseArgv } from "./argv.ts";
import { exitCodes, fileErrorText } from "./errors.ts";
import { describe, printFailure } from "./report.ts";
import { endOnSignals } from "./services/interrupt.ts";

/**
 * Runs `smdk ARGV`. `root` is the URL of the executable (oclif finds the package from it).
 * Never rejects: failures are printed and become `process.exitCode`.
 */
export async function main(argv: readonly string[], root: string): Promise<void> {
  // `smdk consume … | head` closes our output early; that is no failure.
  // First in line: the command framework has a listener of its own, which throws.
  process.stdout.prependListener("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    process.stderr.write(`Error: writing the output: ${fileErrorText(error)}\n`);
    process.exit(exitCodes.failed);
  });
  // Nobody is left to tell.
  process.stderr.on("error", () => undefined);
  endOnSignals();
  const args = normaliseArgv(argv);
  const fail = (error: unknown): void => {
    const failure = describe(error);
    if (failure === undefined) return;
    process.exitCode = failure.exitCode;
    printFailure(failure, wantsJson(args));
  };
  // What fails where nobody waits for it; nothing can go on after that.
  process.on("uncaughtException", (error) => {
    fail(error);
    process.exit();
  });
  try {
    await run(args, root);
  } catch (error) {
    fail(error);
  }
  await flush().catch(() => undefined);
  // A terminal that is still being read would keep the process alive.
  if (process.exitCode === exitCodes.interrupted) process.exit();
}

function wantsJson(argv: readonly string[]): boolean {
  const stop = argv.indexOf("--");
  return (stop < 0 ? argv : argv.slice(0, stop)).includes("--json");
}
