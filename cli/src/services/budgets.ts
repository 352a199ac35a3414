/**
 * Budgets of a project: how large its module may be, and how much fuel a record may cost. They stand in the table
 * [budgets] of SmartModule.toml, which Fluvio ignores; the last values in `budgets.lock.json` beside it.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Finding, type Manifest, SourceText, tomlPlaces } from "@smdk/compiler";
import { parse } from "smol-toml";
import { fileErrorText } from "../errors.ts";

/** Name of the file with the values that growth is measured from. */
export const LOCK_FILE = "budgets.lock.json";
/** Percent the size and the fuel may grow when the project does not say. */
const DEFAULT_GROWTH = 10;

interface Budgets {
  /** Bytes of the module. */
  maxSize?: number;
  /** Fuel of a record, over the lines of `input`. */
  maxFuel?: number;
  /** Percent that either may grow from the lock. */
  maxGrowth?: number;
  /** File whose lines are the records for the fuel. */
  input?: string;
  /** What `init` gets when the fuel is measured. */
  params: ReadonlyMap<string, string>;
}

interface Lock {
  size: number;
  fuelPerRecord: number | null;
}

/** Compares the module with the budgets; nothing to say when the project has none. */
export async function lintBudgets(
  project: string,
  { path }: Manifest,
  bytes: Uint8Array,
  update: boolean,
): Promise<Finding[]> {
  const toml = new SourceText(path, await readFile(path, "utf8"));
  const budgets = budgetsOf(toml.text);
  if (budgets === null) return [];
  const places = tomlPlaces(toml.text);
  const at = (key: string): number => places.near(["budgets", key]);
  const size = bytes.length;
  const measured = await fuelPerRecord(bytes, project, budgets);
  const fuel = typeof measured === "string" ? null : measured;
  const findings: Finding[] = [];
  if (typeof measured === "string") {
    const hint = "Put lines that the module takes into it; `params` in [budgets] is what init gets.";
    findings.push(toml.finding("SM505", at("input"), measured, { hint }));
  }
  if (budgets.maxSize !== undefined && size > budgets.maxSize) {
    findings.push(
      toml.finding("SM501", at("maxSize"), `the module has ${size} bytes, its budget is ${budgets.maxSize}`),
    );
  }
  if (budgets.maxFuel !== undefined && fuel !== null && fuel > budgets.maxFuel) {
    findings.push(
      toml.finding("SM502", at("maxFuel"), `a record costs ${fuel} fuel, its budget is ${budgets.maxFuel}`, {
        hint: "`smdk profile` shows where it goes.",
      }),
    );
  }
  const lockPath = join(project, LOCK_FILE);
  const lock = await readLock(lockPath);
  if (lock === "broken" && !update) {
    const hint = "Take it from version control again, or write it anew: smdk lint --update-budgets.";
    const source = new SourceText(lockPath, "");
    return [...findings, source.finding("SM505", 0, `${LOCK_FILE} is no lock of budgets`, { hint })];
  }
  if (lock === "broken" || lock === null || update) {
    if (update)
      await writeFile(lockPath, `${JSON.stringify({ size, fuelPerRecord: fuel } satisfies Lock, null, 2)}\n`);
    return findings;
  }
  const percent = budgets.maxGrowth ?? DEFAULT_GROWTH;
  const grown = (what: string, now: number | null, before: number | null): void => {
    if (now === null || before === null || before <= 0 || now <= before * (1 + percent / 100)) return;
    const by = Math.round((now / before - 1) * 100);
    findings.push(
      toml.finding(
        "SM503",
        at("maxGrowth"),
        `${what} grew by ${by} %, from ${before} to ${now}; ${percent} % are allowed`,
        {
          hint: "When it is worth it: smdk lint --update-budgets.",
        },
      ),
    );
  };
  grown("the module", size, lock.size);
  grown("the fuel of a record", fuel, lock.fuelPerRecord);
  return findings;
}

function budgetsOf(text: string): Budgets | null {
  const { budgets } = parse(text) as { budgets?: Record<string, unknown> };
  if (typeof budgets !== "object") return null;
  const number = (key: string): number | undefined =>
    typeof budgets[key] === "number" ? budgets[key] : undefined;
  const [maxSize, maxFuel, maxGrowth] = [number("maxSize"), number("maxFuel"), number("maxGrowth")];
  const params = typeof budgets.params === "object" && budgets.params !== null ? budgets.params : {};
  return {
    params: new Map(Object.entries(params).map(([key, value]) => [key, String(value)])),
    ...(maxSize !== undefined && { maxSize }),
    ...(maxFuel !== undefined && { maxFuel }),
    ...(maxGrowth !== undefined && { maxGrowth }),
    ...(typeof budgets.input === "string" && { input: budgets.input }),
  };
}

async function readLock(path: string): Promise<Lock | "broken" | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    const { size, fuelPerRecord = null } = JSON.parse(text) as Partial<Lock>;
    return typeof size === "number" ? { size, fuelPerRecord } : "broken";
  } catch {
    return "broken";
  }
}

/** Fuel of all the lines in one batch, by their number; null when nobody asks for it, a text when it cannot be told. */
async function fuelPerRecord(
  bytes: Uint8Array,
  project: string,
  { input, params }: Budgets,
): Promise<number | string | null> {
  if (input === undefined) return null;
  const text = await readFile(join(project, input), "utf8").catch((error: unknown) => error);
  if (typeof text !== "string") return `the input ${input} cannot be read: ${fileErrorText(text)}`;
  const lines = text.split(/\r?\n/).filter((line) => line !== "");
  if (lines.length === 0) return `the input ${input} has no lines`;
  const [{ buildChain, isEngineError }, { toRecordList }] = await Promise.all([
    import("@smdk/runtime"),
    import("@smdk/testing"),
  ]);
  try {
    const chain = await buildChain([{ module: bytes, params }], { fuel: true, version: 25 });
    const { error } = chain.process({ baseOffset: 0n, baseTimestamp: 0n, records: toRecordList(lines) });
    if (error !== null)
      return `the module fails at line ${error.offset + 1n} of ${input}: ${firstLine(error.hint)}`;
    return Math.round(Number(chain.lastFuel()[0] ?? 0n) / lines.length);
  } catch (error) {
    if (isEngineError(error)) return `the module fails with ${input}: ${firstLine(error.rootCause)}`;
    throw error;
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
