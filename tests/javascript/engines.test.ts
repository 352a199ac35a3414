/**
 * Any sequence of calls gives the same bytes from a JavaScript module and from an AssemblyScript module of the same
 * behaviour, in this process's V8 and in the real wasmtime: repeated init, look-back, empty batches, errors in the
 * middle, records that are kept and used later, damaged input, invalid UTF-8, large values and large batches.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "@smdk/compiler";
import { toRecordList } from "@smdk/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Call, callHere, callWasmtime, frame, missingWasmtime, parameters } from "./calls.ts";
import { compile } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "smdk-engines-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What all modules do around their transform: a parameter, look-back, the last records kept as objects. */
const javaScript = (transform: string): string => `
  let step = 1;
  let seen = 0;
  const kept = [];
  const check = (record) => {
    if (record.value.startsWith("!")) throw "bad";
    seen += step;
    if (record.value.startsWith("k")) {
      kept.push(record);
      if (kept.length > 3) kept.shift();
    }
  };
  const told = () => kept
    .map((each) => each.offset + "/" + (each.key === null ? "-" : each.key.text) + "/" + each.value.length + "/" + each.value.startsWith("kxy") + each.value.endsWith("é"))
    .join(";");
  export const init = (params) => {
    step = params.int("step", 1);
    if (step < 0) throw "negative";
  };
  export const lookBack = (record) => check(record);
  ${transform}`;
const assemblyScript = (transform: string): string => `
  import { Params, Record } from "@smdk/assemblyscript";
  class Kept {
    constructor(public offset: i64, public key: string, public size: i32, public ends: string) {}
  }
  let step: i64 = 1;
  let seen: i64 = 0;
  const kept: Kept[] = [];
  function check(record: Record): void {
    if (record.value.startsWith("!")) throw new Error("bad");
    seen += step;
    if (record.value.startsWith("k")) {
      let key = record.key;
      let ends = record.value.startsWith("kxy").toString() + record.value.endsWith("é").toString();
      kept.push(new Kept(record.offset, key === null ? "-" : key.text, record.value.length, ends));
      if (kept.length > 3) kept.shift();
    }
  }
  function told(): string {
    let parts: string[] = [];
    for (let i = 0; i < kept.length; i++) {
      let each = kept[i];
      parts.push(each.offset.toString() + "/" + each.key + "/" + each.size.toString() + "/" + each.ends);
    }
    return parts.join(";");
  }
  export function init(params: Params): void {
    step = params.int("step", 1);
    if (step < 0) throw new Error("negative");
  }
  export function lookBack(record: Record): void { check(record); }
  ${transform}`;

/** Name and wasm export of a kind, its transform in JavaScript and in AssemblyScript. */
const kinds: readonly (readonly [name: string, javaScript: string, assemblyScript: string])[] = [
  [
    "filter",
    `export const filter = (record) => { check(record); return (seen + kept.length) % 3 !== 0 && told() !== "x"; };`,
    `export function filter(record: Record): bool { check(record); return (seen + kept.length) % 3 != 0; }`,
  ],
  [
    "map",
    `export const map = (record) => { check(record); return seen + "|" + told() + "|" + record.offset + "|" + record.value.text; };`,
    `export function map(record: Record): string {
       check(record);
       return seen.toString() + "|" + told() + "|" + record.offset.toString() + "|" + record.value.text;
     }`,
  ],
  [
    "filter_map",
    `export const filterMap = (record) => { check(record); return seen % 2 ? null : told() + record.timestamp; };`,
    `export function filterMap(record: Record): string | null {
       check(record);
       return seen % 2 ? null : told() + record.timestamp.toString();
     }`,
  ],
  [
    "array_map",
    `export const arrayMap = (record) => { check(record); return [String(seen), ...record.value.text.split(",")]; };`,
    `export function arrayMap(record: Record): string[] {
       check(record);
       let parts = record.value.text.split(",");
       parts.unshift(seen.toString());
       return parts;
     }`,
  ],
  [
    "aggregate",
    `export const aggregate = (state, record) => { check(record); return (state + record.value.text).slice(-20) + seen; };`,
    `export function aggregate(state: string, record: Record): string {
       check(record);
       let next = state + record.value.text;
       return next.slice(-20) + seen.toString();
     }`,
  ],
];

async function compileAssemblyScript(name: string, source: string): Promise<Uint8Array> {
  const projectDir = join(folder, name);
  mkdirSync(join(projectDir, "src"), { recursive: true });
  mkdirSync(join(projectDir, "node_modules/@smdk"), { recursive: true });
  const sdk = fileURLToPath(new URL("../../sdk/assemblyscript", import.meta.url));
  symlinkSync(sdk, join(projectDir, "node_modules/@smdk/assemblyscript"), "junction");
  writeFileSync(join(projectDir, "src/index.ts"), source);
  const manifest = `[package]\nname = "m"\ngroup = "g"\nversion = "0.1.0"\napiVersion = "0.1.0"\n\n[[params]]\nname = "step"\ndescription = "d"\noptional = true\n`;
  writeFileSync(join(projectDir, "SmartModule.toml"), manifest);
  return (await build({ projectDir })).bytes;
}

const text = fc.string({ unit: fc.constantFrom("a", ",", "é", "€", "😀", "k", "!", " "), maxLength: 12 });
const data = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 2, arbitrary: text.map((rest) => `k${rest}`) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
  { weight: 1, arbitrary: fc.nat(5000).map((size) => "k".padEnd(size, "xyz")) },
);
const record = fc.record({ key: fc.option(text), value: data });
const version = fc.constantFrom(15, 16, 20, 21, 22, 23, 25);
const batch = fc.record({
  version,
  records: fc.array(record, { maxLength: 8 }),
  base: fc.record({ offset: fc.bigInt(0n, 2n ** 40n), timestamp: fc.bigInt(0n, 2n ** 41n) }),
  damage: fc.option(fc.record({ at: fc.nat(400), byte: fc.nat(255), cut: fc.boolean() }), { freq: 6 }),
});
const step = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("init" as const),
      version,
      step: fc.integer({ min: -1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: batch.map((each) => ({ what: "look_back" as const, ...each })) },
  { weight: 5, arbitrary: batch.map((each) => ({ what: "transform" as const, ...each })) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function callOf(kind: string, each: Step): Call {
  if (each.what === "init") {
    const values = each.step === 0 ? {} : { step: String(each.step) };
    return { name: "init", version: each.version, input: parameters(each.version, values) };
  }
  const whole = toRecordList(each.records);
  const accumulator = kind === "aggregate" && each.what === "transform" ? Buffer.from("0é") : undefined;
  let input = frame(each.version, whole, each.base, accumulator);
  if (each.damage !== null) {
    const at = each.damage.at % input.length;
    if (each.damage.cut) input = input.subarray(0, at);
    // The bytes of the frame's offset and timestamp stay: beyond 2^53 they are no numbers of JavaScript's.
    else if (at >= 8 && at < 12 + whole.length) input[at] = each.damage.byte;
  }
  return { name: each.what === "look_back" ? "look_back" : kind, version: each.version, input };
}

const SEQUENCES = 40;

describe("sequences of calls", () => {
  const seed = Number(process.env.SMDK_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const sequences = fc.sample(fc.array(step, { minLength: 1, maxLength: 10 }), { seed, numRuns: SEQUENCES });
  const modules: Uint8Array[] = [];
  const answers: string[][][] = [];
  beforeAll(async () => {
    for (const [name, ours, theirs] of kinds) {
      modules.push((await compile(javaScript(ours))).bytes);
      modules.push(await compileAssemblyScript(name, assemblyScript(theirs)));
    }
  }, 60_000);

  test.each(kinds.map(([name], at) => [name, at] as const))("%s as in AssemblyScript", (name, at) => {
    answers[at] = [];
    for (const [number, steps] of sequences.entries()) {
      const calls = steps.map((each) => callOf(name, each));
      const ours = callHere(modules[2 * at] as Uint8Array, calls);
      const theirs = callHere(modules[2 * at + 1] as Uint8Array, calls);
      expect(ours, `sequence ${number} of seed ${seed}`).toEqual(theirs);
      // A key or value of negative length ends a module, as it does in Rust.
      const isWhole = steps.every((each) => !("damage" in each) || each.damage === null);
      if (isWhole) expect(ours).not.toContain("trap");
      answers[at].push(ours);
    }
    // Not all of it may be refused or empty.
    expect(new Set(answers[at].flat()).size).toBeGreaterThan(SEQUENCES);
  });

  test.skipIf(missingWasmtime)(
    `and the same in wasmtime${missingWasmtime ? `: ${missingWasmtime}` : ""}`,
    { timeout: 120_000 },
    () => {
      const runs = kinds.flatMap(([name], at) =>
        sequences.map((steps) => ({ module: 2 * at, calls: steps.map((each) => callOf(name, each)) })),
      );
      expect(callWasmtime(modules, runs).runs, `seed ${seed}`).toEqual(answers.flat());
    },
  );
});

test("10 MB in one value, and 100,000 records in one batch", { timeout: 120_000 }, async () => {
  const [, transform, other] = kinds[1] as (typeof kinds)[number];
  const large = Buffer.alloc(10_000_000, "k€");
  const base = { offset: 7n, timestamp: 9n };
  const batches = [
    [large, "x", large.subarray(1)],
    [],
    Array.from({ length: 100_000 }, (_, n) => (n % 1000 === 7 ? `k${n}` : `v${n}`)),
    Array.from({ length: 100_000 }, (_, n) => (n === 99_990 ? "!" : `w${n}`)),
    ["y"],
  ];
  const calls = batches.map((values) => ({
    name: "map",
    version: 25,
    input: frame(25, toRecordList(values), base),
  }));
  const modules = [
    (await compile(javaScript(transform))).bytes,
    await compileAssemblyScript("large", assemblyScript(other)),
  ];
  const [ours, theirs] = modules.map((bytes) => callHere(bytes, calls));
  expect(ours).toEqual(theirs);
  expect(ours).toHaveLength(batches.length);
  if (missingWasmtime === null) {
    const runs = modules.map((_, module) => ({ module, calls }));
    expect(callWasmtime(modules, runs).runs).toEqual([ours, theirs]);
  }
});
