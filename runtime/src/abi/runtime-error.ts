/** Errors that user code reports through its output, and how they read. */

export type RuntimeErrorKind = "Filter" | "Map" | "ArrayMap" | "Aggregate" | "FilterMap" | "Join" | "Generic";

/** Tags 0..6 on the wire. */
export const RUNTIME_ERROR_KINDS: readonly RuntimeErrorKind[] = [
  "Filter",
  "Map",
  "ArrayMap",
  "Aggregate",
  "FilterMap",
  "Join",
  "Generic",
];

/** An error of the user's transform on one record. */
export interface SmartModuleTransformRuntimeError {
  hint: string;
  /** Absolute offset of the record. */
  offset: bigint;
  kind: RuntimeErrorKind;
  recordKey: Uint8Array | null;
  recordValue: Uint8Array;
}

/** An error of the user's `look_back` on one record. */
export type SmartModuleLookbackRuntimeError = Omit<SmartModuleTransformRuntimeError, "kind">;

/** The text a user sees for an error of a transform. */
export function transformErrorText(error: SmartModuleTransformRuntimeError): string {
  return `${error.hint}\n\nSmartModule Info: \n    Type: ${error.kind}\n${recordText(error)}`;
}

/** The text a user sees for an error of `init`. */
export function initErrorText(hint: string): string {
  return `${hint}\n\nSmartModule Init Error: \n`;
}

/** The text a user sees for an error of `look_back`. */
export function lookbackErrorText(error: SmartModuleLookbackRuntimeError): string {
  return `${error.hint}\n\nSmartModule Lookback Error: \n${recordText(error)}`;
}

function recordText(error: SmartModuleLookbackRuntimeError): string {
  const key = error.recordKey === null ? "NULL" : dataText(error.recordKey);
  return `    Offset: ${error.offset}\n    Key: ${key}\n    Value: ${dataText(error.recordValue)}`;
}

function dataText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return `Binary: ${bytes.length} bytes`;
  }
}
