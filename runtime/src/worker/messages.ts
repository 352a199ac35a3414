/** What the thread of a chain and its owner say to each other. */
import type { Lookback } from "@smdk/protocol";
import type { ChainInput, ChainOutput } from "../chain.ts";
import type { EngineErrorCode, EnginePhase, MemoryLimitExceeded, RecordAtFault } from "../error.ts";
import type { SmartModuleMetrics } from "../metrics.ts";
import type { ModuleParts } from "../module.ts";
import type { WasmFrame } from "../trace/locate.ts";

/** A step of a chain, ready to be posted. */
export interface StepParts {
  module: ModuleParts;
  name: string;
  params: ReadonlyMap<string, string>;
  lookback: Lookback | null;
  lookbackInParams: boolean;
  accumulator: Uint8Array | null;
}

export type Request = { chain: number; nowMs: number } & (
  | { kind: "load"; bytes: Uint8Array; name: string | null; memoryLimit: number; sourceMap: string | null }
  | { kind: "build"; steps: StepParts[]; version: number; memoryLimit: number; seed: Uint8Array }
  | { kind: "lookBack"; step: number; records: Uint8Array }
  /** All records lie in one buffer, one after the other. Behind an error nothing is done in the same run. */
  | { kind: "process"; run: number; inputs: readonly ChainInput[] }
  | { kind: "metrics" }
  | { kind: "close" }
);

/** Lines that guests wrote, in order. */
export interface GuestLine {
  module: string;
  stream: "stdout" | "stderr";
  text: string;
}

export type Answer =
  | { kind: "loaded"; parts: ModuleParts }
  | { kind: "built"; lookbacks: (Lookback | null)[] }
  | { kind: "done" }
  | OutputsAnswer
  | { kind: "metrics"; metrics: Map<string, SmartModuleMetrics> }
  | { kind: "failed"; failure: PostedFailure };

export interface OutputsAnswer {
  kind: "outputs";
  /** As many as batches were done, in order. */
  outputs: ChainOutput[];
  failure: PostedFailure | null;
  /** Milliseconds it took. */
  ms: number;
  /** The buffer of the inputs, when the outputs did not need it. */
  spare: ArrayBuffer | null;
}

export type Reply =
  | { kind: "ready" }
  | { kind: "lines"; chain: number; lines: GuestLine[] }
  | { kind: "answer"; answer: Answer };

/** An EngineError without its class. */
export interface PostedFailure {
  code: EngineErrorCode;
  message: string;
  causes: readonly string[];
  phase: EnginePhase;
  memoryLimit: MemoryLimitExceeded | null;
  hint: string | null;
  frames: readonly WasmFrame[];
  stage: number | null;
  record: RecordAtFault | null;
}
