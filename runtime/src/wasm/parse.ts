/**
 * Walks the sections of a WebAssembly binary and collects what the engine needs to know before it lets V8
 * compile the module: types, imports, exports, memories, and where the sections lie. Features that a real SPU's
 * engine does not accept are refused here, because V8 would take them.
 */
import { WasmReader } from "./reader.ts";
import { readValueType, type ValueType } from "./value-type.ts";

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

/** Sizes of a table, in entries, or of a memory. */
export interface WasmLimits {
  initial: bigint;
  maximum: bigint | null;
  /** Where they lie, flags included. */
  limitsStart: number;
  limitsEnd: number;
}

/** Sizes are in pages of 64 KiB. */
export interface WasmMemory extends WasmLimits {
  shared: boolean;
  /** Addressed by i64 instead of i32. */
  wide: boolean;
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
  tables: readonly WasmLimits[];
  importedTables: number;
  globals: number;
  exports: readonly WasmExport[];
  /** Function run at instantiation. */
  start: number | null;
  /** How many data segments the module says it has; null when it does not say. */
  dataCount: number | null;
  sections: readonly WasmSection[];
  /** Start of the content of the "name" section, with its end, when there is one. */
  nameSection: { start: number; end: number } | null;
}

/** Page size of linear memories, in bytes. */
export const WASM_PAGE = 65_536;

/** Entries all tables of a module may have together. Upstream has no limit; the host's heap would fill. */
export const MAX_TABLE_ENTRIES = 1_000_000;

/** Of tables, and of memories. */
const MAX_SPACES = 100;
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
    tables: [] as WasmLimits[],
    importedTables: 0,
    globals: 0,
    exports: [] as WasmExport[],
    start: null as number | null,
    dataCount: null as number | null,
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
      repeat(reader, "types", () => {
        const type = readType(reader, info.types.length);
        entries += type.params.length + type.results.length;
        if (entries > MAX_PARAMS) reader.fail("function types are too large");
        info.types.push(type);
      });
      return;
    }
    case 2:
      repeat(reader, "imports", () => readImport(reader, info));
      return;
    case 3:
      repeat(
        reader,
        "functions",
        () => info.functions.push(readTypeIndex(reader, reader.pos, info)),
        MAX_ITEMS,
      );
      return;
    case 4:
      repeat(reader, "tables", () => info.tables.push(readTable(reader)), MAX_SPACES);
      return;
    case 5:
      repeat(reader, "memories", () => info.memories.push(readMemory(reader)), MAX_SPACES);
      return;
    case 6:
      info.globals += reader.u32();
      return;
    case 7:
      readExports(reader, info);
      return;
    case 8:
      info.start = readStart(reader, info);
      return;
    case 12:
      info.dataCount = reader.u32();
      return;
    case 13:
      rejectTag(reader);
      return;
    default:
      return;
  }
}

function readExports(reader: WasmReader, info: MutableInfo): void {
  const names = new Set<string>();
  const spaces: Record<ExternKind, [string, number]> = {
    func: ["function", info.functions.length],
    table: ["table", info.importedTables + info.tables.length],
    memory: ["memory", info.memories.length],
    global: ["global", info.globals],
  };
  repeat(reader, "exports", () => {
    const at = reader.pos;
    const name = reader.name();
    const kind = readKind(reader);
    const index = reader.u32();
    const [what, count] = spaces[kind];
    if (index >= count) reader.fail(`unknown ${what} ${index}: exported ${what} index out of bounds`, at);
    if (names.has(name)) reader.fail(`duplicate export name \`${name}\` already defined`, at);
    names.add(name);
    info.exports.push({ name, kind, index });
  });
}

function readKind(reader: WasmReader): ExternKind {
  const tag = reader.u8();
  if (tag === 4) return rejectTag(reader);
  return (
    KINDS[tag] ??
    reader.fail(`invalid leading byte (0x${tag.toString(16)}) for external kind`, reader.pos - 1)
  );
}

function readStart(reader: WasmReader, info: MutableInfo): number {
  const at = reader.pos;
  const index = reader.u32();
  const type = info.types[info.functions[index] ?? -1];
  if (type === undefined) return reader.fail(`unknown function ${index}: func index out of bounds`, at);
  if (type.params.length > 0 || type.results.length > 0) reader.fail("invalid start function type", at);
  return index;
}

/** Type of a function. A fault is reported at `at`. */
function readTypeIndex(reader: WasmReader, at: number, info: MutableInfo): number {
  const index = reader.u32();
  if (index >= info.types.length) {
    reader.fail(`unknown type ${index}: type index out of bounds`, at);
  }
  return index;
}

function rejectTag(reader: WasmReader): never {
  return reader.fail("exceptions proposal not enabled", reader.pos);
}

function repeat(reader: WasmReader, what: string, read: () => void, most = MAX_OBJECTS): void {
  const start = reader.pos;
  const count = reader.u32();
  if (count > most) reader.fail(`${what} count exceeds limit of ${most}`, start);
  for (let i = 0; i < count; i++) read();
}

function readType(reader: WasmReader, types: number): FuncType {
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
  const list = (what: string): ValueType[] => {
    const start = reader.pos;
    const count = reader.u32();
    if (count > 1000) reader.fail(`function ${what} size is out of bounds`, start);
    return Array.from({ length: count }, () => readValueType(reader, at, types));
  };
  return { params: list("params"), results: list("returns") };
}

function readImport(reader: WasmReader, info: MutableInfo): void {
  const at = reader.pos;
  const module = reader.name();
  const name = reader.name();
  const kind = readKind(reader);
  let typeIndex: number | null = null;
  switch (kind) {
    case "func":
      typeIndex = readTypeIndex(reader, at, info);
      info.functions.push(typeIndex);
      info.importedFunctions++;
      break;
    case "table":
      readTable(reader);
      info.importedTables++;
      break;
    case "memory":
      info.memories.push(readMemory(reader));
      info.importedMemories++;
      break;
    case "global":
      readValueType(reader);
      reader.u8();
      info.globals++;
      break;
  }
  info.imports.push({ module, name, kind, typeIndex });
}

function readTable(reader: WasmReader): WasmLimits {
  const at = reader.pos;
  const initialised = reader.bytes[at] === 0x40;
  if (initialised) reader.skip(2);
  const type = readValueType(reader, at);
  if (initialised) {
    return reader.fail("tables with expression initializers require the function-references proposal", at);
  }
  if (type !== "funcref" && type !== "externref") reader.fail("malformed reference type", at);
  const limits = readLimits(reader, at, 7, "table");
  if (limits.shared) reader.fail("shared tables require the shared-everything-threads proposal", at);
  return limits;
}

function readMemory(reader: WasmReader): WasmMemory {
  const at = reader.pos;
  const limits = readLimits(reader, at, 15, "memory");
  const { initial, maximum, wide, shared } = limits;
  if ((reader.bytes[at]! & 8) !== 0)
    reader.fail("the custom page sizes proposal must be enabled to customize a memory's page size", at);
  const most = wide ? 1n << 48n : 1n << 16n;
  if (initial > most || (maximum !== null && maximum > most)) {
    reader.fail(`memory size must be at most 0x${most.toString(16)} 65536-byte pages`, at);
  }
  if (shared && maximum === null) reader.fail("shared memory must have maximum size", at);
  return limits;
}

/** The sizes of a table or memory. `known` are the flags it may have: with a maximum, shared, wide, and others. */
function readLimits(reader: WasmReader, at: number, known: number, what: string): WasmMemory {
  const limitsStart = reader.pos;
  const flags = reader.u8();
  if ((flags & ~known) !== 0) {
    reader.fail(`invalid ${what}${what === "table" ? " resizable" : ""} limits flags`, limitsStart);
  }
  const wide = (flags & 4) !== 0;
  const limit = (): bigint => (wide ? reader.u64() : BigInt(reader.u32()));
  const initial = limit();
  const maximum = (flags & 1) !== 0 ? limit() : null;
  if (maximum !== null && initial > maximum) {
    reader.fail("size minimum must not be greater than maximum", at);
  }
  return { initial, maximum, wide, shared: (flags & 2) !== 0, limitsStart, limitsEnd: reader.pos };
}
