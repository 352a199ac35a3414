/**
 * Budgets of a project: how large its module may be, and how much fuel a record may cost. They stand in the table
 * [budgets] of SmartModule.toml, which Fluvio ignores; the last values in `budgets.lock.json` beside it.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Finding, type Manifest, SourceText } from "@smdk/compiler";
import { parse } from "smol-toml";

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
  const at = (key: string): number => {
    const table = toml.text.search(/^[ \t]*\[budgets\]/m);
    const found = toml.text.slice(table).search(new RegExp(`^[ \\t]*${key}[ \\t]*=`, "m"));
    return table + Math.max(0, found);
  };
  const size = bytes.length;
  const fuel = budgets.input === undefined ? null : await fuelPerRecord(bytes, join(project, budgets.input));
  const findings: Finding[] = [];
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
  if (lock === null || update) {
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
  return {
    ...(maxSize !== undefined && { maxSize }),
    ...(maxFuel !== undefined && { maxFuel }),
    ...(maxGrowth !== undefined && { maxGrowth }),
    ...(typeof budgets.input === "string" && { input: budgets.input }),
  };
}

async function readLock(path: string): Promise<Lock | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    const { size, fuelPerRecord = null } = JSON.parse(text) as Partial<Lock>;
    return typeof size === "number" ? { size, fuelPerRecord } : null;
  } catch {
    return null;
  }
}

/** Fuel of all the lines in one batch, by their number. */
async function fuelPerRecord(bytes: Uint8Array, file: string): Promise<number | null> {
  const [{ buildChain, isEngineError }, { toRecordList }] = await Promise.all([
    import("@smdk/runtime"),
    import("@smdk/testing"),
  ]);
  const text = await readFile(file, "utf8").catch(() => "");
  const lines = text.split("\n").filter((line) => line !== "");
  if (lines.length === 0) return null;
  const chain = await buildChain([{ module: bytes }], { fuel: true, version: 25 });
  try {
    chain.process({ baseOffset: 0n, baseTimestamp: 0n, records: toRecordList(lines) });
  } catch (error) {
    // A module that fails at these records is no business of budgets.
    if (isEngineError(error)) return null;
    throw error;
  }
  return Math.round(Number(chain.lastFuel()[0] ?? 0n) / lines.length);
}
