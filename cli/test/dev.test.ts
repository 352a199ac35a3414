import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { Home } from "./smdk.ts";

const home = new Home();
afterAll(() => home[Symbol.dispose]());

/** A generated project that finds the AssemblyScript SDK. */
async function newProject(name: string): Promise<void> {
  await home.ok(["generate", name, "--no-git"]);
  mkdirSync(home.path(`${name}/node_modules/@smdk`), { recursive: true });
  const guest = fileURLToPath(new URL("../../sdk/assemblyscript", import.meta.url));
  symlinkSync(guest, home.path(`${name}/node_modules/@smdk/assemblyscript`), "junction");
}

test("smdk dev builds again on every save and tries the module, whether the build works or not", async () => {
  await newProject("live");
  const source = home.path("live/src/index.ts");
  const original = readFileSync(source, "utf8");
  let step = 0;
  const { code, stdout } = await home.run(["dev", "--text", "banana", "--json"], {
    cwd: home.path("live"),
    onOutput: (text, kill) => {
      const runs = text.split('"records"').length - 1;
      if (step === 0 && runs === 1) {
        step = 1;
        writeFileSync(source, original.replace('"a"', '"zzz"'));
      } else if (step === 1 && runs === 2) {
        step = 2;
        writeFileSync(source, original.replace("record.value", "recor.value"));
      } else if (step === 2 && text.includes("SMDK_BUILD_FAILED")) {
        step = 3;
        kill("SIGINT");
      }
    },
  });
  expect({ code, step }).toEqual({ code: 130, step: 3 });
  const lines = stdout.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { built: "live", kind: "filter" },
    { records: [{ value: "banana" }], error: null },
    { built: "live" },
    { records: [], error: null },
    { error: { code: "SMDK_BUILD_FAILED", diagnostics: [{ message: "Cannot find name 'recor'." }] } },
  ]);
});

test("smdk dev says how many records went in and came out, so that a filter that keeps nothing is seen to have run", async () => {
  await newProject("quiet");
  const { stdout } = await home.run(["dev", "--text", "zzz"], {
    cwd: home.path("quiet"),
    onOutput: (text, kill) => {
      if (text.includes("0 out")) kill("SIGINT");
    },
  });
  expect(stdout).toContain("  1 record in, 0 out");
});

test("smdk dev without records runs the project's cases, also when only these change, or go and come back", async () => {
  await newProject("cases");
  const file = home.path("cases/fixtures/cases.json");
  const manifest = home.path("cases/SmartModule.toml");
  const write = (output: string[]): void => {
    mkdirSync(home.path("cases/fixtures"), { recursive: true });
    writeFileSync(file, JSON.stringify([{ title: "keeps an a", input: ["plum", "banana"], output }]));
  };
  write(["banana"]);
  const text = readFileSync(manifest, "utf8");
  const steps: [seen: string, next: () => void][] = [
    ['"passed":true', () => write(["plum"])],
    ['"passed":false', () => rmSync(manifest)],
    ["no SmartModule.toml", () => writeFileSync(manifest, text)],
    ['"passed":false', () => rmSync(home.path("cases/fixtures"), { recursive: true })],
    ['"built":"cases"', () => write(["banana"])],
    ['"passed":true', () => undefined],
  ];
  let seen = 0;
  let done = 0;
  await home.run(["dev", "--json"], {
    cwd: home.path("cases"),
    onOutput: (all, kill) => {
      if (done === steps.length || !all.slice(seen).includes(steps[done]![0])) return;
      seen = all.length;
      steps[done++]![1]();
      if (done === steps.length) kill("SIGINT");
    },
  });
  expect(done).toBe(steps.length);
});
