/** Lint of projects: texts, the built module, its budgets, and transforms files. */
import { existsSync } from "node:fs";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  type BuildDiagnostic,
  type Finding,
  lintModuleBytes,
  lintTexts,
  type Manifest,
  RULES,
  SourceText,
} from "@smdk/compiler";
import { CliError } from "../errors.ts";
import { builtModule } from "./built-module.ts";
import { lintTransformsFile, transformsFiles } from "./lint-transforms.ts";
import { manifestName } from "./project.ts";

export interface LintOptions {
  /** Makes the changes that findings carry. */
  fix: boolean;
  /** Takes the present size and fuel as the new lock. */
  updateBudgets: boolean;
}

export interface LintResult {
  project: string;
  findings: Finding[];
  /** How many rules were looked at. */
  checks: number;
  /** How many findings were fixed, and are not among the findings. */
  fixed: number;
}

/** Folders that projects are looked for below. */
const MAX_DEPTH = 4;

/** Checks what a path names: a project, all projects below a folder, a module, or a transforms file. */
export async function lintPath(path: string, options: LintOptions): Promise<LintResult[]> {
  const found = await stat(path).catch(() => null);
  if (found === null)
    throw new CliError("config", `${path}: No such file or directory`, { hint: "check the path" });
  if (found.isDirectory()) {
    const projects = existsSync(join(path, manifestName)) ? [] : await projectsBelow(path);
    const results = [];
    for (const project of projects.length > 0 ? projects : [path]) {
      results.push(await lintProject(project, options));
    }
    return results;
  }
  const checks = Object.keys(RULES).length;
  if (basename(path) === manifestName) return [await lintProject(dirname(path), options)];
  if (/\.ya?ml$/.test(path)) {
    return [{ project: path, findings: await lintTransformsFile(path, null), checks, fixed: 0 }];
  }
  if (path.endsWith(".wasm")) {
    const bytes = await readFile(path);
    const findings = lintModuleBytes(path, bytes, { largeBytes: LARGE_WITH_ENGINE });
    return [
      {
        project: path,
        findings: [...findings, ...(await lintAccepted(path, bytes, findings))],
        checks,
        fixed: 0,
      },
    ];
  }
  throw new CliError("usage", `nothing to lint: ${path}`, {
    hint: "name a project, a folder with projects, a .wasm file or a transforms file (.yaml)",
  });
}

/** The folders with a manifest below a folder, in order. */
export async function projectsBelow(folder: string, depth = MAX_DEPTH): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const folders = entries
    .filter((entry) => entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."))
    .map(({ name }) => join(folder, name))
    .sort();
  const found = await Promise.all(
    folders.map(async (inner) => {
      if (existsSync(join(inner, manifestName))) return [inner];
      return depth > 1 ? await projectsBelow(inner, depth - 1) : [];
    }),
  );
  return found.flat();
}

/** Checks one project. */
export async function lintProject(
  project: string,
  options: LintOptions = { fix: false, updateBudgets: false },
): Promise<LintResult> {
  let texts = await lintTexts(project);
  let fixed = 0;
  if (options.fix) {
    // A fix can bring what was behind it to light; each round fixes one finding per place.
    for (let round = 0; round < 5; round++) {
      const made = await applyFixes(texts.findings);
      if (made === 0) break;
      fixed += made;
      texts = await lintTexts(project);
    }
  }
  const findings = [...texts.findings];
  const { manifest } = texts;
  if (manifest !== null && !findings.some(({ severity }) => severity === "error")) {
    findings.push(...(await lintBuilt(project, manifest, options)));
  }
  const names = existsSync(project) ? await readdir(project) : [];
  for (const file of transformsFiles(names, project))
    findings.push(...(await lintTransformsFile(file, manifest)));
  return { project, findings, checks: Object.keys(RULES).length, fixed };
}

async function applyFixes(findings: readonly Finding[]): Promise<number> {
  const files = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (finding.fix !== undefined) files.set(finding.file, [...(files.get(finding.file) ?? []), finding]);
  }
  let count = 0;
  for (const [file, list] of files) {
    let text = await readFile(file, "utf8");
    let limit = text.length;
    for (const { fix } of list.sort((a, b) => (b.fix?.start ?? 0) - (a.fix?.start ?? 0))) {
      if (fix === undefined || fix.end > limit) continue;
      text = text.slice(0, fix.start) + fix.text + text.slice(fix.end);
      limit = fix.start;
      count++;
    }
    await writeFile(file, text);
  }
  return count;
}

/** What a build that fails throws: diagnostics, or one complaint with or without a place. */
interface BuildFault {
  diagnostics?: readonly BuildDiagnostic[];
  code?: string;
  location?: { file: string; line: number; column: number };
  hint?: string;
}

async function lintBuilt(project: string, manifest: Manifest, options: LintOptions): Promise<Finding[]> {
  let built: Awaited<ReturnType<typeof builtModule>>;
  try {
    built = await builtModule(project);
  } catch (error) {
    const { diagnostics, code, location, hint } = error as BuildFault;
    if (diagnostics === undefined) {
      if (!code?.startsWith("SMDK_")) throw error;
      const source = new SourceText(manifest.path, "");
      const found = source.finding("SM015", 0, (error as Error).message, hint === undefined ? {} : { hint });
      return [{ ...found, ...location }];
    }
    return diagnostics.map(({ severity, message, hint, file, line, column }) => ({
      rule: "SM015",
      severity,
      message,
      ...(hint === undefined ? {} : { hint }),
      file,
      line,
      column,
    }));
  }
  const { wasmPath, bytes } = built;
  const { lang, engine } = manifest.build;
  const largeBytes =
    lang === "assemblyscript" ? 256 * 1024 : engine === "javy" ? LARGE_WITH_JAVY : LARGE_WITH_ENGINE;
  const findings = lintModuleBytes(wasmPath, bytes, { largeBytes });
  findings.push(...(await lintAccepted(wasmPath, bytes, findings)));
  const { lintBudgets } = await import("./budgets.ts");
  findings.push(...(await lintBudgets(project, manifest, bytes, options.updateBudgets)));
  return findings;
}

/** A JavaScript module brings its engine along. */
const LARGE_WITH_ENGINE = 2 * 1024 * 1024;
const LARGE_WITH_JAVY = 2560 * 1024;

/** What only the engine finds: features that SPUs refuse. Once is enough for what is no module at all. */
async function lintAccepted(file: string, bytes: Uint8Array, found: readonly Finding[]): Promise<Finding[]> {
  if (found.some(({ rule }) => rule === "SM401")) return [];
  const { inspectCode, isEngineError } = await import("@smdk/runtime");
  try {
    inspectCode(bytes);
    return [];
  } catch (error) {
    if (!isEngineError(error)) throw error;
    const message = [error.message, ...error.causes].join(": ");
    return [new SourceText(file, "").finding("SM401", 0, message)];
  }
}
