// RegExp: literals, of which the build makes tables, and patterns that are only known when the module runs.

import { Bytes } from "../bytes";
import { groupsOf } from "./groups";
import { backwardTable, forwardTable, LazyTable } from "./lazy";
import { Node, Parser } from "./parse";
import { MATCH, Program } from "./program";
import { findInTable, tableEnd, tableStart, testTable } from "./table";

/** Where the last match is. */
let matchStart: usize = 0;
let matchEnd: usize = 0;

/** What finds matches. Only the kinds that a module makes are compiled. */
abstract class Engine {
  /** Finds the first match that starts at `at` or later; it is in `matchStart` and `matchEnd` then. */
  abstract find(start: usize, at: usize, end: usize): bool;
  abstract test(start: usize, end: usize): bool;
  /** Groups, the whole match included. */
  abstract get groupCount(): i32;
  /** The number of a group with that name, or -1. */
  abstract groupOf(name: string): i32;
  /** Places of the groups of the match that was found. */
  abstract groups(start: usize, end: usize): StaticArray<i32>;
}

class LiteralEngine extends Engine {
  constructor(private table: string) {
    super();
  }

  find(start: usize, at: usize, end: usize): bool {
    if (!findInTable(changetype<usize>(this.table), start, at, end)) return false;
    matchStart = tableStart;
    matchEnd = tableEnd;
    return true;
  }

  test(start: usize, end: usize): bool {
    return testTable(changetype<usize>(this.table), start, end);
  }

  get groupCount(): i32 {
    return load<u16>(changetype<usize>(this.table), 22);
  }

  groupOf(name: string): i32 {
    let table = changetype<usize>(this.table);
    let p = table + (<usize>load<u32>(table, 32) << 1);
    for (let left = load<u16>(table, 36); left > 0; --left) {
      let size = <i32>load<u16>(p, 2);
      let i = size == name.length ? 0 : size + 1;
      while (i < size && load<u16>(p + 4 + (<usize>i << 1)) == <u16>name.charCodeAt(i)) ++i;
      if (i == size) return load<u16>(p);
      p += 4 + (<usize>size << 1);
    }
    return -1;
  }

  groups(start: usize, end: usize): StaticArray<i32> {
    let table = changetype<usize>(this.table);
    return groupsOf(
      table + (<usize>load<u32>(table, 24) << 1), load<u16>(table, 28), load<u16>(table, 30), this.groupCount << 1,
      start, matchStart, matchEnd, end,
    );
  }
}

/** A literal whose table would be too large: it is made as far as texts need it. */
class LargeLiteralEngine extends LiteralEngine {
  private forward: LazyTable;
  private backward: LazyTable;

  constructor(table: string) {
    super(table);
    let start = changetype<usize>(table);
    this.forward = new LazyTable(stepsIn(start, 4), load<u16>(start, 10), false);
    this.backward = new LazyTable(stepsIn(start, 12), load<u16>(start, 18), true);
  }

  find(start: usize, at: usize, end: usize): bool {
    return findLazily(this.forward, this.backward, start, at, end);
  }

  test(start: usize, end: usize): bool {
    return this.forward.ends(start, start, end, true) != 0;
  }
}

/** The steps that an entry of a literal's header tells of. */
function stepsIn(table: usize, entry: usize): Array<u64> {
  let steps = new Array<u64>(load<u16>(table + entry, 4));
  memory.copy(steps.dataStart, table + (<usize>load<u32>(table + entry) << 1), <usize>steps.length << 3);
  return steps;
}

function findLazily(forward: LazyTable, backward: LazyTable, start: usize, at: usize, end: usize): bool {
  let last = forward.ends(start, at, end, false);
  if (!last) return false;
  matchStart = backward.begins(start, at, last, end);
  matchEnd = last;
  return true;
}

class PatternEngine extends Engine {
  private node: Node;
  private names: string[];
  private named: i32[];
  private count: i32;
  private forward: LazyTable;
  private backward: LazyTable;
  private program: Program | null = null;
  private begin: i32 = 0;

  constructor(pattern: string, flags: string) {
    super();
    let parser = new Parser(pattern, flags);
    let node = parser.parse();
    this.node = node;
    this.names = parser.names;
    this.named = parser.named;
    this.count = parser.groups;
    this.forward = forwardTable(node);
    this.backward = backwardTable(node);
  }

  find(start: usize, at: usize, end: usize): bool {
    return findLazily(this.forward, this.backward, start, at, end);
  }

  test(start: usize, end: usize): bool {
    return this.forward.ends(start, start, end, true) != 0;
  }

  get groupCount(): i32 {
    return this.count;
  }

  groupOf(name: string): i32 {
    let at = this.names.indexOf(name);
    return at < 0 ? -1 : this.named[at];
  }

  groups(start: usize, end: usize): StaticArray<i32> {
    let program = this.program;
    if (program === null) {
      program = new Program(false, true);
      this.begin = program.compile(this.node, program.add(MATCH, 0, 0, 0));
      this.program = program;
    }
    let steps = program.steps;
    return groupsOf(steps.dataStart, steps.length, this.begin, this.count << 1, start, matchStart, matchEnd, end);
  }
}

/** For the compiler: what a literal becomes. */
// @ts-ignore: decorator
@global
export function __smdk_regex(table: string): RegExp {
  return regexOf(new LiteralEngine(table));
}

/** Large literals by their tables: what they have found out is worth more than one use. */
let largeTables: string[] = [];
let largeEngines: LargeLiteralEngine[] = [];

/** The same for a literal of steps. */
// @ts-ignore: decorator
@global
export function __smdk_large_regex(table: string): RegExp {
  let at = largeTables.length - 1;
  while (at >= 0 && changetype<usize>(largeTables[at]) != changetype<usize>(table)) --at;
  if (at < 0) {
    at = largeTables.push(table) - 1;
    largeEngines.push(new LargeLiteralEngine(table));
  }
  return regexOf(largeEngines[at]);
}

function regexOf(engine: Engine): RegExp {
  let regex = changetype<RegExp>(__new(offsetof<RegExp>(), idof<RegExp>()));
  store<usize>(changetype<usize>(regex), 0, offsetof<RegExp>("engine"));
  regex.engine = engine;
  return regex;
}

/** A match with its groups. */
// @ts-ignore: decorator
@global
export class RegExpMatch {
  constructor(private input: Bytes, private places: StaticArray<i32>, private engine: Engine) {}

  get index(): i32 {
    return this.places[0];
  }

  get end(): i32 {
    return this.places[1];
  }

  get length(): i32 {
    return this.places.length >> 1;
  }

  get value(): Bytes {
    return this.input.slice(this.places[0], this.places[1]);
  }

  // @ts-ignore: decorator
  @operator("[]")
  at(group: i32): Bytes | null {
    if (<u32>group >= <u32>this.length) throw new RangeError("the regular expression has no group " + group.toString());
    let from = this.places[group << 1];
    return from < 0 || this.places[(group << 1) + 1] < 0 ? null : this.input.slice(from, this.places[(group << 1) + 1]);
  }

  group(name: string): Bytes | null {
    let number = this.engine.groupOf(name);
    if (number < 0) throw new RangeError("the regular expression has no group " + name);
    return this.at(number);
  }
}

// @ts-ignore: decorator
@global
export class RegExp {
  private engine: Engine;

  /** A pattern that is only known now. Throws when it is none, or not one of those that can be had. */
  constructor(pattern: string, flags: string = "") {
    this.engine = new PatternEngine(pattern, flags);
  }

  /** Whether there is a match anywhere. */
  test<T>(value: T): bool {
    let bytes = Bytes.of<T>(value);
    let start = startOf(bytes);
    return this.engine.test(start, start + <usize>bytes.length);
  }

  /** The first match from a position on, as a view, or null. */
  match<T>(value: T, from: i32 = 0): Bytes | null {
    let bytes = Bytes.of<T>(value);
    let start = startOf(bytes);
    return this.find(bytes, from) ? bytes.slice(<i32>(matchStart - start), <i32>(matchEnd - start)) : null;
  }

  /** The first match from a position on with its groups, or null. */
  exec<T>(value: T, from: i32 = 0): RegExpMatch | null {
    let bytes = Bytes.of<T>(value);
    if (!this.find(bytes, from)) return null;
    let start = startOf(bytes);
    return new RegExpMatch(bytes, this.engine.groups(start, start + <usize>bytes.length), this.engine);
  }

  /** Position of the first match, or -1. */
  search<T>(value: T): i32 {
    let bytes = Bytes.of<T>(value);
    return this.find(bytes, 0) ? <i32>(matchStart - startOf(bytes)) : -1;
  }

  /** All matches that do not overlap, as views. */
  matchAll<T>(value: T): Bytes[] {
    let bytes = Bytes.of<T>(value);
    let start = startOf(bytes);
    let end = start + <usize>bytes.length;
    let all = new Array<Bytes>();
    let at = start;
    while (at <= end && this.engine.find(start, at, end)) {
      all.push(bytes.slice(<i32>(matchStart - start), <i32>(matchEnd - start)));
      at = behind(end);
    }
    return all;
  }

  /** The parts between the matches, as views. */
  split<T>(value: T): Bytes[] {
    let bytes = Bytes.of<T>(value);
    let start = startOf(bytes);
    let end = start + <usize>bytes.length;
    let all = new Array<Bytes>();
    let from = start;
    let at = start;
    while (at < end && this.engine.find(start, at, end)) {
      at = behind(end);
      // An empty match splits between characters, but neither at the start nor at the end.
      if (matchStart == matchEnd && (matchStart == from || matchStart == end)) continue;
      all.push(bytes.slice(<i32>(from - start), <i32>(matchStart - start)));
      from = matchEnd;
    }
    all.push(bytes.slice(<i32>(from - start)));
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

  private find(bytes: Bytes, from: i32): bool {
    let start = startOf(bytes);
    return this.engine.find(start, start + <usize>min(max(from, 0), bytes.length), start + <usize>bytes.length);
  }

  private change(bytes: Bytes, replacement: Bytes, limit: i32): Bytes {
    let start = startOf(bytes);
    let end = start + <usize>bytes.length;
    if (!this.engine.find(start, start, end)) return bytes;
    let isTemplate = replacement.includes<i32>(0x24);
    let out = new Builder(bytes.length + replacement.length + 64);
    let copied = start;
    let at = start;
    do {
      out.put(copied, matchStart - copied);
      copied = matchEnd;
      at = behind(end);
      if (isTemplate) this.expand(replacement, out, start, end);
      else out.put(replacement.address, replacement.length);
    } while (--limit > 0 && at <= end && this.engine.find(start, at, end));
    out.put(copied, end - copied);
    return out.bytes;
  }

  /** Puts out the replacement with what `$` stands for: `$1`, `$<name>`, `$&`, the text around it, `$$`. */
  private expand(template: Bytes, out: Builder, start: usize, end: usize): void {
    let engine = this.engine;
    let places = engine.groups(start, end);
    let count = engine.groupCount;
    for (let i = 0; i < template.length; ) {
      let mark = template.indexOf<i32>(0x24, i);
      if (mark < 0 || mark + 1 >= template.length) {
        out.put(template.address + <usize>i, template.length - i);
        return;
      }
      out.put(template.address + <usize>i, mark - i);
      let next = template[mark + 1];
      i = mark + 2;
      let group = -1;
      if (next == 0x24) {
        out.put(template.address + <usize>mark, 1);
        continue;
      } else if (next == 0x26) {
        group = 0;
      } else if (next == 0x60) {
        out.put(start, matchStart - start);
        continue;
      } else if (next == 0x27) {
        out.put(matchEnd, end - matchEnd);
        continue;
      } else if (<u8>(next - 0x30) < 10) {
        let first = <i32>next - 0x30;
        let second = i < template.length ? <i32>template[i] - 0x30 : -1;
        if (<u32>second < 10 && first * 10 + second > 0 && first * 10 + second < count) {
          group = first * 10 + second;
          ++i;
        } else if (first > 0 && first < count) {
          group = first;
        }
      } else if (next == 0x3c) {
        let close = template.indexOf<i32>(0x3e, i);
        if (close >= 0) {
          group = engine.groupOf(template.slice(i, close).toString());
          if (group >= 0) i = close + 1;
        }
      }
      if (group < 0) {
        // It stands for nothing, and so for itself.
        out.put(template.address + <usize>mark, i - mark);
        continue;
      }
      let from = places[group << 1];
      if (from >= 0) out.put(start + <usize>from, places[(group << 1) + 1] - from);
    }
  }
}

/** Zero stands for no match, and is where no bytes are. */
// @ts-ignore: decorator
@inline function startOf(bytes: Bytes): usize {
  return bytes.length ? bytes.address : __heap_base;
}

/** Where to look on: behind the match, and one character further if it was empty. */
function behind(end: usize): usize {
  let at = matchEnd;
  if (at > matchStart) return at;
  ++at;
  while (at < end && (load<u8>(at) & 0xc0) == 0x80) ++at;
  return at;
}

/** Bytes that grow. */
class Builder {
  private buffer: Uint8Array;
  private size: i32 = 0;

  constructor(capacity: i32) {
    this.buffer = new Uint8Array(capacity);
  }

  put(from: usize, count: usize): void {
    let size = this.size + <i32>count;
    if (size > this.buffer.length) {
      let larger = new Uint8Array(max(size, this.buffer.length << 1));
      memory.copy(larger.dataStart, this.buffer.dataStart, this.size);
      this.buffer = larger;
    }
    memory.copy(this.buffer.dataStart + <usize>this.size, from, count);
    this.size = size;
  }

  get bytes(): Bytes {
    return Bytes.of<Uint8Array>(this.buffer).slice(0, this.size);
  }
}
