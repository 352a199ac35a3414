// The comments on public names: each has an example, and all examples are modules that compile.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { createCompiler } from "../src/index.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const lines = readFileSync(path.join(packageDir, "types/index.d.ts"), "utf8").split("\n");
const NAMES = "Bytes, Json, JsonWriter, log, Output, Params, Parts, Record, Time";

interface Documented {
  readonly name: string;
  readonly line: number;
  readonly example: string | null;
}

/** All declarations and members with the comments in front of them. */
function declarations(): Documented[] {
  const found: Documented[] = [];
  let comment: string[] | null = null;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    if (line.trim().startsWith("/**")) {
      const start = i;
      while (!(lines[i] as string).includes("*/")) i++;
      comment = lines.slice(start, i + 1);
      continue;
    }
    if (line.trim().startsWith("//")) continue;
    const isPrivate = /private constructor|^\s*(?:readonly )?\[/.test(line);
    const isDeclaration =
      /^\s*(?:export|static|get|readonly|function|interface|const|constructor|\w+[:(<])/.test(line);
    if (isDeclaration && !isPrivate) {
      found.push({ name: line.trim(), line: i + 1, example: comment === null ? null : exampleOf(comment) });
    }
    comment = null;
  }
  return found;
}

function exampleOf(comment: readonly string[]): string | null {
  const text = comment.map((line) => line.replace(/^\s*(?:\/\*\*|\*\/|\* ?)/, "")).join("\n");
  const found = /@example\s+(?:```ts\n([\s\S]*?)```|(.*))/.exec(text);
  return found === null ? null : (found[1] ?? found[2] ?? "").trim();
}

/** A file for an example: a module's own functions as they are, lines of code in a function. */
function moduleOf(example: string): { text: string; call: string } {
  const handler = /export function (filter|map|arrayMap)\b/.exec(example)?.[1];
  const head = example.includes("import ") ? "" : `import { ${NAMES} } from "@smdk/assemblyscript";\n`;
  if (handler !== undefined) {
    const init = example.includes("export function init") ? ".init(params); $" : "";
    return {
      text: `${head}${example}\n`,
      call: `$${init}.${handler}(record${handler === "arrayMap" ? ", out" : ""});`,
    };
  }
  const body = example.replaceAll(/^/gm, "  ");
  return {
    text: `${head}export function run(record: Record, params: Params, out: Output): void {\n${body}\n}\n`,
    call: "$.run(record, params, out);",
  };
}

const documented = declarations();
const files = new Map<string, string>();
const entry = [
  `import { Output, Params, Record } from "@smdk/assemblyscript";`,
  "let params = changetype<Params>(0);",
  "export function init(given: Params): void { params = given; }",
];
const calls: string[] = [];
for (const [i, { example }] of documented.entries()) {
  if (example === null) continue;
  const { text, call } = moduleOf(example);
  files.set(`src/e${i}.ts`, text);
  entry.push(`import * as e${i} from "./e${i}";`);
  calls.push(`  ${call.replaceAll("$", () => `e${i}`)}`);
}
files.set(
  "src/index.ts",
  [...entry, "export function arrayMap(record: Record, out: Output): void {", ...calls, "}", ""].join("\n"),
);

it("have an example for every public name", () => {
  expect(documented.length).toBeGreaterThan(120);
  const without = documented.filter(({ example }) => example === null || example === "");
  expect(without.map(({ line, name }) => `${line}: ${name}`)).toEqual([]);
});

it("have examples that compile", async () => {
  const compiler = await createCompiler();
  const { diagnostics, wasm } = compiler.compile({
    projectDir: "/project",
    entry: "src/index.ts",
    profile: "debug",
    readFile: (file) =>
      files.get(path.posix.relative("/project", file.replaceAll("\\", "/").replace(/^\w:/, ""))) ?? null,
  });
  expect(
    diagnostics.map(({ file, message, start, end, text }) => [file, message, text.slice(start, end)]),
  ).toEqual([]);
  expect(wasm).not.toBe(null);
});

it("have examples that an editor has nothing to say about", () => {
  const dir = mkdtempSync(path.join(tmpdir(), "smdk-docs-"));
  try {
    mkdirSync(path.join(dir, "node_modules/@smdk"), { recursive: true });
    symlinkSync(packageDir, path.join(dir, "node_modules/@smdk/assemblyscript"), "junction");
    mkdirSync(path.join(dir, "src"));
    writeFileSync(
      path.join(dir, "tsconfig.json"),
      JSON.stringify({ extends: "@smdk/assemblyscript/tsconfig.json", include: ["src"] }),
    );
    for (const [file, text] of files) writeFileSync(path.join(dir, file), text);
    const typescript = path.dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [path.join(typescript, "bin/tsc"), "--pretty", "false", "-p", dir],
      { cwd: dir, encoding: "utf8" },
    );
    expect(stdout + stderr).toBe("");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
