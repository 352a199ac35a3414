// Builds of real projects in temporary folders.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  type BuildDiagnostic,
  type BuildError,
  build,
  clean,
  createBuilder,
  inspectModule,
  readSourceMap,
} from "../src/index.ts";
import { FILTER, MANIFEST, Projects } from "./support/projects.ts";

const projects = new Projects();
afterAll(() => projects.removeAll());

async function failure(work: Promise<unknown>): Promise<BuildError> {
  return work.then(
    () => {
      throw new Error("it was expected to fail");
    },
    (error: unknown) => error as BuildError,
  );
}

/** The diagnostics of a module with this source behind the usual import. */
async function complaints(source: string): Promise<readonly BuildDiagnostic[]> {
  const text = `import { Bytes, Record } from "@smdk/assemblyscript";\n${source}`;
  const projectDir = projects.make({ "SmartModule.toml": MANIFEST, "src/index.ts": text });
  return (await failure(build({ projectDir, release: false }))).diagnostics;
}

describe("build", () => {
  it("writes the module under the package's name with underscores", async () => {
    const dir = projects.make({ "SmartModule.toml": MANIFEST, "src/index.ts": FILTER });
    const result = await build({ projectDir: dir });
    expect(result).toMatchObject({
      name: "my-module",
      kind: "filter",
      wasmPath: path.join(dir, "build/my_module.wasm"),
      sourceMapPath: path.join(dir, "build/my_module.wasm.map"),
      warnings: [],
      files: [path.join(dir, "src/index.ts")],
    });
    expect(readFileSync(result.wasmPath)).toEqual(Buffer.from(result.bytes));
    expect(result.bytes.length).toBeLessThan(10_000);
  });

  it("writes a source map beside the module, with sources; release builds do not mention it", async () => {
    const dir = projects.make({ "SmartModule.toml": MANIFEST, "src/index.ts": FILTER });
    const { sourceMapPath, bytes } = await build({ projectDir: dir, release: false });
    const map = JSON.parse(readFileSync(sourceMapPath as string, "utf8")) as {
      sources: string[];
      sourcesContent: string[];
    };
    expect(map.sourcesContent[map.sources.indexOf("src/index.ts")]).toBe(FILTER);
    const names = inspectModule(bytes).sections.map(({ name }) => name);
    expect(names).toContain("sourceMappingURL");
    const release = await build({ projectDir: dir });
    expect(inspectModule(release.bytes).sections.some(({ isCustom }) => isCustom)).toBe(false);
    expect(await readSourceMap(release.wasmPath, release.bytes)).toContain("src/index.ts");
    // A map of another build is none.
    expect(await readSourceMap(release.wasmPath, bytes)).toBeNull();
    const bare = await build({ projectDir: dir, sourceMap: false });
    expect([bare.sourceMapPath, existsSync(sourceMapPath as string)]).toEqual([null, false]);
    expect(Buffer.compare(bare.bytes, release.bytes)).toBe(0);
  });

  it("takes other files of the project and AssemblyScript packages", async () => {
    const dir = projects.make({
      "SmartModule.toml": `${MANIFEST}\n[build]\nentry = "lib/main.ts"\n`,
      "lib/main.ts": `import { Record } from "@smdk/assemblyscript";
import { twice } from "./helpers/numbers";
import { thrice } from "as-numbers";
export function map(record: Record): string { return twice(thrice(record.value.toInt())).toString(); }`,
      "lib/helpers/numbers.ts": "export function twice(n: i64): i64 { return n * 2; }",
      "node_modules/as-numbers/index.ts": 'export { thrice } from "./thrice";',
      "node_modules/as-numbers/thrice.ts": "export function thrice(n: i64): i64 { return n * 3; }",
    });
    const { kind, files } = await build({ projectDir: dir });
    expect([kind, files.map((file) => path.relative(dir, file).replaceAll("\\", "/"))]).toEqual([
      "map",
      ["lib/main.ts", "lib/helpers/numbers.ts"],
    ]);
  });

  it("takes handlers that other files export", async () => {
    const dir = projects.make({
      "SmartModule.toml": MANIFEST,
      "src/index.ts":
        'export { lines as arrayMap } from "./lines";\nexport { start as init } from "./lines";',
      "src/lines.ts": `import { Output, Record } from "@smdk/assemblyscript";
export function start(): void {}
export function lines(record: Record, out: Output): void { out.push(record.value); }`,
    });
    const { bytes, kind } = await build({ projectDir: dir, release: false });
    expect(kind).toBe("array_map");
    expect(inspectModule(bytes).exports.map(({ name }) => name)).toContain("init");
  });

  it("makes a smaller module when asked to", async () => {
    const dir = projects.make({ "SmartModule.toml": MANIFEST, "src/index.ts": FILTER });
    const builder = createBuilder(dir);
    const fast = await builder.build();
    const small = await builder.build({ optimize: "size" });
    expect(small.bytes.length).toBeLessThan(fast.bytes.length);
  });

  it("cleans up", async () => {
    const dir = projects.make({ "SmartModule.toml": MANIFEST, "build/x.wasm": "x" });
    expect([await clean(dir), await clean(dir)]).toEqual([path.join(dir, "build"), null]);
  });
});

describe("createBuilder", () => {
  it("builds what is on disk now, in order, and survives errors", async () => {
    const dir = projects.make({ "SmartModule.toml": MANIFEST, "src/index.ts": FILTER });
    const builder = createBuilder(dir);
    await builder.warm();
    const [first, second] = await Promise.all([builder.build(), builder.build()]);
    expect(Buffer.from(first.bytes)).toEqual(Buffer.from(second.bytes));
    writeFileSync(path.join(dir, "src/index.ts"), FILTER.replace("includes", "no_such_verb"));
    const error = await failure(builder.build());
    expect(error.code).toBe("SMDK_BUILD_FAILED");
    writeFileSync(
      path.join(dir, "src/index.ts"),
      FILTER.replace("filter", "filterMap")
        .replace("bool", "string | null")
        .replace('record.value.includes("a")', "record.value.text"),
    );
    expect((await builder.build()).kind).toBe("filter_map");
  });
});

describe("complaints", () => {
  it("point into the user's file, with a frame", async () => {
    const dir = projects.make({
      "SmartModule.toml": MANIFEST,
      "src/index.ts": FILTER.replace("includes", "contains"),
    });
    const error = await failure(build({ projectDir: dir }));
    expect(error.code).toBe("SMDK_BUILD_FAILED");
    expect(error.message).toBe("Property 'contains' does not exist on type 'Bytes'.");
    expect(error.location).toEqual({ file: path.join(dir, "src/index.ts"), line: 4, column: 23 });
    expect(error.diagnostics[0]?.frame).toBe(
      [
        "  2 |",
        "  3 | export function filter(record: Record): bool {",
        '> 4 |   return record.value.contains("a");',
        "    |                       ^^^^^^^^",
        "  5 | }",
      ].join("\n"),
    );
  });

  it.each([
    [
      "two transforms",
      "export function filter(r: Record): bool { return true; }\nexport function map(r: Record): string { return ''; }",
      "a SmartModule has exactly one transform, but this one exports filter and map",
      3,
    ],
    [
      "no transform",
      "export function helper(): i32 { return 1; }",
      "no transform found: the entry file must export filter, map, filterMap, arrayMap or aggregate",
      1,
    ],
    [
      "only init",
      "export function init(): void {}",
      "no transform found: the entry file must export filter, map, filterMap, arrayMap or aggregate (it only exports init)",
      1,
    ],
    ["a forgotten export", "function filter(r: Record): bool { return true; }", "filter is not exported", 2],
    [
      "an arrow function",
      "export const filter = (r: Record): bool => true;",
      "filter is a variable, but it must be a function",
      2,
    ],
    [
      "a default export",
      "export default function filter(r: Record): bool { return true; }",
      "a SmartModule's functions are exported by name, not as default",
      2,
    ],
    [
      "too many parameters",
      "export function filter(a: Record, b: Record): bool { return true; }",
      "filter takes 1 parameter, not 2",
      2,
    ],
    [
      "a wrong result",
      "export function filter(r: Record): string { return ''; }",
      "filter returns bool, not string",
      2,
    ],
    [
      "a result of no use",
      "export function map(r: Record): i32 { return 1; }",
      "map returns a string, Bytes, a Uint8Array, a Record or a class marked with @json, not i32",
      2,
    ],
    [
      "null from map",
      "export function map(r: Record): string | null { return null; }",
      "map must return a value for every record; filterMap may drop one with null",
      2,
    ],
    [
      "a class as state",
      "class Sum { n: i64 = 0; }\nexport function aggregate(s: Sum, r: Record): Sum { return s; }",
      "an accumulator is an integer, f64, string, Bytes, a Uint8Array or a class marked with @json",
      3,
    ],
    [
      "an odd state",
      "export function aggregate(s: bool, r: Record): bool { return s; }",
      "an accumulator is an integer, f64, string, Bytes, a Uint8Array or a class marked with @json",
      2,
    ],
  ])("about %s", async (_, source, message, line) => {
    const [first] = await complaints(source);
    expect([first?.message, first?.line, path.basename(first?.file ?? "")]).toEqual([
      message,
      line,
      "index.ts",
    ]);
  });

  const body = (code: string): string => `export function filter(record: Record): bool { ${code} }`;
  it.each([
    ["union types", body("let x: string | i32 = 1; return true;"), /no union types/, /class with a field/],
    ["any", body("let x: any = 1; return true;"), /no type for just anything/, /i32/],
    ["closures", body("let n = 3; return [1].some((x: i32): bool => x > n);"), /no closures/, /`for` loop/],
    ["lookahead", body("return /a(?=b)/.test(record.value);"), /no lookahead/, /in code/],
    ["flags", body("return /a/s.test(record.value);"), /flags g, i and m/, /instead of a dot/],
    ["optional chaining", body("return record.key?.length == 3;"), /no optional chaining/, /!== null/],
    ["??", body("const k = record.key ?? new Bytes(); return true;"), /no \?\?/, /!== null \?/],
    [
      "JSON",
      body("const x = JSON.parse(record.value.text); return true;"),
      /no JSON object/,
      /value\.json\(\)/,
    ],
    [
      "async",
      "export async function filter(record: Record): Promise<bool> { return true; }",
      /no async/,
      /at once/,
    ],
    ["try/catch", body("try { return true; } catch (e) { return false; }"), /no try\/catch/, /Check before/],
    [
      "for…of",
      body("for (const p of record.value.split(',')) { return true; } return false;"),
      /no for…of/,
      /list\.length/,
    ],
    ["for…in", body("for (const p in [1]) {} return true;"), /no for…in/, /keys\(\)/],
    ["destructuring", body("const { value } = record; return true;"), /no destructuring/, /one by one/],
    ["spread", body("const a = [1]; const b = [...a]; return true;"), /no spread/, /concat/],
    ["object literals", body("const o = { a: 1 }; return true;"), /no object literals/, /class Point/],
    ["undefined", body("return record.key === undefined;"), /no undefined/, /null/],
    [
      "a missing type",
      "export function filter(record): bool { return true; }",
      /has no type/,
      /record: Record/,
    ],
    [
      "a missing return type",
      "export function filter(record: Record) { return true; }",
      /no return type/,
      /: bool/,
    ],
    [
      "npm packages",
      `import { chunk } from "lodash";\n${body("return true;")}`,
      /no AssemblyScript sources/,
      /JavaScript/,
    ],
    ["Node", body("setTimeout(() => {}, 1); return true;"), /no timers/, /nothing to wait for/],
    [
      "a missing import",
      "export function aggregate(sum: i64, record: Record): i64 { return <i64>Json.parse(record.value).toInt(); }",
      /name 'Json'/,
      /import \{ Json \}/,
    ],
    ["null without a look", body("return record.key.length > 1;"), /'Bytes \| null'/, /!== null/],
  ])("advise on %s", async (_, source, message, hint) => {
    const diagnostics = await complaints(source);
    const found = diagnostics.find((diagnostic) => message.test(diagnostic.message));
    expect([diagnostics.map((diagnostic) => diagnostic.message), found?.hint]).toEqual([
      expect.arrayContaining([expect.stringMatching(message)]),
      expect.stringMatching(hint),
    ]);
  });

  it("say when the entry file is missing", async () => {
    const dir = projects.make({ "SmartModule.toml": MANIFEST });
    const error = await failure(build({ projectDir: dir }));
    expect([error.code, error.message]).toEqual([
      "SMDK_ENTRY_MISSING",
      "the entry file src/index.ts is missing",
    ]);
  });
});
