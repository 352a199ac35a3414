/** Records of texts. */

import { batches, encodeBatch, readBatchHeader, recordsOf } from "@smdk/protocol";
import type { FoundRecord } from "./partition-model.ts";

const utf8 = new TextEncoder();

/** A batch of text records. */
export function batchOf(texts: readonly string[]): Uint8Array {
  return encodeBatch({
    records: texts.map((text, offsetDelta) => ({ value: utf8.encode(text), offsetDelta })),
  });
}

/** Every record in the batches of a record set. */
export function recordsIn(recordSet: Uint8Array): FoundRecord[] {
  const found: FoundRecord[] = [];
  for (const { start } of batches(recordSet)) {
    const { baseOffset } = readBatchHeader(recordSet, start);
    const cursor = recordsOf(recordSet, start);
    for (let at = 0n; cursor.next(); at++) {
      found.push({ offset: baseOffset + at, text: Buffer.from(cursor.value()).toString() });
    }
  }
  return found;
}
