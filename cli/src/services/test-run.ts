/** What `smdk test` does: a chain of modules over some records, in this process. */
import { dirname, resolve } from "node:path";
import { readSourceMap } from "@smdk/compiler";
import { type ChainStep, type RecordInput, type RunResult, runChain } from "@smdk/testing";
import { usage } from "../errors.ts";
import type { ClusterOptions } from "../flags.ts";
import { builtModule } from "./built-module.ts";
import { findModule } from "./local-modules.ts";
import { findProject } from "./project.ts";
import { bytesOf, fileSource, linesOf } from "./record-input.ts";
import { readWasm } from "./smartmodule-use.ts";
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
    return [{ module, name: wasmFile, ...withMap(await readSourceMap(wasmFile, module)), ...single }];
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
  const { bytes, name } = await findModule(step.uses, near, cluster);
  return { module: bytes, name, params: step.params, ...shared };
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
    throw usage("No valid input provided", "--text VALUE, --file FILE or --stdin");
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
  return await runChain(steps, records, { lookBack: earlier, deltas: "zero" });
}
