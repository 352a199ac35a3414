// Functions inside of functions that use what belongs to the one around them.

import type { Complain } from "./complaint.ts";
import { isFunction, type Reference } from "./scopes.ts";
import { type Node, walk } from "./syntax.ts";

/** Complains of each inner function once. */
export function checkClosures(program: Node, references: readonly Reference[], complain: Complain): void {
  const reported = new Set<Node>();
  const report = (inner: Node, name: string, what: string): void => {
    if (reported.has(inner)) return;
    reported.add(inner);
    complain(
      "SM105",
      inner,
      `AssemblyScript has no closures: this function uses ${name} from around it`,
      what,
    );
  };
  for (const reference of references) {
    const inner = capturing(reference);
    if (inner === null) continue;
    const { name } = reference;
    const isCode = reference.binding?.kind === "function";
    report(
      inner,
      name,
      isCode
        ? `Move the function ${name} to the top level of the file.`
        : `Use a \`for\` loop in place of the inner function, or move ${name} to the top level of the file: \`let ${name} …\` outside of all functions.`,
    );
  }
  walk(program, (node, above) => {
    if (node.type !== "ThisExpression") return undefined;
    const at = above.findLastIndex(isFunction);
    const inner = above[at];
    if (inner?.type === "ArrowFunctionExpression") {
      report(
        inner,
        "this",
        "Use a `for` loop in place of the inner function: inside of one there is no `this`.",
      );
    }
    return undefined;
  });
}

/** The inner function that a reference makes a closure, or null. */
function capturing({ binding, scope }: Reference): Node | null {
  const owner = binding?.scope.owner ?? null;
  if (binding === null || owner === null || scope.owner === owner || scope.owner === null) return null;
  if (binding.kind === "other") return null;
  return scope.owner;
}
