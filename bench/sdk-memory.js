// Memory of modules over many records: what an instance has grown to after the first million and at the end.
// SMDK_SOAK_RECORDS sets their number; 100 million take some minutes.
import { fileURLToPath } from "node:url";
import { createCompiler } from "@smdk/assemblyscript/compiler";
import { memoryGrowth, PER_BATCH } from "./memory-growth.js";

const own = fileURLToPath(new URL("sdk-modules/", import.meta.url));
const equal = fileURLToPath(new URL("../sdk/assemblyscript/test/fixtures/modules/", import.meta.url));
const records = Number(process.env.SMDK_SOAK_RECORDS ?? 100_000_000);

const rows = [
  ["filter", "filter", equal, "filter_bytes_a"],
  ["map with strings", "map", own, "map_upper_string"],
  ["aggregate", "aggregate", equal, "aggregate_sum"],
  ["stateful dedup", "filter", own, "dedup_window"],
];

function varint(value) {
  let rest = value * 2;
  const bytes = [];
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

const u32 = (value) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);

/** A batch of numbers of ten digits, and where each stands, to be changed in place. */
function batch(call) {
  const bytes = [...Array(12).fill(0), ...u32(PER_BATCH)];
  const places = [];
  for (let i = 0; i < PER_BATCH; i++) {
    const body = [0, 0, ...varint(i), 0, ...varint(10)];
    bytes.push(...varint(body.length + 11), ...body);
    places.push(bytes.length);
    bytes.push(...Array(10).fill(0x30), 0);
  }
  bytes.splice(8, 4, ...u32(bytes.length - 12));
  bytes.push(...Array(8).fill(0), ...(call === "aggregate" ? [...u32(1), 0x30] : []));
  return { input: Uint8Array.from(bytes), places };
}

const compiler = await createCompiler();
let failed = false;
for (const [title, call, folder, file] of rows) {
  const { wasm } = compiler.compile({ projectDir: folder, entry: `${file}.ts` });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: { copy_records() {} } });
  const { input, places } = batch(call);
  const { early, late, seconds, grew } = memoryGrowth({
    ...{ title, exports, call, input, places, records },
    digits: 5,
  });
  failed ||= grew;
  console.log(
    `${title.padEnd(18)} ${(records / 1e6).toFixed(0)} million records in ${seconds} s: ${early} KB after the first million, ${late} KB at the end${grew ? "  GREW" : ""}`,
  );
}
process.exit(failed ? 1 : 0);
