/** Runs the same calls in the engine and in the real wasmtime, and compares what they used, call by call. */
import fc from "fast-check";
import { encodeInit, encodeInput } from "../../src/abi/input.ts";
import { type EngineError, loadSmartModule, type SmartModule } from "../../src/index.ts";
import { MAX_FUEL, SmartModuleInstance } from "../../src/instance.ts";
import { WasiContext } from "../../src/wasi.ts";
import { fromHex, type PlainRecord, records } from "../support.ts";
import { askWasmtime, type OracleCall } from "./wasmtime.ts";

export const VERSION = 22;

export interface Call {
  name: string;
  input: Uint8Array;
  optional?: boolean;
}

export interface Outcome {
  fuel: bigint;
  trap: boolean;
  /** The host found fault, outside of the guest's code. */
  host?: boolean;
}

/** What the oracle gives for random bytes. */
function sameBytes(bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = i * 31;
}

/** The same calls as the oracle makes. */
export async function runMetered(
  module: SmartModule,
  calls: readonly Call[],
  options: { limit?: bigint; memoryLimit?: number; version?: number } = {},
): Promise<(Outcome | null)[]> {
  const compiled = await module.compile(options.memoryLimit ?? 1_000_000_000, "fuel");
  const instance = new SmartModuleInstance(
    module,
    compiled,
    options.version ?? VERSION,
    new WasiContext({ random: sameBytes }),
    options.limit ?? MAX_FUEL,
  );
  return calls.map(({ name, input, optional }) => {
    if (optional && module.exportedFunction(name) === null) return null;
    instance.topUpFuel();
    let trap = false;
    let host = false;
    try {
      instance.call(name, { length: input.length, write: (memory, at) => memory.set(input, at) });
    } catch (error) {
      trap = true;
      host = (error as EngineError).code !== "SMDK_ENGINE_TRAP";
    }
    return { fuel: instance.fuelUsed, trap, ...(host ? { host } : {}) };
  });
}

export const input = (list: Uint8Array, baseOffset = 7n): Uint8Array =>
  encodeInput({ baseOffset, baseTimestamp: 1000n, records: list }, VERSION);

/** Inputs that reach many paths: text, numbers, JSON, lines, nothing, bytes that are no UTF-8. */
function inputs(
  module: SmartModule,
  seed: number,
  { params = { key: "a", needle: "line" }, records: own = [], batches: count = 30 }: Candidate,
): Call[] {
  const kind = module.transformKind();
  const value = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: "grapheme", maxLength: 20 }),
    fc.integer().map(String),
    fc.json({ maxDepth: 3 }),
    fc
      .record({ id: fc.nat(), name: fc.string(), level: fc.constantFrom("error", "info") })
      .map((item) => JSON.stringify(item)),
    fc.array(fc.constantFrom("a", "bb", "", "ccc"), { maxLength: 8 }).map((list) => list.join("\n")),
    fc.uint8Array({ maxLength: 40 }),
    fc.constant("x".repeat(5000)),
  );
  const record: fc.Arbitrary<PlainRecord> = fc.record(
    { key: fc.string({ maxLength: 6 }), value, offsetDelta: fc.nat(1000), timestampDelta: fc.nat(1000) },
    { requiredKeys: ["value"] },
  );
  const batches = fc.sample(fc.array(record, { maxLength: 12 }), { numRuns: count, seed });
  batches.push(
    [],
    [...own],
    own.slice(1),
    Array.from({ length: 300 }, (_, i) => ({ value: `line ${i}`, offsetDelta: i })),
  );
  const tail = kind === "aggregate" ? Uint8Array.of(0, 0, 0, 1, 0x35) : new Uint8Array(0);
  const transform = (list: PlainRecord[]): Call => ({
    name: kind,
    input: Uint8Array.from([...input(records(...list)), ...tail]),
  });
  return [
    {
      name: "init",
      input: encodeInit(new Map(Object.entries(params)), null, VERSION),
      optional: true,
    },
    { name: "look_back", input: input(records("1", "22", "nein")), optional: true },
    ...batches.map(transform),
    // Bytes that are no records at all.
    { name: kind, input: fromHex("00000000000000000000ffff") },
    transform([{ value: "after" }]),
  ];
}

export function compare(ours: readonly (Outcome | null)[], real: readonly (OracleCall | null)[]) {
  return ours.flatMap((call, index) => {
    const theirs = real[index];
    if (call === null || call.host === true || !theirs) return [];
    const same = call.fuel === theirs.fuel && call.trap === (theirs.trap !== null);
    return same ? [] : [{ call: index, ours: call, theirs }];
  });
}

/** A module to compare, and what it needs to be told. */
export interface Candidate {
  name: string;
  bytes: Uint8Array;
  params?: Readonly<Record<string, string>>;
  /** Records it is made for, beside those that every module gets. */
  records?: readonly PlainRecord[];
  /** How many batches of random records; default 30. */
  batches?: number;
}

export interface FuelRow {
  module: string;
  inputs: number;
  "calls compared": number;
  traps: number;
  fuel: bigint;
  differences: number;
}

/** Compares every call of every module; a row for each, and what differs. */
export async function compareFuel(
  candidates: readonly Candidate[],
): Promise<{ rows: FuelRow[]; differences: unknown[] }> {
  const modules = await Promise.all(candidates.map(({ bytes, name }) => loadSmartModule(bytes, { name })));
  const calls = modules.map((module, index) => inputs(module, index + 1, candidates[index]!));
  const theirs = askWasmtime(
    modules.map(({ bytes: wasm }, index) => ({
      wasm,
      version: VERSION,
      limit: MAX_FUEL,
      fixedRandom: true,
      calls: calls[index]!,
    })),
  );
  const rows: FuelRow[] = [];
  const differences: unknown[] = [];
  for (const [index, module] of modules.entries()) {
    const real = (theirs[index] as { calls: (OracleCall | null)[] }).calls;
    const found = compare(await runMetered(module, calls[index]!), real);
    const made = real.filter((call) => call !== null);
    rows.push({
      module: candidates[index]!.name,
      inputs: calls[index]!.length,
      "calls compared": made.length,
      traps: made.filter(({ trap }) => trap !== null).length,
      fuel: made.reduce((sum, { fuel }) => sum + fuel, 0n),
      differences: found.length,
    });
    differences.push(...found.map((difference) => ({ module: candidates[index]!.name, ...difference })));
  }
  return { rows, differences };
}

/** The sum of a table's rows. */
export function total(rows: readonly FuelRow[]): Omit<FuelRow, "module"> & { modules: number } {
  const sum = (key: "inputs" | "calls compared" | "traps" | "differences"): number =>
    rows.reduce((all, row) => all + row[key], 0);
  return {
    modules: rows.length,
    inputs: sum("inputs"),
    "calls compared": sum("calls compared"),
    traps: sum("traps"),
    fuel: rows.reduce((all, { fuel }) => all + fuel, 0n),
    differences: sum("differences"),
  };
}
