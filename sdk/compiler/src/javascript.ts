// Projects in TypeScript and JavaScript: the module carries a JavaScript engine with the program inside.

import { access, mkdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { JavaScriptCompiler } from "@smdk/javascript/compiler";
import { checkAbi } from "./abi.ts";
import type { BuildOptions, BuildResult } from "./build.ts";
import { declareParams } from "./declared-params.ts";
import { type BuildDiagnostic, BuildError, CompilerError } from "./errors.ts";
import { inspectModule } from "./inspect.ts";
import type { JavySources } from "./javy.ts";
import type { Project } from "./project.ts";
import { tieScriptMap } from "./source-map.ts";
import { writeWhole } from "./write.ts";

/** A compiler for one project that stays warm. */
export interface JavaScriptBackend {
  /** Builds the project and writes the module. `start` is when the caller began, for the duration. */
  build(project: Project, options: Omit<BuildOptions, "projectDir">, start: number): Promise<BuildResult>;
}

/** Nothing is loaded before the first build. */
export function createJavaScript(projectDir: string): JavaScriptBackend {
  const compilers = new Map<string, Promise<JavaScriptCompiler>>();
  return {
    async build(project, options, start) {
      const compiler = compilerFor(compilers, project, options, projectDir);
      const { entry, memoryMiB, millionSteps } = project.manifest.build;
      await access(path.join(project.dir, entry)).catch(() => {
        throw new CompilerError("SMDK_ENTRY_MISSING", `the entry file ${entry} is missing`, {
          hint: "Create it, or name another one as `entry` in the table [build] of SmartModule.toml.",
          location: { file: project.manifest.path, line: 1, column: 1 },
        });
      });
      const limits = {
        ...(memoryMiB === undefined ? {} : { memoryMiB }),
        ...(millionSteps === undefined ? {} : { millionSteps }),
      };
      const built = await (await compiler)
        .build({ projectDir: project.dir, entry, limits })
        .catch((error: unknown) => {
          const diagnostics = diagnosticsOf(error);
          throw diagnostics === undefined ? error : new BuildError(diagnostics);
        });
      const faults = checkAbi(inspectModule(built.bytes));
      if (faults.length > 0)
        throw new Error(`the engine made a module that cannot run: ${faults.join("; ")}`);
      // Before the module is written: it is not to look older than its manifest.
      const declaring = await declareParams(built.params ?? [], project.manifest);
      await mkdir(project.outDir, { recursive: true });
      await writeWhole(project.wasmPath, built.bytes);
      const mapPath = `${project.wasmPath}.map`;
      const withMap = options.sourceMap ?? true;
      if (withMap) {
        const map = await tieScriptMap(built.sourceMap, built.bytes, project.dir, built.files);
        await writeWhole(mapPath, map);
      } else await rm(mapPath, { force: true });
      return {
        wasmPath: project.wasmPath,
        bytes: built.bytes,
        name: project.manifest.package.name,
        kind: built.kind,
        durationMs: performance.now() - start,
        sourceMapPath: withMap ? mapPath : null,
        warnings: [...built.diagnostics, ...declaring],
        files: built.files,
        packageFiles: built.packageFiles,
      };
    },
  };
}

function diagnosticsOf(error: unknown): readonly BuildDiagnostic[] | undefined {
  const isBuildError =
    typeof error === "object" && error !== null && "code" in error && "diagnostics" in error;
  return isBuildError && error.code === "SMDK_BUILD_FAILED"
    ? (error.diagnostics as readonly BuildDiagnostic[])
    : undefined;
}

/** The compiler for the engine that is asked for, the same one for the same engine. */
function compilerFor(
  compilers: Map<string, Promise<JavaScriptCompiler>>,
  project: Project,
  options: Omit<BuildOptions, "projectDir">,
  projectDir: string,
): Promise<JavaScriptCompiler> {
  const { engine: configured, javy, kind } = project.manifest.build;
  const engine = options.engine ?? configured ?? "quickjs";
  const key = engine === "javy" ? `javy ${options.javy ?? javy} ${kind}` : engine;
  let compiler = compilers.get(key);
  if (compiler === undefined) {
    compiler =
      engine === "javy"
        ? loadJavy({ given: options.javy, configured: javy, projectDir: project.dir }, kind)
        : loadCompiler(projectDir);
    compilers.set(key, compiler);
  }
  return compiler;
}

async function loadJavy(
  sources: JavySources,
  kind: Project["manifest"]["build"]["kind"],
): Promise<JavaScriptCompiler> {
  const { createJavyCompiler } = await import("@smdk/javascript/javy");
  const { findJavyPlugin } = await import("./javy.ts");
  return createJavyCompiler({
    plugin: () => findJavyPlugin(sources),
    ...(kind !== undefined && { programKind: kind }),
  });
}

/** The project's own @smdk/javascript if it has one; ours otherwise. */
async function loadCompiler(projectDir: string): Promise<JavaScriptCompiler> {
  const require = createRequire(path.join(path.resolve(projectDir), "package.json"));
  let entry: string | undefined;
  try {
    entry = require.resolve("@smdk/javascript/compiler");
  } catch {
    entry = undefined;
  }
  const loaded =
    entry === undefined
      ? await import("@smdk/javascript/compiler")
      : ((await import(pathToFileURL(entry).href)) as typeof import("@smdk/javascript/compiler"));
  return loaded.createCompiler();
}
