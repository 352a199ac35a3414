/**
 * What the host hands to a guest, laid out for the version of the call. The records go in as the wire bytes they
 * already are; nothing is written per record.
 */
import type { Lookback } from "@smdk/protocol";

export interface TransformInput {
  /** Absolute offset of the batch. */
  baseOffset: bigint;
  /** First timestamp of the batch in ms since the epoch. */
  baseTimestamp: bigint;
  /** Encoded `Vec<Record>`: u32 count and the records. */
  records: Uint8Array;
}

/** Bytes of the part that follows the records. */
function tailLength(version: number): number {
  let length = 0;
  if (version <= 22) length += version >= 20 ? 3 : 2; // params: an empty map, no lookback
  if (version >= 16 && version <= 22) length += 4; // join_record: empty
  if (version >= 22) length += 8; // base_timestamp
  return length;
}

/** Length of the encoded input; `accumulator` only for aggregates. */
export function inputLength(input: TransformInput, version: number, accumulator: Uint8Array | null): number {
  const base = 8 + 4 + input.records.length + tailLength(version);
  return accumulator === null ? base : base + 4 + accumulator.length;
}

/** Writes the input at `at`; the caller made sure that `inputLength` bytes are there. */
export function writeInput(
  memory: Uint8Array,
  at: number,
  input: TransformInput,
  version: number,
  accumulator: Uint8Array | null,
): void {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  view.setBigInt64(at, BigInt.asIntN(64, input.baseOffset));
  view.setUint32(at + 8, input.records.length);
  memory.set(input.records, at + 12);
  let pos = at + 12 + input.records.length;
  const tail = tailLength(version);
  memory.fill(0, pos, pos + tail);
  pos += tail;
  if (version >= 22) view.setBigInt64(pos - 8, BigInt.asIntN(64, input.baseTimestamp));
  if (accumulator !== null) {
    view.setUint32(pos, accumulator.length);
    memory.set(accumulator, pos + 4);
  }
}

/** The input of a transform or of `look_back` as bytes of its own. */
export function encodeInput(
  input: TransformInput,
  version: number,
  accumulator: Uint8Array | null = null,
): Uint8Array {
  const bytes = new Uint8Array(inputLength(input, version, accumulator));
  writeInput(bytes, 0, input, version, accumulator);
  return bytes;
}

const utf8 = new TextEncoder();
const MAX_STRING = 32_767;

/**
 * The input of `init`: parameters in the order of their bytes, and the lookback.
 * Throws RangeError for a key or value above 32,767 bytes or more than 65,535 parameters: the format has no room.
 */
export function encodeInit(
  params: ReadonlyMap<string, string>,
  lookback: Lookback | null,
  version: number,
): Uint8Array {
  const entries = [...params].map(([key, value]) => [utf8.encode(key), utf8.encode(value)] as const);
  entries.sort(([a], [b]) => compareBytes(a, b));
  if (entries.length > 0xffff)
    throw new RangeError(`${entries.length} parameters, at most 65535 are possible`);
  let length = 2;
  for (const [key, value] of entries) {
    if (key.length > MAX_STRING || value.length > MAX_STRING) {
      const name = new TextDecoder().decode(key.subarray(0, 100));
      throw new RangeError(`parameter "${name}" is longer than ${MAX_STRING} bytes`);
    }
    length += 4 + key.length + value.length;
  }
  const bytes = new Uint8Array(length + (version >= 20 ? 22 : 0));
  const view = new DataView(bytes.buffer);
  let pos = 0;
  const putString = (text: Uint8Array): void => {
    view.setUint16(pos, text.length);
    bytes.set(text, pos + 2);
    pos += 2 + text.length;
  };
  view.setUint16(0, entries.length);
  pos = 2;
  for (const [key, value] of entries) {
    putString(key);
    putString(value);
  }
  if (version >= 20) {
    bytes[pos++] = lookback === null ? 0 : 1;
    if (lookback !== null) {
      view.setBigUint64(pos, BigInt.asUintN(64, lookback.last));
      pos += 8;
      if (version >= 21) {
        bytes[pos++] = lookback.age === null ? 0 : 1;
        if (lookback.age !== null) {
          view.setBigUint64(pos, BigInt.asUintN(64, lookback.age.seconds));
          view.setUint32(pos + 8, lookback.age.nanos);
          pos += 12;
        }
      }
    }
  }
  return bytes.subarray(0, pos);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
