/** The parts of the CLI that other programs may use. The executable is `bin/run.js`. */
export { CliError, type ExitKind, exitCodes } from "./errors.ts";
export { main } from "./main.ts";
