/** The one error class of this package: a stable code, a sentence for a person, and where useful a hint. */

/** Codes are stable across releases; recognise an error by `code`, never by class. */
export type ServerErrorCode = `SMDK_${string}`;

export interface ServerErrorOptions {
  /** What the reader can do about it. */
  readonly hint?: string;
  readonly cause?: unknown;
}

export class ServerError extends Error {
  readonly code: ServerErrorCode;
  readonly hint?: string;

  constructor(code: ServerErrorCode, message: string, options: ServerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ServerError";
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}

/** The `code` of any error-like value (`SMDK_…`, `ENOENT`, …), or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** One line about any thrown value, for log lines. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
