/**
 * Fuel counts beside the real wasmtime's: every call of every module over varied inputs, calls that trap and limits
 * that are hit included. Prints one line per module.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeInit, encodeInput } from "../src/abi/input.ts";
import { buildChain, type EngineError, loadSmartModule, type SmartModule } from "../src/index.ts";
import { MAX_FUEL, SmartModuleInstance } from "../src/instance.ts";
import { WasiContext } from "../src/wasi.ts";
import { askWasmtime, missingOracle, type OracleCall } from "./oracle/wasmtime.ts";
import { assemble, fixture, fromHex, guest, type PlainRecord, records, utf8 } from "./support.ts";

const VERSION = 22;

interface Call {
  name: string;
  input: Uint8Array;
  optional?: boolean;
}

interface Outcome {
  fuel: bigint;
  trap: boolean;
  /** The host found fault, outside of the guest's code. */
  host?: boolean;
}

/** The same calls as the oracle makes. */
async function runMetered(
  module: SmartModule,
  calls: readonly Call[],
  options: { limit?: bigint; memoryLimit?: number; version?: number } = {},
): Promise<(Outcome | null)[]> {
  const compiled = await module.compile(options.memoryLimit ?? 1_000_000_000, "fuel");
  const instance = new SmartModuleInstance(
    module,
    compiled,
    options.version ?? VERSION,
    new WasiContext(),
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

const input = (list: Uint8Array, baseOffset = 7n): Uint8Array =>
  encodeInput({ baseOffset, baseTimestamp: 1000n, records: list }, VERSION);

/** Inputs that reach many paths: text, numbers, JSON, lines, nothing, bytes that are no UTF-8. */
function inputs(module: SmartModule, seed: number): Call[] {
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
  const batches = fc.sample(fc.array(record, { maxLength: 12 }), { numRuns: 30, seed });
  batches.push(
    [],
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
      input: encodeInit(
        new Map([
          ["key", "a"],
          ["needle", "line"],
        ]),
        null,
        VERSION,
      ),
      optional: true,
    },
    { name: "look_back", input: input(records("1", "22", "nein")), optional: true },
    ...batches.map(transform),
    // Bytes that are no records at all.
    { name: kind, input: fromHex("00000000000000000000ffff") },
    transform([{ value: "after" }]),
  ];
}

const RUST = [
  ...["aggregate_sum", "array_map_lines", "filter_bytes_a", "filter_contains_a", "filter_init_param"],
  ...["filter_log_stderr", "filter_lookback", "filter_map_json", "map_int_or_error", "map_upper"],
  ...["nowasi/aggregate_sum", "nowasi/filter_bytes_a", "nowasi/map_upper"],
].map((name) => `rust/${name}.wasm`);
const ASSEMBLYSCRIPT = [
  ...["aggregate", "array_map_out", "array_map_string", "dedup", "filter", "filter_string", "json_as"],
  ...["json_view", "map", "map_string"],
].map((name) => `assemblyscript/${name}_region.wasm`);
const JAVASCRIPT = ["javascript/f-field.wasm.gz", "javascript/m-json.wasm.gz"];

describe.skipIf(missingOracle !== null)(
  `fuel equals wasmtime's${missingOracle ? ` (skipped: ${missingOracle})` : ""}`,
  () => {
    it("in all fixture modules", { timeout: 300_000 }, async () => {
      const names = [...RUST, ...ASSEMBLYSCRIPT, ...JAVASCRIPT];
      const modules = await Promise.all(names.map((name) => loadSmartModule(fixture(name), { name })));
      const calls = modules.map((module, index) => inputs(module, index + 1));
      const theirs = askWasmtime(
        modules.map((module, index) => ({
          wasm: module.bytes,
          version: VERSION,
          limit: MAX_FUEL,
          calls: calls[index]!,
        })),
      );
      const rows = [];
      for (const [index, module] of modules.entries()) {
        const ours = await runMetered(module, calls[index]!);
        const real = (theirs[index] as { calls: (OracleCall | null)[] }).calls;
        const differences = compare(ours, real);
        const made = real.filter((call) => call !== null);
        rows.push({
          module: names[index]!,
          calls: made.length,
          traps: made.filter(({ trap }) => trap !== null).length,
          fuel: made.reduce((sum, { fuel }) => sum + fuel, 0n),
          differences: differences.length,
        });
        expect(differences).toEqual([]);
      }
      console.table(rows);
    });

    it("in small and hostile modules, traps included", { timeout: 300_000 }, async () => {
      const cases = await hostileCases();
      const theirs = askWasmtime(cases.map((item) => ({ ...item, wasm: item.module.bytes })));
      let compared = 0;
      const differences: unknown[] = [];
      for (const [index, item] of cases.entries()) {
        const real = theirs[index]!;
        if ("buildError" in real) continue;
        let ours: (Outcome | null)[];
        try {
          ours = await runMetered(item.module, item.calls, item);
        } catch {
          // Refused here while it is built; upstream's linker, which the oracle does not have, refuses it too.
          continue;
        }
        // Where the stack ends depends on the size of frames, and the oracle cannot set upstream's growth policy.
        const comparable = real.calls.every(
          (call) => !/call stack exhausted|failed to grow/.test(call?.trap ?? ""),
        );
        if (!comparable) continue;
        compared += ours.length;
        for (const difference of compare(ours, real.calls))
          differences.push({ name: item.name, ...difference });
      }
      console.table([{ modules: cases.length, "calls compared": compared, differences: differences.length }]);
      expect(differences).toEqual([]);
      expect(compared).toBeGreaterThan(500);
    });

    it("in random control flow, dead code included", { timeout: 120_000 }, async () => {
      const programs = fc.sample(statements, { numRuns: 400, seed: 4 });
      const cases: HostileCase[] = [];
      for (const [index, body] of programs.entries()) {
        const wat = guest({
          extra: `(global $g (mut i32) (i32.const ${index}))
          (func $side (param i32) (result i32) ${body.replaceAll("call $side", "i32.eqz")} local.get 0)
          (func $random (result i32) (global.set $g (i32.add (i32.mul (global.get $g) (i32.const 1103515245)) (i32.const 12345)))
            (i32.shr_u (global.get $g) (i32.const 16)))`,
          memory: `(memory (export "memory") 1 1)`,
          body: `${body} i32.const 0`,
        });
        const module = await loadSmartModule(await assemble(wat));
        const call = { name: "filter", input: input(records("a")) };
        cases.push({ name: body, module, version: VERSION, limit: 3000n, calls: [call, call, call] });
      }
      const theirs = askWasmtime(cases.map((item) => ({ ...item, wasm: item.module.bytes })));
      let traps = 0;
      for (const [index, item] of cases.entries()) {
        const real = (theirs[index] as { calls: OracleCall[] }).calls;
        const ours = await runMetered(item.module, item.calls, item);
        expect({ body: item.name, differences: compare(ours, real) }).toEqual({
          body: item.name,
          differences: [],
        });
        traps += real.filter(({ trap }) => trap !== null).length;
      }
      console.table([{ modules: cases.length, "calls compared": cases.length * 3, traps, differences: 0 }]);
    });

    it("when a limit is hit, at every limit", { timeout: 60_000 }, async () => {
      const module = await loadSmartModule(await assemble(LIMITED));
      const call = { name: "filter", input: input(records("a", "b")) };
      const limits = Array.from({ length: 160 }, (_, i) => BigInt(i));
      const theirs = askWasmtime(
        limits.map((limit) => ({ wasm: module.bytes, version: VERSION, limit, calls: [call] })),
      );
      const trapped = new Set<boolean>();
      for (const [index, limit] of limits.entries()) {
        const [ours] = await runMetered(module, [call], { limit });
        const [real] = (theirs[index] as { calls: OracleCall[] }).calls;
        expect([limit, ours]).toEqual([limit, { fuel: real!.fuel, trap: real!.trap !== null }]);
        trapped.add(ours!.trap);
      }
      expect(trapped.size).toBe(2);
    });
  },
);

/** Statements that leave the stack as it was; labels count outwards, so that every branch is valid. */
const statements = fc
  .letrec<{ block: string }>((tie) => ({
    block: fc
      .array(
        fc.oneof(
          { depthSize: "small", withCrossShrink: true },
          fc.constantFrom("nop", "i32.const 1 drop", "call $random drop", "i64.const 5 i64.eqz drop"),
          fc.constantFrom(
            "br <n>",
            "call $random i32.const 3 i32.rem_u br_if <n>",
            "i32.const 0 return",
            "unreachable",
          ),
          fc.constantFrom(
            "call $random br_table <n> <n> <n>",
            "i32.const 1 call $side drop",
            "call $random i32.load offset=65534 drop",
            "call $random i32.load8_u offset=40000 drop",
            "i32.const 5 call $random i32.const 4 i32.rem_u i32.div_u drop",
          ),
          tie("block").map((body) => `block ${body} end`),
          tie("block").map((body) => `loop ${body} end`),
          fc
            .tuple(tie("block"), tie("block"))
            .map(([yes, no]) => `call $random i32.const 2 i32.rem_u if ${yes} else ${no} end`),
          tie("block").map((body) => `call $random i32.const 3 i32.rem_u if ${body} end`),
        ),
        { maxLength: 7 },
      )
      .map((list) => list.join(" ")),
  }))
  .block.map(withLabels);

/** Puts a label of an enclosing block for each `<n>`; branches out of the function need a result, so they go elsewhere. */
function withLabels(body: string): string {
  let depth = 0;
  let turn = 0;
  const words = body.split(" ").map((word) => {
    if (word === "block" || word === "loop" || word === "if") depth++;
    if (word === "end") depth--;
    if (word !== "<n>") return word;
    return String(turn++ % (depth + 1));
  });
  return `block ${words.join(" ")} end`;
}

function compare(ours: readonly (Outcome | null)[], real: readonly (OracleCall | null)[]) {
  return ours.flatMap((call, index) => {
    const theirs = real[index];
    if (call === null || call.host === true || !theirs) return [];
    const same = call.fuel === theirs.fuel && call.trap === (theirs.trap !== null);
    return same ? [] : [{ call: index, ours: call, theirs }];
  });
}

interface HostileCase {
  name: string;
  module: SmartModule;
  version: number;
  limit: bigint;
  memoryLimit?: number;
  calls: Call[];
}

async function hostileCases(): Promise<HostileCase[]> {
  const recorded = JSON.parse(Buffer.from(fixture("upstream-cases.json")).toString()) as {
    name: string;
    version: number;
    limit?: number;
    modules: { wat?: string; hex?: string; params?: Record<string, string>; acc?: string }[];
    calls: [number, number, string][];
  }[];
  const cases: HostileCase[] = [];
  for (const { name, version, limit, modules, calls } of recorded) {
    // The package's WASI ignores this one.
    if (name.includes("proc_raise")) continue;
    // wasmtime's own WASI dies of a vector with 2^32 - 1 parts.
    if (/_read\(|_write\(|poll_oneoff\(|sock_/.test(name) && name.includes("-1")) continue;
    const memoryLimit = limit ?? 1_000_000_000;
    for (const { wat, hex, acc } of modules) {
      let module: SmartModule;
      try {
        if (wat === undefined && hex === undefined) continue;
        const bytes = wat === undefined ? fromHex(hex!) : await assemble(wat);
        module = await loadSmartModule(bytes, { memoryLimit });
      } catch {
        continue;
      }
      const kind = module.transformKind();
      const accumulator = kind === "aggregate" ? fromHex(acc ?? "") : null;
      const list = calls.map(([baseOffset, baseTimestamp, hexRecords]) => ({
        name: kind,
        input: encodeInput(
          {
            baseOffset: BigInt(baseOffset),
            baseTimestamp: BigInt(baseTimestamp),
            records: fromHex(hexRecords),
          },
          version,
          accumulator,
        ),
      }));
      cases.push({ name, module, version, limit: 1_000_000n, memoryLimit, calls: list });
    }
  }
  return cases;
}

/** Loops, calls in both ways, branches to every label, early returns and dead code. */
const LIMITED = guest({
  extra: `(table 2 funcref) (elem (i32.const 0) $leaf $pair) (type $t (func (param i32) (result i32)))
    (func $leaf (type $t) (local i64 f32) local.get 0 i32.const 1 i32.add)
    (func $pair (type $t) local.get 0 if (result i32) i32.const 3 return else i32.const 4 br 1 end unreachable)
    (func $many (param i32) (result i32 i32 i64) local.get 0 local.get 0 i64.const 5
      block br 0 i32.const 1 drop nop end
      local.get 0 br_if 0)
    (func $tail (param i32) (result i32) local.get 0 return_call $leaf)`,
  body: `(local $i i32)
    (loop $next
      (local.set $i (i32.add (local.get $i) (call $leaf (i32.const 1))))
      (drop (call_indirect (type $t) (local.get $i) (i32.and (local.get $i) (i32.const 1))))
      (drop (call $tail (i32.const 4)))
      (block $out (block $in (br_table $in $out (local.get $i)))
        (call $many (local.get $i)) drop drop drop)
      (br_if $next (i32.lt_u (local.get $i) (i32.const 6))))
    (call $copy_records (i32.const 0) (i32.const 4))
    (if (i32.eqz (i32.load (i32.const 0))) (then nop) (else unreachable))
    i32.const 0 return i32.const 1 i32.const 2 drop`,
});

describe("a fuel limit", () => {
  const endless = guest({ body: "(loop $x (br $x)) (i32.const 0)" });
  const at = { baseOffset: 0n, baseTimestamp: 0n, records: records("a") };

  it("ends an endless loop with upstream's error", async () => {
    const chain = await buildChain([{ module: utf8(endless), name: "spin" }], { fuel: { limit: 10_000n } });
    const failures = [1, 2].map(() => {
      try {
        return chain.process(at);
      } catch (error) {
        return error as EngineError;
      }
    });
    for (const failure of failures) {
      expect(failure).toMatchObject({
        code: "SMDK_ENGINE_TRAP",
        rootCause: "wasm trap: all fuel consumed by WebAssembly",
      });
    }
    expect(chain.metrics().get("spin")).toMatchObject({ fuelUsed: 20_000n, invocationCount: 2 });
  });

  it("says where the loop is, in the original module", async () => {
    const plain = await assemble(guest({ body: "unreachable" }));
    const metered = await buildChain([{ module: plain }], { fuel: true });
    const bare = await buildChain([{ module: plain }]);
    const message = (chain: typeof bare): string => {
      try {
        chain.process(at);
        return "no error";
      } catch (error) {
        return (error as EngineError).message;
      }
    };
    expect(message(metered)).toBe(message(bare));
  });

  it("is reported twice for simple transforms, as upstream does", async () => {
    const chain = await buildChain(
      [{ module: utf8(guest({ body: "(i32.const 0)", extra: "" })), name: "m" }],
      {
        fuel: true,
      },
    );
    try {
      chain.process(at);
    } catch {
      // It hands over nothing, which is an error after the count.
    }
    const [used] = chain.lastFuel();
    expect(chain.metrics().get("m")?.fuelUsed).toBe(2n * used!);
  });
});
