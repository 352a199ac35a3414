/**
 * JavaScript modules against AssemblyScript modules of the same behaviour: any sequence of batches, whole and
 * damaged, must give the same bytes and the same errors (the place in a hint apart).
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "@smdk/compiler";
import { buildChain, type Chain, type EngineError, loadSmartModule } from "@smdk/runtime";
import { toRecordList } from "@smdk/testing";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { compile } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "smdk-sequences-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function assemblyScript(name: string, source: string): Promise<Uint8Array> {
  const projectDir = join(folder, name);
  mkdirSync(join(projectDir, "src"), { recursive: true });
  mkdirSync(join(projectDir, "node_modules/@smdk"), { recursive: true });
  const sdk = fileURLToPath(new URL("../../sdk/assemblyscript", import.meta.url));
  symlinkSync(sdk, join(projectDir, "node_modules/@smdk/assemblyscript"), "junction");
  writeFileSync(
    join(projectDir, "src/index.ts"),
    `import { Record } from "@smdk/assemblyscript";\n${source}`,
  );
  const manifest = `params = []\n[package]\nname = "${name}"\ngroup = "g"\nversion = "0.1.0"\napiVersion = "0.1.0"\n`;
  writeFileSync(join(projectDir, "SmartModule.toml"), manifest);
  return (await build({ projectDir })).bytes;
}

const behaviours: readonly (readonly [name: string, javaScript: string, assemblyScript: string])[] = [
  [
    "filter",
    `export function filter(record) {
       if (record.value.startsWith("!")) throw new Error("bad");
       return record.value.includes("a");
     }`,
    `export function filter(record: Record): bool {
       if (record.value.startsWith("!")) throw new Error("bad");
       return record.value.includes("a");
     }`,
  ],
  [
    "map",
    `let n = 0;
     export function map(record) {
       if (record.value.startsWith("!")) throw new Error("bad");
       n++;
       return n + record.value.text + record.offset;
     }`,
    `let n = 0;
     export function map(record: Record): string {
       if (record.value.startsWith("!")) throw new Error("bad");
       n++;
       return n.toString() + record.value.text + record.offset.toString();
     }`,
  ],
  [
    "filter-map",
    `export function filterMap(record) {
       if (record.value.startsWith("!")) throw new Error("bad");
       return record.value.length % 2 ? null : record.value.text;
     }`,
    `export function filterMap(record: Record): string | null {
       if (record.value.startsWith("!")) throw new Error("bad");
       return record.value.length % 2 ? null : record.value.text;
     }`,
  ],
  [
    "array-map",
    `export function arrayMap(record) {
       if (record.value.startsWith("!")) throw new Error("bad");
       return record.value.text.split(",");
     }`,
    `export function arrayMap(record: Record): string[] {
       if (record.value.startsWith("!")) throw new Error("bad");
       return record.value.text.split(",");
     }`,
  ],
  [
    "aggregate",
    `export function aggregate(state, record) {
       if (record.value.startsWith("!")) throw new Error("bad");
       return (state + record.value.text).slice(-20);
     }`,
    `export function aggregate(state: string, record: Record): string {
       if (record.value.startsWith("!")) throw new Error("bad");
       let next = state + record.value.text;
       return next.slice(-20);
     }`,
  ],
];

const text = fc.string({ unit: fc.constantFrom("a", "b", ",", "é", "€", "😀", "!", " "), maxLength: 12 });
const bytes = fc.uint8Array({ maxLength: 12 });
const data = fc.oneof({ weight: 3, arbitrary: text }, { weight: 1, arbitrary: bytes });
const record = fc.record({ key: fc.option(data), value: data });
const batch = fc.record({
  records: fc.array(record, { maxLength: 6 }),
  damage: fc.option(fc.record({ at: fc.nat(200), byte: fc.nat(255), cut: fc.boolean() }), { freq: 4 }),
});

function encode({
  records,
  damage,
}: {
  records: { key: string | Uint8Array | null; value: string | Uint8Array }[];
  damage: { at: number; byte: number; cut: boolean } | null;
}): Uint8Array {
  const list = toRecordList(records).slice();
  if (damage === null) return list;
  const at = damage.at % list.length;
  if (damage.cut) return list.subarray(0, at);
  list[at] = damage.byte;
  return list;
}

/** The engine's complaint without the frames of a trap, which lie elsewhere in each module. */
function complaint(error: unknown): unknown[] {
  const { message, causes } = error as EngineError;
  return [message.split("\n")[0], causes.at(-1)];
}

/** What a batch gives, in a form to compare: bytes and error, or the engine's complaint. */
async function outcome(chain: Chain, records: Uint8Array): Promise<unknown> {
  try {
    const out = await chain.process({ baseOffset: 7n, baseTimestamp: 1000n, records });
    const { error } = out;
    return {
      records: Buffer.from(out.records).toString("hex"),
      error: error && { ...error, hint: error.hint.replace(/ at \S+ \(.*\)$/, "") },
    };
  } catch (error) {
    return complaint(error);
  }
}

describe.each(behaviours)("%s", (name, javaScript, other) => {
  test("gives what AssemblyScript gives", async () => {
    const ours = await loadSmartModule((await compile(javaScript)).bytes);
    const theirs = await loadSmartModule(await assemblyScript(name, other));
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 6 }), async (batches) => {
        const one = await buildChain([{ module: ours }]);
        const two = await buildChain([{ module: theirs }]);
        for (const each of batches) {
          const records = encode(each);
          expect(await outcome(one, records.slice())).toEqual(await outcome(two, records.slice()));
        }
      }),
      { numRuns: 60, interruptAfterTimeLimit: 40_000 },
    );
  });
});

describe("extremes", () => {
  const process = async (source: string, ...batches: (string | Uint8Array)[][]) => {
    const chain = await buildChain([{ module: await loadSmartModule((await compile(source)).bytes) }]);
    const out = [];
    for (const values of batches) {
      out.push(await chain.process({ baseOffset: 0n, baseTimestamp: 0n, records: toRecordList(values) }));
    }
    return out;
  };

  test("values of 10 MB, read, changed and kept", async () => {
    const large = Buffer.alloc(10_000_000, "ab");
    const [first, second] = await process(
      `let kept; export const map = (record) => { kept ??= record; return record.value.text + kept.value.length; };`,
      [large, "x"],
      ["y"],
    );
    expect(first?.error ?? second?.error).toBeNull();
    expect(first?.records.length).toBeGreaterThan(10_000_000);
    expect(Buffer.from(second?.records ?? []).toString()).toContain("y10000000");
  });

  test("100,000 records in a batch", async () => {
    const values = Array.from({ length: 100_000 }, (_, n) => `value ${n}`);
    const [out] = await process(`export const filter = (record) => record.value.endsWith("7");`, values);
    expect(out?.error).toBeNull();
    const count = new DataView(out?.records.buffer as ArrayBuffer, out?.records.byteOffset).getUint32(0);
    expect(count).toBe(10_000);
  });
});
