/**
 * The real wasmtime as an oracle: the PyPI package `wasmtime`, in the version an SPU has, in an environment that is made
 * once. Tests that need it are skipped, and say so, where there is no Python.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type PythonEnv, wasmtimePython } from "../../../tests/support/python-env.js";

const script = fileURLToPath(new URL("wasmtime_fuel.py", import.meta.url));
const found: PythonEnv = await wasmtimePython();

/** Why the oracle cannot be asked; null when it can. */
export const missingOracle: string | null = "reason" in found ? found.reason : null;

export interface OracleCase {
  wasm: Uint8Array;
  version: number;
  limit: bigint;
  memoryLimit?: number;
  /** Random bytes are those that `runMetered` gives, too. For guests that take them into their own memory. */
  fixedRandom?: boolean;
  calls: { name: string; input: Uint8Array; optional?: boolean }[];
}

export interface OracleCall {
  fuel: bigint;
  code: number | null;
  trap: string | null;
}

export type OracleResult = { buildError: string } | { calls: (OracleCall | null)[] };

interface RawResult {
  build_error?: string;
  calls: ({ fuel: string; code: number | null; trap: string | null } | null)[];
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** Runs all cases in one process. */
export function askWasmtime(cases: readonly OracleCase[]): OracleResult[] {
  const input = cases.map(({ wasm, version, limit, memoryLimit, fixedRandom, calls }) => ({
    wasm: base64(wasm),
    version,
    limit: String(limit),
    memory_limit: memoryLimit ?? null,
    fixed_random: fixedRandom ?? false,
    calls: calls.map((call) => ({ ...call, input: base64(call.input) })),
  }));
  if ("reason" in found) throw new Error(found.reason);
  const { status, stdout, stderr } = spawnSync(found.python, [script], {
    input: JSON.stringify(input),
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(`the oracle failed: ${stderr}`);
  return (JSON.parse(stdout) as RawResult[]).map(({ build_error, calls }) =>
    build_error !== undefined
      ? { buildError: build_error }
      : { calls: calls.map((call) => call && { ...call, fuel: BigInt(call.fuel) }) },
  );
}
