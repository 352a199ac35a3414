// From a parsed regular expression to a table of states: a Thompson automaton over UTF-8 bytes, whose threads are
// kept in the order of their priority, so that the table finds the match a backtracking engine would.

import { utf8Sequences } from "./charset.ts";
import { type Assertion, type Node, RegexError } from "./parse.ts";

/** Instructions; the numbers are indexes of others. */
type Step =
  | { readonly kind: "byte"; readonly first: number; readonly last: number; next: number }
  | { readonly kind: "split"; readonly ways: number[] }
  | { readonly kind: "assert"; readonly what: Assertion; next: number }
  | { readonly kind: "match" };

const STEPS_MAX = 20_000;
const STATES_MAX = 3000;
/** Beyond this a search tries each start with the smaller table. */
const SEARCH_STATES_MAX = 400;
/** Entries of a table: 128 KB. */
const UNITS_MAX = 65_536;

/** What stands before or behind a place: the text's end, a letter of a word, a line's end, anything else. */
const EDGE = 0;
const WORD = 1;
const LINE = 2;
const OTHER = 3;
/** Behind a place only: the place is inside of a character, and nothing holds there. */
const INSIDE = 4;

function kindBehind(byte: number): number {
  if (byte < 0) return EDGE;
  return byte >= 0x80 && byte < 0xc0 ? INSIDE : kindOf(byte);
}

function kindOf(byte: number): number {
  if (byte === 10 || byte === 13) return LINE;
  const isWord =
    (byte >= 48 && byte < 58) || (byte >= 65 && byte < 91) || byte === 95 || (byte >= 97 && byte < 123);
  return isWord ? WORD : OTHER;
}

function holds(what: Assertion, before: number, behind: number): boolean {
  if (behind === INSIDE) return false;
  switch (what) {
    case "start":
      return before === EDGE;
    case "end":
      return behind === EDGE;
    case "lineStart":
      return before === EDGE || before === LINE;
    case "lineEnd":
      return behind === EDGE || behind === LINE;
    case "word":
      return (before === WORD) !== (behind === WORD);
    case "notWord":
      return (before === WORD) === (behind === WORD);
  }
}

class Program {
  readonly steps: Step[] = [];
  readonly assertions = new Set<Assertion>();
  readonly #bytes = new Map<string, number>();

  /** An instruction for a byte: the same ones are shared, since large sets have many ends in common. */
  #byte(first: number, last: number, next: number): number {
    const key = `${first} ${last} ${next}`;
    let at = this.#bytes.get(key);
    if (at === undefined) {
      at = this.add({ kind: "byte", first, last, next });
      this.#bytes.set(key, at);
    }
    return at;
  }

  add(step: Step): number {
    if (this.steps.length >= STEPS_MAX) throw tooLarge();
    return this.steps.push(step) - 1;
  }

  /** Puts a node in front of `next`; returns where it begins. */
  compile(node: Node, next: number): number {
    switch (node.kind) {
      case "set": {
        const ways = utf8Sequences(node.set).map((sequence) =>
          sequence.reduceRight((to, [first, last]) => this.#byte(first, last, to), next),
        );
        return ways.length === 1 ? (ways[0] as number) : this.add({ kind: "split", ways });
      }
      case "assert":
        this.assertions.add(node.what);
        return this.add({ kind: "assert", what: node.what, next });
      case "sequence":
        return node.items.reduceRight((to, item) => this.compile(item, to), next);
      case "choice":
        return this.add({ kind: "split", ways: node.items.map((item) => this.compile(item, next)) });
      case "repeat":
        return this.#repeat(node, next);
    }
  }

  #repeat({ item, least, most, lazy }: Extract<Node, { kind: "repeat" }>, next: number): number {
    let to = next;
    const order = (body: number, skip: number): number[] => (lazy ? [skip, body] : [body, skip]);
    if (most === Number.POSITIVE_INFINITY) {
      const ways: number[] = [];
      const loop = this.add({ kind: "split", ways });
      ways.push(...order(this.compile(item, loop), next));
      to = loop;
    } else {
      for (let i = least; i < most; i++)
        to = this.add({ kind: "split", ways: order(this.compile(item, to), next) });
    }
    for (let i = 0; i < least; i++) to = this.compile(item, to);
    return to;
  }
}

function tooLarge(): RegexError {
  return new RegexError(
    "the regular expression makes too large a table",
    0,
    "Use smaller counts in {…}, or several patterns one after the other.",
  );
}

interface State {
  readonly threads: readonly number[];
  readonly before: number;
}

class Builder {
  readonly #program: Program;
  readonly #classes: number[][];
  readonly #states: State[] = [];
  readonly #known = new Map<string, number>();
  readonly #looksBack: boolean;
  readonly rows: number[][] = [];

  constructor(program: Program, classes: number[][]) {
    this.#program = program;
    this.#classes = classes;
    this.#looksBack = program.assertions.size > 0;
    this.#intern([], OTHER);
  }

  /** The number of a state; 0 is the one from which nothing more can come. */
  #intern(threads: readonly number[], before: number): number {
    const kind = this.#looksBack ? before : OTHER;
    const key = `${threads.length === 0 ? "" : kind}:${threads.join()}`;
    let index = this.#known.get(key);
    if (index === undefined) {
      index = this.#states.push({ threads, before: kind }) - 1;
      this.#known.set(key, index);
    }
    return index;
  }

  start(threads: readonly number[], before: number): number {
    return this.#intern(threads, before);
  }

  /** Works out all rows that can be reached; false when there are more states than `most`. */
  run(most: number): boolean {
    for (let i = this.rows.length; i < this.#states.length; i++) {
      if (this.#states.length > most) return false;
      const state = this.#states[i] as State;
      const row = this.#classes.map(([byte]) => this.#step(state, byte as number));
      row.push(this.#step(state, -1));
      this.rows.push(row);
    }
    return true;
  }

  /** Where a byte (-1: the end) leads; the highest bit says that a match ended before it. */
  #step({ threads, before }: State, byte: number): number {
    const behind = kindBehind(byte);
    const next: number[] = [];
    const seen = new Set<number>();
    let matched = false;
    const stack = threads.toReversed();
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const step = this.#program.steps[at] as Step;
      if (step.kind === "split") {
        for (let i = step.ways.length - 1; i >= 0; i--) stack.push(step.ways[i] as number);
      } else if (step.kind === "assert") {
        if (holds(step.what, before, behind)) stack.push(step.next);
      } else if (step.kind === "match") {
        // Whatever comes later in the order is only tried when there is no match.
        matched = true;
        break;
      } else if (byte >= step.first && byte <= step.last && !next.includes(step.next)) {
        next.push(step.next);
      }
    }
    return this.#intern(byte < 0 ? [] : next, kindOf(byte)) | (matched ? 0x8000 : 0);
  }
}

/**
 * The table that `assembly/regex.ts` runs, in units of 16 bits: number of classes; the row that a search through the
 * whole text starts at, or 0 when there is none; the rows that a match starts at behind the text's start, a word's
 * letter, a line's end, anything else; the class of each byte; the rows, each with an entry for a class and for the
 * end. An entry is a row's number, with the highest bit if a match ended before the byte.
 */
export function buildTable(node: Node): Uint16Array {
  const program = new Program();
  const match = program.add({ kind: "match" });
  const begin = program.compile(node, match);
  const ways: number[] = [];
  const search = program.add({ kind: "split", ways });
  ways.push(begin, program.add({ kind: "byte", first: 0, last: 255, next: search }));
  const classes = byteClasses(program);
  const make = (withSearch: boolean): { builder: Builder; searchRow: number; starts: number[] } | null => {
    const builder = new Builder(program, classes);
    const starts = [EDGE, WORD, LINE, OTHER].map((before) => builder.start([begin], before));
    if (!builder.run(STATES_MAX)) throw tooLarge();
    if (!withSearch) return { builder, searchRow: 0, starts };
    const searchRow = builder.start([search], EDGE);
    return builder.run(builder.rows.length + SEARCH_STATES_MAX) ? { builder, searchRow, starts } : null;
  };
  const made = make(true) ?? make(false);
  if (made === null) throw tooLarge();
  const { builder, searchRow, starts } = made;
  const { rows, columns, numberOf } = minimise(builder.rows);
  const width = columns.length;
  if (rows.length * width > UNITS_MAX) throw tooLarge();
  const columnOf = new Map(columns.flatMap((merged, i) => merged.map((column) => [column, i] as const)));
  const classOf = new Uint8Array(256);
  for (const [i, bytes] of classes.entries())
    for (const byte of bytes) classOf[byte] = columnOf.get(i) as number;
  const at = (row: number): number => numberOf[row] as number;
  const units = [width - 1, searchRow === 0 ? 0 : at(searchRow), ...starts.map(at)];
  for (let i = 0; i < 256; i += 2) units.push((classOf[i] as number) | ((classOf[i + 1] as number) << 8));
  for (const row of rows) units.push(...row);
  return Uint16Array.from(units);
}

/**
 * Rows and columns that are the same become one. Row 0 stays; the last column, the one for the end, stays the last
 * and alone.
 */
function minimise(all: readonly (readonly number[])[]): {
  rows: number[][];
  columns: number[][];
  numberOf: number[];
} {
  let numberOf = all.map(() => 0);
  for (let count = 1; ; ) {
    const known = new Map<string, number>();
    const next = all.map((row, i) => {
      const key = `${numberOf[i]}:${row.map((entry) => (entry & 0x8000) | (numberOf[entry & 0x7fff] as number)).join()}`;
      const number = known.get(key) ?? known.size;
      known.set(key, number);
      return number;
    });
    numberOf = next;
    if (known.size === count) break;
    count = known.size;
  }
  const merged: number[][] = [];
  for (const [i, row] of all.entries()) {
    const number = numberOf[i] as number;
    merged[number] ??= row.map((entry) => (entry & 0x8000) | (numberOf[entry & 0x7fff] as number));
  }
  const end = (all[0] as readonly number[]).length - 1;
  const columns = new Map<string, number[]>();
  for (let column = 0; column < end; column++) {
    const key = merged.map((row) => row[column]).join();
    columns.set(key, [...(columns.get(key) ?? []), column]);
  }
  const kept = [...columns.values(), [end]];
  return {
    rows: merged.map((row) => kept.map(([column]) => row[column as number] as number)),
    columns: kept,
    numberOf,
  };
}

/** Bytes that no instruction tells apart. */
function byteClasses(program: Program): number[][] {
  const cuts = new Set<number>([0]);
  for (const step of program.steps) {
    if (step.kind !== "byte") continue;
    cuts.add(step.first);
    cuts.add(step.last + 1);
  }
  const looks = program.assertions.size > 0;
  const classes = new Map<string, number[]>();
  const ranges = program.steps.filter((step) => step.kind === "byte");
  let signature = "";
  for (let byte = 0; byte < 256; byte++) {
    if (cuts.has(byte)) {
      signature = ranges.map(({ first, last }) => (byte >= first && byte <= last ? 1 : 0)).join("");
    }
    const key = looks ? `${kindBehind(byte)}${signature}` : signature;
    const known = classes.get(key);
    if (known === undefined) classes.set(key, [byte]);
    else known.push(byte);
  }
  return [...classes.values()];
}
