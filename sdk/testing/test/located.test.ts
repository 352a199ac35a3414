/** Where failures of modules are placed: for both languages, release and debug builds, and every call of a module. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build, readSourceMap } from "@smdk/compiler";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChainStep, type RecordError, runChain, type SourceLocation } from "../src/index.ts";

const root = mkdtempSync(join(tmpdir(), "smdk-located-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const HELPER = `export class Link {
  next: Link | null = null;
  value: i32 = 0;
}

export function third(list: i32[]): i32 {
  return list[3]; // third
}

export function behind(link: Link): i32 {
  return link.next!.value; // null
}

// @ts-ignore: decorator
@inline
export function pick(list: i32[], at: i32): i32 {
  return list[at]; // inlined
}

export function recurse(n: i32): i32 {
  return recurse(n + 1) + 1; // recursion
}
`;
const FILTER = `import { Params, Record } from "@smdk/assemblyscript";
import { behind, Link, pick, recurse, third } from "./lib/helper";

const list: i32[] = [1, 2];

export function init(params: Params): void {
  if (params.get("mode") == "refuse") throw new Error("refused"); // init
}

export function lookBack(record: Record): void {
  if (record.value.equals("old")) throw new Error("too old"); // lookBack
}

export function filter(record: Record): bool {
  const value = record.value.text;
  if (value == "third") return third(list) > 0;
  if (value == "null") return behind(new Link()) > 0;
  if (value == "inlined") return pick(list, 7) > 0;
  if (value == "division") {
    const divisor = record.value.length - 8;
    return 10 / divisor > 0; // division
  }
  if (value == "throw") {
    throw new Error( // throw
      "too loud",
    );
  }
  if (value == "assert") assert(list.length > 5, "five at least"); // assert
  if (value == "library") return record.value.json().get("a") != null; // library
  if (value == "recursion") return recurse(1) > 0;
  if (value == "trap") unreachable(); // trap
  return true;
}
`;
const AGGREGATE = `import { Record } from "@smdk/assemblyscript";

export function aggregate(accumulator: string, record: Record): string {
  if (record.value.equals("bad")) throw new Error("no sum"); // here
  return accumulator + record.value.text;
}
`;
const ARRAY_MAP = `import { Record } from "@smdk/assemblyscript";

export function arrayMap(record: Record): string[] {
  const parts = record.value.text.split(",");
  return [parts[0], parts[1]]; // here
}
`;
const JS_HELPER = `interface Thing { readonly name: string }

export const third = (list: readonly string[]): string => {
  const at: number = 3; return (list[at] as string).trim(); // third
};

export function refuse(thing: Thing): never {
  throw new TypeError(\`no \${thing.name}\`); // throw
}
`;
const JS_FILTER = `import type { Params, Record } from "@smdk/javascript";
import { refuse, third } from "./helper.ts";

export function init(params: Params): void {
  if (params.get("mode") === "refuse") throw new Error("refused"); // init
}

export function lookBack(record: Record): void {
  if (record.value.text === "old") throw new Error("too old"); // lookBack
}

export async function filter(record: Record): Promise<boolean> {
  const value: string = record.value.text;
  if (value === "third") return third(["a"]) !== "";
  await null;
  if (value === "throw") refuse({ name: "thing" });
  if (value === "null") return (null as unknown as Record).value.length > 0; // null
  return true;
}
`;

function project(name: string, files: Readonly<Record<string, string>>, lang = "assemblyscript"): string {
  const dir = join(root, name);
  const manifest = `params = []\n\n[package]\nname = "${name}"\ngroup = "g"\nversion = "0.1.0"\napiVersion = "0.1.0"\n\n[build]\nlang = "${lang}"\n`;
  for (const [file, text] of Object.entries({ "SmartModule.toml": manifest, ...files })) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  }
  return dir;
}

async function stepOf(dir: string, release = true): Promise<ChainStep & { name: string }> {
  const { bytes, wasmPath, name } = await build({ projectDir: dir, release });
  return { module: bytes, name, sourceMap: (await readSourceMap(wasmPath, bytes))! };
}

/** `file:line` of the line with a mark. */
function marked(dir: string, file: string, mark: string): string {
  const lines = readFileSync(join(dir, file), "utf8").split("\n");
  return `${file}:${lines.findIndex((line) => line.endsWith(`// ${mark}`)) + 1}`;
}

const place = (location: SourceLocation | null | undefined): string | null =>
  location ? `${location.file}:${location.line}` : null;

/** The error of a record, or the engine's own with what was found out about it. */
async function fail(steps: readonly ChainStep[], values: readonly string[], earlier: readonly string[] = []) {
  try {
    return (await runChain(steps, values, { lookBack: earlier })).error;
  } catch (error) {
    return error as RecordError;
  }
}

describe.each([true, false])("AssemblyScript, release %s", (release) => {
  let dir: string;
  let step: ChainStep;
  beforeAll(async () => {
    dir = project(`filter-${release}`, { "src/index.ts": FILTER, "src/lib/helper.ts": HELPER });
    step = await stepOf(dir, release);
  });

  it.each([
    ["third", "src/lib/helper.ts", "return list[3]"],
    ["null", "src/lib/helper.ts", "return link.next!.value"],
    ["inlined", "src/lib/helper.ts", "return list[at]"],
    ["division", "src/index.ts", "return 10 / divisor"],
    ["throw", "src/index.ts", "throw new Error("],
    ["assert", "src/index.ts", "five at least"],
    ["library", "src/index.ts", "record.value.json()"],
    ["recursion", "src/lib/helper.ts", "return recurse(n + 1)"],
    ["trap", "src/index.ts", "unreachable()"],
  ])("%s", async (what, file, line) => {
    const error = await fail([step], ["fine", "good", what, "fine"]);
    expect(place(error?.location)).toBe(marked(dir, file, what));
    const shown = error!.frame.split("\n").find((text) => text.startsWith(">"));
    expect(shown).toContain(line);
    // Traps do not name their record: it is found by running the batch again.
    const record = (error as { record?: { offset: bigint; value: Uint8Array } }).record;
    const found = record === undefined ? error : { offset: record.offset, value: text(record.value) };
    expect(found).toMatchObject({ offset: 2n, value: what });
  });

  it("init and look-back", async () => {
    const refused = await fail([{ ...step, params: { mode: "refuse" } }], ["a"]);
    expect(place(refused?.location)).toBe(marked(dir, "src/index.ts", "init"));
    const old = await fail([{ ...step, lookBack: { last: 1n, age: null } }], ["a"], ["old"]);
    expect(place(old?.location)).toBe(marked(dir, "src/index.ts", "lookBack"));
  });
});

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("chains and kinds", () => {
  it("aggregate and arrayMap, and which step of a chain it was", async () => {
    const first = project("first", { "src/index.ts": ARRAY_MAP });
    const second = project("second", { "src/index.ts": AGGREGATE });
    const steps = [await stepOf(first), await stepOf(second)];
    const error = await fail(steps, ["a,b", "c,bad"]);
    expect(error).toMatchObject({ stage: 1, module: "second", message: "no sum", value: "bad" });
    expect(place(error?.location)).toBe(marked(second, "src/index.ts", "here"));
    const alone = await fail(steps, ["a,b", "d"]);
    expect(alone).toMatchObject({ stage: 0, module: "first", value: "d", offset: 1n });
    expect(place(alone?.location)).toBe(marked(first, "src/index.ts", "here"));
  });
});

describe("TypeScript in the JavaScript engine", () => {
  let dir: string;
  let step: ChainStep;
  beforeAll(async () => {
    dir = project("script", { "src/index.ts": JS_FILTER, "src/helper.ts": JS_HELPER }, "typescript");
    step = await stepOf(dir);
  });

  it.each([
    ["third", "src/helper.ts", 38],
    ["throw", "src/helper.ts", null],
    ["null", "src/index.ts", null],
  ])("%s", async (what, file, column) => {
    const error = await fail([step], ["fine", what]);
    expect(place(error?.location)).toBe(marked(dir, file, what));
    if (column !== null) expect(error?.location?.column).toBe(column);
    expect(error!.frame).toContain(`// ${what}`);
    expect(error).toMatchObject({ offset: 1n, value: what });
  });

  it("init and look-back", async () => {
    const refused = await fail([{ ...step, params: { mode: "refuse" } }], ["a"]);
    expect(place(refused?.location)).toBe(marked(dir, "src/index.ts", "init"));
    const old = await fail([{ ...step, lookBack: { last: 1n, age: null } }], ["a"], ["old"]);
    expect(place(old?.location)).toBe(marked(dir, "src/index.ts", "lookBack"));
  });
});
