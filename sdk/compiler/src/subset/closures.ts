// Functions inside of functions that use what belongs to the one around them.

import type { Complain } from "./complaint.ts";
import { type Binding, isFunction, lookUp, type Reference, type Scope } from "./scopes.ts";
import { child, type Node, nameOf, walk } from "./syntax.ts";

/** Complains of each inner function once; of those that use what is known when they are compiled it only warns. */
export function checkClosures(program: Node, references: readonly Reference[], complain: Complain): void {
  const reported = new Set<Node>();
  const constants = new Map<Node, string>();
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
    if (isConstant(reference.binding, 0)) {
      if (!constants.has(inner)) constants.set(inner, name);
      continue;
    }
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
  for (const [inner, name] of constants) {
    if (reported.has(inner)) continue;
    complain(
      "SM105",
      inner,
      `AssemblyScript has no closures: this function can use ${name} only because it is a constant`,
      `Move ${name} to the top level of the file, where it may change too.`,
      "warning",
    );
  }
}

/** Whether the compiler puts a value in its place: inner functions can then use it. When in doubt it is asked. */
function isConstant(binding: Binding | null, depth: number): boolean {
  if (binding === null || binding.kind === "other") return true;
  if (binding.kind === "function") return binding.scope.owner === null;
  const init = binding.isConst ? child(binding.node, "init") : null;
  return init !== null && isConstantValue(init, binding.scope, depth + 1);
}

function isConstantValue(node: Node, scope: Scope, depth: number): boolean {
  if (depth > 50) return false;
  const are = (...fields: string[]): boolean =>
    fields.every((field) => {
      const value = child(node, field);
      return value !== null && isConstantValue(value, scope, depth + 1);
    });
  switch (node.type) {
    case "NumericLiteral":
    case "StringLiteral":
    case "BooleanLiteral":
    case "ArrowFunctionExpression":
    case "FunctionExpression":
      return true;
    case "TemplateLiteral":
      return (node.expressions as unknown[]).length === 0;
    case "UnaryExpression":
      return are("argument");
    case "BinaryExpression":
      return are("left", "right") && !["left", "right"].some((side) => isText(child(node, side)));
    case "ConditionalExpression":
      return are("test", "consequent", "alternate");
    case "ParenthesizedExpression":
    case "TSAsExpression":
    case "TSTypeAssertion":
    case "TSSatisfiesExpression":
      return are("expression");
    case "MemberExpression": {
      // A member of an enum or a namespace, such as Math.
      const object = lookUp(scope, nameOf(child(node, "object")));
      return (object === null || object.kind === "other") && child(node, "object")?.type === "Identifier";
    }
    case "Identifier":
      return isConstant(lookUp(scope, nameOf(node)), depth);
    default:
      return false;
  }
}

/** Texts are put together when the module runs. */
function isText(node: Node | null): boolean {
  return node?.type === "StringLiteral" || node?.type === "TemplateLiteral";
}

/** The inner function that a reference makes a closure, or null. */
function capturing({ binding, scope }: Reference): Node | null {
  const owner = binding?.scope.owner ?? null;
  if (binding === null || owner === null || scope.owner === owner || scope.owner === null) return null;
  if (binding.kind === "other") return null;
  return scope.owner;
}
