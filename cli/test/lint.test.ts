/** `smdk lint` as a program among others: formats, exit codes, several projects. And templates have nothing to fix. */
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lintTexts, RULES } from "@smdk/compiler";
import { renderTemplate, smartModuleKinds } from "@smdk/templates";
import { afterAll, describe, expect, it } from "vitest";
import { Home } from "./smdk.ts";

const home = new Home();
afterAll(() => home[Symbol.dispose]());

const bad = home.path("bad");
mkdirSync(join(bad, "src"), { recursive: true });
writeFileSync(
  join(bad, "SmartModule.toml"),
  `params = []\n\n[package]\nname = "bad"\ngroup = "g"\nversion = "1"\napiVersion = "0.1.0"\ndescription = "a & b"\n`,
);
writeFileSync(join(bad, "src/index.ts"), "function f(x: any): void {}\n");
const found = ["SM007 SmartModule.toml:6:1", "SM101 src/index.ts:1:15"];

describe("smdk lint", () => {
  it("prints findings with their places and fails", async () => {
    const { code, stdout } = await home.run(["lint", "--path", bad], { cwd: bad });
    expect(code).toBe(1);
    expect(stdout).toContain("src/index.ts:1:15 error SM101: AssemblyScript has no any and unknown");
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

  it("prints SARIF", async () => {
    const log = JSON.parse((await home.run(["lint", "--format", "sarif"], { cwd: bad })).stdout);
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
    const { stdout } = await home.run(["lint"], { cwd: bad, env: { GITHUB_ACTIONS: "true" } });
    expect(stdout).toMatch(/^::error file=src\/index\.ts,line=1,col=15,title=SM101 as-any::/m);
  });

  it("prints JUnit", async () => {
    const { stdout } = await home.run(["lint", "--format", "junit"], { cwd: bad });
    expect(stdout).toContain('tests="2" failures="2"');
    expect(stdout).toContain('<failure type="SM101"');
    expect(stdout).not.toMatch(/&(?!amp;|lt;|gt;|quot;|#10;)/);
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
