// Lines for people, through WASI.

import { utf8Length, utf8Write } from "./utf8";
import { now, write } from "./wasi";

/** Writes a line in one piece to standard output (1) or standard error (2). */
export function writeLine(fd: u32, text: string): void {
  let size = utf8Length(text);
  let buffer = __new(<usize>size + 1, idof<ArrayBuffer>());
  store<u8>(utf8Write(text, buffer), 0x0a);
  write(fd, buffer, <usize>size + 1);
}

// @ts-ignore: decorator
@lazy const timers = new Map<string, u64>();

export function startTimer(label: string): void {
  timers.set(label, now(1));
}

export function stopTimer(label: string): void {
  timers.delete(label);
}

export function logTimer(label: string): void {
  if (!timers.has(label)) return;
  let elapsed = <f64>(now(1) - timers.get(label)) / 1e6;
  writeLine(1, label + ": " + elapsed.toString() + "ms");
}
