/** Produce requests without copying the batches: the pieces go to the socket one after the other. */
import { encode, type Isolation, list, ProduceApi, SmartModuleInvocation, Writer } from "@smdk/protocol";

/** Position of the correlation id behind length, key and version. */
export const CORRELATION_ID_AT = 8;

/** Below this many bytes one write of a copy is cheaper than many writes. */
const COPY_LIMIT = 32_768;

export interface ProduceHead {
  version: number;
  clientId: string;
  topic: string;
  isolation: Isolation;
  timeoutMs: number;
  smartModules: readonly SmartModuleInvocation[];
}

/** A batch of a partition, encoded. */
export interface ProduceEntry {
  partition: number;
  bytes: Uint8Array;
}

/** A whole frame in pieces, with a correlation id of 0 at {@link CORRELATION_ID_AT} of the first. */
export function encodeProduce(head: ProduceHead, entries: readonly ProduceEntry[]): Uint8Array[] {
  const tail = encode(list(SmartModuleInvocation), [...head.smartModules], head.version);
  const writer = new Writer(128);
  writer.u32(0);
  writer.u16(ProduceApi.key);
  writer.i16(head.version);
  writer.i32(0);
  writer.string(head.clientId);
  writer.bool(false);
  writer.i16(head.isolation === "ReadCommitted" ? -1 : 1);
  writer.i32(head.timeoutMs);
  writer.u32(1);
  writer.string(head.topic);
  writer.u32(entries.length);
  let length = writer.length + tail.length;
  for (const { bytes } of entries) length += 8 + bytes.length;
  writer.patchU32(0, length - 4);
  const start = writer.finish();
  if (length <= COPY_LIMIT) return [joined(start, entries, tail, length)];
  const parts: Uint8Array[] = [start];
  const headers = Buffer.allocUnsafe(entries.length * 8);
  entries.forEach(({ partition, bytes }, i) => {
    headers.writeUInt32BE(partition, i * 8);
    headers.writeUInt32BE(bytes.length, i * 8 + 4);
    parts.push(headers.subarray(i * 8, i * 8 + 8), bytes);
  });
  parts.push(tail);
  return parts;
}

function joined(
  start: Uint8Array,
  entries: readonly ProduceEntry[],
  tail: Uint8Array,
  length: number,
): Uint8Array {
  const frame = Buffer.allocUnsafe(length);
  frame.set(start, 0);
  let at = start.length;
  for (const { partition, bytes } of entries) {
    frame.writeUInt32BE(partition, at);
    frame.writeUInt32BE(bytes.length, at + 4);
    frame.set(bytes, at + 8);
    at += 8 + bytes.length;
  }
  frame.set(tail, at);
  return frame;
}
