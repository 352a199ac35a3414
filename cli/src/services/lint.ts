/** Lint of projects: texts, the built module, its budgets, and transforms files. */
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type BuildDiagnostic,
  type Finding,
  lintModuleBytes,
  lintTexts,
  type Manifest,
  RULES,
  type RuleCode,
  SourceText,
} from "@smdk/compiler";
import { builtModule } from "./built-module.ts";

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
  findings.push(...(await lintTransforms(project, manifest)));
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

async function lintBuilt(project: string, manifest: Manifest, options: LintOptions): Promise<Finding[]> {
  let built: Awaited<ReturnType<typeof builtModule>>;
  try {
    built = await builtModule(project);
  } catch (error) {
    const { diagnostics } = error as { diagnostics?: readonly BuildDiagnostic[] };
    if (!Array.isArray(diagnostics)) throw error;
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
  // A JavaScript module brings its engine along.
  const largeBytes = manifest.build.lang === "assemblyscript" ? 256 * 1024 : 2 * 1024 * 1024;
  const findings = lintModuleBytes(wasmPath, bytes, { largeBytes });
  findings.push(...(await lintAccepted(wasmPath, bytes)));
  const { lintBudgets } = await import("./budgets.ts");
  findings.push(...(await lintBudgets(project, manifest, bytes, options.updateBudgets)));
  return findings;
}

/** What only the engine finds: features that SPUs refuse. */
async function lintAccepted(file: string, bytes: Uint8Array): Promise<Finding[]> {
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

/** Files called `transforms.yaml`, `*.transforms.yaml` or the like, in the project's folder. */
async function lintTransforms(project: string, manifest: Manifest | null): Promise<Finding[]> {
  if (!existsSync(project)) return [];
  const names = (await readdir(project)).filter((name) => /(?:^|[.-])transforms?\.ya?ml$/.test(name));
  const findings: Finding[] = [];
  for (const name of names.sort()) {
    const file = join(project, name);
    const source = new SourceText(file, await readFile(file, "utf8"));
    const { parseTransforms, TransformsError } = await import("@smdk/runtime");
    try {
      const steps = parseTransforms(source.text, file);
      for (const step of steps) findings.push(...missingParams(step, source, manifest));
    } catch (error) {
      if (!(error instanceof TransformsError)) throw error;
      const { line = 1, column = 1 } = error.location ?? {};
      findings.push({ ...source.finding("SM601", 0, error.message), line, column });
    }
  }
  return findings;
}

function missingParams(
  step: { uses: string; with?: ReadonlyMap<string, string> | Readonly<Record<string, string>> | null },
  source: SourceText,
  manifest: Manifest | null,
): Finding[] {
  const own = manifest?.package.name;
  const plain = (step.uses.split("/")[1] ?? step.uses).split("@")[0];
  if (manifest === null || plain !== own) return [];
  const given = new Set(step.with instanceof Map ? step.with.keys() : Object.keys(step.with ?? {}));
  const index = Math.max(0, source.text.indexOf(step.uses));
  return manifest.params
    .filter(({ name, optional }) => !optional && !given.has(name))
    .map(({ name }) =>
      source.finding("SM602", index, `${step.uses} requires the param "${name}"`, {
        hint: `Add it: with: { ${name}: "…" }.`,
      }),
    );
}

/** Where a rule is explained. */
export function rulePage(rule: RuleCode): string {
  return `docs/lint/${rule}.md`;
}
