/** The walk in WebAssembly takes nothing that the walk in JavaScript would not hand on as it is. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OutputError, readTransformOutput } from "../../src/abi/output.ts";
import { RECORD_WALK, recordWalk } from "../../src/abi/record-walk.ts";
import type { V8Memory } from "../../src/wasm/v8.ts";
import { assemble, type PlainRecord, records, toHex } from "../support.ts";

const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: new (of: object) => V8Memory } })
  .WebAssembly;

const record: fc.Arbitrary<PlainRecord> = fc.record(
  {
    key: fc.oneof(fc.uint8Array({ maxLength: 5 }), fc.uint8Array({ minLength: 60, maxLength: 70 })),
    value: fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc.uint8Array({ minLength: 50, maxLength: 140 }),
      fc.constant(new Uint8Array(8200)),
    ),
    offsetDelta: fc.oneof(fc.nat(100), fc.integer(), fc.integer({ min: 60, max: 70 })),
    timestampDelta: fc.oneof(fc.nat(100), fc.integer(), fc.constant(2 ** 40)),
  },
  { requiredKeys: ["value"] },
);

describe("the walk over records in WebAssembly", () => {
  it("is what its source assembles to", async () => {
    const source = readFileSync(new URL("../../src/abi/record-walk.wat", import.meta.url), "utf8");
    expect(Buffer.from(await assemble(source, false)).toString("base64")).toBe(RECORD_WALK);
  });

  it("finds the same end, records and faults as the one in JavaScript", () => {
    const memory = new Memory({ initial: 1 });
    const walk = recordWalk(memory);
    const room = new Uint8Array(memory.buffer as ArrayBuffer);
    let quick = 0;
    const outcome = (bytes: Uint8Array, way: typeof walk | null): unknown => {
      try {
        const output = readTransformOutput(bytes, 25, true, way);
        return { ...output, records: [toHex(output.records.bytes), output.records.count] };
      } catch (error) {
        if (!(error instanceof OutputError)) throw error;
        return error.message;
      }
    };
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 });
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 6 }),
        damage,
        fc.nat(20),
        fc.boolean(),
        (list, changes, missing, atEnd) => {
          const whole = Uint8Array.from([...records(...list), 0, 0, 0, 0, 2, 7, 7]);
          for (const [at, byte] of changes) whole[at % whole.length] = byte;
          const cut = changes.length > 1 ? whole.subarray(0, Math.max(0, whole.length - missing)) : whole;
          const at = atEnd ? room.length - cut.length : 13;
          room.fill(0xff);
          room.set(cut, at);
          const bytes = room.subarray(at, at + cut.length);
          let walked = -1;
          const watched: typeof walk = (start, end, count) => {
            walked = walk(start, end, count);
            return walked;
          };
          expect(outcome(bytes, watched)).toEqual(outcome(bytes, null));
          if (walked >= 0) quick++;
        },
      ),
      { numRuns: 700 },
    );
    // Lists that nobody damaged, and damage within values.
    expect(quick).toBeGreaterThan(150);
  });
});
