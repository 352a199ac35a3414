// Lint of a project's texts: the manifest and the sources. No compiler is loaded for it.

import { isUtf8 } from "node:buffer";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { CompilerError } from "../errors.ts";
import { loadManifest, MANIFEST_FILE, type Manifest } from "../manifest.ts";
import { tomlPlaces } from "../toml-places.ts";
import { lintDeterminism } from "./determinism.ts";
import { type Finding, SourceText } from "./findings.ts";
import { lintManifest } from "./manifest.ts";
import { lintParams } from "./params.ts";
import { lintState } from "./state.ts";

/** Files and bytes of sources that are looked at; a project has a handful. */
const MAX_FILES = 1000;
const MAX_FILE_BYTES = 4 * 1024 * 1024;

export interface TextLint {
  readonly findings: Finding[];
  /** Null when the manifest does not load: then the module cannot be built either. */
  readonly manifest: Manifest | null;
  /** How many files were looked at. */
  readonly files: number;
}

/** Checks manifest and sources of the project in a folder. */
export async function lintTexts(projectDir: string): Promise<TextLint> {
  const dir = path.resolve(projectDir);
  const file = path.join(dir, MANIFEST_FILE);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => error);
  if (bytes instanceof Error) {
    const isMissing = bytes.code === "ENOENT" || bytes.code === "ENOTDIR";
    const message = isMissing ? `there is no ${MANIFEST_FILE} in ${dir}` : `it cannot be read: ${bytes.code}`;
    const hint = isMissing ? "Make a project with `smdk generate`, or name the folder of one." : undefined;
    const finding = new SourceText(file, "").finding("SM001", 0, message, hint === undefined ? {} : { hint });
    return { findings: [finding], manifest: null, files: 0 };
  }
  const text = bytes.toString("utf8");
  const toml = new SourceText(file, text);
  const findings = isUtf8(bytes)
    ? lintManifest(toml)
    : [toml.finding("SM002", Math.max(0, text.indexOf("\ufffd")), "the file is not valid UTF-8")];
  const manifest = await loadManifest(dir).catch((error: unknown) => {
    if (!(error instanceof CompilerError)) throw error;
    if (!findings.some(({ severity }) => severity === "error")) {
      const { line = 1, column = 1 } = error.location ?? {};
      const more = error.hint === undefined ? {} : { hint: error.hint };
      const message = error.message.replace(`${MANIFEST_FILE}: `, "");
      findings.push({ ...toml.finding("SM006", 0, message, more), line, column });
    }
    return null;
  });
  // A broken manifest is no reason to be silent about the sources.
  const { lang, entry: entryName } = manifest?.build ?? guessBuild(text);
  const entry = path.resolve(dir, entryName);
  if (!(await stat(entry).catch(() => null))?.isFile()) {
    if (manifest !== null) {
      const hint = "Create it, or name another one as `entry` in the table [build].";
      const index = tomlPlaces(text).near(["build", "entry"]);
      findings.push(toml.finding("SM014", index, `the entry file ${entryName} is missing`, { hint }));
    }
    return { findings, manifest, files: 1 };
  }
  const sources = await readSources(entry, dir);
  // Its parser takes longer to load than all the rest.
  const subset = lang === "assemblyscript" ? await import("./subset.ts") : null;
  for (const source of sources) {
    if (subset !== null) findings.push(...subset.lintSubset(source, source.file === entry));
    findings.push(...lintDeterminism(source));
  }
  findings.push(...lintState(sources));
  if (manifest !== null) findings.push(...lintParams(sources, manifest, toml));
  return { findings, manifest, files: sources.length + 1 };
}

/** Language and entry as a manifest that does not load seems to have them. */
function guessBuild(toml: string): { lang: string; entry: string } {
  const lang = /^\s*lang\s*=\s*"(\w+)"/m.exec(toml)?.[1] ?? "assemblyscript";
  const entry = /^\s*entry\s*=\s*"([^"\n]+)"/m.exec(toml)?.[1];
  return { lang, entry: entry ?? (lang === "javascript" ? "src/index.js" : "src/index.ts") };
}

/** The entry file and what it imports by path, directly or not, as long as it lies in the project. */
async function readSources(entry: string, dir: string): Promise<SourceText[]> {
  const sources = [new SourceText(entry, await readFile(entry, "utf8"))];
  const known = new Set([entry]);
  for (const source of sources) {
    for (const [, specifier] of source.text.matchAll(IMPORT)) {
      const file = await resolveImport(path.resolve(path.dirname(source.file), specifier!));
      if (file === null || known.has(file) || sources.length >= MAX_FILES) continue;
      known.add(file);
      if (file.startsWith(`${dir}${path.sep}`))
        sources.push(new SourceText(file, await readFile(file, "utf8")));
    }
  }
  return sources;
}

const IMPORT = /\b(?:from|import)\s*["'](\.[^"'\n]*)["']/g;

async function resolveImport(base: string): Promise<string | null> {
  for (const file of [
    base,
    `${base}.ts`,
    `${base}.js`,
    path.join(base, "index.ts"),
    path.join(base, "index.js"),
  ]) {
    const found = await stat(file).catch(() => null);
    if (found?.isFile() && /\.[mc]?[jt]s$/.test(file) && found.size <= MAX_FILE_BYTES) return file;
  }
  return null;
}
