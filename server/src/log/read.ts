/** Reading whole batches from one segment. */

import { BATCH_HEADER_LENGTH, BATCH_MAGIC } from "@smdk/protocol";
import type { File } from "../env/index.ts";
import { LogError } from "./error.ts";
import { parseHeader, scanBatches } from "./scan.ts";
import type { Segment } from "./segment.ts";

/** Whole batches of one segment; `records` is empty when the first one ends behind the wanted end. */
export interface Slice {
  readonly records: Uint8Array;
  readonly baseOffset: bigint;
  readonly nextOffset: bigint;
  /** Where in the file the slice ends. */
  readonly endPosition: number;
}

/** The place of a batch. */
export interface Place {
  readonly position: number;
  readonly offset: bigint;
}

/** Thrown when the index led to a place that is no batch with the offset it gave. */
export class IndexMismatch extends Error {
  constructor(position: number) {
    super(`there is no batch that follows on at position ${position}`);
  }
}

/** Finds the batch that contains `offset`, going forward from the best place the index knows. */
export async function locate(file: File, segment: Segment, size: number, offset: bigint): Promise<Place> {
  const entry = segment.index?.lookup(Number(offset - segment.base)) ?? { relativeOffset: 0, position: 0 };
  const from: Place = { position: entry.position, offset: segment.base + BigInt(entry.relativeOffset) };
  if (from.offset === offset) return from;
  const end = await scanBatches(file, {
    size,
    base: segment.base,
    position: from.position,
    offset: from.offset,
    verifyCrc: false,
    until: offset,
  });
  if (end.stopped !== undefined) {
    if (end.position === from.position && from.position > 0) throw new IndexMismatch(end.position);
    throw damaged(segment, `${end.stopped}, at position ${end.position}`);
  }
  return end;
}

/**
 * Reads whole batches from `place` on: as many as fit into `maxBytes` and end at or before `endOffset`, but at
 * least one if only its size is in the way.
 */
export async function readSlice(
  file: File,
  segment: Segment,
  place: Place,
  bounds: { readonly size: number; readonly maxBytes: number; readonly endOffset: bigint },
): Promise<Slice> {
  const available = bounds.size - place.position;
  let bytes = allocate(Math.min(available, Math.max(bounds.maxBytes, BATCH_HEADER_LENGTH)));
  let filled = await file.read(bytes, place.position);
  let at = 0;
  let offset = place.offset;
  while (at + BATCH_HEADER_LENGTH <= filled) {
    const header = parseHeader(bytes.subarray(at));
    if (header.baseOffset !== offset || header.magic !== BATCH_MAGIC || header.length < BATCH_HEADER_LENGTH) {
      // What is whole and right comes first; the next read meets the damage at its start.
      if (at > 0) break;
      throw new IndexMismatch(place.position);
    }
    const next = offset + BigInt(header.lastOffsetDelta) + 1n;
    if (next <= offset || header.length > available - at) {
      if (at > 0) break;
      throw new IndexMismatch(place.position);
    }
    if (next > bounds.endOffset) break;
    if (at + header.length > filled) {
      if (at > 0) break;
      bytes = allocate(header.length);
      filled = await file.read(bytes, place.position);
      if (filled < header.length) throw damaged(segment, "the file is shorter than the log");
    }
    at += header.length;
    offset = next;
  }
  if (at === 0 && filled < BATCH_HEADER_LENGTH && available > 0) {
    throw damaged(segment, "the file is shorter than the log");
  }
  return {
    records: bytes.subarray(0, at),
    baseOffset: place.offset,
    nextOffset: offset,
    endPosition: place.position + at,
  };
}

/** Not zeroed: every byte that is handed out has been read from the file. */
function allocate(length: number): Uint8Array {
  return Buffer.allocUnsafeSlow(length);
}

export function damaged(segment: Segment, reason: string): LogError {
  return new LogError("SMDK_LOG_DAMAGED", `${segment.logPath} is damaged: ${reason}`, {
    hint: "restarting recovers the log to its longest valid prefix",
  });
}
