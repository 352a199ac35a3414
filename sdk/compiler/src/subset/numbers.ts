// Arithmetic that AssemblyScript takes in silence and does in another way than TypeScript: warnings, since it may be
// what was wanted.

import type { Complain } from "./complaint.ts";
import type { Reference } from "./scopes.ts";
import { child, children, isNode, type Node, nameOf, walk } from "./syntax.ts";

/** Methods and fields that are integers in AssemblyScript and that nobody wrote a type for. */
const COUNTS = new Set(["length", "size", "indexOf", "lastIndexOf", "findIndex", "charCodeAt"]);

/** Looks for divisions that lose their fraction and shifts that change nothing. */
export function checkNumbers(program: Node, known: ReadonlyMap<Node, Reference>, complain: Complain): void {
  walk(program, (node) => {
    if (node.type === "CallExpression") checkSort(node, known, complain);
    if (node.type !== "BinaryExpression") return undefined;
    const [left, right] = [child(node, "left"), child(node, "right")];
    if (left === null || right === null) return undefined;
    const operator = node.operator;
    if (operator === "/" && isPlainInteger(left, known, 0) && isPlainInteger(right, known, 0)) {
      complain(
        "SM138",
        node,
        "both are integers, so the result has no fraction: 7 / 2 is 3",
        "For a fraction write `<f64>a / <f64>b`, or `7.0 / 2`. If an integer is what you want, give the variables a type: `let a: i32 = 7;`.",
      );
    } else if (operator === ">>>" && right.type === "NumericLiteral" && right.value === 0) {
      complain("SM138", node, "`>>> 0` does not make a number unsigned here", "Convert it: `<u32>value`.");
    }
    return undefined;
  });
}

/** JavaScript sorts numbers by their texts if not told otherwise. */
function checkSort(node: Node, known: ReadonlyMap<Node, Reference>, complain: Complain): void {
  const callee = child(node, "callee");
  if (nameOf(child(callee, "property")) !== "sort" || (node.arguments as unknown[]).length > 0) return;
  const object = child(callee, "object");
  const declarator = object === null ? undefined : known.get(object)?.binding?.node;
  const init = declarator?.type === "VariableDeclarator" ? child(declarator, "init") : object;
  const type = child(child(child(declarator ?? null, "id"), "typeAnnotation"), "typeAnnotation");
  const element = type?.type === "TSArrayType" ? child(type, "elementType") : null;
  const isNumbers =
    element === null
      ? type === null &&
        init?.type === "ArrayExpression" &&
        children(init, "elements")[0]?.type === "NumericLiteral"
      : element.type === "TSNumberKeyword" ||
        /^(?:[iu]\d+|f32|f64)$/.test(nameOf(child(element, "typeName")));
  if (!isNumbers) return;
  complain(
    "SM138",
    node,
    "sort() puts numbers in the order of their values, and not of their texts as in JavaScript: 9 comes before 10",
    "Say the order: `list.sort((a, b) => a - b);`.",
  );
}

/** Whether the compiler makes an integer of it though nobody said so. */
function isPlainInteger(node: Node, known: ReadonlyMap<Node, Reference>, depth: number): boolean {
  if (depth > 8) return false;
  switch (node.type) {
    case "NumericLiteral":
      return /^[\d_]+$|^0[xob]/i.test(String((node.extra as { raw?: unknown } | undefined)?.raw ?? ""));
    case "ParenthesizedExpression":
      return isPlainInteger(node.expression as Node, known, depth + 1);
    case "UnaryExpression":
      return node.operator === "-" && isPlainInteger(node.argument as Node, known, depth + 1);
    case "BinaryExpression":
      return (
        ["+", "-", "*", "%", "/"].includes(String(node.operator)) &&
        isPlainInteger(node.left as Node, known, depth + 1) &&
        isPlainInteger(node.right as Node, known, depth + 1)
      );
    case "MemberExpression":
      return COUNTS.has(nameOf(child(node, "property")));
    case "CallExpression":
      return (
        child(node, "callee")?.type === "MemberExpression" &&
        isPlainInteger(node.callee as Node, known, depth + 1)
      );
    case "Identifier": {
      const declarator = known.get(node)?.binding?.node;
      if (declarator?.type !== "VariableDeclarator" || isNode(child(declarator, "id")?.typeAnnotation))
        return false;
      const init = child(declarator, "init");
      return init !== null && isPlainInteger(init, known, depth + 1);
    }
    default:
      return false;
  }
}
