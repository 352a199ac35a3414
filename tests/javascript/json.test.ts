/** JSON in a module: what the glue parses by itself has to be what Node parses, value for value and fault for fault. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCompiler } from "@smdk/javascript/compiler";
import { buildChain, type Chain, loadSmartModule } from "@smdk/runtime";
import { toRecordList } from "@smdk/testing";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

/** Text of a value in which nothing is lost: order of members, zeros with a sign, all digits. */
const show = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(show).join()}]`;
  if (typeof value === "object" && value !== null) {
    const own = Reflect.ownKeys(value) as string[];
    const plain = Object.getPrototypeOf(value) === Object.prototype ? "" : "odd";
    return `${plain}{${own.map((name) => `${JSON.stringify(name)}:${show((value as Record<string, unknown>)[name])}`).join()}}`;
  }
  return Object.is(value, -0) ? "-0" : typeof value === "string" ? JSON.stringify(value) : String(value);
};
const attempt = (parse: () => unknown): string => {
  try {
    return show(parse());
  } catch (error) {
    return (error as Error).name;
  }
};

const folder = mkdtempSync(join(tmpdir(), "smdk-json-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let chain: Chain;
beforeAll(async () => {
  const source = `
    const show = ${show.toString()};
    const attempt = ${attempt.toString()};
    export const map = ({ value }) => {
      const text = value.text;
      const all = [
        attempt(() => value.json()), attempt(() => JSON.parse(value)), attempt(() => JSON.parse(text)),
        attempt(() => JSON.parse(text + "")), attempt(() => JSON.parse(" " + text)),
      ];
      return new Set(all).size === 1 ? all[0] : "not the same: " + all.join(" | ");
    };`;
  writeFileSync(join(folder, "index.js"), source);
  const { bytes } = await createCompiler().build({ projectDir: folder, entry: "index.js" });
  chain = await buildChain([{ module: await loadSmartModule(bytes) }]);
});

/** What the module makes of texts, in one batch. */
async function inModule(texts: readonly string[]): Promise<string[]> {
  const records = toRecordList(texts.map((text) => Buffer.from(text)));
  const out = await chain.process({ baseOffset: 0n, baseTimestamp: 0n, records });
  if (out.error) throw new Error(out.error.hint);
  const values: string[] = [];
  const view = Buffer.from(out.records);
  let at = 4;
  const number = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = view[at++] as number;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value % 2 ? -(value + 1) / 2 : value / 2;
    }
  };
  while (at < view.length) {
    number();
    at++;
    number();
    number();
    at++;
    const size = number();
    values.push(view.toString("utf8", at, at + size));
    at += size;
    number();
  }
  return values;
}

async function compare(texts: readonly string[]): Promise<void> {
  const got = await inModule(texts);
  for (const [at, text] of texts.entries())
    expect(got[at], text.slice(0, 200)).toBe(attempt(() => JSON.parse(text)));
}

test("numbers, texts and objects of all kinds", async () => {
  const numbers =
    "0 -0 0.0 -0.0 1 -1 01 1. .1 1.5 -1.50 1e5 1E+5 1e-7 1e 1e+ 2147483647 2147483648 -2147483648 -2147483649";
  const more =
    "9007199254740993 12345678901234567890 0.1 0.30000000000000004 1e22 1e23 1.7976931348623157e308 1e309 5e-324 1e-400 123456.789e3 + - -x 1x 0x1 1_0 Infinity NaN 4.35 2.2250738585072011e-308";
  const texts = [
    '""',
    '"a"',
    '"é€😀"',
    '"\\n\\t\\r\\b\\f\\/\\\\\\""',
    '"\\u00e9\\u20ac\\ud83d\\ude00"',
    '"\\ud800"',
    '"\\ude00x"',
  ];
  const faults = [
    '"',
    '"\\"',
    '"\\x"',
    '"\\u12"',
    '"\n"',
    '"\u0000"',
    "'a'",
    '"a""b"',
    "tru",
    "nul",
    "falsey",
    "",
    " ",
    "\ufeff1",
    "\u00a01",
  ];
  const objects = [
    ...[
      "{}",
      "[]",
      "[[]]",
      "[{}]",
      '{"a":1}',
      '{ "a" : [ 1 , 2 ] , "b" : { } }',
      '{"a":1,"a":2}',
      '{"a":1,"b":2,"a":3,"c":4}',
    ],
    ...[
      '{"__proto__":{"x":1}}',
      '{"toString":1}',
      '{"2":1,"1":2,"b":3,"a":4,"0":5}',
      '{"é":1,"\\u00e9":2}',
      '{"\\u0061":1}',
      '{"":{"":1}}',
    ],
    ...[
      "{",
      "[",
      '{"a"',
      '{"a":',
      '{"a":1',
      '{"a":1,',
      '{"a":1,}',
      "[1,]",
      "[,1]",
      "[1 2]",
      '{"a" 1}',
      "{a:1}",
      "{,}",
      "]",
      "1 2",
      "{}{}",
      "[1]x",
    ],
    `{"${"long".repeat(60)}":1}`,
    `[${Array.from({ length: 3000 }, (_, n) => `{"id":${n},"name":"n${n}","k${n}":${n / 7}}`).join()}]`,
    `{${Array.from({ length: 3000 }, (_, n) => `"k${n}":${n}`).join()}}`,
    "[".repeat(99) + "]".repeat(99),
    `${"[".repeat(105)}1${"]".repeat(105)}`,
  ];
  await compare([...numbers.split(" "), ...more.split(" "), ...texts, ...faults, ...objects]);
  await compare([...objects, ...objects.toReversed()]);
});

test("whatever may be in a record", { timeout: 60_000 }, async () => {
  const names = fc.constantFrom(
    "id",
    "name",
    "a",
    "b",
    "level",
    "é",
    "",
    "0",
    "17",
    "__proto__",
    "x y",
    'q"',
    "constructor",
  );
  const leaf = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.constantFrom(true, false, null, -0),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: "small", withCrossShrink: true }, leaf, tie("list"), tie("object")),
    list: fc.array(tie("value"), { maxLength: 5 }),
    object: fc
      .array(fc.tuple(names, tie("value")), { maxLength: 8 })
      .map((pairs) => new Map(pairs as [string, unknown][])),
  }));
  const write = (one: unknown, space: string): string => {
    if (Array.isArray(one)) return `[${space}${one.map((each) => write(each, space)).join(`,${space}`)}]`;
    if (one instanceof Map) {
      const members = [...one].map(([name, each]) => `${JSON.stringify(name)}${space}:${write(each, space)}`);
      return `{${members.join(`${space},`)}${space}}`;
    }
    return Object.is(one, -0) ? "-0" : JSON.stringify(one);
  };
  const text = fc
    .tuple(
      value,
      fc.constantFrom("", " ", "\n\t"),
      fc.option(fc.tuple(fc.nat(), fc.constantFrom("", '"', "{", "]", ",", "\\", "0", "e", "é")), {
        freq: 3,
      }),
    )
    .map(([one, space, damage]) => {
      const whole = write(one, space);
      if (damage === null) return whole;
      const at = damage[0] % (whole.length + 1);
      return whole.slice(0, at) + damage[1] + whole.slice(at + 1);
    })
    // Half a character cannot be sent.
    .map((whole) => whole.toWellFormed());
  await fc.assert(fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 40 }), compare), {
    numRuns: 150,
    interruptAfterTimeLimit: 40_000,
  });
});

test("what is not UTF-8 is parsed as its text is", async () => {
  const bytes = Buffer.concat([Buffer.from('{"a":"x'), Buffer.of(0xff, 0xe2, 0x82), Buffer.from('","b":1}')]);
  const out = await chain.process({ baseOffset: 0n, baseTimestamp: 0n, records: toRecordList([bytes]) });
  expect(Buffer.from(out.records).toString()).toContain('{"a":"x\ufffd\ufffd","b":1}');
});
