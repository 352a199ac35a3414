// From a parsed regular expression to a program: steps of 64 bits that read bytes of UTF-8. The build makes the same
// for the groups of literals (src/regex/automaton.ts).

import { CharSet } from "./charset";
import { ASSERT, CHOICE, GROUP, Node, REPEAT, SEQUENCE, SET } from "./parse";

// A step, in units of 16 bits from the lowest: its kind, two operands, the next step.
/** A byte from the lower to the upper byte of the first operand. */
// @ts-ignore: decorator
@inline export const BYTE: u32 = 0;
/** First the step in the first operand, then the next. */
// @ts-ignore: decorator
@inline export const SPLIT: u32 = 1;
/** An assertion by its number. */
// @ts-ignore: decorator
@inline export const HOLDS: u32 = 2;
// @ts-ignore: decorator
@inline export const MATCH: u32 = 3;
/** Notes the place in a slot. */
// @ts-ignore: decorator
@inline export const SAVE: u32 = 4;
/** Forgets slots, from the first operand up to the second. */
// @ts-ignore: decorator
@inline export const CLEAR: u32 = 5;

// @ts-ignore: decorator
@inline const STEPS_MAX: i32 = 20000;

export class Program {
  steps: Array<u64> = [];
  private shared: Map<u32, i32> = new Map();

  /** Backwards: for bytes that are read from the last to the first. With slots: notes where groups are. */
  constructor(private backwards: bool, private slots: bool) {}

  add(kind: u32, a: u32, b: u32, next: i32): i32 {
    let steps = this.steps;
    if (steps.length >= STEPS_MAX) throw new Error("the regular expression makes too large a table");
    steps.push(<u64>kind | (<u64>a << 16) | (<u64>b << 32) | (<u64>next << 48));
    return steps.length - 1;
  }

  /** An instruction for a byte: the same ones are shared, since large sets have many ends in common. */
  private byte(first: u32, last: u32, next: i32): i32 {
    let key = first | (last << 8) | (<u32>next << 16);
    if (this.shared.has(key)) return this.shared.get(key);
    let at = this.add(BYTE, first | (last << 8), 0, next);
    this.shared.set(key, at);
    return at;
  }

  /** Puts a node in front of `next`; returns where it begins. */
  compile(node: Node, next: i32): i32 {
    let kind = node.kind;
    let items = node.items;
    if (kind == SET) return this.set(node.set, next);
    if (kind == ASSERT) return this.add(HOLDS, node.number, 0, next);
    if (kind == REPEAT) return this.repeat(node, next);
    if (kind == GROUP) {
      if (!this.slots) return this.compile(items[0], next);
      let end = this.add(SAVE, (node.number << 1) + 1, 0, next);
      return this.add(SAVE, node.number << 1, 0, this.compile(items[0], end));
    }
    let count = items.length;
    if (kind == SEQUENCE) {
      for (let i = 0; i < count; ++i) next = this.compile(items[this.backwards ? i : count - 1 - i], next);
      return next;
    }
    let to = this.compile(items[count - 1], next);
    for (let i = count - 2; i >= 0; --i) to = this.add(SPLIT, this.compile(items[i], next), 0, to);
    return to;
  }

  private repeat(node: Node, next: i32): i32 {
    let to = next;
    if (node.most < 0) {
      to = this.add(SPLIT, 0, 0, 0);
      this.order(to, this.turn(node, to), next, node.lazy);
    } else {
      for (let i = node.least; i < node.most; ++i) {
        let body = this.turn(node, to);
        to = this.add(SPLIT, 0, 0, 0);
        this.order(to, body, next, node.lazy);
      }
    }
    for (let i = 0; i < node.least; ++i) to = this.turn(node, to);
    return to;
  }

  private order(at: i32, body: i32, skip: i32, lazy: bool): void {
    let first = lazy ? skip : body;
    let other = lazy ? body : skip;
    this.steps[at] = <u64>SPLIT | (<u64>first << 16) | (<u64>other << 48);
  }

  /** One turn of a repetition: its groups have matched nothing yet. */
  private turn(node: Node, next: i32): i32 {
    let body = this.compile(node.items[0], next);
    if (!this.slots) return body;
    let least = leastGroup(node);
    return least ? this.add(CLEAR, least << 1, (greatestGroup(node) << 1) + 2, body) : body;
  }

  private set(set: CharSet, next: i32): i32 {
    this.way = -1;
    this.next = next;
    for (let i = set.length - 1; i >= 0; --i) this.range(<u32>(set[i] >> 32), <u32>set[i]);
    // A set of no characters never matches.
    return this.way < 0 ? this.add(BYTE, 1, 0, next) : this.way;
  }

  /** Where the set that is being compiled begins so far, and where it leads. */
  private way: i32 = -1;
  private next: i32 = 0;

  /** Splits a range until all bytes but the first differing one run over their whole range. */
  private range(first: u32, last: u32): void {
    for (let i = 0; i < 5; ++i) {
      let limit: u32 = i == 0 ? 0x7f : i == 1 ? 0x7ff : i == 2 ? 0xd7ff : i == 3 ? 0xdfff : 0xffff;
      if (first <= limit && last > limit) {
        this.range(limit + 1, last);
        this.range(first, limit);
        return;
      }
    }
    if (first >= 0xd800 && last <= 0xdfff) return;
    for (let bits: u32 = 6; bits <= 18; bits += 6) {
      let mask: u32 = (1 << bits) - 1;
      if (first > 0x7f && first >> bits != last >> bits) {
        if (first & mask) {
          this.range((first | mask) + 1, last);
          this.range(first, first | mask);
          return;
        }
        if ((last & mask) != mask) {
          this.range(last & ~mask, last);
          this.range(first, (last & ~mask) - 1);
          return;
        }
      }
    }
    let size: u32 = first < 0x80 ? 1 : first < 0x800 ? 2 : first < 0x10000 ? 3 : 4;
    let to = this.next;
    for (let i: u32 = 0; i < size; ++i) {
      let at = this.backwards ? i : size - 1 - i;
      to = this.byte(unitOf(first, at, size), unitOf(last, at, size), to);
    }
    this.way = this.way < 0 ? to : this.add(SPLIT, to, 0, this.way);
  }
}

/** A byte of a character in UTF-8. */
function unitOf(point: u32, at: u32, size: u32): u32 {
  if (size == 1) return point;
  let bits = point >> (6 * (size - 1 - at));
  return at ? 0x80 | (bits & 0x3f) : (0xf00 >> size & 0xff) | bits;
}

function leastGroup(node: Node): i32 {
  if (node.kind == GROUP) return node.number;
  let items = node.items;
  for (let i = 0; i < items.length; ++i) {
    let group = leastGroup(items[i]);
    if (group) return group;
  }
  return 0;
}

function greatestGroup(node: Node): i32 {
  let items = node.items;
  let greatest = node.kind == GROUP ? node.number : 0;
  for (let i = 0; i < items.length; ++i) greatest = max(greatest, greatestGroup(items[i]));
  return greatest;
}

// What stands before or behind a place.
/** The text's end. */
// @ts-ignore: decorator
@inline export const EDGE: u32 = 0;
/** A letter of a word. */
// @ts-ignore: decorator
@inline const WORD: u32 = 1;
/** A line's end. */
// @ts-ignore: decorator
@inline const LINE: u32 = 2;
// @ts-ignore: decorator
@inline const OTHER: u32 = 3;
/** Behind a place only: it is inside of a character, and nothing holds there. */
// @ts-ignore: decorator
@inline const INSIDE: u32 = 4;

export function kindOf(byte: u32): u32 {
  if (byte == 0x0a || byte == 0x0d) return LINE;
  let isWord = byte - 0x30 < 10 || (byte | 0x20) - 0x61 < 26 || byte == 0x5f;
  return isWord ? WORD : OTHER;
}

export function kindBehind(byte: u32): u32 {
  return (byte & 0xc0) == 0x80 ? INSIDE : kindOf(byte);
}

/** Whether an assertion holds between what is before and behind. */
export function holds(what: u32, before: u32, behind: u32): bool {
  if (behind == INSIDE) return false;
  if (what == 0) return before == EDGE;
  if (what == 1) return behind == EDGE;
  if (what == 2) return before == EDGE || before == LINE;
  if (what == 3) return behind == EDGE || behind == LINE;
  return (what == 4) == ((before == WORD) != (behind == WORD));
}
