/** Hands a module to V8, and words its complaints as upstream's. */
import { EngineError } from "../error.ts";
import type { DebugNames } from "./names.ts";
import { V8, type V8Module } from "./v8.ts";

export const PARSE_FAILED = "failed to parse WebAssembly module";

/**
 * Features real SPUs accept that some V8 versions know but do not enable by themselves. Asking for a switch that a
 * version does not have makes it print a complaint, hence the table.
 */
const LATE_FEATURES: readonly { v8: RegExp; complaint: RegExp; flag: string }[] = [
  { v8: /^11\.3\./, complaint: /relaxed-simd/, flag: "--experimental-wasm-relaxed-simd" },
  { v8: /^11\.3\./, complaint: /constant expression/, flag: "--experimental-wasm-extended-const" },
  { v8: /^1[12]\./, complaint: /memory64/, flag: "--experimental-wasm-memory64" },
];

/** Features real SPUs accept that older V8 versions do not have at all. */
const NEWER_FEATURES: readonly { complaint: RegExp; hint: string }[] = [
  {
    complaint: /memory count|multiple memories/,
    hint: "Modules with more than one memory need Node.js 22 or newer.",
  },
  {
    complaint: /invalid table (elements )?limits flags/,
    hint: "Tables with 64-bit indices need Node.js 24 or newer.",
  },
];

interface NodeProcess {
  versions?: { v8?: string };
  getBuiltinModule?(id: string): { setFlagsFromString?(flag: string): void } | undefined;
}

/** Compiles; throws EngineError for an invalid module. `original` maps offsets back to what the user knows. */
export async function compileWasm(
  bytes: Uint8Array,
  original: (offset: number) => number,
  names: () => DebugNames,
): Promise<V8Module> {
  const asked = new Set<string>();
  for (;;) {
    try {
      return await V8.compile(bytes);
    } catch (error) {
      const flag = enableLateFeature(error);
      if (flag === null || asked.has(flag)) throw invalid(error, original, names);
      asked.add(flag);
    }
  }
}

/** A fault in a function body, worded as upstream words it. */
export function functionError(
  reason: string,
  functionIndex: number,
  offset: number,
  names: DebugNames,
): EngineError {
  const name = names.functions.get(functionIndex);
  const symbol = `wasm[0]::function[${functionIndex}]${name === undefined ? "" : `::${name}`}`;
  return new EngineError("SMDK_ENGINE_PARSE", `failed to compile: ${symbol}`, {
    causes: [
      "WebAssembly translation error",
      `Invalid input WebAssembly code at offset ${offset}: ${reason}`,
    ],
  });
}

/** Switches a feature on for the whole process, when the complaint is that it is off; returns its flag. */
function enableLateFeature(error: unknown): string | null {
  const host = (globalThis as { process?: NodeProcess }).process;
  const text = error instanceof Error ? error.message : "";
  const feature = LATE_FEATURES.find(
    ({ v8, complaint }) => v8.test(host?.versions?.v8 ?? "") && complaint.test(text),
  );
  const setFlag = host?.getBuiltinModule?.("node:v8")?.setFlagsFromString;
  if (feature === undefined || setFlag === undefined) return null;
  setFlag(feature.flag);
  return feature.flag;
}

const COMPLAINT =
  /^WebAssembly\.\w+\(\):\s*(?:Compiling function #(\d+)(?::"(?:[^"\\]|\\.)*")? failed: )?(.*?)(?:\s*@\+(\d+))?$/s;

function invalid(error: unknown, original: (offset: number) => number, names: () => DebugNames): EngineError {
  const text = error instanceof Error ? error.message : String(error);
  const [, functionIndex, reason = text, position] = COMPLAINT.exec(text) ?? [];
  if (position === undefined) return new EngineError("SMDK_ENGINE_PARSE", PARSE_FAILED, { causes: [reason] });
  const offset = original(Number(position));
  if (functionIndex !== undefined) return functionError(reason, Number(functionIndex), offset, names());
  const newer = NEWER_FEATURES.find(({ complaint }) => complaint.test(reason));
  return new EngineError("SMDK_ENGINE_PARSE", PARSE_FAILED, {
    ...(newer === undefined ? {} : { hint: newer.hint }),
    causes: [`${reason} (at offset 0x${offset.toString(16)})`],
  });
}
