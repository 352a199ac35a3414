/**
 * Walks what stands between declarations and code: initial values of globals, element and data segments. V8 takes more
 * there than a real SPU's engine does, values of the GC proposal and globals of the module itself, and it words its
 * complaints in another way.
 */
import { skipImmediates } from "./code.ts";
import type { WasmModuleInfo, WasmSection } from "./parse.ts";
import { WasmReader } from "./reader.ts";
import { readValueType } from "./value-type.ts";

const END = 0x0b;
const GLOBAL_GET = 0x23;
const GC_PREFIX = 0xfb;
/** Constants of the GC proposal that can be part of values without it. */
const GC_CONSTANTS: Readonly<Record<number, string>> = {
  26: "any.convert_extern",
  27: "extern.convert_any",
  28: "ref.i31",
};

/** Throws WasmFormatError for a constant or segment that upstream refuses. */
export function checkConstants(bytes: Uint8Array, info: WasmModuleInfo): void {
  const checker = new ConstantChecker(info);
  for (const section of info.sections) {
    if (section.id === 6) eachItem(bytes, section, (reader) => checker.global(reader));
    else if (section.id === 9) eachItem(bytes, section, (reader) => checker.elements(reader));
    else if (section.id === 11) {
      const count = eachItem(bytes, section, (reader) => checker.data(reader));
      if (info.dataCount !== null && info.dataCount !== count) {
        const reader = new WasmReader(bytes, section.end);
        reader.fail("data count and data section have inconsistent lengths", bytes.length);
      }
    }
  }
}

function eachItem(bytes: Uint8Array, { start, end }: WasmSection, check: (reader: WasmReader) => void) {
  const reader = new WasmReader(bytes, start, end);
  const count = reader.u32();
  for (let i = 0; i < count; i++) check(reader);
  if (reader.pos !== end) {
    reader.fail("section size mismatch: unexpected data at the end of the section");
  }
  return count;
}

class ConstantChecker {
  readonly #info: WasmModuleInfo;
  readonly #importedGlobals: number;
  /** Globals declared so far. */
  #globals: number;

  constructor(info: WasmModuleInfo) {
    this.#info = info;
    this.#importedGlobals = info.imports.filter(({ kind }) => kind === "global").length;
    this.#globals = this.#importedGlobals;
  }

  global(reader: WasmReader): void {
    readValueType(reader);
    reader.skip(1);
    this.#expression(reader);
    this.#globals++;
  }

  /** Bits of the flags: 1 not active, 2 with an explicit table (or declared), 4 expressions instead of functions. */
  elements(reader: WasmReader): void {
    const at = reader.pos;
    const flags = reader.u32();
    if (flags > 7) reader.fail("invalid flags byte in element segment", at);
    if ((flags & 1) === 0) {
      const table = (flags & 2) === 0 ? 0 : reader.u32();
      if (table >= this.#info.tables.length + this.#info.importedTables) {
        reader.fail(`unknown table ${table}: table index out of bounds`, at);
      }
      this.#expression(reader);
    }
    const expressions = (flags & 4) !== 0;
    if ((flags & 3) !== 0) {
      if (expressions) readValueType(reader, at);
      else readFunctionKind(reader);
    }
    for (let count = reader.u32(); count > 0; count--) {
      if (expressions) this.#expression(reader);
      else this.#functionIndex(reader);
    }
  }

  data(reader: WasmReader): void {
    const at = reader.pos;
    const flags = reader.u32();
    if (flags > 2) reader.fail("invalid flags byte in data segment", at);
    if (flags !== 1) {
      const memory = flags === 2 ? reader.u32() : 0;
      if (memory >= this.#info.memories.length) {
        reader.fail(`unknown memory ${memory}: memory index out of bounds`, at);
      }
      this.#expression(reader);
    }
    reader.skip(reader.u32());
  }

  #expression(reader: WasmReader): void {
    for (;;) {
      const at = reader.pos;
      const opcode = reader.u8();
      if (opcode === END) return;
      if (opcode === GLOBAL_GET) {
        const index = reader.u32();
        if (index >= this.#globals) reader.fail(`unknown global ${index}: global index out of bounds`, at);
        if (index < this.#importedGlobals) continue;
        reader.fail("constant expression required: global.get of locally defined global", at);
      }
      const name = opcode === GC_PREFIX ? GC_CONSTANTS[reader.bytes[reader.pos] ?? -1] : undefined;
      if (name !== undefined) {
        reader.fail(`constant expression required: non-constant operator: ${name}`, at);
      }
      skipImmediates(reader, opcode, at);
    }
  }

  #functionIndex(reader: WasmReader): void {
    const at = reader.pos;
    const index = reader.u32();
    if (index >= this.#info.functions.length) {
      reader.fail(`unknown function ${index}: func index out of bounds`, at);
    }
  }
}

function readFunctionKind(reader: WasmReader): void {
  const kind = reader.u8();
  if (kind !== 0) {
    reader.fail(`invalid leading byte (0x${kind.toString(16)}) for external kind`, reader.pos - 1);
  }
}
