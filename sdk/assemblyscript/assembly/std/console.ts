// Takes the place of the standard library's console: lines go to standard output and error through WASI.

import { logTimer, startTimer, stopTimer, writeLine } from "~lib/@smdk/assemblyscript/log";

export namespace console {
  export function assert<T>(condition: T, message: string = ""): void {
    if (!condition) writeLine(2, message.length ? "Assertion failed: " + message : "Assertion failed");
  }

  export function log(message: string = ""): void {
    writeLine(1, message);
  }

  export function debug(message: string = ""): void {
    writeLine(1, message);
  }

  export function info(message: string = ""): void {
    writeLine(1, message);
  }

  export function warn(message: string = ""): void {
    writeLine(2, message);
  }

  export function error(message: string = ""): void {
    writeLine(2, message);
  }

  export function time(label: string = "default"): void {
    startTimer(label);
  }

  export function timeLog(label: string = "default"): void {
    logTimer(label);
  }

  export function timeEnd(label: string = "default"): void {
    logTimer(label);
    stopTimer(label);
  }
}
