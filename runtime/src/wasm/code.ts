/**
 * Steps through the instructions of function bodies. The engine needs it for two things: to find every
 * `memory.grow`, and to refuse instructions that a real SPU does not execute although V8 does.
 */
import type { WasmModuleInfo } from "./parse.ts";
import { WasmFormatError, WasmReader } from "./reader.ts";
import { readHeapType, readValueType } from "./value-type.ts";

/** One `memory.grow` instruction: where it lies, how long it is, and the memory it grows. */
export interface GrowSite {
  start: number;
  end: number;
  memory: number;
}

/** One function body that grows a memory. */
export interface GrowingBody {
  /** Position among the bodies of the code section. */
  index: number;
  sites: readonly GrowSite[];
}

/** Where a body lies: its length prefix, its content. */
export interface BodySpan {
  sizeStart: number;
  start: number;
  end: number;
}

export interface CodeScan {
  bodies: readonly BodySpan[];
  growing: readonly GrowingBody[];
}

// How an opcode's immediates are laid out.
// 0 stands for opcodes that are refused
const NONE = 1;
const LEB32 = 2; // one index, or an i32 constant
const LEB64 = 3;
const MEMARG = 4;
const BLOCK = 5;
const BR_TABLE = 6;
const TWO = 7; // two indices
const TYPES = 8; // select with types
const F32 = 9;
const F64 = 10;
const GROW = 11;
const PREFIX = 12;
const REF_NULL = 13;

const REFUSED: Record<number, string> = {
  6: "legacy_exceptions feature required for try instruction",
  7: "legacy_exceptions feature required for catch instruction",
  9: "legacy_exceptions feature required for rethrow instruction",
  24: "legacy_exceptions feature required for delegate instruction",
  25: "legacy_exceptions feature required for catch_all instruction",
  8: "exceptions support is not enabled",
  10: "exceptions support is not enabled",
  31: "exceptions support is not enabled",
  20: "function references support is not enabled",
  21: "function references support is not enabled",
  211: "gc support is not enabled",
  212: "function references support is not enabled",
  213: "function references support is not enabled",
  214: "function references support is not enabled",
  251: "gc support is not enabled",
};

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
  set(0x0c, 0x0d, LEB32);
  set(0x0e, 0x0e, BR_TABLE);
  set(0x0f, 0x0f, NONE);
  set(0x10, 0x10, LEB32);
  set(0x11, 0x11, TWO);
  set(0x12, 0x12, LEB32);
  set(0x13, 0x13, TWO);
  set(0x1a, 0x1b, NONE);
  set(0x1c, 0x1c, TYPES);
  set(0x20, 0x26, LEB32);
  set(0x28, 0x3e, MEMARG);
  set(0x3f, 0x3f, LEB32);
  set(0x40, 0x40, GROW);
  set(0x41, 0x41, LEB32);
  set(0x42, 0x42, LEB64);
  set(0x43, 0x43, F32);
  set(0x44, 0x44, F64);
  set(0x45, 0xc4, NONE);
  set(0xd0, 0xd0, REF_NULL);
  set(0xd1, 0xd1, NONE);
  set(0xd2, 0xd2, LEB32);
  set(0xfc, 0xfe, PREFIX);
  return table;
}

const BR = 0x0c;
const BR_IF = 0x0d;

/**
 * V8 keeps the state of every local for every block and branch while it compiles a function: a module of 100 kB can make
 * it take gigabytes and minutes. Large functions of real compilers come to two and a half million.
 */
const MAX_COMPILER_STATE = 10_000_000;
/** What a branch takes besides, in locals. */
const BRANCH_STATE = 16;
/**
 * When a function has run for a while V8 compiles it once more, and keeps up to 3.5 kB for each call, copy or fill until
 * it is done, and 500 bytes for most other instructions. Large functions of real compilers have 160 kB.
 */
const MAX_BODY = 2_000_000;
const MAX_CALLS = 100_000;

/**
 * Walks the code section. Throws WasmFormatError for anything the engine does not know or does not accept. `own` is for
 * code that the engine has rewritten: it was small enough before.
 */
export function scanCode(bytes: Uint8Array, info: WasmModuleInfo, own = false): CodeScan {
  const section = info.sections.find((candidate) => candidate.id === 10);
  if (section === undefined) return { bodies: [], growing: [] };
  const reader = new WasmReader(bytes, section.start, section.end);
  const count = reader.u32();
  const declared = info.functions.length - info.importedFunctions;
  if (count !== declared) {
    reader.fail(
      declared === 0
        ? "function section is absent but code section has non-zero count"
        : "function and code section have inconsistent lengths",
      section.start,
    );
  }
  const bodies: BodySpan[] = [];
  const growing: GrowingBody[] = [];
  for (let index = 0; index < count; index++) {
    const sizeStart = reader.pos;
    const size = reader.u32();
    const start = reader.pos;
    const end = start + size;
    if (end > section.end) reader.fail("unexpected end-of-file", start);
    reader.end = end;
    const functionIndex = info.importedFunctions + index;
    const { params } = info.types[info.functions[functionIndex]!] ?? { params: [] };
    const sites = scanFunction(reader, functionIndex, params.length, own);
    reader.end = section.end;
    bodies.push({ sizeStart, start, end });
    if (sites !== null) growing.push({ index, sites });
  }
  if (reader.pos !== section.end) {
    reader.fail("trailing bytes at end of section", reader.pos);
  }
  return { bodies, growing };
}

/** A fault inside a function body. */
export class FunctionFault extends Error {
  readonly functionIndex: number;
  readonly offset: number;

  constructor(message: string, functionIndex: number, offset: number) {
    super(message);
    this.functionIndex = functionIndex;
    this.offset = offset;
  }
}

function scanFunction(
  reader: WasmReader,
  functionIndex: number,
  params: number,
  own: boolean,
): GrowSite[] | null {
  try {
    return scanBody(reader, params, own);
  } catch (error) {
    if (!(error instanceof WasmFormatError)) throw error;
    throw new FunctionFault(error.reason, functionIndex, error.offset);
  }
}

function scanBody(reader: WasmReader, params: number, own: boolean): GrowSite[] | null {
  const begin = reader.pos;
  const groups = reader.u32();
  let locals = params;
  for (let i = 0; i < groups; i++) {
    locals += reader.u32();
    readValueType(reader, reader.pos - 1);
  }
  const { bytes, end } = reader;
  let sites: GrowSite[] | null = null;
  let branches = 0;
  let calls = 0;
  while (reader.pos < end) {
    const at = reader.pos;
    const opcode = bytes[reader.pos++]!;
    const layout = LAYOUT[opcode];
    if (layout === GROW) {
      const memory = reader.u32();
      sites ??= [];
      sites.push({ start: at, end: reader.pos, memory });
      continue;
    }
    if (layout === BLOCK || opcode === BR || opcode === BR_IF) branches++;
    else if (layout === BR_TABLE) branches += peekCount(reader);
    else if (isCall(bytes, at)) calls++;
    skipImmediates(reader, opcode, at);
  }
  if (own) return sites;
  const tooMuch = (what: string): never =>
    reader.fail(`${what} in one function: more than this engine compiles`, begin);
  if ((locals + BRANCH_STATE) * branches > MAX_COMPILER_STATE) {
    tooMuch(`${locals} locals and ${branches} branches`);
  }
  if (calls > MAX_CALLS) tooMuch(`${calls} calls`);
  if (end - begin > MAX_BODY) tooMuch(`${end - begin} bytes`);
  return sites;
}

/** Calls, and what V8 compiles to calls: operations on ranges of memories and tables. */
function isCall(bytes: Uint8Array, at: number): boolean {
  const opcode = bytes[at]!;
  return (opcode >= 0x10 && opcode <= 0x13) || (opcode === 0xfc && bytes[at + 1]! >= 8);
}

/** Targets of the `br_table` that begins here. */
function peekCount(reader: WasmReader): number {
  const at = reader.pos;
  const count = reader.u32();
  reader.pos = at;
  return count;
}

/** Steps over what follows the opcode at `at`, which has just been read. */
export function skipImmediates(reader: WasmReader, opcode: number, at: number): void {
  switch (LAYOUT[opcode]) {
    case NONE:
      break;
    case LEB32:
    case GROW:
      reader.skipLeb(5);
      break;
    case LEB64:
      reader.skipLeb(10);
      break;
    case MEMARG:
      skipMemarg(reader);
      break;
    case BLOCK:
      skipBlockType(reader, at);
      break;
    case BR_TABLE: {
      const targets = reader.u32();
      for (let i = 0; i <= targets; i++) reader.skipLeb(5);
      break;
    }
    case TWO:
      reader.skipLeb(5);
      reader.skipLeb(5);
      break;
    case TYPES: {
      const count = reader.u32();
      for (let i = 0; i < count; i++) readValueType(reader, at);
      break;
    }
    case F32:
      reader.skip(4);
      break;
    case F64:
      reader.skip(8);
      break;
    case REF_NULL:
      readHeapType(reader, at);
      break;
    case PREFIX:
      skipPrefixed(reader, opcode, at);
      break;
    default:
      refuse(reader, opcode, at);
  }
}

function refuse(reader: WasmReader, opcode: number, at: number): never {
  return reader.fail(REFUSED[opcode] ?? `illegal opcode: 0x${opcode.toString(16)}`, at);
}

function skipMemarg(reader: WasmReader): void {
  const flags = reader.u32();
  // Bit 6 of the alignment says that a memory index follows.
  if ((flags & 0x40) !== 0) reader.skipLeb(5);
  reader.skipLeb(10);
}

function skipBlockType(reader: WasmReader, at: number): void {
  const byte = reader.bytes[reader.pos];
  if (byte === undefined || reader.pos >= reader.end) reader.fail("unexpected end-of-file");
  if (byte === 0x40) {
    reader.pos++;
  } else if (byte! < 0x80 && (byte! & 0x40) !== 0) {
    // A negative one-byte number is a value type; everything else is a type index.
    readValueType(reader, at);
  } else {
    reader.skipLeb(5);
  }
}

function skipPrefixed(reader: WasmReader, prefix: number, at: number): void {
  const code = reader.u32();
  const skipped =
    prefix === 0xfc
      ? skipBulk(reader, code, at)
      : prefix === 0xfd
        ? skipVector(reader, code)
        : skipAtomic(reader, code, at);
  if (!skipped) reader.fail(`unknown 0x${prefix.toString(16)} subopcode: 0x${code.toString(16)}`, at);
}

/** Prefix 0xfc: saturating conversions, bulk memory and tables. */
function skipBulk(reader: WasmReader, code: number, at: number): boolean {
  if (code === 8 || code === 10 || code === 12 || code === 14) {
    reader.skipLeb(5);
    reader.skipLeb(5);
  } else if (code >= 8 && code <= 17) {
    reader.skipLeb(5);
  } else if (code === 18) {
    reader.fail("memory control support is not enabled", at);
  } else if (code >= 19 && code <= 22) {
    reader.fail("wide arithmetic support is not enabled", at);
  }
  return code <= 17;
}

/** Prefix 0xfd: SIMD and relaxed SIMD. */
function skipVector(reader: WasmReader, code: number): boolean {
  if (code <= 0x0b || code === 0x5c || code === 0x5d) {
    skipMemarg(reader);
  } else if (code === 0x0c || code === 0x0d) {
    reader.skip(16);
  } else if (code >= 0x15 && code <= 0x22) {
    reader.skip(1);
  } else if (code >= 0x54 && code <= 0x5b) {
    skipMemarg(reader);
    reader.skip(1);
  }
  return code <= 0x113;
}

/** Prefix 0xfe: atomics. */
function skipAtomic(reader: WasmReader, code: number, at: number): boolean {
  if (code >= 0x4f && code <= 0x72) reader.fail("shared-everything-threads support is not enabled", at);
  if (code === 3) {
    reader.skip(1);
  } else if (code <= 2 || (code >= 0x10 && code <= 0x4e)) {
    skipMemarg(reader);
  } else {
    return false;
  }
  return true;
}
