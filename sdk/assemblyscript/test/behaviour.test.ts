// What an author of a SmartModule can count on, one small module each.

import { describe, expect, it } from "vitest";
import { buildText } from "./support/compile.ts";
import { instantiate } from "./support/engine.ts";
import { frame, initFrame, readOutput, type TestRecord } from "./support/frames.ts";

const records = (...values: string[]): TestRecord[] =>
  values.map((value, i) => ({ value, key: `k${i}`, offsetDelta: i, timestampDelta: i }));

async function transform(
  source: string,
  input: readonly TestRecord[],
  options: { accumulator?: string; version?: number } = {},
) {
  const name = /export function (\w+)/.exec(source.slice(source.lastIndexOf("export function")))?.[1] ?? "";
  const exported = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const instance = instantiate(await buildText(source));
  const { code, output } = instance.call(exported, frame(input, options), options.version ?? 25);
  return { code, instance, ...readOutput(output) };
}

describe("results", () => {
  it("takes a string, Bytes, a Uint8Array or a Record from map", async () => {
    const body = {
      string: "return record.value.text + '!';",
      Bytes: "return record.value.slice(0, 1);",
      Uint8Array: "const a = new Uint8Array(2); a[0] = 104; a[1] = 105; return a;",
    };
    const results = [];
    for (const [type, code] of Object.entries(body)) {
      const { records: out } = await transform(
        `export function map(record: Record): ${type} { ${code} }`,
        records("é"),
      );
      results.push(out);
    }
    expect(results).toEqual([
      [{ key: "k0", value: "é!" }],
      [{ key: "k0", value: "\ufffd" }],
      [{ key: "k0", value: "hi" }],
    ]);
  });

  it("lets a Record change or drop the key", async () => {
    const { records: out } = await transform(
      `export function map(record: Record): Record {
        if (record.value.equals("none")) return Record.of("no key");
        return Record.withKey(record.value, record.offset.toString());
      }`,
      records("a", "none"),
    );
    expect(out).toEqual([
      { key: "a", value: "100" },
      { key: null, value: "no key" },
    ]);
  });

  it("takes a key or value that was found not to be null", async () => {
    const { records: out } = await transform(
      `export function map(record: Record): Record {
        const key = record.key;
        if (key !== null) return Record.withKey(key, record.value.includes(key) ? Bytes.of(key) : record.value);
        return Record.of("none");
      }`,
      records("a", "k1k1"),
    );
    expect(out).toEqual([
      { key: "k0", value: "a" },
      { key: "k1", value: "k1" },
    ]);
  });

  it("walks over a list in a for loop", async () => {
    const { records: out } = await transform(
      `class Item { next: Item | null = null; constructor(public n: i32) {} }
      let first: Item | null = null;
      export function map(record: Record): string {
        const item = new Item(<i32>record.value.toInt());
        item.next = first;
        first = item;
        let sum = 0;
        for (let item = first; item !== null; item = item.next) sum += item.n;
        for (let item = first; item && item.n > 1; item = item.next) sum += 100;
        return sum.toString();
      }`,
      records("1", "2", "3"),
    );
    expect(out.map(({ value }) => value)).toEqual(["1", "103", "206"]);
  });

  it("drops what filterMap answers with null", async () => {
    const { records: out } = await transform(
      `export function filterMap(record: Record): string | null {
        return record.value.length > 1 ? record.value.text : null;
      }`,
      records("a", "bb", "", "cc"),
    );
    expect(out.map(({ value }) => value)).toEqual(["bb", "cc"]);
  });

  it("takes an array or an Output from arrayMap, with keys if wanted", async () => {
    const array = await transform(
      "export function arrayMap(record: Record): string[] { return record.value.text.split(','); }",
      records("a,b", "", "c"),
    );
    expect(array.records.map(({ value }) => value)).toEqual(["a", "b", "", "c"]);
    const keyed = await transform(
      `export function arrayMap(record: Record, out: Output): void {
        out.pushWithKey(record.value.slice(0, 1), record.value.slice(1));
        out.push("plain");
        out.push(Record.withKey("x", "y"));
      }`,
      records("ab"),
    );
    expect(keyed.records).toEqual([
      { key: "a", value: "b" },
      { key: null, value: "plain" },
      { key: "x", value: "y" },
    ]);
  });

  it("keeps offsets and timestamps absolute", async () => {
    const { records: out } = await transform(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the module's source
      "export function map(record: Record): string { return `${record.offset} ${record.timestamp}`; }",
      records("a", "b"),
    );
    expect(out.map(({ value }) => value)).toEqual(["100 1700000000000", "101 1700000000001"]);
  });
});

describe("aggregate", () => {
  it.each([
    ["i64", "return state + record.value.toInt();", ["1", "-3"], "5", ["6", "3"]],
    ["i32", "return state * 2;", ["x", "x"], "3", ["6", "12"]],
    ["f64", "return state + record.value.toFloat();", ["0.5", "1"], "", ["0.5", "1.5"]],
    ["string", "return state + record.value.text;", ["é", "b"], "a", ["aé", "aéb"]],
    [
      "Bytes",
      "return state.length > record.value.length ? state : record.value;",
      ["bb", "a"],
      "",
      ["bb", "bb"],
    ],
  ])("has a state of type %s", async (type, body, values, accumulator, states) => {
    const { records: out, rest } = await transform(
      `export function aggregate(state: ${type}, record: Record): ${type} { ${body} }`,
      records(...values),
      { accumulator },
    );
    expect(out.map(({ value }) => value)).toEqual(states);
    expect(rest.subarray(4).toString()).toBe(states.at(-1));
  });

  it("hands back the state that came in when there are no records, and the last good one after an error", async () => {
    const source = `export function aggregate(sum: i64, record: Record): i64 {
      return sum + record.value.toInt();
    }`;
    const empty = await transform(source, [], { accumulator: "junk" });
    expect([empty.code, empty.error, empty.rest.subarray(4).toString()]).toEqual([0, null, "junk"]);
    const failing = await transform(source, records("1", "x", "2"), { accumulator: "1" });
    expect([failing.code, failing.error?.offset, failing.rest.subarray(4).toString()]).toEqual([
      1,
      101n,
      "2",
    ]);
    const damaged = await transform(source, records("1"), { accumulator: "junk" });
    expect([damaged.code, damaged.error?.hint, damaged.rest.subarray(4).toString()]).toEqual([
      0,
      "invalid digit found in string",
      "junk",
    ]);
  });
});

describe("throw", () => {
  it("delivers the records before it and says where it happened", async () => {
    const {
      code,
      records: out,
      error,
    } = await transform(
      `class Deep {
        check(value: Bytes): i64 { return this.number(value) + 1; }
        number(value: Bytes): i64 {
          if (value.equals("bad")) throw new Error("no good: " + value.text);
          return value.toInt();
        }
      }
      export function map(record: Record): string { return new Deep().check(record.value).toString(); }`,
      records("1", "bad", "3"),
    );
    expect(code).toBe(1);
    expect(out).toEqual([{ key: "k0", value: "2" }]);
    expect(error).toEqual({ hint: "no good: bad", offset: 101n, kind: 1, key: "k1", value: "bad" });
  });

  it.each([
    [
      "an index out of range",
      "const list = [1, 2]; return list[record.value.length] > 0;",
      "Index out of range",
    ],
    ["a failed assert", "assert(record.value.length > 100, 'too short'); return true;", "too short"],
    [
      "a null where there must be none",
      "return record.key!.length > 0;",
      "Unexpected 'null' (not assigned or failed cast)",
    ],
    [
      "a missing map key",
      "const map = new Map<string, i32>(); return map.get('a') > 0;",
      "Key does not exist",
    ],
    ["pop of an empty array", "const list = new Array<i32>(); return list.pop() > 0;", "Array is empty"],
    ["a division by zero", "return 7 / (record.value.length - 6) > 0;", "division by zero"],
    ["a remainder by zero", "return <i64>7 % <i64>(record.value.length - 6) > 0;", "division by zero"],
    [
      "an unsigned division by zero",
      "let n: u32 = 5; n /= <u32>(record.value.length - 6); return n > 0;",
      "division by zero",
    ],
    [
      "a division that overflows",
      "return i64.MIN_VALUE / (<i64>record.value.length - 7) > 0;",
      "division overflows",
    ],
    ["a division inside of another", "return 9 / (8 % (record.value.length - 2)) > 0;", "division by zero"],
    [
      "a throw inside of a callback",
      "return [1, 2].some((n: i32): bool => { throw new Error('inside'); });",
      "inside",
    ],
  ])("reports %s", async (_, body, hint) => {
    const { error, records: out } = await transform(
      `export function filter(record: Record): bool { if (record.offset == 100) return true; ${body} }`,
      [{ value: "first" }, { value: "second", offsetDelta: 1 }],
    );
    expect(out.map(({ value }) => value)).toEqual(["first"]);
    expect(error).toEqual({ hint, offset: 101n, kind: 0, key: null, value: "second" });
  });

  it("takes the message from errors of any class, thrown where they are made or later", async () => {
    const source = `class Odd extends Error {
        constructor(code: i32) { super("code " + code.toString()); }
      }
      export function filter(record: Record): bool {
        const error = new Error("later");
        if (record.value.equals("odd")) throw new Odd(5);
        if (record.value.equals("range")) throw new RangeError("range");
        if (record.value.equals("none")) throw new Error();
        throw error;
      }`;
    const hints = [];
    for (const value of ["odd", "range", "none", "x"]) {
      hints.push((await transform(source, records(value))).error?.hint);
    }
    expect(hints).toEqual(["code 5", "range", "aborted", "later"]);
  });

  it("leaves the module usable and its state as it was", async () => {
    const wasm = await buildText(`let count = 0;
      function risky(n: i32): i32 { if (n % 2) throw new Error("odd " + n.toString()); return n; }
      export function map(record: Record): string {
        count++;
        const value = risky(count);
        count += 0 * value;
        return count.toString();
      }`);
    const instance = instantiate(wasm);
    const call = () => readOutput(instance.call("map", frame(records("a")), 25).output);
    expect([call(), call(), call()].map(({ records: [one], error }) => one?.value ?? error?.hint)).toEqual([
      "odd 1",
      "2",
      "odd 3",
    ]);
  });

  it("takes back what an Output was given for the failing record", async () => {
    const { records: out, error } = await transform(
      `export function arrayMap(record: Record, out: Output): void {
        out.push("before " + record.value.text);
        if (record.value.equals("b")) throw new Error("half way");
      }`,
      records("a", "b"),
    );
    expect([out.map(({ value }) => value), error?.hint]).toEqual([["before a"], "half way"]);
  });

  it("cuts a long message at a character", async () => {
    const { error } = await transform(
      "export function filter(record: Record): bool { throw new Error('é'.repeat(20001)); }",
      records("a"),
    );
    expect(error?.hint).toBe("é".repeat(16000));
  });

  it("at the top level is reported with the first record, every time", async () => {
    const wasm = await buildText(`const table: i32[] = [1];
      const broken = table[5];
      export function filter(record: Record): bool { return record.value.length > broken; }`);
    const instance = instantiate(wasm);
    for (let i = 0; i < 2; i++) {
      const { records: out, error } = readOutput(
        instance.call("filter", frame(records("a", "b")), 25).output,
      );
      expect([out, error?.hint, error?.offset]).toEqual([[], "Index out of range", 100n]);
    }
  });
});

describe("init", () => {
  const source = `let text = "";
    export function init(params: Params): void {
      text = params.required("word") + params.optional("tail", "?") + params.int("n", 7).toString()
        + params.float("f", 0.5).toString() + params.bool("b").toString() + params.size.toString()
        + params.names().join("") + (params.get("none") === null ? "-" : "+");
    }
    export function map(record: Record): string { return text; }`;

  it("gets the parameters as text, numbers and truth values", async () => {
    const instance = instantiate(await buildText(source));
    const params = { b: "true", f: "2.25", n: "-12", word: "grün" };
    expect(instance.call("init", initFrame(params), 25)).toEqual({ code: 0, output: "" });
    const { records: out } = readOutput(instance.call("map", frame(records("a")), 25).output);
    expect(out[0]?.value).toBe("grün?-122.25true4bfnword-");
  });

  it.each([
    [{}, "Missing param word"],
    [{ n: "many", word: "w" }, 'Param n: must be an integer, not "many"'],
    [{ b: "yes", word: "w" }, 'Param b: must be true or false, not "yes"'],
  ])("reports a bad parameter: %j", async (params, hint) => {
    const instance = instantiate(await buildText(source));
    const { code, output } = instance.call("init", initFrame(params as Record<string, string>), 25);
    expect([code, Buffer.from(output, "hex").subarray(2).toString()]).toEqual([-2, hint]);
  });

  it("gets what it asks for, or says what the value must be", async () => {
    const instance = instantiate(
      await buildText(`export function init(params: Params): void {
      const what = params.required("what");
      let got = "";
      if (what == "int") got = params.int("v", 5, -10, 10).toString();
      else if (what == "any") got = params.requiredInt("v").toString();
      else if (what == "least") got = params.requiredInt("v", 1).toString();
      else if (what == "float") got = params.float("v", 2.5).toString();
      else if (what == "bool") got = params.bool("v", true).toString();
      else if (what == "oneOf") got = params.oneOf("v", ["red", "green"], "red");
      else if (what == "list") got = params.list("v").join("|");
      else if (what == "duration") got = params.duration("v", 1000).toString();
      else got = params.json("v").required("a").text;
      throw new Error(got);
    }
    export function map(record: Record): string { return ""; }`),
    );
    const hintOf = (what: string, v?: string): string => {
      const params = v === undefined ? { what } : { v, what };
      return Buffer.from(instance.call("init", initFrame(params), 25).output, "hex")
        .subarray(2)
        .toString();
    };
    const cases: [string, string | undefined, string][] = [
      ["int", undefined, "5"],
      ["int", "-10", "-10"],
      ["int", "+007", "7"],
      ["int", "11", 'must be an integer from -10 to 10, not "11"'],
      ["least", "0", 'must be an integer from 1, not "0"'],
      ["any", "9223372036854775807", "9223372036854775807"],
      ["any", "-9223372036854775808", "-9223372036854775808"],
      ["any", "9223372036854775808", 'must be an integer, not "9223372036854775808"'],
      ["any", "", 'must be an integer, not ""'],
      ["any", " 1", 'must be an integer, not " 1"'],
      ["any", "1.5", 'must be an integer, not "1.5"'],
      ["any", undefined, "Missing param v"],
      ["float", undefined, "2.5"],
      ["float", "-1e-3", "-0.001"],
      ["float", ".5", "0.5"],
      ["float", "1e", 'must be a number, not "1e"'],
      ["float", "NaN", 'must be a number, not "NaN"'],
      ["bool", undefined, "true"],
      ["bool", "false", "false"],
      ["bool", "1", 'must be true or false, not "1"'],
      ["oneOf", undefined, "red"],
      ["oneOf", "green", "green"],
      ["oneOf", "blue", 'must be one of red, green, not "blue"'],
      ["list", undefined, ""],
      ["list", " a, b,,c ", "a|b|c"],
      ["duration", undefined, "1000"],
      ["duration", "1h30m", "5400000"],
      ["duration", "2d250ms", "172800250"],
      ["duration", "90", 'must be a time such as 500ms, 90s, 15m, 1h30m or 7d, not "90"'],
      ["json", '{"a":"x"}', "x"],
      ["json", "{a}", 'must be JSON, not "{a}"'],
      ["json", "x".repeat(200), `must be JSON, not "${"x".repeat(100)}…"`],
    ];
    const wanted = (text: string): string => (text.startsWith("must") ? `Param v: ${text}` : text);
    for (const [what, v, text] of cases) {
      expect([what, v, hintOf(what, v)]).toEqual([what, v, wanted(text)]);
    }
  });

  it("refuses a damaged frame with -10", async () => {
    const instance = instantiate(await buildText(source));
    expect(instance.call("init", Uint8Array.of(0, 1, 0, 9, 1), 25).code).toBe(-10);
  });
});

describe("lookBack", () => {
  const source = `let last = "";
    export function lookBack(record: Record): void {
      if (record.value.equals("bad")) throw new Error("cannot look");
      last = record.offset.toString() + record.value.text;
    }
    export function map(record: Record): string { return last; }`;

  it("sees the records before the first batch", async () => {
    const instance = instantiate(await buildText(source));
    const input = frame(records("x", "y"), { baseOffset: 0, baseTimestamp: 0 });
    expect(instance.call("look_back", input, 25)).toEqual({ code: 0, output: "" });
    const { records: out } = readOutput(instance.call("map", frame(records("a")), 25).output);
    expect(out[0]?.value).toBe("1y");
  });

  it("reports an error with -99 and the record", async () => {
    const instance = instantiate(await buildText(source));
    const input = frame(records("x", "bad"), { baseOffset: 0, baseTimestamp: 0 });
    const { code, output } = instance.call("look_back", input, 25);
    const hint = Buffer.from("cannot look").toString("hex");
    expect([code, output]).toEqual([-99, `000b${hint}0000000000000001` + `0104${"6b31"}06626164`]);
  });
});

describe("the world outside", () => {
  it("prints lines of console to standard output and standard error", async () => {
    const { instance } = await transform(
      `export function filter(record: Record): bool {
        console.log("value: " + record.value.text);
        console.info("é");
        console.warn("careful");
        console.error("");
        console.assert(record.value.length > 5, "short");
        return true;
      }`,
      records("a"),
    );
    expect(instance.written).toEqual({ 1: "value: a\né\n", 2: "careful\n\nAssertion failed: short\n" });
  });

  it("has the time and chance", async () => {
    const source = `export function map(record: Record): string {
      const chance = Math.random();
      return Date.now().toString() + (chance >= 0 && chance < 1 ? " ok" : " bad");
    }`;
    const { records: out } = await transform(source, records("a"));
    expect(out[0]?.value).toBe("1700000000000 ok");
  });

  it("imports nothing it does not use", async () => {
    const wasm = await buildText(`export function filter(record: Record): bool {
      if (record.value.length > 3) throw new Error("long");
      return true;
    }`);
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(wasm as BufferSource));
    expect(imports.map(({ name }) => name)).toEqual(["copy_records"]);
  });
});

describe("buffers", () => {
  it("gives a second alloc a place of its own and takes dealloc", async () => {
    const instance = instantiate(
      await buildText("export function filter(record: Record): bool { return true; }"),
    );
    const { alloc, dealloc } = instance.exports as Record<string, (...args: number[]) => number>;
    const first = alloc?.(100) as number;
    const second = alloc?.(100) as number;
    expect(Math.abs(first - second)).toBeGreaterThanOrEqual(100);
    dealloc?.(second, 100);
    dealloc?.(first, 100);
    const { records: out } = readOutput(instance.call("filter", frame(records("a")), 25).output);
    expect(out).toHaveLength(1);
  });
});

describe("log", () => {
  const source = `import { log } from "@smdk/assemblyscript";
    export function init(params: Params): void { log.info("started"); }
    export function filter(record: Record): bool {
      log.debug("seen " + record.value.toInt().toString());
      if (record.offset > 100) log.warn("odd");
      return true;
    }`;

  it("writes lines with level and offset", async () => {
    const instance = instantiate(await buildText(source));
    instance.call("init", initFrame({}), 25);
    instance.call("filter", frame([{ value: "1" }, { value: "2", offsetDelta: 1 }]), 25);
    expect(instance.written).toEqual({
      1: "[info] started\n[debug] 100: seen 1\n[debug] 101: seen 2\n",
      2: "[warn] 101: odd\n",
    });
  });

  it("leaves out calls below the level of the build, and what makes their messages", async () => {
    const warnings = instantiate(await buildText(source, "warn"));
    warnings.call("init", initFrame({}), 25);
    // The message would throw.
    const { output } = warnings.call("filter", frame([{ value: "x" }, { value: "y", offsetDelta: 1 }]), 25);
    expect(readOutput(output).error).toBeNull();
    expect(warnings.written).toEqual({ 1: "", 2: "[warn] 101: odd\n" });
    const none = new WebAssembly.Module((await buildText(source, "off")) as BufferSource);
    expect(WebAssembly.Module.imports(none).map(({ name }) => name)).toEqual(["copy_records"]);
  });
});

describe("classes marked with @json", () => {
  const classes = `
    @json class Place { city: string = ""; at: f64[] = []; }
    @json class Event { level: i32 = 0; name: string = ""; ok: bool = false; place: Place | null = null; tags: string[] = []; }`;
  const event =
    '{"level":3,"name":"a\\"b","ok":true,"place":{"city":"Rome","at":[1.5,2.0]},"tags":["x","y"]}';

  it("are read and written", async () => {
    const { records: out } = await transform(
      `${classes}
      export function map(record: Record): Event {
        const event = record.value.json().to<Event>();
        event.level++;
        return event;
      }`,
      records(event, '{"tags":[],"ok":false,"name":"n","level":-1}'),
    );
    expect(out.map(({ value }) => value)).toEqual([
      event.replace("3", "4"),
      '{"level":0,"name":"n","ok":false,"place":null,"tags":[]}',
    ]);
  });

  it("are strict", async () => {
    const source = `${classes} export function map(record: Record): Event { return record.value.json().to<Event>(); }`;
    const hint = async (value: string): Promise<string | undefined> =>
      (await transform(source, records(value))).error?.hint;
    expect(await hint('{"level":1}')).toBe("missing field `name`");
    expect(await hint(event.replace("3", "3000000000"))).toBe("number too large to fit in target type");
    expect(await hint(event.replace("true", "1"))).toBe("expected true or false, found 1");
  });

  it("are accumulators", async () => {
    const source = `@json class Stats { count: i32 = 0; longest: string = ""; }
      export function aggregate(stats: Stats, record: Record): Stats {
        stats.count++;
        if (record.value.length > stats.longest.length) stats.longest = record.value.text;
        return stats;
      }`;
    const first = await transform(source, records("a", "ccc", "bb"), { accumulator: "" });
    expect(first.records.map(({ value }) => value)).toEqual([
      '{"count":1,"longest":"a"}',
      '{"count":2,"longest":"ccc"}',
      '{"count":3,"longest":"ccc"}',
    ]);
    const next = await transform(source, records("dddd"), { accumulator: '{"count":3,"longest":"ccc"}' });
    expect(next.records[0]?.value).toBe('{"count":4,"longest":"dddd"}');
  });
});
