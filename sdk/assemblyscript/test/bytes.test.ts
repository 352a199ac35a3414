// The verbs of Bytes against JavaScript's own.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildText } from "./support/compile.ts";
import { instantiate } from "./support/engine.ts";
import { frame, readOutput } from "./support/frames.ts";

/** The key says what to do with the value; `|` separates two operands. */
const verbs = buildText(`export function map(record: Record): Bytes {
  const verb = record.key!.text;
  const value = record.value;
  if (verb == "text") return Bytes.of(value.text);
  if (verb == "upper") return value.toUpperCase();
  if (verb == "lower") return value.toLowerCase();
  if (verb == "trim") return value.trim();
  if (verb == "utf8") return Bytes.of(value.isUtf8() ? "yes" : "no");
  if (verb == "split") return Bytes.of(value.split(",").length.toString());
  if (verb == "uint8") return Bytes.of(value.bytes);
  const bar = value.indexOf("|");
  const a = value.slice(0, bar);
  const b = value.slice(bar + 1);
  if (verb == "index") return Bytes.of(a.indexOf(b).toString() + " " + a.indexOf(b.text, 1).toString());
  if (verb == "last") return Bytes.of(a.lastIndexOf(b).toString() + " " + a.lastIndexOf(<u8>0x61).toString());
  if (verb == "compare") return Bytes.of(a.compareTo(b) < 0 ? "less" : a.compareTo(b.text) > 0 ? "more" : "same");
  if (verb == "join") return Bytes.join(a.split("b"), b.text);
  if (verb == "replace") return b.length ? a.replaceAll(b, "<é>") : a;
  if (verb == "starts") return Bytes.of(a.startsWith(b) ? "yes" : "no");
  if (verb == "ends") return Bytes.of(a.endsWith(b.text) ? "yes" : "no");
  if (verb == "equals") return Bytes.of(a.equals(b) && a.equals(b.text) ? "yes" : "no");
  if (verb == "slice") return a.slice(<i32>b.split(",")[0].toInt(), <i32>b.split(",")[1].toInt());
  throw new Error("no such verb");
}`);

async function run(verb: string, values: readonly (string | Uint8Array)[]): Promise<string[]> {
  const instance = instantiate(await verbs);
  const input = frame(values.map((value) => ({ key: verb, value })));
  const { records, error } = readOutput(instance.call("map", input, 25).output);
  expect(error).toBe(null);
  return records.map(({ value }) => value);
}

const sample = <T>(arbitrary: fc.Arbitrary<T>, seed: number): T[] =>
  fc.sample(arbitrary, { numRuns: 300, seed });
const text = fc.string({ unit: "binary", maxLength: 80 }).map((value) => value.toWellFormed());
const small = fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 20 });
const pair = fc.tuple(small, fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 3 }));

describe("Bytes", () => {
  it("reads and writes UTF-8, and what is none as TextDecoder does", async () => {
    const texts = sample(text, 1);
    expect(await run("text", texts)).toEqual(texts);
    const bytes = sample(fc.uint8Array({ maxLength: 30 }), 2);
    const odd = sample(
      fc.array(
        fc.constantFrom(0xe2, 0x98, 0x83, 0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0, 0xc0, 0xff, 0x41, 0xe0),
        {
          maxLength: 12,
        },
      ),
      3,
    ).map((list) => Uint8Array.from(list));
    const all = [...bytes, ...odd];
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    expect(await run("text", all)).toEqual(all.map((data) => decoder.decode(data)));
    const strict = new TextDecoder("utf-8", { fatal: true });
    const isUtf8 = (data: Uint8Array): string => {
      try {
        strict.decode(data);
        return "yes";
      } catch {
        return "no";
      }
    };
    expect(await run("utf8", all)).toEqual(all.map(isUtf8));
  });

  it("changes the case of ASCII letters only", async () => {
    const texts = sample(fc.string({ maxLength: 60 }), 4).concat("äÖZzAa[`{@");
    const upper = (value: string): string => value.replace(/[a-z]/g, (letter) => letter.toUpperCase());
    const lower = (value: string): string => value.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    expect(await run("upper", texts)).toEqual(texts.map(upper));
    expect(await run("lower", texts)).toEqual(texts.map(lower));
  });

  it("finds, compares and cuts", async () => {
    const pairs = sample(pair, 5);
    const inputs = pairs.map(([a, b]) => `${a}|${b}`);
    const index = (a: string, b: string, from: number): number => Buffer.from(a).indexOf(b, from);
    expect(await run("index", inputs)).toEqual(
      pairs.map(([a, b]) => `${index(a, b, 0)} ${b === "" && a === "" ? 0 : index(a, b, 1)}`),
    );
    expect(await run("last", inputs)).toEqual(
      pairs.map(([a, b]) => `${Buffer.from(a).lastIndexOf(b)} ${Buffer.from(a).lastIndexOf("a")}`),
    );
    const order = (a: string, b: string): string =>
      ["less", "same", "more"][Buffer.from(a).compare(Buffer.from(b)) + 1] as string;
    expect(await run("compare", inputs)).toEqual(pairs.map(([a, b]) => order(a, b)));
    expect(await run("join", inputs)).toEqual(pairs.map(([a, b]) => a.split("b").join(b)));
    expect(await run("replace", inputs)).toEqual(
      pairs.map(([a, b]) => (b === "" ? a : a.replaceAll(b, "<é>"))),
    );
    expect(await run("starts", inputs)).toEqual(pairs.map(([a, b]) => (a.startsWith(b) ? "yes" : "no")));
    expect(await run("ends", inputs)).toEqual(pairs.map(([a, b]) => (a.endsWith(b) ? "yes" : "no")));
    expect(await run("equals", inputs)).toEqual(pairs.map(([a, b]) => (a === b ? "yes" : "no")));
    const cuts = sample(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), 6);
    expect(
      await run(
        "slice",
        cuts.map(([from, to]) => `abcdef|${from},${to}`),
      ),
    ).toEqual(cuts.map(([from, to]) => "abcdef".slice(from, to)));
    expect(await run("split", [",", "a", "", "a,b,,c"])).toEqual(["2", "1", "1", "4"]);
    expect(await run("trim", [" \t\r\n a b ", "", "  ", "x"])).toEqual(["a b", "", "", "x"]);
    expect(await run("uint8", ["abc", ""])).toEqual(["abc", ""]);
  });
});
