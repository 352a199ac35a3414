// Reads the earlier records that a SmartModule asks to see before its first record.
import { type BatchHeader, batches, RecordCursor, readBatchHeader, sectionOf } from "@smdk/protocol";
import type { PartitionLog } from "../log/types.ts";
import { dropRecords, recordCount } from "./batch-merge.ts";

/** What an invocation asks for. `last` 0 with an age means "by age only". */
type LookBack = {
  last: bigint;
  age: { seconds: bigint; nanos: number } | null;
};

/** Most bytes of records a look-back may collect; they all go to the module in one call. */
const MAX_LOOK_BACK_BYTES = 128 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;

/**
 * The committed records a look-back covers, oldest first, as a record list. Their deltas stay relative to the
 * batches they come from, as on a real SPU. `nowMs` is what ages count from.
 * @throws an Error whose message says why the records cannot be read.
 */
export async function readLookBack(
  log: PartitionLog,
  lookBack: LookBack,
  nowMs: number,
): Promise<Uint8Array> {
  const collector = new Collector();
  const { logStart, highWatermark: end } = log.offsets;
  if (lookBack.age === null) {
    await collectLast(log, lookBack.last, logStart, end, collector, null);
    return collector.finish();
  }
  const oldest = BigInt(nowMs) - lookBack.age.seconds * 1000n - BigInt(Math.trunc(lookBack.age.nanos / 1e6));
  if (lookBack.last > 0n) await collectLast(log, lookBack.last, logStart, end, collector, oldest);
  else await collectByAge(log, logStart, end, collector, oldest);
  return collector.finish();
}

async function collectLast(
  log: PartitionLog,
  last: bigint,
  logStart: bigint,
  end: bigint,
  collector: Collector,
  oldest: bigint | null,
): Promise<void> {
  const first = last >= end - logStart ? logStart : end - last;
  for (let at = first; at < end; ) {
    const read = await log.read({ offset: at, maxBytes: READ_BYTES, end });
    if (read.records.length === 0) return;
    for (const { start } of batches(read.records)) {
      const header = readBatchHeader(read.records, start);
      const records = dropRecords(
        sectionOf(read.records, header, MAX_LOOK_BACK_BYTES),
        Number(first > header.baseOffset ? first - header.baseOffset : 0n),
      );
      collector.add(oldest === null ? records : since(oldest, header, records));
    }
    at = read.nextOffset;
  }
}

/** Walks back batch by batch until one ends before `oldest`. */
async function collectByAge(
  log: PartitionLog,
  logStart: bigint,
  end: bigint,
  collector: Collector,
  oldest: bigint,
): Promise<void> {
  const found: Uint8Array[] = [];
  let bytes = 0;
  for (let at = end - 1n; at >= logStart; ) {
    // One byte asks for exactly one batch: the one that contains the offset.
    const { records } = await log.read({ offset: at, maxBytes: 1, end });
    if (records.length === 0) break;
    const header = readBatchHeader(records);
    if (header.maxTimestamp < oldest) break;
    const part = since(oldest, header, sectionOf(records, header, MAX_LOOK_BACK_BYTES));
    bytes += part.length;
    if (bytes > MAX_LOOK_BACK_BYTES) throw tooLarge();
    found.push(part);
    at = header.baseOffset - 1n;
  }
  for (const part of found.reverse()) collector.add(part);
}

/** The records of a list that are not older than `oldest` (ms since the epoch). */
function since(oldest: bigint, header: BatchHeader, records: Uint8Array): Uint8Array {
  const minimum = Number(oldest - header.firstTimestamp);
  let kept = 0;
  let length = 4;
  for (const cursor = new RecordCursor(records); cursor.next(); ) {
    if (cursor.timestampDelta < minimum) continue;
    kept++;
    length += cursor.end - cursor.start;
  }
  if (kept === recordCount(records)) return records;
  const result = new Uint8Array(length);
  new DataView(result.buffer).setUint32(0, kept);
  let at = 4;
  for (const cursor = new RecordCursor(records); cursor.next(); ) {
    if (cursor.timestampDelta < minimum) continue;
    result.set(cursor.record(), at);
    at += cursor.end - cursor.start;
  }
  return result;
}

class Collector {
  readonly #parts: Uint8Array[] = [];
  #count = 0;
  #bytes = 4;

  add(records: Uint8Array): void {
    this.#count += recordCount(records);
    this.#bytes += records.length - 4;
    if (this.#bytes > MAX_LOOK_BACK_BYTES) throw tooLarge();
    this.#parts.push(records.subarray(4));
  }

  finish(): Uint8Array {
    const result = new Uint8Array(this.#bytes);
    new DataView(result.buffer).setUint32(0, this.#count);
    let at = 4;
    for (const part of this.#parts) {
      result.set(part, at);
      at += part.length;
    }
    return result;
  }
}

function tooLarge(): Error {
  return new Error(`the records to look back at are larger than ${MAX_LOOK_BACK_BYTES} bytes`);
}
