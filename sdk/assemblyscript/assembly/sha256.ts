// SHA-256 (FIPS 180-4). JavaScript's engine is built with this file too, so that nothing here may be static data.

/** Bytes of work that `digest` needs: the message schedule, and room for the last blocks. */
// @ts-ignore: decorator
@inline export const WORK_SIZE: i32 = 256 + 128;

/** Writes the 32 bytes of the digest to `state`. `constants` are the 64 of the rounds. */
export function digest(from: usize, size: usize, state: usize, work: usize, constants: usize): void {
  store<u32>(state, 0x6a09e667);
  store<u32>(state, 0xbb67ae85, 4);
  store<u32>(state, 0x3c6ef372, 8);
  store<u32>(state, 0xa54ff53a, 12);
  store<u32>(state, 0x510e527f, 16);
  store<u32>(state, 0x9b05688c, 20);
  store<u32>(state, 0x1f83d9ab, 24);
  store<u32>(state, 0x5be0cd19, 28);
  let p = from;
  let left = size;
  for (; left >= 64; left -= 64, p += 64) block(p, state, work, constants);
  let last = work + 256;
  memory.fill(last, 0, 128);
  memory.copy(last, p, left);
  store<u8>(last + left, 0x80);
  let end = last + (left < 56 ? 64 : 128);
  store<u64>(end - 8, bswap<u64>(<u64>size << 3));
  for (; last < end; last += 64) block(last, state, work, constants);
  for (let i: usize = 0; i < 32; i += 4) store<u32>(state + i, bswap<u32>(load<u32>(state + i)));
}

function block(p: usize, state: usize, words: usize, constants: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(words + i, bswap<u32>(load<u32>(p + i)));
  for (let i: usize = 64; i < 256; i += 4) {
    let a = load<u32>(words + i - 60);
    let b = load<u32>(words + i - 8);
    let s0 = rotr<u32>(a, 7) ^ rotr<u32>(a, 18) ^ (a >>> 3);
    let s1 = rotr<u32>(b, 17) ^ rotr<u32>(b, 19) ^ (b >>> 10);
    store<u32>(words + i, load<u32>(words + i - 64) + s0 + load<u32>(words + i - 28) + s1);
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
    let first = h + s1 + ((e & f) ^ (~e & g)) + load<u32>(constants + i) + load<u32>(words + i);
    let s0 = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
    let second = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + second;
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
