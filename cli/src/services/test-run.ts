/** What `smdk test` does: a chain of modules over some records, in this process. */
import { dirname, resolve } from "node:path";
import { type EngineError, isEngineError, type SourceTrace } from "@smdk/runtime";
import { type ChainStep, type RecordError, type RecordInput, type RunResult, runChain } from "@smdk/testing";
import { CliError, usage } from "../errors.ts";
import type { ClusterOptions } from "../flags.ts";
import { builtModule } from "./built-module.ts";
import { withSystemSignals } from "./interrupt.ts";
import { findModule } from "./local-modules.ts";
import { findProject } from "./project.ts";
import { bytesOf, fileSource, linesOf } from "./record-input.ts";
import { readWasm } from "./smartmodule-use.ts";
import { sourceMapOf } from "./source-maps.ts";
import { parseTransformLines, readTransforms, type TransformStep } from "./transforms.ts";

export interface ModuleChoice {
  wasmFile: string | undefined;
  transforms: string | undefined;
  transformLines: readonly string[];
  /** Project directory; the one around the current directory when undefined. */
  projectDir: string | undefined;
  params: Map<string, string>;
  accumulator: string | undefined;
  cluster: ClusterOptions;
}

/** The chain the flags name: a file, a chain of modules, or the project. */
export async function chainFor(choice: ModuleChoice, lookbackLast: number | undefined): Promise<ChainStep[]> {
  // As upstream: the flag alone decides about look-back, also for steps that ask for one themselves.
  const lookBack = lookbackLast === undefined ? null : { last: BigInt(lookbackLast), age: null };
  const shared = { lookBack, lookbackInParams: false };
  const { wasmFile, transforms, transformLines, params, accumulator } = choice;
  if (transforms !== undefined || transformLines.length > 0) {
    const steps =
      transforms === undefined ? await parseTransformLines(transformLines) : await readTransforms(transforms);
    const near = transforms === undefined ? process.cwd() : dirname(resolve(transforms));
    return await Promise.all(steps.map((step) => chainStep(step, near, choice.cluster, shared)));
  }
  const single = { params, ...shared, ...(accumulator !== undefined && { accumulator }) };
  if (wasmFile !== undefined) {
    const module = await readWasm(wasmFile);
    return [{ module, name: wasmFile, ...withMap(await sourceMapOf(wasmFile, module)), ...single }];
  }
  const { bytes, name, sourceMap } = await builtModule(findProject(choice.projectDir));
  return [{ module: bytes, name, ...withMap(sourceMap), ...single }];
}

function withMap(sourceMap: string | null): { sourceMap?: string } {
  return sourceMap === null ? {} : { sourceMap };
}

async function chainStep(
  step: TransformStep,
  near: string,
  cluster: ClusterOptions,
  shared: Pick<ChainStep, "lookBack" | "lookbackInParams">,
): Promise<ChainStep> {
  const { bytes, name, sourceMap } = await findModule(step.uses, near, cluster);
  return { module: bytes, name, ...withMap(sourceMap), params: step.params, ...shared };
}

export interface InputChoice {
  text: string | undefined;
  stdin: boolean;
  file: string | undefined;
  raw: boolean;
  key: string | undefined;
}

/** The records the flags name. Lines lose their line ends; with `raw` the whole input is one record. */
export async function inputRecords({ text, stdin, file, raw, key }: InputChoice): Promise<RecordInput[]> {
  const withKey = (value: string | Uint8Array): RecordInput => ({ key: key ?? null, value });
  if (text !== undefined) return [withKey(text)];
  if (!stdin && file === undefined)
    throw usage(
      "No valid input provided",
      "--text VALUE, --file FILE or --stdin, or put cases into fixtures/cases.json",
    );
  const source = file === undefined ? (process.stdin as AsyncIterable<Uint8Array>) : fileSource(file);
  if (raw) return [withKey(await bytesOf(source))];
  const records: RecordInput[] = [];
  for await (const lines of linesOf(source)) for (const line of lines) records.push(withKey(line.slice()));
  return records;
}

/** Runs the records through the chain in one call, under the conditions of upstream's `smdk test`. */
export async function testRun(
  steps: readonly ChainStep[],
  records: readonly RecordInput[],
  earlier: readonly string[],
): Promise<RunResult> {
  try {
    return await withSystemSignals(() => runChain(steps, records, { lookBack: earlier, deltas: "zero" }));
  } catch (error) {
    throw isEngineError(error) ? engineFailure(error, steps) : error;
  }
}

/** What `smdk test` and `smdk dev` say when a module reports an error for a record. */
export function recordFailure(error: RecordError, steps: readonly ChainStep[]): CliError {
  const more = error.hint.split("\n").slice(1);
  return new CliError("failed", `the SmartModule failed at a record: ${error.message}`, {
    code: "SMDK_CLI_MODULE_ERROR",
    ...(error.location && { location: error.location }),
    frame: error.frame,
    causes: [
      ...more.filter((line) => line.trim() !== ""),
      `${error.kind}, ${recordText(error)}`,
      ...stepText(error.stage, steps),
    ],
    hint: error.location === null ? mapHint(steps[error.stage]) : undefined,
  });
}

/** A trap and the like, in the engine's own words, with the record and the module. */
function engineFailure(error: EngineError, steps: readonly ChainStep[]): CliError {
  const { message, code, causes, record, stage } = error;
  const { location, frame = "" } = error as Partial<Pick<SourceTrace, "location" | "frame">>;
  const step = stage === null ? undefined : steps[stage];
  // Names of functions, as Rust leaves them, are as good as it gets without a map.
  const ran = error.frames.some(({ name }) => name === null);
  return new CliError("failed", message, {
    code,
    causes: [
      ...causes,
      ...(record === null
        ? []
        : [recordText({ offset: record.offset, key: textOrNull(record.key), value: text(record.value) })]),
      ...(stage === null ? [] : stepText(stage, steps)),
    ],
    location,
    frame,
    hint: error.hint ?? (ran && !location ? mapHint(step) : undefined),
    cause: error,
  });
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const textOrNull = (bytes: Uint8Array | null): string | null => (bytes === null ? null : text(bytes));

/** Characters of a key or value that a message shows. */
const EXCERPT = 200;

function recordText({ offset, key, value }: { offset: bigint; key: string | null; value: string }): string {
  const excerpt = (whole: string): string =>
    whole.length > EXCERPT ? `${JSON.stringify(whole.slice(0, EXCERPT))}…` : JSON.stringify(whole);
  return `offset ${offset}, key ${key === null ? "null" : excerpt(key)}, value ${excerpt(value)}`;
}

/** Which module of a chain; nothing to say when there is one. */
function stepText(stage: number, steps: readonly ChainStep[]): string[] {
  return steps.length < 2 ? [] : [`step ${stage + 1} of ${steps.length}: ${steps[stage]?.name ?? ""}`];
}

/** How to get the line in the source, for a module whose place is not known. */
function mapHint(step: ChainStep | undefined): string | undefined {
  if (step === undefined || step.sourceMap !== undefined) return undefined;
  return "for the line in the source, keep NAME.wasm.map beside NAME.wasm: smdk build writes both (modules of other compilers show names of functions when they are not stripped)";
}
