// Turns the compiler's messages into complaints a person can act on.

import path from "node:path";
import type { Diagnostic } from "@smdk/assemblyscript/compiler";
import type { BuildDiagnostic } from "./errors.ts";
import { codeFrame, positionOf } from "./frame.ts";
import { hintFor } from "./hints.ts";

/** Converts, adds hints and puts errors before warnings. Files outside of libraries become absolute paths. */
export function describe(diagnostics: readonly Diagnostic[], projectDir: string): BuildDiagnostic[] {
  const described: BuildDiagnostic[] = [];
  const seen = new Set<string>();
  for (const diagnostic of diagnostics) {
    const { severity } = diagnostic;
    const isLibrary = diagnostic.file.startsWith("~lib/");
    if (severity === "info" || (severity === "warning" && isLibrary)) continue;
    const hint = diagnostic.hint ?? hintFor(diagnostic);
    const entry: BuildDiagnostic = {
      severity,
      message: diagnostic.message,
      ...(hint === undefined ? {} : { hint }),
      file: diagnostic.file === "" || isLibrary ? diagnostic.file : path.resolve(projectDir, diagnostic.file),
      ...positionOf(diagnostic.text, diagnostic.start),
      frame: diagnostic.text === "" ? "" : codeFrame(diagnostic.text, diagnostic.start, diagnostic.end),
    };
    const key = `${entry.file}:${entry.line}:${entry.column}:${entry.message}`;
    if (!seen.has(key)) described.push(entry);
    seen.add(key);
  }
  return described.sort((a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"));
}
