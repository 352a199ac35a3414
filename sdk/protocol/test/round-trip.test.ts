import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as protocol from "../src/index.ts";
import { type Api, type Codec, decode, encode } from "../src/index.ts";
import { arbitraryOf } from "./support/arbitrary.ts";

const RUNS = 12;

function isCodec(value: unknown): value is Codec<unknown> {
  return typeof value === "object" && value !== null && "shape" in value && "write" in value;
}

function isApi(value: unknown): value is Api {
  return typeof value === "object" && value !== null && "request" in value && "response" in value;
}

function roundTrips(codec: Codec<unknown>, version: number): void {
  fc.assert(
    fc.property(arbitraryOf(codec, version), (value) => {
      const bytes = encode(codec, value, version);
      const decoded = decode(codec, bytes, version);
      deepStrictEqual(decoded, value);
      deepStrictEqual(encode(codec, decoded, version), bytes);
    }),
    { numRuns: RUNS },
  );
}

const declared = Object.entries(protocol).filter(([, value]) => isCodec(value)) as [string, Codec<unknown>][];
const apis = Object.entries(protocol).filter(([, value]) => isApi(value)) as [string, Api][];

describe("any value of a declared type survives encoding and decoding", () => {
  test.each(apis)("%s, at every version", (_, api) => {
    for (let version = 0; version <= api.maxVersion; version++) {
      roundTrips(api.request, version);
      roundTrips(api.response, version);
    }
  });

  test.each(declared)("%s", (_, codec) => {
    for (const version of [0, 9, 13, 16, 18, 19, 20, 21, 23, 24, 25]) roundTrips(codec, version);
  });

  test.each(declared)("%s: the default of an absent field can itself be sent", (_, codec) => {
    for (const version of [0, 9, 19, 25]) {
      const bytes = encode(codec, codec.initial(), version);
      deepStrictEqual(decode(codec, bytes, version), codec.initial());
    }
  });

  test.each(declared)("%s: a value of another shape is refused with an EncodeError", (_, codec) => {
    const anything = fc.anything({ withBigInt: true, withMap: true, withNullPrototype: true });
    const nearly = fc
      .tuple(arbitraryOf(codec, 19), fc.string(), anything)
      .map(([value, key, other]) =>
        typeof value === "object" && value !== null && Object.keys(value).length > 0
          ? { ...value, [Object.keys(value)[key.length % Object.keys(value).length]!]: other }
          : other,
      );
    fc.assert(
      fc.property(fc.oneof(anything, nearly), (value) => {
        try {
          encode(codec, value, 19);
        } catch (error) {
          expect(error).toMatchObject({ code: "SMDK_ENCODE" });
          expect((error as protocol.EncodeError).path).not.toBe("");
        }
      }),
      { numRuns: 30 },
    );
  });

  test("the tables cover what the declarations say", () => {
    expect(apis.length).toBeGreaterThanOrEqual(16 + 4 + 9 + 7);
    expect(declared.length).toBeGreaterThan(90);
    expect([...protocol.scPublicApis.keys()]).toEqual([18, 1001, 1002, 1003, 1004, 1005, 1006]);
    expect([...protocol.spuPublicApis.keys()]).toEqual([18, 0, 1, 1002, 1003, 1005, 1006, 1007, 1008, 2000]);
  });
});
