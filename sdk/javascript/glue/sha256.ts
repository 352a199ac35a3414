// SHA-256 (FIPS 180-4).

import { free, malloc } from "./engine";
import { scratch, shaConstants } from "./state";

/** The digest: 32 bytes in the scratch area; 0 without memory. */
export function digest(bytes: usize, size: usize): usize {
  let work = malloc(64 * 4 + 128);
  if (!work) return 0;
  let state = scratch + 64;
  store<u32>(state, 0x6a09e667);
  store<u32>(state, 0xbb67ae85, 4);
  store<u32>(state, 0x3c6ef372, 8);
  store<u32>(state, 0xa54ff53a, 12);
  store<u32>(state, 0x510e527f, 16);
  store<u32>(state, 0x9b05688c, 20);
  store<u32>(state, 0x1f83d9ab, 24);
  store<u32>(state, 0x5be0cd19, 28);
  let whole = size & ~63;
  for (let p: usize = 0; p < whole; p += 64) block(state, bytes + p, work);
  let last = work + 256;
  memory.fill(last, 0, 128);
  if (size > whole) memory.copy(last, bytes + whole, size - whole);
  store<u8>(last + (size - whole), 0x80);
  let blocks: usize = size - whole < 56 ? 1 : 2;
  store<u64>(last + blocks * 64 - 8, bswap<u64>(<u64>size << 3));
  for (let i: usize = 0; i < blocks; ++i) block(state, last + i * 64, work);
  for (let i: usize = 0; i < 32; i += 4) store<u32>(state + i, bswap<u32>(load<u32>(state + i)));
  free(work);
  return state;
}

function block(state: usize, p: usize, w: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(w + i, bswap<u32>(load<u32>(p + i)));
  for (let i: usize = 64; i < 256; i += 4) {
    let a = load<u32>(w + i - 60);
    let b = load<u32>(w + i - 8);
    let s0 = rotr<u32>(a, 7) ^ rotr<u32>(a, 18) ^ (a >>> 3);
    let s1 = rotr<u32>(b, 17) ^ rotr<u32>(b, 19) ^ (b >>> 10);
    store<u32>(w + i, load<u32>(w + i - 64) + s0 + load<u32>(w + i - 28) + s1);
  }
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let f = load<u32>(state, 20);
  let g = load<u32>(state, 24);
  let h = load<u32>(state, 28);
  for (let i: usize = 0; i < 256; i += 4) {
    let s1 = rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
    let t1 = h + s1 + ((e & f) ^ (~e & g)) + load<u32>(shaConstants + i) + load<u32>(w + i);
    let s0 = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
    let t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  store<u32>(state, load<u32>(state) + a);
  store<u32>(state, load<u32>(state, 4) + b, 4);
  store<u32>(state, load<u32>(state, 8) + c, 8);
  store<u32>(state, load<u32>(state, 12) + d, 12);
  store<u32>(state, load<u32>(state, 16) + e, 16);
  store<u32>(state, load<u32>(state, 20) + f, 20);
  store<u32>(state, load<u32>(state, 24) + g, 24);
  store<u32>(state, load<u32>(state, 28) + h, 28);
}
