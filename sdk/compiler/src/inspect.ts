// Looks into a WebAssembly module without running it: a walk over its sections.

import { CompilerError } from "./errors.ts";

/** What a SmartModule does with records, by the name of its export. */
export type ModuleKind = "filter" | "map" | "filter_map" | "array_map" | "aggregate";

export type ExternalKind = "function" | "table" | "memory" | "global" | "tag";

/** A function type as text, such as `(i32, i32) -> i32`; only for functions. */
export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternalKind;
  readonly type: string | null;
}

export interface ModuleExport {
  readonly name: string;
  readonly kind: ExternalKind;
  readonly type: string | null;
}

export interface MemoryLimits {
  /** Pages of 64 KB. */
  readonly initial: number;
  readonly maximum: number | null;
  readonly shared: boolean;
  readonly imported: boolean;
}

export interface ModuleSection {
  /** For custom sections the name they carry. */
  readonly name: string;
  readonly isCustom: boolean;
  /** Bytes of content. */
  readonly size: number;
}

export interface ModuleInspection {
  /** The transform the engine would take; null when there is none. */
  readonly kind: ModuleKind | null;
  readonly size: number;
  readonly imports: readonly ModuleImport[];
  readonly exports: readonly ModuleExport[];
  readonly memory: MemoryLimits | null;
  readonly hasStart: boolean;
  readonly functionCount: number;
  readonly sections: readonly ModuleSection[];
}

/** The engine takes the first of these that is exported as a function. */
const KINDS: readonly ModuleKind[] = ["filter", "map", "filter_map", "array_map", "aggregate"];

const SECTION_NAMES = [
  "custom",
  "type",
  "import",
  "function",
  "table",
  "memory",
  "global",
  "export",
  "start",
  "element",
  "code",
  "data",
  "datacount",
  "tag",
];
const EXTERNAL_KINDS: readonly ExternalKind[] = ["function", "table", "memory", "global", "tag"];
const VALUE_TYPES: Readonly<Record<number, string>> = {
  127: "i32",
  126: "i64",
  125: "f32",
  124: "f64",
  123: "v128",
  112: "funcref",
  111: "externref",
};

/** Inspects a module. Throws `SMDK_NOT_WASM` when the bytes are not a core WebAssembly module. */
export function inspectModule(bytes: Uint8Array): ModuleInspection {
  const reader = new Reader(bytes, 0, bytes.length);
  if (bytes.length < 8 || reader.u32() !== 0x6d736100) throw notWasm("it does not start with \\0asm");
  const version = reader.u32();
  if (version !== 1) {
    throw notWasm(
      version === 0x1000d
        ? "it is a component, and the engine wants a core module"
        : `its version is ${version}`,
      version === 0x1000d
        ? "Build it without the component step: for Rust, cargo build --target wasm32-wasip1 or wasm32-unknown-unknown."
        : undefined,
    );
  }
  const types: string[] = [];
  const functions: string[] = [];
  const imports: ModuleImport[] = [];
  const exports: ModuleExport[] = [];
  const sections: ModuleSection[] = [];
  let memory: MemoryLimits | null = null;
  let hasStart = false;
  let functionCount = 0;

  while (!reader.atEnd) {
    const id = reader.byte();
    const size = reader.varU32();
    const section = reader.part(size);
    const isCustom = id === 0;
    sections.push({
      name: isCustom ? section.name() : (SECTION_NAMES[id] ?? `section ${id}`),
      isCustom,
      size,
    });
    if (id === 1) {
      section.list(() => types.push(section.functionType()));
    } else if (id === 2) {
      section.list(() => {
        const module = section.name();
        const name = section.name();
        const kind = section.external();
        let type: string | null = null;
        if (kind === "function") {
          type = types[section.varU32()] ?? null;
          functions.push(type ?? "");
        } else if (kind === "table") {
          section.byte();
          section.limits();
        } else if (kind === "memory") {
          memory ??= { ...section.limits(), imported: true };
        } else if (kind === "global") {
          section.byte();
          section.byte();
        } else {
          section.byte();
          section.varU32();
        }
        imports.push({ module, name, kind, type });
      });
    } else if (id === 3) {
      section.list(() => {
        functionCount++;
        functions.push(types[section.varU32()] ?? "");
      });
    } else if (id === 5) {
      section.list(() => {
        const limits = section.limits();
        memory ??= { ...limits, imported: false };
      });
    } else if (id === 7) {
      section.list(() => {
        const name = section.name();
        const kind = section.external();
        const index = section.varU32();
        exports.push({ name, kind, type: kind === "function" ? (functions[index] ?? null) : null });
      });
    } else if (id === 8) {
      hasStart = true;
    }
  }
  const kind =
    KINDS.find((name) => exports.some((entry) => entry.name === name && entry.kind === "function")) ?? null;
  return { kind, size: bytes.length, imports, exports, memory, hasStart, functionCount, sections };
}

/** Recursion groups, subtypes, structures and arrays. */
const GC_FORMS: ReadonlySet<number> = new Set([0x4e, 0x4f, 0x50, 0x5e, 0x5f]);

function notWasm(
  why: string,
  hint = "A SmartModule is a .wasm file, as `smdk build` makes it.",
): CompilerError {
  return new CompilerError("SMDK_NOT_WASM", `not a WebAssembly module: ${why}`, { hint });
}

/** Reads within bounds; every overrun is the same complaint. */
class Reader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get atEnd(): boolean {
    return this.#at >= this.#end;
  }

  byte(): number {
    if (this.#at >= this.#end) throw notWasm("it ends in the middle of a section");
    return this.#bytes[this.#at++] as number;
  }

  u32(): number {
    return (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0;
  }

  varU32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw notWasm("it has a number that is too long");
  }

  part(size: number): Reader {
    if (size > this.#end - this.#at) throw notWasm("it ends in the middle of a section");
    const part = new Reader(this.#bytes, this.#at, this.#at + size);
    this.#at += size;
    return part;
  }

  name(): string {
    const size = this.varU32();
    if (size > this.#end - this.#at) throw notWasm("it ends in the middle of a section");
    const text = new TextDecoder().decode(this.#bytes.subarray(this.#at, this.#at + size));
    this.#at += size;
    return text;
  }

  list(each: () => void): void {
    // Every element takes at least one byte, so a hostile count runs into the end soon.
    for (let left = this.varU32(); left > 0; left--) each();
  }

  external(): ExternalKind {
    const kind = EXTERNAL_KINDS[this.byte()];
    if (kind === undefined) throw notWasm("it has an import or export of an unknown kind");
    return kind;
  }

  limits(): { initial: number; maximum: number | null; shared: boolean } {
    const flags = this.byte();
    const initial = this.varU32();
    return { initial, maximum: flags & 1 ? this.varU32() : null, shared: (flags & 2) !== 0 };
  }

  functionType(): string {
    const form = this.byte();
    if (form !== 0x60) {
      const proposal = GC_FORMS.has(form) ? "garbage collection (gc)" : `the form 0x${form.toString(16)}`;
      throw new CompilerError("SMDK_NOT_WASM", `a cluster refuses it: it has types of ${proposal}`, {
        hint: "Build it for WebAssembly 2.0: the engine takes functions as types, nothing else.",
      });
    }
    const values = (): string => {
      const names: string[] = [];
      this.list(() => {
        const code = this.byte();
        names.push(VALUE_TYPES[code] ?? `type 0x${code.toString(16)}`);
      });
      return names.length === 1 ? (names[0] as string) : `(${names.join(", ")})`;
    };
    const parameters = values();
    return `${parameters.startsWith("(") ? parameters : `(${parameters})`} -> ${values()}`;
  }
}
