// Regular expressions of the source become tables in the module: each literal is replaced, in the syntax tree, by a
// call that gives its table to the library.

import type { Asc, AscNode, AscSource } from "../asc.ts";
import { buildTable, type RegexTable } from "./automaton.ts";
import { parseRegex, RegexError } from "./parse.ts";

/** Names of the library's functions, known everywhere: for whole tables, and for steps. */
const MAKE = "__smdk_regex";
const MAKE_LARGE = "__smdk_large_regex";

export interface RegexProblem {
  readonly message: string;
  readonly hint: string;
  readonly node: AscNode;
}

export interface RegexResult {
  /** Whether there were any, or the class is named. */
  readonly found: boolean;
  readonly problems: readonly RegexProblem[];
}

interface RegexLiteral extends AscNode {
  readonly pattern: string;
  readonly patternFlags: string;
}

/** The table of a pattern. Throws a `RegexError` for what is not supported. */
export function compileRegex(pattern: string, flags: string): RegexTable {
  return buildTable(parseRegex(pattern, flags));
}

/** Replaces the regular expressions in all sources of the user's. */
export function replaceRegexes(asc: Asc, sources: readonly AscSource[]): RegexResult {
  const problems: RegexProblem[] = [];
  let found = false;
  const replace = (literal: RegexLiteral): AscNode => {
    found = true;
    let table: RegexTable = { isWhole: true, units: new Uint16Array() };
    try {
      table = compileRegex(literal.pattern, literal.patternFlags);
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      const start = literal.range.start + 1 + error.index;
      const range = { start, end: Math.max(start + 1, literal.range.end), source: literal.range.source };
      problems.push({ message: error.message, hint: error.hint, node: { kind: literal.kind, range } });
    }
    const { range } = literal;
    return asc.Node.createCallExpression(
      asc.Node.createIdentifierExpression(table.isWhole ? MAKE : MAKE_LARGE, range),
      null,
      [asc.Node.createStringLiteralExpression(textOf(table.units), range)],
      range,
    );
  };
  const seen = new Set<unknown>();
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    for (const [key, child] of Object.entries(value)) {
      if (key === "range" || typeof child !== "object" || child === null) continue;
      const node = child as Partial<RegexLiteral> & { literalKind?: number };
      if (node.kind === asc.NodeKind.Literal && typeof node.pattern === "string") {
        (value as Record<string, unknown>)[key] = replace(node as RegexLiteral);
      } else if (Array.isArray(child) || typeof node.kind === "number" || key === "next") walk(child);
    }
  };
  for (const source of sources) {
    if (source.normalizedPath.startsWith("~lib/")) continue;
    found ||= /\bRegExp/.test(source.text);
    walk(source.statements);
  }
  return { found, problems };
}

function textOf(units: Uint16Array): string {
  let text = "";
  for (let i = 0; i < units.length; i += 4096) text += String.fromCharCode(...units.subarray(i, i + 4096));
  return text;
}
