import { describe, expect, test } from "vitest";
import { normaliseArgv } from "../src/argv.ts";
import { humanBytes, humanMillis, humanSeconds, render, table, toJson } from "../src/output.ts";
import {
  nameProblem,
  parseAddress,
  parseBytes,
  parseDuration,
  parseMillis,
  parseParams,
} from "../src/values.ts";

describe("durations", () => {
  test.each([
    ["30s", 30n, 0],
    ["1h 30m", 5400n, 0],
    ["7days", 604_800n, 0],
    ["1w", 604_800n, 0],
    ["150ms", 0n, 150_000_000],
    ["2d 10s", 172_810n, 0],
    ["1s500ms", 1n, 500_000_000],
  ])("%s", (text, seconds, nanos) => {
    expect(parseDuration(text)).toEqual({ seconds, nanos });
  });

  test.each(["", "30", "s", "1 lightyear", "-1s", "1.5s", "1s 2"])("%j is refused", (text) => {
    expect(() => parseDuration(text)).toThrow(/invalid duration/);
  });

  test("in milliseconds", () => expect(parseMillis("1s 5ms")).toBe(1005));
});

describe("sizes", () => {
  test.each([
    ["2048", 2048n],
    ["10MB", 10_000_000n],
    ["16kib", 16_384n],
    ["1 GB", 1_000_000_000n],
    ["2 Ki", 2048n],
    ["1.5k", 1500n],
  ])("%s", (text, bytes) => expect(parseBytes(text)).toBe(bytes));

  test.each(["", "ten", "-1", "1 XB", "1.2.3k"])("%j is refused", (text) => {
    expect(() => parseBytes(text)).toThrow(/invalid size/);
  });
});

test("parameters split at the first =", () => {
  expect([...parseParams(["a=b=c", "empty=", "a=last"])]).toEqual([
    ["a", "last"],
    ["empty", ""],
  ]);
  expect(() => parseParams(["novalue"])).toThrow("invalid KEY=value: no `=` found in `novalue`");
});

test("names of topics", () => {
  expect(nameProblem("my-topic-1")).toBeUndefined();
  for (const bad of ["", "Bad", "a_b", "-a", "a-", "a.b"])
    expect(nameProblem(bad), bad).toContain("lowercase alphanumeric");
  expect(nameProblem("a".repeat(64))).toContain("63");
});

test("addresses", () => {
  expect(parseAddress("localhost:9003")).toEqual({ host: "localhost", port: 9003 });
  for (const bad of ["localhost", ":9003", "h:0", "h:99999", "h:x"])
    expect(() => parseAddress(bad), bad).toThrow(/invalid address/);
});

describe("the arguments of Fluvio users", () => {
  test("flags before the command move behind it", () => {
    expect(normaliseArgv(["-c", "h:1", "--tls", "topic", "list"])).toEqual([
      "topic",
      "list",
      "--cluster",
      "h:1",
      "--tls",
    ]);
    expect(normaliseArgv(["--profile=p", "consume", "t", "--", "x"])).toEqual([
      "consume",
      "t",
      "--profile",
      "p",
      "--",
      "x",
    ]);
  });

  test("short and former names of topics", () => {
    expect(normaliseArgv(["sm", "list"])).toEqual(["smartmodule", "list"]);
    expect(normaliseArgv(["tf", "list"])).toEqual(["table-format", "list"]);
    expect(normaliseArgv(["cluster", "spu", "list"])).toEqual(["spu", "list"]);
    expect(normaliseArgv(["help", "sm"])).toEqual(["help", "smartmodule"]);
  });

  test("flags of a command stay where they are", () => {
    expect(normaliseArgv(["consume", "t", "-c", "id"])).toEqual(["consume", "t", "-c", "id"]);
  });
});

describe("output", () => {
  test("tables are Fluvio's", () => {
    expect(table(["NAME", "SIZE"], [["filter-a", "29.3 KB"]])).toBe(
      "  NAME      SIZE    \n  filter-a  29.3 KB ",
    );
  });

  test("sizes and times", () => {
    expect([0, 204, 1536, 30_000_000].map(humanBytes)).toEqual(["0 B", "204 B", "1.5 KB", "30.0 MB"]);
    expect([0, 1, 3600, 604_800, 90_061].map(humanSeconds)).toEqual([
      "0s",
      "1s",
      "1h",
      "7days",
      "1day 1h 1m 1s",
    ]);
    expect([3, 1200, 125_000].map(humanMillis)).toEqual(["3 ms", "1.2 s", "2 m 05 s"]);
  });

  test("64-bit numbers, bytes and maps have a JSON form", () => {
    expect(
      JSON.parse(toJson({ n: 5n, big: 2n ** 60n, bytes: Buffer.from("hi"), map: new Map([[1, "x"]]) })),
    ).toEqual({
      n: 5,
      big: "1152921504606846976",
      bytes: "aGk=",
      map: { 1: "x" },
    });
  });

  test("YAML and TOML", async () => {
    expect(await render([{ name: "a", none: null }], "yaml")).toBe("- name: a");
    expect(await render([{ name: "a", none: null }], "toml")).toBe('[[items]]\nname = "a"');
  });
});
