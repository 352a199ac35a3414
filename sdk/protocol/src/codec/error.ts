/** The two errors of the codecs: bytes that do not decode, and values that cannot be encoded. */

/** Joins a path segment to the path below it: `replicas` + `[0].id` -> `replicas[0].id`. */
function join(segment: string, rest: string): string {
  return rest === "" || rest.startsWith("[") ? segment + rest : `${segment}.${rest}`;
}

/**
 * Bytes that are not an encoding of the declared type. The only error that decoders throw.
 * `offset` counts from the start of the decoded buffer; `path` names the declaration that was being read,
 * as in `TopicSpec.replicas.value[0].id`.
 */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
  readonly code = "SMDK_DECODE" as const;
  /** What was wrong, without place. */
  readonly reason: string;
  /** Byte position in the decoded buffer. */
  readonly offset: number;
  path = "";

  constructor(reason: string, offset: number) {
    super(`${reason} at byte ${offset}`);
    this.reason = reason;
    this.offset = offset;
  }

  /** Puts one enclosing declaration in front of the path; returns the same error. */
  within(segment: string): this {
    this.path = join(segment, this.path);
    this.message = `${this.path}: ${this.reason} at byte ${this.offset}`;
    return this;
  }
}

/** A value that has no encoding: out of range, too long, or of the wrong shape. Nothing was sent. */
export class EncodeError extends Error {
  override readonly name = "EncodeError";
  readonly code = "SMDK_ENCODE" as const;
  readonly reason: string;
  path = "";

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }

  /** Puts one enclosing declaration in front of the path; returns the same error. */
  within(segment: string): this {
    this.path = join(segment, this.path);
    this.message = `${this.path}: ${this.reason}`;
    return this;
  }
}

/**
 * For `catch` clauses of composite decoders: adds `segment` to a decode error. Anything else passes unchanged.
 */
export function decodeErrorWithin(error: unknown, segment: string): unknown {
  return error instanceof DecodeError ? error.within(segment) : error;
}

/** For `catch` clauses of composite encoders; a plain TypeError means a value of the wrong shape. */
export function encodeErrorWithin(error: unknown, segment: string): unknown {
  if (error instanceof EncodeError) return error.within(segment);
  if (error instanceof TypeError)
    return new EncodeError(`value of the wrong shape (${error.message})`).within(segment);
  return error;
}
