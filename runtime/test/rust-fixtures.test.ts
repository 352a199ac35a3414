/** Modules built with the official Rust SDK run unchanged: recorded calls byte by byte, then as users see them. */
import { describe, expect, it } from "vitest";
import {
  buildChain,
  type ChainModule,
  DEFAULT_MEMORY_LIMIT,
  loadSmartModule,
  type SmartModule,
} from "../src/index.ts";
import { SmartModuleInstance } from "../src/instance.ts";
import { callInit } from "../src/transform/init.ts";
import { WasiContext } from "../src/wasi.ts";
import { decode, fixture, fromHex, records, toHex, values } from "./support.ts";

interface Vector {
  module: string;
  note: string;
  version: number;
  calls: { call: string; input: string; code: number | "trap"; output: string }[];
}

const vectors = JSON.parse(Buffer.from(fixture("rust/vectors.json")).toString()) as Vector[];

const load = (name: string): Promise<SmartModule> => loadSmartModule(fixture(`rust/${name}.wasm`), { name });
const at = (input: Uint8Array) => ({ baseOffset: 100n, baseTimestamp: 1000n, records: input });

async function chainOf(name: string, options: Omit<ChainModule, "module"> = {}, version = 25) {
  return buildChain([{ module: await load(name), ...options }], { version });
}

describe("recorded calls", () => {
  it.each(vectors.map((vector) => [`${vector.module} v${vector.version}: ${vector.note}`, vector] as const))(
    "%s",
    async (_, vector) => {
      const module = await load(vector.module);
      const instance = new SmartModuleInstance(
        module,
        await module.compile(DEFAULT_MEMORY_LIMIT),
        vector.version,
        new WasiContext(),
      );
      for (const { call, input, code, output } of vector.calls) {
        const bytes = fromHex(input);
        const guestInput = {
          length: bytes.length,
          write: (memory: Uint8Array, to: number) => memory.set(bytes, to),
        };
        if (code === "trap") {
          expect(() => instance.call(call, guestInput)).toThrow("wasm backtrace");
        } else {
          expect(instance.call(call, guestInput)).toBe(code);
        }
        expect(toHex(instance.output())).toBe(output);
      }
    },
  );

  it("covers 38 calls", () => {
    expect(vectors.flatMap((vector) => vector.calls)).toHaveLength(38);
  });
});

describe.each([22, 25])("at version %i", (version) => {
  it("filter_contains_a keeps values with an a, and reports bytes that are no text", async () => {
    const chain = await chainOf("filter_contains_a", {}, version);
    expect(values(chain.process(at(records("apple", "kiwi", "banana"))))).toEqual(["apple", "banana"]);
    const output = chain.process(at(records("a", { value: Uint8Array.of(0x61, 0xff), offsetDelta: 1 }, "a")));
    expect(values(output)).toEqual(["a"]);
    expect(output.error).toMatchObject({ kind: "Filter", offset: 101n, recordKey: null });
  });

  it("filter_bytes_a welcomes any bytes", async () => {
    const chain = await chainOf("filter_bytes_a", {}, version);
    const output = chain.process(
      at(records({ value: Uint8Array.of(0xff, 0x61) }, { value: Uint8Array.of(0xff) })),
    );
    expect(decode(output.records).map(({ value }) => [...value])).toEqual([[0xff, 0x61]]);
  });

  it("map_upper keeps the key", async () => {
    const chain = await chainOf("map_upper", {}, version);
    const [record] = decode(chain.process(at(records({ key: "k", value: "abC1" }))).records);
    expect(Buffer.from(record!.key!).toString()).toBe("k");
    expect(Buffer.from(record!.value).toString()).toBe("ABC1");
  });

  it("map_int_or_error sees offset and timestamp, explains errors with their cause, and survives its trap", async () => {
    const chain = await chainOf("map_int_or_error", {}, version);
    expect(
      values(chain.process(at(records({ key: "meta", value: "7", offsetDelta: 3, timestampDelta: 5 })))),
    ).toEqual(["103@1005:14"]);
    const { error } = chain.process(at(records("1", "x")));
    expect(error?.hint).toBe('not an integer: "x"\n\nCaused by:\n    invalid digit found in string');
    expect(error?.offset).toBe(101n);
    expect(() => chain.process(at(records("panic")))).toThrow("wasm backtrace");
    expect(values(chain.process(at(records("21"))))).toEqual(["42"]);
  });

  it("filter_map_json keeps the names of high levels", async () => {
    const chain = await chainOf("filter_map_json", {}, version);
    const input = records('{"name":"a","level":5}', '{"name":"b","level":4}', '{"name":"c","level":9,"x":1}');
    expect(values(chain.process(at(input)))).toEqual(["a", "c"]);
    expect(chain.process(at(records("{"))).error?.kind).toBe("FilterMap");
  });

  it("array_map_lines makes a record of every line that is not empty", async () => {
    const chain = await chainOf("array_map_lines", {}, version);
    const output = chain.process(at(records({ key: "k", value: "a\n\nb\n", offsetDelta: 4 })));
    expect(decode(output.records).map(({ key, offsetDelta }) => [key, offsetDelta])).toEqual([
      [null, 0],
      [null, 0],
    ]);
    expect(values(output)).toEqual(["a", "b"]);
  });

  it("aggregate_sum carries its sum from call to call, from the initial accumulator, past an error", async () => {
    const chain = await chainOf("aggregate_sum", { accumulator: Buffer.from("10") }, version);
    expect(values(chain.process(at(records("1", "2"))))).toEqual(["11", "13"]);
    const output = chain.process(at(records("5", "x", "1")));
    expect(values(output)).toEqual(["18"]);
    expect(output.error).toMatchObject({ kind: "Aggregate", offset: 101n });
    expect(values(chain.process(at(records("2"))))).toEqual(["20"]);
    expect(chain.process(at(records())).count).toBe(0);
  });

  it("filter_init_param needs its parameter", async () => {
    await expect(chainOf("filter_init_param", {}, version)).rejects.toMatchObject({
      code: "SMDK_ENGINE_STATUS",
      message: expect.stringMatching(/\n\nSmartModule Init Error: \n$/),
      wire: { kind: "SmartModuleChainInitError" },
    });
    const keep = await chainOf("filter_init_param", { params: new Map([["needle", "an"]]) }, version);
    expect(values(keep.process(at(records("banana", "apple"))))).toEqual(["banana"]);
    const drop = await chainOf(
      "filter_init_param",
      {
        params: new Map([
          ["needle", "an"],
          ["invert", "true"],
        ]),
      },
      version,
    );
    expect(values(drop.process(at(records("banana", "apple"))))).toEqual(["apple"]);
  });

  it("filter_lookback passes what is larger than everything before, look_back included", async () => {
    const lookback = { last: 3n, age: null };
    const chain = await chainOf("filter_lookback", { lookback }, version);
    expect(chain.wantsLookBack).toBe(true);
    await chain.lookBack((asked) => {
      expect(asked).toEqual(lookback);
      return records("3", "7");
    });
    expect(values(chain.process(at(records("5", "8", "8", "9"))))).toEqual(["8", "9"]);

    const failing = await chainOf("filter_lookback", { lookback }, version);
    await expect(failing.lookBack(async () => records("1", "x"))).rejects.toMatchObject({
      phase: "look_back",
      wire: {
        kind: "SmartModuleLookBackError",
        value: expect.stringMatching(
          /\n\nSmartModule Lookback Error: \n {4}Offset: 1\n {4}Key: NULL\n {4}Value: x$/,
        ),
      },
    });
  });

  it("filter_log_stderr writes through WASI", async () => {
    const out: string[] = [];
    const err: string[] = [];
    const chain = await buildChain([{ module: await load("filter_log_stderr") }], {
      version,
      stdout: (bytes) => out.push(Buffer.from(bytes).toString()),
      stderr: (bytes) => err.push(Buffer.from(bytes).toString()),
    });
    expect(values(chain.process(at(records("a", "b"))))).toEqual(["a", "b"]);
    expect(out.join("")).toContain("seen ");
    expect(err.join("")).toBe("record 100 value a\nrecord 101 value b\n");
  });
});

describe("modules without WASI", () => {
  it.each(["map_upper", "filter_bytes_a", "aggregate_sum"])("%s gives the same as with it", async (name) => {
    const input = at(records("1", "22", "a", "b"));
    const outputs = [];
    for (const module of [await load(name), await loadSmartModule(fixture(`rust/nowasi/${name}.wasm`))]) {
      const { records: bytes, error } = (await buildChain([{ module }])).process(input);
      outputs.push({ bytes: toHex(bytes), error });
    }
    expect(outputs[1]).toEqual(outputs[0]);
  });
});

it("stops with a trap when a module leaks up to the memory limit", async () => {
  const chain = await buildChain([{ module: await load("filter_bytes_a") }], {
    memoryLimit: 8 * 1024 * 1024,
  });
  const input = at(records({ value: new Uint8Array(100_000).fill(0x61) }));
  const leak = (): void => {
    for (let i = 0; i < 200; i++) chain.process(input);
  };
  expect(leak).toThrow(
    expect.objectContaining({
      code: "SMDK_ENGINE_MEMORY",
      message: expect.stringContaining("wasm backtrace"),
      rootCause: expect.stringMatching(/^Requested memory \d+b exceeded max allowed 8388608b$/),
      wire: { kind: "Other", value: expect.stringContaining("wasm backtrace") },
    }),
  );
});

it("loads every fixture and initialises it as a real chain does", async () => {
  const module = await load("filter_init_param");
  const instance = new SmartModuleInstance(
    module,
    await module.compile(DEFAULT_MEMORY_LIMIT),
    25,
    new WasiContext(),
  );
  expect(() => callInit(instance, new Map([["needle", "x".repeat(40_000)]]), null, 25)).toThrow(
    'parameter "needle" is longer than 32767 bytes',
  );
});
