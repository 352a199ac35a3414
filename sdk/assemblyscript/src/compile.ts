// Compiles one SmartModule: the user's entry file, the glue around its handlers and the guest library.

import type {
  Asc,
  AscDiagnostic,
  AscNode,
  AscProgram,
  AscSource,
  Binaryen,
  BinaryenModule,
  Compiler,
} from "./asc.ts";
import { loadCompiler } from "./asc.ts";
import { LIBRARY, stateReader, writeGlue } from "./glue.ts";
import { findHandlers, type Handlers, type Kind } from "./handlers.ts";
import { completeJsonClasses, parseStatement } from "./json-classes.ts";
import { type LibraryFiles, readLibrary } from "./library.ts";
import { type LogLevel, removeLogs } from "./log.ts";
import { completeLoops } from "./loops.ts";
import { replaceRegexes } from "./regex/index.ts";
import { ModuleResolver, type ReadFile } from "./resolve.ts";
import { noteChangedRoots } from "./roots.ts";
import { compileProgram } from "./throws.ts";
import { FAULT_EXPORT, makeThrowsReturn, type PlaceOf } from "./unwind.ts";

/** A message of the compiler about a place in a source. */
export interface Diagnostic {
  readonly severity: "error" | "warning" | "info";
  /** The compiler's number (`TS2322` is 2322, `AS100` is 100), or 0 for a message of this package. */
  readonly code: number;
  readonly message: string;
  readonly hint?: string;
  /** Path relative to the project, or starting with `~lib/`; empty when there is no place. */
  readonly file: string;
  /** UTF-16 positions in `text`. */
  readonly start: number;
  readonly end: number;
  /** Text of the file. */
  readonly text: string;
}

export interface CompileOptions {
  /** Folder that all paths are relative to. */
  readonly projectDir: string;
  /** Entry file, relative to the folder. */
  readonly entry: string;
  /** Debug keeps names and skips optimisation; release is fast, small is small. Default release. */
  readonly profile?: "release" | "small" | "debug";
  /** Calls of `log` below this level are left out. Default: trace in a debug build, info otherwise. */
  readonly logLevel?: LogLevel;
  /** URL of the source map to write into the module; without it there is none. */
  readonly sourceMapUrl?: string;
  /** Reads a file by absolute path, null when there is none. Default: from disk. */
  readonly readFile?: ReadFile;
}

export interface CompileResult {
  /** Null when there are errors. */
  readonly wasm: Uint8Array | null;
  readonly kind: Kind | null;
  /** Whether there is an entry file at all; when not, nothing was compiled. */
  readonly entryFound: boolean;
  readonly sourceMap: string | null;
  readonly diagnostics: readonly Diagnostic[];
  /** The text of the generated functions, for a look at what happens. */
  readonly glue: string;
  /** Files of the user that were read, relative to the project. */
  readonly files: readonly string[];
  /** Files of npm packages that were read, absolute. */
  readonly packageFiles: readonly string[];
}

const PROFILES = {
  release: { optimize: 3, shrink: 0, names: false },
  small: { optimize: 3, shrink: 2, names: false },
  debug: { optimize: 0, shrink: 0, names: true },
} as const;

/** Target wasm32, runtime minimal, in the compiler's numbering. */
const WASM32 = 1;
const RUNTIME_MINIMAL = 1;

/** A compiler that is loaded and can be used again and again: later builds are many times faster. */
export interface AssemblyScriptCompiler {
  /** Compiles; blocks for as long as it takes. Throws only when the compiler itself fails. */
  compile(options: CompileOptions): CompileResult;
  readonly version: string;
}

/** Loads the AssemblyScript compiler and the guest library, which tests may change. */
export async function createCompiler(
  change: (library: LibraryFiles) => LibraryFiles = (library) => library,
): Promise<AssemblyScriptCompiler> {
  const compiler = await loadCompiler();
  const library = change(readLibrary(compiler.libraryFiles));
  return {
    version: compiler.version,
    compile: (options) => compileWith(compiler, library, options),
  };
}

function compileWith(
  { asc, binaryen, version }: Compiler,
  library: LibraryFiles,
  options: CompileOptions,
): CompileResult {
  const profile = PROFILES[options.profile ?? "release"];
  const program = asc.newProgram(makeOptions(asc, profile, version, options.sourceMapUrl !== undefined));
  const resolver = new ModuleResolver(options.projectDir, library, options.readFile);
  const diagnostics: Diagnostic[] = [];
  const result = (more: Partial<CompileResult>): CompileResult => ({
    wasm: null,
    kind: null,
    entryFound: true,
    sourceMap: null,
    diagnostics,
    glue: "",
    files: resolver.files,
    packageFiles: resolver.packageFiles,
    ...more,
  });
  let found: Handlers | null = null;
  /** Takes over the compiler's messages; tells whether there was an error. */
  const drain = (): boolean => {
    for (let next = asc.nextDiagnostic(program); next; next = asc.nextDiagnostic(program)) {
      diagnostics.push(convert(atHandler(next, found)));
    }
    return diagnostics.some((diagnostic) => diagnostic.severity === "error");
  };

  const entryPath = options.entry.replaceAll("\\", "/");
  const entryText = resolver.readEntry(entryPath);
  if (entryText === null) return result({ entryFound: false });
  for (const [name, text] of library) {
    if (!name.includes("/")) asc.parse(program, text, `~lib/${name}.ts`, false);
  }
  asc.parse(program, library.get("rt/index-minimal") ?? "", "~lib/rt/index-minimal.ts", true);

  asc.parse(program, entryText, entryPath, false);
  parseBacklog(asc, program, resolver);
  if (drain()) return result({});

  const entry = program.parser.sources.find((source) => source.normalizedPath === entryPath);
  if (entry === undefined) throw new Error(`the parser has no source for ${entryPath}`);
  found = findHandlers(asc, entry, program.parser.sources);
  for (const { message, hint, node } of found.problems) {
    diagnostics.push(complain(message, hint, node, entry));
  }
  if (found.problems.length > 0) return result({});

  completeLoops(asc, program.parser.sources);
  completeJsonClasses(asc, program, program.parser.sources);
  removeLogs(asc, program.parser.sources, options.logLevel ?? (profile.names ? "trace" : "info"));
  const regexes = replaceRegexes(asc, program.parser.sources);
  for (const { message, hint, node } of regexes.problems) {
    diagnostics.push(complain(message, hint, node, entry));
  }
  if (regexes.problems.length > 0) return result({});

  const reader = stateReader(found, entry);
  if (reader !== null) {
    entry.statements.push(parseStatement(asc, program, reader, "~lib/__smdk_state.ts"));
  }

  const folder = entryPath.includes("/") ? entryPath.slice(0, entryPath.lastIndexOf("/") + 1) : "";
  const gluePath = `${folder}${GLUE_NAME}`;
  const glue = writeGlue(found, `./${entryPath.slice(folder.length).replace(/\.ts$/, "")}`, {
    regexes: regexes.found,
    hasStateReader: reader !== null,
    faultExport: program.parser.sources.some(mayTrap) ? FAULT_EXPORT : null,
  });
  asc.parse(program, glue, `${gluePath}.ts`, true);
  parseBacklog(asc, program, resolver);
  if (drain()) return result({ kind: found.kind, glue });

  asc.initializeProgram(program);
  const module = compileProgram(asc, binaryen, program, options.sourceMapUrl !== undefined);
  const wrapped = binaryen.wrapModule(module.ref);
  try {
    if (drain()) return result({ kind: found.kind, glue });
    noteChangedRoots(binaryen, module.ref);
    const placeOf: PlaceOf = (name, expression) =>
      program.instancesByName.get(name)?.debugLocations?.get(expression) ?? null;
    makeThrowsReturn(binaryen, module.ref, gluePath, placeOf);
    if (!asc.validate(module)) throw new Error("the unwinding pass made an invalid module");
    keepApart(binaryen, wrapped);
    // Of two functions with the same code it leaves one, and failures in either are shown in that one's source.
    binaryen.addPassToSkip("duplicate-function-elimination");
    asc.optimize(module, profile.optimize, profile.shrink, profile.names, false);
    if (options.sourceMapUrl === undefined) {
      return result({ kind: found.kind, glue, wasm: wrapped.emitBinary() });
    }
    const { binary, sourceMap } = wrapped.emitBinary(options.sourceMapUrl);
    return result({ kind: found.kind, glue, wasm: binary, sourceMap: withContents(asc, program, sourceMap) });
  } finally {
    binaryen.clearPassesToSkip();
    wrapped.dispose();
  }
}

/**
 * Parts of the library that hardly ever run, or are called from many places: copies of them in their callers would
 * make a module a third larger, and the callers slower.
 */
const APART = [
  "abi/varint/decode",
  "abi/varint/write",
  "abi/frame/checkNumber",
  "abi/frame/checkPreamble",
  "abi/frame/enterPreamble",
  "abi/frame/keyFlag",
  "abi/frame/normalise",
  "abi/memory/grow",
  "abi/write/fail",
  "abi/write/put*",
  "bytes/findLongText",
  "regex/charset/*",
  "regex/groups/*",
  "regex/index/*",
  "regex/lazy/*",
  "regex/parse/*",
  "regex/program/*",
  "regex/property/*",
  "rt/abort/*",
  "rt/region/collect",
  "rt/region/refill*",
  "rt/region/ensureMemory",
  "rt/region/makeTable",
  "utf8/utf8Length",
  "utf8/utf8Write",
  "utf8/utf8ReadRest",
];

/** Tells the optimiser which functions not to inline. */
function keepApart(binaryen: Binaryen, module: BinaryenModule): void {
  for (const name of APART) {
    binaryen.setPassArgument("no-inline", `~lib/${LIBRARY}/${name}`);
    module.runPasses(["no-inline"]);
  }
}

function makeOptions(
  asc: Asc,
  profile: (typeof PROFILES)[keyof typeof PROFILES],
  version: string,
  sourceMap: boolean,
): ReturnType<Asc["newOptions"]> {
  const options = asc.newOptions();
  const [major = 0, minor = 0, patch = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  asc.setTarget(options, WASM32);
  asc.setRuntime(options, RUNTIME_MINIMAL);
  asc.setDebugInfo(options, profile.names || sourceMap);
  asc.setSourceMap(options, sourceMap);
  asc.setExportMemory(options, true);
  asc.setBundleVersion(options, major, minor, patch);
  asc.setFeature(options, asc.FEATURE_SIMD, true);
  asc.setOptimizeLevelHints(options, profile.optimize, profile.shrink);
  asc.addGlobalAlias(options, "abort", `~lib/${LIBRARY}/rt/abort/abort`);
  asc.addGlobalAlias(options, "seed", `~lib/${LIBRARY}/rt/seed/seed`);
  return options;
}

/** Whether a source that is not of the libraries here has a `/`, `%` or `unreachable` outside of comments and plain strings. */
function mayTrap({ normalizedPath, text }: AscSource): boolean {
  if (
    normalizedPath.startsWith(`~lib/${LIBRARY}/`) ||
    /^~lib\/[^/@]+\.ts$|^~lib\/(?:util|rt|shared|bindings)\//.test(normalizedPath)
  ) {
    return false;
  }
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, "");
  return /[/%]|\bunreachable\b/.test(code);
}

/** Parses everything that is imported and not yet parsed. */
function parseBacklog(asc: Asc, program: AscProgram, resolver: ModuleResolver): void {
  for (let path = asc.nextFile(program); path !== null; path = asc.nextFile(program)) {
    const file = resolver.resolve(path, asc.getDependee(program, path));
    asc.parse(program, file?.text ?? null, file?.path ?? `${path}.ts`, false);
  }
}

/** Compiler number of a complaint that a source makes itself, with `ERROR("…")`. */
const USER_DEFINED = 102;
/** Compiler number of a name that nothing is known of. */
const UNKNOWN_NAME = 2304;
const STATE_MESSAGE =
  "an accumulator is an integer, f64, string, Bytes, a Uint8Array or a class marked with @json";
/** Name of the generated file, in the folder of the entry file. */
const GLUE_NAME = "__smartmodule";

/**
 * Complaints about a handler's types come from inside of the library, or from the glue where it names the
 * type of an accumulator: they belong at the handler.
 */
function atHandler(diagnostic: AscDiagnostic, found: Handlers | null): AscDiagnostic {
  const path = diagnostic.range?.source.normalizedPath ?? "";
  const isGlue = path.endsWith(`${GLUE_NAME}.ts`);
  const isLibrary = diagnostic.code === USER_DEFINED && path.startsWith(`~lib/${LIBRARY}/abi/`);
  const handler = found?.handlers.find((candidate) => candidate.name === found.kind);
  if ((!isGlue && !isLibrary) || handler === undefined) return diagnostic;
  const isState = diagnostic.message.includes("accumulator") || (isGlue && diagnostic.code === UNKNOWN_NAME);
  const type = isState ? handler.signature?.parameters[0]?.type : handler.signature?.returnType;
  return {
    ...plain(diagnostic),
    ...(isGlue && isState ? { message: STATE_MESSAGE } : {}),
    range: (type ?? handler.node).range,
  };
}

/** A copy: the compiler's own object has its fields on the prototype of a class. */
function plain({ code, category, message, range, relatedRange }: AscDiagnostic): AscDiagnostic {
  return { code, category, message, range, relatedRange };
}

const SEVERITIES = ["info", "info", "warning", "error"] as const;

function convert(diagnostic: AscDiagnostic): Diagnostic {
  const { range } = diagnostic;
  return {
    severity: SEVERITIES[diagnostic.category] ?? "error",
    code: diagnostic.code,
    message: diagnostic.message,
    file: range?.source.normalizedPath ?? "",
    start: range?.start ?? 0,
    end: range?.end ?? 0,
    text: range?.source.text ?? "",
  };
}

function complain(
  message: string,
  hint: string | undefined,
  node: AscNode | null,
  entry: AscSource,
): Diagnostic {
  const range = node?.range ?? { start: 0, end: 0, source: entry };
  return {
    severity: "error",
    code: 0,
    message,
    ...(hint === undefined ? {} : { hint }),
    file: range.source.normalizedPath,
    start: range.start,
    end: range.end,
    text: range.source.text,
  };
}

/**
 * Puts the texts of the sources into the map: most of them are in packages or are generated.
 * Paths are relative to the project, and the map stands in a folder of it.
 */
function withContents(asc: Asc, program: AscProgram, sourceMap: string): string {
  const map = JSON.parse(sourceMap) as {
    sources: string[];
    sourceRoot?: string;
    sourcesContent?: (string | null)[];
  };
  map.sourceRoot = "../";
  map.sourcesContent = map.sources.map((path) => asc.getSource(program, path.replace(/\.ts$/, "")));
  return JSON.stringify(map);
}
