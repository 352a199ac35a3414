import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CompileOptions, CompileResult } from "@smdk/assemblyscript/compiler";
import { afterAll, expect, it } from "vitest";
import { explainCrash, functionBodies } from "../src/crash.ts";

const dir = mkdtempSync(path.join(tmpdir(), "smdk-crash-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const ENTRY = `import { Record } from "@smdk/assemblyscript";
import { Counter } from "./counter";

export function filter(record: Record): bool {
  return new Counter().next() > 1;
}
`;
const COUNTER = `// function notOne() { }
export class Counter {
  private text: string = "function fake() {";

  start(): i32 {
    return 0;
  }

  next(): i32 {
    return POISON;
  }
}
`;

mkdirSync(path.join(dir, "src"));
writeFileSync(path.join(dir, "src/index.ts"), ENTRY);
writeFileSync(path.join(dir, "src/counter.ts"), COUNTER);
const files = ["src/index.ts", "src/counter.ts"];
const options: CompileOptions = { projectDir: dir, entry: "src/index.ts" };

/** A compiler that fails without a place wherever it meets the word. */
function fragile(word: string) {
  return ({ readFile = (file) => readFileSync(file, "utf8") }: CompileOptions): CompileResult => {
    for (const file of files) {
      if (readFile(path.join(dir, file))?.includes(word))
        throw new Error("assertion failed\nat a place of its own");
    }
    return {} as CompileResult;
  };
}

it("names the declaration that the compiler stumbles over", () => {
  const found = explainCrash(new Error("assertion failed\nmore"), options, fragile("POISON"), files);
  expect(found).toMatchObject({
    severity: "error",
    file: path.join(dir, "src/counter.ts"),
    line: 9,
    column: 3,
    message: "the AssemblyScript compiler failed: assertion failed",
  });
  expect(found.hint).toContain("the body of next");
  expect(found.frame).toContain(">  9 |   next(): i32 {");
});

it("says so when no single one is to blame", () => {
  const found = explainCrash(new Error("boom"), options, fragile("import"), files);
  expect(found).toMatchObject({ line: 1, column: 1, message: "the AssemblyScript compiler failed: boom" });
});

it("finds functions and methods, and nothing in comments and texts", () => {
  expect(functionBodies("a.ts", COUNTER).map(({ name }) => name)).toEqual(["start", "next"]);
  expect(functionBodies("a.ts", ENTRY).map(({ name }) => name)).toEqual(["filter"]);
});
