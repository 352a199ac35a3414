/** SipHash-2-4 with a zero key over 32-bit halves: what decides the partition of a keyed record. */

/**
 * Partition of a key: the hash of its 8-byte little-endian length and its bytes, modulo `partitions` (at least 1,
 * at most 2^32-1). Equal to Fluvio's own clients on 64-bit machines.
 */
export function partitionForKey(key: Uint8Array, partitions: number): number {
  const [high, low] = keyHash(key);
  // (high * 2^32 + low) mod n without 64-bit arithmetic: both products stay below 2^53 for n < 2^21
  if (partitions <= 0x1f_ffff)
    return ((high % partitions) * (0x1_0000_0000 % partitions) + (low % partitions)) % partitions;
  return Number(((BigInt(high) << 32n) | BigInt(low)) % BigInt(partitions));
}

/** The 64-bit hash as two unsigned halves, high one first. */
export function keyHash(key: Uint8Array): [number, number] {
  // v0..v3 as halves; the initial constants are the ASCII text of the algorithm, both key words are zero
  let v0h = 0x736f6d65;
  let v0l = 0x70736575;
  let v1h = 0x646f7261;
  let v1l = 0x6e646f6d;
  let v2h = 0x6c796765;
  let v2l = 0x6e657261;
  let v3h = 0x74656462;
  let v3l = 0x79746573;

  const round = (): void => {
    let carry: number;
    let t: number;
    // v0 += v1; v1 = rotl(v1, 13) ^ v0; v0 = rotl(v0, 32)
    carry = (v0l >>> 0) + (v1l >>> 0);
    v0h = (v0h + v1h + (carry > 0xffff_ffff ? 1 : 0)) | 0;
    v0l = carry | 0;
    t = (v1h << 13) | (v1l >>> 19);
    v1l = ((v1l << 13) | (v1h >>> 19)) ^ v0l;
    v1h = t ^ v0h;
    t = v0h;
    v0h = v0l;
    v0l = t;
    // v2 += v3; v3 = rotl(v3, 16) ^ v2
    carry = (v2l >>> 0) + (v3l >>> 0);
    v2h = (v2h + v3h + (carry > 0xffff_ffff ? 1 : 0)) | 0;
    v2l = carry | 0;
    t = (v3h << 16) | (v3l >>> 16);
    v3l = ((v3l << 16) | (v3h >>> 16)) ^ v2l;
    v3h = t ^ v2h;
    // v0 += v3; v3 = rotl(v3, 21) ^ v0
    carry = (v0l >>> 0) + (v3l >>> 0);
    v0h = (v0h + v3h + (carry > 0xffff_ffff ? 1 : 0)) | 0;
    v0l = carry | 0;
    t = (v3h << 21) | (v3l >>> 11);
    v3l = ((v3l << 21) | (v3h >>> 11)) ^ v0l;
    v3h = t ^ v0h;
    // v2 += v1; v1 = rotl(v1, 17) ^ v2; v2 = rotl(v2, 32)
    carry = (v2l >>> 0) + (v1l >>> 0);
    v2h = (v2h + v1h + (carry > 0xffff_ffff ? 1 : 0)) | 0;
    v2l = carry | 0;
    t = (v1h << 17) | (v1l >>> 15);
    v1l = ((v1l << 17) | (v1h >>> 15)) ^ v2l;
    v1h = t ^ v2h;
    t = v2h;
    v2h = v2l;
    v2l = t;
  };

  const absorb = (high: number, low: number): void => {
    v3h ^= high;
    v3l ^= low;
    round();
    round();
    v0h ^= high;
    v0l ^= low;
  };

  const length = key.length;
  absorb(0, length);
  let at = 0;
  for (; at + 8 <= length; at += 8) absorb(word(key, at + 4), word(key, at));
  let low = 0;
  let high = 0;
  for (let i = at; i < length; i++) {
    const shift = ((i - at) & 3) * 8;
    if (i - at < 4) low |= key[i]! << shift;
    else high |= key[i]! << shift;
  }
  // the last word carries the length of everything hashed, the 8 length bytes included
  absorb(high | ((length + 8) << 24), low);
  v2l ^= 0xff;
  round();
  round();
  round();
  round();
  return [(v0h ^ v1h ^ v2h ^ v3h) >>> 0, (v0l ^ v1l ^ v2l ^ v3l) >>> 0];
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
