// Errors without a place: of a compiler that crashes, and those that are reported in the library.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CompileOptions, CompileResult } from "@smdk/assemblyscript/compiler";
import { afterAll, describe, expect, it } from "vitest";
import { explainCrash, functionBodies } from "../src/crash.ts";
import type { BuildError } from "../src/errors.ts";
import { createBuilder } from "../src/index.ts";
import { MANIFEST, Projects } from "./support/projects.ts";

const projects = new Projects();
const dir = mkdtempSync(path.join(tmpdir(), "smdk-crash-"));
afterAll(() => {
  projects.removeAll();
  rmSync(dir, { recursive: true, force: true });
});

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
    let n = 1;
    return POISON;
  }
}
`;
const texts = new Map([
  [path.join(dir, "src/index.ts"), ENTRY],
  [path.join(dir, "src/counter.ts"), COUNTER],
]);
const options: CompileOptions = { projectDir: dir, entry: "src/index.ts" };

/** A compiler that fails without a place wherever it meets the word. */
function fragile(word: string) {
  return ({ readFile }: CompileOptions): CompileResult => {
    for (const file of texts.keys()) {
      if (readFile?.(file)?.includes(word)) throw new Error("assertion failed\nat a place of its own");
    }
    return { wasm: new Uint8Array(), diagnostics: [] as unknown } as CompileResult;
  };
}

it("names the line that the compiler stumbles over", () => {
  const found = explainCrash(new Error("assertion failed\nmore"), options, fragile("POISON"), texts);
  expect(found).toMatchObject({
    severity: "error",
    file: path.join(dir, "src/counter.ts"),
    line: 11,
    column: 5,
    message: "the AssemblyScript compiler failed: assertion failed",
  });
  expect(found.frame).toContain("> 11 |     return POISON;");
});

it("says so when no single one is to blame", () => {
  const found = explainCrash(new Error("boom"), options, fragile("import"), texts);
  expect(found).toMatchObject({ line: 1, column: 1, message: "the AssemblyScript compiler failed: boom" });
});

it("finds functions and methods, and nothing in comments and texts", () => {
  expect(functionBodies("a.ts", COUNTER).map(({ name }) => name)).toEqual(["start", "next"]);
  expect(functionBodies("a.ts", ENTRY).map(({ name }) => name)).toEqual(["filter"]);
});

describe("the real compiler", () => {
  const HEAD = `import { Bytes, JsonWriter, Record } from "@smdk/assemblyscript";\n`;
  const module = (body: string, top: string): string =>
    `${HEAD}${top}\nexport function map(record: Record): string {\n  const one = 1;\n  ${body}\n  return one.toString();\n}\n`;
  const project = projects.make({ "SmartModule.toml": MANIFEST, "src/index.ts": "" });
  const builder = createBuilder(project);

  it.each([
    [
      "a generic method that makes ever larger types",
      module("new A<i32>().f();", "class A<T> {\n  f(): void {\n    «new A<A<T>>().f();\n  }\n}"),
      /refers to itself without end/,
    ],
    ["a member of an enum that is itself", module("let x = E.A;", "enum E { «A = E.A }"), /compiler failed/],
    [
      "an operator without its second operand",
      module(
        "«new A() == new A();",
        "class A {\n  @operator('==')\n  eq(): bool {\n    return true;\n  }\n}",
      ),
      /compiler failed/,
    ],
    [
      "a name that two parts of a namespace have",
      module("A.x;", "«namespace A { export const x = 1; }\nnamespace A { export const x = 2; }"),
      /compiler failed/,
    ],
    [
      "twenty thousand brackets",
      module("", `«function deep(): i32 {\n  return ${"(".repeat(20_000)}1${")".repeat(20_000)};\n}`).replace(
        "const one = 1;",
        "const one = deep();",
      ),
      /nested too deep/,
    ],
    [
      "a class that bytes cannot be made of",
      module("«record.value.includes(new A());", "class A {}"),
      /take a string, Bytes or a byte/,
    ],
    [
      "a class that has no order",
      module("«[new A(), new A()].sort();", "class A {}"),
      /Operator '>' cannot be applied to types 'A' and 'A'/,
    ],
    [
      "a class that is not marked",
      module("«record.value.json().to<A>();", "class A { x: i32 = 0; }"),
      /not marked with @json/,
    ],
  ])("is at a loss with %s", { timeout: 120_000 }, async (_, marked, message) => {
    const before = marked.slice(0, marked.indexOf("«")).split("\n");
    const place = `${before.length}:${(before.at(-1) ?? "").length + 1}`;
    writeFileSync(path.join(project, "src/index.ts"), marked.replace("«", ""));
    const error = (await builder.build({ release: false }).then(
      () => null,
      (reason: unknown) => reason,
    )) as BuildError | null;
    const [first] = error?.diagnostics ?? [];
    expect([path.basename(first?.file ?? ""), `${first?.line}:${first?.column}`, first?.message]).toEqual([
      "index.ts",
      place,
      expect.stringMatching(message),
    ]);
    expect(first?.hint?.length).toBeGreaterThan(10);
    expect(first?.frame).toContain("^");
  });

  it("builds again after all that", async () => {
    writeFileSync(path.join(project, "src/index.ts"), module("", ""));
    expect((await builder.build({ release: false })).kind).toBe("map");
  });
});
