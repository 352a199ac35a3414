/** Input layouts of every version, byte by byte. */
import { describe, expect, it } from "vitest";
import { encodeInit, encodeInput } from "../../src/abi/input.ts";
import { fromHex, R2, toHex } from "../support.ts";

const input = { baseOffset: 100n, baseTimestamp: 1_700_000_000_000n, records: R2 };
const start = `0000000000000064 0000001e ${toHex(R2)}`;
const timestamp = "0000018bcfe56800";

const tails: [number, string][] = [
  [13, "0000"],
  [15, "0000"],
  [16, "0000 00000000"],
  [19, "0000 00000000"],
  [20, "000000 00000000"],
  [21, "000000 00000000"],
  [22, `000000 00000000 ${timestamp}`],
  [23, timestamp],
  [24, timestamp],
  [25, timestamp],
  [26, timestamp],
];

describe.each(tails)("version %i", (version, tail) => {
  it("lays out the input", () => {
    expect(toHex(encodeInput(input, version))).toBe(toHex(fromHex(start + tail)));
  });

  it("puts the accumulator of an aggregate at the end", () => {
    const accumulator = fromHex("616363");
    expect(toHex(encodeInput(input, version, accumulator))).toBe(
      toHex(fromHex(`${start}${tail}00000003616363`)),
    );
    expect(toHex(encodeInput(input, version, new Uint8Array(0)))).toBe(
      toHex(fromHex(`${start}${tail}00000000`)),
    );
  });
});

describe("init input", () => {
  const params = new Map([
    ["key", "a"],
    ["b", "é"],
  ]);
  const map = "0002 0001 62 0002 c3a9 0003 6b6579 0001 61";

  it.each([
    [19, null, ""],
    [20, null, "00"],
    [25, null, "00"],
    [20, { last: 10n, age: null }, "01 000000000000000a"],
    [21, { last: 10n, age: null }, "01 000000000000000a 00"],
    [
      25,
      { last: 2n, age: { seconds: 3600n, nanos: 500_000_000 } },
      "01 0000000000000002 01 0000000000000e10 1dcd6500",
    ],
  ])("version %i, lookback %o", (version, lookback, tail) => {
    expect(toHex(encodeInit(params, lookback, version))).toBe(toHex(fromHex(map + tail)));
  });

  it("sorts keys by their bytes, not by their UTF-16 units", () => {
    const bytes = toHex(
      encodeInit(
        new Map([
          ["\u{1f600}", ""],
          ["\uff5e", ""],
        ]),
        null,
        19,
      ),
    );
    expect(bytes).toBe("00020003efbd9e00000004f09f98800000");
  });

  it("refuses what the format cannot carry", () => {
    expect(() => encodeInit(new Map([["k", "x".repeat(32_768)]]), null, 25)).toThrow(RangeError);
    expect(encodeInit(new Map([["k", "x".repeat(32_767)]]), null, 25)).toHaveLength(2 + 3 + 2 + 32_767 + 1);
  });
});
