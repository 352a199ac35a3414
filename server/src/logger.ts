/** What this package asks of a logger: the part of pino it uses, so that tests and simulations can bring their own. */

import { pino } from "pino";

/** Fields first, sentence second; an `Error` goes under `err`. */
type LogLine = (fields: Readonly<Record<string, unknown>>, message: string) => void;

export interface Logger {
  debug: LogLine;
  info: LogLine;
  warn: LogLine;
  error: LogLine;
  /** A logger that adds the fields to every line. */
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};

/** JSON lines on standard error, so that standard output stays the program's own. */
export function stderrLogger(level: "debug" | "info" | "warn" | "error" | "silent" = "info"): Logger {
  return pino({ level, base: null }, pino.destination(2));
}
