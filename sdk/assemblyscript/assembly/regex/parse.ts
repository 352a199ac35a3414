// Reads a regular expression that is only known when the module runs: the same language, with the same complaints, as
// the build reads literals in (src/regex/parse.ts).

import { CharSet, complement, DIGITS, fold, LINE_ENDS, normalise, SPACES, WORDS } from "./charset";
import { propertySet } from "./property";

// Kinds of nodes.
// @ts-ignore: decorator
@inline export const SET: i32 = 0;
// @ts-ignore: decorator
@inline export const ASSERT: i32 = 1;
// @ts-ignore: decorator
@inline export const SEQUENCE: i32 = 2;
// @ts-ignore: decorator
@inline export const CHOICE: i32 = 3;
// @ts-ignore: decorator
@inline export const REPEAT: i32 = 4;
// @ts-ignore: decorator
@inline export const GROUP: i32 = 5;

// Kinds of assertions, as in the steps of a program.
// @ts-ignore: decorator
@inline const START: i32 = 0;
// @ts-ignore: decorator
@inline const END: i32 = 1;
// @ts-ignore: decorator
@inline const LINE_START: i32 = 2;
// @ts-ignore: decorator
@inline const LINE_END: i32 = 3;
// @ts-ignore: decorator
@inline const WORD: i32 = 4;
// @ts-ignore: decorator
@inline const NOT_WORD: i32 = 5;

// @ts-ignore: decorator
@inline const SIMPLER: string = "Use the simpler parts: classes, groups, alternatives, quantifiers, ^ and $, \\b.";
/** Groups within groups: reading and compiling go down into them by calls. */
// @ts-ignore: decorator
@inline const DEPTH_MAX: i32 = 200;

export class Node {
  set: CharSet = [];
  items: Node[] = [];
  /** Number of an assertion, or of a group. */
  number: i32 = 0;
  least: i32 = 0;
  /** -1 for no limit. */
  most: i32 = 0;
  lazy: bool = false;

  constructor(public kind: i32) {}

  /** Whether it can match without taking a character. */
  canBeEmpty(): bool {
    let kind = this.kind;
    if (kind == SET) return false;
    if (kind == ASSERT) return true;
    if (kind == REPEAT && this.least == 0) return true;
    let items = this.items;
    for (let i = 0; i < items.length; ++i) {
      let can = items[i].canBeEmpty();
      if (kind == CHOICE ? can : !can) return can;
    }
    return kind != CHOICE;
  }
}

function setOf(set: CharSet): Node {
  let node = new Node(SET);
  node.set = set;
  return node;
}

function assertionOf(what: i32): Node {
  let node = new Node(ASSERT);
  node.number = what;
  return node;
}

function isDigit(unit: i32): bool {
  return <u32>(unit - 0x30) < 10;
}

/** Letters that a group's name may have. */
function isNamed(unit: i32, first: bool): bool {
  return <u32>((unit | 0x20) - 0x61) < 26 || unit == 0x5f || unit == 0x24 || unit >= 0x80 || (!first && isDigit(unit));
}

export class Parser {
  /** Groups that were read, the whole match included. */
  groups: i32 = 1;
  names: string[] = [];
  /** The group that each name is of. */
  named: i32[] = [];
  private at: i32 = 0;
  private depth: i32 = 0;
  private ignoreCase: bool = false;
  private multiline: bool = false;
  private dotAll: bool = false;

  constructor(private text: string, flags: string) {
    for (let i = 0; i < flags.length; ++i) {
      let flag = flags.charAt(i);
      if (!"gimsu".includes(flag)) {
        throw this.complaint(
          "the flag " + flag + " of regular expressions is not supported",
          "Use only g, i, m, s and u.",
          0,
        );
      }
      if (flags.indexOf(flag) < i) throw this.complaint("Invalid flags", "Use each flag once.", 0);
    }
    this.ignoreCase = flags.includes("i");
    this.multiline = flags.includes("m");
    this.dotAll = flags.includes("s");
  }

  parse(): Node {
    let node = this.choice();
    if (this.at < this.text.length) throw this.fault("unmatched )");
    return node;
  }

  private complaint(message: string, hint: string, index: i32): Error {
    return new Error(message + ", at " + index.toString() + " of /" + this.text + "/. " + hint);
  }

  private fault(message: string, index: i32 = -1): Error {
    return this.complaint(message, SIMPLER, index < 0 ? this.at : index);
  }

  /** The next unit, or -1. */
  private peek(ahead: i32 = 0): i32 {
    let at = this.at + ahead;
    return at < this.text.length ? this.text.charCodeAt(at) : -1;
  }

  private take(text: string): bool {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private choice(): Node {
    if (++this.depth > DEPTH_MAX) throw this.fault("groups are nested too deep");
    let first = this.sequence();
    if (this.peek() == 0x7c) {
      let node = new Node(CHOICE);
      node.items.push(first);
      while (this.take("|")) node.items.push(this.sequence());
      first = node;
    }
    --this.depth;
    return first;
  }

  private sequence(): Node {
    let node = new Node(SEQUENCE);
    while (true) {
      let unit = this.peek();
      if (unit < 0 || unit == 0x7c || unit == 0x29) break;
      node.items.push(this.quantified());
    }
    return node;
  }

  private quantified(): Node {
    let start = this.at;
    let item = this.atom();
    let node = new Node(REPEAT);
    if (!this.quantifier(node)) return item;
    if (item.kind == ASSERT) throw this.fault("an assertion cannot be repeated", start);
    if (node.most != node.least && item.canBeEmpty()) {
      throw this.complaint(
        "a part that can match nothing cannot be repeated",
        "Write it so that each turn takes a character: `a*` instead of `(?:a*)*`, `(?:a+b?)*` instead of `(?:a*b?)*`.",
        start,
      );
    }
    node.items.push(item);
    node.lazy = this.take("?");
    return node;
  }

  /** Reads how often; false when there is no such thing here. */
  private quantifier(node: Node): bool {
    if (this.take("*")) return this.times(node, 0, -1);
    if (this.take("+")) return this.times(node, 1, -1);
    if (this.take("?")) return this.times(node, 0, 1);
    if (this.peek() != 0x7b || !isDigit(this.peek(1))) return false;
    let start = this.at++;
    let least = this.decimal();
    let most = least;
    if (this.take(",")) most = isDigit(this.peek()) ? this.decimal() : -1;
    if (this.peek() != 0x7d) {
      this.at = start;
      return false;
    }
    if ((most >= 0 && most < least) || least > 1000 || most > 1000) {
      this.at = start;
      throw this.fault("a repetition is at most 1000 times, the lower number first");
    }
    ++this.at;
    return this.times(node, least, most);
  }

  private times(node: Node, least: i32, most: i32): bool {
    node.least = least;
    node.most = most;
    return true;
  }

  private decimal(): i32 {
    let value = 0;
    while (isDigit(this.peek())) {
      value = min(value * 10 + this.peek() - 0x30, 100000);
      ++this.at;
    }
    return value;
  }

  private atom(): Node {
    let start = this.at;
    if (this.take("(")) return this.group(start);
    if (this.take("^")) return assertionOf(this.multiline ? LINE_START : START);
    if (this.take("$")) return assertionOf(this.multiline ? LINE_END : END);
    if (this.take(".")) return setOf(complement(this.dotAll ? new Array<u64>() : LINE_ENDS()));
    if (this.peek() == 0x5b) return setOf(this.classSet());
    if (this.take("\\b")) return assertionOf(WORD);
    if (this.take("\\B")) return assertionOf(NOT_WORD);
    let unit = this.peek();
    if (unit == 0x5c) return setOf(this.member(false));
    if ("*+?{}])".includes(String.fromCharCode(unit))) {
      throw this.fault(String.fromCharCode(unit) + " has nothing to stand for here");
    }
    return setOf(this.one(this.point()));
  }

  private group(start: i32): Node {
    let group = 0;
    if (this.take("?")) {
      if (this.take("=") || this.take("!") || this.take("<=") || this.take("<!")) {
        throw this.complaint(
          "regular expressions have no lookahead and no lookbehind here",
          "Match without it and look at the bytes around the match in code.",
          start,
        );
      }
      if (!this.take(":")) {
        if (!this.take("<") || !isNamed(this.peek(), true)) {
          throw this.fault("this kind of group is not supported", start);
        }
        let from = this.at;
        while (isNamed(this.peek(), false)) ++this.at;
        let name = this.text.substring(from, this.at);
        if (!this.take(">")) throw this.fault("this kind of group is not supported", start);
        if (this.names.includes(name)) throw this.fault("two groups have the name " + name, start);
        group = this.groups++;
        this.names.push(name);
        this.named.push(group);
      }
    } else {
      group = this.groups++;
    }
    let inner = this.choice();
    if (!this.take(")")) throw this.fault("a group is not closed", start);
    if (!group) return inner;
    let node = new Node(GROUP);
    node.number = group;
    node.items.push(inner);
    return node;
  }

  /** The character here, whole. */
  private point(): u32 {
    let point = this.text.codePointAt(this.at);
    this.at += point > 0xffff ? 2 : 1;
    return <u32>point;
  }

  private one(point: u32): CharSet {
    return this.folded([(<u64>point << 32) | <u64>point]);
  }

  private folded(set: CharSet): CharSet {
    return this.ignoreCase ? fold(set) : set;
  }

  private classSet(): CharSet {
    let start = this.at++;
    let negated = this.take("^");
    let ranges = new Array<u64>();
    while (this.peek() != 0x5d) {
      if (this.peek() < 0) throw this.fault("a class is not closed", start);
      let first = this.member(true);
      let isSet = this.wasSet;
      if (this.peek() == 0x2d && this.peek(1) != 0x5d && this.peek(1) >= 0) {
        ++this.at;
        let last = this.member(true);
        if (isSet || this.wasSet || <u32>last[0] < <u32>first[0]) {
          throw this.fault("a range in a class goes from one character to a later one", start);
        }
        ranges.push((first[0] & 0xffffffff00000000) | (last[0] & 0xffffffff));
      } else {
        for (let i = 0; i < first.length; ++i) ranges.push(first[i]);
      }
    }
    ++this.at;
    let set = this.folded(normalise(ranges));
    return negated ? complement(set) : set;
  }

  /** Whether `member` has read a class, and no single character. */
  private wasSet: bool = false;

  /** A character or an escape; outside of a class both cases of it, if that is wanted. */
  private member(inClass: bool): CharSet {
    this.wasSet = false;
    let point = this.peek() == 0x5c ? this.escape(inClass) : <i32>this.point();
    if (this.wasSet) {
      let set = this.escaped;
      this.escaped = [];
      return set;
    }
    return inClass ? [(<u64>point << 32) | <u64>point] : this.one(point);
  }

  /** What the last escape stood for, if that is a class. */
  private escaped: CharSet = [];

  private classOf(set: CharSet): i32 {
    this.wasSet = true;
    this.escaped = set;
    return 0;
  }

  private escape(inClass: bool): i32 {
    let start = this.at++;
    let mark = this.peek();
    ++this.at;
    if (mark == 0x64) return this.classOf(DIGITS());
    if (mark == 0x44) return this.classOf(complement(DIGITS()));
    if (mark == 0x73) return this.classOf(SPACES());
    if (mark == 0x53) return this.classOf(complement(SPACES()));
    if (mark == 0x77) return this.classOf(WORDS());
    if (mark == 0x57) return this.classOf(complement(WORDS()));
    if (mark == 0x74) return 9;
    if (mark == 0x6e) return 10;
    if (mark == 0x76) return 11;
    if (mark == 0x66) return 12;
    if (mark == 0x72) return 13;
    if (mark == 0x62 && inClass) return 8;
    if (mark == 0x30 && !isDigit(this.peek())) return 0;
    if (mark == 0x78) {
      let code = this.hex(2, 2);
      if (code >= 0) return code;
    } else if (mark == 0x75) {
      let code = this.unicode();
      if (code > 0x10ffff) throw this.fault("there is no character of that number", start);
      if (code >= 0) return code;
    } else if (mark == 0x63) {
      let letter = this.peek();
      if (<u32>((letter | 0x20) - 0x61) < 26) {
        ++this.at;
        return letter & 31;
      }
    } else if (mark == 0x70 || mark == 0x50) {
      let end = this.peek() == 0x7b ? this.text.indexOf("}", this.at) : -1;
      if (end >= 0) {
        let name = this.text.substring(this.at + 1, end);
        let set = propertySet(name);
        if (!set.length) {
          throw this.complaint(
            "there is no property " + name,
            "In patterns of run time there are the general categories, such as L, Lu, Nd or P.",
            start,
          );
        }
        this.at = end + 1;
        set = this.folded(set);
        return this.classOf(mark == 0x70 ? set : complement(set));
      }
    } else if (mark >= 0 && ("^$\\.*+?()[]{}|/".includes(String.fromCharCode(mark)) || (inClass && mark == 0x2d))) {
      return mark;
    } else if (mark == 0x6b || isDigit(mark)) {
      throw this.complaint(
        "regular expressions have no back-references here",
        "Match both places and compare them in code.",
        start,
      );
    }
    let letter = mark < 0 ? "" : String.fromCharCode(mark);
    throw this.fault("\\" + letter + " means nothing in a regular expression", start);
  }

  /** A number of so many hexadecimal digits, or -1 when there are less. */
  private hex(least: i32, most: i32): i32 {
    let value = 0;
    let count = 0;
    for (; count < most; ++count) {
      let unit = this.peek(count);
      let digit = isDigit(unit) ? unit - 0x30 : (unit | 0x20) - 0x57;
      if (digit < 0 || digit > 15 || (!isDigit(unit) && digit < 10)) break;
      value = min((value << 4) | digit, 0x1000000);
    }
    if (count < least) return -1;
    this.at += count;
    return value;
  }

  /** What stands behind `\u`: `{…}` or four digits; two halves of a pair are one character. */
  private unicode(): i32 {
    let start = this.at;
    if (this.take("{")) {
      let code = this.hex(1, i32.MAX_VALUE);
      if (code >= 0 && this.take("}")) return code;
      this.at = start;
      return -1;
    }
    let code = this.hex(4, 4);
    if ((code & ~0x3ff) == 0xd800 && this.peek() == 0x5c && this.peek(1) == 0x75) {
      start = this.at;
      this.at += 2;
      let low = this.hex(4, 4);
      if ((low & ~0x3ff) == 0xdc00) return 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
      this.at = start;
    }
    return code;
  }
}
