/** Cases of a project for people. */
import type { CaseResult } from "@smdk/testing";
import type { Palette } from "../output.ts";

/** A line for each case, what differed below those that failed, and how many passed. `verbose` adds what modules wrote. */
export function casesReport(results: readonly CaseResult[], color: Palette, verbose: boolean): string {
  const passed = results.filter((result) => result.passed).length;
  return results
    .flatMap(({ title, passed, differences, written }) => [
      `${passed ? color.green("✓") : color.red("✗")} ${title}`,
      ...differences.map((line) => `    ${line}`),
      ...(verbose || !passed ? writtenLines(written) : []),
    ])
    .concat(`${passed} of ${results.length} cases passed`)
    .join("\n");
}

function writtenLines(written: string): string[] {
  return written
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => `    | ${line}`);
}
