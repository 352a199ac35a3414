/**
 * Walks the sections of a WebAssembly binary and collects what the engine needs to know before it lets V8
 * compile the module: types, imports, exports, memories, and where the sections lie. Features that a real SPU's
 * engine does not accept are refused here, because V8 would take them.
 */
import { WasmReader } from "./reader.ts";

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128" | "funcref" | "externref";
/** `type mismatch: …` in the words of upstream's runtime. */
export function typeMismatch(expected: ValueType, found: ValueType): string {
  const word = (type: ValueType): string =>
    type === "funcref" ? "(ref null func)" : type === "externref" ? "(ref null extern)" : type;
  return `type mismatch: expected ${word(expected)}, found ${word(found)}`;
}

export type ExternKind = "func" | "table" | "memory" | "global";

export interface FuncType {
  params: readonly ValueType[];
  results: readonly ValueType[];
}

export interface WasmImport {
  module: string;
  name: string;
  kind: ExternKind;
  /** Index into `types`; only for functions. */
  typeIndex: number | null;
}

export interface WasmExport {
  name: string;
  kind: ExternKind;
  index: number;
}

export interface WasmMemory {
  /** Size in pages of 64 KiB. */
  initial: bigint;
  maximum: bigint | null;
  shared: boolean;
  /** Addressed by i64 instead of i32. */
  wide: boolean;
}

export interface WasmTable {
  /** Size in entries. */
  initial: bigint;
  maximum: bigint | null;
  /** Where its limits lie, flags included. */
  limitsStart: number;
  limitsEnd: number;
}

export interface WasmSection {
  id: number;
  /** Offset of the id byte. */
  headerStart: number;
  /** The content without id and length. */
  start: number;
  end: number;
}

/** What a module declares. Function and memory indices count imports first, as in the binary format. */
export interface WasmModuleInfo {
  types: readonly FuncType[];
  imports: readonly WasmImport[];
  /** Type index per function, imported ones first. */
  functions: readonly number[];
  importedFunctions: number;
  /** Memories, imported ones first. */
  memories: readonly WasmMemory[];
  importedMemories: number;
  /** Tables of the module itself. */
  tables: readonly WasmTable[];
  globals: number;
  exports: readonly WasmExport[];
  /** Function run at instantiation. */
  start: number | null;
  sections: readonly WasmSection[];
  /** Start of the content of the "name" section, with its end, when there is one. */
  nameSection: { start: number; end: number } | null;
}

/** Page size of linear memories, in bytes. */
export const WASM_PAGE = 65_536;

/** Entries all tables of a module may have together. Upstream has no limit; the host's heap would fill. */
export const MAX_TABLE_ENTRIES = 1_000_000;

const MAX_ITEMS = 1_000_000;
/** Of imports, exports and types there is an object each here, and of parameters and results an entry each. */
const MAX_OBJECTS = 250_000;
const MAX_PARAMS = 1_000_000;
const KINDS: readonly ExternKind[] = ["func", "table", "memory", "global"];
const SECTION_ORDER: Record<number, number> = {
  1: 1,
  2: 2,
  3: 3,
  4: 4,
  5: 5,
  13: 6,
  6: 7,
  7: 8,
  8: 9,
  9: 10,
  12: 11,
  10: 12,
  11: 13,
};

/** Reads the declarations of a binary module. Throws WasmFormatError. */
export function parseModule(bytes: Uint8Array): WasmModuleInfo {
  const reader = new WasmReader(bytes);
  readHeader(reader);

  const info = {
    types: [] as FuncType[],
    imports: [] as WasmImport[],
    functions: [] as number[],
    importedFunctions: 0,
    memories: [] as WasmMemory[],
    importedMemories: 0,
    tables: [] as WasmTable[],
    globals: 0,
    exports: [] as WasmExport[],
    start: null as number | null,
    sections: [] as WasmSection[],
    nameSection: null as { start: number; end: number } | null,
  };
  let lastOrder = 0;
  while (reader.pos < bytes.length) {
    const headerStart = reader.pos;
    const id = reader.u8();
    const length = reader.u32();
    if (length > bytes.length - reader.pos) reader.fail("unexpected end-of-file", reader.pos);
    const section: WasmSection = { id, headerStart, start: reader.pos, end: reader.pos + length };
    if (id !== 0) {
      const order = SECTION_ORDER[id];
      if (order === undefined) return reader.fail(`malformed section id: ${id}`, section.start);
      if (order <= lastOrder) reader.fail("section out of order", section.start);
      lastOrder = order;
    }
    info.sections.push(section);
    const inner = new WasmReader(bytes, section.start, section.end);
    readSection(inner, id, info);
    if (id !== 0 && id !== 10 && id !== 11 && id !== 9 && id !== 6 && inner.pos !== inner.end) {
      inner.fail("section size mismatch: unexpected data at the end of the section", inner.pos);
    }
    reader.pos = section.end;
  }
  if (info.functions.length > info.importedFunctions && !info.sections.some(({ id }) => id === 10)) {
    reader.fail("function section has non-zero count but code section is absent", bytes.length);
  }
  return info;
}

function readHeader(reader: WasmReader): void {
  const { bytes } = reader;
  for (let i = 0; i < 4; i++) {
    if (reader.u8() !== [0x00, 0x61, 0x73, 0x6d][i])
      reader.fail("magic header not detected: bad magic number", 0);
  }
  if (bytes.length < 8) reader.fail("unexpected end-of-file", 4);
  const version = bytes[4]! | (bytes[5]! << 8);
  const layer = bytes[6]! | (bytes[7]! << 8);
  reader.pos = 8;
  if (layer === 1 && version > 1) throw new ComponentError();
  if (layer !== 0 || version !== 1) {
    const number = version + layer * 0x10000;
    reader.fail(`unknown binary version: ${`0x${number.toString(16)}`.padStart(10)}`, 4);
  }
}

/** The binary is a component, not a core module. */
export class ComponentError extends Error {
  constructor() {
    super("expected a WebAssembly module but was given a WebAssembly component");
  }
}

type MutableInfo = {
  -readonly [K in keyof WasmModuleInfo]: WasmModuleInfo[K] extends readonly (infer T)[]
    ? T[]
    : WasmModuleInfo[K];
};

function readSection(reader: WasmReader, id: number, info: MutableInfo): void {
  switch (id) {
    case 0:
      if (reader.name() === "name") info.nameSection = { start: reader.pos, end: reader.end };
      return;
    case 1: {
      let entries = 0;
      repeat(reader, () => {
        const type = readType(reader);
        entries += type.params.length + type.results.length;
        if (entries > MAX_PARAMS) reader.fail("function types are too large");
        info.types.push(type);
      });
      return;
    }
    case 2:
      repeat(reader, () => readImport(reader, info));
      return;
    case 3:
      repeat(reader, () => info.functions.push(reader.u32()), MAX_ITEMS);
      return;
    case 4:
      repeat(reader, () => info.tables.push(readTable(reader)));
      return;
    case 5:
      repeat(reader, () => info.memories.push(readMemory(reader)));
      return;
    case 6:
      info.globals += reader.u32();
      return;
    case 7:
      repeat(reader, () => {
        const name = reader.name();
        const tag = reader.u8();
        const kind = tag === 4 ? rejectTag(reader) : KINDS[tag];
        if (kind === undefined) return reader.fail("invalid external kind", reader.pos - 1);
        info.exports.push({ name, kind, index: reader.u32() });
      });
      return;
    case 8:
      info.start = reader.u32();
      return;
    case 12:
      reader.u32();
      return;
    case 13:
      rejectTag(reader);
      return;
    default:
      return;
  }
}

function rejectTag(reader: WasmReader): never {
  return reader.fail("exceptions proposal not enabled", reader.pos);
}

function repeat(reader: WasmReader, read: () => void, most = MAX_OBJECTS): void {
  const start = reader.pos;
  const count = reader.u32();
  if (count > most) reader.fail("items count is out of bounds", start);
  for (let i = 0; i < count; i++) read();
}

function readType(reader: WasmReader): FuncType {
  const at = reader.pos;
  const form = reader.u8();
  switch (form) {
    case 0x60:
      break;
    case 0x5f:
      return reader.fail("struct indexed types not supported without the gc feature", at);
    case 0x5e:
      return reader.fail("array indexed types not supported without the gc feature", at);
    case 0x5d:
      return reader.fail("cannot define continuation types when stack switching is disabled", at);
    case 0x4e:
      return reader.fail("rec group usage requires `gc` proposal to be enabled", at);
    case 0x4f:
    case 0x50:
      return reader.fail("gc proposal must be enabled to use subtypes", at);
    default:
      return reader.fail(`invalid leading byte (0x${form.toString(16)}) for type`, at);
  }
  return { params: readValueTypes(reader, at), results: readValueTypes(reader, at) };
}

function readValueTypes(reader: WasmReader, at: number): ValueType[] {
  const types: ValueType[] = [];
  const start = reader.pos;
  const count = reader.u32();
  if (count > 1000) reader.fail("function params or returns size is out of bounds", start);
  for (let i = 0; i < count; i++) types.push(readValueType(reader, at));
  return types;
}

/** Reads a value type; faults are reported at `at`, where the declaration around it starts. */
export function readValueType(reader: WasmReader, at = reader.pos): ValueType {
  const byte = reader.u8();
  switch (byte) {
    case 0x7f:
      return "i32";
    case 0x7e:
      return "i64";
    case 0x7d:
      return "f32";
    case 0x7c:
      return "f64";
    case 0x7b:
      return "v128";
    case 0x70:
      return "funcref";
    case 0x6f:
      return "externref";
    case 0x63:
    case 0x64:
      return readReference(reader, at);
    case 0x69:
    case 0x74:
      return reader.fail("exception refs not supported without the exception handling feature", at);
    case 0x68:
    case 0x75:
      return reader.fail("continuation refs not supported without the stack switching feature", at);
    case 0x6a:
    case 0x6b:
    case 0x6c:
    case 0x6d:
    case 0x6e:
    case 0x71:
    case 0x72:
    case 0x73:
      return reader.fail("heap types not supported without the gc feature", at);
    default:
      return reader.fail("invalid value type", at);
  }
}

/** `(ref …)` in its long form: to an index, or to a kind of value. */
function readReference(reader: WasmReader, at: number): ValueType {
  const next = reader.bytes[reader.pos] ?? 0;
  if (next < 0x80 && (next & 0x40) === 0) {
    const index = reader.u32();
    return reader.fail(
      `unknown type ${index}: type index out of bounds because the GC proposal is disabled`,
      at,
    );
  }
  readValueType(reader, at);
  return reader.fail("function references required for index reference types", at);
}

function readImport(reader: WasmReader, info: MutableInfo): void {
  const module = reader.name();
  const name = reader.name();
  const tag = reader.u8();
  switch (tag) {
    case 0: {
      const typeIndex = reader.u32();
      info.imports.push({ module, name, kind: "func", typeIndex });
      info.functions.push(typeIndex);
      info.importedFunctions++;
      return;
    }
    case 1:
      readTable(reader);
      break;
    case 2:
      info.memories.push(readMemory(reader));
      info.importedMemories++;
      break;
    case 3:
      readValueType(reader);
      reader.u8();
      info.globals++;
      break;
    case 4:
      rejectTag(reader);
      break;
    default:
      reader.fail("invalid external kind", reader.pos - 1);
  }
  info.imports.push({ module, name, kind: KINDS[tag]!, typeIndex: null });
}

function readTable(reader: WasmReader): WasmTable {
  const at = reader.pos;
  if (reader.bytes[at] === 0x40) {
    return reader.fail("tables with expression initializers require the function-references proposal", at);
  }
  readValueType(reader);
  const limitsStart = reader.pos;
  const flags = reader.u8();
  if (flags > 7) reader.fail("invalid table resizable limits flags", limitsStart);
  const initial = reader.u64();
  const maximum = (flags & 1) !== 0 ? reader.u64() : null;
  return { initial, maximum, limitsStart, limitsEnd: reader.pos };
}

function readMemory(reader: WasmReader): WasmMemory {
  const at = reader.pos;
  const flags = reader.u8();
  if ((flags & ~0x0f) !== 0) reader.fail("invalid memory limits flags", at);
  const wide = (flags & 4) !== 0;
  const limit = (): bigint => (wide ? reader.u64() : BigInt(reader.u32()));
  const initial = limit();
  const maximum = (flags & 1) !== 0 ? limit() : null;
  if ((flags & 8) !== 0)
    reader.fail("the custom page sizes proposal must be enabled to customize a memory's page size", at);
  return { initial, maximum, shared: (flags & 2) !== 0, wide };
}
