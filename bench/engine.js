// Records per second through one module: in this thread, in a worker, in the real wasmtime with fuel on (PyPI package
// `wasmtime`, version 34), which is what an SPU runs, and in V8 by itself: the module as it is and nothing around it,
// which tells what any engine on V8 can reach here. Ratios above 1 mean that ours is faster. They are of CPU time of the
// thread, which other programs on the machine disturb less, but for the worker, which needs two threads.
//
//   node bench/engine.js [part of a module's name]
//
// Medians of rounds that take turns, each with the other side idle. Python is all it needs for wasmtime: the package is
// installed into an environment of its own. Without Python only our own numbers are printed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { buildChain, loadSmartModule } from "@smdk/runtime";
import { ChainWorkers } from "@smdk/runtime/worker";
import { wasmtimePython } from "../tests/support/python-env.js";

const SECONDS = 0.05;
const ROUNDS = 5;
const WARM_MS = 250;
const THREAD_WARM_MS = 100;
const VERSION = 25;
const BATCHES = [1, 100, 1000];
const SIZES = [100, 1000];
/** Batches on their way to or from the worker at a time, so that neither thread waits for the other. */
const IN_FLIGHT = 3;

const text = (size, index) =>
  `${index} the quick brown fox jumps over a lazy dog `.padEnd(size, "lorem ipsum ");
// Numbers are short; the rest of the record is its key.
const digits = (size, index) => ({ key: "k".repeat(size - 4), value: String(index % 100) });
const json = (size, index) => {
  const item = { id: index, name: `item ${index}`, level: 4 + (index % 3), text: "" };
  item.text = "x".repeat(Math.max(0, size - JSON.stringify(item).length));
  return JSON.stringify(item);
};
const lines = (size, index) =>
  `${"word ".repeat(4)}\n`.repeat(Math.ceil(size / 21)).slice(0, size - 4) + index;

const MODULES = [
  ["rust/filter_bytes_a", text],
  ["rust/filter_contains_a", text],
  ["rust/filter_init_param", text],
  ["rust/map_upper", text],
  ["rust/map_int_or_error", digits],
  ["rust/filter_map_json", json],
  ["rust/array_map_lines", lines],
  ["rust/aggregate_sum", digits],
  ["assemblyscript/filter_region", text],
  ["assemblyscript/filter_string_region", text],
  ["assemblyscript/map_region", text],
  ["assemblyscript/map_string_region", text],
  ["assemblyscript/json_view_region", json],
  ["assemblyscript/json_as_region", json],
  ["assemblyscript/array_map_out_region", lines],
  ["assemblyscript/array_map_string_region", lines],
  ["assemblyscript/aggregate_region", digits],
];

const fixture = (name) => readFileSync(new URL(`../runtime/test/fixtures/${name}.wasm`, import.meta.url));

function varint(value) {
  const out = [];
  let rest = value * 2;
  while (rest >= 0x80) {
    out.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  return [...out, rest];
}

/** u32 count and records, as a batch holds them. */
function records(count, value) {
  const parts = [Buffer.alloc(4)];
  parts[0].writeUInt32BE(count);
  for (let i = 0; i < count; i++) {
    const made = value(i);
    const { key, value: data } = typeof made === "string" ? { key: null, value: made } : made;
    const body = Buffer.concat([
      Buffer.from([0, 0, ...varint(i), key === null ? 0 : 1, ...(key === null ? [] : varint(key.length))]),
      Buffer.from(key ?? ""),
      Buffer.from(varint(Buffer.byteLength(data))),
      Buffer.from(data),
      Buffer.from([0]),
    ]);
    parts.push(Buffer.from(varint(body.length)), body);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** The whole input of a guest call of version 23 and later. */
function guestInput(list, aggregate) {
  const head = Buffer.alloc(12);
  head.writeUInt32BE(list.length, 8);
  return Buffer.concat([head, list, Buffer.alloc(8), ...(aggregate ? [Buffer.alloc(4)] : [])]);
}

const params = new Map([["needle", "a"]]);
/** The same as `init` gets it. */
const INIT = Buffer.from([0, 1, 0, 6, ...Buffer.from("needle"), 0, 1, 0x61, 0]);

/** A guest in V8 by itself: returns a call that copies the input in and the output out. */
async function bareGuest(compiled, kind, input) {
  let output = [0, 0];
  const imports = {};
  for (const { module, name } of WebAssembly.Module.imports(compiled)) {
    imports[module] ??= {};
    imports[module][name] =
      name === "copy_records"
        ? (pointer, length) => {
            output = [pointer >>> 0, length >>> 0];
          }
        : () => 0;
  }
  const { exports } = await WebAssembly.instantiate(compiled, imports);
  const call = (name, bytes) => {
    const pointer = exports.alloc(bytes.length);
    new Uint8Array(exports.memory.buffer).set(bytes, pointer);
    exports[name](pointer, bytes.length, VERSION);
    return new Uint8Array(exports.memory.buffer, ...output).slice();
  };
  if ("init" in exports) call("init", INIT);
  return () => void call(kind, input);
}

/** Milliseconds this thread has had a processor; where the system does not tell, those that have passed. */
const cpuMs = (() => {
  const file = `/proc/self/task/${process.pid}/schedstat`;
  const read = () => Number(readFileSync(file, "latin1").split(" ")[0]) / 1e6;
  try {
    return read() > 0 ? read : () => performance.now();
  } catch {
    return () => performance.now();
  }
})();

/** Records per second of one round, by a clock in ms that is looked at now and then. */
async function round(run, count, clock) {
  let calls = 0;
  const started = clock();
  let elapsed = 0;
  while (elapsed < SECONDS * 1000) {
    // Looking at the clock costs as much as a small batch.
    for (let i = 0; i < Math.max(1, 200 / count); i++, calls++) {
      const result = run();
      if (result !== undefined) await result;
    }
    elapsed = clock() - started;
  }
  return (calls * count) / (elapsed / 1000);
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** The real wasmtime in a process of its own, idle unless it is asked; null where it is missing. */
async function startOpponent() {
  const found = await wasmtimePython();
  if ("reason" in found) {
    console.log(`no ratios beside wasmtime: ${found.reason}`);
    return null;
  }
  const child = spawn(found.python, [fileURLToPath(new URL("engine-wasmtime.py", import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const version = await lines.next();
  console.log(`wasmtime ${version.value}, node ${process.version}`);
  const ask = async (job) => {
    child.stdin.write(`${JSON.stringify(job)}\n`);
    return (await lines.next()).value;
  };
  return {
    prepare: ask,
    measure: async (records) => Number(await ask({ seconds: SECONDS, records })),
    async close() {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}

/** V8 makes fast code of what has run for a while; it does so in another thread, which needs its turn too. */
async function warmUp(run, clock, ms) {
  const started = clock();
  while (clock() - started < ms) await run();
}

const wanted = process.argv[2] ?? "";
const workers = new ChainWorkers();
const opponent = await startOpponent();
const cells = [];
for (const [name, value] of MODULES.filter(([module]) => module.includes(wanted))) {
  const bytes = fixture(name);
  const module = await loadSmartModule(bytes, { name });
  const compiled = await WebAssembly.compile(bytes);
  const step = { module, params };
  for (const size of SIZES) {
    for (const count of BATCHES) {
      const list = records(count, (index) => value(size, index));
      // A part of something larger, as a batch in what was read from a log: the worker has to copy it.
      const shared = new Uint8Array(list.length + 61).subarray(61);
      shared.set(list);
      const batch = { baseOffset: 0n, baseTimestamp: 0n, records: shared };
      // As the worker does: the output is looked at before the next call.
      const borrowed = { ...batch, borrow: true };
      // What Fluvio's kit makes never gives its memory back, so a guest that has run for long is another than one that
      // has just begun: every round has guests of its own, on both sides.
      const open = async () => {
        const chain = await buildChain([step], { version: VERSION });
        const remote = await workers.build([step], { version: VERSION });
        const inFlight = [];
        return {
          chain,
          lend: () => void chain.process(borrowed),
          // A worker's output is the caller's own: so is what it is compared with.
          keep: () => void chain.process(batch),
          post: async () => {
            inFlight.push(remote.process(batch));
            if (inFlight.length >= IN_FLIGHT) await inFlight.shift();
          },
          close: async () => {
            await Promise.all(inFlight);
            remote.close();
          },
        };
      };
      const input = guestInput(list, module.kind === "aggregate");
      const bare = () => bareGuest(compiled, module.kind, input);
      const prepare = () =>
        opponent?.prepare({
          wasm: bytes.toString("base64"),
          version: VERSION,
          kind: module.kind,
          input: input.toString("base64"),
          init: INIT.toString("base64"),
        });
      const first = await open();
      const { error } = first.chain.process(batch);
      if (error !== null) throw new Error(`${name}: ${error.hint}`);
      await warmUp(first.lend, cpuMs, WARM_MS);
      await warmUp(await bare(), cpuMs, WARM_MS);
      await first.close();
      const rates = { inline: [], bare: [], own: [], worker: [], theirs: [] };
      for (let turn = 0; turn < ROUNDS; turn++) {
        const ours = await open();
        rates.inline.push(await round(ours.lend, count, cpuMs));
        await ours.close();
        rates.bare.push(await round(await bare(), count, cpuMs));
        if (opponent !== null) {
          await prepare();
          rates.theirs.push(await opponent.measure(count));
        }
        const beside = await open();
        rates.own.push(await round(beside.keep, count, () => performance.now()));
        // A thread has its own code to make fast, and its buffers to get.
        await warmUp(beside.post, () => performance.now(), THREAD_WARM_MS);
        rates.worker.push(await round(beside.post, count, () => performance.now()));
        await beside.close();
      }
      cells.push({
        name,
        size,
        count,
        inlineRate: median(rates.inline),
        bareRate: median(rates.bare),
        wallRate: median(rates.own),
        workerRate: median(rates.worker),
        theirs: opponent === null ? undefined : median(rates.theirs),
      });
    }
  }
}
workers.close();
await opponent?.close();

const thousands = (rate) => Math.round(rate / 1000);
const goals = { inline: [], worker: [] };
console.table(
  cells.map(({ name, size, count, inlineRate, bareRate, workerRate, wallRate, theirs }) => {
    const row = {
      module: name.replace("assemblyscript", "as"),
      bytes: size,
      batch: count,
      "inline k/s": thousands(inlineRate),
      "worker k/s": thousands(workerRate),
      "worker/inline": Number((workerRate / wallRate).toFixed(2)),
      "inline/bare V8": Number((inlineRate / bareRate).toFixed(2)),
    };
    if (count === 1000 && workerRate < 0.8 * wallRate) goals.worker.push(`${name} ${size} B`);
    if (theirs === undefined) return row;
    const ratio = inlineRate / theirs;
    if (count >= 100 && ratio < (name.startsWith("rust") ? 1.2 : 1.8)) {
      const bare = (bareRate / theirs).toFixed(2);
      goals.inline.push(`${name} ${size} B × ${count}: ${ratio.toFixed(2)} (bare V8 ${bare})`);
    }
    return { ...row, "wasmtime k/s": thousands(theirs), "inline/wasmtime": Number(ratio.toFixed(2)) };
  }),
);
if (opponent !== null) {
  const missed = goals.inline.length > 0 ? `not reached by ${goals.inline.join("; ")}` : "reached by all";
  console.log(`goal inline/wasmtime at batch 100 and more (Rust 1.2, AssemblyScript 1.8): ${missed}`);
}
console.log(
  `goal worker/inline at batch 1000 (0.8): ${goals.worker.length > 0 ? `not reached by ${goals.worker.join("; ")}` : "reached by all"}`,
);
