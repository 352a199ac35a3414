// Lines with a level and the offset of the record that the handler is at.

import { offsetOf, preamble } from "./abi/frame";
import { writeLine } from "./log";

function line(fd: u32, level: string, message: string): void {
  // There is no record yet in `init` and at the top level.
  writeLine(fd, preamble ? `[${level}] ${offsetOf(preamble)}: ${message}` : `[${level}] ${message}`);
}

export namespace log {
  export function trace(message: string): void {
    line(1, "trace", message);
  }

  export function debug(message: string): void {
    line(1, "debug", message);
  }

  export function info(message: string): void {
    line(1, "info", message);
  }

  export function warn(message: string): void {
    line(2, "warn", message);
  }

  export function error(message: string): void {
    line(2, "error", message);
  }
}
