// The syntax tree of a source as TypeScript understands it. AssemblyScript's own parser stops at what it does not
// know, and says so in words about its grammar; this one knows all of TypeScript.

import { createRequire } from "node:module";
import { type Token, tokenize } from "../lint/tokens.ts";

// Who only looks into modules need not wait for the parser.
const require = createRequire(import.meta.url);
const loadParser = (): typeof import("@babel/parser") => require("@babel/parser");

/** A node of the tree: its type decides about the other fields. Positions are UTF-16 indexes. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** Parses a source; null when it is not TypeScript at all, of which the compiler complains by itself. */
export function parseSource(text: string): Node | null {
  try {
    const file = loadParser().parse(withoutFunctionDecorators(text), {
      sourceType: "module",
      errorRecovery: true,
      attachComment: false,
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
      plugins: ["typescript", "decorators-legacy", "explicitResourceManagement", "decoratorAutoAccessors"],
    }) as unknown as { program: Node; errors: readonly unknown[] };
    return file.program;
  } catch {
    return null;
  }
}

/** TypeScript has decorators only on classes and what is in them: others (`@inline function`) become blanks. */
function withoutFunctionDecorators(text: string): string {
  if (!text.includes("@")) return text;
  const tokens = tokenize(text);
  let result = text;
  for (let index = 0; index < tokens.length; index++) {
    if (tokens[index]!.text !== "@" || tokens[index + 1]?.kind !== "word") continue;
    let after = index + 2;
    if (tokens[after]?.text === "(") after = closing(tokens, after) + 1;
    let next = after;
    // One decorator may follow another.
    while (tokens[next]?.text === "@") {
      next += 2;
      if (tokens[next]?.text === "(") next = closing(tokens, next) + 1;
    }
    while (["export", "declare", "default"].includes(tokens[next]?.text ?? "")) next++;
    if (
      !["function", "let", "const", "var", "namespace", "enum", "type", "interface"].includes(
        tokens[next]?.text ?? "",
      )
    )
      continue;
    const { start } = tokens[index]!;
    const { end } = tokens[after - 1]!;
    result = blank(result, start, end);
  }
  return result;
}

/** The text with blanks in place of a part; line ends stay. */
export function blank(text: string, start: number, end: number): string {
  return text.slice(0, start) + text.slice(start, end).replace(/[^\r\n]/g, " ") + text.slice(end);
}

function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at]!.kind !== "sign") continue;
    if (tokens[at]!.text === "(") depth++;
    if (tokens[at]!.text === ")" && --depth === 0) return at;
  }
  return tokens.length - 1;
}

/** Whether a value is a node. */
export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Partial<Node>).type === "string";
}

/** A field that is a node, or null. */
export function child(node: Node | null, field: string): Node | null {
  const value = node?.[field];
  return isNode(value) ? value : null;
}

/** A field that is a list of nodes; empty when it is not there. Holes of arrays are left out. */
export function children(node: Node | null, field: string): Node[] {
  const value = node?.[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** Name of an identifier; empty for anything else. */
export function nameOf(node: Node | null): string {
  return node?.type === "Identifier" ? (node.name as string) : "";
}

/** All nodes right below one, in the order of the text. */
export function nodesBelow(node: Node): Node[] {
  const below: Node[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (key === "loc" || key === "extra") continue;
    if (Array.isArray(value)) below.push(...value.filter(isNode));
    else if (isNode(value)) below.push(value);
  }
  return below.sort((a, b) => a.start - b.start);
}

/** Visits a node and all below it, parents first; `above` ends with the parent. `false` leaves out what is below. */
export function walk(
  node: Node,
  visit: (node: Node, above: readonly Node[]) => boolean | undefined,
  above: Node[] = [],
): void {
  if (visit(node, above) === false) return;
  above.push(node);
  for (const next of nodesBelow(node)) walk(next, visit, above);
  above.pop();
}
