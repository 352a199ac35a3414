/** What goes wrong in user code becomes an error of the record, with the user's line, and the module lives on. */
import { toRecordList } from "@smdk/testing";
import { describe, expect, test } from "vitest";
import { chainOf, compile, run } from "./support.ts";

const LIMITS = { memoryMiB: 32, millionSteps: 20 };

/** A filter that does harm for the record "bad"; harmless records follow in the same chain. */
const faults: readonly (readonly [what: string, source: string, message: RegExp])[] = [
  [
    "an exception",
    `function deep(text) {\n  throw new TypeError("boom " + text);\n}\nfunction harm(record) {\n  deep(record.value.text);\n}`,
    /^TypeError: boom bad at deep \(src\/index\.ts:2:\d+\)$/,
  ],
  [
    "an exception with a cause",
    `function harm() {\n  try {\n    JSON.parse("{");\n  } catch (cause) {\n    throw new Error("outer", { cause });\n  }\n}`,
    /^outer at harm \(src\/index\.ts:5:\d+\)\n\nCaused by:\n {4}SyntaxError: .* at harm \(src\/index\.ts:3:\d+\)$/,
  ],
  ["a thrown text", `function harm() { throw "plain"; }`, /^plain$/],
  ["a thrown object", `function harm() { throw { code: 7 }; }`, /^\{"code":7\}$/],
  ["thrown nothing", `function harm() { throw undefined; }`, /^undefined$/],
  ["a missing property", `function harm(record) {\n\n  return record.value.json().a.b;\n}`, /^SyntaxError/],
  [
    "a wrong call",
    `function harm(record) {\n\n  return record.nothing.text;\n}`,
    /^TypeError: .* at harm \(src\/index\.ts:3:\d+\)$/,
  ],
  [
    "a rejection",
    `async function deep() {\n  await null;\n  throw new RangeError("late");\n}\nasync function harm() {\n  return await deep();\n}`,
    /^RangeError: late at deep \(src\/index\.ts:3:\d+\)$/,
  ],
  [
    "a rejection that nobody waits for",
    `function harm() {\n  Promise.resolve().then(() => { throw new Error("adrift"); });\n  return true;\n}`,
    /^adrift at <anonymous> \(src\/index\.ts:2:\d+\)|^adrift at src\/index\.ts:2:\d+$/,
  ],
  [
    "a promise that never settles",
    `function harm() {\n  return new Promise(() => {});\n}`,
    /^the promise never settles/,
  ],
  [
    "an endless loop",
    `let record = 0;\nfunction harm() {\n  for (;;) {\n    record++;\n  }\n}`,
    /^the record took longer than the limit allows.* at harm \(src\/index\.ts:[2-5]:\d+\)$/,
  ],
  [
    "an endless chain of promises",
    `async function harm() {\n  for (;;) await null;\n}`,
    /^(the record took longer than the limit allows|one record led to more than 1000000 continuations)/,
  ],
  [
    "a regular expression that backtracks",
    `function harm() {\n  return /^(a+)+$/.test("a".repeat(40) + "b");\n}`,
    /^the record took longer than the limit allows.* at harm \(src\/index\.ts:2:\d+\)$/,
  ],
  [
    "out of memory",
    `function harm() {\n  const list = [];\n  for (;;) list.push(new Uint8Array(1 << 20));\n}`,
    /^out of memory at harm \(src\/index\.ts:3:\d+\)$/,
  ],
  [
    "out of memory by text",
    `function harm() {\n  let text = "x";\n  for (;;) text = text + text + "y".repeat(1000);\n}`,
    /^(out of memory|string too long)/,
  ],
  [
    "deep recursion",
    `function down(n) {\n  return 1 + down(n + 1);\n}\nfunction harm() {\n  return down(0);\n}`,
    /^RangeError: Maximum call stack size exceeded at down \(src\/index\.ts:2:\d+\)$/,
  ],
  [
    "deep JSON in the value",
    `function harm() {\n  return deepest.json();\n}`,
    /^SyntaxError: JSON nests deeper than 1000 levels at harm \(src\/index\.ts:2:\d+\)$/,
  ],
  [
    "deep JSON in a text",
    `function harm() {\n  return JSON.parse("[".repeat(100000));\n}`,
    /^SyntaxError: JSON nests deeper than 1000 levels at harm \(src\/index\.ts:2:\d+\)$/,
  ],
  [
    "an object that nests deep, as JSON",
    `function harm() {\n  let object = {};\n  for (let i = 0; i < 100000; i++) object = { object };\n  return JSON.stringify(object);\n}`,
    /^RangeError: Maximum call stack size exceeded at harm \(src\/index\.ts:4:\d+\)$/,
  ],
  [
    "eval",
    `function harm() {\n  return globalThis.Function("return 1")();\n}`,
    /eval is not supported.* at harm \(src\/index\.ts:2:\d+\)$/,
  ],
];

const AROUND = `
let deepest;
export const filter = (record) => {
  if (record.value.startsWith("[[")) { deepest = record.value; return false; }
  if (record.value.text === "bad") return harm(record);
  return true;
};`;

describe.each(faults)("%s", (_what, source, message) => {
  test("is an error of the record, and the module lives on", async () => {
    const { bytes } = await compile(source + AROUND, LIMITS);
    const { buildChain, loadSmartModule } = await import("@smdk/runtime");
    const chain = await buildChain([{ module: await loadSmartModule(bytes) }]);
    const process = (...values: string[]) =>
      chain.process({ baseOffset: 100n, baseTimestamp: 0n, records: toRecordList(values) });
    for (let round = 0; round < 2; round++) {
      const { records, error } = await process("one", "[".repeat(5000), "bad", "two");
      expect(error?.hint).toMatch(message);
      expect(error).toMatchObject({ offset: 102n, kind: "Filter" });
      expect(new TextDecoder().decode(error?.recordValue)).toBe("bad");
      expect(new TextDecoder().decode(records)).toContain("one");
      expect(new TextDecoder().decode(records)).not.toContain("two");
      const after = await process("three", "four");
      expect(after.error).toBeNull();
      expect(new TextDecoder().decode(after.records)).toMatch(/three.*four/s);
    }
  });
});

test("the memory of a failed record comes back", async () => {
  const chain = await chainOf(`
    export function filter(record) {
      const list = [];
      for (let i = 0; i < 200; i++) list.push(new Uint8Array(1 << 20));
      throw new Error("after " + list.length);
    }`);
  for (let round = 0; round < 20; round++) {
    const { error } = await chain.process({
      baseOffset: 0n,
      baseTimestamp: 0n,
      records: toRecordList(["x"]),
    });
    expect(error?.hint).toMatch(/^after 200 at filter/);
  }
});

test("a long message is cut", async () => {
  const { error } = await run(`export const filter = () => { throw new Error("é".repeat(40000)); };`, ["x"]);
  expect(Buffer.byteLength(error?.hint ?? "")).toBeLessThanOrEqual(32000);
  expect(error?.hint).toMatch(/^é+$/);
});

test("places are those of the user's files, through libraries", async () => {
  const { error } = await run(
    {
      "src/index.ts": `import { check } from "./check.ts";\nimport lib from "lib";\n\nexport const filter = (record) =>\n  lib(() => check(record));`,
      "src/check.ts": `interface Unused { a: string }\n\nexport function check(record): boolean {\n  throw new Error("no");\n}`,
      "node_modules/lib/package.json": `{ "name": "lib", "main": "index.js" }`,
      "node_modules/lib/index.js": "module.exports = function (callback) { return callback(); };",
    },
    ["x"],
  );
  expect(error?.hint).toBe("no at check (src/check.ts:4:13)");
});

test("an error inside a library is placed at the user's call", async () => {
  const { error } = await run(
    {
      "src/index.ts": `import lib from "lib";\n\nexport function filter(record) {\n  return lib(record);\n}`,
      "node_modules/lib/package.json": `{ "name": "lib", "main": "index.js" }`,
      "node_modules/lib/index.js": "module.exports = function () { throw new Error('inside'); };",
    },
    ["x"],
  );
  expect(error?.hint).toBe("inside at filter (src/index.ts:4:14)");
});
