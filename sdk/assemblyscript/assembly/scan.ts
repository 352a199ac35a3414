// Searching in raw memory, 16 bytes at a time.

/** Address of the first `byte` between `p` and `end`, or 0. Reads up to 31 bytes behind the end. */
export function findByte(p: usize, end: usize, byte: u8): usize {
  let wanted = i8x16.splat(byte);
  // Two blocks a step: most of what is searched for is near, and then there is one branch to guess.
  while (p < end) {
    let hits =
      i8x16.bitmask(i8x16.eq(v128.load(p), wanted)) | (i8x16.bitmask(i8x16.eq(v128.load(p, 16), wanted)) << 16);
    if (hits) {
      p += <usize>ctz(hits);
      return p < end ? p : 0;
    }
    p += 32;
  }
  return 0;
}

/** Address of the first place between `p` and `end` where the `size` bytes at `needle` are, or 0. */
export function find(p: usize, end: usize, needle: usize, size: i32): usize {
  if (size == 0) return p;
  // Both the first and the last byte must fit: then few places are left to compare at.
  let first = i8x16.splat(load<u8>(needle));
  let reach = <usize>size - 1;
  let last = i8x16.splat(load<u8>(needle + reach));
  while (p + reach < end) {
    let hits = i8x16.bitmask(
      v128.and(i8x16.eq(v128.load(p), first), i8x16.eq(v128.load(p + reach), last)),
    );
    while (hits) {
      let at = p + <usize>ctz(hits);
      if (at + reach >= end) return 0;
      if (memory.compare(at, needle, size) == 0) return at;
      hits &= hits - 1;
    }
    p += 16;
  }
  return 0;
}

/** First byte after leading white space. */
export function numberStart(start: usize, size: i32): usize {
  let end = start + <usize>size;
  while (start < end && isBlank(load<u8>(start))) ++start;
  return start;
}

/** End of what is left without trailing white space; not before `from`. */
export function numberEnd(from: usize, start: usize, size: i32): usize {
  let end = start + <usize>size;
  while (end > from && isBlank(load<u8>(end - 1))) --end;
  return end;
}

// @ts-ignore: decorator
@inline function isBlank(byte: u8): bool {
  return byte == 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
