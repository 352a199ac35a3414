/** Records as tests write and read them. */
import { encodeRecords, RecordCursor } from "@smdk/protocol";

/** A record for a module: a value, or a value with a key. Text travels as UTF-8. */
export type RecordInput =
  | string
  | Uint8Array
  | { key?: string | Uint8Array | null; value: string | Uint8Array };

/** A record a module has let through or made. */
export interface OutputRecord {
  /** Key as text (invalid UTF-8 replaced); null without one. */
  key: string | null;
  /** Value as text (invalid UTF-8 replaced). */
  value: string;
  keyBytes: Uint8Array | null;
  valueBytes: Uint8Array;
  /** Offset in the batch, with the base offset added. */
  offset: bigint;
  /** Milliseconds since 1970. */
  timestamp: bigint;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** How the deltas of a record list are filled: rising as in a topic, or all 0 as `smdk test` has them. */
export type Deltas = "rising" | "zero";

/** Encodes records as a record list (u32 count, then records). */
export function toRecordList(records: readonly RecordInput[], deltas: Deltas = "rising"): Uint8Array {
  return encodeRecords(
    records.map((record, i) => {
      const { key = null, value } =
        typeof record === "string" || record instanceof Uint8Array ? { value: record } : record;
      return {
        key: key === null ? null : bytesOf(key),
        value: bytesOf(value),
        offsetDelta: deltas === "zero" ? 0 : i,
      };
    }),
  );
}

/** Decodes a record list; the bytes of keys and values are copies. */
export function fromRecordList(list: Uint8Array, baseOffset: bigint, baseTimestamp: bigint): OutputRecord[] {
  const records: OutputRecord[] = [];
  const cursor = new RecordCursor(list);
  while (cursor.next()) {
    const keyBytes = cursor.key()?.slice() ?? null;
    const valueBytes = cursor.value().slice();
    records.push({
      key: keyBytes && decoder.decode(keyBytes),
      value: decoder.decode(valueBytes),
      keyBytes,
      valueBytes,
      offset: baseOffset + BigInt(cursor.offsetDelta),
      timestamp: baseTimestamp + cursor.exactTimestampDelta(),
    });
  }
  return records;
}

export function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? encoder.encode(data) : data;
}

export function textOf(data: Uint8Array): string {
  return decoder.decode(data);
}
