/** The cases of a project, run against its module as it is now. */
import { type CaseResult, readCases, runCase } from "@smdk/testing";
import { builtModule } from "./built-module.ts";
import { findProject } from "./project.ts";

/** Runs all cases of the project that `start` is in; null when it has none. */
export async function runProjectCases(start: string | undefined): Promise<CaseResult[] | null> {
  const project = findProject(start);
  const cases = await readCases(project);
  if (cases === null) return null;
  const { bytes } = await builtModule(project);
  const results: CaseResult[] = [];
  for (const [index, item] of cases.entries()) results.push(await runCase(bytes, item, index));
  return results;
}
