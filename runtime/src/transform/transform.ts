/** The five kinds of transform: how an input becomes a call, and the code and output of the call a result. */
import { statusText } from "../abi/codes.ts";
import { inputLength, type TransformInput, writeInput } from "../abi/input.ts";
import { readTransformOutput, type TransformOutput } from "../abi/output.ts";
import { EngineError } from "../error.ts";
import type { SmartModuleInstance } from "../instance.ts";
import type { InstanceMetrics } from "../metrics.ts";
import type { SmartModuleKind } from "../module.ts";

/** A transform of one instance. Its result is only good until the next call of that instance. */
export interface Transform {
  readonly kind: SmartModuleKind;
  /** Throws EngineError. */
  process(input: TransformInput): TransformOutput;
}

export interface TransformContext {
  instance: SmartModuleInstance;
  version: number;
  metrics: InstanceMetrics;
  /** Monotonic milliseconds. */
  clock: () => number;
}

/** Makes the transform of a kind; `accumulator` is where an aggregate starts. */
export function createTransform(
  kind: SmartModuleKind,
  context: TransformContext,
  accumulator: Uint8Array | undefined,
): Transform {
  return kind === "aggregate"
    ? new AggregateTransform(context, accumulator ?? new Uint8Array(0))
    : new SimpleTransform(kind, context);
}

/** filter, map, filter_map and array_map: stateless on the host's side. */
class SimpleTransform implements Transform {
  readonly kind: SmartModuleKind;
  readonly #context: TransformContext;

  constructor(kind: SmartModuleKind, context: TransformContext) {
    this.kind = kind;
    this.#context = context;
  }

  process(input: TransformInput): TransformOutput {
    const { instance, metrics, clock } = this.#context;
    const started = clock();
    const code = callTransform(this.#context, this.kind, input, null);
    // Counted here and once more by the chain, as upstream does for simple transforms that return.
    metrics.addUse(instance.fuelUsed, clock() - started);
    checkStatus(code);
    const output = decodeTransform(this.#context, false);
    metrics.recordsOut += output.records.count;
    return output;
  }
}

/** aggregate: the accumulator lives here, from one call to the next. */
class AggregateTransform implements Transform {
  readonly kind = "aggregate";
  readonly #context: TransformContext;
  #accumulator: Uint8Array;

  constructor(context: TransformContext, accumulator: Uint8Array) {
    this.#context = context;
    this.#accumulator = accumulator;
  }

  process(input: TransformInput): TransformOutput {
    checkStatus(callTransform(this.#context, this.kind, input, this.#accumulator));
    const output = decodeTransform(this.#context, true);
    this.#accumulator = output.accumulator ?? new Uint8Array(0);
    return output;
  }
}

function callTransform(
  { instance, version }: TransformContext,
  name: SmartModuleKind,
  input: TransformInput,
  accumulator: Uint8Array | null,
): number {
  return instance.call(name, {
    length: inputLength(input, version, accumulator),
    write: (memory, at) => writeInput(memory, at, input, version, accumulator),
  });
}

function decodeTransform({ instance, version }: TransformContext, aggregate: boolean): TransformOutput {
  return instance.decode((bytes, walk) => readTransformOutput(bytes, version, aggregate, walk));
}

function checkStatus(code: number): void {
  if (code < 0) throw new EngineError("SMDK_ENGINE_STATUS", statusText("transform", code));
}
