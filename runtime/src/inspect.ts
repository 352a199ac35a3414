/** Looks at a module's code without compiling it: which WebAssembly features it uses, and how large its functions are. */
import { EngineError } from "./error.ts";
import { FunctionFault, scanCode, skipImmediates } from "./wasm/code.ts";
import { PARSE_FAILED } from "./wasm/compile.ts";
import { demangle } from "./wasm/demangle.ts";
import { readNames } from "./wasm/names.ts";
import { ComponentError, parseModule, type WasmModuleInfo } from "./wasm/parse.ts";
import { WasmFormatError, WasmReader } from "./wasm/reader.ts";
import { readValueType, type ValueType } from "./wasm/value-type.ts";

/** WebAssembly features beyond the first version that SPUs accept. */
export type WasmFeature =
  | "bulk-memory"
  | "extended-const"
  | "memory64"
  | "multi-memory"
  | "multi-value"
  | "mutable-globals"
  | "reference-types"
  | "relaxed-simd"
  | "saturating-float-to-int"
  | "sign-extension"
  | "simd"
  | "tail-calls"
  | "threads";

export interface InspectedFunction {
  index: number;
  /** From the name section, demangled; null without one. */
  name: string | null;
  /** Bytes of its body, with locals, without the length in front. */
  size: number;
  /** Offset of the body in the binary. */
  offset: number;
}

export interface CodeInspection {
  features: WasmFeature[];
  functions: InspectedFunction[];
  /** Names of exported functions, by index. */
  exported: ReadonlyMap<number, string>;
}

/** Inspects a binary module. Throws EngineError for what is none, or uses what SPUs refuse. */
export function inspectCode(bytes: Uint8Array): CodeInspection {
  try {
    const info = parseModule(bytes);
    const { bodies } = scanCode(bytes, info);
    const names = readNames(bytes, info);
    const exported = info.exports.filter(({ kind }) => kind === "func");
    return {
      exported: new Map(exported.map(({ index, name }) => [index, name])),
      features: [...featuresOf(bytes, info, bodies)].sort(),
      functions: bodies.map(({ start, end }, position) => {
        const index = info.importedFunctions + position;
        const name = names.functions.get(index);
        return { index, name: name === undefined ? null : demangle(name), size: end - start, offset: start };
      }),
    };
  } catch (error) {
    if (error instanceof FunctionFault) {
      throw new EngineError("SMDK_ENGINE_PARSE", `function ${error.functionIndex}: ${error.message}`);
    }
    if (error instanceof WasmFormatError || error instanceof ComponentError) {
      throw new EngineError("SMDK_ENGINE_PARSE", PARSE_FAILED, { causes: [error.message] });
    }
    throw error;
  }
}

function featuresOf(
  bytes: Uint8Array,
  info: WasmModuleInfo,
  bodies: readonly { start: number; end: number }[],
): Set<WasmFeature> {
  const found = new Set<WasmFeature>();
  if (info.memories.some((memory) => memory.wide)) found.add("memory64");
  if (info.memories.some((memory) => memory.shared)) found.add("threads");
  if (info.memories.length > 1) found.add("multi-memory");
  if (info.types.some((type) => type.results.length > 1)) found.add("multi-value");
  if (info.types.some(({ params, results }) => [...params, ...results].some(isReference))) {
    found.add("reference-types");
  }
  if (info.tables.length > 1) found.add("reference-types");
  for (const { limitsStart } of info.tables) {
    if ((bytes[limitsStart]! & WIDE) !== 0) found.add("memory64");
    if (bytes[limitsStart - 1] === EXTERNREF) found.add("reference-types");
  }
  if (info.sections.some(({ id }) => id === 12)) found.add("bulk-memory");
  constantFeatures(bytes, info, found);
  for (const { start, end } of bodies) {
    const reader = new WasmReader(bytes, start, end);
    for (let groups = reader.u32(); groups > 0; groups--) {
      reader.u32();
      const type = readValueType(reader);
      if (type === "v128") found.add("simd");
      if (isReference(type)) found.add("reference-types");
    }
    while (reader.pos < end) {
      const at = reader.pos;
      const opcode = reader.u8();
      const feature = opcode < 0xfc ? plainFeature(opcode) : prefixedFeature(opcode, bytes, at + 1);
      if (feature !== null) found.add(feature);
      // A type by its index is more than one result, or none; the bit of the sign tells it from the types themselves.
      if (opcode >= BLOCK && opcode <= IF && (bytes[at + 1]! & 0x40) === 0) found.add("multi-value");
      skipImmediates(reader, opcode, at);
    }
  }
  return found;
}

const EXTERNREF = 0x6f;
const [BLOCK, IF, END] = [0x02, 0x04, 0x0b];
/** Flag of limits: addressed by i64. */
const WIDE = 4;
const GLOBALS = 6;
const DATA = 11;

function isReference(type: ValueType): boolean {
  return type === "funcref" || type === "externref";
}

/** What globals, and where data goes, use. Only a global of the module itself can be handed out. */
function constantFeatures(bytes: Uint8Array, info: WasmModuleInfo, found: Set<WasmFeature>): void {
  const mutable: boolean[] = [];
  const expression = (reader: WasmReader): void => {
    for (;;) {
      const at = reader.pos;
      const opcode = reader.u8();
      if (opcode === END) return;
      if (EXTENDED.has(opcode)) found.add("extended-const");
      if (opcode === 0xfd) found.add("simd");
      skipImmediates(reader, opcode, at);
    }
  };
  for (const { id, start } of info.sections) {
    if (id !== GLOBALS && id !== DATA) continue;
    const reader = new WasmReader(bytes, start);
    for (let count = reader.u32(); count > 0; count--) {
      if (id === GLOBALS) {
        if (isReference(readValueType(reader))) found.add("reference-types");
        mutable.push(reader.u8() === 1);
        expression(reader);
        continue;
      }
      const flags = reader.u32();
      if (flags === 1) found.add("bulk-memory");
      if (flags === 2) reader.u32();
      if (flags !== 1) expression(reader);
      reader.skip(reader.u32());
    }
  }
  const imported = info.imports.filter(({ kind }) => kind === "global").length;
  const isHanded = info.exports.some(
    ({ kind, index }) => kind === "global" && mutable[index - imported] === true,
  );
  if (isHanded) found.add("mutable-globals");
}

/** Addition, subtraction and multiplication of i32 and i64. */
const EXTENDED: ReadonlySet<number> = new Set([0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e]);

function plainFeature(opcode: number): WasmFeature | null {
  if (opcode >= 0xc0 && opcode <= 0xc4) return "sign-extension";
  if (opcode === 0x12 || opcode === 0x13) return "tail-calls";
  if (opcode === 0x1c || opcode === 0x25 || opcode === 0x26) return "reference-types";
  return opcode >= 0xd0 && opcode <= 0xd2 ? "reference-types" : null;
}

function prefixedFeature(prefix: number, bytes: Uint8Array, at: number): WasmFeature | null {
  const code = new WasmReader(bytes, at).u32();
  if (prefix === 0xfd) return code >= 0x100 ? "relaxed-simd" : "simd";
  if (prefix === 0xfe) return "threads";
  if (code <= 7) return "saturating-float-to-int";
  return code >= 15 ? "reference-types" : "bulk-memory";
}
