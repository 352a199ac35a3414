// Zig-zag variable-length integers, as in Kafka's record format.

/** First byte after the number that `decode` read last. */
export let after: usize = 0;

/** Whether the bytes that `decode` read last are the shortest form of an i32. */
export let canonical: bool = true;

/**
 * Reads a number; `after` is 0 when the bytes end before it does. As in Rust's reader bits beyond 64 wrap, and bit 63
 * is a sign already before the zig-zag is undone.
 */
export function decode(p: usize, end: usize): i64 {
  let value: u64 = 0;
  let shift: u64 = 0;
  let byte: u64 = 0;
  let start = p;
  do {
    if (p >= end) {
      after = 0;
      return 0;
    }
    byte = load<u8>(p++);
    value |= (byte & 0x7f) << shift;
    shift += 7;
  } while (byte & 0x80);
  after = p;
  canonical = value <= 0xffffffff && (byte != 0 || p == start + 1);
  return (<i64>value >> 1) ^ -<i64>(value & 1);
}

/** Reads a number that is known to be complete. */
// @ts-ignore: decorator
@inline export function read(p: usize): i64 {
  let byte = <u64>load<u8>(p);
  if (byte < 0x80) {
    after = p + 1;
    return <i64>(byte >>> 1) ^ -<i64>(byte & 1);
  }
  return decode(p, usize.MAX_VALUE);
}

/** Bytes of a length (at least 0) as a varint. */
// @ts-ignore: decorator
@inline export function lengthSize(length: i32): usize {
  let value = <u32>length << 1;
  if (value < 0x80) return 1;
  return value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
}

/** Writes a length (at least 0) and returns the end. */
// @ts-ignore: decorator
@inline export function writeLength(to: usize, length: i32): usize {
  let value = <u32>length << 1;
  while (value >= 0x80) {
    store<u8>(to++, value | 0x80);
    value >>>= 7;
  }
  store<u8>(to, value);
  return to + 1;
}

/**
 * Writes any number the way Rust's encoder does and returns the end: right within 32 bits, and beyond them
 * wrong in the same way, since damaged input must come out as it does there.
 */
export function write(to: usize, number: i64): usize {
  let value = (number << 1) ^ (number >> 31);
  while (value & 0xffffff80) {
    store<u8>(to++, <u8>value | 0x80);
    value >>= 7;
  }
  store<u8>(to, <u8>value);
  return to + 1;
}
