/** What `smdk inspect` tells of a module: what it is, what it needs, and what its bytes are spent on. */
import { gzipSync } from "node:zlib";
import type { ManifestParam } from "@smdk/compiler";
import { checkAbi, inspectModule, type ModuleInspection } from "@smdk/compiler/modules";
import { declarationName, inspectCode, isEngineError, WasmSourceMap } from "@smdk/runtime";
import { CURRENT_FLUVIO, engineOf, type FluvioEngine, refusedBy } from "./fluvio-features.ts";
import { sourceMapOf } from "./source-maps.ts";

export interface FunctionSize {
  name: string;
  size: number;
  /** `file:line` of its first instruction, where a source map tells. */
  source: string | null;
}

export interface Inspection {
  origin: string;
  kind: ModuleInspection["kind"];
  /** Whether a cluster takes the module; what it would complain about if not. */
  accepted: boolean;
  complaints: string[];
  features: string[];
  size: number;
  gzipSize: number;
  memory: ModuleInspection["memory"];
  imports: ModuleInspection["imports"];
  exports: ModuleInspection["exports"];
  sections: ModuleInspection["sections"];
  /** Bytes in front of the sections' contents: with those of the sections all that the module has. */
  headerSize: number;
  /** Largest first. */
  functions: FunctionSize[];
  functionCount: number;
  /** Bytes of code by source file, largest first; empty without a source map. */
  files: { file: string; size: number }[];
  /** Tools that made the module, by their field: language, processed-by, sdk. */
  producers: { field: string; name: string; version: string }[];
  /** The version of Fluvio that features were held against, and those it refuses. */
  fluvio: FluvioEngine & { refused: string[] };
  /** What the manifest says of parameters; null when no manifest is known. */
  parameters: readonly ManifestParam[] | null;
}

export interface InspectOptions {
  /** Version of Fluvio; default the newest known. */
  fluvio?: string | undefined;
  parameters?: readonly ManifestParam[] | null;
}

/** Inspects a module. Throws SMDK_NOT_WASM when the bytes are none. */
export async function inspect(
  bytes: Uint8Array,
  origin: string,
  { fluvio, parameters = null }: InspectOptions = {},
): Promise<Inspection> {
  const engine = engineOf(fluvio ?? CURRENT_FLUVIO);
  const module = inspectModule(bytes);
  const map = await mapOf(bytes, origin);
  const complaints = checkAbi(module);
  let features: string[] = [];
  let unknown: string[] = [];
  let functions: FunctionSize[] = [];
  let files: Inspection["files"] = [];
  try {
    const code = inspectCode(bytes);
    features = code.features;
    functions = code.functions
      .map(({ index, name, size, offset }) => {
        const place = map?.firstWithin(offset, offset + size) ?? null;
        const exported = code.exported.get(index);
        return {
          name: name ?? exported ?? (place && declarationName(map!, place)) ?? `function ${index}`,
          size,
          source: place === null ? null : `${place.file}:${place.line}`,
        };
      })
      .sort((a, b) => b.size - a.size);
    if (map !== null) files = bytesByFile(map, code.functions);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    const complaint = [error.message, ...error.causes].join(": ");
    complaints.push(complaint);
    unknown = proposalsIn(complaint);
  }
  const refused = [...refusedBy(engine, features), ...unknown];
  if (refused.length > unknown.length) {
    complaints.push(
      `Fluvio ${engine.version} (wasmtime ${engine.wasmtime}) does not take ${refused.join(", ")}`,
    );
  }
  return {
    origin,
    kind: module.kind,
    accepted: complaints.length === 0,
    complaints,
    features: [...features, ...unknown],
    size: bytes.length,
    gzipSize: gzipSync(bytes).length,
    memory: module.memory,
    imports: module.imports,
    exports: module.exports,
    sections: module.sections,
    headerSize: module.sections.reduce((rest, { size }) => rest - size, bytes.length),
    functions,
    functionCount: module.functionCount,
    files,
    producers: producersOf(bytes),
    fluvio: { ...engine, refused },
    parameters,
  };
}

/** What no version takes yet, by the words that it is refused with. */
const PROPOSALS: readonly (readonly [name: string, words: RegExp])[] = [
  ["exceptions", /exception/],
  ["gc", /\bgc\b/],
  ["function-references", /function references/],
  ["wide-arithmetic", /wide arithmetic/],
  ["custom-page-sizes", /custom page sizes/],
  ["stack-switching", /stack switching/],
];

function proposalsIn(complaint: string): string[] {
  return PROPOSALS.filter(([, words]) => words.test(complaint)).map(([name]) => name);
}

async function mapOf(bytes: Uint8Array, origin: string): Promise<WasmSourceMap | null> {
  const text = await sourceMapOf(origin, bytes);
  if (text === null) return null;
  try {
    return new WasmSourceMap(text);
  } catch {
    // A map only helps.
    return null;
  }
}

function bytesByFile(
  map: WasmSourceMap,
  functions: readonly { offset: number; size: number }[],
): Inspection["files"] {
  const sizes = new Map<string, number>();
  for (const { offset, size } of functions) {
    for (const part of map.spans(offset, offset + size)) {
      sizes.set(part.file, (sizes.get(part.file) ?? 0) + part.size);
    }
  }
  return [...sizes].map(([file, size]) => ({ file, size })).sort((a, b) => b.size - a.size);
}

/** The custom section "producers": which tools have made the module. A broken one tells nothing. */
function producersOf(bytes: Uint8Array): Inspection["producers"] {
  const found: Inspection["producers"] = [];
  let at = 8;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  const text = (): string => {
    const length = number();
    at += length;
    return new TextDecoder().decode(bytes.subarray(at - length, at));
  };
  while (at < bytes.length) {
    const id = bytes[at++];
    const end = number() + at;
    if (id === 0 && text() === "producers") {
      for (let fields = Math.min(number(), 16); fields > 0 && at < end; fields--) {
        const field = text();
        for (let values = Math.min(number(), 64); values > 0 && at < end; values--) {
          found.push({ field, name: text(), version: text() });
        }
      }
    }
    at = end;
  }
  return found;
}
