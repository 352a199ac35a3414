// Memory of JavaScript modules over many records: what an instance has grown to after the first million and at the end.
// SMDK_SOAK_RECORDS sets their number; 10 million take about two minutes.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCompiler } from "@smdk/javascript/compiler";
import { encodeRecords } from "@smdk/protocol";
import { memoryGrowth, PER_BATCH } from "./memory-growth.js";

const records = Number(process.env.SMDK_SOAK_RECORDS ?? 10_000_000);
const DIGITS = 10;

const rows = [
  ["stateless filter, JSON", "filter", `export const filter = (record) => record.value.json().id % 3 === 0;`],
  [
    "stateless map, text",
    "map",
    `export const map = (record) => ({ ...JSON.parse(record.value.text), seen: true, at: record.offset });`,
  ],
  [
    "stateful, last 1000 seen",
    "filter",
    `const seen = new Map();
     export function filter(record) {
       const { id } = record.value.json();
       const known = seen.delete(id);
       seen.set(id, record);
       if (seen.size > 1000) seen.delete(seen.keys().next().value);
       return !known;
     }`,
  ],
];

const values = Array.from(
  { length: PER_BATCH },
  () => `{"id":1${"0".repeat(DIGITS - 1)},"level":"info","tags":["a","b"]}`,
);
const list = encodeRecords(
  values.map((value, offsetDelta) => ({ key: null, value: Buffer.from(value), offsetDelta })),
);
const input = new Uint8Array(20 + list.length);
new DataView(input.buffer).setUint32(8, list.length);
input.set(list, 12);
const places = [];
for (let at = Buffer.from(input).indexOf('"id":'); at >= 0; at = Buffer.from(input).indexOf('"id":', at + 1))
  places.push(at + 5);

const folder = mkdtempSync(join(tmpdir(), "smdk-memory-"));
let failed = false;
try {
  mkdirSync(join(folder, "src"));
  for (const [title, call, source] of rows) {
    writeFileSync(join(folder, "src/index.js"), source);
    const { bytes } = await createCompiler().build({ projectDir: folder, entry: "src/index.js" });
    const wasi = new Proxy({}, { get: () => () => 0 });
    const env = { copy_records: () => undefined };
    const module = new WebAssembly.Module(bytes);
    const { exports } = new WebAssembly.Instance(module, { env, wasi_snapshot_preview1: wasi });
    const { initial, early, late, seconds, grew } = memoryGrowth({
      ...{ title, exports, call, input, places, records },
      digits: 4,
    });
    failed ||= grew;
    console.log(
      `${title.padEnd(25)} ${(records / 1e6).toFixed(0)} million records in ${seconds} s: ${initial} KB at first, ${early} KB after the first million, ${late} KB at the end${grew ? "  GREW" : ""}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
