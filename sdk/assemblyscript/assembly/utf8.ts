// UTF-8 to and from the UTF-16 strings of the language. Everything here reads and writes raw memory and
// never throws; invalid sequences decode to U+FFFD, one for each maximal part, as `TextDecoder` does.

/** Bytes that `text` takes in UTF-8. Lone surrogates count as U+FFFD. */
export function utf8Length(text: string): i32 {
  let units = <i32>text.length;
  let p = changetype<usize>(text);
  let end = p + (<usize>units << 1);
  let size = units;
  while (p + 8 <= end && !(load<u64>(p) & 0xff80ff80ff80ff80)) p += 8;
  while (p < end) {
    let unit = <u32>load<u16>(p);
    p += 2;
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      size += 1;
    } else {
      size += 2;
      if ((unit & 0xfc00) == 0xd800 && p < end && (load<u16>(p) & 0xfc00) == 0xdc00) p += 2;
    }
  }
  return size;
}

/** Writes `text` as UTF-8 at `to`, where `utf8Length(text)` bytes must be free, and returns the end. */
export function utf8Write(text: string, to: usize): usize {
  let p = changetype<usize>(text);
  let end = p + (<usize>text.length << 1);
  while (p + 8 <= end) {
    let four = load<u64>(p);
    if (four & 0xff80ff80ff80ff80) break;
    four |= four >>> 8;
    store<u16>(to, <u16>four);
    store<u16>(to, <u16>(four >>> 32), 2);
    p += 8;
    to += 4;
  }
  while (p < end) {
    let unit = <u32>load<u16>(p);
    p += 2;
    if (unit < 0x80) {
      store<u8>(to++, unit);
    } else if (unit < 0x800) {
      store<u8>(to, 0xc0 | (unit >>> 6));
      store<u8>(to, 0x80 | (unit & 0x3f), 1);
      to += 2;
    } else {
      if ((unit & 0xf800) == 0xd800) {
        let low = p < end ? <u32>load<u16>(p) : 0;
        if (unit < 0xdc00 && (low & 0xfc00) == 0xdc00) {
          p += 2;
          let point = 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
          store<u8>(to, 0xf0 | (point >>> 18));
          store<u8>(to, 0x80 | ((point >>> 12) & 0x3f), 1);
          store<u8>(to, 0x80 | ((point >>> 6) & 0x3f), 2);
          store<u8>(to, 0x80 | (point & 0x3f), 3);
          to += 4;
          continue;
        }
        unit = 0xfffd;
      }
      store<u8>(to, 0xe0 | (unit >>> 12));
      store<u8>(to, 0x80 | ((unit >>> 6) & 0x3f), 1);
      store<u8>(to, 0x80 | (unit & 0x3f), 2);
      to += 3;
    }
  }
  return to;
}

/**
 * Writes a text of ASCII as bytes; false, with nothing of use written, when it holds anything else. There must be
 * room for 16 bytes more than it has units.
 */
export function writeAscii(text: string, to: usize): bool {
  let p = changetype<usize>(text);
  let end = p + (<usize>text.length << 1);
  let high = i16x8.splat(<i16>0xff80);
  while (p + 32 <= end) {
    let low = v128.load(p);
    let next = v128.load(p, 16);
    if (v128.any_true(v128.and(v128.or(low, next), high))) return false;
    v128.store(to, i8x16.narrow_i16x8_u(low, next));
    p += 32;
    to += 16;
  }
  for (; p < end; p += 2) {
    let unit = load<u16>(p);
    if (unit >= 0x80) return false;
    store<u8>(to++, <u8>unit);
  }
  return true;
}

/**
 * Length of the well-formed sequence at `p` (1 to 4); or, when it is not well-formed, minus the number of
 * bytes to replace (1 to 3). `p` must be before `end`.
 */
export function utf8Sequence(p: usize, end: usize): i32 {
  let first = <u32>load<u8>(p);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return -1;
  let second: u32 = p + 1 < end ? <u32>load<u8>(p, 1) : 0;
  if (first < 0xe0) return (second & 0xc0) == 0x80 ? 2 : -1;
  let low: u32 = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  let high: u32 = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return -1;
  if (p + 2 >= end || (load<u8>(p, 2) & 0xc0) != 0x80) return -2;
  if (first < 0xf0) return 3;
  if (p + 3 >= end || (load<u8>(p, 3) & 0xc0) != 0x80) return -3;
  return 4;
}

/** Position of the first byte that is not part of well-formed UTF-8, or `end`. */
export function utf8Check(p: usize, end: usize): usize {
  while (p < end) {
    // Bytes behind the end are read, and do not count.
    let high = i8x16.bitmask(v128.load(p));
    if (!high) {
      p += 16;
      continue;
    }
    p += <usize>ctz(high);
    if (p >= end) break;
    let size = utf8Sequence(p, end);
    if (size < 0) return p;
    p += size;
  }
  return end;
}

/** Whether the bytes that `utf8Read` read last were well-formed. */
export let wellFormed: bool = true;

/** The string in the UTF-8 bytes from `p` to `end`. */
export function utf8Read(p: usize, end: usize): string {
  wellFormed = true;
  if (p >= end) return "";
  // One byte makes at most one unit; what is too much is given back below.
  let size = (end - p) << 1;
  let object = __new(size, idof<string>());
  let to = object;
  while (p + 16 <= end) {
    let block = v128.load(p);
    if (i8x16.bitmask(block)) break;
    v128.store(to, i16x8.extend_low_i8x16_u(block));
    v128.store(to, i16x8.extend_high_i8x16_u(block), 16);
    to += 32;
    p += 16;
  }
  while (p < end) {
    let byte = load<u8>(p);
    if (byte >= 0x80) break;
    store<u16>(to, byte);
    to += 2;
    ++p;
  }
  return p < end ? utf8ReadRest(object, to, p, end) : changetype<string>(object);
}

/** Goes on with `utf8Read` at the first byte that is not ASCII. */
function utf8ReadRest(object: usize, to: usize, p: usize, end: usize): string {
  while (p < end) {
    while (p + 4 <= end) {
      let four = load<u32>(p);
      if (four & 0x80808080) break;
      let wide = <u64>four;
      wide = (wide | (wide << 16)) & 0x0000ffff0000ffff;
      wide = (wide | (wide << 8)) & 0x00ff00ff00ff00ff;
      store<u64>(to, wide);
      to += 8;
      p += 4;
    }
    if (p >= end) break;
    let first = <u32>load<u8>(p);
    let size = utf8Sequence(p, end);
    let point: u32 = 0xfffd;
    if (size == 1) point = first;
    else if (size == 2) point = ((first & 0x1f) << 6) | (load<u8>(p, 1) & 0x3f);
    else if (size == 3) {
      point = ((first & 0x0f) << 12) | ((<u32>load<u8>(p, 1) & 0x3f) << 6) | (load<u8>(p, 2) & 0x3f);
    } else if (size == 4) {
      point = ((first & 0x07) << 18) | ((<u32>load<u8>(p, 1) & 0x3f) << 12)
        | ((<u32>load<u8>(p, 2) & 0x3f) << 6) | (load<u8>(p, 3) & 0x3f);
    }
    if (size < 0) {
      wellFormed = false;
      p -= size;
    } else {
      p += size;
    }
    if (point >= 0x10000) {
      point -= 0x10000;
      store<u16>(to, 0xd800 | (point >>> 10));
      store<u16>(to, 0xdc00 | (point & 0x3ff), 2);
      to += 4;
    } else {
      store<u16>(to, point);
      to += 2;
    }
  }
  return changetype<string>(__renew(object, to - object));
}
