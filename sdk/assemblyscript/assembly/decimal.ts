// Decimal numbers to doubles and back, exactly: the way for texts that have too many digits or too large exponents for a
// single rounded operation. The digits are shifted by powers of two until the fraction's bits stand before the point.

/** Digits that are kept; whether more have been lost is all that matters of the rest. */
// @ts-ignore: decorator
@inline const DIGITS_MAX: i32 = 800;
/** The largest shift at once: ten times the digit's remainder still fits into 64 bits. */
// @ts-ignore: decorator
@inline const SHIFT_MAX: i32 = 58;

/** Digits, the first not zero, with room for what a shift to the left adds. */
// @ts-ignore: decorator
@lazy const digits = memory.data(840);
let count: i32 = 0;
/** Where the point is: the number is 0.DIGITS times ten to this power. */
let point: i32 = 0;
/** Whether digits other than zero were lost. */
let lost: bool = false;

function trim(): void {
  while (count > 0 && load<u8>(digits + <usize>count - 1) == 0) --count;
  if (count == 0) point = 0;
}

/** Divides by a power of two. */
function shiftRight(by: i32): void {
  let read = 0;
  let write = 0;
  let n: u64 = 0;
  for (; n >> by == 0; ++read) {
    if (read >= count) {
      if (n == 0) {
        count = 0;
        return;
      }
      while (n >> by == 0) {
        n *= 10;
        ++read;
      }
      break;
    }
    n = n * 10 + load<u8>(digits + <usize>read);
  }
  point -= read - 1;
  let mask: u64 = (1 << <u64>by) - 1;
  for (; read < count; ++read) {
    let next = load<u8>(digits + <usize>read);
    store<u8>(digits + <usize>write, <u8>(n >> by));
    ++write;
    n = (n & mask) * 10 + next;
  }
  while (n > 0) {
    let digit = <u8>(n >> by);
    n = (n & mask) * 10;
    if (write < DIGITS_MAX) store<u8>(digits + <usize>(write++), digit);
    else if (digit) lost = true;
  }
  count = write;
  trim();
}

/** Multiplies by a power of two. */
function shiftLeft(by: i32): void {
  // Twenty digits more at most.
  let n: u64 = 0;
  let to = count + 20;
  for (let i = count - 1; i >= 0; --i) {
    n += <u64>load<u8>(digits + <usize>i) << by;
    let rest = n / 10;
    to -= 1;
    store<u8>(digits + <usize>to, <u8>(n - rest * 10));
    n = rest;
  }
  while (n > 0) {
    let rest = n / 10;
    to -= 1;
    store<u8>(digits + <usize>to, <u8>(n - rest * 10));
    n = rest;
  }
  let size = count + 20 - to;
  point += size - count;
  memory.copy(digits, digits + <usize>to, size);
  for (let i = DIGITS_MAX; i < size; ++i) if (load<u8>(digits + <usize>i)) lost = true;
  count = min(size, DIGITS_MAX);
  trim();
}

/** The number without its fraction, rounded to even. At most 2^53. */
function rounded(): u64 {
  let n: u64 = 0;
  for (let i = 0; i < point; ++i) n = n * 10 + (i < count ? <u64>load<u8>(digits + <usize>i) : 0);
  if (point < 0 || point >= count) return n;
  let digit = load<u8>(digits + <usize>point);
  if (digit == 5 && point + 1 == count && !lost) return n + (n & 1);
  return digit >= 5 ? n + 1 : n;
}

/** The double nearest to the number in the text from `p` to `end`: digits, one point or none, without a sign. */
export function exactFloat(p: usize, end: usize, exponent: i32): f64 {
  count = 0;
  point = 0;
  lost = false;
  let behindPoint = false;
  for (; p < end; ++p) {
    let byte = load<u8>(p);
    if (byte == 0x2e) {
      behindPoint = true;
      continue;
    }
    let digit = <u8>(byte - 0x30);
    if (digit == 0 && count == 0) {
      if (behindPoint) --point;
      continue;
    }
    if (count < DIGITS_MAX) store<u8>(digits + <usize>(count++), digit);
    else if (digit) lost = true;
    if (!behindPoint) ++point;
  }
  point += exponent;
  trim();
  if (count == 0 || point < -330) return 0;
  if (point > 310) return Infinity;
  let binary = 0;
  while (point > 0) {
    let by = min(SHIFT_MAX, max(1, point * 3));
    shiftRight(by);
    binary += by;
  }
  while (point < 0 || load<u8>(digits) < 5) {
    let by = point < 0 ? min(SHIFT_MAX, max(1, -point * 3)) : 1;
    shiftLeft(by);
    binary -= by;
  }
  // From [0.5, 1) to [1, 2).
  --binary;
  while (binary < -1022) {
    let by = min(SHIFT_MAX, -1022 - binary);
    shiftRight(by);
    binary += by;
  }
  if (binary > 1023) return Infinity;
  shiftLeft(53);
  let mantissa = rounded();
  if (mantissa == 1 << 53) {
    mantissa >>= 1;
    if (++binary > 1023) return Infinity;
  }
  let bits = mantissa & 0xfffffffffffff;
  if (mantissa >> 52) bits |= <u64>(binary + 1023) << 52;
  return reinterpret<f64>(bits);
}

// The other way: the digits of a double.

/** Power of ten of the last digit that `__smdk_digits` has found. */
let lastPower: i32 = 0;

/** Scratch for a number's text. */
// @ts-ignore: decorator
@lazy const scratch = memory.data(32);

/** Takes the exact value of a finite double above zero: a double is a whole number times a power of two. */
function take(value: f64): void {
  let bits = reinterpret<u64>(value);
  let binary = <i32>(bits >> 52);
  let mantissa = bits & 0xfffffffffffff;
  if (binary) mantissa |= 1 << 52;
  else binary = 1;
  binary -= 1075;
  let size = 0;
  for (let rest = mantissa; rest; rest /= 10) ++size;
  count = size;
  point = size;
  lost = false;
  for (let i = size - 1; i >= 0; --i, mantissa /= 10) store<u8>(digits + <usize>i, <u8>(mantissa % 10));
  trim();
  for (; binary > 0; binary -= min(binary, SHIFT_MAX)) shiftLeft(min(binary, SHIFT_MAX));
  for (; binary < 0; binary += min(-binary, SHIFT_MAX)) shiftRight(min(-binary, SHIFT_MAX));
}

/** The first `size` digits, rounded; there may be one more then. */
function head(size: i32): u64 {
  let n: u64 = 0;
  for (let i = 0; i < size; ++i) n = n * 10 + (i < count ? <u64>load<u8>(digits + <usize>i) : 0);
  if (size >= count) return n;
  let digit = load<u8>(digits + <usize>size);
  if (digit == 5 && size + 1 == count && !lost) return n + (n & 1);
  return digit >= 5 ? n + 1 : n;
}

/** The double nearest to a whole number times a power of ten. */
export function nearest(n: u64, power: i32): f64 {
  let end = scratch + 32;
  let p = end;
  do {
    store<u8>(--p, 0x30 + <u8>(n % 10));
    n /= 10;
  } while (n);
  return exactFloat(p, end, power);
}

/**
 * For the standard library (src/print.ts): writes the fewest digits that are read as this finite double above zero, of
 * several the nearest, in UTF-16; returns their number.
 */
// @ts-ignore: decorator
@global
export function __smdk_digits(to: usize, value: f64): i32 {
  let bits = reinterpret<u64>(value);
  // What has fewer bits may have fewer digits; otherwise 15 are always enough or too few.
  let size = bits >> 52 ? 15 : 1;
  let n: u64 = 0;
  let power = 0;
  for (; size <= 17; ++size) {
    take(value);
    power = point - size;
    n = head(size);
    if (size == 17 || nearest(n, power) == value) break;
    // Below a power of two the next doubles are nearer than above.
    if (!(bits & 0xfffffffffffff) && nearest(n + 1, power) == value) {
      ++n;
      break;
    }
  }
  while (n % 10 == 0) {
    n /= 10;
    ++power;
  }
  size = 0;
  for (let rest = n; rest; rest /= 10) ++size;
  for (let i = size - 1; i >= 0; --i, n /= 10) store<u16>(to + (<usize>i << 1), <u16>(0x30 + n % 10));
  lastPower = power;
  return size;
}

/** For the standard library: the power of ten of the last digit. */
// @ts-ignore: decorator
@global
export function __smdk_power(): i32 {
  return lastPower;
}

/** For the standard library (src/print.ts): a number with so many digits behind the point, as in JavaScript. */
// @ts-ignore: decorator
@global
export function __smdk_fixed(value: f64, places: i32): string {
  if (<u32>places > 100) throw new RangeError("toFixed() digits argument must be between 0 and 100");
  if (!(Math.abs(value) < 1e21)) return value.toString();
  let sign = i32(value < 0);
  count = 0;
  point = 0;
  if (value != 0) take(Math.abs(value));
  let size = point + places;
  let kept = max(size, 0);
  for (let i = count; i < kept; ++i) store<u8>(digits + <usize>i, 0);
  // Up from a half on.
  let carry = size >= 0 && size < count && load<u8>(digits + <usize>size) >= 5;
  for (let i = kept - 1; carry && i >= 0; --i) {
    let digit = load<u8>(digits + <usize>i) + 1;
    carry = digit == 10;
    store<u8>(digits + <usize>i, carry ? 0 : digit);
  }
  let whole = max(kept + i32(carry), places + 1);
  let length = sign + whole + i32(places > 0);
  let text = __new(<usize>length << 1, idof<string>());
  let to = text + (<usize>length << 1);
  for (let i = 0; i < whole; ++i) {
    if (i == places && places) store<u16>((to -= 2), 0x2e);
    let at = kept - 1 - i;
    store<u16>((to -= 2), 0x30 + (at >= 0 ? <u16>load<u8>(digits + <usize>at) : <u16>(carry && at == -1)));
  }
  if (sign) store<u16>(text, 0x2d);
  return changetype<string>(text);
}
