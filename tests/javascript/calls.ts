/** SmartModules called as a host does, byte by byte: in this process and in the real wasmtime. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { WASI } from "node:wasi";
import { type PythonEnv, wasmtimePython } from "../support/python-env.js";

export interface Call {
  readonly name: string;
  readonly version: number;
  readonly input: Uint8Array;
}

const found: PythonEnv = await wasmtimePython();

/** Why wasmtime cannot be asked; null when it can. */
export const missingWasmtime: string | null = "reason" in found ? found.reason : null;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly [name: string]: unknown;
}
interface Wasm {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Exports };
}
const { Module, Instance } = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly;

/** Answers of a fresh instance: the code returned and the SHA-256 of what was handed over, or "trap" as the last. */
export function callHere(bytes: Uint8Array, calls: readonly Call[]): string[] {
  let handed: [number, number] | null = null;
  const wasi = new WASI({ version: "preview1" });
  const { exports } = new Instance(new Module(bytes), {
    env: {
      copy_records: (at: number, size: number) => {
        handed = [at >>> 0, size >>> 0];
      },
    },
    wasi_snapshot_preview1: wasi.wasiImport,
  });
  wasi.initialize({ exports: { memory: exports.memory } });
  const answers: string[] = [];
  for (const { name, version, input } of calls) {
    handed = null;
    try {
      const at = (exports.alloc as (size: number) => number)(input.length) >>> 0;
      new Uint8Array(exports.memory.buffer).set(input, at);
      const code = (exports[name] as (at: number, size: number, version: number) => number)(
        at,
        input.length,
        version,
      );
      const [start, size] = (handed as [number, number] | null) ?? [0, 0];
      const hash = createHash("sha256").update(new Uint8Array(exports.memory.buffer, start, size));
      answers.push(`${code} ${hash.digest("hex")}`);
    } catch {
      answers.push("trap");
      break;
    }
  }
  return answers;
}

export interface WasmtimeAnswers {
  /** Seconds that each module took to compile. */
  readonly compile: number[];
  /** As `callHere`, for every run. */
  readonly runs: string[][];
}

/** The same in wasmtime, for many runs of many modules. */
export function callWasmtime(
  modules: readonly Uint8Array[],
  runs: readonly { readonly module: number; readonly calls: readonly Call[] }[],
): WasmtimeAnswers {
  if ("reason" in found) throw new Error(found.reason);
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const script = fileURLToPath(new URL("wasmtime_calls.py", import.meta.url));
  const { status, stdout, stderr } = spawnSync(found.python, [script], {
    input: JSON.stringify({
      modules: modules.map(base64),
      runs: runs.map(({ module, calls }) => ({
        module,
        calls: calls.map((call) => ({ ...call, input: base64(call.input) })),
      })),
    }),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`wasmtime's host failed: ${stderr}`);
  return JSON.parse(stdout) as WasmtimeAnswers;
}

const u16 = (value: number): number[] => [(value >>> 8) & 255, value & 255];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value)];
const i64 = (value: bigint): Uint8Array => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};

/** The input of a transform, or of look_back. `records` is a count and records; `accumulator` only for aggregates. */
export function frame(
  version: number,
  records: Uint8Array,
  base: { readonly offset: bigint; readonly timestamp: bigint },
  accumulator?: Uint8Array,
): Uint8Array {
  const parts: (Uint8Array | number[])[] = [i64(base.offset), u32(records.length), records];
  // Parameters, a look-back setting and the record of a join, all empty.
  if (version <= 22) parts.push([0, 0], version >= 20 ? [0] : [], version >= 16 ? [0, 0, 0, 0] : []);
  if (version >= 22) parts.push(i64(base.timestamp));
  if (accumulator) parts.push(u32(accumulator.length), accumulator);
  return Buffer.concat(parts.map((part) => Uint8Array.from(part)));
}

/** The input of init. */
export function parameters(version: number, values: Readonly<Record<string, string>>): Uint8Array {
  const names = Object.keys(values).sort();
  const text = (value: string): Uint8Array => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Uint8Array.from(u16(bytes.length)), bytes]);
  };
  const pairs = names.flatMap((name) => [text(name), text(values[name] as string)]);
  return Buffer.concat([
    Uint8Array.from(u16(names.length)),
    ...pairs,
    Uint8Array.from(version >= 20 ? [0] : []),
  ]);
}
