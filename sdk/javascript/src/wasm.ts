// Core wasm modules as bytes: sections, and the few numbers in them that the engine's build and the writer of
// SmartModules need. Nothing here validates; what is read is what our own tools have made.

/** Section numbers. */
export const SECTION = {
  custom: 0,
  import: 2,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

/** A section: its number and its content, without number and length. */
export interface Section {
  readonly id: number;
  readonly content: Uint8Array;
}

const HEADER = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** Splits a module into its sections. */
export function readSections(bytes: Uint8Array): Section[] {
  const reader = new Reader(bytes);
  for (const byte of HEADER) if (reader.byte() !== byte) throw new TypeError("not a core wasm module");
  const sections: Section[] = [];
  while (!reader.done) {
    const id = reader.byte();
    sections.push({ id, content: reader.bytes(reader.u32()) });
  }
  return sections;
}

/** Puts sections together to a module. */
export function writeSections(sections: readonly Section[]): Uint8Array {
  const writer = new Writer();
  writer.bytes(HEADER);
  for (const { id, content } of sections) {
    writer.byte(id);
    writer.u32(content.length);
    writer.bytes(content);
  }
  return writer.done();
}

/** Content of the only section with that number; empty without one. */
export function sectionOf(sections: readonly Section[], id: number): Uint8Array {
  return sections.find((section) => section.id === id)?.content ?? new Uint8Array(0);
}

/** Walks bytes. */
export class Reader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.at++];
    if (value === undefined) throw new RangeError("the module ends too early");
    return value;
  }

  bytes(length: number): Uint8Array {
    if (this.at + length > this.#bytes.length) throw new RangeError("the module ends too early");
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError("a number is too long");
  }

  /** A signed LEB128 number. */
  signed(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(Number(shift) + 7, value);
    }
    throw new RangeError("a number is too long");
  }

  name(): string {
    return new TextDecoder().decode(this.bytes(this.u32()));
  }
}

/** Gathers bytes. */
export class Writer {
  #bytes = new Uint8Array(1024);
  #length = 0;

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const next = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    next.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = next;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }

  bytes(value: Uint8Array): void {
    this.#room(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  u32(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** A signed LEB128 number. */
  signed(value: bigint): void {
    let rest = value;
    for (;;) {
      const byte = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && byte < 0x40) || (rest === -1n && byte >= 0x40)) {
        this.byte(byte);
        return;
      }
      this.byte(byte | 0x80);
    }
  }

  name(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.u32(bytes.length);
    this.bytes(bytes);
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Forgets what was written. */
  clear(): void {
    this.#length = 0;
  }
}

/** An import; `kind` as on the wire: 0 function, 1 table, 2 memory, 3 global. `type` is what follows, undecoded. */
export interface Import {
  readonly module: string;
  readonly name: string;
  readonly kind: number;
  readonly type: Uint8Array;
}

export function readImports(content: Uint8Array): Import[] {
  const reader = new Reader(content);
  return Array.from({ length: content.length === 0 ? 0 : reader.u32() }, () => {
    const module = reader.name();
    const name = reader.name();
    const kind = reader.byte();
    const from = reader.at;
    if (kind === 0) reader.u32();
    else if (kind === 3) reader.bytes(2);
    else {
      if (kind === 1) reader.byte();
      const flags = reader.u32();
      reader.u32();
      if (flags & 1) reader.u32();
    }
    return { module, name, kind, type: content.subarray(from, reader.at) };
  });
}

export function writeImports(imports: readonly Import[]): Uint8Array {
  const writer = new Writer();
  writer.u32(imports.length);
  for (const { module, name, kind, type } of imports) {
    writer.name(module);
    writer.name(name);
    writer.byte(kind);
    writer.bytes(type);
  }
  return writer.done();
}

/** An export; `kind` as in imports. */
export interface Export {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

export function readExports(content: Uint8Array): Export[] {
  const reader = new Reader(content);
  return Array.from({ length: content.length === 0 ? 0 : reader.u32() }, () => ({
    name: reader.name(),
    kind: reader.byte(),
    index: reader.u32(),
  }));
}

export function writeExports(exports: readonly Export[]): Uint8Array {
  const writer = new Writer();
  writer.u32(exports.length);
  for (const { name, kind, index } of exports) {
    writer.name(name);
    writer.byte(kind);
    writer.u32(index);
  }
  return writer.done();
}

/** Types of numbers. */
export const I32 = 0x7f;
export const I64 = 0x7e;

/** A global that starts with a constant of type i32 or i64. */
export interface Global {
  readonly type: number;
  readonly mutable: boolean;
  readonly value: bigint;
}

export function readGlobals(content: Uint8Array): Global[] {
  const reader = new Reader(content);
  return Array.from({ length: content.length === 0 ? 0 : reader.u32() }, () => {
    const type = reader.byte();
    const mutable = reader.byte() === 1;
    const instruction = reader.byte();
    if ((instruction !== 0x41 && instruction !== 0x42) || (type !== I32 && type !== I64)) {
      throw new TypeError("a global does not start with a constant integer");
    }
    const value = reader.signed();
    if (reader.byte() !== 0x0b) throw new TypeError("a global does not start with a constant");
    return { type, mutable, value };
  });
}

export function writeGlobals(globals: readonly Global[]): Uint8Array {
  const writer = new Writer();
  writer.u32(globals.length);
  for (const { type, mutable, value } of globals) {
    writer.byte(type);
    writer.byte(mutable ? 1 : 0);
    writer.byte(type === I32 ? 0x41 : 0x42);
    writer.signed(value);
    writer.byte(0x0b);
  }
  return writer.done();
}

/** A run of functions that go into table 0 from a place on. */
export interface Elements {
  readonly offset: number;
  readonly functions: readonly number[];
}

/** Reads active segments of function numbers with a constant offset, the only kind that our tools write. */
export function readElements(content: Uint8Array): Elements[] {
  const reader = new Reader(content);
  return Array.from({ length: content.length === 0 ? 0 : reader.u32() }, () => {
    if (reader.u32() !== 0 || reader.byte() !== 0x41)
      throw new TypeError("an unexpected kind of table segment");
    const offset = Number(reader.signed());
    if (reader.byte() !== 0x0b) throw new TypeError("an unexpected kind of table segment");
    return { offset, functions: Array.from({ length: reader.u32() }, () => reader.u32()) };
  });
}

export function writeElements(segments: readonly Elements[]): Uint8Array {
  const writer = new Writer();
  writer.u32(segments.length);
  for (const { offset, functions } of segments) {
    writer.byte(0);
    writer.byte(0x41);
    writer.signed(BigInt(offset));
    writer.byte(0x0b);
    writer.u32(functions.length);
    for (const index of functions) writer.u32(index);
  }
  return writer.done();
}

/** Bodies of the functions that a module defines, without their lengths. */
export function readBodies(content: Uint8Array): Uint8Array[] {
  const reader = new Reader(content);
  return Array.from({ length: reader.u32() }, () => reader.bytes(reader.u32()));
}

export function writeBodies(bodies: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer();
  writer.u32(bodies.length);
  for (const body of bodies) {
    writer.u32(body.length);
    writer.bytes(body);
  }
  return writer.done();
}

/** A piece of memory's first content. */
export interface Data {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Reads active segments of memory 0 with a constant offset. */
export function readData(content: Uint8Array): Data[] {
  const reader = new Reader(content);
  return Array.from({ length: content.length === 0 ? 0 : reader.u32() }, () => {
    if (reader.u32() !== 0 || reader.byte() !== 0x41) throw new TypeError("an unexpected kind of data");
    const offset = Number(BigInt.asUintN(32, reader.signed()));
    if (reader.byte() !== 0x0b) throw new TypeError("an unexpected kind of data");
    return { offset, bytes: reader.bytes(reader.u32()) };
  });
}

export function writeData(segments: readonly Data[]): Uint8Array {
  const writer = new Writer();
  writer.u32(segments.length);
  for (const { offset, bytes } of segments) {
    writer.byte(0);
    writer.byte(0x41);
    writer.signed(BigInt(offset | 0));
    writer.byte(0x0b);
    writer.u32(bytes.length);
    writer.bytes(bytes);
  }
  return writer.done();
}
