// The errors of this package. Recognise them by `code`, not by class.

/** A place in one of the user's files. Line and column count from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something the user can fix: in the manifest, the project or the arguments. */
export class CompilerError extends Error {
  override readonly name: string = "CompilerError";
  readonly code: `SMDK_${string}`;
  /** What to do about it. */
  readonly hint?: string;
  readonly location?: SourceLocation;

  constructor(
    code: `SMDK_${string}`,
    message: string,
    more: { hint?: string | undefined; location?: SourceLocation | undefined; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    if (more.hint !== undefined) this.hint = more.hint;
    if (more.location !== undefined) this.location = more.location;
  }
}

/** A complaint about the user's source. */
export interface BuildDiagnostic extends SourceLocation {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly hint?: string;
  /** The lines around the place with the place marked; empty when there is no place. */
  readonly frame: string;
}

/** The source does not compile. The message is the first diagnostic's; `diagnostics` has all, errors first. */
export class BuildError extends CompilerError {
  override readonly name: string = "BuildError";
  readonly diagnostics: readonly BuildDiagnostic[];

  constructor(diagnostics: readonly BuildDiagnostic[]) {
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
    const first = errors[0];
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
    super("SMDK_BUILD_FAILED", `${first?.message ?? "the build failed"}${more}`, {
      hint: first?.hint,
      location: first && { file: first.file, line: first.line, column: first.column },
    });
    this.diagnostics = diagnostics;
  }
}
