/** Lint of transforms files: what a cluster would refuse, and steps that do not fit the modules here. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Finding, loadManifest, type Manifest, type RuleCode, SourceText } from "@smdk/compiler";
import { parseTransforms, TransformsError } from "@smdk/runtime";
import { isMap, isScalar, isSeq, type Node, parseDocument } from "yaml";
import { projectNamed } from "./local-modules.ts";

/** Files that are taken for transforms files. */
export const TRANSFORMS_NAME = /(?:^|[.-])transforms?\.ya?ml$/;

/** Checks one file. `own` is the manifest of the project it belongs to. */
export async function lintTransformsFile(file: string, own: Manifest | null): Promise<Finding[]> {
  const text = await readFile(file, "utf8");
  const source = new SourceText(file, text);
  try {
    const steps = parseTransforms(text, file);
    const places = placesOf(text);
    const findings = await Promise.all(
      steps.map((step, index) => lintStep(source, step, places[index] ?? null, own)),
    );
    return findings.flat();
  } catch (error) {
    if (!(error instanceof TransformsError)) throw error;
    const { line = 1, column = 1 } = error.location ?? {};
    const more = error.hint === undefined ? {} : { hint: error.hint };
    return [{ ...source.finding("SM601", 0, error.message, more), line, column }];
  }
}

interface Step {
  uses: string;
  with: ReadonlyMap<string, string>;
}

async function lintStep(
  source: SourceText,
  step: Step,
  place: StepPlace | null,
  own: Manifest | null,
): Promise<Finding[]> {
  const at = place?.uses ?? Math.max(0, source.text.indexOf(step.uses));
  const found: Finding[] = [];
  const add = (rule: RuleCode, index: number, message: string, hint: string): void => {
    found.push(source.finding(rule, index, message, { hint }));
  };
  const [name, version] = nameOf(step.uses);
  if (version !== null && !VERSION.test(version)) {
    add("SM601", at, `"${version}" is no version`, `Write ${name}@1.2.3, or ${name} alone.`);
    return found;
  }
  const near = dirname(source.file);
  const manifest = await manifestOf(step.uses, near, own);
  if (manifest === null) {
    const pinned = await pinnedVersion(name, near);
    if (pinned !== null && version !== null && version !== pinned) {
      add("SM604", at, `smdk.lock has version ${pinned} of ${name}`, `Write ${name}@${pinned}, or ${name}.`);
    }
    return found;
  }
  const here = manifest.package.version;
  if (version !== null && version !== here) {
    const full = `${manifest.package.group}/${manifest.package.name}`;
    add("SM604", at, `the project here has version ${here} of ${full}`, `Write ${full}@${here}, or ${full}.`);
  }
  for (const param of manifest.params) {
    if (param.optional || step.with.has(param.name)) continue;
    const hint = `Add it: with: { ${param.name}: "…" }.`;
    add("SM602", at, `${step.uses} requires the param "${param.name}"`, hint);
  }
  const known = manifest.params.map((param) => param.name);
  for (const given of step.with.keys()) {
    if (known.includes(given)) continue;
    const hint = known.length === 0 ? "It has no params." : `It has ${known.join(", ")}.`;
    add("SM603", place?.params.get(given) ?? at, `${step.uses} does not know the param "${given}"`, hint);
  }
  return found;
}

/** As SPUs read it: one number is enough. */
const VERSION = /^v?\d+(?:[-+.][-+.\dA-Za-z]*[\dA-Za-z])?$/;

/** `group/name` and the version, if the name says them. */
function nameOf(uses: string): [name: string, version: string | null] {
  if (!uses.includes("/")) return [uses, null];
  const [group, rest = ""] = uses.split("/");
  const [name, version] = rest.split("@");
  return [`${group}/${name}`, version ?? null];
}

/** The manifest of a module here: the project's own, or of a project beside it or below; of any version. */
async function manifestOf(uses: string, near: string, own: Manifest | null): Promise<Manifest | null> {
  const [name] = nameOf(uses);
  if (own !== null && (name === own.package.name || name === `${own.package.group}/${own.package.name}`)) {
    return own;
  }
  const directory = await projectNamed(name, near).catch(() => undefined);
  return directory === undefined ? null : await loadManifest(directory).catch(() => null);
}

async function pinnedVersion(name: string, near: string): Promise<string | null> {
  const { findLock, readLock } = await import("./hub/trust.ts");
  const path = findLock(near);
  if (path === undefined) return null;
  try {
    const { modules } = readLock(path);
    return Object.hasOwn(modules, name) ? (modules[name]?.version ?? null) : null;
  } catch {
    // A broken lock is for the commands that use it to complain of.
    return null;
  }
}

interface StepPlace {
  uses: number | undefined;
  params: ReadonlyMap<string, number>;
}

/** Where the values of `uses` and the names in `with` stand. */
function placesOf(text: string): StepPlace[] {
  const root = parseDocument(text, { uniqueKeys: false, logLevel: "silent" }).contents;
  const list = isMap(root) ? root.get("transforms", true) : null;
  if (!isSeq(list)) return [];
  return list.items.map((item) => {
    const uses = isMap(item) ? item.get("uses", true) : undefined;
    const params = isMap(item) ? item.get("with", true) : undefined;
    return {
      uses: startOf(uses),
      params: new Map(
        isMap(params)
          ? params.items.map(({ key }) => [isScalar(key) ? String(key.value) : "", startOf(key) ?? 0])
          : [],
      ),
    };
  });
}

function startOf(node: unknown): number | undefined {
  return (node as Node | undefined)?.range?.[0];
}

/** The transforms files in a folder. */
export function transformsFiles(names: readonly string[], folder: string): string[] {
  return names
    .filter((name) => TRANSFORMS_NAME.test(name))
    .sort()
    .map((name) => join(folder, name));
}
