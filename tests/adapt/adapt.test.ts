/** smdk adapt: programs with standard streams as SmartModules. */
import { readFileSync } from "node:fs";
import { AdaptError, type AdaptOptions, adapt, checkAbi, inspectModule } from "@smdk/compiler";
import { buildChain, type Chain, type EngineError, loadSmartModule } from "@smdk/runtime";
import { toRecordList } from "@smdk/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testPlugin } from "../javascript/javy-plugin.ts";
import { assemble, COUNTER, ECHO, EXIT, GROWS, program, UPPER } from "./programs.ts";

type Batch = readonly { readonly key?: string | null; readonly value: string | Uint8Array }[];

interface Run {
  /** Values and keys of the records that came out. */
  readonly values: string[];
  readonly keys: (string | null)[];
  readonly hint: string | null;
  readonly offset: number | null;
  readonly logged: string;
}

async function chainOf(
  text: string | Uint8Array,
  options: AdaptOptions & { params?: Readonly<Record<string, string>> } = {},
): Promise<{ chain: Chain; run(batch: Batch): Promise<Run> }> {
  const { bytes } = await adapt(typeof text === "string" ? await assemble(text) : text, options);
  expect(checkAbi(inspectModule(bytes))).toEqual([]);
  let logged = "";
  const module = await loadSmartModule(bytes);
  const params = new Map(Object.entries(options.params ?? {}));
  const accumulator = new TextEncoder().encode("5");
  const chain = await buildChain([{ module, params, accumulator }], {
    stderr: (text) => {
      logged += Buffer.from(text).toString();
    },
  });
  return {
    chain,
    async run(batch) {
      const records = toRecordList(batch);
      const out = await chain.process({ baseOffset: 100n, baseTimestamp: 7n, records });
      return {
        ...read(out.records),
        hint: out.error?.hint ?? null,
        offset: out.error && Number(out.error.offset),
        logged,
      };
    },
  };
}

/** Keys and values of records whose numbers are all short. */
function read(bytes: Uint8Array): { values: string[]; keys: (string | null)[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let at = 4;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  };
  const text = (): string => {
    const size = number();
    at += size;
    return Buffer.from(bytes.subarray(at - size, at)).toString();
  };
  const values: string[] = [];
  const keys: (string | null)[] = [];
  for (let left = view.getUint32(0); left > 0; left--) {
    number();
    at++;
    number();
    number();
    keys.push(bytes[at++] === 1 ? text() : null);
    values.push(text());
    number();
  }
  return { values, keys };
}

const one = (value: string): Batch => [{ value }];

describe("a command", () => {
  test("gets the value as its input, and its output is the new value; the key stays", async () => {
    const { run } = await chainOf(UPPER);
    const batch = [{ key: "k", value: "hello" }, { value: "" }, { value: "world" }];
    expect(await run(batch)).toMatchObject({
      values: ["HELLO", "", "WORLD"],
      keys: ["k", null, null],
      hint: null,
    });
    expect(await run([])).toMatchObject({ values: [], hint: null });
  });

  test("is what the ABI allows: no WASI but the host's log", async () => {
    const { bytes, imports, kind, call } = await adapt(await assemble(UPPER));
    expect(imports.toSorted()).toEqual(["env.copy_records", "wasi_snapshot_preview1.fd_write"]);
    expect(inspectModule(bytes).exports.map(({ name }) => name)).toEqual([
      "memory",
      "alloc",
      "dealloc",
      "map",
    ]);
    expect([kind, call]).toEqual(["map", "_start"]);
    const again = await adapt(await assemble(UPPER));
    expect(Buffer.from(again.bytes).equals(Buffer.from(bytes))).toBe(true);
  });

  test("an exit code is an error with standard error as its text, from however deep", async () => {
    const { run } = await chainOf(EXIT);
    expect(await run([{ value: "0a" }, { value: "3no such thing\n" }, { value: "0" }])).toMatchObject({
      values: ["done"],
      hint: "no such thing",
      offset: 101,
    });
    expect(await run(one("2"))).toMatchObject({ values: [], hint: "the program ended with exit code 2" });
    expect(await run(one("A"))).toMatchObject({ values: [], hint: "the program aborted" });
    expect(await run(one("Aout of luck"))).toMatchObject({ hint: "out of luck" });
    expect(await run(one("0note"))).toMatchObject({
      values: ["done"],
      hint: null,
      logged: expect.stringMatching(/note$/),
    });
  });

  test("exit code 0 is no error, wherever it comes from", async () => {
    const early = program(`(func (export "_start")
      (call $write (i32.const 1) (i32.const 1024) (call $read)) (call $proc_exit (i32.const 0)) unreachable)`);
    expect(await (await chainOf(early)).run(one("fine"))).toMatchObject({ values: ["fine"], hint: null });
  });

  test("a fault of the machine ends the batch, and the next one begins anew", async () => {
    const faulty = program(`(func (export "_start") (local $size i32)
      (local.set $size (call $read))
      (drop (i32.div_u (i32.const 1) (i32.sub (i32.load8_u (i32.const 1024)) (i32.const 33))))
      (call $write (i32.const 1) (i32.const 1024) (local.get $size)))`);
    const { run } = await chainOf(faulty);
    await expect(run(one("!"))).rejects.toThrow();
    expect(await run(one("fine"))).toMatchObject({ values: ["fine"], hint: null });
  });

  test("memory that it takes is its own, in one piece and empty, record after record", async () => {
    const { run } = await chainOf(GROWS);
    const batch = Array.from({ length: 4 }, (_, at) => ({ value: `record ${at}` }));
    const values = batch.map(({ value }) => `${value}c`);
    expect(await run(batch)).toMatchObject({ values, hint: null });
    expect(await run(batch)).toMatchObject({ values, hint: null });
  });

  test("a maximum of its own holds", async () => {
    const limited = GROWS.replace('(memory (export "memory") 1)', '(memory (export "memory") 1 100)');
    expect(await (await chainOf(limited)).run(one("x"))).toMatchObject({
      values: [],
      hint: "the program aborted",
    });
  });

  test("large values, larger than its memory was", async () => {
    const { run } = await chainOf(
      program(`(func (export "_start") (local $at i32) (local $size i32)
      (drop (memory.grow (i32.const 64)))
      (local.set $at (i32.const 65536))
      (block $done (loop $more
        (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (i32.const 100000))
        (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (br_if $done (i32.eqz (i32.load (i32.const 8))))
        (call $write (i32.const 1) (local.get $at) (i32.load (i32.const 8)))
        (br $more))))`),
    );
    const value = "0123456789".repeat(200_000);
    const { values } = await run([{ value }, { value: "x" }, { value }]);
    expect(values.map((each) => each.length)).toEqual([2_000_000, 1, 2_000_000]);
    expect(values[2] === value).toBe(true);
  });
});

describe("numbers that nobody writes so", () => {
  /** A zig-zag number in more groups of seven bits than it needs, with what is given in the last one. */
  const wide = (value: number, groups: number, last: number): number[] => {
    const bytes = Array.from({ length: groups }, (_, at) => (((value * 2) >> (7 * at)) & 127) | 128);
    return groups === 0 ? [value * 2] : [...bytes, last];
  };
  const number = fc.record({ groups: fc.constantFrom(0, 0, 1, 2, 8, 9, 10, 11), last: fc.nat(127) });
  const someRecord = fc.record({
    size: fc.constantFrom(0, 1, 3),
    key: fc.option(fc.constantFrom("", "KEY")),
    numbers: fc.array(number, { minLength: 6, maxLength: 6 }),
    length: fc.constantFrom(0, 0, 0, -3, 1),
  });
  type SomeRecord = typeof someRecord extends fc.Arbitrary<infer T> ? T : never;
  const encode = (letter: string, { size, key, numbers, length }: SomeRecord): number[] => {
    const n = (at: number, of: number): number[] => {
      const { groups = 0, last = 0 } = numbers[at] ?? {};
      return wide(of, groups, groups < 8 ? 0 : last);
    };
    const value = letter.repeat(size);
    const keyed = key === null ? [0] : [1, ...n(2, key.length), ...Buffer.from(key)];
    const body = [
      0,
      ...n(0, 5),
      ...n(1, 7),
      ...keyed,
      ...n(3, value.length),
      ...Buffer.from(value),
      ...n(4, 0),
    ];
    return [...wide(Math.max(body.length + length, 0), numbers[5]?.groups ?? 0, 0), ...body];
  };

  test.each([
    ["map", "map_upper", "A"],
    ["filter", "filter_bytes_a", "a"],
  ] as const)("%s: read as in modules of Fluvio's own kit", async (kind, fixture, letter) => {
    const { bytes } = await adapt(await assemble(ECHO), { kind });
    const ours = await loadSmartModule(bytes);
    const theirs = await loadSmartModule(
      readFileSync(new URL(`../fixtures/${fixture}.wasm`, import.meta.url)),
    );
    const outcome = async (module: typeof ours, records: Uint8Array): Promise<string> => {
      const chain = await buildChain([{ module }]);
      try {
        const out = await chain.process({ baseOffset: 100n, baseTimestamp: 7n, records });
        return Buffer.from(out.records).toString("hex");
      } catch (error) {
        // Without the frames of a trap, which lie elsewhere in each module.
        const { message, causes } = error as EngineError;
        return [message.split("\n")[0], ...causes.slice(-1)].join(": ");
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.array(someRecord, { maxLength: 3 }), async (records) => {
        const list = Uint8Array.from([
          0,
          0,
          0,
          records.length,
          ...records.flatMap((each) => encode(letter, each)),
        ]);
        expect(await outcome(ours, list.slice())).toBe(await outcome(theirs, list.slice()));
      }),
      { numRuns: 300 },
    );
  });
});

describe("kinds", () => {
  test("filter keeps the record unless the program says false or nothing", async () => {
    const { run } = await chainOf(ECHO, { kind: "filter" });
    const batch = ["yes", "false", "", " false\n", "0", " \n"].map((value) => ({ key: "k", value }));
    expect(await run(batch)).toMatchObject({ values: ["yes", "0"], keys: ["k", "k"] });
  });

  test("filter_map drops what has no output", async () => {
    const { run } = await chainOf(ECHO, { kind: "filter_map" });
    expect(await run([{ value: "a" }, { value: "" }, { value: "b\n" }])).toMatchObject({
      values: ["a", "b\n"],
    });
  });

  test("array_map makes a record of every line", async () => {
    const { run } = await chainOf(ECHO, { kind: "array_map" });
    expect(await run([{ key: "k", value: "a\nb\n" }, { value: "" }, { value: "\nc" }])).toMatchObject({
      values: ["a", "b", "", "c"],
      keys: [null, null, null, null],
    });
  });

  test("aggregate has the accumulator as a line in front of the value", async () => {
    const { run } = await chainOf(ECHO, { kind: "aggregate" });
    expect(await run([{ value: "a\n" }, { value: "b" }])).toMatchObject({ values: ["5\na", "5\na\nb"] });
    expect(await run([])).toMatchObject({ values: [] });
    expect(await run([{ value: "c" }])).toMatchObject({ values: ["5\na\nb\nc"] });
  });

  test("a newline at the end goes when that is wanted", async () => {
    const { run } = await chainOf(ECHO, { trimNewline: true });
    expect(await run([{ value: "a\n" }, { value: "b\r\n" }, { value: "c\n\n" }])).toMatchObject({
      values: ["a", "b", "c\n"],
    });
  });
});

describe("state", () => {
  test("begins anew with every record", async () => {
    const { run } = await chainOf(COUNTER);
    expect(await run([{ value: "" }, { value: "" }])).toMatchObject({ values: ["11x\0I", "11x\0I"] });
  });

  test("stays when that is wanted", async () => {
    const kept = COUNTER.replace("(data.drop $once)", "");
    const { run } = await chainOf(kept, { keepState: true });
    expect(await run([{ value: "" }, { value: "" }])).toMatchObject({
      values: ["11x\0I", "22x\0\0"].map((v) => v.replace(/\0$/, "I")),
    });
    expect(await run([{ value: "" }])).toMatchObject({ values: ["33x\0I"] });
  });

  test("a start function runs first, with every beginning", async () => {
    const started = program(`(data (i32.const 16) "a") (start $first)
      (func $first (i32.store8 (i32.const 16) (i32.add (i32.load8_u (i32.const 16)) (i32.const 1))))
      (func (export "_start") (call $write (i32.const 1) (i32.const 16) (i32.const 1)))`);
    expect(await (await chainOf(started)).run([{ value: "" }, { value: "" }])).toMatchObject({
      values: ["b", "b"],
    });
  });
});

test("parameters and what is known of the record are its environment", async () => {
  const environment = program(
    `(func (export "_start")
      (drop (call $sizes (i32.const 32) (i32.const 36)))
      (drop (call $get (i32.const 40) (i32.const 1024)))
      (call $write (i32.const 1) (i32.load (i32.const 40)) (i32.load (i32.const 36))))`,
    `(import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
     (import "wasi_snapshot_preview1" "environ_get" (func $get (param i32 i32) (result i32)))`,
  );
  const { run } = await chainOf(environment, { params: { level: "é", a: "" } });
  expect((await run([{ key: "k", value: "" }, { value: "" }])).values).toEqual([
    "a=\0level=é\0SMARTMODULE_OFFSET=100\0SMARTMODULE_TIMESTAMP=7\0SMARTMODULE_KEY=k\0",
    "a=\0level=é\0SMARTMODULE_OFFSET=101\0SMARTMODULE_TIMESTAMP=7\0",
  ]);
});

describe("a module of Javy", () => {
  const source = `
    const bytes = new Uint8Array(100);
    const size = Javy.IO.readSync(0, bytes);
    globalThis.runs = (globalThis.runs ?? 0) + 1;
    if (size === 0) throw new Error("nothing to do");
    Javy.IO.writeSync(1, bytes.subarray(0, size).toReversed());
    Javy.IO.writeSync(1, Uint8Array.of(48 + globalThis.runs));`;

  /** As Javy's code generator links dynamically; our plugin is not initialised beforehand, so that comes first. */
  async function dynamic(namespace: string): Promise<Uint8Array> {
    const bytecode = await compileWith(await testPlugin(), source);
    const data = [...bytecode].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
    return assemble(`(module
      (import "${namespace}" "initialize-runtime" (func $initialize))
      (import "${namespace}" "cabi_realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
      (import "${namespace}" "invoke" (func $invoke (param i32 i32 i32 i32 i32)))
      (import "${namespace}" "memory" (memory 0))
      (data $code "${data}")
      (func (export "_start") (local $at i32)
        (call $initialize)
        (local.set $at (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (i32.const ${bytecode.length})))
        (memory.init $code (local.get $at) (i32.const 0) (i32.const ${bytecode.length}))
        (data.drop $code)
        (call $invoke (local.get $at) (i32.const ${bytecode.length}) (i32.const 0) (i32.const 0) (i32.const 0))))`);
  }

  test("runs with its plugin inside", async () => {
    const { run } = await chainOf(await dynamic("smdk-test-plugin-v1"), { plugin: await testPlugin() });
    expect(await run([{ value: "abc" }, { value: "defg" }])).toMatchObject({
      values: ["cba1", "gfed1"],
      hint: null,
    });
    const failed = await run([{ value: "x" }, { value: "" }]);
    expect(failed).toMatchObject({
      values: ["x1"],
      offset: 101,
      hint: expect.stringContaining("nothing to do"),
    });
    expect(await run([{ value: "abc" }])).toMatchObject({ values: ["cba1"] });
  });

  test("wants the plugin that it was linked to", async () => {
    const module = await dynamic("smdk-test-plugin-v1");
    const code = "SMDK_ADAPT_PLUGIN";
    await expect(adapt(module)).rejects.toMatchObject({ code, hint: expect.stringContaining("--plugin") });
    await expect(
      adapt(await dynamic("javy-default-plugin-v4"), { plugin: await testPlugin() }),
    ).rejects.toMatchObject({
      code,
      message: expect.stringContaining('"javy-default-plugin-v4"'),
    });
    await expect(adapt(module, { plugin: await assemble("(module)") })).rejects.toMatchObject({ code });
  });
});

async function compileWith(plugin: Uint8Array, source: string): Promise<Uint8Array> {
  const done = (): number => 0;
  const { instance } = (await WebAssembly.instantiate(Buffer.from(plugin), {
    wasi_snapshot_preview1: new Proxy({}, { get: () => done, has: () => true }) as WebAssembly.ModuleImports,
  })) as WebAssembly.WebAssemblyInstantiatedSource;
  const exports = instance.exports as Record<string, CallableFunction>;
  const memory = instance.exports.memory as WebAssembly.Memory;
  exports["initialize-runtime"]?.();
  const text = new TextEncoder().encode(source);
  const at = exports.cabi_realloc?.(0, 0, 1, text.length) as number;
  new Uint8Array(memory.buffer).set(text, at);
  const view = (from: number): number => new DataView(memory.buffer).getUint32(from, true);
  const result = exports["compile-src"]?.(at, text.length) as number;
  expect(view(result)).toBe(0);
  return new Uint8Array(memory.buffer, view(result + 4), view(result + 8)).slice();
}

describe("what cannot be adapted", () => {
  const refusals: readonly (readonly [name: string, text: string, code: string, says: RegExp])[] = [
    [
      "imports of JavaScript",
      `(module (import "env" "abort" (func)) (import "env" "now" (global f64)) (memory 1) (func (export "_start")))`,
      "IMPORT",
      /env\.abort, env\.now/,
    ],
    [
      "unknown functions of WASI",
      `(module (import "wasi_snapshot_preview1" "fd_fly" (func)) (memory 1) (func (export "_start")))`,
      "IMPORT",
      /fd_fly/,
    ],
    [
      "WASI with other types",
      `(module (import "wasi_snapshot_preview1" "fd_write" (func (param i64) (result i32))) (memory 1) (func (export "_start")))`,
      "IMPORT",
      /a type that is not WASI's: \(i64\) -> i32/,
    ],
    [
      "an imported memory",
      `(module (import "env" "memory" (memory 1)) (func (export "_start")))`,
      "MEMORY",
      /imports its memory/,
    ],
    ["no memory", `(module (func (export "_start")))`, "MEMORY", /no memory/],
    ["too much memory", `(module (memory 20000) (func (export "_start")))`, "MEMORY", /starts with/],
    ["nothing to run", `(module (memory 1) (func (export "f") (param i32)))`, "ENTRY", /nothing to run/],
    [
      "several to run",
      `(module (memory 1) (func (export "f")) (func (export "g")))`,
      "ENTRY",
      /several.*f, g/,
    ],
    [
      "a SmartModule",
      `(module (import "env" "copy_records" (func (param i32 i32))) (memory (export "memory") 1) (func (export "filter") (param i32 i32 i32) (result i32) (i32.const 0)))`,
      "SMARTMODULE",
      /already/,
    ],
  ];
  test.each(refusals)("%s", async (_name, text, code, says) => {
    const failed = await adapt(await assemble(text)).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: `SMDK_ADAPT_${code}`, message: expect.stringMatching(says) });
  });

  test("what is no core module", async () => {
    const code = async (bytes: Uint8Array): Promise<unknown> =>
      adapt(bytes).then(
        () => "fine",
        (error: AdaptError) => error.code,
      );
    expect(await code(new Uint8Array(0))).toBe("SMDK_ADAPT_NOT_WASM");
    expect(await code(new TextEncoder().encode("(module)  "))).toBe("SMDK_ADAPT_NOT_WASM");
    expect(await code(Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0))).toBe("SMDK_ADAPT_COMPONENT");
    expect(await code(Uint8Array.of(0, 0x61, 0x73, 0x6d, 9, 0, 0, 0))).toBe("SMDK_ADAPT_NOT_WASM");
    const huge = new Uint8Array(65 * 2 ** 20);
    huge.set([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    expect(await code(huge)).toBe("SMDK_ADAPT_SIZE");
    expect(await code(await assemble(`(module (memory 1) (func (export "f")) (func (export "g")))`))).toBe(
      "SMDK_ADAPT_ENTRY",
    );
  });

  test("a name that is not there, or cannot be called", async () => {
    const bytes = await assemble(
      `(module (memory 1) (func (export "f") (param i32)) (func (export "g") (result i32) (i32.const 4)))`,
    );
    await expect(adapt(bytes, { call: "x" })).rejects.toMatchObject({
      code: "SMDK_ADAPT_ENTRY",
      hint: expect.stringContaining("g"),
    });
    await expect(adapt(bytes, { call: "f" })).rejects.toMatchObject({
      message: expect.stringContaining("takes parameters"),
    });
    const { run } = await chainOf(bytes, { call: "g" });
    expect(await run(one(""))).toMatchObject({ hint: "the program ended with exit code 4" });
  });

  test("cut and changed bytes are refused with a code, or make a module that loads", async () => {
    const whole = await assemble(EXIT);
    const refusedOrFine = async (bytes: Uint8Array): Promise<void> => {
      const result = await adapt(bytes).catch((error: unknown) => error);
      if (!(result instanceof AdaptError)) expect((result as { kind?: string }).kind).toBe("map");
    };
    for (let size = 0; size < whole.length; size += 7) await refusedOrFine(whole.slice(0, size));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
        const damaged = whole.slice();
        damaged[at] = byte;
        await refusedOrFine(damaged);
      }),
      { numRuns: 150 },
    );
  });
});
