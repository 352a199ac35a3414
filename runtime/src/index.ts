/** The SmartEngine: loads SmartModules, chains them and runs batches of records through them. */

export type {
  Lookback,
  SmartModuleErrorKind,
  SmartModuleLookbackRuntimeError,
  SmartModuleTransformRuntimeError,
} from "@smdk/protocol";
export { initErrorText, lookbackErrorText, transformErrorText } from "./abi/runtime-error.ts";
export type { ChainInput, ChainModule, ChainOptions, ChainOutput, LookbackReader } from "./chain.ts";
export { buildChain, Chain, DEFAULT_VERSION } from "./chain.ts";
export {
  EngineError,
  type EngineErrorCode,
  type EnginePhase,
  type EngineWireError,
  isEngineError,
  type MemoryLimitExceeded,
  type RecordAtFault,
} from "./error.ts";
export {
  type CallNode,
  type FuelProfile,
  functionName,
  type ProfileInput,
  type ProfileOptions,
  placeOfFunction,
  profileModule,
} from "./fuel/profile.ts";
export { type CodeInspection, type InspectedFunction, inspectCode, type WasmFeature } from "./inspect.ts";
export type { SmartModuleMetrics } from "./metrics.ts";
export {
  DEFAULT_MEMORY_LIMIT,
  type LoadOptions,
  loadSmartModule,
  SMART_MODULE_KINDS,
  SmartModule,
  type SmartModuleExtern,
  type SmartModuleKind,
} from "./module.ts";
export { ModuleCache, type ModuleCacheOptions } from "./module-cache.ts";
export { declarationName } from "./trace/declaration.ts";
export { isUsers, locate, type SourceTrace, type WasmFrame } from "./trace/locate.ts";
export { type SourcePosition, WasmSourceMap } from "./trace/source-map.ts";
export {
  parseTransformLine,
  parseTransforms,
  type SourceLocation,
  type TransformStep,
  TransformsError,
} from "./transforms-file.ts";
export type { WasiHost } from "./wasi.ts";
export { assembleText, wasmText } from "./wasm/text.ts";
