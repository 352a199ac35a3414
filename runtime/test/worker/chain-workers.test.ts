/** Chains in threads: what a guest does there ends its own chain, and what all of them take is bounded. */
import { afterAll, describe, expect, it } from "vitest";
import { buildChain, loadSmartModule } from "../../src/index.ts";
import { ChainWorkers, inlineChain } from "../../src/worker/index.ts";
import { assemble, guest, handsOver, R2, records, toHex } from "../support.ts";

const PAGE = 65_536;
const at = () => ({ baseOffset: 0n, baseTimestamp: 0n, records: R2.slice() });
const EMPTY = "0000000000";

const workers = new ChainWorkers({ totalMemory: 100 * PAGE });
afterAll(() => workers.close());

/** Grows by 40 pages with every call. */
const growing = guest({
  memory: `(memory (export "memory") 2)`,
  extra: `(data (i32.const 64) "\\00\\00\\00\\00\\00")`,
  body: `(drop (memory.grow (i32.const 40))) (call $copy_records (i32.const 64) (i32.const 5)) (i32.const 0)`,
});

/** Hands back the records it got, and "no error" behind them. */
const ECHO = `(local $size i32)
  (local.set $size (i32.load8_u offset=11 (local.get $pointer)))
  (local.set $size (i32.or (local.get $size) (i32.shl (i32.load8_u offset=10 (local.get $pointer)) (i32.const 8))))
  (local.set $size (i32.or (local.get $size) (i32.shl (i32.load8_u offset=9 (local.get $pointer)) (i32.const 16))))
  (i32.store8 offset=12 (i32.add (local.get $pointer) (local.get $size)) (i32.const 0))
  (call $copy_records (i32.add (local.get $pointer) (i32.const 12)) (i32.add (local.get $size) (i32.const 1)))
  (i32.const 0)`;
const MEMORY = '(memory (export "memory") 20)';

describe("the memory of all guests", () => {
  it("is bounded together, and free again when a chain is gone", async () => {
    const module = await loadSmartModule(await assemble(growing));
    const [one, two] = [await workers.build([{ module }]), await workers.build([{ module }])];
    await one.process(at());
    await two.process(at());
    const failure = { code: "SMDK_ENGINE_TRAP", rootCause: "the memory for SmartModules is used up" };
    await expect(two.process(at())).rejects.toMatchObject(failure);
    // The other one is as it was, and so is this one when there is room again.
    await expect(one.process(at())).rejects.toMatchObject(failure);
    one.close();
    const three = async (): Promise<unknown> => two.process(at()).catch(() => null);
    for (let tries = 0; (await three()) === null; tries++) {
      expect(tries).toBeLessThan(200);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    two.close();
  });

  it("is asked for before a guest starts", async () => {
    const module = await loadSmartModule(
      await assemble(guest({ memory: `(memory (export "memory") 200)`, body: "i32.const 0" })),
    );
    await expect(workers.build([{ module }])).rejects.toMatchObject({
      code: "SMDK_ENGINE_MEMORY",
      message: "the memory for SmartModules is used up",
      wire: { kind: "SmartModuleChainInitError" },
    });
  });
});

describe("a module", () => {
  it("is loaded in a thread, with what a chain in this thread needs as well", async () => {
    const module = await workers.load(await assemble(handsOver(`${toHex(R2)}00`)), { name: "all" });
    expect([module.name, module.kind]).toEqual(["all", "filter"]);
    const chain = await workers.build([{ module }]);
    expect(toHex((await chain.process(at())).records)).toBe(toHex(R2));
    chain.close();
  });

  it("waits where many are loaded at once", async () => {
    const text = (i: number) => new TextEncoder().encode(guest({ body: `(i32.const ${i})` }));
    const names = Array.from({ length: 24 }, (_, i) => `m${i}`);
    const loaded = await Promise.all(names.map((name, i) => workers.load(text(i), { name })));
    expect(loaded.map(({ name }) => name)).toEqual(names);
  });

  it("that is none fails with the same error", async () => {
    await expect(workers.load(new Uint8Array([1, 2, 3]))).rejects.toMatchObject({
      code: "SMDK_ENGINE_PARSE",
      phase: "build",
    });
  });

  it("cannot reach prototypes through the names of its imports", async () => {
    const wat = handsOver(EMPTY).replace('"env"', '"__proto__"');
    const chain = await workers.build([{ module: await assemble(wat) }]);
    expect((await chain.process(at())).count).toBe(0);
    expect("copy_records" in {}).toBe(false);
    chain.close();
  });
});

describe("chains that share a thread", () => {
  it("are told that it was another one that did not end", async () => {
    const few = new ChainWorkers({ deadlineMs: 300, maxWorkers: 1 });
    const spinning = await few.build([
      { module: await assemble(guest({ body: "(loop $x (br $x)) i32.const 0" })) },
    ]);
    const honest = await few.build([{ module: await assemble(handsOver(EMPTY)) }]);
    expect((await honest.process(at())).count).toBe(0);
    expect(few.size).toBe(1);
    const [guilty, waiting] = await Promise.allSettled([spinning.process(at()), honest.process(at())]);
    const stopped = (text: string) => ({
      status: "rejected",
      reason: { code: "SMDK_ENGINE_STOPPED", message: `SmartModule was stopped: ${text}` },
    });
    const reason = "it did not end within 300 ms";
    expect(guilty).toMatchObject(stopped(reason));
    expect(waiting).toMatchObject(stopped(`another one in its thread was the reason: ${reason}`));
    await expect(honest.process(at())).rejects.toThrow(/another one in its thread/);
    await expect(spinning.process(at())).rejects.toThrow(/^SmartModule was stopped: it did not end/);
    // The next chain has a thread of its own again.
    const next = await few.build([{ module: await assemble(handsOver(EMPTY)) }]);
    expect((await next.process(at())).count).toBe(0);
    few.close();
  });
});

it("records that were given away count as none", async () => {
  const chain = await workers.build([{ module: await assemble(handsOver(EMPTY)) }]);
  const input = at();
  await chain.process(input);
  expect((await chain.process(input)).count).toBe(0);
  chain.close();
});

describe("several batches at once", () => {
  const ONE = records("1");
  const of = (list: readonly Uint8Array[]) =>
    list.map((item) => ({ baseOffset: 0n, baseTimestamp: 0n, records: item.slice() }));

  it("come back as they would one by one, each its own", async () => {
    const chain = await workers.build([{ module: await assemble(guest({ body: ECHO, memory: MEMORY })) }]);
    const batches = Array.from({ length: 20 }, (_, i) =>
      records(...Array.from({ length: i * 3 }, (_, n) => `${i} ${n} `.repeat(n + 1))),
    );
    for (const size of [1, 2, 7, 20]) {
      const got: string[] = [];
      const calls = [];
      for (let i = 0; i < batches.length; i += size)
        calls.push(chain.processAll(of(batches.slice(i, i + size))));
      for (const { outputs, failure } of await Promise.all(calls)) {
        expect(failure).toBeNull();
        got.push(...outputs.map((output) => toHex(output.records)));
      }
      expect(got).toEqual(batches.map(toHex));
    }
    expect(await chain.processAll([])).toMatchObject({ outputs: [], failure: null });
    chain.close();
  });

  it("are longer or shorter than what came in", async () => {
    for (const text of ["x".repeat(500), ""]) {
      const output = records(text);
      const chain = await workers.build([{ module: await assemble(handsOver(`${toHex(output)}00`)) }]);
      const batches = Array.from({ length: 9 }, (_, i) => records("y".repeat(i * 100)));
      const { outputs } = await chain.processAll(of(batches));
      expect(outputs.map((item) => toHex(item.records))).toEqual(batches.map(() => toHex(output)));
      chain.close();
    }
  });

  it("end at the first that fails, and so do those asked for behind it, until the chain goes on", async () => {
    // Counts its calls, and traps at the third.
    const count = `(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (if (i32.eq (global.get $calls) (i32.const 3)) (then unreachable))`;
    const body = ECHO.replace("(local $size i32)", `(local $size i32) ${count}`);
    const extra = "(global $calls (mut i32) (i32.const 0))";
    const module = await assemble(guest({ body, memory: MEMORY, extra }));
    const chains = [await workers.build([{ module }], {}), inlineChain(await buildChain([{ module }]))];
    for (const chain of chains) {
      const [first, second] = await Promise.all([
        chain.processAll(of(Array.from({ length: 5 }, () => ONE))),
        chain.processAll(of([ONE])),
      ]);
      expect(first.outputs).toHaveLength(2);
      expect(first.failure).toMatchObject({ code: "SMDK_ENGINE_TRAP", phase: "process" });
      expect(second).toMatchObject({ outputs: [], failure: null });
      chain.resume();
      expect((await chain.processAll(of([ONE, ONE]))).outputs).toHaveLength(2);
      expect((await chain.process(of([ONE])[0]!)).count).toBe(1);
      chain.close();
    }
  });

  it("of a thread that was stopped fail", async () => {
    const own = new ChainWorkers();
    const chain = await own.build([{ module: await assemble(guest({ body: ECHO, memory: MEMORY })) }]);
    own.close();
    const { outputs, failure } = await chain.processAll(of([ONE]));
    expect([outputs, failure?.code]).toEqual([[], "SMDK_ENGINE_STOPPED"]);
    await expect(chain.process(of([ONE])[0]!)).rejects.toMatchObject({ code: "SMDK_ENGINE_STOPPED" });
  });
});
