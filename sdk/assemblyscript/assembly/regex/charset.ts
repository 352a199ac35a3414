// Sets of code points as sorted ranges, with the meanings that JavaScript gives to them.

import { FOLD_COUNT, FOLDS } from "./unicode";

/** Sorted, without overlap: the first code point of a range in the upper half, the last in the lower. */
export type CharSet = Array<u64>;

// @ts-ignore: decorator
@inline const LAST: u32 = 0x10ffff;

// @ts-ignore: decorator
@inline function range(first: u32, last: u32): u64 {
  return (<u64>first << 32) | <u64>last;
}

export function normalise(ranges: CharSet): CharSet {
  // Most are in order but for a few.
  for (let i = 1; i < ranges.length; ++i) {
    let range = ranges[i];
    let to = i;
    for (; to > 0 && ranges[to - 1] > range; --to) ranges[to] = ranges[to - 1];
    ranges[to] = range;
  }
  let out = new Array<u64>();
  for (let i = 0; i < ranges.length; ++i) {
    let next = ranges[i];
    if (out.length) {
      let before = out[out.length - 1];
      if (<u32>(next >> 32) <= <u32>before + 1) {
        out[out.length - 1] = range(<u32>(before >> 32), max(<u32>before, <u32>next));
        continue;
      }
    }
    out.push(next);
  }
  return out;
}

export function complement(ranges: CharSet): CharSet {
  let out = new Array<u64>();
  let next: u32 = 0;
  ranges = normalise(ranges);
  for (let i = 0; i < ranges.length; ++i) {
    let first = <u32>(ranges[i] >> 32);
    if (first > next) out.push(range(next, first - 1));
    next = <u32>ranges[i] + 1;
  }
  if (next <= LAST) out.push(range(next, LAST));
  return out;
}

export function DIGITS(): CharSet {
  return [range(0x30, 0x39)];
}

export function LINE_ENDS(): CharSet {
  return [range(0x0a, 0x0a), range(0x0d, 0x0d), range(0x2028, 0x2029)];
}

export function SPACES(): CharSet {
  return [
    range(0x09, 0x0d), range(0x20, 0x20), range(0xa0, 0xa0), range(0x1680, 0x1680), range(0x2000, 0x200a),
    range(0x2028, 0x2029), range(0x202f, 0x202f), range(0x205f, 0x205f), range(0x3000, 0x3000), range(0xfeff, 0xfeff),
  ];
}

export function WORDS(): CharSet {
  return [range(0x30, 0x39), range(0x41, 0x5a), range(0x5f, 0x5f), range(0x61, 0x7a)];
}

function has(set: CharSet, point: u32): bool {
  let low = 0;
  let high = set.length - 1;
  while (low <= high) {
    let middle = (low + high) >> 1;
    let entry = set[middle];
    if (point < <u32>(entry >> 32)) high = middle - 1;
    else if (point > <u32>entry) low = middle + 1;
    else return true;
  }
  return false;
}

/** The set and what differs from its characters only in case. */
export function fold(set: CharSet): CharSet {
  // ASCII has no relatives elsewhere, without the flag u.
  let isAscii = true;
  for (let i = 0; i < set.length; ++i) if (<u32>set[i] > 0x7f) isAscii = false;
  if (isAscii) {
    let out = set.slice(0);
    for (let i = 0; i < set.length; ++i) {
      let first = <u32>(set[i] >> 32);
      let last = <u32>set[i];
      let low = max(first, 0x41);
      let high = min(last, 0x5a);
      if (low <= high) out.push(range(low + 32, high + 32));
      low = max(first, 0x61);
      high = min(last, 0x7a);
      if (low <= high) out.push(range(low - 32, high - 32));
    }
    return normalise(out);
  }
  // Each entry leads from a character to the next of its family: at most three turns go around.
  for (let more = true; more; ) {
    let out = set.slice(0);
    for (let i = 0; i < FOLD_COUNT; ++i) {
      let entry = FOLDS + (<usize>i << 3);
      let point = <u32>load<u16>(entry);
      let stride = <u32>load<u16>(entry, 4);
      for (let left = load<u16>(entry, 2); left > 0; --left, point += stride) {
        let next = (point + load<u16>(entry, 6)) & 0xffff;
        if (has(set, point) && !has(set, next)) out.push(range(next, next));
      }
    }
    more = out.length > set.length;
    set = normalise(out);
  }
  return set;
}
