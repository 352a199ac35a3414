/**
 * Writes records anew that are valid but not in the form upstream would pass on: a wrong inner length, a varint
 * longer than needed. Rare (only odd guests produce them), so clarity comes before speed.
 */
import { OutputWalker } from "./output.ts";

/** `bytes` holds u32 count and that many records, already walked once without complaint. */
export function recodeRecords(bytes: Uint8Array, count: number): Uint8Array {
  const walker = new OutputWalker(bytes);
  walker.pos = 4;
  const out: number[][] = [[...bytes.subarray(0, 4)]];
  for (let i = 0; i < count; i++) {
    walker.longVarint();
    const body: number[] = [walker.u8()];
    pushVarint(body, walker.longVarint());
    pushVarint(body, walker.longVarint());
    const keyed = walker.bool();
    body.push(keyed ? 1 : 0);
    if (keyed) pushData(body, walker.data());
    pushData(body, walker.data());
    pushVarint(body, walker.longVarint());
    const record: number[] = [];
    pushVarint(record, BigInt(body.length));
    out.push(record, body);
  }
  const length = out.reduce((sum, piece) => sum + piece.length, 0);
  const result = new Uint8Array(length);
  let at = 0;
  for (const piece of out) {
    result.set(piece, at);
    at += piece.length;
  }
  return result;
}

function pushData(to: number[], data: Uint8Array): void {
  pushVarint(to, BigInt(data.length));
  for (const byte of data) to.push(byte);
}

function pushVarint(to: number[], value: bigint): void {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  while (rest >= 0x80n) {
    to.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  to.push(Number(rest));
}
