// What somebody who knows TypeScript writes: it works as in TypeScript, or there is an error at its place that says
// what to write instead.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { createCompiler } from "@smdk/assemblyscript/compiler";
import { afterAll, describe, expect, it } from "vitest";
import { describe as describeAll } from "../src/diagnostics.ts";
import type { BuildError } from "../src/errors.ts";
import { positionOf } from "../src/frame.ts";
import { createBuilder } from "../src/index.ts";
import { checkSubset } from "../src/subset/check.ts";
import { entries } from "./subset/entries.ts";
import { syntax } from "./subset/syntax.ts";
import { types } from "./subset/types.ts";
import { MANIFEST, Projects } from "./support/projects.ts";

const projects = new Projects();
afterAll(() => projects.removeAll());

const HEAD = `import { Bytes, Json, Output, Params, Record } from "@smdk/assemblyscript";\n`;

/** The source without its mark, and where the mark was. */
function unmark(marked: string): { text: string; place: string } {
  const text = `${HEAD}${marked}\n`;
  const at = text.indexOf("«");
  const { line, column } = positionOf(text, Math.max(0, at));
  return { text: text.replace("«", ""), place: `${line}:${column}` };
}

describe("is found before the compiler is asked", () => {
  it.each(syntax)("%s", (_, rule, source, message) => {
    const { text, place } = unmark(source);
    const [first] = checkSubset(text);
    const { line, column } = positionOf(text, first?.start ?? 0);
    expect([first?.rule, `${line}:${column}`, first?.message]).toEqual([rule, place, message]);
    expect(first?.hint.length).toBeGreaterThan(10);
  });
});

describe("entry files, imports and grammar", () => {
  const dir = projects.make({
    "SmartModule.toml": MANIFEST,
    "src/helper.ts": "export function x(): i32 { return 1; }\n",
    "src/index.ts": "",
  });
  const builder = createBuilder(dir);
  it.each(entries)("%s", async (_, __, source, message) => {
    const { text, place } = unmark(source);
    writeFileSync(path.join(dir, "src/index.ts"), text);
    const error = (await builder.build({ release: false }).then(
      () => null,
      (reason: unknown) => reason,
    )) as BuildError | null;
    const [first] = error?.diagnostics ?? [];
    expect([path.basename(first?.file ?? ""), `${first?.line}:${first?.column}`, first?.message]).toEqual([
      "index.ts",
      place,
      message,
    ]);
    expect(first?.hint?.length).toBeGreaterThan(10);
    expect(first?.frame).toContain("^");
  });
});

/** Every case in a namespace of its own, so that one compilation does for all. */
function together(cases: readonly (readonly [declarations: string, body: string])[], last: string): string {
  const spaces = cases.map(([declarations, body], i) => {
    const exported = declarations.replace(
      /^(?=class|function|interface|enum|type|const|abstract|namespace)/gm,
      "export ",
    );
    return `namespace N${i} {\n${exported}export function run(record: Record): string {\n${body}\n}\n}`;
  });
  return `${HEAD}${spaces.join("\n")}\n${last}\n`;
}

function callAll(count: number): string {
  const calls = Array.from({ length: count }, (_, i) => `N${i}.run(record)`);
  return `export function arrayMap(record: Record): string[] { return [${calls.join(", ")}]; }`;
}

function compileText(compiler: Awaited<ReturnType<typeof createCompiler>>, text: string) {
  const dir = projects.make({ "all.ts": text });
  return { dir, result: compiler.compile({ projectDir: dir, entry: "all.ts", profile: "debug" }) };
}

describe("is found by the compiler", async () => {
  const compiler = await createCompiler();
  const split = types.map(([, source]) => {
    const parts = /^([\s\S]*)export function map\(record: Record\): string \{\n([\s\S]*)\n\}$/.exec(source);
    return [parts?.[1] ?? "", parts?.[2] ?? source] as const;
  });
  const marked = together(split, callAll(types.length));
  const marks: number[] = [];
  for (let at = marked.indexOf("«"); at >= 0; at = marked.indexOf("«", at + 1)) marks.push(at - marks.length);
  const text = marked.replaceAll("«", "");
  const { dir, result } = compileText(compiler, text);
  const found = describeAll(result.diagnostics, dir);
  it.each(types.map(([name, , message, hint], i) => [name, message, marks[i] ?? 0, hint] as const))(
    "%s",
    (_, message, at, wanted) => {
      const { line, column } = positionOf(text, at);
      const here = found.filter((diagnostic) => diagnostic.line === line && diagnostic.column === column);
      expect(here.map((diagnostic) => diagnostic.message.replace(/\bN\d+\./g, ""))).toContain(message);
      for (const { hint } of here) expect(hint?.length).toBeGreaterThan(10);
      if (wanted !== undefined) expect(here.map(({ hint }) => hint).join()).toContain(wanted);
    },
  );
});
