// JavaScript modules against the yardstick modules of the same task and against AssemblyScript with strings, in
// this engine and in this run. Opponents that are not at hand are left out. What counts are the ratios.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { createCompiler as createAssemblyScript } from "@smdk/assemblyscript/compiler";
import { createCompiler } from "@smdk/javascript/compiler";
import { encodeRecords } from "@smdk/protocol";
import { buildChain, loadSmartModule } from "@smdk/runtime";
import { wasmtimePython } from "../tests/support/python-env.js";

const shared = new URL("../../shared/fixtures/yardstick/javascript/", import.meta.url);
const yardstick = (name) =>
  existsSync(new URL(name, shared)) ? readFileSync(new URL(name, shared)) : undefined;

/** Name, kind, our source, the yardstick's file, the AssemblyScript of the same task. */
const rows = [
  ["keep everything", "filter", `export const filter = () => true;`, "f-true.rt.wasm"],
  [
    "JSON.parse(text)",
    "filter",
    `export const filter = (r) => JSON.parse(r.value.text).level === "error";`,
    "f-json.rt.wasm",
  ],
  [
    "value.json()",
    "filter",
    `export const filter = (r) => r.value.json().level === "error";`,
    "f-njson.rt.wasm",
  ],
  [
    "value.field()",
    "filter",
    `export const filter = (r) => r.value.field("level") === "error";`,
    "f-field.rt.wasm",
    `return record.value.json().required("level").toString() == "error";`,
  ],
  [
    "text.includes()",
    "filter",
    `export const filter = (r) => r.value.text.includes("timeout");`,
    "f-sub.rt.wasm",
    `return record.value.text.includes("timeout");`,
  ],
  [
    "value.includes()",
    "filter",
    `export const filter = (r) => r.value.includes("timeout");`,
    "f-nsub.rt.wasm",
    `return record.value.text.includes("timeout");`,
  ],
  [
    "map JSON",
    "map",
    `export const map = (r) => { const v = r.value.json(); v.seen = true; delete v.tags; return v; };`,
    "m-json.rt.wasm",
  ],
];

const levels = ["info", "warn", "error", "debug"];
const messages = [
  "request completed",
  "timeout while reading from upstream",
  "cache miss, falling back to origin",
];
const values =
  yardstick("records.txt")?.toString("utf8").trimEnd().split("\n") ??
  Array.from({ length: 1000 }, (_, n) =>
    JSON.stringify({
      ts: new Date(1.7e12 + n * 137).toISOString(),
      level: levels[n % 4],
      service: "search",
      host: `ip-10-0-19-${n % 256}`,
      http: { method: "GET", path: `/api/v1/items/${n * 31}`, status: 200, ms: n / 7 },
      user: { id: 600_000 + n, plan: "pro" },
      tags: ["prod", "eu-west-1"],
      msg: messages[n % 3],
    }),
  );

/** The input of a call at version 25. */
function frame(records) {
  const input = new Uint8Array(20 + records.length);
  new DataView(input.buffer).setUint32(8, records.length);
  input.set(records, 12);
  return input;
}

function load(bytes, kind) {
  const wasi = new Proxy({}, { get: () => () => 0 });
  const env = { copy_records: () => undefined };
  const module = new WebAssembly.Module(bytes);
  const { exports } = new WebAssembly.Instance(module, { env, wasi_snapshot_preview1: wasi });
  return (input) => {
    const at = exports.alloc(input.length);
    new Uint8Array(exports.memory.buffer, at, input.length).set(input);
    return exports[kind](at, input.length, 25);
  };
}

async function fuelOf(bytes, batches) {
  const chain = await buildChain([{ module: await loadSmartModule(bytes) }], { version: 25, fuel: true });
  let fuel = 0;
  for (const round of [0, 1]) {
    fuel = 0;
    for (const records of batches.slice(0, round === 0 ? 1 : undefined)) {
      await chain.process({ baseOffset: 0n, baseTimestamp: 0n, records });
      fuel += Number(chain.lastFuel()[0]);
    }
  }
  return Math.round(fuel / values.length);
}

/** Seconds that each module takes to compile in the real wasmtime, the least of some rounds; or why it is not known. */
async function compileSeconds(modules, rounds = 5) {
  const found = await wasmtimePython();
  if ("reason" in found) return found.reason;
  const script = fileURLToPath(new URL("../tests/javascript/wasmtime_calls.py", import.meta.url));
  const all = Array.from({ length: rounds }, () => modules).flat();
  const input = JSON.stringify({
    modules: all.map((bytes) => Buffer.from(bytes).toString("base64")),
    runs: [],
  });
  const { status, stdout, stderr } = spawnSync(found.python, [script], { input, maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`wasmtime's host failed: ${stderr}`);
  const { compile } = JSON.parse(stdout);
  return modules.map((_, at) => Math.min(...compile.filter((_, i) => i % modules.length === at)));
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];

/** Microseconds per record; the modules take turns. */
function measure(candidates, kind, inputs, rounds) {
  const runs = candidates.map((bytes) => load(bytes, kind));
  const times = candidates.map(() => []);
  for (let round = -2; round < rounds; round++) {
    for (const [i, run] of runs.entries()) {
      const start = process.hrtime.bigint();
      for (const input of inputs) run(input);
      const spent = Number(process.hrtime.bigint() - start);
      if (round >= 0) times[i].push(spent / values.length / 1000);
    }
  }
  return times.map(median);
}

const folder = mkdtempSync(join(tmpdir(), "smdk-bench-"));
try {
  mkdirSync(join(folder, "src"));
  const compiler = createCompiler();
  const assemblyScript = await createAssemblyScript();
  const small = {};
  const rounds = Number(process.env.SMDK_BENCH_ROUNDS ?? 15);
  const cell = (value, width = 11) => String(value ?? "").padStart(width);
  const ratio = (a, b) => (b === undefined ? "" : (a / b).toFixed(2));
  console.log(
    "microseconds per record of 300 bytes, median of interleaved rounds; fuel as wasmtime counts it\n",
  );
  const titles = [
    "batch",
    "ours",
    "yardstick",
    "ours/yard",
    "AS",
    "ours/AS",
    "fuel",
    "fuel yard",
    "fuel AS",
    "bytes",
  ];
  console.log(`${"module".padEnd(18)}${titles.map((title) => cell(title)).join("")}`);
  for (const [name, kind, source, yard, other] of rows) {
    writeFileSync(join(folder, "src/index.js"), source);
    const { bytes } = await compiler.build({ projectDir: folder, entry: "src/index.js" });
    let theirs;
    if (other !== undefined) {
      const text = `import { Record } from "@smdk/assemblyscript";\nexport function filter(record: Record): bool { ${other} }\n`;
      writeFileSync(join(folder, "src/other.ts"), text);
      const built = assemblyScript.compile({ projectDir: folder, entry: "src/other.ts" });
      if (built.wasm === null) throw new Error(built.diagnostics.map(({ message }) => message).join("\n"));
      theirs = built.wasm;
    }
    const opponents = [yardstick(yard), theirs];
    if (yard === "f-true.rt.wasm") Object.assign(small, { ours: bytes, yardstick: opponents[0] });
    if (yard === "f-nsub.rt.wasm") small.assemblyScript = theirs;
    const present = [bytes, ...opponents.filter((each) => each !== undefined)];
    for (const size of [1, 100, 1000]) {
      const batches = [];
      for (let at = 0; at < values.length; at += size) {
        const records = values.slice(at, at + size).map((value, offsetDelta) => ({
          key: null,
          value: Buffer.from(value),
          offsetDelta,
        }));
        batches.push(encodeRecords(records));
      }
      const times = measure(present, kind, batches.map(frame), rounds);
      const fuel = [];
      for (const module of present) fuel.push(await fuelOf(module, batches));
      const at = [0, opponents[0] ? 1 : -1, theirs ? present.length - 1 : -1];
      const [ours, yardTime, otherTime] = at.map((i) => times[i]);
      const cells = [
        size,
        ours.toFixed(2),
        yardTime?.toFixed(2),
        ratio(ours, yardTime),
        otherTime?.toFixed(2),
        ratio(ours, otherTime),
        ...at.map((i) => fuel[i]),
        bytes.length,
      ];
      console.log(`${name.padEnd(18)}${cells.map((value) => cell(value)).join("")}`);
    }
  }
  const size = (bytes) => `${bytes.length} bytes, ${gzipSync(bytes).length} in gzip`;
  console.log(`\nthe smallest module: ${size(small.ours)}`);
  if (small.yardstick) console.log(`the yardstick's: ${size(small.yardstick)}`);
  const modules = [small.ours, small.assemblyScript, ...(small.yardstick ? [small.yardstick] : [])];
  const seconds = await compileSeconds(modules);
  if (typeof seconds === "string") {
    console.log(`compile time in wasmtime is left out: ${seconds}`);
  } else {
    const [ours, assembly, theirs] = seconds.map((each) => each * 1000);
    const line = (what, ms) =>
      `${what} ${ms.toFixed(1)} ms, ${(ms / assembly).toFixed(0)} times AssemblyScript's`;
    console.log(`compile in wasmtime: ${line("ours", ours)} (${assembly.toFixed(1)} ms)`);
    if (theirs)
      console.log(`${line("the yardstick", theirs)}; ours is ${(ours / theirs).toFixed(2)} times that`);
    console.log(
      "the reference: 440 ms on two cores, beside 6 ms of AssemblyScript with String.includes, 73 times",
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
