// Whatever the batches, codecs, sizes and starts: a reader gets every record it should, once, in order, and comes to
// its end.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { batch, predefined, replica, smartModule, TestSpu, values, type WireClient } from "./harness.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../../../tests/fixtures/${name}.wasm`, import.meta.url));
const filterA = fixture("filter_bytes_a");
const sum = fixture("aggregate_sum");

let spu: TestSpu;
let client: WireClient;
let topics = 0;

beforeAll(async () => {
  spu = await TestSpu.start();
  client = await spu.connect();
});

afterAll(async () => {
  client.close();
  await spu.close();
});

const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("x", "kiwi", "plum", "y".repeat(300)) },
  { weight: 1, arbitrary: fc.constantFrom("a", "banana", "a".repeat(200)) },
);
const stored = fc.record({
  texts: fc.array(text, { minLength: 1, maxLength: 8 }),
  compression: fc.constantFrom("None", "None", "Gzip", "Snappy", "Lz4", "Zstd"),
});

it("gives plain and filtered readers all they should get", async () => {
  const property = fc.asyncProperty(
    fc.array(stored, { minLength: 1, maxLength: 12 }),
    fc.nat(),
    fc.constantFrom(1, 100, 700, 5000, 1_048_890),
    fc.constantFrom(1024, 4096, 1_000_000),
    async (batches, startSeed, maxBytes, segmentSize) => {
      const topic = `model-${++topics}`;
      await spu.assign(
        [replica(topic, { storage: { segmentSize, maxPartitionSize: null } })],
        [smartModule("filter-a", filterA)],
      );
      const kept: string[] = [];
      const answers = await client.produce(
        topic,
        batches.map(({ texts, compression }) => batch(texts, { compression })),
      );
      // Batches that do not fit a segment are refused; the others are there.
      for (const [i, { errorCode }] of answers.entries()) {
        if (errorCode.kind === "None") kept.push(...batches[i]!.texts);
        else expect(errorCode.kind).toBe("MessageTooLarge");
      }
      const start = startSeed % (kept.length + 1);
      const expected = kept.slice(start);
      const offset = BigInt(start);

      const plain = await client.stream(topic, { offset, maxBytes }).take(expected.length);
      expect(values(plain.records)).toEqual(expected);
      expect(plain.records.map((record) => record.offset)).toEqual(
        expected.map((_, i) => offset + BigInt(i)),
      );

      const smartmodules = [predefined("filter-a")];
      const filtered = await client.stream(topic, { offset, maxBytes, smartmodules }).take(expected.length);
      expect(values(filtered.records)).toEqual(expected.filter((value) => value.includes("a")));
      for (const [i, record] of filtered.records.entries()) {
        if (i > 0) expect(record.offset).toBeGreaterThan(filtered.records[i - 1]!.offset);
      }
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

it("gives readers of an aggregate every sum, whatever is cut where", async () => {
  const property = fc.asyncProperty(
    fc.array(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }), {
      minLength: 1,
      maxLength: 30,
    }),
    fc.nat(),
    fc.constantFrom(1, 20, 60, 300, 1_048_890),
    fc.constantFrom(256, 1024, 1_000_000),
    async (batches, startSeed, maxBytes, segmentSize) => {
      const topic = `sums-${++topics}`;
      await spu.assign(
        [replica(topic, { storage: { segmentSize, maxPartitionSize: null } })],
        [smartModule("sum", sum)],
      );
      await client.produce(
        topic,
        batches.map((numbers) => batch(numbers.map(String))),
      );
      const all = batches.flat();
      const start = startSeed % all.length;
      // The module has seen the whole batch that the first record lies in.
      let begin = 0;
      for (const { length } of batches) {
        if (begin + length > start) break;
        begin += length;
      }
      const seen = all.slice(begin);
      const expected = seen
        .map((_, i) => seen.slice(0, i + 1).reduce((total, number) => total + number))
        .slice(start - begin)
        .map(String);
      const smartmodules = [predefined("sum")];
      const got = await client
        .stream(topic, { offset: BigInt(start), maxBytes, smartmodules })
        .take(expected.length);
      expect(values(got.records)).toEqual(expected);
    },
  );
  await fc.assert(property, { numRuns: 40 });
});
