/** Backtraces of traps, as people see them. */
import { expect, test } from "vitest";
import { foldFrames } from "../src/backtrace.ts";

const trace = (...frames: string[]): string =>
  [
    "error while executing at wasm backtrace:",
    ...frames.map((frame, at) => `${String(at).padStart(5)}: ${frame}`),
  ].join("\n");
const times = (count: number, ...frames: string[]): string[] =>
  Array.from({ length: count }, () => frames).flat();

test("frames of an endless recursion are shown once", () => {
  expect(
    foldFrames(trace("<unknown>!f", ...times(98, "  0x10 - <unknown>!f"), "  0x20 - <unknown>!map")),
  ).toBe(
    `error while executing at wasm backtrace:
    0: <unknown>!f
    1:   0x10 - <unknown>!f
       … the same 97 times more
   99:   0x20 - <unknown>!map`,
  );
  expect(
    foldFrames(trace(...times(40, "a", "b"), "a", "c"))
      .split("\n")
      .slice(1),
  ).toEqual(["    0: a", "    1: b", "       … the same 39 times more", "   80: a", "   81: c"]);
});

test("what repeats a few times, and other text, stays as it is", () => {
  for (const text of [trace("a", "a", "a", "b"), "not found", "a\na\na\na\na", "", trace()])
    expect(foldFrames(text)).toBe(text);
});
