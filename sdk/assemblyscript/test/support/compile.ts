// One compiler for all tests of a file: the first build of a process takes seconds, the others do not.

import { fileURLToPath } from "node:url";
import {
  type AssemblyScriptCompiler,
  type CompileResult,
  createCompiler,
  type LogLevel,
} from "../../src/index.ts";

let compiler: Promise<AssemblyScriptCompiler> | undefined;

export const fixtures = fileURLToPath(new URL("../fixtures/", import.meta.url));

async function run(options: Parameters<AssemblyScriptCompiler["compile"]>[0]): Promise<CompileResult> {
  compiler ??= createCompiler();
  return (await compiler).compile(options);
}

function wasmOf(result: CompileResult): Uint8Array {
  if (result.wasm === null) {
    throw new Error(result.diagnostics.map(({ message, file }) => `${file}: ${message}`).join("\n"));
  }
  return result.wasm;
}

/** Builds a file of the fixtures. */
export async function buildFixture(
  file: string,
  profile: "release" | "small" | "debug" = "release",
): Promise<Uint8Array> {
  return wasmOf(await run({ projectDir: fixtures, entry: file, profile }));
}

/** Compiles a source that exists only here; the usual import stands in front of it. */
export async function compileText(source: string, logLevel?: LogLevel): Promise<CompileResult> {
  const text = `import { Bytes, Json, Output, Params, Record } from "@smdk/assemblyscript";\n${source}`;
  return run({
    projectDir: "/project",
    entry: "src/index.ts",
    profile: "debug",
    ...(logLevel && { logLevel }),
    readFile: (file) => (file.replaceAll("\\", "/").endsWith("/project/src/index.ts") ? text : null),
  });
}

export async function buildText(source: string, logLevel?: LogLevel): Promise<Uint8Array> {
  return wasmOf(await compileText(source, logLevel));
}
