import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  type FormatOptions,
  hexDump,
  isBinary,
  prettyJson,
  recordFormatter,
  type ShownRecord,
} from "../src/services/record-format.ts";
import { linesOf, splitKey } from "../src/services/record-input.ts";
import { parseTransformLines, readTransforms } from "../src/services/transforms.ts";

const directory = mkdtempSync(join(tmpdir(), "smdk-services-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function* chunks(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function linesIn(parts: readonly Uint8Array[], maxBytes?: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const group of linesOf(chunks(parts), maxBytes))
    for (const line of group) lines.push(Buffer.from(line).toString("latin1"));
  return lines;
}

describe("lines", () => {
  test("are the same however the input is cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom("a", "\n", "\r", "é") }),
        fc.array(fc.nat(40)),
        async (text, cuts) => {
          const bytes = Buffer.from(text, "latin1");
          const places = [
            0,
            ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b),
            bytes.length,
          ];
          const parts = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
          const expected = text.split("\n").map((line) => line.replace(/\r$/, ""));
          // A newline at the end begins no further line.
          if (text === "" || text.endsWith("\n")) expected.pop();
          expect(await linesIn(parts)).toEqual(expected);
        },
      ),
    );
  });

  test("of any length are refused, whatever arrives", async () => {
    await expect(linesIn([Buffer.alloc(600), Buffer.alloc(600)], 1000)).rejects.toThrow(
      "longer than 1000 bytes",
    );
  });

  test("split into key and value at the first separator", () => {
    const separator = Buffer.from("::");
    const { key, value } = splitKey(Buffer.from("k::v::w"), separator)!;
    expect([Buffer.from(key!).toString(), Buffer.from(value).toString()]).toEqual(["k", "v::w"]);
    expect(splitKey(Buffer.from("k:v"), separator)).toBeUndefined();
  });
});

describe("record formats", () => {
  const record = (value: string | Uint8Array, more: Partial<ShownRecord> = {}): ShownRecord => ({
    key: null,
    value: Buffer.from(value),
    offset: 7n,
    partition: 0,
    timestamp: 1_700_000_000_123,
    ...more,
  });
  const format = async (
    options: Partial<FormatOptions>,
    ...records: ShownRecord[]
  ): Promise<(string | null)[]> => {
    const formatter = await recordFormatter({
      output: "dynamic",
      keyValue: false,
      suppressUnknown: false,
      ...options,
    });
    return records.map(formatter);
  };
  const zero = Uint8Array.of(1, 0, 2);

  test("dynamic shows text as text and the rest as a dump", async () => {
    expect(await format({}, record("text"))).toEqual(["text"]);
    expect((await format({}, record(zero)))[0]).toMatch(/^00000000 {2}01 00 02 +\| +\|\n-{78}\n$/);
  });

  test("text names the size of what is none", async () => {
    expect(await format({ output: "text" }, record(zero))).toEqual(["binary: (3 bytes)"]);
    expect(await format({ output: "text", suppressUnknown: true }, record(zero))).toEqual([
      "\u0001\u0000\u0002",
    ]);
  });

  test("json says what is wrong, or nothing at all", async () => {
    const [pretty, wrong] = await format({ output: "json" }, record('{"a":[1]}'), record("alpha"));
    expect(pretty).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(JSON.parse(wrong!)).toEqual({ error: "expected value at line 1 column 1" });
    expect(await format({ output: "json", suppressUnknown: true }, record("alpha"))).toEqual([null]);
  });

  test("a table has its header once", async () => {
    const rows = await format(
      { output: "table" },
      record('{"name":"Ada","n":1}'),
      record('{"name":"Bo","n":2}'),
      record("x"),
    );
    expect(rows).toEqual([
      " name  n\n Ada   1",
      " Bo    2",
      expect.stringContaining("error parsing record as json"),
    ]);
  });

  test("templates", async () => {
    const template = "{{offset}}|{{partition}}|{{key}}|{{value}}|{{time}}|{{nothing}}";
    const [known, unknown] = await format(
      { template },
      record("<b>", { key: Buffer.from("k") }),
      record("v", { timestamp: -1 }),
    );
    expect(known).toBe("7|0|k|<b>|2023-11-14T22:13:20.123Z|");
    expect(unknown).toBe("7|0|null|v|NA|");
  });

  test("binary is what upstream takes for it", () => {
    expect([zero, Buffer.from("%PDF-1.4"), Buffer.from("\x89PNG", "latin1")].map(isBinary)).toEqual([
      true,
      true,
      true,
    ]);
    expect([Buffer.from("a\n"), Buffer.from("é"), Uint8Array.of(0xff, 0xfe, 0x61, 0)].map(isBinary)).toEqual([
      false,
      false,
      false,
    ]);
  });

  test("dumps of more than a row", () => {
    const [first, second] = hexDump(Buffer.from("0123456789abcdef\nz")).split("\n");
    expect(first).toBe("00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|");
    expect(second).toBe("00000010  0a 7a                                             |.z              |");
  });
});

describe("transforms", () => {
  const read = async (text: string): ReturnType<typeof readTransforms> => {
    const file = join(directory, "transforms.yaml");
    writeFileSync(file, text);
    return await readTransforms(file);
  };

  test("a file with parameters and look-back", async () => {
    const steps = await read(
      "transforms:\n  - uses: g/n@1.0.0\n    lookback:\n      last: 10\n      age: 30s\n    with:\n      k: v\n      spec:\n        - b: 1\n          a: [x]\n    invoke: ignored\n  - uses: plain\n    lookback: {}\n",
    );
    expect(steps).toEqual([
      {
        uses: "g/n@1.0.0",
        params: new Map([
          ["k", "v"],
          ["spec", '[{"a":["x"],"b":1}]'],
        ]),
        lookback: { last: 10n, age: { seconds: 30n, nanos: 0 } },
      },
      { uses: "plain", params: new Map(), lookback: { last: 0n, age: null } },
    ]);
  });

  test("no steps at all", async () => expect(await read("transforms:\n")).toEqual([]));

  test.each([
    ["steps: []", "missing field `transforms`"],
    ["transforms: 5", "expected a sequence"],
    ["transforms:\n  - with: {}", "missing field `uses`"],
    ["transforms:\n  - uses: x\n    with: { n: 10 }", "invalid type: number `10`"],
    ["transforms:\n  - uses: x\n    with: { n: true }", "invalid type: boolean `true`"],
    ["transforms:\n  - uses: x\n    lookback: { last: -1 }", "lookback.last"],
    ["transforms:\n  - uses: x\n    lookback: { age: 30 }", "lookback.age"],
  ])("%j is refused", async (text, reason) => {
    await expect(read(text)).rejects.toMatchObject({
      exit: "config",
      causes: [expect.stringContaining(reason)],
    });
  });

  test("lines of JSON", async () => {
    expect(await parseTransformLines(['{"uses":"a","with":{"x":"y"}}'])).toEqual([
      { uses: "a", params: new Map([["x", "y"]]), lookback: null },
    ]);
    const numbers = '{"uses":"a","with":{"x":[1,1.0,0.5,12345678901234567890,1e300]}}';
    const [step] = await parseTransformLines([numbers]);
    expect(step!.params.get("x")).toBe("[1,1.0,0.5,12345678901234567890,1e300]");
    await expect(parseTransformLines(["nope"])).rejects.toThrow("unable to parse `transform` argument");
  });
});

test("JSON records are set out as they were written, every digit of them", () => {
  const text = '{"b":12345678901234567890,"a":[1.0,{"x":"{\\"y\\": [1,2]}"},[],{}],"2":null}';
  expect(prettyJson(text)).toBe(
    [
      "{",
      '  "b": 12345678901234567890,',
      '  "a": [',
      "    1.0,",
      "    {",
      '      "x": "{\\"y\\": [1,2]}"',
      "    },",
      "    [],",
      "    {}",
      "  ],",
      '  "2": null',
      "}",
    ].join("\n"),
  );
});
