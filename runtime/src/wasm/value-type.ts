/** The types of values, as the binary format writes them; those that a real SPU's engine does not accept are refused. */
import type { WasmReader } from "./reader.ts";

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128" | "funcref" | "externref";

/** `type mismatch: …` in the words of upstream's runtime. */
export function typeMismatch(expected: ValueType, found: ValueType): string {
  const word = (type: ValueType): string =>
    type === "funcref" ? "(ref null func)" : type === "externref" ? "(ref null extern)" : type;
  return `type mismatch: expected ${word(expected)}, found ${word(found)}`;
}

const REF_NULL = 0x63;
const REF = 0x64;

/**
 * Reads a value type; faults are reported at `at`, where the declaration around it starts. `types` is how many types
 * there are so far, where that matters: within the type section.
 */
export function readValueType(
  reader: WasmReader,
  at: number = reader.pos,
  types: number = Number.POSITIVE_INFINITY,
): ValueType {
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
    case REF_NULL:
    case REF: {
      const type = readHeapType(reader, at, types);
      if (byte === REF) reader.fail("function references required for non-nullable types", at);
      return type;
    }
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

/** What a reference leads to: any function, anything of the host, or, refused, something else. */
export function readHeapType(
  reader: WasmReader,
  at: number,
  types: number = Number.POSITIVE_INFINITY,
): ValueType {
  const byte = reader.bytes[reader.pos] ?? 0;
  // A negative one-byte number is a kind; everything else is the index of a type.
  if (byte < 0x80 && (byte & 0x40) !== 0) return readValueType(reader, at, types);
  const index = reader.u32();
  return reader.fail(
    index >= types
      ? `unknown type ${index}: type index out of bounds because the GC proposal is disabled`
      : "function references required for index reference types",
    at,
  );
}
