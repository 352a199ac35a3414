/**
 * Fuel counts beside the real wasmtime's: every call of every module over varied inputs, calls that trap and limits
 * that are hit included. Prints what was compared. SMDK_FUEL_MODULES names a folder with more modules.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeInput } from "../src/abi/input.ts";
import { buildChain, type EngineError, loadSmartModule, type SmartModule } from "../src/index.ts";
import {
  type Call,
  type Candidate,
  compare,
  compareFuel,
  input,
  type Outcome,
  runMetered,
  total,
  VERSION,
} from "./oracle/compare.ts";
import { askWasmtime, missingOracle, type OracleCall } from "./oracle/wasmtime.ts";
import { assemble, fixture, fromHex, guest, records, utf8 } from "./support.ts";

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

/** Modules of a folder that somebody names, to be compared too. */
const folder = process.env.SMDK_FUEL_MODULES ?? "";
const given: Candidate[] =
  folder === ""
    ? []
    : readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => /\.wa(sm|t)$/.test(name))
        .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }));

describe.skipIf(missingOracle !== null)(
  `fuel equals wasmtime's${missingOracle ? ` (skipped: ${missingOracle})` : ""}`,
  () => {
    it("in all fixture modules", { timeout: 300_000 }, async () => {
      const names = [...RUST, ...ASSEMBLYSCRIPT, ...JAVASCRIPT];
      const { rows, differences } = await compareFuel(names.map((name) => ({ name, bytes: fixture(name) })));
      console.table(rows);
      console.table([total(rows)]);
      expect(differences).toEqual([]);
    });

    it.skipIf(given.length === 0)("in the modules given", { timeout: 600_000 }, async () => {
      const { rows, differences } = await compareFuel(given);
      console.table(rows);
      console.table([total(rows)]);
      expect(differences).toEqual([]);
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

    it("at offsets of every size, and with as many locals as a function can have", async () => {
      const modules = await Promise.all(
        oddModules().map(async (wat) => loadSmartModule(await assemble(wat))),
      );
      const call = { name: "filter", input: input(records("a")) };
      const theirs = askWasmtime(
        modules.map(({ bytes: wasm }) => ({ wasm, version: VERSION, limit: 1000n, calls: [call] })),
      );
      const differences: unknown[] = [];
      for (const [index, module] of modules.entries()) {
        const real = (theirs[index] as { calls: OracleCall[] }).calls;
        for (const difference of compare(await runMetered(module, [call], { limit: 1000n }), real))
          differences.push({ module: oddModules()[index], ...difference });
      }
      expect(differences).toEqual([]);
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

/** Accesses that some memories can never serve, and a function that has no room for another local. */
function oddModules(): string[] {
  const memories = ["1 1", "i64 1 1", "i64 1", "i64 1 281474976710656"];
  const offsets = [0, 65_532, 65_536, 2 ** 32 - 4, 2 ** 32, 2 ** 40];
  const accesses = [
    ["i32.load", ""],
    ["i64.load32_u", ""],
    ["v128.load8_lane", "0 (v128.const i64x2 0 0)"],
    ["i32.atomic.rmw.add", "(i32.const 1)"],
    ["memory.atomic.notify", "(i32.const 1)"],
  ];
  const list = memories.flatMap((memory) =>
    offsets
      .filter((offset) => memory.startsWith("i64") || offset < 2 ** 32)
      .flatMap((offset) =>
        accesses.map(([name, rest = ""]) => {
          const lane = rest.startsWith("0 ") ? "0" : "";
          const address = memory.startsWith("i64") ? "(i64.const 4)" : "(i32.const 4)";
          const operands = `${address} ${lane === "" ? rest : rest.slice(2)}`;
          return guest({
            memory: `(memory (export "memory") ${memory})`,
            body: `i32.const 1 drop ${operands} ${name} offset=${offset} ${lane} drop i32.const 2 drop i32.const 0`,
          });
        }),
      ),
  );
  // Three parameters count, too.
  const full = `(local ${"i32 ".repeat(49_997)})`;
  const counting = `(loop $next (call $side) (br_if $next (i32.lt_u (local.tee 9 (i32.add (local.get 9) (i32.const 1))) (i32.const 5))))`;
  list.push(guest({ extra: "(func $side nop)", body: `${full} ${counting} i32.const 0` }));
  return list;
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

  it("counts up to where the stack ends, and the chain goes on", async () => {
    const recursing = guest({
      extra: "(global $deep (mut i32) (i32.const 1))",
      body: `(if (global.get $deep) (then
          (return (call $transform (local.get 0) (local.get 1) (local.get 2)))))
        (call $copy_records (i32.const 16) (i32.const 5)) (i32.const 0)`,
    });
    const chain = await buildChain([{ module: utf8(recursing) }], { fuel: true });
    const failure = { code: "SMDK_ENGINE_TRAP", rootCause: "wasm trap: call stack exhausted" };
    for (let i = 0; i < 2; i++) {
      expect(() => chain.process(at)).toThrow(expect.objectContaining(failure));
      // Eight for each call, and there is room for thousands.
      expect(chain.lastFuel()[0]).toBeGreaterThan(8n * 1000n);
    }
  });

  it("counts up to a growth that is refused", async () => {
    const growing = guest({ body: "i32.const 1 drop (drop (memory.grow (i32.const 1000))) i32.const 0" });
    const chain = await buildChain([{ module: utf8(growing) }], { fuel: true, memoryLimit: 1_000_000 });
    for (let i = 0; i < 2; i++) {
      expect(() => chain.process(at)).toThrow(
        expect.objectContaining({ rootCause: "Requested memory 65667072b exceeded max allowed 1000000b" }),
      );
      expect(chain.lastFuel()[0]).toBeLessThan(10n);
    }
  });

  it("is none in a module that has no code of its own", async () => {
    // It offers functions of the host as its own.
    const borrowed = await assemble(
      `(module (import "env" "copy_records" (func (param i32 i32)))
        (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (export "alloc" (func $close)) (export "filter" (func $accept)))`,
    );
    const chain = await buildChain([{ module: borrowed }], { fuel: true });
    expect(() => chain.process(at)).toThrow(/sock_accept/);
    expect(chain.lastFuel()).toEqual([0n]);
    const nothing = await assemble(`(module (import "env" "copy_records" (func (param i32 i32))))`);
    await expect(buildChain([{ module: nothing }], { fuel: true })).rejects.toThrow(
      "No valid smartmodule found",
    );
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
