/** What the functions of a SmartModule are given, and what they may return. */
import { inspectModule } from "@smdk/compiler";
import { toRecordList } from "@smdk/testing";
import { describe, expect, test } from "vitest";
import { chainOf, compile, run } from "./support.ts";

describe("filter", () => {
  test("keeps and drops records, key and all", async () => {
    const { records } = await run(`export const filter = (record) => record.value.includes("a");`, [
      { key: "k", value: "apple" },
      "kiwi",
      "banana",
    ]);
    expect(records.map(({ key, value, offset }) => [key, value, offset])).toEqual([
      ["k", "apple", 0n],
      [null, "banana", 2n],
    ]);
  });

  test("takes any value for true or false", async () => {
    const source = `export const filter = (record) => record.value.json();`;
    const { values } = await run(source, ["1", "0", '""', '"x"', "null", "{}"]);
    expect(values).toEqual(["1", '"x"', "{}"]);
  });

  test("may be async", async () => {
    const source = `
      const later = async (value) => { await null; return value; };
      export async function filter(record) {
        const text = record.value.text;
        return (await later(text)).length > (await later(2));
      }`;
    expect((await run(source, ["a", "abc", "abcd"])).values).toEqual(["abc", "abcd"]);
  });
});

describe("map", () => {
  test.each([
    ["text", `"x" + record.value.text`, "xé"],
    ["bytes", `new Uint8Array([104, 105])`, "hi"],
    ["a part of other bytes", `new Uint8Array([1, 104, 105, 2]).subarray(1, 3)`, "hi"],
    ["a buffer", `new Uint8Array([104, 105]).buffer`, "hi"],
    ["the value as it is", `record.value`, "é"],
    ["the key as a value", `record.key`, "k"],
    ["the record as it is", `record`, "é"],
    ["an object", `({ a: 1, b: [true, null], c: undefined })`, '{"a":1,"b":[true,null]}'],
    ["an array", `[1, "x"]`, '[1,"x"]'],
    ["a number", `1.5`, "1.5"],
    ["a boolean", `false`, "false"],
    ["a big integer", `2n ** 70n`, "1180591620717411303424"],
    ["a date, as JSON has it", `new Date(0)`, '"1970-01-01T00:00:00.000Z"'],
    ["an object with toJSON", `({ toJSON: () => ({ x: 1 }) })`, '{"x":1}'],
    ["empty text", `""`, ""],
    ["text with a lone surrogate", `"a\\ud800b"`, "a\ufffdb"],
    ["text beyond the basic plane", `"😀" + record.value.text`, "😀é"],
  ])("%s", async (_what, result, expected) => {
    const { records, error } = await run(`export const map = (record) => ${result};`, [
      { key: "k", value: "é" },
    ]);
    expect(error).toBeNull();
    expect(records.map(({ key, value }) => [key, value])).toEqual([["k", expected]]);
  });

  test.each([
    ["a new key", `{ key: "n", value: "v" }`, ["n", "v"]],
    ["bytes as key", `{ key: new Uint8Array([65]), value: new Uint8Array([66]) }`, ["A", "B"]],
    ["no key", `{ key: null, value: "v" }`, [null, "v"]],
    ["its own key", `{ value: "v" }`, ["k", "v"]],
    ["key and value swapped", `{ key: record.value, value: record.key }`, ["x", "k"]],
    ["JSON as value", `{ value: { a: 1 } }`, ["k", '{"a":1}']],
    [
      "an object with more names is JSON",
      `{ key: 1, value: 2, more: 3 }`,
      ["k", '{"key":1,"value":2,"more":3}'],
    ],
  ])("%s", async (_what, result, expected) => {
    const { records } = await run(`export const map = (record) => (${result});`, [{ key: "k", value: "x" }]);
    expect(records.map(({ key, value }) => [key, value])).toEqual([expected]);
  });

  test.each([
    ["nothing", "undefined", /returned undefined or null/],
    ["null", "null", /filterMap/],
    ["a function", "() => 1", /a function cannot be the value/],
    ["a symbol", "Symbol()", /a symbol cannot be the value/],
    ["a pair without value", "{ value: null }", /must be text, bytes or JSON/],
  ])("complains about %s", async (_what, result, message) => {
    const { values, error } = await run(`let n = 0; export const map = () => n++ ? (${result}) : "ok";`, [
      "a",
      "b",
    ]);
    expect(values).toEqual(["ok"]);
    expect(error).toMatchObject({
      message: expect.stringMatching(message),
      offset: 1n,
      kind: "Map",
      value: "b",
    });
  });
});

test("filterMap drops a record with null or undefined", async () => {
  const source = `export const filterMap = ({ value }) =>
    value.text === "a" ? null : value.text === "b" ? undefined : value.text.toUpperCase();`;
  expect((await run(source, ["a", "b", "c"])).values).toEqual(["C"]);
});

describe("arrayMap", () => {
  test.each([
    ["an array", `record.value.json()`],
    ["a generator", `(function* () { yield* record.value.json(); })()`],
    ["a set", `new Set(record.value.json())`],
    ["a promise of an array", `Promise.resolve(record.value.json())`],
  ])("makes a record of each element of %s", async (_what, result) => {
    const { records } = await run(`export const arrayMap = (record) => ${result};`, [
      { key: "k", value: '["a",{"b":1},2]' },
      "[]",
      '["c"]',
    ]);
    expect(records.map(({ key, value, offset }) => [key, value, offset])).toEqual([
      [null, "a", 0n],
      [null, '{"b":1}', 0n],
      [null, "2", 0n],
      [null, "c", 0n],
    ]);
  });

  test("gives records keys", async () => {
    const { records } = await run(
      `export const arrayMap = () => [{ key: "k", value: "v" }, { value: "w" }];`,
      ["x"],
    );
    expect(records.map(({ key, value }) => [key, value])).toEqual([
      ["k", "v"],
      [null, "w"],
    ]);
  });

  test("puts out all records of a list or none", async () => {
    const source = `export const arrayMap = (record) => record.value.text === "b" ? ["x", undefined] : ["y"];`;
    const { values, error } = await run(source, ["a", "b", "c"]);
    expect(values).toEqual(["y"]);
    expect(error).toMatchObject({ offset: 1n, kind: "ArrayMap" });
  });

  test.each(["'text'", "5", "{}", "null"])("complains about %s", async (result) => {
    const { error } = await run(`export const arrayMap = () => (${result});`, ["a"]);
    expect(error?.message).toMatch(/arrayMap must return an array/);
  });
});

describe("aggregate", () => {
  test("starts from text and carries it on", async () => {
    const { records } = await run(`export const aggregate = (state, record) => state + record.value.text;`, [
      { key: "k", value: "a" },
      "b",
    ]);
    expect(records.map(({ key, value }) => [key, value])).toEqual([
      ["k", "a"],
      [null, "ab"],
    ]);
  });

  test.each([
    [
      "a number",
      "0",
      "(state, record) => state + Number(record.value)",
      ["1", "2"],
      ["1", "3"],
      ["11", "13"],
      "10",
    ],
    [
      "an object",
      "{ n: 0 }",
      "(state, record) => ({ n: state.n + record.value.length })",
      ["ab", "c"],
      ['{"n":2}', '{"n":3}'],
      ['{"n":7}', '{"n":8}'],
      '{"n":5}',
    ],
    [
      "an object that it changes",
      "{ n: 0 }",
      "(state) => { state.n++; return state; }",
      ["", ""],
      ['{"n":1}', '{"n":2}'],
      ['{"n":6}', '{"n":7}'],
      '{"n":5}',
    ],
    [
      "bytes",
      "new Uint8Array()",
      "(state, record) => Uint8Array.of(...state, ...record.value.bytes)",
      ["a", "b"],
      ["a", "ab"],
      ["xa", "xab"],
      "x",
    ],
    [
      "a big integer",
      "10n ** 20n",
      "(sum, record) => sum + BigInt(record.value.text)",
      ["1", "-2"],
      ["100000000000000000001", "99999999999999999999"],
      ["9007199254740994", "9007199254740992"],
      "9007199254740993",
    ],
    ["text of its own", '"-"', "(state, record) => state + record.value.text", ["a"], ["-a"], ["xa"], "x"],
  ])("starts from %s", async (_what, initial, fn, input, fresh, continued, accumulator) => {
    const source = `export const initial = ${initial}; export const aggregate = ${fn};`;
    const { bytes } = await compile(source);
    const { runModule } = await import("@smdk/testing");
    expect((await runModule(bytes, input)).values).toEqual(fresh);
    expect((await runModule(bytes, input, { accumulator })).values).toEqual(continued);
  });

  test("goes on from batch to batch, and past an error", async () => {
    const chain = await chainOf(
      `export const initial = 0;
       export function aggregate(sum: number, record) {
         const n = Number(record.value.text);
         if (Number.isNaN(n)) throw new Error("no number");
         return sum + n;
       }`,
    );
    const process = async (...values: string[]): Promise<string> => {
      const out = await chain.process({ baseOffset: 0n, baseTimestamp: 0n, records: toRecordList(values) });
      return `${new TextDecoder().decode(out.records).replace(/[^0-9]+/g, " ")}${out.error ? "!" : ""}`.trim();
    };
    expect(await process("1", "2")).toBe("1 3");
    expect(await process()).toBe("");
    expect(await process("4", "x", "5")).toBe("7 !");
    expect(await process("1")).toBe("8");
  });

  test("complains about an accumulator that is no JSON", async () => {
    const source = `export const initial = {}; export const aggregate = (state) => state;`;
    const { error } = await run(source, ["a"], { accumulator: "{" });
    expect(error?.message).toMatch(/SyntaxError/);
  });
});

describe("records", () => {
  test("have key, value, offset and timestamp", async () => {
    const source = `export const map = ({ key, value, offset, timestamp }) =>
      [key?.text ?? null, value.text, value.length, offset, timestamp];`;
    const { values } = await run(source, [{ key: "k", value: "é" }, "x"], {
      baseOffset: 5_000_000_000n,
      timestamp: 1_700_000_000_000n,
    });
    expect(values).toEqual(['["k","é",2,5000000000,1700000000000]', '[null,"x",1,5000000001,1700000000000]']);
  });

  test("replace what is no UTF-8 as TextDecoder does", async () => {
    const bytes = Uint8Array.of(
      0x61,
      0xff,
      0xe2,
      0x82,
      0x62,
      0xf0,
      0x9f,
      0x98,
      0x80,
      0xed,
      0xa0,
      0x80,
      0xc0,
      0x80,
    );
    const { values } = await run(`export const map = (record) => record.value.text;`, [bytes]);
    expect(values).toEqual([new TextDecoder().decode(bytes)]);
  });

  test("can be kept, whole or in parts, and stay what they were", async () => {
    const source = `
      const records = [];
      const values = [];
      const keys = [];
      export function map(record) {
        const n = records.length;
        if (record.value.text !== "skip") {
          records.push(record);
          values.push(record.value);
          if (record.key) keys.push(record.key);
        }
        return JSON.stringify([
          records.map((r) => [r.offset, r.timestamp, r.key?.text ?? null, r.value.text]),
          values.map((v) => v.text), keys.map((k) => k.text),
        ]);
      }`;
    const chain = await chainOf(source);
    let last = "";
    const process = async (base: bigint, ...records: Parameters<typeof toRecordList>[0]): Promise<void> => {
      const out = await chain.process({
        baseOffset: base,
        baseTimestamp: base,
        records: toRecordList(records),
      });
      expect(out.error).toBeNull();
      const text = new TextDecoder().decode(out.records);
      last = text.slice(text.lastIndexOf("[[[")).replace(/\0+$/, "");
    };
    await process(10n, { key: "k1", value: "one" }, "skip", "two");
    await process(20n, "skip");
    await process(30n, { key: "k2", value: "three" }, { key: "no", value: "skip" });
    expect(JSON.parse(last.slice(0, last.lastIndexOf("]") + 1))).toEqual([
      [
        [10, 10, "k1", "one"],
        [12, 10, null, "two"],
        [30, 30, "k2", "three"],
      ],
      ["one", "two", "three"],
      ["k1", "k2"],
    ]);
  });

  test("find parts in bytes", async () => {
    const source = `export const map = ({ value: v }) => [
      v.includes("ba"), v.includes(new Uint8Array([0x62])), v.includes("x"), v.includes(""), v.includes(v),
      v.indexOf("a"), v.indexOf("a", 2), v.indexOf("é"), v.indexOf("zz"),
      v.startsWith("ab"), v.startsWith("b"), v.endsWith("é"), v.endsWith("ab"), v.equals("abé"), v.equals(v.bytes),
    ];`;
    const { values } = await run(source, ["abé"]);
    expect(JSON.parse(values[0] ?? "")).toEqual([
      ...[false, true, false, true, true],
      ...[0, -1, 2, -1],
      ...[true, false, true, false, true, true],
    ]);
  });

  test("read numbers", async () => {
    const source = `export const map = ({ value }) => {
      const read = (name) => { try { return value[name](); } catch (error) { return error.message; } };
      return [read("toInt"), read("toFloat"), Object.is(value.length, 2) && Object.is(read("toFloat"), -0)];
    };`;
    const no = "invalid digit found in string";
    const nan = "invalid number found in string";
    const cases: [string, unknown, unknown, boolean][] = [
      ["42", 42, 42, false],
      [" -7\n", -7, -7, false],
      ["+5", 5, 5, false],
      ["-0", 0, 0, true],
      ["9007199254740991", 9007199254740991, 9007199254740991, false],
      ["99999999999999999999", no, 1e20, false],
      ["1.5", no, 1.5, false],
      ["-1.5e3", no, -1500, false],
      [".5", no, 0.5, false],
      ["", no, nan, false],
      ["-", no, nan, false],
      ["1x", no, nan, false],
      ["0x10", no, nan, false],
      ["Infinity", no, nan, false],
      ["1e", no, nan, false],
      ["1 2", no, nan, false],
    ];
    const { values } = await run(
      source,
      cases.map(([text]) => text),
    );
    expect(values.map((value) => JSON.parse(value))).toEqual(cases.map(([, ...expected]) => expected));
  });

  test("complain about wrong arguments", async () => {
    const { error } = await run(`export const map = ({ value }) => value.includes(5);`, ["a"]);
    expect(error?.message).toBe(
      "TypeError: text, a Uint8Array or a record's key or value expected at map (src/index.ts:1:41)",
    );
  });

  test("find fields of JSON", async () => {
    const source = `export const map = ({ value }) => JSON.stringify(
      JSON.parse(value.text).paths.map((path) => { const v = value.field(path); return v === undefined ? "-" : v; }));`;
    const paths = [
      ...[
        "a",
        "b.c",
        "b.d.1.e",
        "none",
        "b.none",
        "a.b",
        'esc"aped',
        "u",
        "t",
        "f",
        "n",
        "big",
        "neg",
        "arr",
        "arr.9",
      ],
      ["b", "d", 0],
      ["x.y"],
    ];
    const document = {
      paths,
      a: "text",
      b: { c: 5, d: [true, { e: "deep é 😀" }] },
      'esc"aped': 'q"uo\\te',
      u: "\u0001\u2028",
      t: true,
      f: false,
      n: null,
      big: 12345678901.5,
      neg: -3,
      arr: [1, [2]],
      "x.y": 1,
    };
    const { values, error } = await run(source, [
      JSON.stringify(document),
      JSON.stringify(document, null, 2),
    ]);
    expect(error).toBeNull();
    const expected = [
      ...[
        "text",
        5,
        "deep é 😀",
        "-",
        "-",
        "-",
        'q"uo\\te',
        "\u0001\u2028",
        true,
        false,
        null,
        12345678901.5,
        -3,
      ],
      ...[[1, [2]], "-", true, 1],
    ];
    expect(values.map((value) => JSON.parse(value))).toEqual([expected, expected]);
  });

  test("give undefined for fields of what is no JSON", async () => {
    const source = `export const map = ({ value }) => String(value.field("a"));`;
    const broken = [
      "",
      "{",
      '{"a',
      '{"a"',
      '{"a":',
      '{"a":"',
      '{"b":1',
      '{"b":[1,"',
      "[1]",
      "5",
      "text",
      '{"b" 1,"a":2}',
    ];
    expect((await run(source, broken)).values).toEqual(broken.map(() => "undefined"));
  });
});

test("state lives from batch to batch and is fresh in a new chain", async () => {
  const source = `let n = 0; export const map = () => ++n;`;
  const first = await chainOf(source);
  const process = async (chain: Awaited<ReturnType<typeof chainOf>>): Promise<string> => {
    const out = await chain.process({ baseOffset: 0n, baseTimestamp: 0n, records: toRecordList(["a", "b"]) });
    return new TextDecoder().decode(out.records).replace(/\D+/g, "");
  };
  expect([await process(first), await process(first), await process(await chainOf(source))]).toEqual([
    "12",
    "34",
    "12",
  ]);
});

describe("init and lookBack", () => {
  test("read parameters and earlier records", async () => {
    const source = `
      let key = "";
      const seen = new Set();
      export function init(params) { key = params.required("key"); }
      export function lookBack(record) { seen.add(record.value.text + "@" + record.offset); }
      export const map = (record) => key + [...seen].join() + record.value.text;`;
    const { values } = await run(source, ["x"], {
      params: { key: "k:" },
      lookBack: ["a", "b", "c"],
      lookBackLast: 2,
    });
    expect(values).toEqual(["k:b@0,c@1x"]);
  });

  test("refuse to start with the user's message", async () => {
    const source = `
      export const init = (params) => { params.required("key"); };
      export const filter = () => true;`;
    await expect(run(source, ["x"])).rejects.toThrow(/Missing param key/);
  });

  test("report the record that lookBack fails on", async () => {
    const source = `
      export const lookBack = (record) => { throw new Error("no " + record.value); };
      export const filter = () => true;`;
    await expect(run(source, ["x"], { lookBack: ["a"] })).rejects.toThrow(/no a/);
  });

  test("get what they ask for, or say what the value must be, as in AssemblyScript", async () => {
    const chain = (what: string, v: string | undefined): Promise<unknown> =>
      run(
        `export function init(params) {
           const read = {
             int: () => params.int("v", 5, -10, 10),
             any: () => params.requiredInt("v"),
             least: () => params.requiredInt("v", 1),
             most: () => params.requiredInt("v", undefined, 3),
             float: () => params.float("v", 2.5),
             bool: () => params.bool("v", true),
             oneOf: () => params.oneOf("v", ["red", "green"], "red"),
             list: () => params.list("v").join("|"),
             duration: () => params.duration("v", 1000),
             json: () => params.json("v").a,
           };
           throw new Error("got " + read[params.required("what")]());
         }
         export const filter = () => true;`,
        [],
        { params: { what, ...(v !== undefined && { v }) } },
      );
    const cases: [string, string | undefined, string][] = [
      ["int", undefined, "5"],
      ["int", "-10", "-10"],
      ["int", "+007", "7"],
      ["int", "11", 'must be an integer from -10 to 10, not "11"'],
      ["least", "0", 'must be an integer from 1, not "0"'],
      ["most", "4", 'must be an integer up to 3, not "4"'],
      ["any", "9007199254740993", 'must be an integer, not "9007199254740993"'],
      ["any", " 1", 'must be an integer, not " 1"'],
      ["any", undefined, "Missing param v"],
      ["float", "-1e-3", "-0.001"],
      ["float", ".5", "0.5"],
      ["float", "0x10", 'must be a number, not "0x10"'],
      ["bool", "false", "false"],
      ["bool", "1", 'must be true or false, not "1"'],
      ["oneOf", undefined, "red"],
      ["oneOf", "blue", 'must be one of red, green, not "blue"'],
      ["list", undefined, ""],
      ["list", " a, b,,c ", "a|b|c"],
      ["duration", undefined, "1000"],
      ["duration", "1h30m", "5400000"],
      ["duration", "2d250ms", "172800250"],
      ["duration", "90", 'must be a time such as 500ms, 90s, 15m, 1h30m or 7d, not "90"'],
      ["json", '{"a":"x"}', "x"],
      ["json", "x".repeat(200), `must be JSON, not "${"x".repeat(100)}…"`],
    ];
    for (const [what, v, text] of cases) {
      const wanted = text.startsWith("must")
        ? `Param v: ${text}`
        : text.startsWith("Missing")
          ? text
          : `got ${text}`;
      const error = await chain(what, v).catch((reason: Error) => reason);
      expect([what, v, String(error)]).toEqual([what, v, expect.stringContaining(`${wanted} at `)]);
    }
  });

  test("have typed getters", async () => {
    const source = `
      let got;
      export function init(p) {
        got = [p.size, p.names(), p.has("i"), p.get("i"), p.get("none"), p.optional("none"), p.optional("none", "x"),
          p.int("i"), p.int("none", 7), p.requiredInt("i"), p.float("f"), p.bool("b"), p.bool("none", true)];
      }
      export const map = () => got;`;
    const { values } = await run(source, ["x"], { params: { i: "-5", f: "2.5", b: "true", é: "ü" } });
    expect(JSON.parse(values[0] ?? "")).toEqual([
      ...[4, ["b", "f", "i", "é"], true, "-5", null, "", "x"],
      ...[-5, 7, -5, 2.5, true, true],
    ]);
  });
});

describe("defineSmartModule", () => {
  const source = `
    import { defineSmartModule, param, type Record } from "@smdk/javascript";
    const kept: string[] = [];
    export default defineSmartModule({
      params: {
        level: param.enum(["info", "error"]).describe("the level to keep"),
        limit: param.int().default(2).check((n) => n > 0, "must be positive"),
        tag: param.string().optional(),
      },
      filter(record: Record, { level, limit, tag }) {
        if (record.value.field("level") !== level || kept.length >= limit) return false;
        kept.push(tag ?? "-");
        return true;
      },
    });`;

  test("gives the functions checked parameters", async () => {
    const records = ["error", "info", "error", "error"].map((level, n) => JSON.stringify({ level, n }));
    const { values } = await run(source, records, { params: { level: "error" } });
    expect(values).toEqual(['{"level":"error","n":0}', '{"level":"error","n":2}']);
  });

  test("names every fault of the parameters", async () => {
    const start = run(source, [], { params: { level: "debug", limit: "-1" } });
    await expect(start).rejects.toThrow(
      /Param level: must be one of info, error, not "debug"\nParam limit: must be positive, not "-1"/,
    );
    await expect(run(source, [])).rejects.toThrow(/Missing param level/);
  });

  test("tells what belongs into the manifest", async () => {
    expect((await compile(source)).params).toEqual([
      { name: "level", optional: false, description: "the level to keep" },
      { name: "limit", optional: true },
      { name: "tag", optional: true },
    ]);
  });
});

test("modules have the exports and imports of the ABI and nothing else", async () => {
  const { bytes } = await compile(`
    export const init = () => {};
    export const lookBack = () => {};
    export const map = (record) => { console.log(crypto.randomUUID(), new URL("http://a")); return record; };`);
  const { exports, imports } = inspectModule(bytes);
  expect(exports.map(({ name }) => name).sort()).toEqual([
    "alloc",
    "dealloc",
    "init",
    "look_back",
    "map",
    "memory",
  ]);
  const wasi = imports.filter(({ module }) => module === "wasi_snapshot_preview1");
  expect(
    imports.filter((entry) => !wasi.includes(entry)).map(({ module, name }) => `${module}.${name}`),
  ).toEqual(["env.copy_records"]);
  const small = await compile("export const filter = () => true;");
  expect(
    inspectModule(small.bytes)
      .exports.map(({ name }) => name)
      .sort(),
  ).toEqual(["alloc", "dealloc", "filter", "memory"]);
});
