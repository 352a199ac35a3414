// A module taken apart: everything that has a number, so that it can get another one.

import {
  type Export,
  Reader,
  readBodies,
  readExports,
  readSections,
  SECTION,
  type Section,
  sectionOf,
} from "../wasm.ts";
import { LinkError, valueType } from "./code.ts";

export const KIND = { function: 0, table: 1, memory: 2, global: 3 } as const;

export interface FunctionType {
  readonly params: readonly number[];
  readonly results: readonly number[];
}

/** An import; `index` is its number among those of its kind. */
export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

export interface GlobalDefinition {
  readonly type: number;
  readonly mutable: boolean;
  /** Its initial value: instructions with their `end`. */
  readonly value: Uint8Array;
}

/** A segment of a table. */
export interface ElementSegment {
  /** 0 active, 1 passive, 2 declared. */
  readonly mode: number;
  readonly table: number;
  /** Where it goes, if it is active. */
  readonly offset: Uint8Array;
  /** Type of the elements. */
  readonly type: number;
  /** Numbers of functions, or constant expressions. */
  readonly items: readonly (number | Uint8Array)[];
}

/** A segment of the memory; `offset` is where an active one goes, null for a passive one. */
export interface DataSegment {
  readonly offset: Uint8Array | null;
  readonly content: Uint8Array;
}

export interface ParsedModule {
  readonly types: readonly FunctionType[];
  readonly imports: readonly ModuleImport[];
  /** Type of each function, the imported ones first. */
  readonly functions: readonly number[];
  readonly importedFunctions: number;
  /** Defined tables, as written. */
  readonly tables: readonly Uint8Array[];
  readonly importedTables: number;
  readonly memory: { readonly minimum: number; readonly maximum: number | null } | null;
  readonly importsMemory: boolean;
  readonly globals: readonly GlobalDefinition[];
  readonly importedGlobals: number;
  readonly exports: readonly Export[];
  readonly start: number | null;
  readonly elements: readonly ElementSegment[];
  readonly data: readonly DataSegment[];
  /** Bodies of the defined functions. */
  readonly bodies: readonly Uint8Array[];
  /** Custom sections by name. */
  readonly custom: ReadonlyMap<string, Uint8Array>;
}

/** Takes apart a valid core module. Throws `LinkError` for what cannot be put together again. */
export function parseModule(bytes: Uint8Array): ParsedModule {
  const sections = readSections(bytes);
  const read = <T>(id: number, item: (reader: Reader) => T): T[] => {
    const content = sectionOf(sections, id);
    const reader = new Reader(content);
    return content.length === 0 ? [] : Array.from({ length: reader.u32() }, () => item(reader));
  };
  const types = read(1, functionType);
  const counts = [0, 0, 0, 0];
  const functions: number[] = [];
  const imports = read(SECTION.import, (reader): ModuleImport => {
    const module = reader.name();
    const name = reader.name();
    const kind = reader.byte();
    if (kind === KIND.function) functions.push(reader.u32());
    else if (kind === KIND.table) tableType(reader);
    else if (kind === KIND.memory) limits(reader, "its memory");
    else if (kind === KIND.global) {
      valueType(reader);
      reader.byte();
    } else throw new LinkError("it imports something that Fluvio's engine does not know");
    const index = counts[kind] as number;
    counts[kind] = index + 1;
    return { module, name, kind, index };
  });
  functions.push(...read(3, (reader) => reader.u32()));
  const tables = read(SECTION.table, (reader) => {
    const from = reader.at;
    tableType(reader);
    return sectionOf(sections, SECTION.table).subarray(from, reader.at);
  });
  const memories = read(SECTION.memory, (reader) => limits(reader, "its memory"));
  if (memories.length + (counts[KIND.memory] as number) > 1) {
    throw new LinkError("it has more than one memory");
  }
  const globals = read(SECTION.global, (reader): GlobalDefinition => {
    const type = valueType(reader);
    const mutable = reader.byte() === 1;
    return { type, mutable, value: constant(reader) };
  });
  const start = sectionOf(sections, SECTION.start);
  const code = sectionOf(sections, SECTION.code);
  return {
    types,
    imports,
    functions,
    importedFunctions: counts[KIND.function] as number,
    tables,
    importedTables: counts[KIND.table] as number,
    memory: memories[0] ?? null,
    importsMemory: counts[KIND.memory] !== 0,
    globals,
    importedGlobals: counts[KIND.global] as number,
    exports: readExports(sectionOf(sections, SECTION.export)),
    start: start.length === 0 ? null : new Reader(start).u32(),
    elements: read(SECTION.element, elementSegment),
    data: read(SECTION.data, dataSegment),
    bodies: code.length === 0 ? [] : readBodies(code),
    custom: customSections(sections),
  };
}

function functionType(reader: Reader): FunctionType {
  if (reader.byte() !== 0x60) throw new LinkError("it uses types that Fluvio's engine does not know");
  const list = (): number[] => Array.from({ length: reader.u32() }, () => valueType(reader));
  return { params: list(), results: list() };
}

function tableType(reader: Reader): void {
  valueType(reader);
  limits(reader, "a table");
}

function limits(reader: Reader, what: string): { minimum: number; maximum: number | null } {
  const flags = reader.u32();
  if ((flags & 2) !== 0) throw new LinkError(`${what} is shared between threads`);
  if ((flags & 4) !== 0) throw new LinkError(`${what} has addresses of 64 bits`);
  const minimum = reader.u32();
  return { minimum, maximum: flags & 1 ? reader.u32() : null };
}

/** A constant expression with its `end`. */
function constant(reader: Reader): Uint8Array {
  const parts: Uint8Array[] = [];
  for (;;) {
    const opcode = reader.byte();
    parts.push(Uint8Array.of(opcode));
    if (opcode === 0x0b) return join(parts);
    if (opcode === 0x41 || opcode === 0x42 || opcode === 0x23 || opcode === 0xd2) parts.push(leb(reader));
    else if (opcode === 0x43) parts.push(reader.bytes(4));
    else if (opcode === 0x44) parts.push(reader.bytes(8));
    else if (opcode === 0xd0) parts.push(Uint8Array.of(valueType(reader)));
    else if (opcode === 0xfd) parts.push(leb(reader), reader.bytes(16));
    else if (opcode < 0x6a || opcode > 0x7e) {
      throw new LinkError("it has a constant that Fluvio's engine does not know");
    }
  }
}

function leb(reader: Reader): Uint8Array {
  const bytes: number[] = [];
  do bytes.push(reader.byte());
  while ((bytes.at(-1) as number) >= 0x80);
  return Uint8Array.from(bytes);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const FUNCREF = 0x70;

function elementSegment(reader: Reader): ElementSegment {
  const flags = reader.u32();
  if (flags > 7) throw new LinkError("it has an unknown kind of table segment");
  const mode = (flags & 1) === 0 ? 0 : (flags & 2) === 0 ? 1 : 2;
  const table = mode === 0 && (flags & 2) !== 0 ? reader.u32() : 0;
  const offset = mode === 0 ? constant(reader) : new Uint8Array(0);
  const hasExpressions = (flags & 4) !== 0;
  let type = FUNCREF;
  if ((flags & 3) !== 0) {
    if (hasExpressions) type = valueType(reader);
    else reader.byte();
  }
  const items = Array.from({ length: reader.u32() }, () =>
    hasExpressions ? constant(reader) : reader.u32(),
  );
  return { mode, table, offset, type, items };
}

function dataSegment(reader: Reader): DataSegment {
  const flags = reader.u32();
  if (flags > 2) throw new LinkError("it has an unknown kind of data segment");
  if (flags === 2 && reader.u32() !== 0) throw new LinkError("it has more than one memory");
  const offset = flags === 1 ? null : constant(reader);
  return { offset, content: reader.bytes(reader.u32()) };
}

function customSections(sections: readonly Section[]): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const { id, content } of sections) {
    if (id !== SECTION.custom) continue;
    const reader = new Reader(content);
    const name = reader.name();
    found.set(name, content.subarray(reader.at));
  }
  return found;
}

/** A function type as text, such as `(i32, i32) -> i32`. */
export function typeText({ params, results }: FunctionType): string {
  const names: Readonly<Record<number, string>> = {
    127: "i32",
    126: "i64",
    125: "f32",
    124: "f64",
    123: "v128",
    112: "funcref",
    111: "externref",
  };
  const list = (types: readonly number[]): string => types.map((type) => names[type]).join(", ");
  return `(${list(params)}) -> ${results.length === 1 ? list(results) : `(${list(results)})`}`;
}
