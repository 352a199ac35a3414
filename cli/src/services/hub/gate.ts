/** The release gate: the same records through the last published version and through the new one. */
import { compareVersions, isPrerelease, isVersion } from "@smdk/packages";
import { RecordCursor } from "@smdk/protocol";
import { buildChain, type Chain, loadSmartModule, type SmartModule } from "@smdk/runtime";
import { toRecordList } from "@smdk/testing";
import { CliError, messageOf } from "../../errors.ts";
import { plainText } from "./body.ts";
import { type ReplayCase, replayCases } from "./replay.ts";

const MAX_EXAMPLES = 5;
/** What one record may cost: a few seconds' work. */
const RECORD_FUEL = 5_000_000_000n;

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
  /** The next version after the previous one that says as much as is needed. */
  readonly suggested: string;
  readonly records: number;
  readonly changed: number;
  readonly classes: Partial<Record<ChangeClass, number>>;
  readonly examples: { class: ChangeClass; file: string; line: number; before: string; after: string }[];
  /** Why neither version could be tried, such as a parameter that is not given; null when they could. */
  readonly failure: string | null;
}

export interface GateInput {
  readonly previous: { version: string; wasm: Uint8Array };
  readonly next: { version: string; wasm: Uint8Array };
  readonly files: readonly string[];
  readonly params: ReadonlyMap<string, string>;
}

/**
 * Runs every record of the files through both versions: each stream record by record in one instance, so that
 * aggregates and modules with a memory show what they do, and one record's failure hides no other's change.
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
  const failures: string[] = [];
  let streams = 0;
  for (const found of await replayCases(files, params, before.hasLookBack || after.hasLookBack)) {
    records += found.records.length;
    const [old, now] = [await outcomes(before, found), await outcomes(after, found)];
    streams++;
    if (old.failure !== undefined && now.failure !== undefined) failures.push(now.failure);
    for (const [index, one] of old.found.entries()) {
      const other = now.found[index]!;
      const kind = classOf(one, other);
      if (kind === undefined) continue;
      changed++;
      classes[kind] = (classes[kind] ?? 0) + 1;
      if (examples.length < MAX_EXAMPLES) {
        const place = { file: found.file, line: found.firstLine + index };
        examples.push({ class: kind, ...place, before: shown(one), after: shown(other) });
      }
    }
  }
  const needed = neededBump(classes);
  return {
    previous: previous.version,
    next: next.version,
    claimed: bumpBetween(previous.version, next.version),
    needed,
    suggested: raised(previous.version, needed),
    records,
    changed,
    classes,
    examples,
    // A case may be there to show that the module refuses to start; all of them are not.
    failure: failures.length === streams ? (failures[0] ?? null) : null,
  };
}

/** Whether the version promises no more than the outputs keep. */
export function saysEnough({ claimed, needed }: GateResult): boolean {
  const order: readonly Bump[] = ["patch", "minor", "major"];
  return order.indexOf(claimed) >= order.indexOf(needed);
}

/** @throws `SMDK_RELEASE_GATE` for a patch whose outputs changed */
export function enforceGate({ claimed, changed, previous, next, suggested }: GateResult): void {
  if (claimed !== "patch" || changed === 0) return;
  throw new CliError(
    "failed",
    `${next} claims to be a patch of ${previous}, but ${changed} outputs changed`,
    {
      code: "SMDK_RELEASE_GATE",
      hint: `make it ${suggested}, or say that it is meant: --allow-changes`,
    },
  );
}

interface Outcome {
  /** What came out, for people. */
  readonly values: readonly string[];
  /** The same to the byte. */
  readonly exact: string;
  readonly error: string | undefined;
}

interface Outcomes {
  readonly found: Outcome[];
  /** Why no record could be tried, such as a missing parameter. */
  readonly failure: string | undefined;
}

async function outcomes(module: SmartModule, stream: ReplayCase): Promise<Outcomes> {
  const { records, past, params, accumulator } = stream;
  const failed = (error: unknown): Outcome => ({
    values: [],
    exact: "",
    error: withoutPlaces(messageOf(error)),
  });
  let chain: Chain;
  try {
    const lookback = past.length > 0 ? { last: BigInt(past.length), age: null } : null;
    chain = await buildChain([{ module, params, lookback, ...(accumulator && { accumulator }) }], {
      fuel: { limit: RECORD_FUEL },
    });
    await chain.lookBack(() => toRecordList(past));
  } catch (error) {
    return { found: records.map(() => failed(error)), failure: messageOf(error) };
  }
  const found = records.map((record, index): Outcome => {
    try {
      const output = chain.process({
        baseOffset: BigInt(past.length + index),
        baseTimestamp: 0n,
        records: toRecordList([record]),
      });
      return {
        ...contentOf(output.records),
        error: output.error === null ? undefined : withoutPlaces(output.error.hint),
      };
    } catch (error) {
      return failed(error);
    }
  });
  return { found, failure: undefined };
}

/** Longer lines repeat a record; a pattern would look for the beginning of a place at each of their characters. */
const MAX_PLACE_LINE = 1000;

/** Where in the source a failure was is no part of what a module does. */
function withoutPlaces(text: string): string {
  const lines = text.split("\n").map((line) => (line.length > MAX_PLACE_LINE ? line : withoutPlace(line)));
  return lines.filter((line) => line !== "").join("\n");
}

function withoutPlace(line: string): string {
  return line.replace(/(?:\s+(?:at|in)(?:\s+[\w$.<>]+)?)?\s*\(?[\w@~./-]+\.[cm]?[jt]s[:(]\d+[:,]\d+\)*/g, "");
}

function contentOf(records: Uint8Array): { values: string[]; exact: string } {
  const values: string[] = [];
  const exact: (string | null)[] = [];
  const cursor = new RecordCursor(records);
  while (cursor.next()) {
    const [key, value] = [cursor.key(), cursor.value()];
    const text = Buffer.from(value).toString("utf8");
    values.push(key === null ? text : `${Buffer.from(key).toString("utf8")}: ${text}`);
    exact.push(key && Buffer.from(key).toString("hex"), Buffer.from(value).toString("hex"));
  }
  return { values, exact: JSON.stringify(exact) };
}

function classOf(before: Outcome, after: Outcome): ChangeClass | undefined {
  if (before.error !== after.error) {
    if (before.error === undefined) return "fails now";
    return after.error === undefined ? "fails no more" : "fails otherwise";
  }
  if (before.values.length > 0 && after.values.length === 0) return "dropped now";
  if (before.values.length === 0 && after.values.length > 0) return "kept now";
  return before.exact === after.exact ? undefined : "value changed";
}

/** Records that failed and do no more are an addition; anything else may surprise who relies on it. */
function neededBump(classes: GateResult["classes"]): Bump {
  const kinds = Object.keys(classes) as ChangeClass[];
  if (kinds.length === 0) return "patch";
  return kinds.every((kind) => kind === "fails no more" || kind === "fails otherwise") ? "minor" : "major";
}

/**
 * What the two numbers say. Below 1.0.0 the second number is the one that says "not as before", and below 0.1.0 every
 * version may be different. Pre-releases of one version promise nothing to one another.
 */
export function bumpBetween(previous: string, next: string): Bump {
  const [a, b] = [numbersOf(previous), numbersOf(next)];
  if (a[0] !== b[0]) return "major";
  if (a[1] !== b[1]) return a[0] === 0 ? "major" : "minor";
  if (a[0] === 0 && a[1] === 0 && a[2] !== b[2]) return "major";
  if (a[2] === b[2] && isPrerelease(previous)) return "major";
  return "patch";
}

/** The next version whose number says that much. */
function raised(version: string, bump: Bump): string {
  const [major, minor, patch] = numbersOf(version);
  if (bump === "patch" || (major === 0 && minor === 0)) return `${major}.${minor}.${patch + 1}`;
  return major === 0 || bump === "minor" ? `${major}.${minor + 1}.0` : `${major + 1}.0.0`;
}

function numbersOf(version: string): [number, number, number] {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+-]/).slice(0, 3).map(Number);
  return [major, minor, patch];
}

/**
 * Which of the published versions a new one is held against: the newest release up to it, also when newer ones are
 * there already; among pre-releases only, the newest of those. Undefined when there is none before it.
 */
export function previousVersion(published: readonly string[], next: string): string | undefined {
  const older = published.filter((version) => isVersion(version) && compareVersions(version, next) <= 0);
  const releases = older.filter((version) => !isPrerelease(version));
  return (releases.length > 0 ? releases : older).sort(compareVersions).at(-1);
}

function shown({ values, error }: Outcome): string {
  if (error !== undefined) return plainText(`error: ${error}`);
  return values.length === 0 ? "nothing" : plainText(values.join(" | ").slice(0, 200));
}
