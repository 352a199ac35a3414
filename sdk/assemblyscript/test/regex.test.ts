// Regular expressions of the source: the same matches as JavaScript's, over generated patterns and texts.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRegex } from "../src/regex/index.ts";
import { buildFixture, compileText } from "./support/compile.ts";
import { instantiate } from "./support/engine.ts";
import { frame, readOutput } from "./support/frames.ts";

const wasm = buildFixture("internal/regex.ts").then((bytes) => new WebAssembly.Module(bytes as BufferSource));
const SEED = 5;

/** What the module makes of each text. */
async function run(pattern: string, flags: string, texts: readonly string[]): Promise<unknown[]> {
  const table = compileRegex(pattern, flags);
  const instance = instantiate(await wasm);
  const key = new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
  const input = frame([{ key, value: "" }, ...texts.map((value) => ({ value }))]);
  const { records, error } = readOutput(instance.call("map", input, 25).output);
  if (error !== null) throw new Error(error.hint);
  return records.slice(1).map(({ value }) => JSON.parse(value) as unknown);
}

/** What JavaScript makes of it. */
function wanted(pattern: string, flags: string, text: string): unknown {
  // Whole characters, but cases as without the flag u.
  const unicode = flags.includes("i") ? "" : "u";
  const regex = new RegExp(pattern, flags + unicode);
  const global = new RegExp(pattern, `${flags}g${unicode}`);
  const found = regex.exec(text);
  return {
    test: found !== null,
    search: found === null ? -1 : Buffer.byteLength(text.slice(0, found.index)),
    all: text.match(global) ?? [],
    one: found === null ? null : found[0],
    changed: text.replace(global, "<>"),
    first: text.replace(regex, ""),
  };
}

const atoms = fc.constantFrom(
  ..."a b c é ☃ 😀 . \\d \\w \\s \\D \\W \\S [abc] [^a] [a-c\\d] [^\\s☃] \\u00e9 [à-ü] \\n - _ K s".split(
    " ",
  ),
);
const { pattern: patterns } = fc.letrec((tie) => ({
  pattern: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    atoms,
    fc.constantFrom("^", "$", "\\b", "\\B"),
    fc
      .array(tie("pattern") as fc.Arbitrary<string>, { minLength: 1, maxLength: 4 })
      .map((list) => list.join("")),
    fc
      .array(tie("pattern") as fc.Arbitrary<string>, { minLength: 1, maxLength: 3 })
      .map((list) => `(?:${list.join("|")})`),
    fc
      .tuple(
        fc.oneof(
          atoms,
          (tie("pattern") as fc.Arbitrary<string>).map((inner) => `(${inner})`),
        ),
        fc.constantFrom("*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,2}?", "{2,}"),
      )
      .map(([item, quantifier]) => item + quantifier),
  ),
}));
const texts = fc.string({
  unit: fc.constantFrom(..."abcABC019 _-éàÉ☃\n\r\tkKsSſ", "😀"),
  maxLength: 20,
});
const flagSets = fc.constantFrom("", "", "i", "m", "s", "ims");

describe("regular expressions", () => {
  it("match what JavaScript's do", async () => {
    const cases = fc.sample(fc.tuple(patterns, flagSets, fc.array(texts, { minLength: 4, maxLength: 12 })), {
      numRuns: 800,
      seed: SEED,
    });
    let compared = 0;
    for (const [pattern, asked, list] of cases) {
      const flags = pattern.includes("😀") ? asked.replace("i", "") : asked;
      // V8 finds \\B between the halves of a pair, too.
      const isHalved = flags.includes("i") || pattern.includes("\\B");
      const whole = isHalved ? list.map((text) => text.replaceAll("😀", "x")) : list;
      const got = await run(pattern, flags, whole).catch((error: Error) => {
        if (error.message !== "a part that can match nothing cannot be repeated") throw error;
        return null;
      });
      if (got === null) continue;
      compared++;
      expect({ pattern, flags, got }).toEqual({
        pattern,
        flags,
        got: whole.map((text) => wanted(pattern, flags, text)),
      });
    }
    expect(compared).toBeGreaterThan(400);
  });

  it("match as JavaScript's do in practice", async () => {
    const lines = [
      'GET /index.html HTTP/1.1 200 127.0.0.1 - bob@example.com "x"',
      "4111 1111 1111 1111, 078-05-1120; ünïcode Straße",
      "2024-02-29T12:00:00Z level=ERROR msg=failed",
      "",
    ];
    const list = [
      "\\d{3}-\\d{2}-\\d{4}",
      "[\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+",
      "\\b(?:\\d{1,3}\\.){3}\\d{1,3}\\b",
      "^(\\S+) (\\S+)",
      "(error|warn)",
      "\\p{Lu}\\p{L}*",
      "\\b(?:\\d[ -]?){13,16}\\b",
    ];
    for (const pattern of list) {
      for (const flags of pattern.includes("p{") ? [""] : ["", "i"]) {
        expect(await run(pattern, flags, lines)).toEqual(lines.map((text) => wanted(pattern, flags, text)));
      }
    }
  });

  it("are literals in a module, at the top level or in place", async () => {
    const source = `const word = /[a-z]+/g;
      export function map(record: Record): string {
        return word.replaceAll(record.value, "w").text + (/^\\d/.test(record.value) ? " digit" : "");
      }`;
    const { wasm, diagnostics } = await compileText(source);
    expect(diagnostics).toEqual([]);
    const output = instantiate(wasm as Uint8Array).call("map", frame([{ value: "1 ab c" }]), 25).output;
    expect(readOutput(output).records[0]?.value).toBe("1 w w digit");
  });

  it("that cannot be supported are errors at their place", async () => {
    const place = async (regex: string): Promise<unknown> => {
      const { diagnostics } = await compileText(
        `export function filter(record: Record): bool { return ${regex}.test(record.value); }`,
      );
      const [first] = diagnostics;
      return [first?.message, first?.text.slice(first.start, first.start + 4), typeof first?.hint];
    };
    expect(await place("/a(?=b)/")).toEqual([
      "regular expressions have no lookahead and no lookbehind here",
      "(?=b",
      "string",
    ]);
    expect(await place("/(a)x\\1/")).toEqual([
      "regular expressions have no back-references here",
      "\\1/.",
      "string",
    ]);
    expect(await place("/(?:a{1000}){1000}/")).toEqual([
      "the regular expression makes too large a table",
      "(?:a",
      "string",
    ]);
  });
});
