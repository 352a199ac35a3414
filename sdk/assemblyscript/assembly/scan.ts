// Searching in raw memory, 16 bytes at a time.

/** Address of the first `byte` between `p` and `end`, or 0. */
export function findByte(p: usize, end: usize, byte: u8): usize {
  let wanted = i8x16.splat(byte);
  while (p + 16 <= end) {
    let hits = i8x16.bitmask(i8x16.eq(v128.load(p), wanted));
    if (hits) return p + <usize>ctz(hits);
    p += 16;
  }
  while (p < end) {
    if (load<u8>(p) == byte) return p;
    ++p;
  }
  return 0;
}

/** Address of the first place between `p` and `end` where the `size` bytes at `needle` are, or 0. */
export function find(p: usize, end: usize, needle: usize, size: i32): usize {
  if (size == 0) return p;
  let first = load<u8>(needle);
  while (p + <usize>size <= end) {
    p = findByte(p, end - <usize>size + 1, first);
    if (!p) return 0;
    if (memory.compare(p, needle, size) == 0) return p;
    ++p;
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
