// What to write instead of the TypeScript that AssemblyScript does not have.

import type { Diagnostic } from "@smdk/assemblyscript/compiler";

/** Advice for a compiler message, or undefined when there is none. */
export function hintFor(diagnostic: Diagnostic): string | undefined {
  const source = diagnostic.text.slice(diagnostic.start, diagnostic.end);
  return RULES.find((rule) => rule.matches(diagnostic, source))?.hint;
}

interface Rule {
  readonly matches: (diagnostic: Diagnostic, source: string) => boolean;
  readonly hint: string;
}

const RULES: readonly Rule[] = [];
