// Complaints about the user's source. Recognise errors by `code`, not by class.

/** Something wrong at a place in a file. Line and column count from 1. */
export interface BuildDiagnostic {
  readonly severity: "error" | "warning";
  /** Absolute path; empty when there is no place. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** The line with the place marked; empty when there is no place. */
  readonly frame: string;
}

/** The program does not become a SmartModule. The message is the first error's; `diagnostics` has all. */
export class JavaScriptBuildError extends Error {
  override readonly name = "JavaScriptBuildError";
  readonly code = "SMDK_BUILD_FAILED";
  readonly hint?: string;
  readonly location?: { readonly file: string; readonly line: number; readonly column: number };
  readonly diagnostics: readonly BuildDiagnostic[];

  constructor(diagnostics: readonly BuildDiagnostic[]) {
    const errors = diagnostics.filter((each) => each.severity === "error");
    const [first] = errors;
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
    super(`${first?.message ?? "the build failed"}${more}`);
    if (first?.hint !== undefined) this.hint = first.hint;
    if (first && first.file !== "")
      this.location = { file: first.file, line: first.line, column: first.column };
    this.diagnostics = diagnostics;
  }
}

/** The line of a place with a mark below. */
export function codeFrame(line: string, lineNumber: number, column: number, length: number): string {
  const gutter = `${lineNumber} | `;
  const lead = line.slice(0, column - 1).replace(/[^\t]/g, " ");
  const marks = "^".repeat(Math.max(1, Math.min(length, line.length - column + 1)));
  return `${gutter}${line}\n${" ".repeat(gutter.length)}${lead}${marks}`;
}
