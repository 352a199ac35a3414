// From a parsed regular expression to a table of states: a Thompson automaton over UTF-8 bytes, whose threads are
// kept in the order of their priority, so that the table finds the match a backtracking engine would.

import { utf8Sequences } from "./charset.ts";
import { type Assertion, type Node, type Pattern, RegexError } from "./parse.ts";

/** Instructions; the numbers are indexes of others. */
type Step =
  | { readonly kind: "byte"; readonly first: number; readonly last: number; next: number }
  | { readonly kind: "split"; readonly ways: number[] }
  | { readonly kind: "assert"; readonly what: Assertion; next: number }
  /** Notes the place in a slot: each group has two. */
  | { readonly kind: "save"; readonly slot: number; next: number }
  /** Forgets the places in slots. */
  | { readonly kind: "clear"; readonly from: number; readonly to: number; next: number }
  | { readonly kind: "match" };

const STEPS_MAX = 20_000;
/** Beyond this the module makes the states itself, those that it comes across. */
const STATES_MAX = 400;
/** Entries of a table: 128 KB; beyond this likewise. */
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
  /** Backwards: for bytes that are read from the last to the first. With slots: notes where groups are. */
  readonly #backwards: boolean;
  readonly #slots: boolean;
  readonly steps: Step[] = [];
  readonly assertions = new Set<Assertion>();
  readonly #bytes = new Map<string, number>();

  constructor(kind: "forwards" | "backwards" | "groups") {
    this.#backwards = kind === "backwards";
    this.#slots = kind === "groups";
  }

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
        const ways = utf8Sequences(node.set).map((sequence) => {
          const bytes = this.#backwards ? sequence.toReversed() : sequence;
          return bytes.reduceRight((to, [first, last]) => this.#byte(first, last, to), next);
        });
        return ways.length === 1 ? (ways[0] as number) : this.add({ kind: "split", ways });
      }
      case "assert":
        this.assertions.add(node.what);
        return this.add({ kind: "assert", what: node.what, next });
      case "sequence": {
        const items = this.#backwards ? node.items.toReversed() : node.items;
        return items.reduceRight((to, item) => this.compile(item, to), next);
      }
      case "choice":
        return this.add({ kind: "split", ways: node.items.map((item) => this.compile(item, next)) });
      case "group": {
        if (!this.#slots) return this.compile(node.item, next);
        const end = this.add({ kind: "save", slot: node.number * 2 + 1, next });
        return this.add({ kind: "save", slot: node.number * 2, next: this.compile(node.item, end) });
      }
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
      ways.push(...order(this.#turn(item, loop), next));
      to = loop;
    } else {
      for (let i = least; i < most; i++)
        to = this.add({ kind: "split", ways: order(this.#turn(item, to), next) });
    }
    for (let i = 0; i < least; i++) to = this.#turn(item, to);
    return to;
  }

  /** One turn of a repetition: its groups have matched nothing yet. */
  #turn(item: Node, next: number): number {
    const body = this.compile(item, next);
    const groups = this.#slots ? groupsIn(item) : [];
    const [first] = groups;
    const last = groups.at(-1);
    if (first === undefined || last === undefined) return body;
    return this.add({ kind: "clear", from: first * 2, to: last * 2 + 2, next: body });
  }
}

/** Numbers of the groups in a node, in their order. */
function groupsIn(node: Node): number[] {
  switch (node.kind) {
    case "sequence":
    case "choice":
      return node.items.flatMap(groupsIn);
    case "group":
      return [node.number, ...groupsIn(node.item)];
    case "repeat":
      return groupsIn(node.item);
    default:
      return [];
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
  /** What was passed last: stands before the place, or behind it when reading backwards. */
  readonly passed: number;
}

class Builder {
  readonly #program: Program;
  readonly #classes: number[][];
  readonly #states: State[] = [];
  readonly #known = new Map<string, number>();
  readonly #looksAround: boolean;
  readonly #backwards: boolean;
  /** Entries lead to states by their numbers; with the highest bit if a match ends before the byte. */
  readonly rows: number[][] = [];

  constructor(program: Program, classes: number[][], backwards: boolean) {
    this.#program = program;
    this.#classes = classes;
    this.#looksAround = program.assertions.size > 0;
    this.#backwards = backwards;
    this.#intern([], OTHER);
  }

  /** The number of a state; 0 is the one from which nothing more can come. */
  #intern(threads: readonly number[], passed: number): number {
    const kind = this.#looksAround ? passed : OTHER;
    // The order only matters where a match is preferred to another.
    const ordered = this.#backwards ? threads.toSorted((a, b) => a - b) : threads;
    const key = `${ordered.length === 0 ? "" : kind}:${ordered.join()}`;
    let index = this.#known.get(key);
    if (index === undefined) {
      index = this.#states.push({ threads: ordered, passed: kind }) - 1;
      this.#known.set(key, index);
    }
    return index;
  }

  start(threads: readonly number[], passed: number): number {
    return this.#intern(threads, passed);
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
  #step({ threads, passed }: State, byte: number): number {
    const ahead = byte < 0 ? EDGE : this.#backwards ? kindOf(byte) : kindBehind(byte);
    const [before, behind] = this.#backwards ? [ahead, passed] : [passed, ahead];
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
        matched = true;
        // Whatever comes later in the order is only tried when there is no match.
        if (!this.#backwards) break;
      } else if (
        step.kind === "byte" &&
        byte >= step.first &&
        byte <= step.last &&
        !next.includes(step.next)
      ) {
        next.push(step.next);
      }
    }
    const kind = this.#backwards ? kindBehind(byte) : kindOf(byte);
    return this.#intern(byte < 0 ? [] : next, kind) | (matched ? 0x8000 : 0);
  }
}

/** Rows of the states that can be reached from the starts, or null when there are too many. */
interface Table {
  readonly rows: number[][];
  /** Rows to start at behind the text's start, a word's letter, a line's end, anything else. */
  readonly starts: readonly number[];
}

/** Steps, and the one to begin with. */
interface Search {
  readonly program: Program;
  readonly begin: number;
}

/** Finds where the preferred match ends, of those that begin first. */
function forwards(node: Node): Search {
  const program = new Program("forwards");
  const match = program.compile(node, program.add({ kind: "match" }));
  const ways: number[] = [match];
  const begin = program.add({ kind: "split", ways });
  ways.push(program.add({ kind: "byte", first: 0, last: 255, next: begin }));
  return { program, begin };
}

/** Finds where the longest match begins, from its end. */
function backwards(node: Node): Search {
  const program = new Program("backwards");
  return { program, begin: program.compile(node, program.add({ kind: "match" })) };
}

/** Finds the groups of a match; without any there is nothing to find but the match itself. */
function groupSearch({ node, groups }: Pattern): Search {
  const program = new Program("groups");
  const match = program.add({ kind: "match" });
  return { program, begin: groups > 1 ? program.compile(node, match) : match };
}

function tableOf({ program, begin }: Search, isBackwards: boolean, classes: number[][]): Table | null {
  const builder = new Builder(program, classes, isBackwards);
  const kinds = isBackwards ? [EDGE, WORD, LINE, OTHER, INSIDE] : [EDGE, WORD, LINE, OTHER];
  const starts = kinds.map((kind) => builder.start([begin], kind));
  return builder.run(STATES_MAX) ? { rows: builder.rows, starts } : null;
}

/** Both tables in one; they have the state from which nothing can come in common. */
function join(first: Table, second: Table): { rows: number[][]; starts: number[] } {
  const shift = first.rows.length - 1;
  const moved = (row: number): number => (row === 0 ? 0 : row + shift);
  const rows = second.rows
    .slice(1)
    .map((row) => row.map((entry) => (entry & 0x8000) | moved(entry & 0x7fff)));
  return { rows: [...first.rows, ...rows], starts: [...first.starts, ...second.starts.map(moved)] };
}

/** Steps in four units each; `assembly/regex/program.ts` has their kinds. */
function unitsOf({ program }: Search): number[] {
  const steps: number[][] = [];
  // A way to several steps takes some of its own, behind all others.
  let free = program.steps.length;
  const more: number[][] = [];
  const split = (ways: readonly number[]): number[] => {
    const [first = 0, second = 0] = ways;
    if (ways.length <= 2) return [SPLIT, first, 0, second];
    more.push(split(ways.slice(1)));
    return [SPLIT, first, 0, free++];
  };
  for (const step of program.steps) {
    if (step.kind === "byte") steps.push([BYTE, step.first | (step.last << 8), 0, step.next]);
    else if (step.kind === "assert") steps.push([HOLDS, ASSERTIONS.indexOf(step.what), 0, step.next]);
    else if (step.kind === "save") steps.push([SAVE, step.slot, 0, step.next]);
    else if (step.kind === "clear") steps.push([CLEAR, step.from, step.to, step.next]);
    else if (step.kind === "match") steps.push([MATCH, 0, 0, 0]);
    else if (step.ways.length === 0) steps.push([BYTE, 1, 0, 0]);
    else if (step.ways.length === 1) steps.push([SPLIT, step.ways[0] as number, 0, step.ways[0] as number]);
    else steps.push(split(step.ways));
  }
  return [...steps, ...more].flat();
}

const [BYTE, SPLIT, HOLDS, MATCH, SAVE, CLEAR] = [0, 1, 2, 3, 4, 5];
const ASSERTIONS: readonly Assertion[] = ["start", "end", "lineStart", "lineEnd", "word", "notWord"];

/** What a literal becomes. */
export interface RegexTable {
  /** False: there are only the steps, of which the module makes states itself (`assembly/regex/lazy.ts`). */
  readonly isWhole: boolean;
  /**
   * In units of 16 bits, the header first. A whole table:
   *
   * - number of classes; one that is not used;
   * - 4 starts forwards: behind the text's start, a word's letter, a line's end, anything else;
   * - 5 starts backwards, by what is behind the match: the same, and the inside of a character.
   *
   * One of steps: two that are not used; where the steps forwards are (2 units), how many, and the one to begin with;
   * the same backwards; one that is not used. Then in both:
   *
   * - groups, the whole match included;
   * - where the steps for groups are (2 units), how many, and the one to begin with; where the names are (2 units), and
   *   how many; one that is not used.
   *
   * A whole table goes on with the class of each byte and the rows, each with an entry for a class and for the end: a
   * row's number, with the highest bit if a match ended before the byte. Then all steps, and for each name the group,
   * the length and the name.
   */
  readonly units: Uint16Array;
}

export function buildTable(pattern: Pattern): RegexTable {
  const { node, groups, names } = pattern;
  const ways = [forwards(node), backwards(node)] as const;
  const whole = wholeTable(node, ways);
  const steps: number[] = [];
  const start = HEADER_UNITS + (whole?.units.length ?? 0);
  const put = (search: Search): number[] => {
    const units = unitsOf(search);
    const at = start + steps.length;
    for (const unit of units) steps.push(unit);
    return [...split(at), units.length / 4, search.begin];
  };
  const head = whole === null ? [0, 0, ...ways.flatMap(put), 0] : whole.head;
  const units = [...head, groups, ...put(groupSearch(pattern))];
  units.push(...split(start + steps.length), names.size, 0);
  for (const unit of whole?.units ?? []) units.push(unit);
  for (const unit of steps) units.push(unit);
  for (const [name, number] of names) {
    units.push(number, name.length, ...Array.from({ length: name.length }, (_, i) => name.charCodeAt(i)));
  }
  return { isWhole: whole !== null, units: Uint16Array.from(units) };
}

function split(value: number): [number, number] {
  return [value & 0xffff, value >>> 16];
}

/** The part of the header that is a whole table's, and its classes and rows; null when that is too large. */
function wholeTable(
  node: Node,
  [forward, backward]: readonly [Search, Search],
): { head: number[]; units: number[] } | null {
  const classes = byteClasses(node);
  const first = tableOf(forward, false, classes);
  const second = first && tableOf(backward, true, classes);
  if (second === null) return null;
  const table = join(first as Table, second);
  const { rows, columns, numberOf } = minimise(table.rows);
  const width = columns.length;
  if (rows.length * width > UNITS_MAX) return null;
  const columnOf = new Map(columns.flatMap((merged, i) => merged.map((column) => [column, i] as const)));
  const classOf = new Uint8Array(256);
  for (const [i, bytes] of classes.entries())
    for (const byte of bytes) classOf[byte] = columnOf.get(i) as number;
  const head = [width - 1, 0, ...table.starts.map((row) => numberOf[row] as number)];
  const units: number[] = [];
  for (let i = 0; i < 256; i += 2) units.push((classOf[i] as number) | ((classOf[i + 1] as number) << 8));
  for (const row of rows) units.push(...row);
  return { head, units };
}

const HEADER_UNITS = 20;

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
function byteClasses(node: Node): number[][] {
  const program = new Program("forwards");
  program.compile(node, program.add({ kind: "match" }));
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
