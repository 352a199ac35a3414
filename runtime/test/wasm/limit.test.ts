/** The memory-bounded form of a module: same behaviour, same offsets in backtraces. */
import { describe, expect, it } from "vitest";
import { buildChain, loadSmartModule } from "../../src/index.ts";
import { scanCode } from "../../src/wasm/code.ts";
import { limitMemory, originalOffset } from "../../src/wasm/limit.ts";
import { parseModule } from "../../src/wasm/parse.ts";
import { assemble, fixture, guest, R2, utf8 } from "../support.ts";

const limit = (bytes: Uint8Array) => {
  const info = parseModule(bytes);
  return limitMemory(bytes, info, scanCode(bytes, info), 10_000_000);
};

describe("rewriting", () => {
  it("leaves modules alone that neither grow nor start", async () => {
    const bytes = await assemble(guest({ body: "(i32.const 0)" }));
    expect(limit(bytes).bytes).toBe(bytes);
  });

  it.each(["rust/filter_map_json.wasm", "assemblyscript/json_as_region.wasm", "javascript/m-json.wasm.gz"])(
    "keeps every section of %s that is not about growing",
    (name) => {
      const before = parseModule(fixture(name));
      const { bytes, growGlobal } = limit(fixture(name));
      const after = parseModule(bytes);
      expect(growGlobal).not.toBeNull();
      expect(after.imports).toEqual(before.imports);
      expect(after.exports.slice(0, before.exports.length)).toEqual(before.exports);
      expect(after.functions.slice(0, before.functions.length)).toEqual(before.functions);
      expect(after.functions.length).toBe(before.functions.length + 1);
      expect(scanCode(bytes, after).growing.length).toBe(1);
    },
  );

  it("maps every position of an untouched body back to the original", () => {
    const original = fixture("rust/map_upper.wasm");
    const { bytes, shifts } = limit(original);
    const before = scanCode(original, parseModule(original));
    const after = scanCode(bytes, parseModule(bytes));
    const growing = new Set(before.growing.map(({ index }) => index));
    for (const [index, body] of before.bodies.entries()) {
      expect(originalOffset(shifts, after.bodies[index]!.start)).toBe(body.start);
      if (growing.has(index)) continue;
      expect(originalOffset(shifts, after.bodies[index]!.end - 1)).toBe(body.end - 1);
    }
  });

  it("handles many functions and types, where indices and counts get longer", async () => {
    for (const count of [120, 126, 127, 128, 129, 300]) {
      const functions = Array.from(
        { length: count },
        (_, i) =>
          `(func $f${i} (param ${"i32 ".repeat(i % 5)}) (result i32) ${"nop ".repeat(i)} (memory.grow (i32.const 0)))`,
      ).join("\n");
      const text = guest({
        extra: `${functions} (data (i32.const 64) "\\00\\00\\00\\00\\00")`,
        body: `(call $copy_records (i32.const 64) (i32.const 5)) (drop (call $f0)) (drop (memory.grow (i32.const 1)))
          (if (i32.ne (memory.size) (i32.const 3)) (then unreachable)) (i32.const 0)`,
      });
      const chain = await buildChain([{ module: utf8(text) }], { memoryLimit: 200_000 });
      const input = { baseOffset: 0n, baseTimestamp: 0n, records: R2 };
      expect(chain.process(input).count).toBe(0);
      expect(() => chain.process(input)).toThrow(
        expect.objectContaining({ rootCause: expect.stringContaining("Requested memory 262144b") }),
      );
    }
  });

  it("does not clash with exports of the same name", async () => {
    const text = guest({
      extra: `(func (export "smdk:refused-growth")) (func (export "smdk:start")) (func $start_fn) (start $start_fn)`,
      body: "(memory.grow (i32.const 1000))",
    });
    const chain = await buildChain([{ module: utf8(text) }], { memoryLimit: 200_000 });
    expect(() => chain.process({ baseOffset: 0n, baseTimestamp: 0n, records: R2 })).toThrow(
      expect.objectContaining({ code: "SMDK_ENGINE_MEMORY" }),
    );
  });
});

it("lets one loaded module run under different limits", async () => {
  const module = await loadSmartModule(
    utf8(guest({ body: "(drop (memory.grow (i32.const 2))) (i32.const -11)" })),
  );
  const input = { baseOffset: 0n, baseTimestamp: 0n, records: R2 };
  const roomy = await buildChain([{ module }], { memoryLimit: 262_144 });
  expect(() => roomy.process(input)).toThrow("failed to decode");
  const tight = await buildChain([{ module }], { memoryLimit: 262_143 });
  expect(() => tight.process(input)).toThrow(expect.objectContaining({ code: "SMDK_ENGINE_MEMORY" }));
});

describe("tables", () => {
  it("stop growing at the engine's bound, and keep a maximum of their own", async () => {
    const text = guest({
      extra: `(table $open 1 externref) (table $closed 1 5 funcref) (data (i32.const 64) "\\00\\00\\00\\00\\00")
        (func $grow (result i32) (table.grow $open (ref.null extern) (i32.const 499998)))`,
      body: `(if (i32.ne (call $grow) (i32.const 1)) (then unreachable))
        (if (i32.ne (call $grow) (i32.const -1)) (then unreachable))
        (if (i32.ne (table.grow $closed (ref.null func) (i32.const 4)) (i32.const 1)) (then unreachable))
        (if (i32.ne (table.grow $closed (ref.null func) (i32.const 1)) (i32.const -1)) (then unreachable))
        (call $copy_records (i32.const 64) (i32.const 5)) (i32.const 0)`,
    });
    const chain = await buildChain([{ module: utf8(text) }]);
    expect(chain.process({ baseOffset: 0n, baseTimestamp: 0n, records: R2 }).count).toBe(0);
  });

  it("are refused when they start above it", async () => {
    const text = guest({ extra: "(table 600000 funcref) (table 600000 funcref)", body: "(i32.const 0)" });
    await expect(loadSmartModule(utf8(text))).rejects.toThrow(
      "Failed to instantiate: tables of 1200000 entries exceed the limit of 1000000",
    );
  });
});
