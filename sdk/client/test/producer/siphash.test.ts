import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyHash, partitionForKey } from "../../src/producer/siphash.ts";

const utf8 = new TextEncoder();

/** Hashes that Fluvio's own partitioner gives. */
const vectors: [string, string][] = [
  ["", "e849e8bb6ffe2567"],
  ["a", "feb15081b68ca86b"],
  ["b", "caa506b8c1ebd37c"],
  ["key", "1bf94d5174027fca"],
  ["hello", "d17f96bd0852ce12"],
  ["user-1", "5b7bf110f671cd04"],
  ["user-2", "3ca4b356c2d94aae"],
  ["fluvio", "cefb711b1c18ab54"],
  ["order-42", "0d51800629a7428a"],
  ["00000000", "5f0ba1e2bd114a93"],
  ["0123456789abcdef", "c4d0363f590e0c1b"],
  ["日本", "3b5109afb8e6add1"],
  ["😀", "505b60c3da68255d"],
  ["key1", "27406ff74505f285"],
  ["key2", "9707e89cc034fac5"],
  ["key3", "db124064ad57c542"],
  ["1", "61580903e47368e6"],
  ["2", "a7de8d28328e8c96"],
  ["4", "519a590c490ead91"],
  ["8", "144af4ad484232ff"],
  ["alpha", "860cb1bbe2a6cd1e"],
  ["beta", "fe6e93169a883469"],
  ["gamma", "7dbd564acc4b72d1"],
];

const text = ([high, low]: [number, number]): string =>
  high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");

describe("the hash of a key", () => {
  it.each(vectors)("%j is %s", (key, expected) => {
    expect(text(keyHash(utf8.encode(key)))).toBe(expected);
  });
});

describe("the partition of a key", () => {
  it.each([
    ["a", [1, 1, 3, 2]],
    ["b", [0, 0, 0, 6]],
    ["key", [0, 2, 2, 6]],
    ["hello", [0, 2, 2, 2]],
    ["user-1", [0, 1, 0, 5]],
    ["日本", [1, 1, 1, 4]],
  ])("%s among 2, 3, 4 and 7", (key, expected) => {
    expect([2, 3, 4, 7].map((count) => partitionForKey(utf8.encode(key), count))).toEqual(expected);
  });

  it("is the 64-bit hash modulo the count, for any count", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        (key, count) => {
          const exact = BigInt(`0x${text(keyHash(key))}`) % BigInt(count);
          expect(partitionForKey(key, count)).toBe(Number(exact));
        },
      ),
    );
  });
});
