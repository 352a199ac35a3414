// Sets of code points as sorted ranges, with the meanings that JavaScript gives to them.

/** Sorted, without overlap: first and last code point of each range. */
export type CharSet = readonly (readonly [number, number])[];

const LAST = 0x10ffff;

export function normalise(ranges: CharSet): CharSet {
  const out: [number, number][] = [];
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = out.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else out.push([first, last]);
  }
  return out;
}

export function complement(ranges: CharSet): CharSet {
  const out: [number, number][] = [];
  let next = 0;
  for (const [first, last] of normalise(ranges)) {
    if (first > next) out.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST) out.push([next, LAST]);
  return out;
}

export const DIGITS: CharSet = [[0x30, 0x39]];
export const LINE_ENDS: CharSet = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];
export const SPACES: CharSet = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
export const WORDS: CharSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];

const native = new Map<string, CharSet>();

/** The code points that JavaScript's own engine finds in a class: asked one by one, so it takes a while. */
export function nativeSet(source: string): CharSet {
  const known = native.get(source);
  if (known !== undefined) return known;
  const pattern = new RegExp(`^${source}$`, "u");
  const out: [number, number][] = [];
  for (let point = 0; point <= LAST; point++) {
    if (point === 0xd800) point = 0xe000;
    if (!pattern.test(String.fromCodePoint(point))) continue;
    const before = out.at(-1);
    if (before !== undefined && before[1] === point - 1) before[1] = point;
    else out.push([point, point]);
  }
  native.set(source, out);
  return out;
}

/** What JavaScript compares in place of a character when case does not matter, without the flag `u`. */
function canonical(point: number): number {
  if (point > 0xffff) return point;
  const upper = String.fromCharCode(point).toUpperCase();
  const unit = upper.charCodeAt(0);
  return upper.length === 1 && (unit > 0x7f || point <= 0x7f) ? unit : point;
}

/** All characters that have the same canonical form, by that form; only where there are several. */
let families: Map<number, number[]> | undefined;

/** The set and what differs from its characters only in case. */
export function bothCases(set: CharSet): CharSet {
  if (families === undefined) {
    families = new Map();
    for (let point = 0; point <= 0xffff; point++) {
      const form = canonical(point);
      const family = families.get(form);
      if (family === undefined) families.set(form, [point]);
      else family.push(point);
    }
    for (const [form, family] of families) if (family.length === 1) families.delete(form);
  }
  const more: [number, number][] = [];
  for (const family of families.values()) {
    if (family.some((point) => set.some(([first, last]) => point >= first && point <= last))) {
      for (const point of family) more.push([point, point]);
    }
  }
  return normalise([...set, ...more]);
}

/** A byte range of each byte of a sequence. */
export type ByteSequence = readonly (readonly [number, number])[];

/** The UTF-8 of a set: every sequence of byte ranges stands for all their combinations. */
export function utf8Sequences(set: CharSet): ByteSequence[] {
  const out: ByteSequence[] = [];
  const add = (first: number, last: number): void => {
    for (const limit of [0x7f, 0x7ff, 0xd7ff, 0xdfff, 0xffff]) {
      if (first <= limit && last > limit) {
        add(first, limit);
        add(limit + 1, last);
        return;
      }
    }
    if (first >= 0xd800 && last <= 0xdfff) return;
    // Split until all bytes but the first differing one run over their whole range.
    for (let bits = 6; bits <= 18; bits += 6) {
      const mask = (1 << bits) - 1;
      if (first > 0x7f && first >> bits !== last >> bits) {
        if ((first & mask) !== 0) {
          add(first, first | mask);
          add((first | mask) + 1, last);
          return;
        }
        if ((last & mask) !== mask) {
          add(first, (last & ~mask) - 1);
          add(last & ~mask, last);
          return;
        }
      }
    }
    const low = encode(first);
    const high = encode(last);
    out.push(low.map((byte, i) => [byte, high[i] as number] as const));
  };
  for (const [first, last] of set) add(first, last);
  return out;
}

function encode(point: number): number[] {
  if (point < 0x80) return [point];
  if (point < 0x800) return [0xc0 | (point >> 6), 0x80 | (point & 63)];
  if (point < 0x10000) return [0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)];
  return [0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)];
}
