/** transforms.yaml and transform lines. */
import { describe, expect, it } from "vitest";
import { parseTransformLine, parseTransforms, TransformsError } from "../src/index.ts";

const step = (body: string): string => `transforms:\n  - uses: a\n${body}`;
const param = (value: string): string | undefined =>
  parseTransforms(step(`    with:\n      k: ${value}\n`))[0]!.with.get("k");
const age = (text: string) => parseTransforms(step(`    lookback: {age: "${text}"}`))[0]!.lookback!.age;

it("reads a file", () => {
  const steps = parseTransforms(
    [
      "transforms:",
      "  - uses: group/name@1.2.0",
      "    invoke: historical",
      "    lookback: {last: 10, age: 7days}",
      "    with:",
      "      key: value",
      "      spec:",
      "        - operation: shift",
      "          spec: {b: 1.0, a: [true, null]}",
      "  - uses: plain",
    ].join("\n"),
  );
  expect(steps).toEqual([
    {
      uses: "group/name@1.2.0",
      with: new Map([
        ["key", "value"],
        ["spec", '[{"operation":"shift","spec":{"a":[true,null],"b":1.0}}]'],
      ]),
      lookback: { last: 10n, age: { seconds: 604_800n, nanos: 0 } },
    },
    { uses: "plain", with: new Map(), lookback: null },
  ]);
});

it.each(["transforms:", "transforms: []", "transforms: null"])("has no steps: %s", (text) => {
  expect(parseTransforms(text)).toEqual([]);
});

describe("parameters", () => {
  it.each([
    ['"10"', "10"],
    ["hello world", "hello world"],
    ["yes", "yes"],
    ["007", "007"],
    ["!!str 10", "10"],
    ["|\n        two\n        lines", "two\nlines\n"],
    ["[1, 2.50, 1e3, -0.0, 0x10, x]", '[1,2.5,1000.0,-0.0,16,"x"]'],
    [
      "[1e21, 1.5e17, 1e16, 1e15, 0.00001, 1e-6, .nan]",
      "[1e21,1.5e17,1e16,1000000000000000.0,0.00001,1e-6,null]",
    ],
    ["[18446744073709551615, -9223372036854775808]", "[18446744073709551615,-9223372036854775808]"],
    [
      '{b: 1, a: {z: [], y: {}}, B: 2, "\\uFF5E": 1, "\\U0001F600": 1}',
      '{"B":2,"a":{"y":{},"z":[]},"b":1,"\uff5e":1,"\u{1f600}":1}',
    ],
  ])("%s becomes %s", (value, text) => {
    expect(param(value)).toBe(text);
  });

  it.each([
    ["10", "integer `10`"],
    ["1.5", "floating point `1.5`"],
    ["true", "boolean `true`"],
    ["null", "unit value"],
  ])("refuses a bare %s", (value, described) => {
    expect(() => param(value)).toThrow(
      expect.objectContaining({
        message: `transforms[0].with.k: invalid type: ${described}, expected str, string, sequence or map`,
        location: { file: "transforms.yaml", line: 4, column: 10 },
      }),
    );
  });

  it("keeps the last of two equal keys, and follows aliases", () => {
    expect(parseTransforms(step("    with:\n      k: a\n      k: b"))[0]!.with.get("k")).toBe("b");
    expect(parseTransforms("transforms:\n  - uses: &x a\n    with: {k: *x}")[0]!.with.get("k")).toBe("a");
  });

  it("stops at what aliases can make endless", () => {
    const levels = Array.from({ length: 30 }, (_, i) => `      l${i + 1}: &l${i + 1} [*l${i}, *l${i}]`);
    expect(() => parseTransforms(step(`    with:\n      l0: &l0 [x]\n${levels.join("\n")}`))).toThrow(
      TransformsError,
    );
  });
});

describe("lookback", () => {
  it.each([
    ["{}", { last: 0n, age: null }],
    ["{last: 5}", { last: 5n, age: null }],
    ["{age: 30s}", { last: 0n, age: { seconds: 30n, nanos: 0 } }],
    ["null", null],
  ])("%s", (text, lookback) => {
    expect(parseTransforms(step(`    lookback: ${text}`))[0]!.lookback).toEqual(lookback);
  });

  it.each(["{last: -1}", "{last: 1.5}", "{last: x}", "{age: 30}", "5", "[]"])("refuses %s", (text) => {
    expect(() => parseTransforms(step(`    lookback: ${text}`))).toThrow(TransformsError);
  });

  it.each([
    ["1h 30m", 5400n, 0],
    ["1w", 604_800n, 0],
    ["1M", 2_630_016n, 0],
    ["1y", 31_557_600n, 0],
    ["5 min", 300n, 0],
    ["10ms", 0n, 10_000_000],
    ["1.5h", 5400n, 0],
    ["18446744073709551615s", 18_446_744_073_709_551_615n, 0],
  ])("an age of %s", (text, seconds, nanos) => {
    expect(age(text)).toEqual({ seconds, nanos });
  });

  it.each(["", "1", "x", "1x", "s", "1s,", "-1s", "1.s", "0.1ns", "1H", "18446744073709551616s"])(
    "no age: %j",
    (text) => {
      expect(() => age(text)).toThrow("expected a duration");
    },
  );
});

describe("a line", () => {
  it("is one step as JSON", () => {
    expect(
      parseTransformLine('{"uses":"a","with":{"k":{"b":1.0,"a":[1]}},"lookback":{"last":1,"age":"3s"}}'),
    ).toEqual({
      uses: "a",
      with: new Map([["k", '{"a":[1],"b":1.0}']]),
      lookback: { last: 1n, age: { seconds: 3n, nanos: 0 } },
    });
  });

  it.each([
    '{"uses":5}',
    '{"uses":null}',
    "{}",
    '{"uses":"a"',
    "[]",
    "null",
    '{"uses":"a","with":{"k":1}}',
    "{'uses':'a'}",
  ])("refuses %s", (text) => {
    expect(() => parseTransformLine(text)).toThrow(TransformsError);
  });
});

it.each([
  "",
  "other: 1",
  "[]",
  "transforms: 5",
  "transforms:\n  - {}",
  "transforms: [\n",
  "a: b: c",
  "---\ntransforms: []\n---\n",
])("refuses %j with a code", (text) => {
  expect(() => parseTransforms(text)).toThrow(expect.objectContaining({ code: "SMDK_TRANSFORMS_INVALID" }));
});
