/** Errors of the partition log. */

import { errorCode, errorText, ServerError, type ServerErrorOptions } from "../error.ts";
import type { LogErrorCode } from "./types.ts";

export class LogError extends ServerError {
  declare readonly code: LogErrorCode;

  constructor(code: LogErrorCode, message: string, options?: ServerErrorOptions) {
    super(code, message, options);
  }
}

/** The wanted offset lies before the log start or behind the log end. */
export class OffsetOutOfRangeError extends LogError {
  readonly offset: bigint;
  readonly logStart: bigint;
  readonly logEnd: bigint;

  constructor(log: string, offset: bigint, logStart: bigint, logEnd: bigint) {
    super(
      "SMDK_LOG_OFFSET_OUT_OF_RANGE",
      `offset ${offset} is outside of the log ${log}, which holds ${logStart} to ${logEnd}`,
    );
    this.offset = offset;
    this.logStart = logStart;
    this.logEnd = logEnd;
  }
}

/** A failed append as its caller sees it. */
export function appendError(log: string, cause: unknown): LogError {
  if (cause instanceof LogError) return cause;
  const code = errorCode(cause);
  return code === "ENOSPC" || code === "EDQUOT"
    ? new LogError("SMDK_LOG_DISK_FULL", `no space left on the disk for ${log}`, { cause })
    : new LogError("SMDK_LOG_WRITE_FAILED", `could not write to ${log}: ${errorText(cause)}`, { cause });
}

export function closedError(log: string): LogError {
  return new LogError("SMDK_LOG_CLOSED", `the log ${log} is closed`);
}
