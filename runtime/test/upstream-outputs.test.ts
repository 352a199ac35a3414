/** Damaged and odd outputs of guests, with the records or the complaint upstream's engine made of each. */
import { describe, expect, it } from "vitest";
import { buildChain, type EngineError, loadSmartModule, transformErrorText } from "../src/index.ts";
import { COPY_RECORDS, fixture, fromHex, toHex, utf8 } from "./support.ts";

interface Group {
  kind: string;
  version: number;
  /** Output bytes; records passed on; complaint; text of the user's error. */
  outputs: [string, string | null, string | null, string | null][];
}

const groups = JSON.parse(Buffer.from(fixture("upstream-outputs.json")).toString()) as Group[];

/** Hands over the records part of its input as it is, so that the input decides about the output. */
const mirror = (kind: string): string => `(module ${COPY_RECORDS} (memory (export "memory") 2)
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "${kind}") (param i32 i32 i32) (result i32)
    (call $copy_records (i32.add (local.get 0) (i32.const 12))
      (i32.or (i32.shl (i32.load8_u offset=10 (local.get 0)) (i32.const 8)) (i32.load8_u offset=11 (local.get 0))))
    (i32.const 0)))`;

describe.each(groups)("$kind at version $version", ({ kind, version, outputs }) => {
  it(`treats ${outputs.length} outputs alike`, async () => {
    const module = await loadSmartModule(utf8(mirror(kind)));
    for (const [given, passed, complaint, errorText] of outputs) {
      // Aggregates carry state, so each output gets a chain of its own.
      const chain = await buildChain([{ module }], { version });
      let result: [string | null, string | null, string | null];
      try {
        const { records, error } = chain.process({
          baseOffset: 0n,
          baseTimestamp: 0n,
          records: fromHex(given),
        });
        result = [toHex(records), null, error === null ? null : transformErrorText(error)];
      } catch (error) {
        result = [null, (error as EngineError).message, null];
      }
      expect([given, ...result]).toEqual([given, passed, complaint, errorText]);
    }
  });
});
