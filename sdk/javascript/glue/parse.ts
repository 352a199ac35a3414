// JSON texts to JavaScript values. Records of a topic have the same members in the same order most of the time: what
// objects look like is remembered in a tree, so that an object is made at once when its last value is known. What is
// not the plain case (errors above all) is left to the engine's parser.

import { defineProperty, freeAtom, getException, getOwnProperty, malloc, newArrayFrom, newAtomLen, newNumber, newPlainObject, newStringLen, parseJSON, realloc, throwOutOfMemory, toAtom, usableSize, engineFree, engineMalloc } from "./engine";
import { ctx, jsonName, valuesAt, rt, shapeAt } from "./state";
import { isAscii } from "../abi/text";
import { newAscii, same } from "./text";
import { EXCEPTION, FALSE, NULL, TRUE, UNDEFINED, isException, newInt, pointer, release } from "./value";

// A node stands for objects whose members have certain names in a certain order. Its fields, by offset:
/** An object of that kind, which keeps the shape alive. */
// @ts-ignore: decorator
@inline const TEMPLATE: usize = 0;
/** The engine's shape of such objects, and bytes for the values of their members. */
// @ts-ignore: decorator
@inline const SHAPE: usize = 8;
// @ts-ignore: decorator
@inline const ROOM: usize = 12;
// @ts-ignore: decorator
@inline const PARENT: usize = 16;
/** Name of the last member: atom, bytes with a quote behind, their number, and a bit for each byte up to the quote. */
// @ts-ignore: decorator
@inline const ATOM: usize = 20;
// @ts-ignore: decorator
@inline const NAME: usize = 24;
// @ts-ignore: decorator
@inline const NAME_SIZE: usize = 28;
// @ts-ignore: decorator
@inline const NAME_MASK: usize = 32;
/** Nodes with one member more: the one that came last, the first of all, how many; and the next of the parent's. */
// @ts-ignore: decorator
@inline const LIKELY: usize = 36;
// @ts-ignore: decorator
@inline const CHILDREN: usize = 40;
// @ts-ignore: decorator
@inline const COUNT: usize = 44;
// @ts-ignore: decorator
@inline const SIBLING: usize = 48;
// @ts-ignore: decorator
@inline const NODE_SIZE: usize = 56;

/** Bounds of what is remembered: objects that are used as maps have ever new names. */
const MOST_NODES: i32 = 2000;
const MOST_CHILDREN: i32 = 24;
const LONGEST_NAME: usize = 100;
/** Nesting beyond this is left to the engine's parser. */
const MOST_LEVELS: i32 = 100;

const ALL: i32 = 7;

/** The node of objects without members. */
export let tree: usize = 0;
let nodes: i32 = 0;

/** Values of objects and arrays that are not complete: a stack. */
let stack: usize = 0;
let stackSize: usize = 0;
let top: usize = 0;

/** Where the text goes on. */
let cursor: usize = 0;
/** Whether an exception is none, but something for the engine's parser. */
let leave: bool = false;

/** Room for a text without its escapes. */
let plain: usize = 0;
let plainSize: usize = 0;

/** To be called once, by the builder. */
export function makeTree(): void {
  tree = newNode(0, newPlainObject(ctx));
}

function newNode(parent: usize, template: i64): usize {
  let node = malloc(NODE_SIZE);
  if (!node) unreachable();
  memory.fill(node, 0, NODE_SIZE);
  store<i64>(node, template, TEMPLATE);
  store<usize>(node, load<usize>(pointer(template) + shapeAt), SHAPE);
  store<usize>(node, usableSize(rt, load<usize>(pointer(template) + valuesAt)), ROOM);
  store<usize>(node, parent, PARENT);
  ++nodes;
  return node;
}

/**
 * The value of a text that is known to be UTF-8 and has a zero behind. UNINITIALIZED when the engine's parser is to
 * have a look.
 */
export function parse(p: usize, size: usize): i64 {
  leave = false;
  cursor = p;
  let value = parseValue(0);
  if (!isException(value)) {
    if (skipSpace(cursor) == p + size) return value;
    release(value);
    leave = true;
  }
  while (top > 0) {
    top -= 8;
    release(load<i64>(stack + top));
  }
  return leave ? LEFT : EXCEPTION;
}

/** No value of JavaScript: the tag of what is not initialised. */
// @ts-ignore: decorator
@inline export const LEFT: i64 = 4 << 32;

function leaveIt(): i64 {
  leave = true;
  return EXCEPTION;
}

// @ts-ignore: decorator
@inline function skipSpace(p: usize): usize {
  let c = <u32>load<u8>(p);
  while (c <= 0x20 && (c == 0x20 || c == 0x0a || c == 0x0d || c == 0x09)) c = <u32>load<u8>(++p);
  return p;
}

function push(value: i64): bool {
  if (top == stackSize) {
    let size = max<usize>(stackSize << 1, 1024);
    let grown = stack ? realloc(stack, size) : malloc(size);
    if (!grown) {
      release(value);
      throwOutOfMemory(ctx);
      return false;
    }
    stack = grown;
    stackSize = size;
  }
  store<i64>(stack + top, value);
  top += 8;
  return true;
}

function parseValue(level: i32): i64 {
  let p = skipSpace(cursor);
  let c = <u32>load<u8>(p);
  if (c == 0x22) return parseString(p + 1);
  if (c == 0x7b) return level < MOST_LEVELS ? parseObject(p + 1, level + 1) : leaveIt();
  if (c == 0x5b) return level < MOST_LEVELS ? parseArray(p + 1, level + 1) : leaveIt();
  if (c - 0x30 <= 9 || c == 0x2d) return parseNumber(p);
  if (c == 0x74 && load<u32>(p) == 0x65757274) {
    cursor = p + 4;
    return TRUE;
  }
  if (c == 0x66 && load<u32>(p, 1) == 0x65736c61) {
    cursor = p + 5;
    return FALSE;
  }
  if (c == 0x6e && load<u32>(p) == 0x6c6c756e) {
    cursor = p + 4;
    return NULL;
  }
  return leaveIt();
}

/** First byte from p on that is a quote, a backslash or a control character. There is one: the zero at the end. */
// @ts-ignore: decorator
@inline function endOfPlain(p: usize): usize {
  let quote = i8x16.splat(0x22);
  let slash = i8x16.splat(0x5c);
  let space = i8x16.splat(0x20);
  let hits = 0;
  for (; ; p += 16) {
    let v = v128.load(p);
    hits = i8x16.bitmask(v128.or(v128.or(i8x16.eq(v, quote), i8x16.eq(v, slash)), i8x16.lt_u(v, space)));
    if (hits) break;
  }
  return p + <usize>ctz(hits);
}

function parseString(start: usize): i64 {
  let p = endOfPlain(start);
  if (load<u8>(p) != 0x22) return parseEscaped(start, p);
  cursor = p + 1;
  return isAscii(start, p - start) ? newAscii(start, p - start) : newStringLen(ctx, start, p - start);
}

/** A string whose first escape is at p. */
function parseEscaped(start: usize, p: usize): i64 {
  let to: usize = 0;
  let from = start;
  for (; ; p = endOfPlain(p)) {
    let size = p - from;
    if (to + size + 16 > plainSize) {
      let grown = plain ? realloc(plain, (to + size) * 2 + 64) : malloc((to + size) * 2 + 64);
      if (!grown) {
        throwOutOfMemory(ctx);
        return EXCEPTION;
      }
      plain = grown;
      plainSize = (to + size) * 2 + 64;
    }
    memory.copy(plain + to, from, size);
    to += size;
    let c = load<u8>(p);
    if (c == 0x22) break;
    if (c != 0x5c) return leaveIt();
    c = load<u8>(p + 1);
    p += 2;
    if (c == 0x75) {
      let code = hex(p);
      if (code < 0) return leaveIt();
      p += 4;
      if ((code & 0xf800) == 0xd800) {
        // Half a character alone is left to the engine.
        let low = code < 0xdc00 && load<u16>(p) == 0x755c ? hex(p + 2) : -1;
        if ((low & ~0x3ff) != 0xdc00) return leaveIt();
        p += 6;
        code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
      }
      to = writeCharacter(to, code);
    } else {
      if (c == 0x6e) c = 0x0a;
      else if (c == 0x74) c = 0x09;
      else if (c == 0x72) c = 0x0d;
      else if (c == 0x62) c = 0x08;
      else if (c == 0x66) c = 0x0c;
      else if (c != 0x22 && c != 0x5c && c != 0x2f) return leaveIt();
      store<u8>(plain + to++, c);
    }
    from = p;
  }
  cursor = p + 1;
  return newStringLen(ctx, plain, to);
}

/** Value of four hexadecimal digits; -1 when they are none. */
function hex(p: usize): i32 {
  let value = 0;
  for (let end = p + 4; p < end; ++p) {
    let c = <i32>load<u8>(p);
    let digit = c - 0x30;
    if (<u32>digit > 9) {
      digit = (c | 0x20) - 0x61;
      if (<u32>digit > 5) return -1;
      digit += 10;
    }
    value = (value << 4) | digit;
  }
  return value;
}

function writeCharacter(to: usize, code: i32): usize {
  let p = plain + to;
  if (code < 0x80) {
    store<u8>(p, code);
    return to + 1;
  }
  if (code < 0x800) {
    store<u8>(p, 0xc0 | (code >> 6));
    store<u8>(p, 0x80 | (code & 0x3f), 1);
    return to + 2;
  }
  if (code < 0x10000) {
    store<u8>(p, 0xe0 | (code >> 12));
    store<u8>(p, 0x80 | ((code >> 6) & 0x3f), 1);
    store<u8>(p, 0x80 | (code & 0x3f), 2);
    return to + 3;
  }
  store<u8>(p, 0xf0 | (code >> 18));
  store<u8>(p, 0x80 | ((code >> 12) & 0x3f), 1);
  store<u8>(p, 0x80 | ((code >> 6) & 0x3f), 2);
  store<u8>(p, 0x80 | (code & 0x3f), 3);
  return to + 4;
}

/** Largest integer below which all are exact as floats. */
const MOST_EXACT: i64 = 1 << 53;

function parseNumber(start: usize): i64 {
  let p = start;
  let negative = load<u8>(p) == 0x2d;
  if (negative) ++p;
  let first = p;
  let number: i64 = 0;
  let digit = <u32>load<u8>(p) - 0x30;
  if (digit > 9) return leaveIt();
  if (digit == 0) {
    ++p;
  } else {
    do {
      number = number * 10 + <i64>digit;
      digit = <u32>load<u8>(++p) - 0x30;
    } while (digit <= 9);
  }
  let c = <u32>load<u8>(p);
  // Eighteen digits and a point cannot go beyond 64 bits.
  let long = p - first > 18;
  if (c != 0x2e && (c | 0x20) != 0x65) {
    // What else may follow is looked at where it has to stand.
    if (!long && number <= 0x7fffffff && (number != 0 || !negative)) {
      cursor = p;
      return newInt(negative ? -<i32>number : <i32>number);
    }
  }
  let exponent = 0;
  if (c == 0x2e) {
    let point = p;
    digit = <u32>load<u8>(++p) - 0x30;
    if (digit > 9) return leaveIt();
    do {
      number = number * 10 + <i64>digit;
      digit = <u32>load<u8>(++p) - 0x30;
    } while (digit <= 9);
    exponent = <i32>(point - p) + 1;
    long = p - first > 19;
    c = <u32>load<u8>(p);
  }
  if ((c | 0x20) == 0x65) {
    c = <u32>load<u8>(++p);
    let down = c == 0x2d;
    if (down || c == 0x2b) ++p;
    digit = <u32>load<u8>(p) - 0x30;
    if (digit > 9) return leaveIt();
    let power = 0;
    do {
      if (power < 10000) power = power * 10 + <i32>digit;
      digit = <u32>load<u8>(++p) - 0x30;
    } while (digit <= 9);
    exponent += down ? -power : power;
  }
  cursor = p;
  if (!long && number <= MOST_EXACT && exponent >= -22 && exponent <= 22) {
    // Both are exact, so that there is one rounding, the right one.
    let power: f64 = 1;
    for (let i = abs(exponent); i > 0; --i) power *= 10;
    let float = exponent < 0 ? <f64>number / power : <f64>number * power;
    return newNumber(ctx, negative ? -float : float);
  }
  let behind = load<u8>(p);
  store<u8>(p, 0);
  let value = parseJSON(ctx, start, p - start, jsonName);
  store<u8>(p, behind);
  return value;
}

function parseArray(start: usize, level: i32): i64 {
  let base = top;
  let p = skipSpace(start);
  if (load<u8>(p) == 0x5d) {
    ++p;
  } else {
    for (; ; ++p) {
      cursor = p;
      let value = parseValue(level);
      if (isException(value) || !push(value)) return EXCEPTION;
      p = skipSpace(cursor);
      let c = load<u8>(p);
      if (c == 0x2c) continue;
      if (c != 0x5d) return leaveIt();
      ++p;
      break;
    }
  }
  cursor = p;
  let count = <i32>((top - base) >>> 3);
  top = base;
  return newArrayFrom(ctx, count, stack + base);
}

/** Whether the name of a node's last member stands at p, with its quote. */
// @ts-ignore: decorator
@inline function isNamed(node: usize, p: usize): bool {
  let mask = load<u32>(node, NAME_MASK);
  let name = load<usize>(node, NAME);
  if (mask) return (<u32>i8x16.bitmask(i8x16.eq(v128.load(p), v128.load(name))) & mask) == mask;
  return same(p, name, load<i32>(node, NAME_SIZE) + 1);
}

function parseObject(start: usize, level: i32): i64 {
  let base = top;
  let node = tree;
  let isOpen = true;
  let p = skipSpace(start);
  if (load<u8>(p) == 0x7d) {
    cursor = p + 1;
    return newPlainObject(ctx);
  }
  let c: u32 = 0x2c;
  for (; c == 0x2c; p = skipSpace(p + 1)) {
    if (load<u8>(p) != 0x22) return leaveIt();
    ++p;
    let atom: i32 = 0;
    if (isOpen) {
      let child = load<usize>(node, LIKELY);
      if (!child || !isNamed(child, p)) child = childOf(node, p);
      if (child) {
        node = child;
        p += load<usize>(child, NAME_SIZE) + 1;
      } else {
        // Another name: from here on the object is filled member by member.
        let object = newFrom(node, base);
        if (isException(object) || !push(object)) return EXCEPTION;
        isOpen = false;
      }
    }
    if (!isOpen) {
      let end = endOfPlain(p);
      if (load<u8>(end) == 0x22) {
        atom = newAtomLen(ctx, p, end - p);
        p = end + 1;
      } else {
        let name = parseEscaped(p, end);
        if (isException(name)) return name;
        atom = toAtom(ctx, name);
        release(name);
        p = cursor;
      }
      if (!atom) return EXCEPTION;
    }
    p = skipSpace(p);
    let value: i64 = EXCEPTION;
    if (load<u8>(p) == 0x3a) {
      cursor = p + 1;
      value = parseValue(level);
      if (!isException(value)) {
        if (isOpen) {
          if (!push(value)) return EXCEPTION;
        } else if (defineProperty(ctx, load<i64>(stack + base), atom, value, ALL) < 0) {
          value = EXCEPTION;
        }
      }
    } else {
      leaveIt();
    }
    if (atom) freeAtom(ctx, atom);
    if (isException(value)) return value;
    p = skipSpace(cursor);
    c = load<u8>(p);
    cursor = p + 1;
  }
  if (c != 0x7d) return leaveIt();
  if (isOpen) return newFrom(node, base);
  top = base;
  return load<i64>(stack + base);
}

/** An object of a node's kind with the values that are on the stack. */
function newFrom(node: usize, base: usize): i64 {
  let object = newPlainObject(ctx);
  if (isException(object) || node == tree) return object;
  let at = pointer(object);
  let properties = load<usize>(at + valuesAt);
  let room = load<usize>(node, ROOM);
  if (room != load<usize>(tree, ROOM)) {
    let larger = engineMalloc(rt, room);
    if (!larger) {
      release(object);
      throwOutOfMemory(ctx);
      return EXCEPTION;
    }
    engineFree(rt, properties);
    properties = larger;
    store<usize>(at + valuesAt, properties);
  }
  let shape = load<usize>(node, SHAPE);
  let before = load<usize>(tree, SHAPE);
  store<i32>(before - 4, load<i32>(before - 4) - 1);
  store<i32>(shape - 4, load<i32>(shape - 4) + 1);
  store<usize>(at + shapeAt, shape);
  memory.copy(properties, stack + base, top - base);
  top = base;
  return object;
}

/** The node for one member more, whose name stands at p; 0 when it is not to be remembered. */
function childOf(node: usize, p: usize): usize {
  let child = load<usize>(node, CHILDREN);
  for (; child; child = load<usize>(child, SIBLING)) {
    if (isNamed(child, p)) {
      store<usize>(node, child, LIKELY);
      return child;
    }
  }
  let end = endOfPlain(p);
  let size = end - p;
  if (load<u8>(end) != 0x22 || size > LONGEST_NAME || nodes >= MOST_NODES || load<i32>(node, COUNT) >= MOST_CHILDREN) {
    return 0;
  }
  let atom = newAtomLen(ctx, p, size);
  // A name that comes twice.
  let isNew = atom != 0 && getOwnProperty(ctx, 0, load<i64>(node, TEMPLATE), atom) == 0;
  let template = isNew ? newPlainObject(ctx) : UNDEFINED;
  if (!isNew || isException(template) || !fill(template, node) || defineProperty(ctx, template, atom, UNDEFINED, ALL) < 0) {
    // Without memory too: what comes next finds that by itself.
    release(getException(ctx));
    release(template);
    if (atom) freeAtom(ctx, atom);
    return 0;
  }
  child = newNode(node, template);
  let name = malloc(size + 17);
  if (!name) unreachable();
  memory.copy(name, p, size + 1);
  store<i32>(child, atom, ATOM);
  store<usize>(child, name, NAME);
  store<usize>(child, size, NAME_SIZE);
  if (size < 16) store<u32>(child, (2 << <u32>size) - 1, NAME_MASK);
  store<usize>(child, load<usize>(node, CHILDREN), SIBLING);
  store<usize>(node, child, CHILDREN);
  store<usize>(node, child, LIKELY);
  store<i32>(node, load<i32>(node, COUNT) + 1, COUNT);
  return child;
}

/** Gives an object the members of a node's kind, in order. */
function fill(object: i64, node: usize): bool {
  if (node == tree) return true;
  return fill(object, load<usize>(node, PARENT)) && defineProperty(ctx, object, load<i32>(node, ATOM), UNDEFINED, ALL) >= 0;
}
