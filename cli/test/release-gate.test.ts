/** What the release gate makes of two versions of a module: in every language, with parameters, sums and a memory. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "@smdk/compiler";
import { afterAll, describe, expect, test, vi } from "vitest";
import { measureFuel } from "../src/services/hub/fuel.ts";
import {
  bumpBetween,
  compareVersionsOutput,
  enforceGate,
  previousVersion,
} from "../src/services/hub/gate.ts";
import { fixtureFiles } from "../src/services/hub/replay.ts";

// Builds start the compilers cold, which takes seconds.
vi.setConfig({ testTimeout: 120_000 });

const dir = mkdtempSync(join(tmpdir(), "smdk-gate-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let serial = 0;

async function compiled(
  source: string,
  lang: "assemblyscript" | "typescript" | "javascript",
): Promise<Uint8Array> {
  const project = join(dir, `p${++serial}`);
  const entry = lang === "javascript" ? "src/index.js" : "src/index.ts";
  const files = {
    "SmartModule.toml": `params = []\n\n[package]\nname = "m"\ngroup = "acme"\nversion = "1.0.0"\napiVersion = "0.1.0"\n\n[build]\nlang = "${lang}"\n`,
    [entry]: source,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  }
  return (await build({ projectDir: project })).bytes;
}

function records(name: string, text: string): string {
  const path = join(dir, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function gate(
  before: Uint8Array,
  after: Uint8Array,
  files: string[],
  options: { from?: string; to?: string; params?: Record<string, string> } = {},
) {
  const { from = "1.0.0", to = "1.0.1", params = {} } = options;
  return await compareVersionsOutput({
    previous: { version: from, wasm: before },
    next: { version: to, wasm: after },
    files,
    params: new Map(Object.entries(params)),
  });
}

describe("AssemblyScript", () => {
  const sum = (body: string): string =>
    `import { Record } from "@smdk/assemblyscript";\nexport function aggregate(sum: i64, record: Record): i64 {\n  ${body}\n}\n`;

  test("an aggregate's change shows from the record on where the sums part, and failures hide nothing", async () => {
    const before = await compiled(sum("return sum + record.value.toInt();"), "assemblyscript");
    const after = await compiled(
      sum("const n = record.value.toInt();\n  return n > 5 ? sum : sum + n;"),
      "assemblyscript",
    );
    const numbers = records("numbers.txt", "1\n2\nx\n3\n9\n1\n");
    const found = await gate(before, after, [numbers]);
    expect(found).toMatchObject({
      records: 6,
      changed: 2,
      claimed: "patch",
      needed: "major",
      suggested: "2.0.0",
    });
    expect(found.examples[0]).toMatchObject({ class: "value changed", line: 5, before: "15", after: "6" });
    expect(() => enforceGate(found)).toThrow(expect.objectContaining({ code: "SMDK_RELEASE_GATE" }));
    expect((await gate(before, before, [numbers])).changed).toBe(0);
  });

  test("parameters come with the command, or with the cases of the project, which have a past too", async () => {
    const source = (test: string): string => `
import { Params, Record } from "@smdk/assemblyscript";
let least: i64 = 0;
let last: i64 = 0;
export function init(params: Params): void {
  if (!params.has("least")) throw new Error("least is missing");
  least = params.int("least");
}
export function lookBack(record: Record): void {
  last = record.value.toInt();
}
export function filter(record: Record): bool {
  const value = record.value.toInt();
  if (${test}) return false;
  last = value;
  return true;
}
`;
    const before = await compiled(source("value < least || value <= last"), "assemblyscript");
    const after = await compiled(source("value < least || value < last"), "assemblyscript");
    const lines = records("look/fixtures/lines.txt", "1\n2\n3\n4\n4\n5\n");
    const without = await gate(before, after, [lines]);
    expect(without.failure).toContain("least");
    const found = await gate(before, after, [lines], { params: { least: "0" } });
    // Once as a whole stream, once with its first half as the past.
    expect(found.classes).toEqual({ "kept now": 2 });
    expect(found.examples.map(({ line }) => line)).toEqual([5, 5]);
    records(
      "look/fixtures/cases.json",
      JSON.stringify([
        { title: "one", input: ["4", "5"], before: ["4"], params: { least: "1" }, output: ["5"] },
        { input: ["7", { key: "k", value: "8" }], params: { least: "9" }, output: [] },
        { input: ["1"], output: [], refusal: "least is missing" },
      ]),
    );
    const [cases, other] = await fixtureFiles(join(dir, "look"));
    expect(other).toBe(lines);
    const own = await gate(before, after, [cases!]);
    expect(own).toMatchObject({ failure: null, records: 5, classes: { "kept now": 1 } });
    expect(own.examples[0]).toMatchObject({ file: "cases.json", line: 1 });

    // What refuses to start costs nothing, and is not counted.
    const fuel = await measureFuel(before, [cases!], new Map());
    expect(fuel?.records).toBe(4);
    expect(fuel!.perRecord).toBeGreaterThan(10);
    expect(await measureFuel(before, [cases!], new Map())).toEqual(fuel);
    expect(await measureFuel(before, [lines], new Map())).toBeUndefined();
  });

  test("a new version that never ends is found out", async () => {
    const before = await compiled(sum("return sum + 1;"), "assemblyscript");
    const after = await compiled(
      sum("while (record.value.length > 0) sum++;\n  return sum;"),
      "assemblyscript",
    );
    const found = await gate(before, after, [records("one.txt", "a\n")]);
    expect(found.classes).toEqual({ "fails now": 1 });
  });
});

describe("JavaScript", () => {
  test("values, keys and errors of every class", async () => {
    const before = await compiled(
      `export function map(record) {
  const data = JSON.parse(record.value.text);
  if (data.bad) throw new Error("bad");
  return JSON.stringify({ n: data.n * 2 });
}
`,
      "javascript",
    );
    const after = await compiled(
      `export function filterMap(record) {
  const data = JSON.parse(record.value.text);
  if (data.n === 3) return null;
  if (data.n === 4) throw new Error("four");
  return JSON.stringify({ n: data.n === 2 ? 5 : data.n * 2 });
}
`,
      "javascript",
    );
    const lines = records("js.jsonl", '{"n":1}\n{"n":2}\n{"n":3}\n{"n":4}\n{"bad":1,"n":6}\nnone\n');
    const found = await gate(before, after, [lines], { from: "1.4.0", to: "1.5.0" });
    expect(found.classes).toEqual({
      "value changed": 1,
      "dropped now": 1,
      "fails now": 1,
      "fails no more": 1,
    });
    expect(found).toMatchObject({ claimed: "minor", needed: "major", suggested: "2.0.0" });
    expect(() => enforceGate(found)).not.toThrow();
  });

  test("errors that repeat a large record are compared as fast as others", async () => {
    const source = (first: string): string =>
      `${first}export function map(record) {\n  throw new Error("not wanted: " + record.value.text);\n}\n`;
    const [before, after] = [
      await compiled(source(""), "javascript"),
      await compiled(source("\n\n"), "javascript"),
    ];
    const found = await gate(before, after, [records("large.txt", `${"a".repeat(300_000)}\nb\n`)]);
    // Where the throw stands in the source is no part of what the module does.
    expect(found).toMatchObject({ records: 2, changed: 0 });
  });

  test("parameters and sums", async () => {
    const source = (step: string): string => `
let factor = 1;
export function init(params) {
  factor = Number(params.get("factor"));
}
export function aggregate(sum, record) {
  return String(Number(sum.text || 0) + ${step});
}
`;
    const before = await compiled(source("Number(record.value.text) * factor"), "javascript");
    const after = await compiled(source("Math.round(Number(record.value.text) * factor)"), "javascript");
    const lines = records("sums.txt", "1\n2\n3\n");
    expect((await gate(before, after, [lines], { params: { factor: "2" } })).changed).toBe(0);
    expect((await gate(before, after, [lines], { params: { factor: "0.4" } })).changed).toBe(3);
  });
});

describe("versions", () => {
  test.each([
    ["1.2.3", "1.2.4", "patch"],
    ["1.2.3", "1.3.0", "minor"],
    ["1.2.3", "2.0.0", "major"],
    ["0.2.3", "0.2.4", "patch"],
    ["0.2.3", "0.3.0", "major"],
    ["0.0.3", "0.0.4", "major"],
    ["0.9.0", "1.0.0", "major"],
    ["1.0.0-rc.1", "1.0.0-rc.2", "major"],
    ["1.0.0-rc.1", "1.0.0", "major"],
    ["1.0.0", "1.1.0-rc.1", "minor"],
    ["1.0.0", "1.0.1-rc.1", "patch"],
    ["1.0.0+a", "1.0.0+b", "patch"],
  ])("%s to %s says %s", (previous, next, bump) => expect(bumpBetween(previous, next)).toBe(bump));

  test.each<[string[], string, string | undefined]>([
    [[], "1.0.0", undefined],
    [["1.0.0", "2.0.0"], "1.0.1", "1.0.0"],
    [["1.0.0", "1.9.0", "1.10.0"], "2.0.0", "1.10.0"],
    [["1.0.0", "1.1.0-rc.1"], "1.1.0-rc.2", "1.0.0"],
    [["1.0.0-rc.1", "1.0.0-rc.2"], "1.0.0", "1.0.0-rc.2"],
    [["2.0.0"], "1.0.0", undefined],
    [["latest", "v1", "1.0.0"], "1.0.1", "1.0.0"],
  ])("of %j, %s is held against %s", (published, next, expected) =>
    expect(previousVersion(published, next)).toBe(expected),
  );
});
