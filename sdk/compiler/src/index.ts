// Build, check and look into SmartModules.

export { AdaptError, type Adapted, type AdaptOptions, adapt } from "@smdk/javascript/adapt";
export { checkAbi } from "./abi.ts";
export { type Builder, type BuildOptions, type BuildResult, build, createBuilder } from "./build.ts";
export { type BuildDiagnostic, BuildError, CompilerError, type SourceLocation } from "./errors.ts";
export {
  type ExternalKind,
  inspectModule,
  type MemoryLimits,
  type ModuleExport,
  type ModuleImport,
  type ModuleInspection,
  type ModuleKind,
  type ModuleSection,
} from "./inspect.ts";
export { lintModuleBytes } from "./lint/abi.ts";
export { type Finding, RULES, type RuleCode, type Severity, SourceText } from "./lint/findings.ts";
export { lintTexts, type TextLint } from "./lint/project.ts";
export {
  ENGINES,
  type JavaScriptEngine,
  LANGUAGES,
  type Language,
  loadManifest,
  MANIFEST_FILE,
  type Manifest,
  type ManifestParam,
  parseManifest,
} from "./manifest.ts";
export { clean, loadProject, OUT_DIR, type Project, wasmName } from "./project.ts";
export { moduleDigest, readSourceMap } from "./source-map.ts";
export { type TomlPath, type TomlPlace, TomlPlaces, tomlPlaces } from "./toml-places.ts";
