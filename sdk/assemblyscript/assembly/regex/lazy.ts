// Searches with tables that are made while they are used: each state, which stands for the threads of a program in the
// order of their priority, gets its row when a text first leads there.

import { Node } from "./parse";
import { BYTE, EDGE, holds, HOLDS, kindBehind, kindOf, MATCH, Program, SPLIT } from "./program";

/** Bytes of the rows together; when they are full all begins anew. */
// @ts-ignore: decorator
@inline const ROWS_MAX: i32 = 1 << 17;
/** Threads of all states together. */
// @ts-ignore: decorator
@inline const THREADS_MAX: i32 = 1 << 18;
/** What a state's threads are looked up by. */
// @ts-ignore: decorator
@inline const BUCKETS: i32 = 1024;

export class LazyTable {
  /** The class of each byte; as many classes, and one for the end. */
  private classes: StaticArray<u8> = new StaticArray<u8>(256);
  private width: i32 = 0;
  private looks: bool = false;
  /** Twice the state that an entry leads to, plus 3 if a match ends before the byte, plus 2 if not; 0 is unknown. */
  private rows: StaticArray<u16> = new StaticArray<u16>(256);
  private statesMax: i32 = 0;
  private states: i32 = 0;
  /** Threads of all states, and where those of each begin; the kind of what each has behind it. */
  private threads: Array<u16> = [];
  private from: Array<u32> = [];
  private kinds: Array<u8> = [];
  /** First state of each bucket, and the next of the same one; 0 is none. */
  private buckets: StaticArray<u16> = new StaticArray<u16>(BUCKETS);
  private nextOf: Array<u16> = [];
  /** Work of a step: where each step was seen last, what is still to follow, the threads found. */
  private seen: StaticArray<u32>;
  private queued: StaticArray<u32>;
  private turn: u32 = 0;
  private stack: Array<u16> = [];
  private found: Array<u16> = [];

  /** Backwards: reads towards the text's start and finds the longest match instead of the preferred one. */
  constructor(private steps: Array<u64>, private begin: i32, private backwards: bool) {
    this.seen = new StaticArray<u32>(steps.length);
    this.queued = new StaticArray<u32>(steps.length);
    let cuts = new StaticArray<u8>(257);
    for (let i = 0; i < steps.length; ++i) {
      let step = steps[i];
      let kind = <u32>step & 0xffff;
      if (kind == BYTE) {
        cuts[<i32>(step >> 16) & 0xff] = 1;
        cuts[(<i32>(step >> 24) & 0xff) + 1] = 1;
      } else if (kind == HOLDS) {
        this.looks = true;
      }
    }
    if (this.looks) for (let i = 1; i < 256; ++i) if (kindBehind(i) != kindBehind(i - 1)) cuts[i] = 1;
    let last = 0;
    for (let i = 1; i < 256; ++i) {
      if (cuts[i]) ++last;
      this.classes[i] = <u8>last;
    }
    this.width = last + 2;
    this.statesMax = min(ROWS_MAX / this.width, 16000);
    this.reset();
  }

  /** Forgets all states but the one without threads, which is 0. */
  private reset(): void {
    this.states = 0;
    this.threads.length = 0;
    this.from.length = 0;
    this.kinds.length = 0;
    this.nextOf.length = 0;
    memory.fill(changetype<usize>(this.rows), 0, this.rows.length << 1);
    memory.fill(changetype<usize>(this.buckets), 0, BUCKETS << 1);
    this.found.length = 0;
    this.intern(0);
    // There is no way out.
    for (let i = 0; i < this.width; ++i) this.rows[i] = 2;
  }

  /** The state that has the threads in `found`; a new one if need be, or -1 when there is no room for it. */
  private intern(kind: u32): i32 {
    let found = this.found;
    let count = found.length;
    if (!this.looks || !count) kind = 0;
    let hash: u32 = kind;
    for (let i = 0; i < count; ++i) hash = (hash ^ <u32>unchecked(found[i])) * 0x01000193;
    let bucket = <i32>((hash ^ (hash >>> 15)) & (BUCKETS - 1));
    for (let state = <i32>this.buckets[bucket]; state; state = this.nextOf[state]) {
      let from = this.from[state];
      let size = <i32>((state + 1 < this.states ? this.from[state + 1] : <u32>this.threads.length) - from);
      if (size != count || this.kinds[state] != <u8>kind) continue;
      if (memory.compare(this.threads.dataStart + (<usize>from << 1), found.dataStart, count << 1) == 0) return state;
    }
    if (!count && this.states) return 0;
    let state = this.states;
    if (state >= this.statesMax || this.threads.length + count > THREADS_MAX) return -1;
    ++this.states;
    this.from.push(this.threads.length);
    for (let i = 0; i < count; ++i) this.threads.push(found[i]);
    this.kinds.push(<u8>kind);
    this.nextOf.push(this.buckets[bucket]);
    this.buckets[bucket] = <u16>state;
    let needed = this.states * this.width;
    if (needed > this.rows.length) {
      let larger = new StaticArray<u16>(max(needed, this.rows.length << 1));
      memory.copy(changetype<usize>(larger), changetype<usize>(this.rows), this.rows.length << 1);
      this.rows = larger;
    }
    return state;
  }

  private start(kind: u32): i32 {
    this.found.length = 0;
    this.found.push(<u16>this.begin);
    let state = this.intern(kind);
    if (state >= 0) return state;
    this.reset();
    this.found.length = 0;
    this.found.push(<u16>this.begin);
    return this.intern(kind);
  }

  /** Works out where a byte (-1: the end) leads from a state. */
  private step(state: i32, byte: i32): u32 {
    let steps = this.steps;
    let stack = this.stack;
    let found = this.found;
    let seen = this.seen;
    let queued = this.queued;
    let turn = ++this.turn;
    let passed = <u32>this.kinds[state];
    let ahead = byte < 0 ? EDGE : this.backwards ? kindOf(byte) : kindBehind(byte);
    let before = this.backwards ? ahead : passed;
    let behind = this.backwards ? passed : ahead;
    let matched = false;
    found.length = 0;
    stack.length = 0;
    let from = this.from[state];
    for (let i = (state + 1 < this.states ? this.from[state + 1] : <u32>this.threads.length); i > from; --i) {
      stack.push(this.threads[i - 1]);
    }
    while (stack.length) {
      let at = stack.pop();
      if (seen[at] == turn) continue;
      seen[at] = turn;
      let step = steps[at];
      let kind = <u32>step & 0xffff;
      let a = <u32>(step >> 16) & 0xffff;
      let next = <u16>(step >> 48);
      if (kind == BYTE) {
        if (byte >= <i32>(a & 0xff) && byte <= <i32>(a >>> 8) && queued[next] != turn) {
          queued[next] = turn;
          found.push(next);
        }
      } else if (kind == SPLIT) {
        stack.push(next);
        stack.push(<u16>a);
      } else if (kind == HOLDS) {
        if (holds(a, before, behind)) stack.push(next);
      } else if (kind == MATCH) {
        matched = true;
        // Whatever comes later in the order is only tried when there is no match.
        if (!this.backwards) break;
      }
    }
    if (byte < 0) found.length = 0;
    // The order only matters where a match is preferred to another.
    else if (this.backwards) sort(found);
    let kind = byte < 0 ? 0 : this.backwards ? kindBehind(byte) : kindOf(byte);
    let to = this.intern(kind);
    let known = to >= 0;
    if (!known) {
      let kept = found.slice(0);
      this.reset();
      for (let i = 0; i < kept.length; ++i) found.push(kept[i]);
      to = this.intern(kind);
    }
    let entry = (<u32>to << 1) + (matched ? 3 : 2);
    if (known) this.rows[state * this.width + this.classOf(byte)] = <u16>entry;
    return entry;
  }

  // @ts-ignore: decorator
  @inline private classOf(byte: i32): i32 {
    return byte < 0 ? this.width - 1 : <i32>unchecked(this.classes[byte]);
  }

  /** Where the preferred match that begins first ends, in the text from `start` to `end`; 0 without one. */
  ends(start: usize, at: usize, end: usize, any: bool): usize {
    let state = this.start(at == start ? EDGE : kindOf(load<u8>(at - 1)));
    let width = this.width;
    let classes = changetype<usize>(this.classes);
    let rows = changetype<usize>(this.rows);
    let last: usize = 0;
    for (let p = at; ; ++p) {
      let column = p < end ? <i32>load<u8>(classes + <usize>load<u8>(p)) : width - 1;
      let entry = <u32>load<u16>(rows + (<usize>(state * width + column) << 1));
      if (!entry) {
        entry = this.step(state, p < end ? <i32>load<u8>(p) : -1);
        rows = changetype<usize>(this.rows);
      }
      if (entry & 1) {
        last = p;
        if (any) return last;
      }
      state = <i32>((entry - 2) >> 1);
      if (!state || p >= end) return last;
    }
    return 0;
  }

  /** Where the longest match that ends at `from` begins, not before `at`. */
  begins(start: usize, at: usize, from: usize, end: usize): usize {
    let state = this.start(from == end ? EDGE : kindBehind(load<u8>(from)));
    let width = this.width;
    let classes = changetype<usize>(this.classes);
    let rows = changetype<usize>(this.rows);
    let last = from;
    for (let p = from; ; --p) {
      let column = p > start ? <i32>load<u8>(classes + <usize>load<u8>(p - 1)) : width - 1;
      let entry = <u32>load<u16>(rows + (<usize>(state * width + column) << 1));
      if (!entry) {
        entry = this.step(state, p > start ? <i32>load<u8>(p - 1) : -1);
        rows = changetype<usize>(this.rows);
      }
      if (entry & 1) last = p;
      state = <i32>((entry - 2) >> 1);
      if (!state || p <= at) return last;
    }
    return 0;
  }
}

function sort(list: Array<u16>): void {
  for (let i = 1; i < list.length; ++i) {
    let item = list[i];
    let to = i;
    for (; to > 0 && list[to - 1] > item; --to) list[to] = list[to - 1];
    list[to] = item;
  }
}

/** The table that searches for where matches end: before the pattern there may be anything. */
export function forwardTable(node: Node): LazyTable {
  let program = new Program(false, false);
  let begin = program.compile(node, program.add(MATCH, 0, 0, 0));
  let search = program.add(SPLIT, begin, 0, 0);
  let any = program.add(BYTE, 0xff00, 0, search);
  program.steps[search] = <u64>SPLIT | (<u64>begin << 16) | (<u64>any << 48);
  return new LazyTable(program.steps, search, false);
}

/** The table that finds where a match begins, from its end. */
export function backwardTable(node: Node): LazyTable {
  let program = new Program(true, false);
  let begin = program.compile(node, program.add(MATCH, 0, 0, 0));
  return new LazyTable(program.steps, begin, true);
}
