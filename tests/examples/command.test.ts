/** The literal commands in the folder of an example: `smdk build && smdk test`. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "smdk-example-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

// A copy, so that nothing of an earlier build is there.
const project = join(dir, "pii-redact");
cpSync(join(root, "examples/pii-redact"), project, {
  recursive: true,
  filter: (path) => !path.endsWith("build"),
});
mkdirSync(join(dir, "node_modules/@smdk"), { recursive: true });
symlinkSync(join(root, "sdk/assemblyscript"), join(dir, "node_modules/@smdk/assemblyscript"), "junction");

function smdk(...args: string[]): { code: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "cli/bin/run.js"), ...args], {
    cwd: project,
    encoding: "utf8",
  });
  return { code: status, text: stdout + stderr };
}

it("builds, and passes its cases", () => {
  expect(smdk("build")).toMatchObject({ code: 0, text: expect.stringContaining("Built pii-redact (map)") });
  expect(smdk("test")).toMatchObject({ code: 0, text: expect.stringContaining("7 of 7 cases passed") });
});

it("tells what a failed case wanted and got", () => {
  const file = join(project, "fixtures/cases.json");
  const [first] = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify([first, { input: ["x@y.de"], output: ["x"] }]));
  const { code, text } = smdk("test");
  expect(code).toBe(1);
  expect(text).toContain('    output: wanted ["x"]\n               got ["<email>"]');
  expect(text).toContain("1 of 2 cases passed");
  const json = smdk("test", "--json");
  expect([json.code, JSON.parse(json.text)]).toMatchObject([
    1,
    { failed: 1, cases: [{ passed: true }, { passed: false, title: "case 2" }] },
  ]);
});

it("tells what is wrong with a file of cases", () => {
  writeFileSync(join(project, "fixtures/cases.json"), '[{"input": ["a"]}]');
  const { code, text } = smdk("test");
  expect(code).not.toBe(0);
  expect(text).toContain("has no input or no output");
});
