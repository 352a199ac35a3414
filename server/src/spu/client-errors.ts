// Error codes a client generation can read. An unknown tag makes older clients drop the whole response, so each
// code that came later is replaced by the nearest one that the client's release knows.
import type { ErrorCode } from "@smdk/protocol";

/** Readers take string lengths as signed 16-bit numbers; anything longer breaks them. */
const MAX_TEXT_BYTES = 32_767;
const CUT_MARK = "…";

/** Shortens a text so that every reader accepts it; the cut never splits a code point. */
export function clientText(text: string): string {
  if (text.length * 3 <= MAX_TEXT_BYTES || Buffer.byteLength(text) <= MAX_TEXT_BYTES) return text;
  const bytes = new Uint8Array(MAX_TEXT_BYTES - Buffer.byteLength(CUT_MARK));
  const { read } = new TextEncoder().encodeInto(text, bytes);
  return text.slice(0, read) + CUT_MARK;
}

/** `Other` with a text of acceptable length. */
export function otherError(text: string): ErrorCode {
  return { kind: "Other", value: clientText(text) };
}

/**
 * The code to send to a client that sent its request at `version`. Releases and their versions: 0.9 (18),
 * 0.10.10 (19), 0.11.0 (22), 0.11.11 (23), 0.17.3 (24), 0.18 (25).
 */
export function errorForVersion(error: ErrorCode, version: number): ErrorCode {
  if (version < 24) {
    if (error.kind === "PartitionFull" || error.kind === "PartitionShortCircuited") {
      return { kind: "StorageError" };
    }
    if (error.kind === "MirrorProduceFromRemoteNotAllowed") {
      return errorForVersion({ kind: "MirrorProduceFromHome" }, version);
    }
  }
  if (version < 23) {
    if (error.kind === "OffsetEvicted") return { kind: "OffsetOutOfRange" };
    if (error.kind === "TopicDeleted") return { kind: "TopicNotFound" };
    if (error.kind === "MirrorProduceFromHome") {
      return otherError("producing to this mirrored partition is not allowed here");
    }
  }
  if (version < 22) {
    if (error.kind === "SmartModuleLookBackError")
      return otherError(`SmartModule look_back error: ${error.value}`);
    if (error.kind === "SmartModuleMemoryLimitExceeded") {
      return otherError(
        `SmartModule memory limit exceeded: requested ${error.requested} bytes, max allowed ${error.max} bytes`,
      );
    }
  }
  if (version < 18) {
    if (error.kind === "SmartModuleChainInitError") {
      return otherError(`Error initializing ${error.value} SmartModule Chain`);
    }
  }
  return error;
}
