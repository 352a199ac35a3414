import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { crc32cTables } from "../../src/record/crc32c.ts";
import {
  BatchBuilder,
  batches,
  type Compression,
  checkBatch,
  crc32c,
  encodeBatch,
  NO_TIMESTAMP,
  patchBaseOffset,
  prepareCompression,
  readBatchHeader,
  recordsOf,
  recordsSection,
  Slabs,
} from "../../src/record/index.ts";
import { exampleBatches, exampleRecords, exampleTimestamp, hex, text, utf8 } from "./helpers.ts";

const codecs = Object.keys(exampleBatches) as Compression[];

beforeAll(prepareCompression);

describe("a batch", () => {
  it.each(codecs)("of Fluvio is read: %s", (codec) => {
    const bytes = exampleBatches[codec];
    const header = checkBatch(bytes);
    expect(header).toMatchObject({
      baseOffset: 0n,
      totalLength: bytes.length,
      partitionLeaderEpoch: -1,
      compression: codec,
      schemaId: null,
      lastOffsetDelta: 1,
      firstTimestamp: exampleTimestamp,
      maxTimestamp: exampleTimestamp + 3n,
      producerId: -1n,
      producerEpoch: -1,
      firstSequence: -1,
    });
    expect(Uint8Array.from(recordsSection(bytes))).toEqual(exampleRecords);
    const cursor = recordsOf(bytes);
    expect(cursor.next()).toBe(true);
    expect([cursor.key(), text(cursor.value())]).toEqual([null, "hello"]);
    expect(cursor.next()).toBe(true);
    expect([text(cursor.key()), text(cursor.value()), cursor.timestampDelta]).toEqual(["k", "world", 3]);
    expect(cursor.next()).toBe(false);
  });

  it.each(["None", "Snappy", "Lz4"] as const)("is written byte for byte as by Fluvio: %s", (compression) => {
    const batch = encodeBatch({
      records: exampleRecords,
      compression,
      firstTimestamp: exampleTimestamp,
      maxTimestamp: exampleTimestamp + 3n,
    });
    expect(batch).toEqual(exampleBatches[compression]);
  });

  it.each(["Gzip", "Zstd"] as const)("is written so that it reads back: %s", (compression) => {
    const batch = encodeBatch({ records: exampleRecords, compression });
    expect(checkBatch(batch)).toMatchObject({ compression, firstTimestamp: NO_TIMESTAMP });
    expect(Uint8Array.from(recordsSection(batch))).toEqual(exampleRecords);
  });

  it.each(codecs)("is the same of a list in pieces: %s", (compression) => {
    const pieces = [4, 4, 9, exampleRecords.length];
    const parts = pieces.slice(1).map((end, i) => exampleRecords.subarray(pieces[i], end));
    expect(encodeBatch({ records: { count: 2, parts }, compression })).toEqual(
      encodeBatch({ records: exampleRecords, compression }),
    );
  });

  it("may be empty", () => {
    expect(encodeBatch({ records: [] })).toEqual(
      hex(
        `0000000000000000 00000031 ffffffff 02 2ce64e55 0000 ffffffff ${"ff".repeat(24)} ffff ffffffff 00000000`,
      ),
    );
  });

  it("may span other offsets than it has records", () => {
    const bytes = hex(
      `0000000000000000 0000003c ffffffff 02 554a8968 0000 ffffffff 0000016a29be3e1b 0000016a29be3e1b ${"ff".repeat(14)} 00000001 14 00 00 00 00 0874657374 00`,
    );
    expect(checkBatch(bytes)).toMatchObject({ lastOffsetDelta: -1, firstTimestamp: 1_555_478_494_747n });
    const again = encodeBatch({
      records: [{ value: utf8("test") }],
      lastOffsetDelta: -1,
      firstTimestamp: 1_555_478_494_747n,
      maxTimestamp: 1_555_478_494_747n,
    });
    expect(again).toEqual(bytes);
  });

  it("keeps its CRC when it gets its place in the log", () => {
    const bytes = exampleBatches.None.slice();
    patchBaseOffset(bytes, 0, 2n ** 40n + 7n);
    expect(checkBatch(bytes).baseOffset).toBe(2n ** 40n + 7n);
    patchBaseOffset(bytes, 0, -3n);
    expect(readBatchHeader(bytes).baseOffset).toBe(-3n);
  });

  it("has a schema id where the attributes say so", () => {
    const plain = exampleBatches.None;
    const bytes = hex(
      `${Buffer.from(plain.subarray(0, 57)).toString("hex")}00000009${Buffer.from(exampleRecords).toString("hex")}`,
    );
    bytes[11] = bytes.length - 12;
    bytes[22] = 0x10;
    expect(readBatchHeader(bytes).schemaId).toBe(9);
    expect(recordsSection(bytes)).toEqual(exampleRecords);
  });
});

describe("checking a batch", () => {
  const good = exampleBatches.None;
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = good.slice();
    bytes[at] = value;
    return bytes;
  };

  it("finds every single changed byte after the epoch", () => {
    for (let at = 16; at < good.length; at++) {
      expect(() => checkBatch(changed(at, good[at]! ^ 0x41))).toThrow();
    }
  });

  it.each([
    ["SMDK_BATCH_CRC", changed(60, 9), {}],
    ["SMDK_BATCH_INVALID", changed(16, 1), {}],
    ["SMDK_BATCH_INVALID", changed(22, 5), {}],
    ["SMDK_BATCH_INVALID", changed(11, 44), {}],
    ["SMDK_BATCH_INVALID", changed(8, 0x80), {}],
    ["SMDK_BATCH_TRUNCATED", changed(11, 0x4c), {}],
    ["SMDK_BATCH_TRUNCATED", good.subarray(0, 5), {}],
    ["SMDK_BATCH_TOO_LARGE", good, { maxBytes: 86 }],
    ["SMDK_BATCH_TOO_LARGE", changed(8, 0x7f), {}],
  ])("says what is wrong: %s", (code, bytes, options) => {
    expect(() => checkBatch(bytes, 0, options)).toThrow(expect.objectContaining({ code }));
  });

  it("can leave the CRC alone", () => {
    expect(checkBatch(changed(60, 9), 0, { verifyCrc: false }).lastOffsetDelta).toBe(1);
  });
});

describe("a record set", () => {
  const set = Buffer.concat([exampleBatches.None, exampleBatches.Gzip, exampleBatches.Zstd]);

  it("is a row of batches", () => {
    expect([...batches(set)].map(({ start, end }) => end - start)).toEqual([87, 105, 96]);
    expect([...batches(new Uint8Array(0))]).toEqual([]);
  });

  it("is never read past a batch that was cut off", () => {
    for (let cut = 0; cut < set.length; cut++) {
      const whole = cut < 87 ? 0 : cut < 192 ? 1 : 2;
      expect([...batches(set.subarray(0, cut), { onTruncated: "stop" })].length).toBe(whole);
      if (cut !== 0 && cut !== 87 && cut !== 192) {
        expect(() => [...batches(set.subarray(0, cut))]).toThrow(
          expect.objectContaining({ code: "SMDK_BATCH_TRUNCATED" }),
        );
      }
    }
  });
});

describe("a growing batch", () => {
  it.each(codecs)("equals one encoded at once: %s", (compression) => {
    const builder = new BatchBuilder(10);
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.option(fc.string({ unit: "binary" })),
            fc.uint8Array({ maxLength: 500 }),
            fc.nat(100_000),
          ),
          {
            minLength: 1,
            maxLength: 60,
          },
        ),
        (records) => {
          for (const [key, value, delta] of records) builder.append(key, value, delta);
          expect(builder.count).toBe(records.length);
          const fields = { firstTimestamp: 5n, maxTimestamp: 9n };
          const length = builder.length;
          const batch = builder.finish(compression, fields);
          if (compression === "None") expect(batch.length).toBe(length);
          const whole = encodeBatch({
            records: records.map(([key, value, timestampDelta], offsetDelta) => ({
              key: key === null ? null : utf8(key),
              value,
              timestampDelta,
              offsetDelta,
            })),
            compression,
            ...fields,
          });
          expect(Buffer.compare(batch, whole)).toBe(0);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("leaves finished batches alone", () => {
    const builder = new BatchBuilder(1000);
    const finished: { batch: Uint8Array; values: string[] }[] = [];
    for (let round = 0; round < 600; round++) {
      const values = Array.from(
        { length: (round % 7) + 1 },
        (_, i) => `${round}.${i} ${"x".repeat((round * 37) % 400)}`,
      );
      for (const value of values) builder.append(round % 2 ? "key" : null, value);
      finished.push({ batch: builder.finish(), values });
    }
    for (const { batch, values } of finished) {
      checkBatch(batch);
      const cursor = recordsOf(batch);
      const found: (string | null)[] = [];
      while (cursor.next()) found.push(text(cursor.value()));
      expect(found).toEqual(values);
    }
  });

  it("takes the memory of released batches again, and touches no other", () => {
    const slabs = new Slabs(2 * 8192, 8192);
    const builders = [1000, 3000].map((size) => new BatchBuilder(size, { headroom: 8, slabs }));
    const memory = new Set<ArrayBufferLike>();
    const waiting: { batch: Uint8Array; value: string; mark: number }[] = [];
    for (let round = 0; round < 500; round++) {
      const builder = builders[round % 2]!;
      const value = `${round} ${"y".repeat((round * 101) % 2500)}`;
      builder.append(null, value);
      const batch = builder.finish(round % 50 === 7 ? "Gzip" : "None");
      const mark = round & 0xff;
      Buffer.from(batch.buffer, batch.byteOffset - 8, 8).fill(mark);
      memory.add(batch.buffer);
      waiting.push({ batch, value, mark });
      if (waiting.length < 20) continue;
      const done = waiting.shift()!;
      checkBatch(done.batch);
      const cursor = recordsOf(done.batch);
      expect(cursor.next()).toBe(true);
      expect(text(cursor.value())).toBe(done.value);
      expect([...Buffer.from(done.batch.buffer, done.batch.byteOffset - 8, 8)]).toEqual(
        Array(8).fill(done.mark),
      );
      // one that is never released costs its slab and nothing else
      if (round % 97 !== 0) slabs.release(done.batch);
    }
    const large = [...memory].filter((buffer) => buffer.byteLength === 8192);
    expect(large.length).toBeGreaterThan(2);
    expect(large.length).toBeLessThan(30);
  });

  it("knows what a record would add", () => {
    const builder = new BatchBuilder();
    fc.assert(
      fc.property(
        fc.option(fc.uint8Array({ maxLength: 200 })),
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(),
        (key, value, delta) => {
          const before = builder.length;
          const growth = builder.growth(key === null ? -1 : key.length, value.length, delta);
          builder.append(key, value, delta);
          expect(builder.length - before).toBe(growth);
        },
      ),
    );
  });
});

describe("CRC-32C", () => {
  it("is the Castagnoli sum", () => {
    expect(crc32c(utf8("123456789"))).toBe(0xe3069283);
    expect(crc32cTables(utf8("123456789"))).toBe(0xe3069283);
  });

  it("is the same with and without native code", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(20), (bytes, start) => {
        const from = Math.min(start, bytes.length);
        expect(crc32cTables(bytes, from)).toBe(crc32c(bytes, from));
      }),
    );
  });
});
