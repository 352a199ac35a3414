// Builds the chain of a request from its invocations, and runs stored batches through it.
import {
  type BatchHeader,
  type ErrorCode,
  type SmartModuleInvocation,
  type SmartModuleKind,
  sectionOf,
} from "@smdk/protocol";
import type { ChainInput, ChainModule, ChainOutput as EngineOutput } from "@smdk/runtime";
import type { AsyncChain } from "@smdk/runtime/worker";
import { errorCode, errorText } from "../error.ts";
import type { PartitionLog } from "../log/types.ts";
import { dropRecords, firstRecords, type MergeInput, recordCount } from "./batch-merge.ts";
import type { ChainEngine } from "./chain-engine.ts";
import { clientText } from "./client-errors.ts";
import { readLookBack } from "./look-back.ts";
import { chainBuildError, engineWireError, type SmartModules } from "./smartmodules.ts";

/** Most bytes one batch may decompress to. */
const MAX_SECTION_BYTES = 128 * 1024 * 1024;
/** No records. */
const NOTHING = new Uint8Array(4);
/** More modules than this in one chain are refused. */
const MAX_CHAIN_LENGTH = 64;

export type ChainContext = {
  modules: SmartModules;
  engine: ChainEngine;
  nowMs: () => number;
};

/** Why a request's chain could not be used, as the client is told. */
export class ChainFailure extends Error {
  readonly error: ErrorCode;

  constructor(error: ErrorCode) {
    super(error.kind);
    this.error = error;
  }
}

/**
 * A chain ready for its first record: modules resolved and initialised, look-back done on `log`.
 * `version` is the API version of the request; it is also that of the modules' input. To be closed by the caller.
 * @throws ChainFailure
 */
export async function openChain(
  context: ChainContext,
  invocations: readonly SmartModuleInvocation[],
  version: number,
  log: PartitionLog,
): Promise<AsyncChain> {
  if (invocations.length > MAX_CHAIN_LENGTH) {
    throw new ChainFailure({
      kind: "SmartModuleChainInitError",
      value: `more than ${MAX_CHAIN_LENGTH} SmartModules in one chain`,
    });
  }
  const steps: ChainModule[] = [];
  for (const invocation of invocations) {
    const resolved = await context.modules.resolve(invocation);
    if ("error" in resolved) throw new ChainFailure(resolved.error);
    const accumulator = initialAccumulator(invocation.kind);
    steps.push({
      module: resolved.module,
      name: resolved.name,
      params: invocation.params.inner,
      lookback: invocation.params.lookback,
      ...(accumulator === undefined ? {} : { accumulator }),
    });
  }
  let chain: AsyncChain;
  try {
    chain = await context.engine.build(steps, version, context.modules.memoryLimit);
  } catch (error) {
    throw new ChainFailure(chainBuildError(error));
  }
  try {
    await chain.lookBack((lookBack) => readLookBack(log, lookBack, context.nowMs()));
  } catch (error) {
    chain.close();
    const value = clientText(errorText(error));
    throw new ChainFailure(engineWireError(error) ?? { kind: "SmartModuleLookBackError", value });
  }
  return chain;
}

function initialAccumulator(kind: SmartModuleKind): Uint8Array | undefined {
  if (kind.kind === "Aggregate") return kind.accumulator;
  if (kind.kind === "Generic" && kind.value.kind === "Aggregate") return kind.value.accumulator;
  return undefined;
}

/** What the chain made of one input batch. */
export type ChainOutput = {
  input: MergeInput;
  records: Uint8Array;
  /** The user's error that ended the batch; `records` are those before it. */
  error: ErrorCode | null;
};

/** A stored batch, ready for a chain. */
export type ChainBatch = {
  input: MergeInput;
  /** What the chain is given; null when nothing of the batch is left for it. */
  given: ChainInput | null;
};

/**
 * The records of one batch at or after offset `from`. Records count by position, as clients count them. `base` is the
 * batch's place in the log; `shownBase` what the modules take for it.
 * @throws RecordError where the batch cannot be read.
 */
export function chainBatch(
  bytes: Uint8Array,
  header: BatchHeader,
  base: bigint,
  from: bigint,
  shownBase: bigint = base,
): ChainBatch {
  const first = from > base ? from : base;
  const input = { base, first, end: base + BigInt(header.lastOffsetDelta) + 1n, header };
  const section = sectionOf(bytes, header, MAX_SECTION_BYTES);
  const records = dropRecords(section, Number(first - base));
  const isEmpty = records !== section && recordCount(records) === 0;
  const given = { baseOffset: shownBase, baseTimestamp: header.firstTimestamp, records };
  return { input, given: isEmpty ? null : given };
}

/** What the chain made of a batch; `output` is null where it was not given any. */
export function chainOutput({ input }: ChainBatch, output: EngineOutput | null): ChainOutput {
  if (output === null) return { input, records: NOTHING, error: null };
  const { records, error } = output;
  if (error === null) return { input, records, error };
  const value = { ...error, hint: clientText(error.hint) };
  return { input, records, error: { kind: "SmartModuleRuntimeError", value } };
}

/** Runs one batch, as `chainBatch` has it, through the chain. Throws the engine's error, or RecordError. */
export async function runBatch(
  chain: AsyncChain,
  ...of: Parameters<typeof chainBatch>
): Promise<ChainOutput> {
  const batch = chainBatch(...of);
  return chainOutput(batch, batch.given === null ? null : await chain.process(batch.given));
}

/**
 * Shows the chain the records of a batch before offset `until`, for modules that keep a state: as upstream has it, a
 * stream's modules begin with the whole batch its first record lies in. What comes out is nobody's, errors included.
 */
export async function runLeadIn(
  chain: AsyncChain,
  bytes: Uint8Array,
  header: BatchHeader,
  until: bigint,
): Promise<void> {
  const section = sectionOf(bytes, header, MAX_SECTION_BYTES);
  try {
    await chain.process({
      baseOffset: header.baseOffset,
      baseTimestamp: header.firstTimestamp,
      records: firstRecords(section, Number(until - header.baseOffset)),
    });
  } catch (error) {
    if (!errorCode(error)?.startsWith("SMDK_ENGINE_")) throw error;
  }
}
