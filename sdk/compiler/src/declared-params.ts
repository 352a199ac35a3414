// Parameters that a program declares with defineSmartModule, and [[params]] of SmartModule.toml: declared once, in the
// program; the manifest follows, because clusters, hubs and other tools read it.

import { readFile } from "node:fs/promises";
import type { DeclaredParam } from "@smdk/javascript/compiler";
import type { BuildDiagnostic } from "./errors.ts";
import { type Manifest, parseManifest } from "./manifest.ts";
import { writeWhole } from "./write.ts";

/**
 * Adds what the manifest lacks to its file, and returns a warning for that and for what does not fit. The file stays
 * as it is when it cannot be written, or has its parameters in a form that is not extended: then the warning says
 * what to add.
 */
export async function declareParams(
  declared: readonly DeclaredParam[],
  manifest: Manifest,
): Promise<BuildDiagnostic[]> {
  const known = new Map(manifest.params.map((param) => [param.name, param]));
  const warn = (message: string, hint: string): BuildDiagnostic => {
    const place = { file: manifest.path, line: 1, column: 1, frame: "" };
    return { severity: "warning", message, hint, ...place };
  };
  const warnings = declared.flatMap(({ name, optional }) => {
    const written = known.get(name);
    if (written === undefined || written.optional === optional) return [];
    const [here, there] = optional ? ["optional", "required"] : ["required", "optional"];
    return [
      warn(
        `the parameter ${name} is ${here} in the program and ${there} in SmartModule.toml`,
        `Write \`optional = ${optional}\` in its table [[params]].`,
      ),
    ];
  });
  const missing = declared.filter(({ name }) => !known.has(name));
  if (missing.length === 0) return warnings;
  const names = missing.map(({ name }) => name).join(", ");
  const tables = missing.map(tableOf).join("\n");
  const isAdded = await add(manifest, missing, tables);
  return [
    ...warnings,
    isAdded
      ? warn(`SmartModule.toml did not have the parameters of the program: ${names}`, "They have been added.")
      : warn(
          `SmartModule.toml does not have the parameters of the program: ${names}`,
          `Add this to it:\n\n${tables}`,
        ),
  ];
}

function tableOf({ name, optional, description }: DeclaredParam): string {
  const lines = [
    "[[params]]",
    `name = ${JSON.stringify(name)}`,
    ...(description === undefined ? [] : [`description = ${JSON.stringify(description)}`]),
    `optional = ${optional}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** An empty list, with the comment that new projects have above it. */
const EMPTY_LIST =
  /^(?:# The key must be there even for a module without parameters\.\r?\n)?params\s*=\s*\[\s*\]\s*?(?:#.*)?\r?\n(?:\r?\n)?/m;

async function add(manifest: Manifest, missing: readonly DeclaredParam[], tables: string): Promise<boolean> {
  try {
    const old = await readFile(manifest.path, "utf8");
    const text = `${old.replace(EMPTY_LIST, "").trimEnd()}\n\n${tables}`;
    const { package: about, params } = parseManifest(text, manifest.path);
    const isWhole =
      JSON.stringify(about) === JSON.stringify(manifest.package) &&
      params.length === manifest.params.length + missing.length;
    if (!isWhole) return false;
    await writeWhole(manifest.path, text);
    return true;
  } catch {
    return false;
  }
}
