/** Runs modules in the engine: the same code and the same results as in a cluster, without one. */
import {
  buildChain,
  isEngineError,
  loadSmartModule,
  locate,
  type SmartModule,
  type WasmFrame,
} from "@smdk/runtime";
import {
  bytesOf,
  type Deltas,
  fromRecordList,
  type OutputRecord,
  type RecordInput,
  textOf,
  toRecordList,
} from "./records.ts";

/** One module of a chain. */
export interface ChainStep {
  /** The module's bytes, or the module loaded already. */
  module: Uint8Array | SmartModule;
  /** For messages. */
  name?: string;
  /** Text of the module's source map; failures then have their place in the sources. */
  sourceMap?: string;
  params?: Readonly<Record<string, string>> | ReadonlyMap<string, string>;
  /** Ask for look-back: how many of the earlier records the module sees (`last` 0: all that `age` admits). */
  lookBack?: { last: bigint; age: { seconds: bigint; nanos: number } | null } | null;
  /** Whether `init` is told of the look-back, as an SPU does and upstream's `smdk test` does not. Default true. */
  lookbackInParams?: boolean;
  /** What an aggregate starts from. */
  accumulator?: string | Uint8Array;
}

export interface RunOptions {
  params?: ChainStep["params"];
  /** Records that are in the topic already. All are shown to `lookBack`, unless `lookBackLast` limits them. */
  lookBack?: readonly RecordInput[];
  /** Show only this many of the latest earlier records. */
  lookBackLast?: number;
  /** What an aggregate starts from. */
  accumulator?: string | Uint8Array;
  /** Offset of the first record; default 0. */
  baseOffset?: bigint;
  /** Milliseconds since 1970 of all records; default now. */
  timestamp?: bigint;
}

/** The error a module has reported for a record. It ends the run; what came before it is in the result. */
export interface RecordError {
  /** What the module said: the first line of `hint`. */
  message: string;
  /** All of it. */
  hint: string;
  offset: bigint;
  /** Which transform failed, for example `Filter`. */
  kind: string;
  key: string | null;
  value: string;
  /** Name of the module that reported it. */
  module: string;
  /** Position of that module in the chain, from 0. */
  stage: number;
  /** Where it was thrown, for modules with a source map. */
  location: SourceLocation | null;
  /** The lines around that place; empty without one. */
  frame: string;
}

/** A place in a source file of a module; lines and columns count from 1. */
export interface SourceLocation {
  file: string;
  line: number;
  column: number;
}

export interface RunResult {
  records: OutputRecord[];
  /** The values of `records` as text. */
  values: string[];
  error: RecordError | null;
  /** What the module has written to standard output and standard error, `console.log` included. */
  output: string;
}

/**
 * Runs records through one fresh instance of a module, in one batch. Rejects with the engine's error (code
 * `SMDK_ENGINE_…`) when the module cannot be loaded, `init` or `lookBack` fails, or the module traps; it then has
 * `location`, `frame`, `record` and `module` where they are known.
 */
export async function runModule(
  module: Uint8Array | SmartModule,
  records: readonly RecordInput[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { params, accumulator, lookBack, lookBackLast } = options;
  const step: ChainStep = {
    module,
    ...(params && { params }),
    ...(accumulator !== undefined && { accumulator }),
    ...(lookBack && { lookBack: { last: BigInt(lookBackLast ?? lookBack.length), age: null } }),
  };
  return await runChain([step], records, options);
}

/** Runs records through a chain of modules; each step has its own parameters and look-back. */
export async function runChain(
  steps: readonly ChainStep[],
  records: readonly RecordInput[],
  options: Pick<RunOptions, "lookBack" | "baseOffset" | "timestamp"> & { deltas?: Deltas } = {},
): Promise<RunResult> {
  const { baseOffset = 0n, timestamp = BigInt(Date.now()), lookBack = [], deltas = "rising" } = options;
  const written: Uint8Array[] = [];
  const write = (bytes: Uint8Array): void => {
    written.push(bytes.slice());
  };
  const modules = await Promise.all(
    steps.map(
      async ({ module, name, sourceMap, params, lookBack: asked, lookbackInParams, accumulator }) => ({
        module:
          module instanceof Uint8Array
            ? await loadSmartModule(module, { ...(name && { name }), ...(sourceMap && { sourceMap }) })
            : module,
        ...(name && { name }),
        params: new Map(params instanceof Map ? params : Object.entries(params ?? {})),
        lookback: asked ?? null,
        ...(lookbackInParams !== undefined && { lookbackInParams }),
        ...(accumulator !== undefined && { accumulator: bytesOf(accumulator) }),
      }),
    ),
  );
  const nameOf = (stage: number): string => modules[stage]?.name ?? modules[stage]?.module.name ?? "";
  const place = (stage: number, frames: readonly WasmFrame[], message: string) => {
    const module = modules[stage]?.module;
    const trace = module === undefined ? null : locate(module, frames, message);
    return { location: trace?.location ?? null, frame: trace?.frame ?? "" };
  };
  try {
    const chain = await buildChain(modules, { stdout: write, stderr: write, findRecord: true });
    await chain.lookBack(({ last }: { last: bigint }) => {
      const count = last === 0n ? lookBack.length : Number(last);
      return toRecordList(lookBack.slice(Math.max(lookBack.length - count, 0)), deltas);
    });
    const {
      records: list,
      error,
      thrown,
    } = chain.process({
      baseOffset,
      baseTimestamp: timestamp,
      records: toRecordList(records, deltas),
    });
    const out = fromRecordList(list, baseOffset, timestamp);
    const stage = thrown?.stage ?? 0;
    return {
      records: out,
      values: out.map((record) => record.value),
      error: error && {
        message: error.hint.split("\n", 1)[0] ?? "",
        hint: error.hint,
        offset: error.offset,
        kind: error.kind,
        key: error.recordKey && textOf(error.recordKey),
        value: textOf(error.recordValue),
        module: nameOf(stage),
        stage,
        ...place(stage, thrown?.frames ?? [], error.hint),
      },
      output: textOf(Buffer.concat(written)),
    };
  } catch (error) {
    if (isEngineError(error) && error.stage !== null) {
      const { stage, frames, message, causes } = error;
      Object.assign(error, place(stage, frames, [message, ...causes].join("\n")), { module: nameOf(stage) });
    }
    throw error;
  }
}
