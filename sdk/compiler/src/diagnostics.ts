// Turns the compiler's messages into complaints a person can act on.

import path from "node:path";
import type { Diagnostic } from "@smdk/assemblyscript/compiler";
import type { BuildDiagnostic } from "./errors.ts";
import { codeFrame, positionOf } from "./frame.ts";
import { adviceFor } from "./hints.ts";

/** Converts, adds hints and puts errors before warnings. Files outside of libraries become absolute paths. */
export function describe(diagnostics: readonly Diagnostic[], projectDir: string): BuildDiagnostic[] {
  const described: BuildDiagnostic[] = [];
  const seen = new Set<string>();
  for (const diagnostic of diagnostics) {
    const { severity } = diagnostic;
    const isLibrary = diagnostic.file.startsWith("~lib/");
    if (severity === "info" || (severity === "warning" && isLibrary)) continue;
    const message = plainNames(diagnostic.message);
    const advice = diagnostic.hint === undefined ? adviceFor(diagnostic, message) : undefined;
    const hint = diagnostic.hint ?? advice?.hint;
    const entry: BuildDiagnostic = {
      severity,
      message: advice?.message || message,
      ...(hint === undefined ? {} : { hint }),
      file: diagnostic.file === "" || isLibrary ? diagnostic.file : path.resolve(projectDir, diagnostic.file),
      ...positionOf(diagnostic.text, diagnostic.start),
      frame: diagnostic.text === "" ? "" : codeFrame(diagnostic.text, diagnostic.start, diagnostic.end),
    };
    const key = `${entry.file}:${entry.line}:${entry.column}:${entry.message}`;
    if (!seen.has(key)) described.push(entry);
    seen.add(key);
  }
  return withoutEchoes(described).sort(
    (a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"),
  );
}

/** Types under the names the user knows them by: `~lib/string/String` is `string`, `src/index/Event` is `Event`. */
function plainNames(message: string): string {
  return message
    .replace(/^User-defined: "?(.*?)"?$/s, "$1")
    .replace(/^Module '~lib\/(.+)' has/, "Module '$1' has")
    .replace(/'[^'\s]*~(\w+)'/g, "'$1'")
    .replace(/(?:~lib|\b[\w.-]+)(?:\/[\w@.-]+)*\/(\w+)/g, (whole, name: string) =>
      whole.startsWith("~lib/") || /^[A-Z]/.test(name) ? name : whole,
    )
    .replace(/\bString\b/g, "string")
    .replace(/%[0-9a-f]{2}/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
}

/** Drops errors that only follow from another one: a type that could not be found out, a body that was skipped. */
function withoutEchoes(diagnostics: readonly BuildDiagnostic[]): BuildDiagnostic[] {
  const isEcho = ({ message }: BuildDiagnostic): boolean =>
    /type 'auto'|declared type is not 'void' must return/.test(message);
  const isError = ({ severity }: BuildDiagnostic): boolean => severity === "error";
  const hasOther = diagnostics.some((diagnostic) => isError(diagnostic) && !isEcho(diagnostic));
  return diagnostics.filter((diagnostic) => !(hasOther && isEcho(diagnostic)));
}
