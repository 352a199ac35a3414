/** `smdk dev` with a TypeScript project: every save shows what becomes of a record, or where it goes wrong. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const home = mkdtempSync(join(tmpdir(), "smdk-js-dev-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const executable = join(dirname(createRequire(import.meta.url).resolve("smdk/package.json")), "bin/run.js");

/** What is saved, one after the other, and what is then to be read. */
const steps: readonly (readonly [source: string, shown: RegExp])[] = [
  [
    `export const map = (record) => record.value.text.toUpperCase();\n`,
    /Built live \(map\)[\s\S]*\n {2}BANANA\n/,
  ],
  [
    `import { twice } from "./twice.ts";\n\nexport const map = (r) => twice(r.value.text);\n`,
    /\n {2}bananabanana\n/,
  ],
  [
    `export const map = () => {\n  return fetch("x");\n};\n`,
    /src\/index\.ts:2:10[\s\S]*fetch is not there in a SmartModule[\s\S]*no network/,
  ],
  [
    `export const map = (record) => {\n  return record.value.json();\n};\n`,
    /SyntaxError: [^\n]*\(src\/index\.ts:2/,
  ],
  [
    `export const filter = (record) => record.value.includes("nan");\n`,
    /Built live \(filter\)[\s\S]*\n {2}banana\n/,
  ],
];

test("shows results and places after every save", async () => {
  mkdirSync(join(home, "src"));
  mkdirSync(join(home, "node_modules/@smdk"), { recursive: true });
  const guest = fileURLToPath(new URL("../../sdk/javascript", import.meta.url));
  symlinkSync(guest, join(home, "node_modules/@smdk/javascript"), "junction");
  writeFileSync(
    join(home, "SmartModule.toml"),
    'params = []\n\n[package]\nname = "live"\ngroup = "g"\nversion = "0.1.0"\napiVersion = "0.1.0"\n\n[build]\nlang = "typescript"\n',
  );
  writeFileSync(join(home, "src/twice.ts"), "export const twice = (text: string): string => text + text;\n");
  const save = (at: number): void => writeFileSync(join(home, "src/index.ts"), steps[at]?.[0] ?? "");
  save(0);
  const env = {
    ...process.env,
    NO_COLOR: "1",
    SMDK_HOME: join(home, "smdk"),
    FLV_PROFILE_PATH: join(home, "f"),
  };
  const child = spawn(process.execPath, [executable, "dev", "--text", "banana"], { cwd: home, env });
  let seen = "";
  let at = 0;
  const hear = (text: string): void => {
    seen += text;
    if (!steps[at]?.[1].test(seen)) return;
    seen = "";
    at++;
    if (at < steps.length) save(at);
    else child.kill("SIGINT");
  };
  child.stdout.setEncoding("utf8").on("data", hear);
  child.stderr.setEncoding("utf8").on("data", hear);
  const waiting = setTimeout(() => child.kill("SIGKILL"), 50_000);
  await new Promise((resolve) => child.on("close", resolve));
  clearTimeout(waiting);
  expect([at, seen]).toEqual([steps.length, expect.any(String)]);
});
