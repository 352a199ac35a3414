/** Chains as their users see them: build order, state, look-back, options, errors. */
import { describe, expect, it } from "vitest";
import { buildChain, EngineError, isEngineError, loadSmartModule, ModuleCache } from "../src/index.ts";
import { assemble, fixture, guest, handsOver, R2, records, toHex, utf8, values } from "./support.ts";

const at = (input: Uint8Array) => ({ baseOffset: 0n, baseTimestamp: 0n, records: input });
const COUNTER = guest({
  extra: `(global $calls (mut i32) (i32.const 0)) (data (i32.const 64) "\\00\\00\\00\\01\\0e\\00\\00\\00\\00\\02?\\00\\00")`,
  body: `(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store8 (i32.const 74) (i32.add (i32.const 48) (global.get $calls)))
    (call $copy_records (i32.const 64) (i32.const 13)) (i32.const 0)`,
});

describe("loading", () => {
  it("says what a module offers", async () => {
    const module = await loadSmartModule(fixture("rust/filter_lookback.wasm"), { name: "bigger" });
    expect(module).toMatchObject({ kind: "filter", hasInit: false, hasLookBack: true, name: "bigger" });
    expect(module.imports.map(({ module: from, name }) => `${from}.${name}`)).toContain("env.copy_records");
    expect(module.exports).toContainEqual({ name: "filter", kind: "func", type: "(i32, i32, i32) -> (i32)" });
  });

  it("takes WebAssembly text", async () => {
    const chain = await buildChain([{ module: await loadSmartModule(utf8(COUNTER)) }]);
    expect(chain.process(at(R2)).count).toBe(1);
  });

  it("does not depend on the caller's bytes afterwards", async () => {
    const bytes = (await assemble(COUNTER)).slice();
    const module = await loadSmartModule(bytes);
    bytes.fill(0);
    const chain = await buildChain([{ module }], { memoryLimit: 400_000 });
    expect(chain.process(at(R2)).count).toBe(1);
  });

  it.each([
    ["no transform", "(module)", "SMDK_ENGINE_INSTANTIATE"],
    ["no module", "hello", "SMDK_ENGINE_PARSE"],
    [
      "too much memory",
      guest({ memory: `(memory (export "memory") 20000)`, body: "(i32.const 0)" }),
      "SMDK_ENGINE_MEMORY",
    ],
    ["another kind", guest({ kind: "fluff", body: "(i32.const 0)" }), "SMDK_ENGINE_NO_TRANSFORM"],
  ])("refuses %s", async (_, text, code) => {
    const error = await loadSmartModule(utf8(text)).catch((reason: unknown) => reason);
    expect(isEngineError(error)).toBe(true);
    expect(error).toMatchObject({ code });
  });

  it("survives any change to a module's bytes", async () => {
    const original = fixture("rust/nowasi/filter_bytes_a.wasm");
    let seed = 1;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return seed % below;
    };
    for (let i = 0; i < 150; i++) {
      const bytes = original.slice(0, i % 3 === 0 ? random(original.length) : original.length);
      for (let change = 0; change < 3 && bytes.length > 0; change++) {
        // Mostly where the declarations are.
        bytes[random(change === 0 ? Math.min(2000, bytes.length) : bytes.length)] = random(256);
      }
      try {
        await loadSmartModule(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(EngineError);
      }
    }
  });
});

describe("the module cache", () => {
  it("gives the same module for the same bytes and stays within its bounds", async () => {
    const cache = new ModuleCache({ maxModules: 2 });
    const [a, b, c] = await Promise.all(
      ["filter", "map", "array_map"].map((kind) => assemble(handsOver("00", kind))),
    );
    const first = await cache.load(a!);
    expect(await cache.load(a!.slice())).toBe(first);
    await cache.load(b!);
    await cache.load(a!);
    await cache.load(c!);
    expect(cache.size).toBe(2);
    expect(await cache.load(a!)).toBe(first);
  });

  it("does not keep failures", async () => {
    const cache = new ModuleCache();
    await expect(cache.load(utf8("nonsense"))).rejects.toThrow();
    expect(cache.size).toBe(0);
  });
});

describe("state", () => {
  it("lives from call to call in one chain and starts afresh in another", async () => {
    const module = await loadSmartModule(utf8(COUNTER));
    const [first, second] = [await buildChain([{ module }]), await buildChain([{ module }])];
    expect([first, first, second].map((chain) => values(chain.process(at(R2)))[0])).toEqual(["1", "2", "1"]);
  });

  it("is not shared by the same module twice in a chain", async () => {
    const module = await loadSmartModule(utf8(COUNTER));
    const chain = await buildChain([{ module }, { module }]);
    expect(values(chain.process(at(R2)))).toEqual(["1"]);
    expect(values(chain.process(at(R2)))).toEqual(["2"]);
  });

  it("of a result is the caller's: a later call does not change it", async () => {
    const chain = await buildChain([{ module: utf8(COUNTER) }]);
    const first = chain.process(at(R2));
    const before = toHex(first.records);
    chain.process(at(R2));
    expect(toHex(first.records)).toBe(before);
  });

  it("leaves the input alone", async () => {
    const input = records("a", "b");
    const before = toHex(input);
    const chain = await buildChain([{ module: fixture("rust/map_upper.wasm") }]);
    chain.process(at(input));
    expect(toHex(input)).toBe(before);
  });
});

describe("look_back", () => {
  const wants = guest({
    extra: `(func (export "look_back") (param i32 i32 i32) (result i32) (i32.const 0))`,
    body: "(i32.const 0)",
  });

  it("asks in chain order, only for modules that want it", async () => {
    const asked: bigint[] = [];
    const chain = await buildChain([
      { module: utf8(wants), lookback: { last: 1n, age: null } },
      { module: utf8(wants) },
      { module: fixture("rust/map_upper.wasm"), lookback: { last: 2n, age: null } },
      { module: utf8(wants), lookback: { last: 3n, age: { seconds: 60n, nanos: 0 } } },
    ]);
    await chain.lookBack(({ last }) => {
      asked.push(last);
      return records();
    });
    expect(asked).toEqual([1n, 3n]);
  });

  it("lets failures of the reader through unchanged", async () => {
    const chain = await buildChain([{ module: utf8(wants), lookback: { last: 1n, age: null } }]);
    const failure = new Error("disk gone");
    await expect(
      chain.lookBack(() => {
        throw failure;
      }),
    ).rejects.toBe(failure);
  });

  it("tells init about the lookback, unless asked not to", async () => {
    const module = utf8(
      guest({
        extra: `(data (i32.const 64) "\\00\\01x") (func (export "init") (param i32 i32 i32) (result i32)
          (call $copy_records (i32.const 64) (i32.const 3))
          (select (i32.const -2) (i32.const 0) (i32.load8_u offset=2 (local.get 0))))`,
        body: "(i32.const 0)",
      }),
    );
    const lookback = { last: 5n, age: null };
    await expect(buildChain([{ module, lookback }])).rejects.toThrow("SmartModule Init Error");
    await expect(buildChain([{ module, lookback, lookbackInParams: false }])).resolves.toBeDefined();
  });
});

describe("what a server answers with", () => {
  it("when the memory limit stops a build", async () => {
    const module = await assemble(guest({ body: "(i32.const 0)" }));
    await expect(buildChain([{ module }], { memoryLimit: 65_536 })).rejects.toMatchObject({
      wire: { kind: "SmartModuleMemoryLimitExceeded", requested: 131_072n, max: 65_536n },
    });
    const grows = guest({
      extra: `(func (export "init") (param i32 i32 i32) (result i32) (memory.grow (i32.const 9)))`,
      body: "(i32.const 0)",
    });
    await expect(buildChain([{ module: utf8(grows) }], { memoryLimit: 200_000 })).rejects.toMatchObject({
      wire: { kind: "SmartModuleMemoryLimitExceeded", requested: 720_896n, max: 200_000n },
    });
  });

  it("when a transform fails", async () => {
    const chain = await buildChain([{ module: utf8(guest({ body: "(i32.const -11)" })) }]);
    expect(() => chain.process(at(R2))).toThrow(
      expect.objectContaining({
        phase: "process",
        wire: { kind: "Other", value: "failed to decode SmartModule base input" },
      }),
    );
  });

  it("when alloc returns a pointer that cannot hold the input", async () => {
    for (const pointer of [-1, 131_072, 0x7fff_ffff, -2_147_483_648]) {
      const text = guest({ body: "(i32.const 0)" }).replace("(i32.const 1024)", `(i32.const ${pointer})`);
      const chain = await buildChain([{ module: utf8(text) }]);
      expect(() => chain.process(at(R2))).toThrow(expect.objectContaining({ code: "SMDK_ENGINE_ABI" }));
    }
  });
});

describe("metrics", () => {
  it("count per module and start again after each export", async () => {
    const chain = await buildChain([{ module: fixture("rust/map_upper.wasm"), name: "upper" }]);
    for (const value of ["apple", "banana", "fruit"]) chain.process(at(records(value)));
    const metrics = chain.metrics().get("upper")!;
    expect(metrics).toMatchObject({
      bytesIn: 3 * 4 + 3 * 7 + 16,
      recordsOut: 3,
      recordsErr: 0,
      invocationCount: 3,
      smartmoduleNames: ["upper"],
    });
    // Simple transforms are counted twice, as upstream does.
    expect(metrics.cpuMs).toBeGreaterThanOrEqual(6);
    expect(chain.metrics().get("upper")).toMatchObject({ bytesIn: 0, invocationCount: 0, cpuMs: 1 });
  });
});
