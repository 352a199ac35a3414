/** Modules of other compilers: AssemblyScript against the Rust module of the same behaviour, and a JavaScript engine. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildChain } from "../src/index.ts";
import { fixture, records, toHex, values } from "./support.ts";

const pairs: [string, string, fc.Arbitrary<string>][] = [
  ["filter_region", "filter_bytes_a", fc.string({ unit: "binary" })],
  ["filter_string_region", "filter_contains_a", fc.string({ unit: "binary" })],
  ["map_region", "map_upper", fc.string({ unit: "binary" })],
  ["map_string_region", "map_upper", fc.string({ unit: "grapheme-ascii" })],
  ["array_map_out_region", "array_map_lines", fc.string({ unit: fc.constantFrom("a", "b", "\n") })],
  ["array_map_string_region", "array_map_lines", fc.string({ unit: fc.constantFrom("a", "é", "\n") })],
  ["aggregate_region", "aggregate_sum", fc.integer({ min: -1e6, max: 1e6 }).map(String)],
];

describe.each(pairs)("%s", (name, rust, value) => {
  it(`does what ${rust} does`, async () => {
    const [ours, theirs] = await Promise.all([
      buildChain([{ module: fixture(`assemblyscript/${name}.wasm`) }]),
      buildChain([{ module: fixture(`rust/${rust}.wasm`) }]),
    ]);
    const record = fc.record(
      {
        key: fc.string({ maxLength: 5 }),
        value,
        offsetDelta: fc.nat(100_000),
        timestampDelta: fc.integer({ min: -1000, max: 1e6 }),
      },
      { requiredKeys: ["value"] },
    );
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 20 }),
        fc.bigInt({ min: 0n, max: 1n << 40n }),
        (list, baseOffset) => {
          const input = { baseOffset, baseTimestamp: 5n, records: records(...list) };
          const [a, b] = [ours.process(input), theirs.process(input)];
          expect(toHex(a.records)).toBe(toHex(b.records));
          expect(a.error).toEqual(b.error);
        },
      ),
      { numRuns: 60 },
    );
  });
});

it("runs a stateful filter", async () => {
  const chain = await buildChain([{ module: fixture("assemblyscript/dedup_region.wasm") }]);
  const at = (input: Uint8Array) => ({ baseOffset: 0n, baseTimestamp: 0n, records: input });
  expect(values(chain.process(at(records("a", "b", "a"))))).toEqual(["a", "b"]);
  expect(values(chain.process(at(records("b", "c"))))).toEqual(["c"]);
});

describe("JavaScript in WebAssembly", () => {
  const lines = Buffer.from(fixture("javascript/records.txt.gz")).toString().trim().split("\n");
  const input = { baseOffset: 0n, baseTimestamp: 0n, records: records(...lines) };

  it("filters by a field", async () => {
    const chain = await buildChain([{ module: fixture("javascript/f-field.wasm.gz") }]);
    const wanted = lines.filter((line) => (JSON.parse(line) as { level: string }).level === "error");
    for (let i = 0; i < 3; i++) expect(values(chain.process(input))).toEqual(wanted);
  });

  it("maps JSON", async () => {
    const chain = await buildChain([{ module: fixture("javascript/m-json.wasm.gz") }]);
    const output = chain.process(input);
    expect(output.error).toBeNull();
    for (const line of values(output)) expect(JSON.parse(line)).toBeTypeOf("object");
    expect(output.count).toBe(lines.length);
  });
});
