/** The release gate: the same records through the last published version and through the new one. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { compareVersions } from "@smdk/packages";
import { loadSmartModule, type SmartModule } from "@smdk/runtime";
import { runChain } from "@smdk/testing";
import { CliError, messageOf } from "../../errors.ts";
import { fileSource, linesOf } from "../record-input.ts";

const FIXTURE_DIRS = ["fixtures", "test/fixtures"];
const FIXTURE_FILE = /\.(txt|jsonl|ndjson|csv|records)$/;
const MAX_RECORDS = 20_000;
const MAX_EXAMPLES = 5;

/** How the outcome for a record has changed. */
export type ChangeClass =
  | "value changed"
  | "dropped now"
  | "kept now"
  | "fails now"
  | "fails no more"
  | "fails otherwise";
export type Bump = "major" | "minor" | "patch";

export interface GateResult {
  readonly previous: string;
  readonly next: string;
  /** What the version number says, and what the outputs ask for. */
  readonly claimed: Bump;
  readonly needed: Bump;
  readonly records: number;
  readonly changed: number;
  readonly classes: Partial<Record<ChangeClass, number>>;
  readonly examples: { class: ChangeClass; file: string; line: number; before: string; after: string }[];
}

export interface GateInput {
  readonly previous: { version: string; wasm: Uint8Array };
  readonly next: { version: string; wasm: Uint8Array };
  readonly files: readonly string[];
  readonly params: ReadonlyMap<string, string>;
}

/** The project's own record files: lines of text in `fixtures/` or `test/fixtures/`. */
export async function fixtureFiles(projectDir: string): Promise<string[]> {
  const found: string[] = [];
  for (const directory of FIXTURE_DIRS.map((name) => join(projectDir, name))) {
    if (!existsSync(directory)) continue;
    const names = (await readdir(directory)).filter((name) => FIXTURE_FILE.test(name)).sort();
    found.push(...names.map((name) => join(directory, name)));
  }
  return found;
}

/**
 * Runs every line of every file through both versions. Aggregates see a file as one stream, the others each record
 * on its own, so that one record's failure hides no other's change.
 */
export async function compareVersionsOutput({
  previous,
  next,
  files,
  params,
}: GateInput): Promise<GateResult> {
  const [before, after] = await Promise.all([
    loadSmartModule(previous.wasm, { name: "the published version" }),
    loadSmartModule(next.wasm, { name: "the new version" }),
  ]);
  const classes: Partial<Record<ChangeClass, number>> = {};
  const examples: GateResult["examples"] = [];
  let records = 0;
  let changed = 0;
  for (const file of files) {
    const lines = await linesIn(file, MAX_RECORDS - records);
    records += lines.length;
    const [old, now] = [await outcomes(before, lines, params), await outcomes(after, lines, params)];
    for (const [index, one] of old.entries()) {
      const other = now[index]!;
      const kind = classOf(one, other);
      if (kind === undefined) continue;
      changed++;
      classes[kind] = (classes[kind] ?? 0) + 1;
      if (examples.length < MAX_EXAMPLES) {
        examples.push({
          class: kind,
          file: basename(file),
          line: index + 1,
          before: shown(one),
          after: shown(other),
        });
      }
    }
  }
  return {
    previous: previous.version,
    next: next.version,
    claimed: bumpBetween(previous.version, next.version),
    needed: neededBump(classes),
    records,
    changed,
    classes,
    examples,
  };
}

/** @throws `SMDK_RELEASE_GATE` for a patch whose outputs changed */
export function enforceGate({ claimed, needed, changed, previous, next }: GateResult): void {
  if (claimed !== "patch" || changed === 0) return;
  throw new CliError(
    "failed",
    `${next} claims to be a patch of ${previous}, but ${changed} outputs changed`,
    {
      code: "SMDK_RELEASE_GATE",
      hint: `raise the ${needed} number of the version, or say that it is meant: --allow-changes`,
    },
  );
}

interface Outcome {
  readonly values: readonly string[];
  readonly error: string | undefined;
}

async function outcomes(
  module: SmartModule,
  lines: readonly Uint8Array[],
  params: ReadonlyMap<string, string>,
): Promise<Outcome[]> {
  const step = { module, params };
  const run = async (records: readonly Uint8Array[]): Promise<Outcome> => {
    try {
      const { records: out, error } = await runChain([step], records, { timestamp: 0n, deltas: "zero" });
      const values = out.map(({ key, value }) => (key === null ? value : `${key}: ${value}`));
      return { values, error: error?.message };
    } catch (error) {
      return { values: [], error: messageOf(error) };
    }
  };
  if (module.kind !== "aggregate") {
    const found: Outcome[] = [];
    for (const line of lines) found.push(await run([line]));
    return found;
  }
  const { values, error } = await run(lines);
  return lines.map((_, index) => ({
    values: values.slice(index, index + 1),
    error: index === values.length ? error : undefined,
  }));
}

function classOf(before: Outcome, after: Outcome): ChangeClass | undefined {
  if (before.error !== after.error) {
    if (before.error === undefined) return "fails now";
    return after.error === undefined ? "fails no more" : "fails otherwise";
  }
  if (before.values.length > 0 && after.values.length === 0) return "dropped now";
  if (before.values.length === 0 && after.values.length > 0) return "kept now";
  const same =
    before.values.length === after.values.length &&
    before.values.every((value, i) => value === after.values[i]);
  return same ? undefined : "value changed";
}

/** Records that failed and do no more are an addition; anything else may surprise who relies on it. */
function neededBump(classes: GateResult["classes"]): Bump {
  const kinds = Object.keys(classes) as ChangeClass[];
  if (kinds.length === 0) return "patch";
  return kinds.every((kind) => kind === "fails no more" || kind === "fails otherwise") ? "minor" : "major";
}

/** Below 1.0.0 the second number is the one that says "not as before". */
export function bumpBetween(previous: string, next: string): Bump {
  const [a, b] = [previous, next].map((version) => version.split(/[.+-]/).slice(0, 3).map(Number));
  if (compareVersions(next, previous) <= 0) return "patch";
  if (a![0] !== b![0]) return "major";
  if (a![1] !== b![1]) return a![0] === 0 ? "major" : "minor";
  return "patch";
}

async function linesIn(file: string, most: number): Promise<Uint8Array[]> {
  const lines: Uint8Array[] = [];
  for await (const some of linesOf(fileSource(file))) {
    for (const line of some) {
      if (lines.length >= most) return lines;
      lines.push(line.slice());
    }
  }
  return lines;
}

function shown({ values, error }: Outcome): string {
  if (error !== undefined) return `error: ${error}`;
  return values.length === 0 ? "nothing" : values.join(" | ").slice(0, 200);
}
