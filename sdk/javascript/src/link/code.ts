// Function bodies, instruction by instruction: what changes when modules are put together.

import { type Reader, Writer } from "../wasm.ts";

/** Something about a module that the linker does not take. */
export class LinkError extends Error {
  override readonly name = "LinkError";
}

// How an opcode's immediates are laid out. 0 stands for opcodes that Fluvio's engine refuses.
const NONE = 1;
const LEB = 2;
const MEMARG = 3;
const BLOCK = 4;
const BR_TABLE = 5;
const SELECT = 6;
const FOUR = 7;
const EIGHT = 8;
const PREFIX = 9;
const CALL = 10;
const CALL_INDIRECT = 11;
const TABLE = 12;
const GLOBAL = 13;
const MEMORY = 14;
const REF_NULL = 15;

const LAYOUT = layouts();

function layouts(): Uint8Array {
  const table = new Uint8Array(256);
  const set = (from: number, to: number, layout: number): void => {
    table.fill(layout, from, to + 1);
  };
  set(0x00, 0x01, NONE);
  set(0x02, 0x04, BLOCK);
  set(0x05, 0x05, NONE);
  set(0x0b, 0x0b, NONE);
  set(0x0c, 0x0d, LEB);
  set(0x0e, 0x0e, BR_TABLE);
  set(0x0f, 0x0f, NONE);
  set(0x10, 0x10, CALL);
  set(0x11, 0x11, CALL_INDIRECT);
  set(0x12, 0x12, CALL);
  set(0x13, 0x13, CALL_INDIRECT);
  set(0x1a, 0x1b, NONE);
  set(0x1c, 0x1c, SELECT);
  set(0x20, 0x22, LEB);
  set(0x23, 0x24, GLOBAL);
  set(0x25, 0x26, TABLE);
  set(0x28, 0x3e, MEMARG);
  set(0x3f, 0x40, MEMORY);
  set(0x41, 0x42, LEB);
  set(0x43, 0x43, FOUR);
  set(0x44, 0x44, EIGHT);
  set(0x45, 0xc4, NONE);
  set(0xd0, 0xd0, REF_NULL);
  set(0xd1, 0xd1, NONE);
  set(0xd2, 0xd2, CALL);
  set(0xfc, 0xfe, PREFIX);
  return table;
}

export const OP = {
  unreachable: 0x00,
  if: 0x04,
  end: 0x0b,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  localGet: 0x20,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  refFunc: 0xd2,
} as const;

/** New numbers of what a module counts for itself. */
export interface Renumbering {
  type(index: number): number;
  function(index: number): number;
  table(index: number): number;
  global(index: number): number;
  element(index: number): number;
  data(index: number): number;
  /** Functions that stand for memory.size and memory.grow; null leaves the instructions. */
  readonly memory: { readonly size: number; readonly grow: number } | null;
  /** Whether data.drop and elem.drop do nothing, so that a later start finds everything again. */
  readonly keepSegments: boolean;
  /** What stands for `unreachable`; null leaves it. */
  readonly unreachable: Uint8Array | null;
  /** What follows a call of the function with that (old) number, or an indirect call (null); null for nothing. */
  afterCall(index: number | null): Uint8Array | null;
}

/** What the liveness analysis wants to know about a body. */
export interface Uses {
  readonly functions: Set<number>;
  callsIndirectly: boolean;
  isUnreachable: boolean;
}

/** Copies a function body (its locals and instructions). */
export function renumberBody(reader: Reader, to: Writer, map: Renumbering): void {
  const groups = reader.u32();
  to.u32(groups);
  for (let i = 0; i < groups; i++) {
    to.u32(reader.u32());
    to.byte(valueType(reader));
  }
  while (!reader.done) renumberInstruction(reader, to, map);
}

/** Copies a constant expression with its `end`. */
export function renumberConstant(reader: Reader, to: Writer, map: Renumbering): void {
  let opcode: number;
  do {
    opcode = renumberInstruction(reader, to, map);
  } while (opcode !== OP.end);
}

/** What a body refers to. */
export function usesOf(reader: Reader): Uses {
  const uses: Uses = {
    functions: new Set(),
    callsIndirectly: false,
    isUnreachable: false,
  };
  const same = (index: number): number => index;
  const collect: Renumbering = {
    type: same,
    function: (index) => {
      uses.functions.add(index);
      return index;
    },
    table: same,
    global: same,
    element: same,
    data: same,
    memory: null,
    keepSegments: false,
    unreachable: null,
    afterCall: (index) => {
      if (index === null) uses.callsIndirectly = true;
      return null;
    },
  };
  const nowhere = new Writer();
  const groups = reader.u32();
  for (let i = 0; i < groups; i++) {
    reader.u32();
    valueType(reader);
  }
  while (!reader.done) {
    const opcode = renumberInstruction(reader, nowhere, collect);
    if (opcode === OP.unreachable) uses.isUnreachable = true;
    if (opcode === 0x13) uses.callsIndirectly = true;
  }
  return uses;
}

function renumberInstruction(reader: Reader, to: Writer, map: Renumbering): number {
  const opcode = reader.byte();
  const copy = (length: number): void => to.bytes(reader.bytes(length));
  switch (LAYOUT[opcode]) {
    case NONE:
      if (opcode === OP.unreachable && map.unreachable !== null) to.bytes(map.unreachable);
      else to.byte(opcode);
      break;
    case LEB:
      to.byte(opcode);
      copyLeb(reader, to);
      break;
    case MEMARG:
      to.byte(opcode);
      copyMemarg(reader, to);
      break;
    case BLOCK:
      to.byte(opcode);
      copyBlockType(reader, to, map);
      break;
    case BR_TABLE: {
      to.byte(opcode);
      const targets = reader.u32();
      to.u32(targets);
      for (let i = 0; i <= targets; i++) to.u32(reader.u32());
      break;
    }
    case SELECT: {
      to.byte(opcode);
      const count = reader.u32();
      to.u32(count);
      for (let i = 0; i < count; i++) to.byte(valueType(reader));
      break;
    }
    case FOUR:
      to.byte(opcode);
      copy(4);
      break;
    case EIGHT:
      to.byte(opcode);
      copy(8);
      break;
    case CALL: {
      const callee = reader.u32();
      to.byte(opcode);
      to.u32(map.function(callee));
      const after = opcode === OP.call ? map.afterCall(callee) : null;
      if (after !== null) to.bytes(after);
      break;
    }
    case CALL_INDIRECT: {
      to.byte(opcode);
      to.u32(map.type(reader.u32()));
      to.u32(map.table(reader.u32()));
      const after = opcode === OP.callIndirect ? map.afterCall(null) : null;
      if (after !== null) to.bytes(after);
      break;
    }
    case TABLE:
      to.byte(opcode);
      to.u32(map.table(reader.u32()));
      break;
    case GLOBAL:
      to.byte(opcode);
      to.u32(map.global(reader.u32()));
      break;
    case MEMORY:
      noOtherMemory(reader.u32());
      if (map.memory === null) {
        to.byte(opcode);
        to.byte(0);
      } else {
        to.byte(OP.call);
        to.u32(opcode === OP.memorySize ? map.memory.size : map.memory.grow);
      }
      break;
    case REF_NULL:
      to.byte(opcode);
      to.byte(valueType(reader));
      break;
    case PREFIX:
      renumberPrefixed(opcode, reader, to, map);
      break;
    default:
      throw new LinkError(
        `it uses an instruction that Fluvio's engine does not execute (opcode 0x${opcode.toString(16)})`,
      );
  }
  return opcode;
}

function renumberPrefixed(prefix: number, reader: Reader, to: Writer, map: Renumbering): void {
  const code = reader.u32();
  if (map.keepSegments && prefix === 0xfc && (code === 9 || code === 13)) {
    reader.u32();
    return;
  }
  to.byte(prefix);
  to.u32(code);
  const isKnown =
    prefix === 0xfc
      ? renumberBulk(code, reader, to, map)
      : prefix === 0xfd
        ? copyVector(code, reader, to)
        : copyAtomic(code, reader, to);
  if (!isKnown) {
    throw new LinkError(
      `it uses an instruction that Fluvio's engine does not execute (opcode 0x${prefix.toString(16)} 0x${code.toString(16)})`,
    );
  }
}

/** Prefix 0xfc: saturating conversions, bulk memory and tables. */
function renumberBulk(code: number, reader: Reader, to: Writer, map: Renumbering): boolean {
  if (code === 8) {
    to.u32(map.data(reader.u32()));
    noOtherMemory(reader.u32());
    to.byte(0);
  } else if (code === 9) {
    to.u32(map.data(reader.u32()));
  } else if (code === 10) {
    noOtherMemory(reader.u32());
    noOtherMemory(reader.u32());
    to.bytes(Uint8Array.of(0, 0));
  } else if (code === 11) {
    noOtherMemory(reader.u32());
    to.byte(0);
  } else if (code === 12) {
    to.u32(map.element(reader.u32()));
    to.u32(map.table(reader.u32()));
  } else if (code === 13) {
    to.u32(map.element(reader.u32()));
  } else if (code === 14) {
    to.u32(map.table(reader.u32()));
    to.u32(map.table(reader.u32()));
  } else if (code >= 15 && code <= 17) {
    to.u32(map.table(reader.u32()));
  }
  return code <= 17;
}

/** Prefix 0xfd: SIMD and relaxed SIMD. */
function copyVector(code: number, reader: Reader, to: Writer): boolean {
  if (code <= 0x0b || code === 0x5c || code === 0x5d) {
    copyMemarg(reader, to);
  } else if (code === 0x0c || code === 0x0d) {
    to.bytes(reader.bytes(16));
  } else if (code >= 0x15 && code <= 0x22) {
    to.byte(reader.byte());
  } else if (code >= 0x54 && code <= 0x5b) {
    copyMemarg(reader, to);
    to.byte(reader.byte());
  }
  return code <= 0x113;
}

/** Prefix 0xfe: atomics. */
function copyAtomic(code: number, reader: Reader, to: Writer): boolean {
  if (code === 3) to.byte(reader.byte());
  else if (code <= 2 || (code >= 0x10 && code <= 0x4e)) copyMemarg(reader, to);
  else return false;
  return true;
}

function copyLeb(reader: Reader, to: Writer): void {
  let byte: number;
  do {
    byte = reader.byte();
    to.byte(byte);
  } while (byte >= 0x80);
}

function copyMemarg(reader: Reader, to: Writer): void {
  const align = reader.u32();
  // Bit 6 says that the number of a memory follows.
  if ((align & 0x40) !== 0) noOtherMemory(reader.u32());
  to.u32(align & ~0x40);
  copyLeb(reader, to);
}

function copyBlockType(reader: Reader, to: Writer, map: Renumbering): void {
  const first = reader.byte();
  // A negative number of one byte is a value type or none; anything else is the number of a type.
  if (first < 0x80 && (first & 0x40) !== 0) {
    to.byte(first);
    return;
  }
  let value = first & 0x7f;
  for (let shift = 7, byte = first; byte >= 0x80; shift += 7) {
    byte = reader.byte();
    value += (byte & 0x7f) * 2 ** shift;
  }
  to.signed(BigInt(map.type(value)));
}

/** Numbers, vectors and plain references: what Fluvio's engine knows. */
export function valueType(reader: Reader): number {
  const type = reader.byte();
  if ((type >= 0x7b && type <= 0x7f) || type === 0x70 || type === 0x6f) return type;
  throw new LinkError(`it uses types that Fluvio's engine does not know (0x${type.toString(16)})`);
}

function noOtherMemory(index: number): void {
  if (index !== 0) throw new LinkError("it has more than one memory");
}

/** Instructions that put a zero of each type on the stack. */
export function zeros(types: readonly number[]): Uint8Array {
  const to = new Writer();
  for (const type of types) {
    if (type === 0x7f) to.bytes(Uint8Array.of(0x41, 0));
    else if (type === 0x7e) to.bytes(Uint8Array.of(0x42, 0));
    else if (type === 0x7d) to.bytes(Uint8Array.of(0x43, 0, 0, 0, 0));
    else if (type === 0x7c) to.bytes(Uint8Array.of(0x44, 0, 0, 0, 0, 0, 0, 0, 0));
    else if (type === 0x7b) to.bytes(Uint8Array.of(0xfd, 12, ...new Array<number>(16).fill(0)));
    else to.bytes(Uint8Array.of(0xd0, type));
  }
  return to.done();
}
