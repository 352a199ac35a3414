/**
 * Which WebAssembly features which versions of Fluvio take. A version's lock file names its wasmtime, and what that
 * one takes when nobody configures it (Fluvio turns nothing on or off) was tried with the same version.
 */
import type { WasmFeature } from "@smdk/runtime";
import { usage } from "../errors.ts";

/** The version that is asked about when nobody names one. */
export const CURRENT_FLUVIO = "0.18.1";

/** First Fluvio of a row, and its wasmtime. Newest first. */
const ENGINES: readonly (readonly [fluvio: string, wasmtime: number])[] = [
  ["0.18.1", 34],
  ["0.18.0", 33],
  ["0.17.0", 31],
  ["0.15.0", 29],
  ["0.14.0", 27],
  ["0.12.1", 26],
  ["0.12.0", 25],
  ["0.11.12", 23],
  ["0.11.10", 22],
  ["0.11.2", 15],
  ["0.11.0", 14],
  ["0.10.0", 2],
];

/** Features that came later than the oldest row, by the wasmtime that first took them. */
const SINCE: Readonly<Partial<Record<WasmFeature, number>>> = {
  "relaxed-simd": 15,
  "multi-memory": 15,
  threads: 15,
  "tail-calls": 22,
  "extended-const": 25,
  memory64: 31,
};

export interface FluvioEngine {
  /** As it was asked for. */
  version: string;
  wasmtime: number;
}

/** The engine of a version such as `0.17` or `0.11.5`; of newer ones the newest known. Throws a usage error. */
export function engineOf(version: string): FluvioEngine {
  const wanted = /^v?(\d+)\.(\d+)(?:\.(\d+))?/
    .exec(version)
    ?.slice(1)
    .map((part) => Number(part ?? 999));
  const row = wanted && ENGINES.find(([first]) => compare(wanted, first.split(".").map(Number)) >= 0);
  if (!row) {
    throw usage(`--fluvio must be a version of Fluvio from 0.10 on, not "${version}"`, "for example 0.18.1");
  }
  return { version, wasmtime: row[1] };
}

/** The features that an engine refuses. */
export function refusedBy(engine: FluvioEngine, features: readonly string[]): string[] {
  return features.filter((feature) => (SINCE[feature as WasmFeature] ?? 0) > engine.wasmtime);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, part] of b.entries()) {
    const by = (a[index] ?? 0) - part;
    if (by !== 0) return by;
  }
  return 0;
}
