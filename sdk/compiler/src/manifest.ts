// SmartModule.toml: read as Fluvio reads it, with complaints that point into the file.

import { readFile } from "node:fs/promises";
import path from "node:path";
import parseVersion from "semver/functions/parse.js";
import { parse, TomlError } from "smol-toml";
import * as z from "zod";
import { CompilerError } from "./errors.ts";
import { tomlPlaces } from "./toml-places.ts";

/** Name of the manifest in a project's folder. */
export const MANIFEST_FILE = "SmartModule.toml";

/** Whether a text is a version as Fluvio reads it: three numbers, nothing around them. */
export function isVersion(text: string): boolean {
  return /^\d\S*$/.test(text) && parseVersion(text) !== null;
}

const version = z.string({ error: 'must be a version such as "0.1.0"' }).refine(isVersion, {
  error: (issue) => `"${String(issue.input)}" is no version: write all three numbers, as in "0.1.0"`,
});

const text = z.string({ error: "must be a text in quotes" });

/** Languages a SmartModule can be written in. */
export const LANGUAGES = ["assemblyscript", "typescript", "javascript"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Engines that TypeScript and JavaScript run in: ours, or the one of a Javy that the user has. */
export const ENGINES = ["quickjs", "javy"] as const;
export type JavaScriptEngine = (typeof ENGINES)[number];

const KINDS = ["filter", "map", "filter_map", "array_map", "aggregate"] as const;

/** Levels of `log` in AssemblyScript, least important first. */
const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "off"] as const;

const buildSchema = z.object({
  lang: z.enum(LANGUAGES, { error: 'must be "assemblyscript", "typescript" or "javascript"' }).optional(),
  entry: text.min(1, { error: "must not be empty" }).optional(),
  log: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(", ")}` }).optional(),
  engine: z.enum(ENGINES, { error: 'must be "quickjs" or "javy"' }).optional(),
  javy: text.min(1, { error: "must not be empty" }).optional(),
  kind: z.enum(KINDS, { error: `must be one of ${KINDS.join(", ")}` }).optional(),
  memoryMiB: z.number({ error: "must be a number from 1 to 900" }).min(1).max(900).optional(),
  millionSteps: z.number({ error: "must be a number of at least 0" }).min(0).max(1e6).optional(),
});

/** Keys of the table [build]. */
export const BUILD_KEYS: readonly string[] = Object.keys(buildSchema.shape);

// Unknown keys are ignored at every level, as Fluvio does.
const manifestSchema = z.object({
  package: z.object(
    {
      name: text.min(1, { error: "must not be empty" }),
      group: text.min(1, { error: "must not be empty" }),
      version,
      apiVersion: version,
      description: text.optional(),
      license: text.optional(),
      visibility: z
        .enum(["private", "public"], { error: 'must be "private" or "public"' })
        .default("private"),
      repository: text.optional(),
    },
    { error: "the table [package] is missing" },
  ),
  params: z.array(
    z.object({
      name: text,
      description: text.optional(),
      optional: z.boolean({ error: "must be true or false" }).default(false),
    }),
    { error: "`params` is missing" },
  ),
  build: buildSchema.optional(),
});

/** A parameter the SmartModule may be started with. Documentation for people: nothing checks it at run time. */
export interface ManifestParam {
  readonly name: string;
  readonly description?: string | undefined;
  readonly optional: boolean;
}

/** What SmartModule.toml says. */
export interface Manifest {
  readonly package: {
    readonly name: string;
    readonly group: string;
    /** Semantic version with all three numbers. */
    readonly version: string;
    readonly apiVersion: string;
    readonly description?: string | undefined;
    readonly license?: string | undefined;
    readonly visibility: "private" | "public";
    readonly repository?: string | undefined;
  };
  /** In the order of the file; of several with one name the last. */
  readonly params: readonly ManifestParam[];
  /** How we build it; Fluvio ignores this table. */
  readonly build: {
    /** `typescript` and `javascript` run in a JavaScript engine inside the module. */
    readonly lang: Language;
    readonly entry: string;
    /** Of AssemblyScript: calls of `log` below this level are not compiled. */
    readonly log?: (typeof LOG_LEVELS)[number] | undefined;
    /** Of TypeScript and JavaScript: what they run in. */
    readonly engine?: JavaScriptEngine | undefined;
    /** Of the engine javy: its plugin or executable, relative to the project. */
    readonly javy?: string | undefined;
    /** Of the engine javy: what a program is that exports nothing and uses standard input and output. */
    readonly kind?: (typeof KINDS)[number] | undefined;
    /** Of TypeScript and JavaScript: mebibytes of heap, and what one record may take. */
    readonly memoryMiB?: number | undefined;
    readonly millionSteps?: number | undefined;
  };
  /** Absolute path of the file. */
  readonly path: string;
}

/** Hints for the complaints that come up most, by the path in the manifest. */
const HINTS: Readonly<Record<string, string>> = {
  params:
    "Write `params = []` above [package], or one [[params]] table for each parameter. Fluvio insists on it.",
  package: "A manifest has a table [package] with name, group, version and apiVersion.",
  "package.group": "Please set a value for `group`: who the SmartModule belongs to.",
};

/**
 * Reads and checks the manifest in a folder.
 * Throws `SMDK_MANIFEST_MISSING` or `SMDK_MANIFEST_INVALID`, the latter with the place in the file.
 */
export async function loadManifest(dir: string): Promise<Manifest> {
  const file = path.resolve(dir, MANIFEST_FILE);
  let source: string;
  try {
    source = await readFile(file, "utf8");
  } catch (cause) {
    throw new CompilerError("SMDK_MANIFEST_MISSING", `no ${MANIFEST_FILE} in ${path.dirname(file)}`, {
      hint: "Run this in a SmartModule project, or make one with `smdk generate`.",
      cause,
    });
  }
  return parseManifest(source, file);
}

/** As `loadManifest`, for a text that is already there. `file` is only named in errors. */
export function parseManifest(source: string, file: string): Manifest {
  let data: unknown;
  try {
    data = parse(source);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    throw new CompilerError("SMDK_MANIFEST_INVALID", `${MANIFEST_FILE}: ${firstLine(cause.message)}`, {
      location: { file, line: cause.line, column: cause.column },
      cause,
    });
  }
  const result = manifestSchema.safeParse(data);
  if (!result.success) {
    const issue = result.error.issues[0];
    const at = (issue?.path ?? []).map(String);
    const key = at.join(".");
    const isMissing = issue?.code === "invalid_type" && valueAt(data, at) === undefined && at.length > 1;
    const what = isMissing
      ? `\`${key}\` is missing`
      : at.length > 1
        ? `\`${key}\` ${issue?.message}`
        : issue?.message;
    throw new CompilerError("SMDK_MANIFEST_INVALID", `${MANIFEST_FILE}: ${what}`, {
      hint: HINTS[key],
      location: { file, ...locate(source, at) },
    });
  }
  const { package: about, params, build } = result.data;
  const byName = new Map(params.map((param) => [param.name, param]));
  return {
    package: about,
    params: [...byName.values()],
    build: {
      ...build,
      lang: build?.lang ?? "assemblyscript",
      entry: build?.entry ?? (build?.lang === "javascript" ? "src/index.js" : "src/index.ts"),
    },
    path: file,
  };
}

function firstLine(message: string): string {
  return (message.split("\n")[0] ?? message).replace(/^Invalid TOML document: /, "");
}

function valueAt(data: unknown, at: readonly string[]): unknown {
  let value = data;
  for (const key of at) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** Where a key stands; where its table does when it is missing. */
function locate(source: string, at: readonly string[]): { line: number; column: number } {
  const path = at.map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  const before = source.slice(0, tomlPlaces(source).near(path)).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
