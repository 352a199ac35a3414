/**
 * The one error class of the engine. Its `message` and `causes` are the texts a real SPU or `smdk test`
 * shows for the same failure; `wire` says which error code a server answers with.
 */
import type { ErrorCode } from "@smdk/protocol";
import type { WasmFrame } from "./trace/locate.ts";

/** What went wrong, stable for programs. */
export type EngineErrorCode =
  /** The bytes are neither a WebAssembly module the engine accepts nor its text form. */
  | "SMDK_ENGINE_PARSE"
  /** A missing, unknown or wrongly typed import; a start section that trapped. */
  | "SMDK_ENGINE_INSTANTIATE"
  /** No export that makes the module a SmartModule. */
  | "SMDK_ENGINE_NO_TRANSFORM"
  /** `init`, `look_back` or the transform has the wrong WebAssembly type. */
  | "SMDK_ENGINE_TYPE"
  /** The linear memory is, or wanted to be, larger than the limit. */
  | "SMDK_ENGINE_MEMORY"
  /** `memory` or `alloc` is missing, has the wrong type or gave an unusable pointer. */
  | "SMDK_ENGINE_ABI"
  /** The guest trapped or left through `proc_exit`. */
  | "SMDK_ENGINE_TRAP"
  /** The guest returned a negative status. */
  | "SMDK_ENGINE_STATUS"
  /** What the guest handed over could not be decoded. */
  | "SMDK_ENGINE_OUTPUT"
  /** The caller handed over something unusable (for instance a record set that is none). */
  | "SMDK_ENGINE_INPUT"
  /** The chain was stopped because a call did not end in time, or its thread died. */
  | "SMDK_ENGINE_STOPPED";

/** The step during which it happened. */
export type EnginePhase = "build" | "look_back" | "process";

/** The error codes an engine failure can become on the wire. */
export type EngineWireError = Extract<
  ErrorCode,
  {
    kind:
      | "SmartModuleChainInitError"
      | "SmartModuleLookBackError"
      | "SmartModuleMemoryLimitExceeded"
      | "Other";
  }
>;

/** Bytes asked for and bytes allowed, when the memory limit was the reason. */
export interface MemoryLimitExceeded {
  requested: bigint;
  max: bigint;
}

export interface EngineErrorOptions {
  /** Texts below `message`, outermost first; the last one is the root cause. */
  causes?: readonly string[];
  memoryLimit?: MemoryLimitExceeded;
  phase?: EnginePhase;
  hint?: string;
  /** Calls of the guest at the time of a trap, innermost first. */
  frames?: readonly WasmFrame[];
  /** Position in the chain of the module that failed. */
  stage?: number;
  /** The record the module had been given when it trapped. */
  record?: RecordAtFault | null;
}

/** A record as the module that failed at it saw it. */
export interface RecordAtFault {
  /** Absolute offset. */
  offset: bigint;
  key: Uint8Array | null;
  value: Uint8Array;
}

/**
 * A failure of the engine or of the guest. User errors a transform reports in its output are not
 * EngineErrors: `Chain.process` returns them.
 */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;
  /** Texts below `message`, outermost first. Empty when there is only the top text. */
  readonly causes: readonly string[];
  readonly memoryLimit: MemoryLimitExceeded | null;
  readonly phase: EnginePhase;
  readonly hint: string | undefined;
  /** Calls of the guest at the time of a trap, innermost first; `locate` finds their places in the sources. */
  readonly frames: readonly WasmFrame[];
  /** Position in the chain of the module that failed; null when no module did. */
  readonly stage: number | null;
  /** The record it trapped at; null when that is not known, or nobody asked the chain to find it. */
  readonly record: RecordAtFault | null;

  constructor(code: EngineErrorCode, message: string, options: EngineErrorOptions = {}) {
    super(message);
    this.code = code;
    this.causes = options.causes ?? [];
    this.memoryLimit = options.memoryLimit ?? null;
    this.phase = options.phase ?? "build";
    this.hint = options.hint;
    this.frames = options.frames ?? [];
    this.stage = options.stage ?? null;
    this.record = options.record ?? null;
  }

  /** The innermost text: the last cause, or the message itself. */
  get rootCause(): string {
    return this.causes.at(-1) ?? this.message;
  }

  /**
   * The error code an SPU answers with. For failures of `process` this is `Other` with the bare top text; an
   * SPU puts `SmartModule err ` (stream fetch) or `smartmodule chain failed: ` (produce) in front of it.
   */
  get wire(): EngineWireError {
    if (this.phase === "look_back") return { kind: "SmartModuleLookBackError", value: this.rootCause };
    if (this.phase === "process") return { kind: "Other", value: this.message };
    return this.memoryLimit === null
      ? { kind: "SmartModuleChainInitError", value: this.message }
      : { kind: "SmartModuleMemoryLimitExceeded", ...this.memoryLimit };
  }

  /** The same failure, said to have happened in another step, and in a module of the chain. */
  during(
    phase: EnginePhase,
    stage: number | null = this.stage,
    record: RecordAtFault | null = this.record,
  ): EngineError {
    if (phase === this.phase && stage === this.stage && record === this.record) return this;
    const error = new EngineError(this.code, this.message, {
      causes: this.causes,
      phase,
      frames: this.frames,
      record,
      ...(stage === null ? {} : { stage }),
      ...(this.memoryLimit === null ? {} : { memoryLimit: this.memoryLimit }),
      ...(this.hint === undefined ? {} : { hint: this.hint }),
    });
    if (this.stack !== undefined) error.stack = this.stack;
    return error;
  }
}

/** Recognises an EngineError by its shape, also one made by another copy of this package. */
export function isEngineError(error: unknown): error is EngineError {
  return (
    error instanceof Error && String((error as { code?: unknown }).code ?? "").startsWith("SMDK_ENGINE_")
  );
}

/** `Requested memory …`, the text of upstream for both a too large initial memory and growth. */
export function memoryLimitError(
  requested: bigint,
  max: bigint,
  above?: readonly string[],
  frames: readonly WasmFrame[] = [],
): EngineError {
  const text = `Requested memory ${requested}b exceeded max allowed ${max}b`;
  const [message, ...between] = above ?? [];
  return new EngineError("SMDK_ENGINE_MEMORY", message ?? text, {
    memoryLimit: { requested, max },
    frames,
    causes: message === undefined ? [] : [...between, text],
  });
}
