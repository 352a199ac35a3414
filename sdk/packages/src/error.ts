/** The one error class of this package: a stable code, a sentence for a person, and where useful a hint. */

export class PackageError extends Error {
  override readonly name = "PackageError";
  /** Stable across releases; recognise an error by it, never by class. */
  readonly code: `SMDK_${string}`;
  readonly hint?: string;

  constructor(code: `SMDK_${string}`, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}
