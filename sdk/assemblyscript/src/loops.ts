// `for (let item = first; item !== null; item = item.next)`: the compiler does not carry what the condition says over to
// the third part. There it gets told with a `!`, in the syntax tree.

import type { Asc, AscNode, AscSource } from "./asc.ts";

interface Expression extends AscNode {
  readonly text?: string;
  readonly operator?: number;
  readonly left?: Expression;
  readonly right?: Expression;
  expression?: Expression;
}

interface Loop extends AscNode {
  readonly condition?: Expression | null;
  readonly incrementor?: Expression | null;
}

interface Enums {
  readonly Token: Readonly<
    Record<"Ampersand_Ampersand" | "Exclamation_Equals" | "Exclamation_Equals_Equals", number>
  >;
  readonly AssertionKind: { readonly NonNull: number };
  readonly Node: {
    createAssertionExpression(kind: number, of: AscNode, type: null, range: unknown): Expression;
  };
}

/** Completes the loops of the user's sources. */
export function completeLoops(asc: Asc, sources: readonly AscSource[]): void {
  const { NodeKind } = asc;
  const { Token, AssertionKind, Node } = asc as unknown as Enums;

  /** Names that a condition finds not to be null. */
  const present = (node: Expression | null | undefined, names: Set<string>): Set<string> => {
    if (!node) return names;
    if (node.kind === NodeKind.Identifier && node.text) names.add(node.text);
    if (node.kind === NodeKind.Parenthesized) present(node.expression, names);
    if (node.kind !== NodeKind.Binary) return names;
    if (node.operator === Token.Ampersand_Ampersand) {
      present(node.left, names);
      present(node.right, names);
    } else if (
      node.operator === Token.Exclamation_Equals ||
      node.operator === Token.Exclamation_Equals_Equals
    ) {
      if (node.right?.kind === NodeKind.Null && node.left?.text) names.add(node.left.text);
      if (node.left?.kind === NodeKind.Null && node.right?.text) names.add(node.right.text);
    }
    return names;
  };
  /** Puts the `!` where a member of such a name is asked for. */
  const assertIn = (value: unknown, names: ReadonlySet<string>): void => {
    if (typeof value !== "object" || value === null) return;
    const node = value as Expression;
    const of = node.expression;
    const isAccess = node.kind === NodeKind.PropertyAccess || node.kind === NodeKind.ElementAccess;
    if (isAccess && of && of.kind === NodeKind.Identifier && names.has(of.text ?? "")) {
      node.expression = Node.createAssertionExpression(AssertionKind.NonNull, of, null, of.range);
      return;
    }
    for (const [key, child] of Object.entries(value)) if (key !== "range") assertIn(child, names);
  };
  const seen = new Set<unknown>();
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    const loop = value as Loop;
    if (loop.kind === NodeKind.For && loop.incrementor) {
      assertIn(loop.incrementor, present(loop.condition, new Set()));
    }
    for (const [key, child] of Object.entries(value)) {
      if (key !== "range" && typeof child === "object") walk(child);
    }
  };
  for (const source of sources) {
    if (!source.normalizedPath.startsWith("~lib/")) walk(source.statements);
  }
}
