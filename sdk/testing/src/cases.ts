/** Cases of a project: inputs, and what the module makes of them, in `fixtures/cases.json`. `smdk test` runs them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isEngineError, type SmartModule } from "@smdk/runtime";
import type { RecordInput } from "./records.ts";
import { type RunResult, runModule } from "./run.ts";

/** One case. The records of `input` go through a fresh instance in one batch. */
export interface Case {
  readonly title?: string;
  readonly params?: Readonly<Record<string, string>>;
  /** Records that are in the topic already, shown to `lookBack`. */
  readonly before?: readonly RecordInput[];
  /** What an aggregate starts from. */
  readonly accumulator?: string;
  /** Milliseconds since 1970 of all records; 1700000000000 if not given. */
  readonly timestamp?: number;
  readonly input: readonly RecordInput[];
  /** Values of the records that come out. */
  readonly output: readonly string[];
  /** Their keys, where these are of interest. */
  readonly keys?: readonly (string | null)[];
  /** Part of the message of the error that ends the batch, behind `output`. */
  readonly error?: string;
  /** Part of the message with which the module refuses to start. */
  readonly refusal?: string;
}

/** What has become of a case. */
export interface CaseResult {
  readonly title: string;
  readonly passed: boolean;
  /** What was wanted and what came, a line each; empty when it passed. */
  readonly differences: readonly string[];
  /** What the module has written to standard output and standard error. */
  readonly written: string;
}

/** A `fixtures/cases.json` that is none. */
export class CasesError extends Error {
  override readonly name = "CasesError";
  readonly code = "SMDK_CASES_INVALID";
  readonly hint =
    'It is a list of { "title", "params", "before", "accumulator", "input", "output", "keys", "error", "refusal" }; input and output must be there.';
}

/** Where the cases of a project are, below its folder. */
export const CASES_FILE = "fixtures/cases.json";

const TIMESTAMP = 1_700_000_000_000;

/** Reads the cases of the project in a folder; null when it has none. Throws a `CasesError` for a file that is no list of them. */
export async function readCases(projectDir: string): Promise<Case[] | null> {
  const file = join(projectDir, CASES_FILE);
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return null;
  let cases: unknown;
  try {
    cases = JSON.parse(text);
  } catch (error) {
    throw new CasesError(`${file} is no JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(cases)) throw new CasesError(`${file} is no list of cases`);
  for (const [index, item] of cases.entries()) {
    const { input, output } = (item ?? {}) as Partial<Case>;
    if (!Array.isArray(input) || !Array.isArray(output)) {
      throw new CasesError(`case ${index + 1} of ${file} has no input or no output`);
    }
  }
  return cases as Case[];
}

/** Runs a case. Never rejects for what the module does. */
export async function runCase(module: Uint8Array | SmartModule, item: Case, index = 0): Promise<CaseResult> {
  const { params, before, accumulator, timestamp = TIMESTAMP, input, output, keys, error, refusal } = item;
  const title = item.title ?? `case ${index + 1}`;
  const differences: string[] = [];
  const compare = (what: string, wanted: unknown, got: unknown): void => {
    const [a, b] = [JSON.stringify(wanted), JSON.stringify(got)];
    if (a !== b) differences.push(`${what}: wanted ${a}`, `${" ".repeat(what.length)}     got ${b}`);
  };
  let result: RunResult;
  try {
    result = await runModule(module, input, {
      timestamp: BigInt(timestamp),
      ...(params && { params }),
      ...(before && { lookBack: before }),
      ...(accumulator !== undefined && { accumulator }),
    });
  } catch (failure) {
    if (!isEngineError(failure)) throw failure;
    const text = [failure.message, ...failure.causes].join(": ");
    if (refusal === undefined || !text.includes(refusal)) compare("refusal", refusal ?? null, text);
    return { title, passed: differences.length === 0, differences, written: "" };
  }
  if (refusal !== undefined) compare("refusal", refusal, null);
  compare("output", output, result.values);
  if (keys !== undefined)
    compare(
      "keys",
      keys,
      result.records.map(({ key }) => key),
    );
  const message = result.error?.message ?? null;
  if (error === undefined || message === null || !message.includes(error))
    compare("error", error ?? null, message);
  return { title, passed: differences.length === 0, differences, written: result.output };
}
