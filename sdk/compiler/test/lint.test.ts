// What lint says of manifests and sources that are written otherwise than usual: at the right place, and nothing else.

import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lintTexts, tomlPlaces } from "../src/index.ts";
import { Projects } from "./support/projects.ts";

const projects = new Projects();
afterAll(() => projects.removeAll());

const PACKAGE = `[package]
name = "demo"
group = "g"
version = "0.1.0"
apiVersion = "0.1.0"
description = "keeps what matters"
`;
const SOURCE = `import { Record } from "@smdk/assemblyscript";

export function filter(record: Record): bool {
  return record.value.length > 3;
}
`;

async function lint(manifest: string, files: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const dir = projects.make({ "SmartModule.toml": manifest, "src/index.ts": SOURCE, ...files });
  const { findings } = await lintTexts(dir);
  return findings.map(
    ({ rule, file, line, column }) => `${rule} ${path.relative(dir, file)}:${line}:${column}`,
  );
}

describe("manifests", () => {
  it.each([
    ["plain", `params = []\n\n${PACKAGE}`],
    [
      "an inline table",
      `params = []\npackage = { name = "demo", group = "g", version = "0.1.0", apiVersion = "0.1.0", description = "d" }\n`,
    ],
    [
      "dotted keys",
      `params = []\npackage.name = "demo"\npackage.group = "g"\npackage.version = "0.1.0"\npackage.apiVersion = "0.1.0"\npackage.description = "d"\n`,
    ],
    [
      "quoted keys and headers, comments, Windows line ends",
      `params = [] # none\r\n[ "package" ] # it\r\n"name" = 'demo'\r\ngroup = "g"\r\nversion = "1.0.0-rc.1+b"\r\napiVersion = "0.1.0"\r\ndescription = """\r\nseveral [lines] = here\r\n"""\r\n`,
    ],
    ["a mark of byte order", `\ufeffparams = []\n\n${PACKAGE}`],
  ])("nothing to say: %s", async (_, manifest) => {
    expect(await lint(manifest)).toEqual([]);
  });

  it.each([
    [
      "in an inline table",
      `params = []\npackage = { name = "demo", group = "", version = "1", apiVersion = "0.1.0", description = "d" }\n`,
      ["SM006 SmartModule.toml:2:28", "SM007 SmartModule.toml:2:40"],
    ],
    [
      "in dotted keys",
      `params = []\npackage.name = "demo"\npackage.group = 7\npackage.version = "0.1.0"\npackage.apiVersion = "v0.1.0"\npackage.description = "d"\n`,
      ["SM006 SmartModule.toml:3:9", "SM007 SmartModule.toml:5:9"],
    ],
    [
      "a param in a list",
      `params = [\n  { name = "a" },\n  { nam = "b" },\n]\n${PACKAGE}`,
      ["SM005 SmartModule.toml:3:3", "SM009 SmartModule.toml:3:5"],
    ],
    ["one bracket too few", `${PACKAGE}\n[params]\nname = "key"\n`, ["SM006 SmartModule.toml:8:1"]],
    [
      "texts that look like keys",
      `params = []\n${PACKAGE}license = """\nversion = "1"\n"""\nvisibility = "Public"\n`,
      ["SM008 SmartModule.toml:11:1"],
    ],
    [
      "tables of ours",
      `params = []\n${PACKAGE}\n[build]\nlanguage = "typescript"\n\n[budgets]\nmaxSize = "20 KB"\nmaxfuel = 3\n`,
      ["SM009 SmartModule.toml:10:1", "SM009 SmartModule.toml:14:1", "SM006 SmartModule.toml:13:1"],
    ],
    [
      "values of [build]",
      `params = []\n${PACKAGE}\n[build]\nlang = "rust"\n`,
      ["SM006 SmartModule.toml:10:1"],
    ],
    ["a key twice", `params = []\n${PACKAGE}name = "again"\n`, ["SM002 SmartModule.toml:8:1"]],
    [
      "a third version number that is not there",
      `params = []\n${PACKAGE.replace('"0.1.0"', '"01.2.3"')}`,
      ["SM007 SmartModule.toml:5:1"],
    ],
  ])("the place: %s", async (_, manifest, wanted) => {
    expect((await lint(manifest)).toSorted()).toEqual(wanted.toSorted());
  });

  it.each([
    ["1", "1.0.0"],
    ["v1.2", "1.2.0"],
    [" 1.2.3", "1.2.3"],
    ["v1.0.0-rc.1+b", "1.0.0-rc.1+b"],
    ["1.0.0.0", undefined],
    ["01.2.3", undefined],
    ["1.0.0-01", undefined],
    ["99999999999999999999.0.0", undefined],
  ])("the version %j becomes %j, and nothing that it does not mean", async (written, expected) => {
    const dir = projects.make({
      "SmartModule.toml": `params = []\n${PACKAGE.replace('"0.1.0"', JSON.stringify(written))}`,
      "src/index.ts": SOURCE,
    });
    const [found, ...more] = (await lintTexts(dir)).findings;
    expect([found?.rule, found?.line, more]).toEqual(["SM007", 5, []]);
    expect(found?.fix?.text).toBe(expected === undefined ? undefined : JSON.stringify(expected));
  });

  it("a list of params with another name is renamed, not added to", async () => {
    const manifest = `parms = []\n\n${PACKAGE}`;
    const dir = projects.make({ "SmartModule.toml": manifest, "src/index.ts": SOURCE });
    const { findings } = await lintTexts(dir);
    expect(findings.map(({ rule, fix }) => [rule, fix?.text])).toEqual([
      ["SM003", undefined],
      ["SM009", "params"],
    ]);
  });

  it("two keys are not given one name", async () => {
    const manifest = `params = []\n${PACKAGE.replace("apiVersion", "api-version")}api_version = "0.1.0"\n`;
    const dir = projects.make({ "SmartModule.toml": manifest, "src/index.ts": SOURCE });
    const { findings } = await lintTexts(dir);
    expect(findings.map(({ rule, fix }) => [rule, fix?.text])).toEqual([
      ["SM005", undefined],
      ["SM009", "apiVersion"],
      ["SM009", undefined],
    ]);
  });

  it("what is put in has the line ends of the file", async () => {
    const dir = projects.make({
      "SmartModule.toml": PACKAGE.replaceAll("\n", "\r\n"),
      "src/index.ts": SOURCE,
    });
    const [found] = (await lintTexts(dir)).findings;
    expect(found?.fix?.text).toBe("params = []\r\n\r\n");
  });

  it("says what stands twice", async () => {
    const twice = async (text: string) => {
      const dir = projects.make({ "SmartModule.toml": text, "src/index.ts": SOURCE });
      return (await lintTexts(dir)).findings.map(({ rule, line, hint }) => [rule, line, hint !== undefined]);
    };
    expect(await twice(`params = []\n${PACKAGE}name = "again"\n`)).toEqual([["SM002", 8, false]]);
    expect(await twice(`params = []\n${PACKAGE}\n[[params]]\nname = "key"\n`)).toEqual([["SM002", 9, true]]);
  });

  it("is not fooled by what is no text, no file or no UTF-8", async () => {
    const dir = projects.make({ "src/index.ts": SOURCE, "SmartModule.toml/x": "" });
    expect((await lintTexts(dir)).findings).toMatchObject([
      { rule: "SM001", message: expect.stringContaining("EISDIR") },
    ]);
    expect(await lint("\u0000")).toEqual(["SM002 SmartModule.toml:1:1"]);
  });
});

describe("params", () => {
  const manifest = (...names: string[]) =>
    `${names.length === 0 ? "params = []\n" : ""}${PACKAGE}${names.map((name) => `\n[[params]]\nname = "${name}"\n`).join("")}`;
  const script = (...names: string[]) => `${manifest(...names)}\n[build]\nlang = "typescript"\n`;
  const IMPORT = `import { Params, Record } from "@smdk/assemblyscript";\n`;
  const FILTER = "\nexport function filter(record: Record): bool {\n  return true;\n}\n";

  it("are found in helper files, under other names", async () => {
    const files = {
      "src/index.ts": `${IMPORT}import { setUp } from "./set-up";\n\nexport function init(given: Params): void {\n  given.required("own");\n  setUp(given);\n}\n${FILTER}`,
      "src/set-up.ts": `import { Params } from "@smdk/assemblyscript";\n\nexport function setUp(p: Params): void {\n  p.int("limit", 1);\n  p.get("hidden");\n}\n`,
    };
    expect(await lint(manifest("own", "limit", "idle"), files)).toEqual([
      "SM301 src/set-up.ts:5:9",
      "SM302 SmartModule.toml:15:1",
    ]);
  });

  it("are followed out of the folder of the entry", async () => {
    const files = {
      "src/index.ts": `${IMPORT}import { setUp } from "../shared/set-up";\n\nexport function init(params: Params): void {\n  setUp(params);\n}\n${FILTER}`,
      "shared/set-up.ts": `import { Params } from "@smdk/assemblyscript";\n\nexport function setUp(params: Params): void {\n  params.required("key");\n}\n`,
    };
    expect(await lint(manifest("key"), files)).toEqual([]);
  });

  it("are not called unused when names are computed", async () => {
    const loop = `${IMPORT}\nconst names = ["a", "b"];\n\nexport function init(params: Params): void {\n  for (let i = 0; i < names.length; i++) params.get(names[i]);\n}\n${FILTER}`;
    expect(await lint(manifest("a", "b"), { "src/index.ts": loop })).toEqual([]);
  });

  it("are found behind constants, other names and inside of templates", async () => {
    const source = `${IMPORT}
const KEY = "key";
let text = "";

export function init(given: Params): void {
  const p = given;
  text = \`\${p.required(KEY)} \${given.required("nope")}\`;
  p.get("o" + "ther");
}
${FILTER}`;
    expect(await lint(manifest("key", "other"), { "src/index.ts": source })).toEqual([
      "SM301 src/index.ts:8:47",
    ]);
    const closed = source.replace('"o" + "ther"', "`other`");
    expect(await lint(manifest("idle", "other"), { "src/index.ts": closed })).toEqual([
      "SM301 src/index.ts:8:24",
      "SM301 src/index.ts:8:47",
      "SM302 SmartModule.toml:9:1",
    ]);
  });

  it("are read by TypeScript modules too, in both styles", async () => {
    const functions = `import type { Params } from "@smdk/javascript";\n\nexport const init = (given: Params) => {\n  given.get("word");\n};\nexport const filter = () => true;\n`;
    expect(await lint(script("word", "idle"), { "src/index.ts": functions })).toEqual([
      "SM302 SmartModule.toml:12:1",
    ]);
    const object = `import { defineSmartModule, param } from "@smdk/javascript";\n\nexport default defineSmartModule({\n  params: {\n    word: param.string().describe("a: b"),\n    "more-of": param.int().default(1),\n  },\n  filter: (record, { word }) => record.value.includes(word),\n});\n`;
    expect(await lint(script("word"), { "src/index.ts": object })).toEqual(["SM301 src/index.ts:6:5"]);
    expect(await lint(script("word", "more-of"), { "src/index.ts": object })).toEqual([]);
  });
});

describe("state", () => {
  const script = `params = []\n${PACKAGE}\n[build]\nlang = "javascript"\n`;
  it.each([
    [
      "an object",
      "const seen = {};\nexport function filter(record) {\n  seen[record.value.text] = true;\n  return true;\n}\n",
      1,
    ],
    [
      "a text",
      'let all = "";\nexport function filter(record) {\n  all += record.value.text;\n  return true;\n}\n',
      1,
    ],
    [
      "a set filled by a helper",
      "const seen = new Set();\nconst note = (text) => seen.add(text);\nexport function filter(record) {\n  note(record.value.text);\n  return true;\n}\n",
      1,
    ],
    [
      "filled once, by a helper of init",
      "const words = new Map();\nfunction fill(text) {\n  for (const word of text.split(',')) words.set(word, 1);\n}\nexport function init() {\n  fill('a,b');\n}\nexport function filter(record) {\n  return words.has(record.value.text);\n}\n",
      0,
    ],
    [
      "an object that forgets",
      "const seen = {};\nexport function filter(record) {\n  seen[record.value.text] = 1;\n  delete seen.old;\n  return true;\n}\n",
      0,
    ],
    [
      "a text that is put together anew",
      'let all = "";\nexport function filter(record) {\n  all = `\u0024{all}\u0024{record.value.text}`;\n  return true;\n}\n',
      1,
    ],
    [
      "a list that is put together anew",
      "let all = [];\nexport function filter(record) {\n  all = [...all, record.value.text];\n  all = all.concat([1]);\n  return true;\n}\n",
      1,
    ],
    [
      "a list that is cut",
      "let all = [];\nexport function filter(record) {\n  all = all.concat([record.value.text]);\n  all = all.slice(-10);\n  return true;\n}\n",
      0,
    ],
    [
      "what look-back fills",
      "const seen = new Set();\nexport function lookBack(record) {\n  seen.add(record.value.text);\n}\nexport function filter(record) {\n  return seen.has(record.value.text);\n}\n",
      0,
    ],
    [
      "entries of fixed names",
      'const counts = new Map();\nexport function filter(record) {\n  counts.set("all", record.offset);\n  return true;\n}\n',
      0,
    ],
    [
      "a table of counters",
      "const counts = [0, 0];\nexport function filter(record) {\n  counts[1] = counts[0] + 1;\n  return true;\n}\n",
      0,
    ],
  ])("%s", async (_, source, count) => {
    const found = await lint(script, { "src/index.js": source });
    expect(found).toEqual(count === 0 ? [] : [expect.stringMatching(/^SM203 src\/index\.js:1:\d/)]);
  });
});

describe("state of several files", () => {
  const script = `params = []\n${PACKAGE}\n[build]\nlang = "javascript"\n`;
  const filter = `import { seen } from "./seen.js";\nexport function filter(record) {\n  seen.add(record.value.text);\n  return true;\n}\n`;
  it("is found where it is declared", async () => {
    const files = { "src/index.js": filter, "src/seen.js": "export const seen = new Set();\n" };
    expect(await lint(script, files)).toEqual(["SM203 src/seen.js:1:14"]);
  });
  it("may be bounded in another one", async () => {
    const helper =
      "export const seen = new Set();\nexport const tidy = () => {\n  if (seen.size > 9) seen.clear();\n};\n";
    expect(await lint(script, { "src/index.js": filter, "src/seen.js": helper })).toEqual([]);
  });
});

describe("clock and chance", () => {
  const script = `params = []\n${PACKAGE}\n[build]\nlang = "javascript"\n`;
  it.each([
    [
      "in a template",
      "`at \u0024{Date.now()} \u0024{`\u0024{Math.random()}`}`",
      ["SM201 2:16", "SM202 2:33"],
    ],
    ["without brackets", "new Date > 1", ["SM201 2:10"]],
    ["of the global object", "globalThis.Date.now() + self.Date.now()", ["SM201 2:21"]],
    ["with chaining", "crypto?.randomUUID()", ["SM202 2:10"]],
    ["not: in texts and times of the record", '"Date.now()" + new Date(record.timestamp) /* Date() */', []],
  ])("%s", async (_, expression, expected) => {
    const source = `export function map(record) {\n  return ${expression};\n}\n`;
    const found = await lint(script, { "src/index.js": source });
    expect(found.map((finding) => finding.replace("src/index.js:", ""))).toEqual(expected);
  });
});

describe("tomlPlaces", () => {
  it("finds keys, headers, elements and values", () => {
    const text = `a.b = 1\n[t.u]\nk = [1, { x = "}" }] # [no]\n[[l]]\nn = 1\n[[l]]\n  n = '''\n[[l]]\n'''\n[l.sub]\nd = 1979-05-27 07:32:00Z\n`;
    const places = tomlPlaces(text);
    const at = (...keys: (string | number)[]): string | undefined => {
      const place = places.at(keys);
      return place && text.slice(place.start, place.value?.end ?? place.keyEnd);
    };
    expect(at("a", "b")).toBe("b = 1");
    expect(at("t", "u")).toBe("[t.u]");
    expect(at("t", "u", "k", 1, "x")).toBe('x = "}"');
    expect(at("l", 1, "n")).toBe("n = '''\n[[l]]\n'''");
    expect(at("l", 1, "sub", "d")).toBe("d = 1979-05-27 07:32:00Z");
    expect(places.near(["l", 0, "missing"])).toBe(text.indexOf("[[l]]"));
    expect(places.near(["nowhere"])).toBe(0);
  });
});
