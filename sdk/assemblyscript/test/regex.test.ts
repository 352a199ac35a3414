// Regular expressions of the source: the same matches as JavaScript's, over generated patterns and texts.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRegex } from "../src/regex/index.ts";
import { buildFixture, compileText } from "./support/compile.ts";
import { instantiate } from "./support/engine.ts";
import { frame, initFrame, readOutput } from "./support/frames.ts";

const wasm = buildFixture("internal/regex.ts").then((bytes) => new WebAssembly.Module(bytes as BufferSource));
const SEED = 5;

type Kind = "literal" | "pattern";

/** What the module makes of each text, with a literal's table or with the pattern. */
async function run(kind: Kind, pattern: string, flags: string, texts: readonly string[]): Promise<unknown[]> {
  const instance = instantiate(await wasm);
  const tableBytes = (): Uint8Array => {
    const { isWhole, units } = compileRegex(pattern, flags);
    return Buffer.concat([Buffer.of(isWhole ? 1 : 2), Buffer.from(units.buffer)]);
  };
  const key = kind === "literal" ? tableBytes() : Buffer.from(`\0${flags} ${pattern}`);
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
    split: splitAt(text, global),
    groups: found === null ? [] : [...found].map((group) => group ?? null),
    // Without a first group `$1` stands for itself, in both.
    marked: text.replace(global, "<$1|$&>"),
    changed: text.replace(global, "<>"),
    first: text.replace(regex, ""),
  };
}

/** The parts between matches: `String.split` would add the groups, and tries the pattern at each place anew. */
function splitAt(text: string, global: RegExp): string[] {
  const parts: string[] = [];
  let from = 0;
  for (const { index, 0: match } of text.matchAll(global)) {
    if (match === "" && (index === from || index === text.length)) continue;
    parts.push(text.slice(from, index));
    from = index + match.length;
  }
  return [...parts, text.slice(from)];
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
      numRuns: 500,
      seed: SEED,
    });
    let compared = 0;
    for (const [pattern, asked, list] of cases) {
      const flags = pattern.includes("😀") ? asked.replace("i", "") : asked;
      // V8 finds \\B between the halves of a pair, too.
      const isHalved = flags.includes("i") || pattern.includes("\\B");
      const whole = isHalved ? list.map((text) => text.replaceAll("😀", "x")) : list;
      const literal = await run("literal", pattern, flags, whole).catch((error: Error) => error.message);
      const late = await run("pattern", pattern, flags, whole).catch((error: Error) => error.message);
      if (typeof literal === "string" || typeof late === "string") {
        expect(literal).toBe("a part that can match nothing cannot be repeated");
        expect(late).toContain("a part that can match nothing cannot be repeated, at ");
        continue;
      }
      compared++;
      const expected = whole.map((text) => wanted(pattern, flags, text));
      expect({ pattern, flags, got: literal }).toEqual({ pattern, flags, got: expected });
      expect({ pattern, flags, late }).toEqual({ pattern, flags, late: expected });
    }
    expect(compared).toBeGreaterThan(250);
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
      // Large ones.
      "([a-z]{1,3}.){5,20}(?<last>[^a])",
      "([\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+)|(\\b\\d(?:[ -]?\\d){12,18}\\b)|(\\b(?:\\d{1,3}\\.){3}\\d{1,3}\\b)",
    ];
    for (const pattern of list) {
      for (const flags of pattern.includes("p{") ? [""] : ["", "i"]) {
        const expected = lines.map((text) => wanted(pattern, flags, text));
        expect(await run("literal", pattern, flags, lines)).toEqual(expected);
        expect(await run("pattern", pattern, flags, lines)).toEqual(expected);
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

  it("find groups by number and name, and put them into replacements", async () => {
    const source = `const date = /(?<year>\\d{4})-(?<month>\\d\\d)(-(\\d\\d))?/;
      export function map(record: Record): string {
        const found = date.exec(record.value, 2);
        if (found === null) return "none";
        const day = found[4];
        const text = found.index.toString() + " " + found.end.toString() + " " + found.length.toString() + " "
          + found.value.text + " " + found.group("year")!.text + " " + found.group("month")!.text + " "
          + (day === null ? "no day" : day.text);
        return text + " | " + date.replace(record.value, "$<month>/$1 $$ $& [$4] $9 $<x> $").text;
      }`;
    const { wasm, diagnostics } = await compileText(source);
    expect(diagnostics).toEqual([]);
    const values = ["  at 2024-02-29!", "é: 2023-11", "-"];
    const { records } = readOutput(
      instantiate(wasm as Uint8Array).call("map", frame(values.map((value) => ({ value }))), 25).output,
    );
    expect(records.map(({ value }) => value)).toEqual([
      "5 15 5 2024-02-29 2024 02 29 |   at 02/2024 $ 2024-02-29 [29] $9 $<x> $!",
      "4 11 5 2023-11 2023 11 no day | é: 11/2023 $ 2023-11 [] $9 $<x> $",
      "none",
    ]);
  });

  it("of run time complain as the build does, with the place and the pattern", async () => {
    const source = `let regex = new RegExp("x");
      export function init(params: Params): void { regex = new RegExp(params.required("regex"), params.optional("flags")); }
      export function filter(record: Record): bool { return regex.test(record.value); }`;
    const { wasm, diagnostics } = await compileText(source);
    expect(diagnostics).toEqual([]);
    const module = new WebAssembly.Module(wasm as BufferSource);
    const bad = [
      "a(?=b)",
      "(a)\\1",
      "(a",
      "a)",
      "[a",
      "[b-a]",
      "[\\d-x]",
      "*a",
      "a**",
      "{",
      "a{2,1}",
      "a{1001}",
      "\\b+",
      "(?:a*)*",
      "(?<n>a)(?<n>b)",
      "(?i)a",
      "\\q",
      "\\u{110000}",
      "\\p{Nonsense}",
      "(?:a{1000}){1000}",
      `${"(".repeat(300)}${")".repeat(300)}`,
    ];
    for (const pattern of bad) {
      let message = "";
      try {
        compileRegex(pattern, "");
      } catch (error) {
        message = (error as Error).message;
      }
      const { code, output } = instantiate(module).call("init", initFrame({ regex: pattern }), 25);
      const hint = Buffer.from(output, "hex").subarray(2).toString();
      expect([pattern, code, message !== "" && hint.startsWith(message)]).toEqual([pattern, -2, true]);
    }
    const flagged = instantiate(module).call("init", initFrame({ regex: "a", flags: "x" }), 25);
    expect(Buffer.from(flagged.output, "hex").toString()).toContain("the flag x of regular expressions");
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
