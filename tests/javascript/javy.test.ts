/**
 * Javy's engine: the same sources give the same results as in the default engine. The plugin is a small one of our
 * own with Javy's exports (see docs/javy.md); SMDK_JAVY_PLUGIN names another one to run all of this with.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { JavaScriptBuild, JavaScriptCompiler } from "@smdk/javascript/compiler";
import { createJavyCompiler } from "@smdk/javascript/javy";
import { buildChain, type Chain, loadSmartModule } from "@smdk/runtime";
import { toRecordList } from "@smdk/testing";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { testPlugin } from "./javy-plugin.ts";
import { compile } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "smdk-javy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const named = process.env.SMDK_JAVY_PLUGIN;
const plugin = async (): Promise<Uint8Array> => (named === undefined ? testPlugin() : readFileSync(named));
const engine = createJavyCompiler({ plugin });
const byBytecode = createJavyCompiler({ plugin, byBytecode: true });

let projects = 0;
function javy(
  files: string | Readonly<Record<string, string>>,
  compiler: JavaScriptCompiler = engine,
): Promise<JavaScriptBuild> {
  const all = typeof files === "string" ? { "src/index.js": files } : files;
  const projectDir = join(folder, String(++projects));
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(projectDir, name)), { recursive: true });
    writeFileSync(join(projectDir, name), text);
  }
  return compiler.build({
    projectDir,
    entry: Object.keys(all).find((name) => name.startsWith("src/index.")) ?? "",
  });
}

type Batch = readonly { readonly key?: string | Uint8Array | null; readonly value: string | Uint8Array }[];

async function chainOf(bytes: Uint8Array, params: Readonly<Record<string, string>> = {}): Promise<Chain> {
  const module = await loadSmartModule(bytes);
  return buildChain([
    { module, params: new Map(Object.entries(params)), accumulator: new TextEncoder().encode("1") },
  ]);
}

/** What a chain makes of batches, in a form that can be compared; places in hints apart. */
async function outcomes(chain: Chain, batches: readonly Batch[]): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const [at, batch] of batches.entries()) {
    const records = toRecordList(batch);
    const { records: output, error } = await chain.process({
      baseOffset: BigInt(at * 10),
      baseTimestamp: 5n,
      records,
    });
    const fault = error && {
      kind: error.kind,
      offset: Number(error.offset),
      hint: error.hint.replace(/ at .*/s, ""),
      key: error.recordKey && Buffer.from(error.recordKey).toString("latin1"),
      value: Buffer.from(error.recordValue).toString("latin1"),
    };
    found.push({ output: Buffer.from(output).toString("latin1"), fault });
  }
  return found;
}

async function compareEngines(
  source: string,
  batches: readonly Batch[],
  params?: Readonly<Record<string, string>>,
): Promise<void> {
  const ours = await outcomes(
    await chainOf((await compile({ "src/index.js": source })).bytes, params),
    batches,
  );
  const theirs = await outcomes(await chainOf((await javy(source)).bytes, params), batches);
  expect(theirs).toEqual(ours);
}

const behaviours: Readonly<Record<string, string>> = {
  filter: `export function filter(record) {
    if (record.value.startsWith("!")) throw new TypeError("bad " + record.offset);
    return record.value.includes("a") || record.key?.text === "k";
  }`,
  map: `let n = 0;
  export function map(record) {
    n++;
    const { value } = record;
    if (value.startsWith("!")) return { key: null, value: value.bytes };
    if (value.startsWith("1")) return { key: value, value: { n, at: record.timestamp } };
    return n % 3 ? value.text + n : record;
  }`,
  filterMap: `export function filterMap({ value, key }) {
    if (value.length % 2) return null;
    return value.field("a.0") ?? value.text.slice(1) + key;
  }`,
  arrayMap: `export function arrayMap({ value }) {
    if (value.equals("!")) throw new RangeError("no");
    return new Set(value.text.split(""));
  }`,
  aggregate: `export const initial = 0;
  export function aggregate(sum, { value }) {
    return sum + value.toInt();
  }`,
  "async map": `export async function map({ value }) {
    await null;
    if (value.startsWith("!")) throw new Error(await Promise.resolve("later"));
    return value.text + (await new Promise((done) => queueMicrotask(() => done("!"))));
  }`,
  json: `export function map({ value }) {
    const all = value.json();
    return JSON.stringify([all?.a ?? null, value.field(["a"]) ?? "none", value.field("b.c"), all]);
  }`,
  platform: `export async function map({ value }) {
    const hash = await crypto.subtle.digest("SHA-256", value.bytes);
    const text = new TextDecoder().decode(new TextEncoder().encode(value.text));
    return [new Uint8Array(hash).toHex?.() ?? hash.byteLength, btoa("a" + text.length), atob("YWI="),
      structuredClone({ text }).text, new URL("http://a/?q=" + encodeURIComponent("x")).searchParams.get("q")].join("|");
  }`,
};

const piece = fc.oneof(
  fc.constantFrom(
    "!",
    "12",
    "-3",
    "a",
    "",
    '{"a":[1,{"b":2}],"b":{"c":null}}',
    "[]",
    '{"a":1,"a":2}',
    '"\\u0041"',
    "\ufeffx",
  ),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.uint8Array({ maxLength: 8 }),
);
const someBatches = fc.array(
  fc.array(fc.record({ key: fc.option(fc.constantFrom("k", "é"), { nil: null }), value: piece }), {
    maxLength: 5,
  }),
  { minLength: 1, maxLength: 4 },
);

describe("the same as in the default engine", () => {
  test.each(Object.entries(behaviours))(
    "%s",
    async (_name, source) => {
      const ours = (await compile({ "src/index.js": source })).bytes;
      const theirs = (await javy(source)).bytes;
      await fc.assert(
        fc.asyncProperty(someBatches, async (batches) => {
          expect(await outcomes(await chainOf(theirs), batches)).toEqual(
            await outcomes(await chainOf(ours), batches),
          );
        }),
        { numRuns: 12 },
      );
    },
    120_000,
  );

  test("parameters, checked and unchecked, and a failing init", async () => {
    const configured = `import { defineSmartModule, param } from "@smdk/javascript";
      export default defineSmartModule({
        params: { limit: param.int().default(2) },
        filter: (record, { limit }) => record.value.length > limit,
      });`;
    await compareEngines(configured, [[{ value: "abc" }, { value: "ab" }]]);
    await compareEngines(configured, [[{ value: "abc" }, { value: "ab" }]], { limit: "1" });
    const failing = await chainOf((await javy(configured)).bytes, { limit: "x" }).catch(
      (error: Error) => error,
    );
    expect(failing).toMatchObject({ message: expect.stringContaining("limit") });
  });

  test("look-back", async () => {
    const source = `const seen = new Set();
      export function lookBack(record) { if (record.value.equals("bad")) throw new Error("old"); seen.add(record.value.text); }
      export function filter(record) { return !seen.has(record.value.text); }`;
    for (const { bytes } of [await javy(source), await compile({ "src/index.js": source })]) {
      const module = await loadSmartModule(bytes);
      const lookback = { last: 2n, age: null };
      const chain = await buildChain([{ module, lookback }]);
      await chain.lookBack(() => toRecordList([{ value: "a" }, { value: "b" }]));
      const { records } = await chain.process({
        baseOffset: 0n,
        baseTimestamp: 0n,
        records: toRecordList([{ value: "a" }, { value: "c" }]),
      });
      expect(Buffer.from(records).toString("latin1")).toContain("c");
      expect(records[3]).toBe(1);
      const another = await buildChain([{ module, lookback }]);
      await expect(another.lookBack(() => toRecordList([{ value: "bad" }]))).rejects.toThrow("old");
    }
  });

  test("a large batch that comes first, before there is an output to move", async () => {
    const many = Array.from({ length: 20_000 }, (_, at) => ({ value: `value ${at}` }));
    await compareEngines(`export function map(record) { return record.value.text + "!"; }`, [many]);
  });

  test("large batches and large values, which make the engine's memory grow and ours move", async () => {
    const source = `const kept = [];
      export function map(record) { kept.push(record); return kept.length + record.value.text.slice(-3) + kept[0].value.length; }`;
    const many = Array.from({ length: 5000 }, (_, at) => ({ value: `value ${at}` }));
    await compareEngines(source, [
      [{ value: "first" }],
      many,
      [{ value: "x".repeat(1_500_000) }],
      [{ value: "last" }],
    ]);
  });
});

describe("state", () => {
  const counter = `let n = 0; export function map() { return ++n; }`;

  test("lives from batch to batch, and is fresh in a new chain", async () => {
    for (const compiler of [engine, byBytecode]) {
      const { bytes } = await javy(counter, compiler);
      const batches = [[{ value: "" }], [], [{ value: "" }, { value: "" }]];
      const first = await outcomes(await chainOf(bytes), batches);
      expect(JSON.stringify(first)).toContain("\\u00023");
      expect(await outcomes(await chainOf(bytes), batches)).toEqual(first);
    }
  });

  test("memory stays the same over many batches", async () => {
    const { bytes } = await javy(
      `let n = 0; export function map(record) { return { n: ++n, v: record.value.json().a }; }`,
    );
    const run = guest(bytes);
    const batch = toRecordList([{ value: '{"a":1}' }, { value: '{"a":2}' }]);
    for (let i = 0; i < 200; i++) run.map(batch);
    const before = run.memoryBytes();
    for (let i = 0; i < 3000; i++) run.map(batch);
    expect(run.memoryBytes()).toBe(before);
    // What the other way leaves behind: a record of a module for every batch.
    const leaky = guest((await javy(counter, byBytecode)).bytes);
    leaky.map(batch);
    const start = leaky.memoryBytes();
    for (let i = 0; i < 3000; i++) leaky.map(batch);
    expect(leaky.memoryBytes()).toBeGreaterThan(start + 1_000_000);
  }, 120_000);

  test("two builds are the same bytes", async () => {
    const files = {
      "src/index.ts": "export function filter(): boolean { return Math.random() < 2 && Date.now() > 1; }",
    };
    const [one, two] = [await javy(files), await javy(files)];
    expect(Buffer.from(one.bytes).equals(Buffer.from(two.bytes))).toBe(true);
  });
});

describe("code for Javy", () => {
  const fs = `
    export const STDIO = { Stdin: 0, Stdout: 1, Stderr: 2 };
    export function readFileSync(fd) {
      let buffer = new Uint8Array(8);
      let used = 0;
      for (;;) {
        const read = Javy.IO.readSync(fd, buffer.subarray(used));
        if (read < 0) throw Error("read");
        if (read === 0) return buffer.subarray(0, used);
        used += read;
        if (used === buffer.length) { const next = new Uint8Array(used * 2); next.set(buffer); buffer = next; }
      }
    }
    export function writeFileSync(fd, buffer) {
      while (buffer.length > 0) {
        const written = Javy.IO.writeSync(fd, buffer);
        if (written <= 0) throw Error("write");
        buffer = buffer.subarray(written);
      }
    }`;
  const program = `import { readFileSync, writeFileSync, STDIO } from "./fs.js";
    const input = JSON.parse(new TextDecoder().decode(readFileSync(STDIO.Stdin)));
    globalThis.count = (globalThis.count ?? 0) + 1;
    writeFileSync(STDIO.Stdout, new TextEncoder().encode(JSON.stringify({ sum: input.a + input.b, count: globalThis.count })));`;

  test("a program that reads standard input and writes standard output runs for every record", async () => {
    const { bytes, kind } = await javy({ "src/index.js": program, "src/fs.js": fs });
    expect(kind).toBe("map");
    const [first] = (await outcomes(await chainOf(bytes), [
      [{ value: '{"a":1,"b":2}' }, { value: '{"a":3,"b":4}' }, { value: "no" }],
    ])) as { output: string; fault: { hint: string } }[];
    expect(first?.output).toContain('{"sum":3,"count":1}');
    expect(first?.output).toContain('{"sum":7,"count":2}');
    expect(first?.fault.hint).toContain("SyntaxError");
  });

  test.each([
    ["filter_map", '{"sum":3,"count":1}', 1],
    ["filter", '{"a":1,"b":2}', 1],
    ["array_map", '{"sum":3,"count":1}', 1],
  ] as const)("as %s", async (programKind, text, count) => {
    const compiler = createJavyCompiler({ plugin, programKind });
    const { bytes, kind } = await javy({ "src/index.js": program, "src/fs.js": fs }, compiler);
    expect(kind).toBe(programKind);
    const [first] = (await outcomes(await chainOf(bytes), [[{ value: '{"a":1,"b":2}' }]])) as {
      output: string;
    }[];
    expect(first?.output).toContain(text);
    expect(first?.output.charCodeAt(3)).toBe(count);
  });

  test("the helpers work inside a handler too", async () => {
    const { bytes } = await javy({
      "src/fs.js": fs,
      "src/index.js": `import { readFileSync, writeFileSync } from "./fs.js";
        export function map(record) { writeFileSync(1, readFileSync(0).toReversed()); }`,
    });
    expect(
      JSON.stringify(await outcomes(await chainOf(bytes), [[{ value: "abc" }, { value: "" }]])),
    ).toContain("cba");
  });
});

describe("errors", () => {
  test("an exception is an error of the record with the user's place, and the module goes on", async () => {
    const { bytes } = await javy({
      "src/index.ts": `import { check } from "./check.ts";\nlet n = 0;\nexport function map(record: { value: { text: string } }): string {\n  check(record.value.text);\n  return String(++n);\n}`,
      "src/check.ts": `export function check(text: string): void {\n  if (text === "bad")\n    throw new TypeError("bad value");\n}`,
    });
    const chain = await chainOf(bytes);
    const bad = await chain.process({
      baseOffset: 0n,
      baseTimestamp: 0n,
      records: toRecordList([{ value: "good" }, { value: "bad" }, { value: "good" }]),
    });
    expect(bad.error?.hint).toMatch(/^TypeError: bad value at check \(src\/check\.ts:3/);
    expect(bad.error?.offset).toBe(1n);
    expect(bad.records[3]).toBe(1);
    expect(JSON.stringify(await outcomes(chain, [[{ value: "good" }]]))).toContain("\\u00022");
  });

  test("a promise that never settles, deep JSON, a value that is missing", async () => {
    const source = `export async function map({ value }) {
      if (value.equals("wait")) await new Promise(() => {});
      if (value.equals("deep")) return JSON.parse("[".repeat(5000));
      if (value.equals("none")) return undefined;
      return value.text;
    }`;
    const batches = ["wait", "fine", "deep", "none", "fine"].map((value) => [{ value: "x" }, { value }]);
    await compareEngines(source, batches);
  });

  test("a program that fails while it is loaded is a build error at its line", async () => {
    const build = javy({
      "src/index.ts":
        "const a = 1;\nfunction fail(): never {\n  throw new RangeError('no ' + a);\n}\nfail();\nexport function filter() { return true; }",
    });
    await expect(build).rejects.toMatchObject({
      code: "SMDK_BUILD_FAILED",
      diagnostics: [
        {
          message: "the program fails while it is loaded: RangeError: no 1",
          line: 3,
          file: expect.stringMatching(/index\.ts$/),
        },
      ],
    });
    await expect(javy("export const x = 1;")).rejects.toMatchObject({
      message: expect.stringContaining("no transform found"),
    });
  });

  test("recursion without end ends the batch; later ones run", async () => {
    const { bytes } = await javy(`let n = 0; const f = (x) => f(x + 1) + 1;
      export function map({ value }) { n++; return value.equals("deep") ? f(0) : n; }`);
    const chain = await chainOf(bytes);
    const deep = await outcomes(chain, [[{ value: "deep" }]]).catch((error: Error) => error);
    expect(deep instanceof Error || JSON.stringify(deep).includes("stack")).toBe(true);
    for (let i = 0; i < 5; i++)
      expect(await outcomes(chain, [[{ value: "fine" }]])).toMatchObject([{ fault: null }]);
  });

  test("what is no plugin is refused", async () => {
    const build = (bytes: Uint8Array): Promise<unknown> =>
      javy("export function filter() { return true; }", createJavyCompiler({ plugin: async () => bytes }));
    const code = "SMDK_BUILD_JAVY_PLUGIN";
    await expect(build(new Uint8Array(0))).rejects.toMatchObject({
      code,
      message: expect.stringContaining("not WebAssembly"),
    });
    await expect(build(Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0))).rejects.toMatchObject({
      code,
      hint: expect.stringContaining("init-plugin"),
    });
    await expect(build(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))).rejects.toMatchObject({
      code,
      message: expect.stringContaining("initialize-runtime"),
    });
    const whole = await testPlugin();
    await expect(build(whole.slice(0, whole.length - 40))).rejects.toMatchObject({ code });
    await expect(build(whole.slice(0, 5000))).rejects.toMatchObject({ code });
  });
});

/** A module that is called directly, without an engine around it. */
function guest(bytes: Uint8Array): { map(records: Uint8Array): Uint8Array; memoryBytes(): number } {
  let output = new Uint8Array(0);
  const fill = (): number => 0;
  const instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(bytes)), {
    env: {
      copy_records: (at: number, size: number) => {
        output = new Uint8Array(memory.buffer, at, size).slice();
      },
    },
    wasi_snapshot_preview1: { fd_write: fill, random_get: fill, clock_time_get: fill, clock_res_get: fill },
  });
  const exports = instance.exports as Record<string, CallableFunction>;
  const memory = instance.exports.memory as WebAssembly.Memory;
  return {
    memoryBytes: () => memory.buffer.byteLength,
    map(records) {
      const input = new Uint8Array(8 + 4 + records.length + 8);
      new DataView(input.buffer).setUint32(8, records.length);
      input.set(records, 12);
      const at = exports.alloc?.(input.length) as number;
      new Uint8Array(memory.buffer, at, input.length).set(input);
      if ((exports.map?.(at, input.length, 25) as number) < 0) throw new Error("the call failed");
      return output;
    },
  };
}
