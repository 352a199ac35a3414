/** Produce requests without copying the batches: the pieces go to the socket one after the other. */
import { encode, type Isolation, list, ProduceApi, SmartModuleInvocation, Writer } from "@smdk/protocol";

/** Position of the correlation id behind length, key and version. */
export const CORRELATION_ID_AT = 8;

/** Partition and length before every batch of a request. */
export const ENTRY_HEADER_LENGTH = 8;

/** Below this many bytes one write of a copy is cheaper than many writes. */
const COPY_LIMIT = 4096;

export interface ProduceHead {
  version: number;
  clientId: string;
  topic: string;
  isolation: Isolation;
  timeoutMs: number;
  smartModules: readonly SmartModuleInvocation[];
}

/**
 * A batch of a partition, encoded. The {@link ENTRY_HEADER_LENGTH} bytes before it in its buffer belong to it and are
 * written to.
 */
export interface ProduceEntry {
  partition: number;
  bytes: Uint8Array;
}

/**
 * A whole frame in pieces, with a correlation id of 0 at {@link CORRELATION_ID_AT} of the first. Batches that lie one
 * behind the other make up one piece.
 */
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
  for (const { bytes } of entries) length += ENTRY_HEADER_LENGTH + bytes.length;
  writer.patchU32(0, length - 4);
  const parts = [writer.finish(), ...pieces(entries), tail];
  return length <= COPY_LIMIT ? [Buffer.concat(parts, length)] : parts;
}

/** The entries with their headers. */
function pieces(entries: readonly ProduceEntry[]): Uint8Array[] {
  const found: Uint8Array[] = [];
  let at = 0;
  while (at < entries.length) {
    const { buffer, byteOffset } = entries[at]!.bytes;
    const start = byteOffset - ENTRY_HEADER_LENGTH;
    const view = Buffer.from(buffer, start);
    let end = start;
    for (; at < entries.length; at++) {
      const { partition, bytes } = entries[at]!;
      if (bytes.buffer !== buffer || bytes.byteOffset - ENTRY_HEADER_LENGTH !== end) break;
      view.writeUInt32BE(partition, end - start);
      view.writeUInt32BE(bytes.length, end - start + 4);
      end = bytes.byteOffset + bytes.length;
    }
    found.push(view.subarray(0, end - start));
  }
  return found;
}
