/** Every rule of lint has a page, and the example on the page triggers that rule, at that place, and nothing else. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { RULES } from "@smdk/compiler";
import { afterAll, expect, it } from "vitest";
import { lintProject } from "../src/services/lint.ts";

interface Wabt {
  parseWat(
    file: string,
    text: string,
    features: Record<string, boolean>,
  ): { toBinary(options: object): { buffer: Uint8Array }; destroy(): void };
}

const pages = fileURLToPath(new URL("../../docs/lint/", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "smdk-lint-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const MANIFEST = `params = []

[package]
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
const MODULE = `(module (import "env" "copy_records" (func (param i32 i32))) (memory (export "memory") 1)
  (func (export "alloc") (param i32) (result i32) i32.const 0)
  (func (export "filter") (param i32 i32 i32) (result i32) (call 0 (i32.const 9000) (i32.const 9)) i32.const 0))`;

// The assembler is a dependency of the engine.
const fromEngine = createRequire(new URL("../../runtime/package.json", import.meta.url));
const assembler = (fromEngine("wabt") as () => Promise<Wabt>)();

async function assemble(wat: string): Promise<Uint8Array> {
  const text = wat.replace("…300000 bytes…", "x".repeat(300_000));
  // The assembler of exceptions writes the section that the engine refuses.
  const module = (await assembler).parseWat("demo.wat", text, { exceptions: true });
  try {
    return module.toBinary({}).buffer.slice();
  } finally {
    module.destroy();
  }
}

/** A project with the files of a page; its module is newer than its sources, unless building it is the point. */
async function project(page: string, code: string): Promise<string> {
  const dir = join(root, code);
  const files = new Map([
    ["SmartModule.toml", MANIFEST],
    ["src/index.ts", SOURCE],
  ]);
  let wat = MODULE;
  for (const [, language, name, text] of page.matchAll(/```(\w+) (\S+)\n([\s\S]*?)```/g)) {
    if (language === "none") files.delete(name!);
    else if (language === "wat") wat = text!;
    else files.set(name!, text!);
  }
  for (const [name, text] of files) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  if (code === "SM015") return dir;
  mkdirSync(join(dir, "build"), { recursive: true });
  const wasm = join(dir, "build/demo.wasm");
  writeFileSync(wasm, await assemble(wat));
  const later = new Date(Date.now() + 10_000);
  utimesSync(wasm, later, later);
  return dir;
}

const options = { fix: false, updateBudgets: false };
const codes = readdirSync(pages)
  .filter((name) => /^SM\d+\.md$/.test(name))
  .map((name) => name.slice(0, -3));

it("has a page for every rule", () => {
  expect(codes.sort()).toEqual(Object.keys(RULES).sort());
});

it.each(codes)("%s", { timeout: 60_000 }, async (code) => {
  const page = readFileSync(join(pages, `${code}.md`), "utf8");
  expect(page).toMatch(new RegExp(`^# ${code}: `));
  const place = /^Reported at `(.+)`\.$/m.exec(page)?.[1];
  const dir = await project(page, code);
  const { findings } = await lintProject(dir, options);
  const found = findings.map(
    ({ rule, file, line, column }) => `${rule} ${relative(dir, file)}:${line}:${column}`,
  );
  expect(found).toEqual([`${code} ${place}`]);
});

it.each(["SM003", "SM007", "SM008", "SM009"])("%s can be fixed", async (code) => {
  const dir = join(root, `${code}-fix`);
  cpSync(join(root, code), dir, { recursive: true, preserveTimestamps: true });
  const { fixed } = await lintProject(dir, { ...options, fix: true });
  expect(fixed).toBeGreaterThan(0);
  const wasm = join(dir, "build/demo.wasm");
  const later = new Date(Date.now() + 20_000);
  utimesSync(wasm, later, later);
  const rest = (await lintProject(dir, options)).findings.map(({ rule }) => rule);
  // Who goes public needs a license, which no fix can choose.
  expect(rest.filter((rule) => rule !== "SM013")).toEqual([]);
});
