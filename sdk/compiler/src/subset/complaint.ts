// A construct of TypeScript that AssemblyScript does not have, at its place.

import type { RuleCode, Severity } from "../lint/findings.ts";

export interface Complaint {
  readonly rule: RuleCode;
  readonly severity: Severity;
  /** UTF-16 positions. */
  readonly start: number;
  readonly end: number;
  readonly message: string;
  /** What to write instead. */
  readonly hint: string;
}

/** Takes a complaint about a node or a part of the text. */
export type Complain = (
  rule: RuleCode,
  at: { readonly start: number; readonly end: number },
  message: string,
  hint: string,
  /** Default the rule's. */
  severity?: Severity,
) => void;
