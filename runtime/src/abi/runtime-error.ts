/** Errors that user code reports through its output, and how they read. */

import type {
  SmartModuleErrorKind,
  SmartModuleLookbackRuntimeError,
  SmartModuleTransformRuntimeError,
} from "@smdk/protocol";

/** Tags 0..6 on the wire. */
export const RUNTIME_ERROR_KINDS: readonly SmartModuleErrorKind[] = [
  "Filter",
  "Map",
  "ArrayMap",
  "Aggregate",
  "FilterMap",
  "Join",
  "Generic",
];

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
