// Where a regular expression is that the engine does not take: its parser tells everything about such a literal but
// the place.

import { type Engine, GuestError, Vm } from "./vm.ts";

/** As `Vm.compile` in a fresh engine, where errors in regular expressions have a place too. Throws `GuestError`. */
export function compile(engine: Engine, source: string, name: string): Uint8Array {
  const error = failureOf(engine, source, name);
  if (!(error instanceof GuestError)) return error;
  if (error.errorName !== "SyntaxError" || error.guestStack !== "") throw error;
  // The parser gets no further than the literal: with all lines up to it the same is wrong, with fewer it is not.
  const isWrong = (part: string): boolean => {
    const found = failureOf(engine, part, name);
    return found instanceof GuestError && found.message === error.message && found.guestStack === "";
  };
  const lines = source.split("\n");
  const line = least(lines.length, (count) => isWrong(lines.slice(0, count).join("\n")));
  const before = lines
    .slice(0, line - 1)
    .map((each) => `${each}\n`)
    .join("");
  const text = lines[line - 1] ?? "";
  const end = least(text.length, (length) => isWrong(before + text.slice(0, length)));
  let start = text.indexOf("/");
  while (start >= 0 && start < end && !isWrong(`(${text.slice(start, end)})`))
    start = text.indexOf("/", start + 1);
  const column = start < 0 || start >= end ? end : start + 1;
  throw new GuestError(
    error.errorName,
    `invalid regular expression: ${error.message}`,
    `    at ${name}:${line}:${column}\n`,
  );
}

function failureOf(engine: Engine, source: string, name: string): Uint8Array | GuestError {
  try {
    return new Vm(engine).compile(source, name);
  } catch (error) {
    if (error instanceof GuestError) return error;
    throw error;
  }
}

/** The least number from 1 to `most` that a condition holds for, which from there on holds for all. */
function least(most: number, holds: (count: number) => boolean): number {
  let low = 1;
  let high = most;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
