// The compiler side of @smdk/assemblyscript: from AssemblyScript source to a SmartModule.

export type { AssemblyScriptCompiler, CompileOptions, CompileResult, Diagnostic } from "./compile.ts";
export { createCompiler } from "./compile.ts";
export type { HandlerName, Kind } from "./handlers.ts";
export { assemblyFolder } from "./library.ts";
export { LOG_LEVELS, type LogLevel } from "./log.ts";
export type { ReadFile } from "./resolve.ts";
