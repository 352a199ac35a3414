// From a project to a SmartModule on disk.

import { readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import type { AssemblyScriptCompiler, CompileOptions, CompileResult } from "@smdk/assemblyscript/compiler";
import { checkAbi } from "./abi.ts";
import { explainCrash, locateInUsers } from "./crash.ts";
import { describe } from "./diagnostics.ts";
import { type BuildDiagnostic, BuildError, CompilerError } from "./errors.ts";
import { codeFrame, positionOf } from "./frame.ts";
import { inspectModule, type ModuleKind } from "./inspect.ts";
import { createJavaScript, type JavaScriptBackend } from "./javascript.ts";
import { type JavaScriptEngine, MANIFEST_FILE } from "./manifest.ts";
import { loadProject, type Project } from "./project.ts";
import { tieSourceMap, withoutMapUrl } from "./source-map.ts";
import type { CheckedSource } from "./subset/sources.ts";
import { writeWhole } from "./write.ts";

export interface BuildOptions {
  /** Folder with the SmartModule.toml. */
  readonly projectDir: string;
  /** Default true. Without it nothing is optimised, names are kept and there is a source map. */
  readonly release?: boolean;
  /** What a release build is optimised for; default speed. */
  readonly optimize?: "speed" | "size";
  /** JavaScript engine of TypeScript and JavaScript projects; default the manifest's, or else quickjs. */
  readonly engine?: JavaScriptEngine;
  /** Javy's plugin or executable, for the engine javy; else variables, the manifest and the PATH tell. */
  readonly javy?: string;
  /** Whether to write a source map beside the module. Default true; release builds do not mention it. */
  readonly sourceMap?: boolean;
}

export interface BuildResult {
  /** Absolute path of the module. */
  readonly wasmPath: string;
  /** The module itself. */
  readonly bytes: Uint8Array;
  /** Name in the manifest. */
  readonly name: string;
  readonly kind: ModuleKind;
  readonly durationMs: number;
  /** Absolute path of the source map, if there is one. */
  readonly sourceMapPath: string | null;
  readonly warnings: readonly BuildDiagnostic[];
  /** The user's files that went into it, absolute: what a watcher should look at, with the manifest. */
  readonly files: readonly string[];
  /** Files of npm packages that went into it, absolute. */
  readonly packageFiles: readonly string[];
}

/**
 * Builds a project. The first build of a process loads the compiler, which takes seconds; for many builds
 * use `createBuilder`. Throws `SMDK_MANIFEST_*`, `SMDK_ENTRY_MISSING` or a `BuildError` (`SMDK_BUILD_FAILED`).
 */
export async function build(options: BuildOptions): Promise<BuildResult> {
  return createBuilder(options.projectDir).build(options);
}

/** A compiler that stays warm: a small module builds again in a fraction of a second. */
export interface Builder {
  /** Builds the project as it is on disk now. Builds of one builder run one after the other. */
  build(options?: Omit<BuildOptions, "projectDir">): Promise<BuildResult>;
  /** Loads the compiler and gets it up to speed; optional, for when there is time before the first build. */
  warm(): Promise<void>;
}

/** Makes a builder for a project. Nothing is read or loaded before the first build. */
export function createBuilder(projectDir: string): Builder {
  let compiler: Promise<AssemblyScriptCompiler> | undefined;
  let javascript: JavaScriptBackend | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const load = (): Promise<AssemblyScriptCompiler> => {
    compiler ??= loadCompiler(projectDir);
    return compiler;
  };
  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
  return {
    build: (options = {}) =>
      inOrder(async () => {
        const start = performance.now();
        const project = await loadProject(projectDir);
        if (project.manifest.build.lang !== "assemblyscript") {
          javascript ??= createJavaScript(projectDir);
          return javascript.build(project, options, start);
        }
        const sources = await checkProjectSources(project);
        if (options.engine !== undefined) {
          throw new CompilerError("SMDK_BUILD_ENGINE", "only TypeScript and JavaScript run in an engine", {
            hint: `This project is AssemblyScript (lang in ${MANIFEST_FILE}): leave out --engine.`,
          });
        }
        const compile = (await load()).compile;
        return run(project, sources, compile, options, start);
      }),
    warm: () =>
      inOrder(async () => {
        const project = await loadProject(projectDir);
        if (project.manifest.build.lang !== "assemblyscript") return;
        (await load()).compile({ projectDir: project.dir, entry: project.entry });
      }),
  };
}

/** What is not AssemblyScript at all is said before the compiler is even loaded. */
async function checkProjectSources(project: Project): Promise<ReadonlyMap<string, CheckedSource>> {
  // Its parser is only loaded by who builds.
  const { checkSources } = await import("./subset/sources.ts");
  const sources = checkSources(project.dir, project.entry);
  const complaints = complaintsOf(sources);
  if (complaints.some(({ severity }) => severity === "error")) throw new BuildError(complaints);
  return sources;
}

function complaintsOf(sources: ReadonlyMap<string, CheckedSource>): BuildDiagnostic[] {
  const all = [...sources.values()].flatMap(({ file, text, complaints }) =>
    complaints.map(({ severity, start, end, message, hint }) => ({
      severity,
      message,
      hint,
      file,
      ...positionOf(text, start),
      frame: codeFrame(text, start, end),
    })),
  );
  return all.sort((a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"));
}

async function run(
  project: Project,
  sources: ReadonlyMap<string, CheckedSource>,
  compile: AssemblyScriptCompiler["compile"],
  options: Omit<BuildOptions, "projectDir">,
  start: number,
): Promise<BuildResult> {
  const release = options.release ?? true;
  const withMap = options.sourceMap ?? true;
  const mapPath = `${project.wasmPath}.map`;
  const compileOptions: CompileOptions = {
    projectDir: project.dir,
    entry: project.entry,
    profile: !release ? "debug" : options.optimize === "size" ? "small" : "release",
    ...(project.manifest.build.log && { logLevel: project.manifest.build.log }),
    ...(withMap ? { sourceMapUrl: `./${path.basename(mapPath)}` } : {}),
    readFile: (file) => sources.get(file)?.plain ?? readText(file),
  };
  let result: CompileResult;
  try {
    result = compile(compileOptions);
  } catch (error) {
    throw new BuildError([explainCrash(error, compileOptions, compile, textsOf(sources))]);
  }
  if (!result.entryFound) {
    throw new CompilerError("SMDK_ENTRY_MISSING", `the entry file ${project.entry} is missing`, {
      hint: "Create it, or name another one as `entry` in the table [build] of SmartModule.toml.",
      location: { file: project.manifest.path, line: 1, column: 1 },
    });
  }
  const described = describe(result.diagnostics, project.dir);
  const located =
    result.wasm === null ? locateInUsers(described, compileOptions, compile, textsOf(sources)) : described;
  const diagnostics = [...located, ...complaintsOf(sources)];
  const wasm = result.wasm === null || !release ? result.wasm : withoutMapUrl(result.wasm);
  if (wasm === null) throw new BuildError(diagnostics);
  const module = inspectModule(wasm);
  const faults = checkAbi(module);
  if (module.kind === null || faults.length > 0) {
    throw new BuildError([...faults.map((message) => fault(message, project)), ...diagnostics]);
  }
  await mkdir(project.outDir, { recursive: true });
  await writeWhole(project.wasmPath, wasm);
  if (result.sourceMap === null) await rm(mapPath, { force: true });
  else await writeWhole(mapPath, tieSourceMap(result.sourceMap, wasm));
  return {
    wasmPath: project.wasmPath,
    bytes: wasm,
    name: project.manifest.package.name,
    kind: module.kind,
    durationMs: performance.now() - start,
    sourceMapPath: result.sourceMap === null ? null : mapPath,
    warnings: diagnostics,
    files: userFiles(result, project),
    packageFiles: result.packageFiles,
  };
}

/** The user's texts as the compiler is given them: positions are those of the files. */
function textsOf(sources: ReadonlyMap<string, CheckedSource>): Map<string, string> {
  return new Map([...sources].map(([file, { plain }]) => [file, plain]));
}

function fault(message: string, project: Project): BuildDiagnostic {
  return {
    severity: "error",
    file: path.join(project.dir, project.entry),
    line: 1,
    column: 1,
    message,
    frame: "",
  };
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

function userFiles(result: CompileResult, project: Project): string[] {
  return result.files.map((file) => path.resolve(project.dir, file));
}

/** The project's own @smdk/assemblyscript if it has one, so that editor and compiler agree; ours otherwise. */
async function loadCompiler(projectDir: string): Promise<AssemblyScriptCompiler> {
  const require = createRequire(path.join(path.resolve(projectDir), "package.json"));
  let entry: string | undefined;
  try {
    entry = require.resolve("@smdk/assemblyscript/compiler");
  } catch {
    entry = undefined;
  }
  const loaded =
    entry === undefined
      ? await import("@smdk/assemblyscript/compiler")
      : ((await import(pathToFileURL(entry).href)) as typeof import("@smdk/assemblyscript/compiler"));
  setFlags(LIGHT);
  const compiler = await loaded.createCompiler().finally(() => setFlags(FULL));
  let isFirst = true;
  return {
    ...compiler,
    compile: (options) => {
      if (!isFirst) return compiler.compile(options);
      isFirst = false;
      setFlags(LIGHT);
      try {
        return compiler.compile(options);
      } finally {
        setFlags(FULL);
      }
    },
  };
}

/**
 * binaryen is 10 MB of WebAssembly: to optimise it takes longer than a build, and builds behind the first gain little by
 * it. The flags are only set while nothing else can be compiled, so that modules run at full speed.
 */
const LIGHT = ["--liftoff-only", "--no-wasm-tier-up", "--no-wasm-dynamic-tiering"];
const FULL = ["--no-liftoff-only", "--wasm-tier-up", "--wasm-dynamic-tiering"];

function setFlags(flags: readonly string[]): void {
  for (const flag of flags) setFlagsFromString(flag);
}
