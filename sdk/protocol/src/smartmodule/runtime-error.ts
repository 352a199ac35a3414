/** The error of a SmartModule's transform as it travels in error codes and in the output of a module. */
import { enumOf, type Infer, i64, option, recordData, string, struct } from "../codec/index.ts";

/** Which transform failed. */
export const SmartModuleErrorKind = enumOf("SmartModuleErrorKind", {
  Filter: 0,
  Map: 1,
  ArrayMap: 2,
  Aggregate: 3,
  FilterMap: 4,
  Join: 5,
  Generic: 6,
});
export type SmartModuleErrorKind = Infer<typeof SmartModuleErrorKind>;

/** `offset` is absolute: base offset plus the record's offset delta. Key and value are those of the failing record. */
export const SmartModuleTransformRuntimeError = struct("SmartModuleTransformRuntimeError", {
  hint: string(),
  offset: i64(),
  kind: SmartModuleErrorKind,
  recordKey: option(recordData()),
  recordValue: recordData(),
});
export type SmartModuleTransformRuntimeError = Infer<typeof SmartModuleTransformRuntimeError>;

/** What a module's `init` may write out before it fails. */
export const SmartModuleInitRuntimeError = struct("SmartModuleInitRuntimeError", { hint: string() });
export type SmartModuleInitRuntimeError = Infer<typeof SmartModuleInitRuntimeError>;

/** What a module's `look_back` may write out before it fails. */
export const SmartModuleLookbackRuntimeError = struct("SmartModuleLookbackRuntimeError", {
  hint: string(),
  offset: i64(),
  recordKey: option(recordData()),
  recordValue: recordData(),
});
export type SmartModuleLookbackRuntimeError = Infer<typeof SmartModuleLookbackRuntimeError>;
