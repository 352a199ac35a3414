// What an editor shows: plain tsc with our tsconfig understands the modules of the tests and finds mistakes.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const typescript = path.dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
let dir = "";

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "smdk-types-"));
  mkdirSync(path.join(dir, "node_modules/@smdk"), { recursive: true });
  symlinkSync(packageDir, path.join(dir, "node_modules/@smdk/assemblyscript"), "junction");
  mkdirSync(path.join(dir, "src"));
  const config = { extends: "@smdk/assemblyscript/tsconfig.json", include: ["src"] };
  writeFileSync(path.join(dir, "tsconfig.json"), JSON.stringify(config));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function tsc(): string {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(typescript, "bin/tsc"), "--pretty", "false", "-p", dir],
    { cwd: dir, encoding: "utf8" },
  );
  return stdout + stderr;
}

it("knows the types of the guest library and of the language", () => {
  cpSync(path.join(packageDir, "test/fixtures/modules"), path.join(dir, "src"), { recursive: true });
  cpSync(path.join(packageDir, "test/fixtures/behaviour"), path.join(dir, "src"), { recursive: true });
  expect(tsc()).toBe("");
});

it("finds mistakes", () => {
  const source = `import { Record } from "@smdk/assemblyscript";
export function filter(record: Record): bool {
  return record.valu.includes("a");
}
export const size: i32 = "text";
`;
  writeFileSync(path.join(dir, "src/index.ts"), source);
  const lines = tsc().trim().split("\n");
  expect(lines.map((line) => /index\.ts\((\d+),\d+\): error TS(\d+)/.exec(line)?.slice(1))).toEqual([
    ["3", "2551"],
    ["5", "2322"],
  ]);
});
