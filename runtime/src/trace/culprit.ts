/**
 * Which record of a batch a module trapped at. The host cannot see that: so a fresh instance, made as the first one
 * was, gets the same records one by one until it traps too. What it prints is dropped.
 */
import { encodeRecords, RecordCursor } from "@smdk/protocol";
import type { ChainInput } from "../chain.ts";
import { EngineError, type RecordAtFault } from "../error.ts";
import type { Transform } from "../transform/transform.ts";

/** Records tried, and milliseconds spent, at most. */
const MAX_RECORDS = 20_000;
const MAX_MS = 1000;

/** Finds the record; null when the trap does not come again, as of a module whose state came from earlier batches. */
export function findCulprit(fresh: () => Transform, input: ChainInput): RecordAtFault | null {
  const until = performance.now() + MAX_MS;
  try {
    const transform = fresh();
    const cursor = new RecordCursor(input.records);
    for (let tried = 0; tried < MAX_RECORDS && performance.now() < until && cursor.next(); tried++) {
      const key = cursor.key()?.slice() ?? null;
      const value = cursor.value().slice();
      const { offsetDelta, timestampDelta } = cursor;
      const records = encodeRecords([{ key, value, offsetDelta, timestampDelta }]);
      try {
        transform.process({ ...input, records });
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        return { offset: input.baseOffset + BigInt(offsetDelta), key, value };
      }
    }
  } catch {
    // This only adds to an error that is reported anyway.
  }
  return null;
}
