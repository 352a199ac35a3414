/** What a command's failure looks like to the person at the keyboard: one message, a hint, an exit code. */

/** Exit codes of the `smdk` command. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  config: 3,
  build: 4,
  unreachable: 5,
  denied: 6,
  bug: 70,
  interrupted: 130,
} as const;

export type ExitKind = keyof typeof exitCodes;

export interface SourceLocation {
  file: string;
  line: number;
  column: number;
}

export interface CliErrorOptions {
  /** What to do about it; shown as `try: …`. */
  hint?: string | undefined;
  /** Machine readable name; defaults to one derived from the exit kind. */
  code?: `SMDK_${string}`;
  /** Underlying reasons, outermost first. */
  causes?: readonly string[] | undefined;
  location?: SourceLocation | undefined;
  /** The lines around the location, the place marked. */
  frame?: string;
  cause?: unknown;
}

/** A failure that is the user's to fix (or the cluster's), never a fault of the program. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: `SMDK_${string}`;
  readonly exit: ExitKind;
  readonly hint: string | undefined;
  readonly causes: readonly string[];
  readonly location: SourceLocation | undefined;
  readonly frame: string;

  constructor(exit: ExitKind, message: string, options: CliErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exit = exit;
    this.code = options.code ?? `SMDK_CLI_${exit.toUpperCase()}`;
    this.hint = options.hint;
    this.causes = options.causes ?? [];
    this.location = options.location;
    this.frame = options.frame ?? "";
  }
}

/** Wrong flags or arguments (exit 2). */
export function usage(message: string, hint?: string): CliError {
  return new CliError("usage", message, { hint });
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's own words for the common file errors, without Node's prefix and path. */
export function fileErrorText(error: unknown): string {
  const { code, syscall } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  switch (code) {
    case "ENOENT":
      // Node's word for making folders on a read-only file system.
      return syscall === "mkdir" ? "The directory cannot be made here" : "No such file or directory";
    case "EACCES":
    case "EPERM":
      return "Permission denied";
    case "EISDIR":
      return "Is a directory";
    case "ENOTDIR":
      return "Not a directory";
    case "ENOSPC":
      return "No space left on device";
    case "EDQUOT":
      return "Disk quota exceeded";
    case "EROFS":
      return "Read-only file system";
    case "EMFILE":
    case "ENFILE":
      return "Too many open files";
    case "ENAMETOOLONG":
      return "File name too long";
    default:
      return messageOf(error);
  }
}

/** What to do about a common file error; undefined when only the caller can know. */
export function fileErrorHint(error: unknown): string | undefined {
  switch ((error as NodeJS.ErrnoException | undefined)?.code) {
    case "EACCES":
    case "EPERM":
      return "see who may read and write there, or choose another place";
    case "EROFS":
      return "choose a place that can be written to";
    case "ENOSPC":
    case "EDQUOT":
      return "make some room on that disk";
    case "EMFILE":
    case "ENFILE":
      return "raise the limit of open files (ulimit -n)";
    case "ENAMETOOLONG":
      return "choose a shorter name or place";
    default:
      return undefined;
  }
}
