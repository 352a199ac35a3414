/** The cases of a project, run against its module as it is now. */
import { type CaseResult, readCases, runCase } from "@smdk/testing";
import { builtModule } from "./built-module.ts";
import { withSystemSignals } from "./interrupt.ts";
import { findProject } from "./project.ts";

/** Runs all cases of the project that `start` is in; null when it has none. */
export async function runProjectCases(start: string | undefined): Promise<CaseResult[] | null> {
  const project = findProject(start);
  return await runCases(project, async () => (await builtModule(project)).bytes);
}

/** Runs the cases in a project's folder against a module, which is asked for only if there are any; null otherwise. */
export async function runCases(
  projectDir: string,
  module: () => Promise<Uint8Array>,
): Promise<CaseResult[] | null> {
  const cases = await readCases(projectDir);
  if (cases === null) return null;
  const bytes = await module();
  return await withSystemSignals(async () => {
    const results: CaseResult[] = [];
    for (const [index, item] of cases.entries()) results.push(await runCase(bytes, item, index));
    return results;
  });
}
