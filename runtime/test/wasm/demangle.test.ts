import { describe, expect, it } from "vitest";
import { demangle } from "../../src/wasm/demangle.ts";

describe("names of functions", () => {
  it.each([
    ["_ZN4core9panicking5panic17h0123456789abcdefE", "core::panicking::panic::h0123456789abcdef"],
    ["__ZN3fooE", "foo"],
    ["_ZN1a1b1aE.llvm.123", "a::b::a"],
    ["_ZN3fooEx", "_ZN3fooEx"],
    ["_ZN3fo", "_ZN3fo"],
    ["_ZNE", "_ZNE"],
    ["main", "main"],
  ])("%s reads %s", (symbol, readable) => {
    expect(demangle(symbol)).toBe(readable);
  });

  it("do not keep the reader busy, however they are made", () => {
    const symbol = `_ZN${"1a".repeat(500)}!`;
    expect(demangle(symbol)).toBe(symbol);
  });
});
