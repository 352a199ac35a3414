// From JavaScript or TypeScript to a SmartModule: a core wasm module with the engine and the program inside.

import path from "node:path";
import { bundle, lineTable } from "./bundle.ts";
import { idleExports, loadFailure, wrongExports } from "./complaints.ts";
import { type BuildDiagnostic, JavaScriptBuildError } from "./errors.ts";
import { compile } from "./literal.ts";
import { type TransformKind, takeSnapshot } from "./snapshot.ts";
import { type Engine, GuestError, loadEngine } from "./vm.ts";

export { type BuildDiagnostic, JavaScriptBuildError } from "./errors.ts";
export { BROUGHT, MISSING } from "./platform.ts";
export type { TransformKind } from "./snapshot.ts";

export interface JavaScriptBuildOptions {
  /** Folder of the project, absolute: libraries are looked up from there. */
  readonly projectDir: string;
  /** Entry file, relative to the folder. */
  readonly entry: string;
  readonly limits?: JavaScriptLimits;
}

/** What one record may use up. Beyond a limit the record fails, and the module goes on. */
export interface JavaScriptLimits {
  /** Mebibytes of the JavaScript heap, 1 to 900. Default 512: hosts end modules at about 1,000. */
  readonly memoryMiB?: number;
  /** Millions of engine steps for a record, 0 for no limit. Default 1000, some five seconds. */
  readonly millionSteps?: number;
}

export interface JavaScriptBuild {
  /** The module. */
  readonly bytes: Uint8Array;
  /** Source map of the bundled program, as JSON. */
  readonly sourceMap: string;
  readonly kind: TransformKind;
  readonly hasInit: boolean;
  readonly hasLookBack: boolean;
  /** Parameters that `defineSmartModule` declares; null when it is not used or declares none. */
  readonly params: readonly DeclaredParam[] | null;
  /** Warnings. */
  readonly diagnostics: readonly BuildDiagnostic[];
  /** The user's files that went into it, absolute. */
  readonly files: readonly string[];
  /** Files of npm packages that went into it, absolute. */
  readonly packageFiles: readonly string[];
  /** What the program's top level wrote to the console. */
  readonly output: string;
}

export interface DeclaredParam {
  readonly name: string;
  readonly optional: boolean;
  readonly description?: string;
}

/** A compiler that has the engine loaded. */
export interface JavaScriptCompiler {
  build(options: JavaScriptBuildOptions): Promise<JavaScriptBuild>;
}

/** Builds once. For many builds use `createCompiler`. Throws `JavaScriptBuildError`. */
export async function buildJavaScript(options: JavaScriptBuildOptions): Promise<JavaScriptBuild> {
  return createCompiler().build(options);
}

/** Makes a compiler; the engine is loaded with the first build. */
export function createCompiler(): JavaScriptCompiler {
  let loaded: Promise<Engine> | undefined;
  return {
    async build(options) {
      loaded ??= loadEngine();
      const loading = loaded;
      const bundled = await bundle(options.projectDir, options.entry);
      const engine = await loading;
      const fail = (more: BuildDiagnostic): never => {
        throw new JavaScriptBuildError([more, ...bundled.diagnostics]);
      };
      if (bundled.diagnostics.some((each) => each.severity === "error")) {
        throw new JavaScriptBuildError(bundled.diagnostics);
      }
      try {
        const bytecode = compile(engine, bundled.code, "module.js");
        const snapshot = takeSnapshot(
          engine,
          bytecode,
          lineTable(bundled.map, options.projectDir),
          limitsOf(options.limits),
        );
        if ("problem" in snapshot) {
          const file = path.resolve(options.projectDir, options.entry);
          return fail(wrongExports(file, snapshot.problem, snapshot.hint));
        }
        const { params, ...rest } = snapshot;
        return {
          ...rest,
          params: params === null ? null : (JSON.parse(params) as DeclaredParam[]),
          sourceMap: bundled.mapText,
          diagnostics: [
            ...bundled.diagnostics,
            ...idleExports(path.resolve(options.projectDir, options.entry)),
          ],
          files: bundled.files,
          packageFiles: bundled.packageFiles,
        };
      } catch (error) {
        if (!(error instanceof GuestError)) throw error;
        return fail(loadFailure(error, bundled, options.projectDir));
      }
    },
  };
}

function limitsOf(limits: JavaScriptLimits = {}): { memory: number; polls: number } {
  const { memoryMiB = 512, millionSteps = 1000 } = limits;
  if (!(memoryMiB >= 1 && memoryMiB <= 900)) throw new RangeError("memoryMiB must be from 1 to 900");
  if (!(millionSteps >= 0 && millionSteps <= 1e6))
    throw new RangeError("millionSteps must be from 0 to 1000000");
  return { memory: Math.round(memoryMiB * 2 ** 20), polls: Math.ceil(millionSteps * 100) };
}
