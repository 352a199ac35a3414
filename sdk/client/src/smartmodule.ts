/** SmartModules as a producer or consumer asks for them. */
import { gzipSync } from "node:zlib";
import type { SmartModuleInvocation } from "@smdk/protocol";
import { ClientError } from "./error.ts";

/** One module of a chain: of the cluster by its key, or brought along as wasm bytes. */
export type SmartModuleUse = SmartModuleSource & {
  /** Parameters for `init`. */
  params?: Readonly<Record<string, string>> | ReadonlyMap<string, string>;
  /** Earlier records to show the module first: the last `last` ones, none older than `ageMs`; `last: 0` = by age. */
  lookback?: { last: number | bigint; ageMs?: number };
  /** First accumulator of an aggregate. */
  accumulator?: Uint8Array | string;
};

type SmartModuleSource =
  /** `name`, or `group/name@version` of a package. */
  | { name: string; wasm?: undefined }
  /** A wasm module (or its gzip); `name` serves metrics only. */
  | { wasm: Uint8Array; name?: string };

/** What travels. The kind is always left to the cluster, which looks at the module's exports. */
export function invocationOf(use: SmartModuleUse): SmartModuleInvocation {
  const accumulator =
    typeof use.accumulator === "string" ? new TextEncoder().encode(use.accumulator) : use.accumulator;
  return {
    wasm:
      use.wasm === undefined
        ? { kind: "Predefined", value: use.name }
        : { kind: "AdHoc", value: isGzip(use.wasm) ? use.wasm : gzipSync(use.wasm) },
    kind: {
      kind: "Generic",
      value: accumulator === undefined ? { kind: "None" } : { kind: "Aggregate", accumulator },
    },
    params: {
      inner: use.params instanceof Map ? new Map(use.params) : new Map(Object.entries(use.params ?? {})),
      lookback: use.lookback === undefined ? null : lookbackOf(use.lookback),
    },
    name: use.name ?? null,
  };
}

function lookbackOf({ last, ageMs }: { last: number | bigint; ageMs?: number }): {
  last: bigint;
  age: { seconds: bigint; nanos: number } | null;
} {
  if (last < 0 || (typeof last === "number" && !Number.isSafeInteger(last))) {
    throw new ClientError("SMDK_ARGUMENT", `look-back of ${last} records`);
  }
  if (ageMs === undefined) return { last: BigInt(last), age: null };
  return {
    last: BigInt(last),
    age: { seconds: BigInt(Math.floor(ageMs / 1000)), nanos: Math.round((ageMs % 1000) * 1e6) },
  };
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}
