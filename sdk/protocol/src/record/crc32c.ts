/** CRC-32C (Castagnoli), as batches and snappy frames use it: native where a prebuilt binary loads, else tables. */
import { createRequire } from "node:module";

type Native = (input: Uint8Array, initial?: number) => number;

let native: Native | null | undefined;

function loadNative(): Native | null {
  try {
    const library = createRequire(import.meta.url)("@node-rs/crc32") as { crc32c: Native };
    return library.crc32c;
  } catch {
    return null;
  }
}

/** CRC-32C of `bytes[start..end)` as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  if (native === undefined) native = loadNative();
  return native === null ? crc32cTables(bytes, start, end) : native(bytes.subarray(start, end)) >>> 0;
}

let tables: Uint32Array[] | undefined;

function makeTables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    let c = i;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
    first[i] = c;
  }
  const all = [first];
  for (let t = 1; t < 8; t++) {
    const previous = all[t - 1]!;
    const table = new Uint32Array(256);
    for (let i = 0; i < 256; i++) table[i] = (previous[i]! >>> 8) ^ first[previous[i]! & 0xff]!;
    all.push(table);
  }
  return all;
}

/** The same without native code, eight bytes a step. */
export function crc32cTables(bytes: Uint8Array, start = 0, end = bytes.length): number {
  tables ??= makeTables();
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  let c = -1;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    c ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    c =
      t7[c & 0xff]! ^
      t6[(c >>> 8) & 0xff]! ^
      t5[(c >>> 16) & 0xff]! ^
      t4[c >>> 24]! ^
      t3[bytes[i + 4]!]! ^
      t2[bytes[i + 5]!]! ^
      t1[bytes[i + 6]!]! ^
      t0[bytes[i + 7]!]!;
  }
  for (; i < end; i++) c = t0[(c ^ bytes[i]!) & 0xff]! ^ (c >>> 8);
  return (c ^ -1) >>> 0;
}
