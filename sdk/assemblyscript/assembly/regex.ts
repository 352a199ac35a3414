// Runs the tables that the build makes of regular expressions (src/regex/automaton.ts has their layout).

import { Bytes } from "./bytes";

// @ts-ignore: decorator
@inline const MATCHED: u32 = 0x8000;
/** Bytes from the table's start to the classes of bytes, and to the rows. */
// @ts-ignore: decorator
@inline const CLASSES: usize = 12;
// @ts-ignore: decorator
@inline const ROWS: usize = 12 + 256;

/** For the compiler: what a literal becomes. */
// @ts-ignore: decorator
@global
export function __smdk_regex(table: string): Regex {
  return new Regex(table);
}

export class Regex {
  private matchStart: usize = 0;
  private matchEnd: usize = 0;

  constructor(private table: string) {}

  /** Whether there is a match anywhere. */
  test<T>(value: T): bool {
    let bytes = Bytes.of<T>(value);
    let p = bytes.address;
    let end = p + <usize>bytes.length;
    let table = changetype<usize>(this.table);
    let row = <u32>load<u16>(table, 2);
    if (!row) return this.find(p, p, end);
    let rows = table + ROWS;
    let width = <u32>load<u16>(table) + 1;
    for (; p < end; ++p) {
      row = load<u16>(rows + (<usize>(row * width + load<u8>(table + <usize>load<u8>(p), CLASSES)) << 1));
      if (row & MATCHED) return true;
      if (!row) return false;
    }
    return (load<u16>(rows + (<usize>(row * width + width - 1) << 1)) & MATCHED) != 0;
  }

  /** The first match from a position on, as a view, or null. */
  match<T>(value: T, from: i32 = 0): Bytes | null {
    let bytes = Bytes.of<T>(value);
    let start = bytes.address;
    let first = start + <usize>min(max(from, 0), bytes.length);
    if (!this.find(start, first, start + <usize>bytes.length)) return null;
    return bytes.slice(<i32>(this.matchStart - start), <i32>(this.matchEnd - start));
  }

  /** Position of the first match, or -1. */
  search<T>(value: T): i32 {
    let bytes = Bytes.of<T>(value);
    let start = bytes.address;
    return this.find(start, start, start + <usize>bytes.length) ? <i32>(this.matchStart - start) : -1;
  }

  /** All matches that do not overlap, as views. */
  matchAll<T>(value: T): Bytes[] {
    let bytes = Bytes.of<T>(value);
    let start = bytes.address;
    let end = start + <usize>bytes.length;
    let all = new Array<Bytes>();
    let at = start;
    while (at <= end && this.find(start, at, end)) {
      all.push(bytes.slice(<i32>(this.matchStart - start), <i32>(this.matchEnd - start)));
      at = this.after(end);
    }
    return all;
  }

  /** The bytes with every match replaced; themselves when there is none. */
  replaceAll<T, R>(value: T, replacement: R): Bytes {
    return this.change(Bytes.of<T>(value), Bytes.of<R>(replacement), i32.MAX_VALUE);
  }

  /** The bytes with the first match replaced; themselves when there is none. */
  replace<T, R>(value: T, replacement: R): Bytes {
    return this.change(Bytes.of<T>(value), Bytes.of<R>(replacement), 1);
  }

  private change(bytes: Bytes, replacement: Bytes, limit: i32): Bytes {
    let start = bytes.address;
    let end = start + <usize>bytes.length;
    if (!this.find(start, start, end)) return bytes;
    let size = 0;
    let buffer = new Uint8Array(bytes.length + replacement.length + 64);
    let copied = start;
    let at = start;
    let found = true;
    while (true) {
      let until = found ? this.matchStart : end;
      let more = <i32>(until - copied) + (found ? replacement.length : 0);
      if (size + more > buffer.length) {
        let larger = new Uint8Array(max(size + more, buffer.length << 1));
        memory.copy(larger.dataStart, buffer.dataStart, size);
        buffer = larger;
      }
      let to = buffer.dataStart + <usize>size;
      memory.copy(to, copied, until - copied);
      size += more;
      if (!found) break;
      memory.copy(to + (until - copied), replacement.address, replacement.length);
      copied = this.matchEnd;
      at = this.after(end);
      found = --limit > 0 && at <= end && this.find(start, at, end);
    }
    return Bytes.of<Uint8Array>(buffer).slice(0, size);
  }

  /** Where to look on: behind the match, and one character further if it was empty. */
  private after(end: usize): usize {
    let at = this.matchEnd;
    if (at > this.matchStart) return at;
    ++at;
    while (at < end && (load<u8>(at) & 0xc0) == 0x80) ++at;
    return at;
  }

  /** Finds the first match that starts at `at` or later in the text from `start` to `end`. */
  private find(start: usize, at: usize, end: usize): bool {
    let table = changetype<usize>(this.table);
    let rows = table + ROWS;
    let width = <u32>load<u16>(table) + 1;
    for (; at <= end; ++at) {
      // No character starts here.
      if (at < end && (load<u8>(at) & 0xc0) == 0x80) continue;
      let row = <u32>load<u16>(table + 4 + (<usize>kindBefore(start, at) << 1));
      let last: usize = 0;
      let matched = false;
      for (let p = at; ; ++p) {
        if (p >= end) {
          if (load<u16>(rows + (<usize>(row * width + width - 1) << 1)) & MATCHED) {
            last = p;
            matched = true;
          }
          break;
        }
        row = load<u16>(rows + (<usize>(row * width + load<u8>(table + <usize>load<u8>(p), CLASSES)) << 1));
        if (row & MATCHED) {
          last = p;
          matched = true;
          row &= ~MATCHED;
        }
        if (!row) break;
      }
      if (matched) {
        this.matchStart = at;
        this.matchEnd = last;
        return true;
      }
    }
    return false;
  }
}

/** What stands before a place: 0 the start, 1 a letter of a word, 2 a line's end, 3 anything else. */
// @ts-ignore: decorator
@inline function kindBefore(start: usize, at: usize): u32 {
  if (at == start) return 0;
  let byte = <u32>load<u8>(at - 1);
  if (byte == 0x0a || byte == 0x0d) return 2;
  let isWord = byte - 0x30 < 10 || (byte | 0x20) - 0x61 < 26 || byte == 0x5f;
  return isWord ? 1 : 3;
}
