// `log.debug(…)` and its like, below the level of the build, are taken out of the syntax tree: neither the call nor
// the making of its message is compiled.

import type { Asc, AscNode, AscSource, AscStatement } from "./asc.ts";
import { LIBRARY } from "./glue.ts";

/** Levels, least important first. `off` keeps nothing. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "off"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

interface ImportDeclaration {
  readonly name: { readonly text: string };
  readonly foreignName?: { readonly text: string };
}

interface Call extends AscNode {
  readonly expression?: Call;
  readonly property?: { readonly text: string };
  readonly text?: string;
}

/** Removes the calls below a level from the user's sources. */
export function removeLogs(asc: Asc, sources: readonly AscSource[], level: LogLevel): void {
  const off = new Set<string>(LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(level)));
  for (const source of sources) {
    const name = source.normalizedPath.startsWith("~lib/") ? null : logName(asc, source.statements);
    if (name !== null) removeCalls(asc, source.statements, name, off);
  }
}

/** What a source calls the library's `log`, or null when it does not import it. */
function logName(asc: Asc, statements: readonly AscStatement[]): string | null {
  for (const statement of statements) {
    if (statement.kind !== asc.NodeKind.Import || statement.internalPath !== `~lib/${LIBRARY}`) continue;
    const declarations = statement.declarations as readonly ImportDeclaration[] | null | undefined;
    const found = declarations?.find(({ foreignName }) => foreignName?.text === "log");
    if (found !== undefined) return found.name.text;
  }
  return null;
}

function removeCalls(asc: Asc, statements: unknown, name: string, off: ReadonlySet<string>): void {
  const { NodeKind } = asc;
  const isOff = (statement: Call): boolean => {
    const call = statement.kind === NodeKind.Expression ? statement.expression : undefined;
    const target = call !== undefined && call.kind === NodeKind.Call ? call.expression : undefined;
    if (target === undefined || target.kind !== NodeKind.PropertyAccess) return false;
    return target.expression?.text === name && off.has(target.property?.text ?? "");
  };
  const seen = new Set<unknown>();
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    for (const [key, child] of Object.entries(value)) {
      if (key === "range" || typeof child !== "object" || child === null) continue;
      const node = child as Call;
      if (typeof node.kind === "number" && isOff(node)) {
        (value as Record<string, unknown>)[key] = asc.Node.createEmptyStatement(node.range);
      } else if (Array.isArray(child) || typeof node.kind === "number") walk(child);
    }
  };
  walk(statements);
}
