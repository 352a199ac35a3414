// Decimal integers in memory.

/** Characters that a decimal integer takes. */
export function integerSize(value: i64): i32 {
  let sign = value < 0 ? 1 : 0;
  let rest: u64 = value < 0 ? 0 - <u64>value : <u64>value;
  let size = sign + 1;
  while (rest >= 100000000) {
    rest /= 100000000;
    size += 8;
  }
  let small = <u32>rest;
  if (small >= 10000) {
    small /= 10000;
    size += 4;
  }
  return size + <i32>(small >= 10) + <i32>(small >= 100) + <i32>(small >= 1000);
}

/** Writes a decimal integer of `size` characters, as `integerSize` has told. */
export function writeInteger(to: usize, size: i32, value: i64): void {
  let p = to + <usize>size;
  let rest: u64 = value < 0 ? 0 - <u64>value : <u64>value;
  if (value < 0) store<u8>(to, 0x2d);
  while (rest > 0xffffffff) {
    let next = rest / 10;
    store<u8>(--p, 0x30 + <u8>(rest - next * 10));
    rest = next;
  }
  // Two digits a step, and divisions of 32 bits by constants, which are multiplications.
  let small = <u32>rest;
  while (small >= 10) {
    let next = small / 100;
    let pair = small - next * 100;
    let tens = (pair * 103) >>> 10;
    p -= 2;
    store<u16>(p, <u16>(0x3030 + tens + ((pair - tens * 10) << 8)));
    small = next;
  }
  if (p > to + <usize>(value < 0)) store<u8>(--p, 0x30 + <u8>small);
}
