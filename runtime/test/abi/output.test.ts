/** Output decoding: what is accepted, what is passed on, and that nothing breaks the decoder. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OutputError, readLookbackOutput, readRecords, readTransformOutput } from "../../src/abi/output.ts";
import { initErrorText, lookbackErrorText, transformErrorText } from "../../src/index.ts";
import { decode, fromHex, R2, records, toHex, utf8 } from "../support.ts";

describe("records", () => {
  it("are passed on as the same bytes, not copied", () => {
    const output = Uint8Array.from([...R2, 0]);
    const { records: passed } = readTransformOutput(output, 25, false);
    expect(toHex(passed.bytes)).toBe(toHex(R2));
    expect(passed.bytes.buffer).toBe(output.buffer);
    expect(passed.count).toBe(2);
  });

  it("survive whatever their content is", () => {
    const data = fc.uint8Array({ maxLength: 300 });
    const delta = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const record = fc.record(
      { key: data, value: data, offsetDelta: delta, timestampDelta: delta },
      { requiredKeys: ["value"] },
    );
    fc.assert(
      fc.property(fc.array(record, { maxLength: 10 }), (list) => {
        const bytes = records(...list);
        const read = readRecords(bytes);
        expect(toHex(read.bytes)).toBe(toHex(bytes));
        expect(read.count).toBe(list.length);
      }),
    );
  });

  it("with a wrong inner length or long varints are written as they should be", () => {
    const padded = fromHex(
      "00000002 00 00 8000 8200 00 8a8000 6170706c65 00  1a 00 0a 02 01 026b 0a6672756974 00",
    );
    const read = readRecords(padded);
    expect(decode(read.bytes).map(({ value }) => Buffer.from(value).toString())).toEqual(["apple", "fruit"]);
    expect(toHex(readRecords(read.bytes).bytes)).toBe(toHex(read.bytes));
    expect(toHex(read.bytes)).toBe("0000000216000002000a6170706c65001a000a0201026b0a667275697400");
  });
});

describe("any bytes", () => {
  const mutated = fc
    .tuple(
      fc.constantFrom(
        toHex(R2),
        "00000001 16000000000a6170706c6500 01 0003626164 000000000000006e 00 01026b 0674656e 00000002 6162",
      ),
      fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 }),
      fc.nat(60),
    )
    .map(([hex, changes, cut]) => {
      const bytes = fromHex(hex);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return cut < bytes.length ? bytes.subarray(0, bytes.length - cut) : bytes;
    });

  it("decode or give an OutputError, and never reach beyond the end", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 80 }), mutated),
        fc.constantFrom(13, 16, 25),
        (bytes, version) => {
          for (const read of [
            () => readTransformOutput(bytes, version, true),
            () => readTransformOutput(bytes, version, false),
            () => readLookbackOutput(bytes),
          ]) {
            try {
              read();
            } catch (error) {
              expect(error).toBeInstanceOf(OutputError);
            }
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe("error texts", () => {
  const error = {
    hint: "bad",
    offset: 110n,
    kind: "Filter" as const,
    recordKey: utf8("k"),
    recordValue: utf8("ten"),
  };

  it("name kind, offset, key and value", () => {
    expect(transformErrorText(error)).toBe(
      "bad\n\nSmartModule Info: \n    Type: Filter\n    Offset: 110\n    Key: k\n    Value: ten",
    );
    expect(lookbackErrorText(error)).toBe(
      "bad\n\nSmartModule Lookback Error: \n    Offset: 110\n    Key: k\n    Value: ten",
    );
    expect(initErrorText("bad")).toBe("bad\n\nSmartModule Init Error: \n");
  });

  it("say NULL for no key and count bytes that are no text", () => {
    const text = transformErrorText({ ...error, recordKey: null, recordValue: Uint8Array.of(0xff, 0, 1) });
    expect(text).toContain("Key: NULL\n    Value: Binary: 3 bytes");
  });
});
