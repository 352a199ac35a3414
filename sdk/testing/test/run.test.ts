import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { loadModule, runChain, runModule } from "../src/index.ts";

function fixture(name: string): string {
  return fileURLToPath(new URL(`../../../tests/fixtures/${name}.wasm`, import.meta.url));
}

describe("loadModule", () => {
  test("runs a module any number of times, each time from its beginning", async () => {
    const sum = await loadModule(fixture("aggregate_sum"));
    expect(sum.kind).toBe("aggregate");
    expect((await sum.run(["1", "2"])).values).toEqual(["1", "3"]);
    expect((await sum.run(["1", "2"], { accumulator: "10" })).values).toEqual(["11", "13"]);
  });

  test("rejects with the engine's error when init refuses", async () => {
    const module = await loadModule(fixture("filter_init_param"));
    await expect(module.run(["a"])).rejects.toMatchObject({ code: expect.stringMatching(/^SMDK_ENGINE_/) });
    expect((await module.run(["banana", "plum"], { params: { needle: "an" } })).values).toEqual(["banana"]);
  });

  test("a file that is no module is refused", async () => {
    await expect(loadModule(fileURLToPath(import.meta.url))).rejects.toMatchObject({
      code: "SMDK_ENGINE_PARSE",
    });
  });
});

describe("runModule", () => {
  const upper = readFileSync(fixture("map_upper"));
  const double = readFileSync(fixture("map_int_or_error"));

  test("keys, offsets and timestamps are those of a batch", async () => {
    const { records } = await runModule(upper, ["a", { key: "k", value: "b" }], {
      baseOffset: 40n,
      timestamp: 1000n,
    });
    expect(records).toMatchObject([
      { key: null, value: "A", offset: 40n, timestamp: 1000n },
      { key: "k", value: "B", offset: 41n, timestamp: 1000n },
    ]);
  });

  test("an error of the module comes with what was done before it", async () => {
    const { values, error } = await runModule(double, ["1", { key: "id", value: "two" }, "3"]);
    expect(values).toEqual(["2"]);
    expect(error).toMatchObject({ kind: "Map", key: "id", value: "two", offset: 1n });
    expect(error?.hint.startsWith(error.message)).toBe(true);
  });

  test("a trap rejects", async () => {
    await expect(runModule(double, ["panic"])).rejects.toMatchObject({ code: "SMDK_ENGINE_TRAP" });
  });

  test("bytes that are no text pass unharmed", async () => {
    const bytes = Uint8Array.of(0, 255, 97, 128);
    const { records } = await runModule(readFileSync(fixture("filter_bytes_a")), [bytes]);
    expect([...records[0]!.valueBytes]).toEqual([...bytes]);
  });
});

test("a chain hands the records of one module to the next", async () => {
  const steps = [
    { module: readFileSync(fixture("filter_init_param")), params: { needle: "an" } },
    { module: readFileSync(fixture("map_upper")) },
  ];
  expect((await runChain(steps, ["banana", "plum"])).values).toEqual(["BANANA"]);
});
