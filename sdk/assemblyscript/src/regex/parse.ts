// Reads a regular expression as JavaScript does, as far as a finite automaton can follow it. Characters are whole code
// points, as with the flag `u`; upper and lower case are the same as without it.

import {
  bothCases,
  type CharSet,
  complement,
  DIGITS,
  LINE_ENDS,
  nativeSet,
  normalise,
  SPACES,
  WORDS,
} from "./charset.ts";

export type Assertion = "start" | "end" | "lineStart" | "lineEnd" | "word" | "notWord";

export type Node =
  | { readonly kind: "set"; readonly set: CharSet }
  | { readonly kind: "assert"; readonly what: Assertion }
  | { readonly kind: "sequence"; readonly items: readonly Node[] }
  | { readonly kind: "choice"; readonly items: readonly Node[] }
  /** A group that is noted, by its number from 1 on. */
  | { readonly kind: "group"; readonly number: number; readonly item: Node }
  | {
      readonly kind: "repeat";
      readonly item: Node;
      readonly least: number;
      /** Infinity for no limit. */
      readonly most: number;
      readonly lazy: boolean;
    };

/** A pattern that was read. */
export interface Pattern {
  readonly node: Node;
  /** Groups, the whole match included. */
  readonly groups: number;
  /** Names of groups, and their numbers. */
  readonly names: ReadonlyMap<string, number>;
}

/** What is not supported, with its place in the pattern and what to use instead. */
export class RegexError extends Error {
  readonly index: number;
  readonly hint: string;

  constructor(message: string, index: number, hint: string) {
    super(message);
    this.index = index;
    this.hint = hint;
  }
}

const SIMPLER = "Use the simpler parts: classes, groups, alternatives, quantifiers, ^ and $, \\b.";

/** Parses a pattern. Throws a `RegexError` for what cannot be supported or is no pattern at all. */
export function parseRegex(pattern: string, flags: string): Pattern {
  for (const flag of flags) {
    if (!"gimsu".includes(flag)) {
      throw new RegexError(
        `the flag ${flag} of regular expressions is not supported`,
        0,
        "Use only g, i, m, s and u.",
      );
    }
  }
  const parsed = new Parser(pattern, flags).parse();
  try {
    new RegExp(pattern, flags.replace("u", "").concat("u"));
  } catch (error) {
    throw new RegexError(
      (error as Error).message,
      0,
      "It must be a pattern that JavaScript takes with the flag u.",
    );
  }
  return parsed;
}

/** Groups within groups: at run time reading goes down into them by calls. */
const DEPTH_MAX = 200;

class Parser {
  readonly #text: string;
  readonly #ignoreCase: boolean;
  readonly #multiline: boolean;
  readonly #dotAll: boolean;
  readonly #names = new Map<string, number>();
  #groups = 1;
  #depth = 0;
  #at = 0;

  constructor(text: string, flags: string) {
    this.#text = text;
    this.#ignoreCase = flags.includes("i");
    this.#multiline = flags.includes("m");
    this.#dotAll = flags.includes("s");
  }

  parse(): Pattern {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw this.#fault("unmatched )");
    return { node, groups: this.#groups, names: this.#names };
  }

  #fault(message: string, hint = SIMPLER, index = this.#at): RegexError {
    return new RegexError(message, index, hint);
  }

  #peek(): string {
    return this.#text[this.#at] ?? "";
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #choice(): Node {
    if (++this.#depth > DEPTH_MAX) throw this.#fault("groups are nested too deep");
    const items = [this.#sequence()];
    while (this.#take("|")) items.push(this.#sequence());
    this.#depth--;
    return items.length === 1 ? (items[0] as Node) : { kind: "choice", items };
  }

  #sequence(): Node {
    const items: Node[] = [];
    while (this.#at < this.#text.length && this.#peek() !== "|" && this.#peek() !== ")") {
      items.push(this.#quantified());
    }
    return { kind: "sequence", items };
  }

  #quantified(): Node {
    const start = this.#at;
    const item = this.#atom();
    const range = this.#quantifier();
    if (range === null) return item;
    if (item.kind === "assert") throw this.#fault("an assertion cannot be repeated", SIMPLER, start);
    // Engines differ in what an empty turn of a loop means; JavaScript's way is beyond an automaton.
    if (range[1] > range[0] && canBeEmpty(item)) {
      throw this.#fault(
        "a part that can match nothing cannot be repeated",
        "Write it so that each turn takes a character: `a*` instead of `(?:a*)*`, `(?:a+b?)*` instead of `(?:a*b?)*`.",
        start,
      );
    }
    return { kind: "repeat", item, least: range[0], most: range[1], lazy: this.#take("?") };
  }

  #quantifier(): [number, number] | null {
    if (this.#take("*")) return [0, Number.POSITIVE_INFINITY];
    if (this.#take("+")) return [1, Number.POSITIVE_INFINITY];
    if (this.#take("?")) return [0, 1];
    const match = /^\{(\d+)(,(\d*))?\}/.exec(this.#text.slice(this.#at));
    if (match === null) return null;
    const least = Number(match[1]);
    const most =
      match[2] === undefined ? least : match[3] === "" ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (most < least || least > 1000 || (most > 1000 && most !== Number.POSITIVE_INFINITY)) {
      throw this.#fault("a repetition is at most 1000 times, the lower number first");
    }
    this.#at += match[0].length;
    return [least, most];
  }

  #atom(): Node {
    const start = this.#at;
    if (this.#take("(")) return this.#group(start);
    if (this.#take("^")) return { kind: "assert", what: this.#multiline ? "lineStart" : "start" };
    if (this.#take("$")) return { kind: "assert", what: this.#multiline ? "lineEnd" : "end" };
    if (this.#take(".")) return { kind: "set", set: this.#dotAll ? complement([]) : complement(LINE_ENDS) };
    if (this.#peek() === "[") return { kind: "set", set: this.#class() };
    if (this.#take("\\b")) return { kind: "assert", what: "word" };
    if (this.#take("\\B")) return { kind: "assert", what: "notWord" };
    if (/^[*+?{}\])]/.test(this.#peek())) throw this.#fault(`${this.#peek()} has nothing to stand for here`);
    if (this.#peek() === "\\") {
      const set = this.#escape(false);
      return { kind: "set", set: typeof set === "number" ? this.#one(set) : set };
    }
    return { kind: "set", set: this.#one(this.#point()) };
  }

  #group(start: number): Node {
    let number = 0;
    if (this.#take("?")) {
      if (this.#take("=") || this.#take("!") || this.#take("<=") || this.#take("<!")) {
        throw this.#fault(
          "regular expressions have no lookahead and no lookbehind here",
          "Match without it and look at the bytes around the match in code.",
          start,
        );
      }
      if (!this.#take(":")) {
        const found = /^<([\p{ID_Start}$_][\p{ID_Continue}$]*)>/u.exec(this.#text.slice(this.#at));
        const name = found?.[1];
        if (name === undefined) throw this.#fault("this kind of group is not supported", SIMPLER, start);
        if (this.#names.has(name)) throw this.#fault(`two groups have the name ${name}`, SIMPLER, start);
        this.#at += name.length + 2;
        number = this.#groups++;
        this.#names.set(name, number);
      }
    } else {
      number = this.#groups++;
    }
    const item = this.#choice();
    if (!this.#take(")")) throw this.#fault("a group is not closed", SIMPLER, start);
    return number === 0 ? item : { kind: "group", number, item };
  }

  #point(): number {
    const point = this.#text.codePointAt(this.#at) as number;
    this.#at += point > 0xffff ? 2 : 1;
    return point;
  }

  /** One character, in both cases if that is wanted. */
  #one(point: number): CharSet {
    return this.#fold([[point, point]]);
  }

  #fold(set: CharSet): CharSet {
    return this.#ignoreCase ? bothCases(set) : set;
  }

  #class(): CharSet {
    const start = this.#at;
    this.#at++;
    const negated = this.#take("^");
    const ranges: (readonly [number, number])[] = [];
    while (this.#peek() !== "]") {
      if (this.#at >= this.#text.length) throw this.#fault("a class is not closed", SIMPLER, start);
      const first = this.#member();
      if (this.#peek() === "-" && this.#text[this.#at + 1] !== "]" && this.#at + 1 < this.#text.length) {
        this.#at++;
        const last = this.#member();
        if (typeof first !== "number" || typeof last !== "number" || last < first) {
          throw this.#fault("a range in a class goes from one character to a later one", SIMPLER, start);
        }
        ranges.push([first, last]);
      } else if (typeof first === "number") ranges.push([first, first]);
      else ranges.push(...first);
    }
    this.#at++;
    const set = this.#fold(normalise(ranges));
    return negated ? complement(set) : set;
  }

  #member(): number | CharSet {
    return this.#peek() === "\\" ? this.#escape(true) : this.#point();
  }

  /** The character or the class that an escape stands for. */
  #escape(inClass: boolean): number | CharSet {
    const start = this.#at;
    this.#at++;
    const mark = this.#peek();
    this.#at++;
    const sets: Readonly<Record<string, CharSet>> = { d: DIGITS, s: SPACES, w: WORDS };
    const set = sets[mark.toLowerCase()];
    if (set !== undefined) {
      return mark === mark.toLowerCase() ? set : complement(set);
    }
    const characters: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };
    const character = characters[mark];
    if (character !== undefined) return character;
    if (mark === "b" && inClass) return 8;
    if (mark === "0" && !/^\d/.test(this.#peek())) return 0;
    const rest = this.#text.slice(this.#at);
    const matched = (pattern: RegExp): string | undefined => {
      const found = pattern.exec(rest);
      if (found !== null) this.#at += found[0].length;
      return found?.[1];
    };
    if (mark === "x") {
      const code = matched(/^([\da-fA-F]{2})/);
      if (code !== undefined) return Number.parseInt(code, 16);
    } else if (mark === "u") {
      const code = matched(/^\{([\da-fA-F]+)\}/) ?? matched(/^([\da-fA-F]{4})/);
      const point = code === undefined ? -1 : this.#unit(Number.parseInt(code, 16));
      if (point > 0x10ffff) throw this.#fault("there is no character of that number", SIMPLER, start);
      if (point >= 0) return point;
    } else if (mark === "c") {
      const letter = matched(/^([A-Za-z])/);
      if (letter !== undefined) return letter.charCodeAt(0) & 31;
    } else if (mark === "p" || mark === "P") {
      const name = matched(/^\{([^}]*)\}/);
      if (name !== undefined) return this.#property(mark, name, start);
    } else if (/[\^$\\.*+?()[\]{}|/]/.test(mark) || (inClass && mark === "-")) {
      return mark.charCodeAt(0);
    } else if (/[1-9k]/.test(mark)) {
      throw this.#fault(
        "regular expressions have no back-references here",
        "Match both places and compare them in code.",
        start,
      );
    }
    throw this.#fault(`\\${mark} means nothing in a regular expression`, SIMPLER, start);
  }

  /** A code unit; two that make a pair are one character. */
  #unit(code: number): number {
    if (code < 0xd800 || code > 0xdbff) return code;
    const low = /^\\u([dD][c-fC-F][\da-fA-F]{2})/.exec(this.#text.slice(this.#at));
    if (low === null) return code;
    this.#at += low[0].length;
    return 0x10000 + ((code & 0x3ff) << 10) + (Number.parseInt(low[1] as string, 16) & 0x3ff);
  }

  #property(mark: string, name: string, start: number): CharSet {
    try {
      return this.#fold(nativeSet(`\\${mark}{${name}}`));
    } catch {
      throw this.#fault(`there is no property ${name}`, SIMPLER, start);
    }
  }
}

function canBeEmpty(node: Node): boolean {
  switch (node.kind) {
    case "set":
      return false;
    case "assert":
      return true;
    case "sequence":
      return node.items.every(canBeEmpty);
    case "choice":
      return node.items.some(canBeEmpty);
    case "group":
      return canBeEmpty(node.item);
    case "repeat":
      return node.least === 0 || canBeEmpty(node.item);
  }
}
