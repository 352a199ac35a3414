// What TypeScript has and AssemblyScript does not, as findings.

import { checkSubset } from "../subset/check.ts";
import { checkEntry } from "../subset/entry.ts";
import type { Finding, SourceText } from "./findings.ts";

/** Finds the constructs in one file; in an entry file also functions that nothing would call. */
export function lintSubset(source: SourceText, isEntry: boolean): Finding[] {
  const complaints = checkSubset(source.text, isEntry ? checkEntry : undefined);
  return complaints.map(({ rule, severity, start, message, hint }) => ({
    ...source.finding(rule, start, message, { hint }),
    severity,
  }));
}
