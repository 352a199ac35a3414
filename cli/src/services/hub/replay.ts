/** The records that a project keeps for comparisons: its cases, with their parameters and their past, and files of lines. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { RecordInput } from "@smdk/testing";
import * as z from "zod";
import { fileSource, linesOf } from "../record-input.ts";

const FIXTURE_DIRS = ["fixtures", "test/fixtures"];
const FIXTURE_FILE = /\.(txt|jsonl|ndjson|csv|records|json)$/;
const MAX_RECORDS = 20_000;
/** How many records of a file are shown to modules that look back. */
const MAX_PAST = 10;

/** One stream for a module. */
export interface ReplayCase {
  /** File it comes from. */
  readonly file: string;
  /** Number of its first record there, from 1. */
  readonly firstLine: number;
  readonly records: readonly RecordInput[];
  /** What `look_back` is shown before. */
  readonly past: readonly RecordInput[];
  readonly params: ReadonlyMap<string, string>;
  readonly accumulator: Uint8Array | undefined;
}

const record = z.union([z.string(), z.object({ key: z.string().nullish(), value: z.string() })]);
/** What of `fixtures/cases.json`, which `smdk test` runs, matters here. */
const casesSchema = z.array(
  z.object({
    input: z.array(record),
    params: z.record(z.string(), z.string()).optional(),
    before: z.array(record).optional(),
    accumulator: z.string().optional(),
  }),
);

/** The project's own record files. */
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
 * The streams in the files, up to 20,000 records. A file of lines is one stream; where `looksBack`, it is there a
 * second time with its first records as the past. `params` hold for all; a case's own win.
 */
export async function replayCases(
  files: readonly string[],
  params: ReadonlyMap<string, string>,
  looksBack: boolean,
): Promise<ReplayCase[]> {
  const cases: ReplayCase[] = [];
  let left = MAX_RECORDS;
  for (const path of files) {
    const file = basename(path);
    for (const found of (await casesIn(path)) ?? []) {
      const { input, before = [], accumulator } = found;
      cases.push({
        file,
        firstLine: 1,
        records: input.slice(0, left).map(recordOf),
        past: before.map(recordOf),
        params: new Map([...params, ...Object.entries(found.params ?? {})]),
        accumulator: accumulator === undefined ? undefined : Buffer.from(accumulator),
      });
      left -= Math.min(left, input.length);
    }
    if (path.endsWith(".json")) continue;
    const lines = await linesIn(path, left);
    left -= lines.length;
    const past = Math.min(MAX_PAST, Math.floor(lines.length / 2));
    for (const cut of looksBack && past > 0 ? [0, past] : [0]) {
      const [before, records] = [lines.slice(0, cut), lines.slice(cut)];
      cases.push({ file, firstLine: cut + 1, records, past: before, params, accumulator: undefined });
    }
  }
  return cases.filter(({ records }) => records.length > 0);
}

/** Undefined for a JSON file that is something else. */
async function casesIn(path: string): Promise<z.infer<typeof casesSchema> | undefined> {
  if (!path.endsWith(".json")) return undefined;
  try {
    return casesSchema.safeParse(JSON.parse(await readFile(path, "utf8"))).data;
  } catch {
    return undefined;
  }
}

function recordOf(found: z.infer<typeof record>): RecordInput {
  return typeof found === "string" ? found : { key: found.key ?? null, value: found.value };
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
