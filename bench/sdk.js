// The AssemblyScript SDK against modules made with Fluvio's own kit (Rust) and against the yardstick modules, in
// this engine and in this run. Opponents that are not at hand are left out. What counts are the ratios.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createCompiler } from "@smdk/assemblyscript/compiler";
import { buildChain, loadSmartModule } from "@smdk/runtime";

const here = new URL(".", import.meta.url);
const shared = new URL("../../shared/fixtures/", here);
const own = fileURLToPath(new URL("sdk-modules/", here));
const equal = fileURLToPath(new URL("../sdk/assemblyscript/test/fixtures/modules/", here));

/** Name, call, our source (folder and file), the Rust module, the yardstick, what makes a value. */
const rows = [
  ["filter", "view", "filter", [equal, "filter_bytes_a"], "filter_bytes_a", "filter_region", words],
  [
    "filter",
    "string",
    "filter",
    [equal, "filter_contains_a"],
    "filter_contains_a",
    "filter_string_region",
    words,
  ],
  ["map", "view", "map", [equal, "map_upper"], "map_upper", "map_region", words],
  ["map", "string", "map", [own, "map_upper_string"], "map_upper", "map_string_region", words],
  [
    "array_map",
    "view",
    "array_map",
    [equal, "array_map_lines"],
    "array_map_lines",
    "array_map_out_region",
    lines,
  ],
  [
    "array_map",
    "string",
    "array_map",
    [own, "array_map_lines_string"],
    "array_map_lines",
    "array_map_string_region",
    lines,
  ],
  ["JSON", "view", "filter_map", [equal, "filter_map_json"], "filter_map_json", "json_view_region", json],
  ["JSON", "class", "filter_map", [own, "filter_map_json_class"], "filter_map_json", "json_as_region", json],
  ["aggregate", "", "aggregate", [equal, "aggregate_sum"], "aggregate_sum", "aggregate_region", integers],
  ["dedup", "string", "filter", [own, "dedup"], null, "dedup_region", repeated],
].filter(([, , , [folder, file]]) => existsSync(`${folder}${file}.ts`));

function generator(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function text(random, size, letters = "bcdefghijklmnopqrstuvwxyz ") {
  let value = "";
  while (value.length < size) value += letters[random(letters.length)];
  return value;
}

/** Half of the values hold an `a`. */
function words(random, size) {
  const value = text(random, size);
  const at = random(size);
  return random(2) === 0 ? value : `${value.slice(0, at)}a${value.slice(at + 1)}`;
}

function lines(random, size) {
  let value = "";
  while (value.length < size) value += `${text(random, 8 + random(20))}\n`;
  return value.slice(0, size);
}

function json(random, size) {
  const value = {
    level: random(10),
    name: text(random, 12),
    city: text(random, 8),
    ok: true,
    n: random(1000),
  };
  const spare = size - JSON.stringify(value).length - 10;
  return JSON.stringify(spare > 0 ? { ...value, text: text(random, spare) } : value);
}

function integers(random) {
  return String(10_000 + random(90_000));
}

function repeated(random, size) {
  return `${random(500)} `.padEnd(size, "x");
}

function varint(value) {
  let rest = value * 2;
  const bytes = [];
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

/** The input of a call at version 25. */
function frame(values, call) {
  const records = values.flatMap((value, i) => {
    const body = [0, 0, ...varint(i), 0, ...varint(value.length), ...Buffer.from(value), 0];
    return [...varint(body.length), ...body];
  });
  const u32 = (value) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
  const raw = [...u32(values.length), ...records];
  const state = call === "aggregate" ? [...u32(1), 0x30] : [];
  return Uint8Array.from([
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    ...u32(raw.length),
    ...raw,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    ...state,
  ]);
}

function load(bytes, call) {
  const wasi = new Proxy({}, { get: () => () => 0 });
  let handed = [0, 0];
  const module = new WebAssembly.Module(bytes);
  const { exports } = new WebAssembly.Instance(module, {
    env: {
      copy_records: (at, size) => {
        handed = [at, size];
      },
    },
    wasi_snapshot_preview1: wasi,
  });
  const transform = exports[call];
  return {
    memory: () => exports.memory.buffer.byteLength,
    run(input) {
      const at = exports.alloc(input.length);
      new Uint8Array(exports.memory.buffer, at, input.length).set(input);
      return transform(at, input.length, 25);
    },
    output: () => Buffer.from(exports.memory.buffer, handed[0], handed[1]),
  };
}

/** Fuel of one batch, as wasmtime counts it. */
async function fuelOf(bytes, input, call) {
  const module = await loadSmartModule(bytes);
  const step = { module, ...(call === "aggregate" && { accumulator: Buffer.from("0") }) };
  const chain = await buildChain([step], { version: 25, fuel: true });
  const size = Buffer.from(input).readUInt32BE(8);
  const batch = { baseOffset: 0n, baseTimestamp: 0n, records: input.subarray(12, 12 + size) };
  // The first batch also pays for what a module sets up once.
  for (let i = 0; i < 2; i++) await chain.process(batch);
  return Number(chain.lastFuel()[0]);
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/**
 * Nanoseconds per record for each module, and how many times those of the first: the modules take turns, each turn is
 * compared on its own, and medians over the turns are taken, so that whatever else the machine does matters little.
 * A Rust module never gives back what it puts out, so it is started afresh when it has grown.
 */
function measure(candidates, call, input, count, rounds) {
  const times = candidates.map(() => []);
  const instances = candidates.map((bytes) => load(bytes, call));
  const per = Math.max(1, Math.ceil(20_000 / count));
  for (let round = -2; round < rounds; round++) {
    for (const [i, bytes] of candidates.entries()) {
      if (instances[i].memory() > 300e6) instances[i] = load(bytes, call);
      const start = process.hrtime.bigint();
      for (let n = 0; n < per; n++) instances[i].run(input);
      const spent = Number(process.hrtime.bigint() - start);
      if (round >= 0) times[i].push(spent / per / count);
    }
  }
  const [first] = times;
  return times.map((turns) => ({ ns: median(turns), ratio: median(turns.map((ns, i) => ns / first[i])) }));
}

const rounds = Number(process.env.SMDK_BENCH_ROUNDS ?? 31);
const only = process.env.SMDK_BENCH_ONLY;
const compiler = await createCompiler();
const cell = (value, width = 9) => String(value).padStart(width);
console.log("ns per record, median of interleaved rounds; fuel as wasmtime counts it\n");
console.log(
  `${"module".padEnd(18)}${["input", "ours", "Rust", "Rust/ours", "yardstick", "ours/yard", "fuel", "fuel Rust", "fuel yard", "bytes"].map((title) => cell(title, 11)).join("")}`,
);
const pct = (value) => (value === undefined ? "" : value.toFixed(2));
for (const [name, style, call, [folder, file], rust, yard, make] of rows) {
  if (only && !`${name} ${style}`.includes(only)) continue;
  const built = compiler.compile({ projectDir: folder, entry: `${file}.ts` });
  if (built.wasm === null) throw new Error(built.diagnostics.map(({ message }) => message).join("\n"));
  const read = (path) =>
    existsSync(new URL(path, shared)) ? readFileSync(new URL(path, shared)) : undefined;
  const opponents = [
    rust && read(`rust-smartmodules/${rust}.wasm`),
    yard && read(`yardstick/assemblyscript/${yard}.wasm`),
  ];
  for (const [count, size] of name === "aggregate"
    ? [
        [1, 5],
        [1000, 5],
      ]
    : [
        [1, 100],
        [1000, 100],
        [1000, 1000],
      ]) {
    if (process.env.SMDK_BENCH_INPUT && process.env.SMDK_BENCH_INPUT !== `${count}x${size}`) continue;
    const random = generator(42);
    const input = frame(
      Array.from({ length: count }, () => make(random, size)),
      call,
    );
    const present = [built.wasm, ...opponents.filter(Boolean)];
    const times = measure(present, call, input, count, rounds);
    const fuel = await Promise.all(present.map((bytes) => fuelOf(bytes, input, call)));
    const at = [0, opponents[0] ? 1 : -1, opponents[1] ? present.length - 1 : -1];
    const [ours, theirs, yardstick] = at.map((i) => times[i]);
    const fuels = at.map((i) => (fuel[i] === undefined ? "" : Math.round(fuel[i] / count)));
    const cells = [
      `${count}x${size}`,
      ours.ns.toFixed(1),
      theirs?.ns.toFixed(1) ?? "",
      pct(theirs?.ratio),
      yardstick?.ns.toFixed(1) ?? "",
      pct(yardstick && 1 / yardstick.ratio),
      ...fuels,
      built.wasm.length,
    ];
    console.log(`${`${name} ${style}`.padEnd(18)}${cells.map((value) => cell(value, 11)).join("")}`);
  }
}
