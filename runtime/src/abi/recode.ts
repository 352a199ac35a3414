/**
 * Writes records anew that are valid but not in the form upstream would pass on: a wrong inner length, a varint
 * longer than needed. Rare: only odd guests produce them.
 */
import { OutputWalker, varintLength } from "./output.ts";

/** Longest varint of a record's length: the body of a record is shorter than 2^31 bytes. */
const MAX_LENGTH_VARINT = 5;

/** `bytes` holds u32 count and that many records, already walked once without complaint. */
export function recodeRecords(bytes: Uint8Array, count: number): Uint8Array {
  // Everything but the length in front of a record gets shorter or stays.
  const out = new Uint8Array(bytes.length + count * MAX_LENGTH_VARINT);
  out.set(bytes.subarray(0, 4));
  const walker = new OutputWalker(bytes);
  walker.pos = 4;
  let at = 4;
  const putVarint = (value: bigint): void => {
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    while (rest >= 0x80n) {
      out[at++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    out[at++] = Number(rest);
  };
  const dataSize = (): number => {
    const length = walker.varint();
    walker.pos += length;
    return varintLength(BigInt(length)) + length;
  };
  const putData = (): void => {
    const length = walker.varint();
    putVarint(BigInt(length));
    out.set(bytes.subarray(walker.pos, walker.pos + length), at);
    walker.pos += length;
    at += length;
  };
  for (let i = 0; i < count; i++) {
    walker.longVarint();
    const body = walker.pos;
    // First measure, then write: the length comes before what it counts.
    walker.pos = body + 1;
    let length = 1 + varintLength(walker.longVarint()) + varintLength(walker.longVarint()) + 1;
    if (walker.bool()) length += dataSize();
    length += dataSize() + varintLength(walker.longVarint());

    walker.pos = body;
    putVarint(BigInt(length));
    out[at++] = walker.u8();
    putVarint(walker.longVarint());
    putVarint(walker.longVarint());
    const keyed = walker.bool();
    out[at++] = keyed ? 1 : 0;
    if (keyed) putData();
    putData();
    putVarint(walker.longVarint());
  }
  return out.subarray(0, at);
}
