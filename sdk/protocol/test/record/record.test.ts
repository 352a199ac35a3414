import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeRecords, RecordCursor, type RecordInput } from "../../src/record/index.ts";
import { hex, text, utf8 } from "./helpers.ts";

const vectors: [string, RecordInput, string][] = [
  ["no key", { value: utf8("apple") }, "16 00 00 00 00 0a 6170706c65 00"],
  [
    "key and deltas",
    { key: utf8("k"), value: utf8("fruit"), offsetDelta: 1, timestampDelta: 5 },
    "1a 00 0a 02 01 026b 0a6672756974 00",
  ],
  ["empty value", { value: utf8("") }, "0c 00 00 00 00 00 00"],
  ["empty key", { key: utf8(""), value: utf8("x") }, "10 00 00 00 01 00 0278 00"],
  ["header count", { value: utf8("x"), headerCount: 3 }, "0e 00 00 00 00 0278 06"],
  ["negative offset delta", { value: utf8("x"), offsetDelta: -5 }, "0e 00 00 09 00 0278 00"],
  ["offset delta 1", { value: utf8("dog"), offsetDelta: 1 }, "12 00 00 02 00 06646f67 00"],
  [
    "short key and value",
    { key: utf8("key"), value: utf8("value") },
    "1e 00 00 00 01 066b6579 0a76616c7565 00",
  ],
];

function list(count: number, ...records: string[]): Uint8Array {
  return hex(count.toString(16).padStart(8, "0") + records.join(""));
}

describe("a record", () => {
  it.each(vectors)("is written and read as Fluvio does: %s", (_, record, expected) => {
    const bytes = encodeRecords([record]);
    expect(bytes).toEqual(list(1, expected));
    const cursor = new RecordCursor(bytes);
    expect(cursor.next()).toBe(true);
    expect(cursor.key()).toEqual(record.key ?? null);
    expect(cursor.value()).toEqual(record.value);
    expect(cursor.offsetDelta).toBe(record.offsetDelta ?? 0);
    expect(cursor.timestampDelta).toBe(record.timestampDelta ?? 0);
    expect(cursor.headerCount).toBe(record.headerCount ?? 0);
    expect(cursor.record()).toEqual(hex(expected));
    expect(cursor.next()).toBe(false);
  });

  it("has a two-byte length from 64 bytes on", () => {
    const bytes = encodeRecords([{ value: utf8("a".repeat(100)) }]);
    expect(bytes.length).toBe(4 + 109);
    expect([...bytes.subarray(4, 12)]).toEqual([...hex("d601 00 00 00 00 c801")]);
  });

  it("survives any content", () => {
    const i32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const arbitrary = fc.record({
      key: fc.option(fc.uint8Array({ maxLength: 200 })),
      value: fc.uint8Array({ maxLength: 300 }),
      attributes: fc.integer({ min: -128, max: 127 }),
      timestampDelta: i32,
      offsetDelta: i32,
      headerCount: i32,
    });
    fc.assert(
      fc.property(fc.array(arbitrary, { maxLength: 8 }), (records) => {
        const cursor = new RecordCursor(encodeRecords(records));
        for (const record of records) {
          expect(cursor.next()).toBe(true);
          const { attributes, timestampDelta, offsetDelta, headerCount } = cursor;
          expect({
            key: cursor.key(),
            value: cursor.value(),
            attributes,
            timestampDelta,
            offsetDelta,
            headerCount,
          }).toEqual(record);
        }
        expect(cursor.next()).toBe(false);
        expect(cursor.end).toBe(cursor.limit);
      }),
    );
  });

  it("refuses deltas that other Fluvio programs would garble", () => {
    expect(() => encodeRecords([{ value: utf8("x"), timestampDelta: 2 ** 31 }])).toThrow("32-bit varint");
    expect(() => encodeRecords([{ value: utf8("x"), offsetDelta: 0.5 }])).toThrow("32-bit varint");
  });
});

describe("reading a record list", () => {
  it("reads 64-bit deltas", () => {
    const cursor = new RecordCursor(list(1, "1a 00 ffffffffffffffffff01 00 00 00 00"));
    expect(cursor.next()).toBe(true);
    expect(cursor.exactTimestampDelta()).toBe(-(2n ** 63n));
    expect(cursor.timestampDelta).toBe(-(2 ** 63));
  });

  it("does not rely on the record's own length, as long as it is not more than what is left", () => {
    for (const length of ["00", "01", "02", "16"]) {
      const cursor = new RecordCursor(
        list(2, `${length} 00 00 00 00 0a 6170706c65 00`, "16 00 00 02 00 0a 6170706c65 00"),
      );
      expect([cursor.next(), text(cursor.value())]).toEqual([true, "apple"]);
      expect([cursor.next(), cursor.offsetDelta]).toEqual([true, 1]);
    }
    const tooLong = new RecordCursor(list(1, "18 00 00 00 00 0a 6170706c65 00"));
    expect(() => tooLong.next()).toThrow("not enough for record");
  });

  it("refuses what cannot be a record", () => {
    expect(() => new RecordCursor(list(1, "0e 00 00 00 00 0178 00")).next()).toThrow(
      "negative data length -1",
    );
    expect(() => new RecordCursor(list(1, "0e 00 00 00 02 0278 00")).next()).toThrow("not valid bool value");
    expect(() => new RecordCursor(list(1, "0e 00 80808080808080808080 00 00")).next()).toThrow(
      "longer than 64 bits",
    );
  });

  it("takes a negative count for none", () => {
    expect(new RecordCursor(hex("ffffffff 00")).next()).toBe(false);
  });

  it("refuses a count that the bytes cannot hold, before anyone reserves memory for it", () => {
    expect(() => new RecordCursor(hex("7fffffff 0e0000000000000000"))).toThrow("cannot hold");
  });

  it("ends with an error and nothing else on damaged bytes", () => {
    const whole = encodeRecords([
      { key: utf8("key"), value: utf8("one") },
      { value: utf8("two"), timestampDelta: 70_000 },
    ]);
    fc.assert(
      fc.property(
        fc.nat(whole.length),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }),
        (cut, changes) => {
          const bytes = whole.slice(0, cut);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          try {
            const cursor = new RecordCursor(bytes);
            while (cursor.next()) {
              expect(cursor.valueEnd).toBeLessThanOrEqual(bytes.length);
              expect(cursor.end).toBeGreaterThan(cursor.start);
            }
          } catch (error) {
            expect((error as { code: string }).code).toMatch(/^SMDK_RECORD_(TRUNCATED|INVALID)$/);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
