/** Hands a module to V8, and words its complaints as upstream's. */
import { EngineError } from "../error.ts";
import type { LimitedModule } from "./limit.ts";
import { originalOffset } from "./limit.ts";
import { V8, type V8Module } from "./v8.ts";

/** Switches for features that real SPUs accept and that older V8 versions know but do not enable by themselves. */
const LATE_FEATURES = [
  "--experimental-wasm-multi-memory",
  "--experimental-wasm-memory64",
  "--experimental-wasm-relaxed-simd",
  "--experimental-wasm-extended-const",
];

/** Compiles; throws EngineError for an invalid module. */
export async function compileWasm(limited: LimitedModule): Promise<V8Module> {
  try {
    return await V8.compile(limited.bytes);
  } catch (error) {
    if (needsLateFeature(error) && enableLateFeatures()) {
      try {
        return await V8.compile(limited.bytes);
      } catch (again) {
        throw invalid(again, limited);
      }
    }
    throw invalid(error, limited);
  }
}

function needsLateFeature(error: unknown): boolean {
  return (
    error instanceof Error &&
    /experimental-wasm-|multiple memories|multi-memory|memory64|memory index/.test(error.message)
  );
}

/** Flags V8 read at start cannot be unset, so this happens only for a module that needs it and is else valid. */
function enableLateFeatures(): boolean {
  const host = globalThis as { process?: { getBuiltinModule?(id: string): unknown } };
  const v8 = host.process?.getBuiltinModule?.("node:v8") as
    | { setFlagsFromString?(flag: string): void }
    | undefined;
  if (v8?.setFlagsFromString === undefined) return false;
  for (const flag of LATE_FEATURES) v8.setFlagsFromString(flag);
  return true;
}

function invalid(error: unknown, limited: LimitedModule): EngineError {
  const text = error instanceof Error ? error.message : String(error);
  const match =
    /^WebAssembly\.\w+\(\):\s*(?:Compiling function (?:#\d+(?::"[^"]*")? )?failed: )?(.*?)(?:\s*@\+(\d+))?$/s.exec(
      text,
    );
  const reason = match?.[1] ?? text;
  const offset = match?.[2] === undefined ? null : originalOffset(limited.shifts, Number(match[2]));
  const cause = offset === null ? reason : `${reason} (at offset 0x${offset.toString(16)})`;
  return new EngineError("SMDK_ENGINE_PARSE", "failed to parse WebAssembly module", { causes: [cause] });
}
