// Decimal numbers in memory.

import { exactFloat, nearest } from "./decimal";

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

/** Powers of ten that a double holds exactly. */
// @ts-ignore: decorator
@lazy const POWERS = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]);

/** For the standard library's `parseFloat` (src/print.ts): the double nearest to a whole number times a power of ten. */
// @ts-ignore: decorator
@global
export function __smdk_scientific(digits: u64, exponent: i32): f64 {
  if (digits > 0x20000000000000 || exponent < -22 || exponent > 22) return nearest(digits, exponent);
  // Both are exact: one rounding makes the right number.
  if (exponent < 0) return <f64>digits / load<f64>(POWERS + (<usize>-exponent << 3));
  return <f64>digits * load<f64>(POWERS + (<usize>exponent << 3));
}

/** The number that the characters from `p` to `end` are: digits, a fraction, an exponent. Throws on anything else. */
export function readFloat(p: usize, end: usize): f64 {
  let negative = false;
  if (p < end && (load<u8>(p) == 0x2d || load<u8>(p) == 0x2b)) negative = load<u8>(p++) == 0x2d;
  let start = p;
  let digits: u64 = 0;
  let count = 0;
  let seen = 0;
  let exponent = 0;
  let isFraction = false;
  for (; p < end; ++p) {
    let byte = load<u8>(p);
    if (byte == 0x2e && !isFraction) {
      isFraction = true;
      continue;
    }
    let digit = <u8>(byte - 0x30);
    if (digit > 9) break;
    ++seen;
    if (count < 19) {
      digits = digits * 10 + digit;
      if (digits) ++count;
      if (isFraction) --exponent;
    } else {
      // Too many for the quick way.
      count = 20;
    }
  }
  let good = seen > 0;
  let mantissaEnd = p;
  let written = 0;
  if (good && p < end && (load<u8>(p) | 0x20) == 0x65) {
    ++p;
    let isNegative = false;
    if (p < end && (load<u8>(p) == 0x2d || load<u8>(p) == 0x2b)) isNegative = load<u8>(p++) == 0x2d;
    let first = p;
    let value = 0;
    for (; p < end; ++p) {
      let digit = <u8>(load<u8>(p) - 0x30);
      if (digit > 9) break;
      if (value < 100000) value = value * 10 + digit;
    }
    good = p > first;
    written = isNegative ? -value : value;
    exponent += written;
  }
  if (!good || p != end) throw new Error("invalid float literal");
  // Both parts are exact: one rounding makes the right number.
  if (count < 20 && digits <= 0x20000000000000 && exponent >= -22 && exponent <= 22) {
    let value = <f64>digits;
    if (exponent < 0) value /= load<f64>(POWERS + (<usize>-exponent << 3));
    else value *= load<f64>(POWERS + (<usize>exponent << 3));
    return negative ? -value : value;
  }
  let exact = exactFloat(start, mantissaEnd, written);
  return negative ? -exact : exact;
}
