/** Function names for backtraces, read from the "name" custom section only when a trap has to be explained. */
import type { WasmModuleInfo } from "./parse.ts";
import { WasmReader } from "./reader.ts";

export interface DebugNames {
  module: string | null;
  functions: ReadonlyMap<number, string>;
}

/** Reads what is readable; a broken name section gives fewer names, never an error. */
export function readNames(bytes: Uint8Array, info: WasmModuleInfo): DebugNames {
  const functions = new Map<number, string>();
  let module: string | null = null;
  if (info.nameSection !== null) {
    const reader = new WasmReader(bytes, info.nameSection.start, info.nameSection.end);
    try {
      while (reader.pos < reader.end) {
        const id = reader.u8();
        const length = reader.u32();
        const next = reader.pos + length;
        if (id === 0) module = reader.name();
        if (id === 1) {
          for (let rest = reader.u32(); rest > 0; rest--) functions.set(reader.u32(), reader.name());
        }
        reader.pos = next;
      }
    } catch {
      // Names are a courtesy of the compiler that made the module.
    }
  }
  return { module, functions };
}
