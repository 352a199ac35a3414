// UTF-8 where it lies: what is ASCII, what is well-formed, and what an engine leaves of lone surrogates.

export function isAscii(p: usize, size: usize): bool {
  let end = p + size;
  for (; p + 16 <= end; p += 16) {
    if (i8x16.bitmask(v128.load(p))) return false;
  }
  for (; p < end; ++p) {
    if (load<u8>(p) & 0x80) return false;
  }
  return true;
}

/** Bytes of the well-formed character at p; 0 when there is none. `bad` is then what one U+FFFD replaces. */
export function character(p: usize, end: usize): usize {
  let a = load<u8>(p);
  bad = 1;
  if (a < 0x80) return 1;
  if (a < 0xc2 || a > 0xf4) return 0;
  let least: u32 = 0x80;
  let most: u32 = 0xbf;
  let more = 1;
  if (a >= 0xf0) {
    more = 3;
    if (a == 0xf0) least = 0x90;
    if (a == 0xf4) most = 0x8f;
  } else if (a >= 0xe0) {
    more = 2;
    if (a == 0xe0) least = 0xa0;
    if (a == 0xed) most = 0x9f;
  }
  for (let i = 1; i <= more; ++i) {
    if (p + i >= end) return 0;
    let b = <u32>load<u8>(p + i);
    if (b < least || b > most) return 0;
    bad = i + 1;
    least = 0x80;
    most = 0xbf;
  }
  return more + 1;
}

export let bad: usize = 0;

export function isUtf8(p: usize, size: usize): bool {
  let end = p + size;
  while (p < end) {
    if (p + 16 <= end && !i8x16.bitmask(v128.load(p))) {
      p += 16;
      continue;
    }
    let step = character(p, end);
    if (!step) return false;
    p += step;
  }
  return true;
}

/** Lone surrogates, which the engine writes in three bytes, become U+FFFD: as many. */
export function replaceSurrogates(p: usize, size: usize): void {
  let end = p + size;
  while (p + 2 < end) {
    if (p + 16 <= end && !i8x16.bitmask(v128.load(p))) {
      p += 16;
      continue;
    }
    if (load<u8>(p) == 0xed && load<u8>(p, 1) >= 0xa0) {
      store<u8>(p, 0xef);
      store<u8>(p, 0xbf, 1);
      store<u8>(p, 0xbd, 2);
    }
    ++p;
  }
}
