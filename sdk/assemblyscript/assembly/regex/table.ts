// Searches with the tables that the build makes of literals (src/regex/automaton.ts has their layout).

// @ts-ignore: decorator
@inline const MATCHED: u32 = 0x8000;
/** Bytes from the table's start to the classes of bytes, and to the rows. */
// @ts-ignore: decorator
@inline const CLASSES: usize = 40;
// @ts-ignore: decorator
@inline const ROWS: usize = 40 + 256;

/** Where the last match is. */
export let tableStart: usize = 0;
export let tableEnd: usize = 0;

// @ts-ignore: decorator
@inline function next(table: usize, row: u32, width: u32, byte: usize): u32 {
  return <u32>load<u16>(table + (<usize>(row * width + load<u8>(table + byte, CLASSES)) << 1), ROWS);
}

// @ts-ignore: decorator
@inline function atEnd(table: usize, row: u32, width: u32): u32 {
  return <u32>load<u16>(table + (<usize>(row * width + width - 1) << 1), ROWS);
}

/** Whether there is a match anywhere. */
export function testTable(table: usize, p: usize, end: usize): bool {
  let width = <u32>load<u16>(table) + 1;
  let row = <u32>load<u16>(table, 4);
  for (; p < end; ++p) {
    row = next(table, row, width, load<u8>(p));
    if (row & MATCHED) return true;
    if (!row) return false;
  }
  return (atEnd(table, row, width) & MATCHED) != 0;
}

/** Finds the first match that starts at `at` or later in the text from `start` to `end`. */
export function findInTable(table: usize, start: usize, at: usize, end: usize): bool {
  let width = <u32>load<u16>(table) + 1;
  let last = matchEnd(table, width, kindBefore(start, at), at, end);
  if (!last) return false;
  tableStart = matchStart(table, width, start, at, last, end);
  tableEnd = last;
  return true;
}

/** Where the preferred match ends; 0 without one. */
function matchEnd(table: usize, width: u32, kind: u32, p: usize, end: usize): usize {
  let row = <u32>load<u16>(table + <usize>(kind << 1), 4);
  let last: usize = 0;
  for (; p < end; ++p) {
    row = next(table, row, width, load<u8>(p));
    if (row & MATCHED) {
      last = p;
      row &= ~MATCHED;
    }
    if (!row) return last;
  }
  return atEnd(table, row, width) & MATCHED ? p : last;
}

/** Where the match that ends at `p` begins, not before `at`. */
function matchStart(table: usize, width: u32, start: usize, at: usize, p: usize, end: usize): usize {
  let kind = p == end ? 0 : (load<u8>(p) & 0xc0) == 0x80 ? 4 : kindBefore(start, p + 1);
  let row = <u32>load<u16>(table + <usize>(kind << 1), 12);
  let last = p;
  for (; p > start; --p) {
    row = next(table, row, width, load<u8>(p - 1));
    if (row & MATCHED) {
      last = p;
      row &= ~MATCHED;
    }
    if (!row || p <= at) return last;
  }
  return atEnd(table, row, width) & MATCHED ? p : last;
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
