/** What a caller of this package has to handle: one error class with stable codes, recognised by shape. */
import type { ErrorCode } from "@smdk/protocol";
import { errorText } from "./error-text.ts";

export type ClientErrorCode =
  /** Nobody answers at that address. */
  | "SMDK_UNREACHABLE"
  /** A connection that was up broke; whether the request took effect is unknown. */
  | "SMDK_CONNECTION_LOST"
  /** The TLS handshake failed. */
  | "SMDK_TLS"
  | "SMDK_TIMEOUT"
  /** The cluster answered with an error code; see `errorCode`. */
  | "SMDK_SERVER_ERROR"
  /** A SmartModule failed, is missing or is no SmartModule; see `errorCode`. */
  | "SMDK_SMARTMODULE"
  | "SMDK_PERMISSION_DENIED"
  /** The peer sent something that is not Fluvio's protocol. */
  | "SMDK_PROTOCOL"
  /** The cluster is too old for the operation. */
  | "SMDK_UNSUPPORTED"
  | "SMDK_CONFIG"
  | "SMDK_PROFILE_NOT_FOUND"
  | "SMDK_TOPIC_NOT_FOUND"
  | "SMDK_PARTITION_NOT_FOUND"
  /** A partition has no leader, or its SPU is unknown. */
  | "SMDK_NO_LEADER"
  | "SMDK_RECORD_TOO_LARGE"
  /** More bytes wait to be sent than the producer may keep. */
  | "SMDK_QUEUE_FULL"
  | "SMDK_COMPRESSION_MISMATCH"
  /** Committing offsets needs a consumer id and a strategy. */
  | "SMDK_OFFSETS_DISABLED"
  | "SMDK_ARGUMENT"
  | "SMDK_CLOSED"
  | "SMDK_ABORTED";

export interface ClientErrorOptions {
  hint?: string | undefined;
  cause?: unknown;
  errorCode?: ErrorCode | undefined;
  topic?: string | undefined;
  partition?: number | undefined;
  nextOffset?: bigint | undefined;
}

export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode;
  /** What to do about it. */
  readonly hint: string | undefined;
  /** The cluster's own error code, for SMDK_SERVER_ERROR, SMDK_SMARTMODULE and SMDK_PERMISSION_DENIED. */
  readonly errorCode: ErrorCode | undefined;
  readonly topic: string | undefined;
  readonly partition: number | undefined;
  /** Of a failed consumer: where a new one would continue behind what failed. */
  readonly nextOffset: bigint | undefined;

  constructor(code: ClientErrorCode, message: string, options: ClientErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.errorCode = options.errorCode;
    this.topic = options.topic;
    this.partition = options.partition;
    this.nextOffset = options.nextOffset;
  }
}

/** The error for a code that the cluster sent; `message` is the cluster's text where it sent one. */
export function serverError(
  errorCode: ErrorCode,
  message: string | null = null,
  options: Omit<ClientErrorOptions, "errorCode"> = {},
): ClientError {
  const text = message !== null && message !== "" ? message : errorText(errorCode);
  return new ClientError(codeFor(errorCode), text, { hint: hintFor(errorCode), ...options, errorCode });
}

function codeFor(errorCode: ErrorCode): ClientErrorCode {
  if (errorCode.kind === "PermissionDenied") return "SMDK_PERMISSION_DENIED";
  return errorCode.kind.startsWith("SmartModule") ? "SMDK_SMARTMODULE" : "SMDK_SERVER_ERROR";
}

function hintFor(errorCode: ErrorCode): string | undefined {
  switch (errorCode.kind) {
    case "SmartModuleNotFound":
      return "load it first; a packaged module is named group/name@version";
    case "PermissionDenied":
      return "the profile's client certificate decides who you are; the cluster's policy decides what you may do";
    case "CompressionError":
      return "the topic allows one compression only; leave the producer's compression unset to use it";
    case "MessageTooLarge":
      return "an SPU takes batches of at most 32 MiB, and none larger than the topic's segment size";
    case "SystemSpecDeletionAttempt":
      return "system topics are deleted with force";
    default:
      return undefined;
  }
}

/** Whether something thrown is an error of this shape with one of the codes. */
export function hasCode(error: unknown, ...codes: ClientErrorCode[]): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && (codes as string[]).includes(code);
}

/** Errors after which the same thing may work on a new connection. */
export function isConnectionError(error: unknown): boolean {
  return hasCode(error, "SMDK_UNREACHABLE", "SMDK_CONNECTION_LOST", "SMDK_TIMEOUT", "SMDK_NO_LEADER");
}
