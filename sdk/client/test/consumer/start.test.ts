import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StartOffset } from "../../src/consumer/config.ts";
import { checkStart, resolveStart } from "../../src/consumer/start.ts";

describe("the start of a consumer", () => {
  it.each<[StartOffset, bigint | null, bigint]>([
    ["beginning", null, 10n],
    ["end", null, 20n],
    [{ beginning: 3 }, null, 13n],
    [{ beginning: 30 }, null, 20n],
    [{ end: 3n }, null, 17n],
    [{ end: 30 }, null, 10n],
    [{ absolute: 5 }, null, 5n],
    [{ absolute: 500n }, null, 500n],
    ["beginning", 14n, 15n],
    ["end", 14n, 15n],
    [{ beginning: 2 }, 14n, 17n],
    [{ end: 2 }, 14n, 13n],
    [{ absolute: 5 }, 14n, 5n],
    ["end", 3n, 10n],
  ])("%o with stored offset %s in a log of 10 to 20 is %s", (start, stored, expected) => {
    expect(resolveStart(start, 10n, 20n, stored)).toBe(expected);
  });

  it("never lies outside the log, unless absolute", () => {
    const number = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
    const start = fc.oneof(
      fc.constantFrom<StartOffset>("beginning", "end"),
      number.map((beginning) => ({ beginning })),
      number.map((end) => ({ end })),
    );
    fc.assert(
      fc.property(start, number, number, fc.option(number), (from, a, b, stored) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const offset = resolveStart(from, low, high, stored);
        expect(offset >= low && offset <= high).toBe(true);
      }),
    );
  });

  it("is a whole number", () => {
    for (const start of [{ absolute: -1 }, { beginning: 0.5 }, { end: Number.NaN }, { absolute: -1n }]) {
      expect(() => checkStart(start)).toThrow(expect.objectContaining({ code: "SMDK_ARGUMENT" }));
    }
  });
});
