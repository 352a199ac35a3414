// Lint of a project's texts: the manifest and the sources. No compiler is loaded for it.

import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { CompilerError } from "../errors.ts";
import { loadManifest, MANIFEST_FILE, type Manifest } from "../manifest.ts";
import { lintDeterminism, lintParams, lintState } from "./determinism.ts";
import { type Finding, SourceText } from "./findings.ts";
import { lintManifest } from "./manifest.ts";
import { lintSubset } from "./subset.ts";

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
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) {
    const hint = "Make a project with `smdk generate`, or name the folder of one.";
    const finding = new SourceText(file, "").finding("SM001", 0, `there is no ${MANIFEST_FILE} in ${dir}`, {
      hint,
    });
    return { findings: [finding], manifest: null, files: 0 };
  }
  const toml = new SourceText(file, text);
  const findings = lintManifest(toml);
  const manifest = await loadManifest(dir).catch((error: unknown) => {
    if (!(error instanceof CompilerError)) throw error;
    if (!findings.some(({ severity }) => severity === "error")) {
      const { line = 1 } = error.location ?? {};
      const index = text
        .split("\n")
        .slice(0, line - 1)
        .join("\n").length;
      findings.push(toml.finding("SM006", index, error.message));
    }
    return null;
  });
  // A broken manifest is no reason to be silent about the sources.
  const { lang, entry: entryName } = manifest?.build ?? guessBuild(text);
  const entry = path.resolve(dir, entryName);
  if ((await stat(entry).catch(() => null)) === null) {
    if (manifest !== null) findings.push(toml.finding("SM014", 0, `the entry file ${entryName} is missing`));
    return { findings, manifest, files: 1 };
  }
  const sources = await readSources(path.dirname(entry));
  for (const source of sources) {
    if (lang === "assemblyscript") findings.push(...lintSubset(source, source.file === entry));
    findings.push(...lintDeterminism(source), ...lintState(source));
  }
  if (manifest !== null && lang === "assemblyscript") findings.push(...lintParams(sources, manifest, toml));
  return { findings, manifest, files: sources.length + 1 };
}

/** Language and entry as a manifest that does not load seems to have them. */
function guessBuild(toml: string): { lang: string; entry: string } {
  const lang = /^\s*lang\s*=\s*"(\w+)"/m.exec(toml)?.[1] ?? "assemblyscript";
  const entry = /^\s*entry\s*=\s*"([^"\n]+)"/m.exec(toml)?.[1];
  return { lang, entry: entry ?? (lang === "javascript" ? "src/index.js" : "src/index.ts") };
}

async function readSources(folder: string): Promise<SourceText[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter(
      (entry) =>
        entry.isFile() && /\.[mc]?[jt]s$/.test(entry.name) && !/\.d\.ts$|\.test\.[jt]s$/.test(entry.name),
    )
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !file.includes(`${path.sep}node_modules${path.sep}`))
    .sort()
    .slice(0, MAX_FILES);
  const sources: SourceText[] = [];
  for (const file of files) {
    if ((await stat(file)).size <= MAX_FILE_BYTES)
      sources.push(new SourceText(file, await readFile(file, "utf8")));
  }
  return sources;
}
