/** Builds modules from sources in the test. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createCompiler, type JavaScriptBuild, type JavaScriptLimits } from "@smdk/javascript/compiler";
import { buildChain, type Chain, loadSmartModule } from "@smdk/runtime";
import { type RunOptions, type RunResult, runModule } from "@smdk/testing";

const compiler = createCompiler();

/** Builds a program of one or more files; `src/index.ts` is the entry unless there is another index. */
export async function compile(
  files: string | Readonly<Record<string, string>>,
  limits?: JavaScriptLimits,
): Promise<JavaScriptBuild> {
  const all = typeof files === "string" ? { "src/index.ts": files } : files;
  const projectDir = await mkdtemp(join(tmpdir(), "smdk-js-"));
  try {
    for (const [name, text] of Object.entries(all)) {
      await mkdir(dirname(join(projectDir, name)), { recursive: true });
      await writeFile(join(projectDir, name), text);
    }
    const entry = Object.keys(all).find((name) => name.startsWith("src/index.")) ?? "src/index.ts";
    return await compiler.build({ projectDir, entry, ...(limits && { limits }) });
  } finally {
    await rm(projectDir, { recursive: true, force: true });
  }
}

/** Builds and runs one batch. */
export async function run(
  source: string | Readonly<Record<string, string>>,
  records: Parameters<typeof runModule>[1],
  options?: RunOptions & { limits?: JavaScriptLimits },
): Promise<RunResult> {
  return runModule((await compile(source, options?.limits)).bytes, records, options);
}

/** A chain of one module, for runs over several batches. */
export async function chainOf(source: string, params: Readonly<Record<string, string>> = {}): Promise<Chain> {
  const module = await loadSmartModule((await compile(source)).bytes);
  return buildChain([{ module, params: new Map(Object.entries(params)) }]);
}
