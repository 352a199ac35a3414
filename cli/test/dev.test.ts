import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
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
  expect(stdout).toMatch(/"value": "banana"[\s\S]*"records": \[\][\s\S]*Cannot find name 'recor'/);
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

test("smdk dev without records runs the project's cases, also when only these change", async () => {
  await newProject("cases");
  const file = home.path("cases/fixtures/cases.json");
  const write = (output: string[]): void =>
    writeFileSync(file, JSON.stringify([{ title: "keeps an a", input: ["plum", "banana"], output }]));
  write(["banana"]);
  let isWrong = false;
  const { stdout } = await home.run(["dev"], {
    cwd: home.path("cases"),
    onOutput: (text, kill) => {
      if (!isWrong && text.includes("1 of 1 cases passed")) {
        isWrong = true;
        write(["plum"]);
      } else if (text.includes("0 of 1 cases passed")) kill("SIGINT");
    },
  });
  expect(stdout).toMatch(/✓ keeps an a\n1 of 1 cases passed[\s\S]*✗ keeps an a\n[\s\S]*0 of 1 cases passed/);
});
