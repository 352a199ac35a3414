// Which name means which declaration: needed for functions that use the variables of functions around them.

import { child, children, isNode, type Node, nameOf, nodesBelow } from "./syntax.ts";

/** What a name stands for. */
export interface Binding {
  readonly name: string;
  readonly kind: "variable" | "parameter" | "function" | "other";
  /** The declarator, parameter or declaration. */
  readonly node: Node;
  /** Whether it is a variable that is declared with const. */
  readonly isConst: boolean;
  readonly scope: Scope;
}

/** A part of the source with names of its own. */
export interface Scope {
  readonly parent: Scope | null;
  /** The function it is in; null at the top level. */
  readonly owner: Node | null;
  readonly names: Map<string, Binding>;
}

/** A use of a name. `binding` is null for names that the source does not declare. */
export interface Reference {
  readonly name: string;
  readonly node: Node;
  readonly binding: Binding | null;
  readonly scope: Scope;
}

const FUNCTIONS = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "ClassMethod",
  "ClassPrivateMethod",
  "ObjectMethod",
]);

/** Whether a node is a function of any kind. */
export function isFunction(node: Node): boolean {
  return FUNCTIONS.has(node.type);
}

/** Finds all uses of names in a program. Types are left out. */
export function findReferences(program: Node): Reference[] {
  const references: Reference[] = [];
  const top: Scope = { parent: null, owner: null, names: new Map() };
  declareAll(program, top);
  for (const node of nodesBelow(program)) visit(node, top, references);
  return references;
}

/** What a name means in a scope, or null. */
export function lookUp(scope: Scope, name: string): Binding | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const found = at.names.get(name);
    if (found !== undefined) return found;
  }
  return null;
}

function visit(node: Node, scope: Scope, references: Reference[]): void {
  if (node.type.startsWith("TS") && !HAS_VALUES.has(node.type)) return;
  if (isFunction(node)) {
    const inner: Scope = { parent: scope, owner: node, names: new Map() };
    for (const parameter of children(node, "params"))
      declarePattern(parameter, "parameter", parameter, inner);
    const name = child(node, "id");
    if (node.type === "FunctionExpression" && name !== null) declare(name, "function", node, inner);
    if (node.computed === true) visitAll([child(node, "key")], scope, references);
    for (const parameter of children(node, "params")) visit(parameter, inner, references);
    const body = child(node, "body");
    if (body !== null) {
      declareAll(body, inner);
      if (body.type === "BlockStatement") visitAll(nodesBelow(body), inner, references);
      else visit(body, inner, references);
    }
    return;
  }
  if (OPENS_SCOPE.has(node.type)) {
    const inner: Scope = { parent: scope, owner: scope.owner, names: new Map() };
    declareAll(node, inner);
    const parameter = node.type === "CatchClause" ? child(node, "param") : null;
    if (parameter !== null) declarePattern(parameter, "variable", parameter, inner);
    visitAll(nodesBelow(node), inner, references);
    return;
  }
  if (node.type === "Identifier") {
    const name = nameOf(node);
    references.push({ name, node, binding: lookUp(scope, name), scope });
    return;
  }
  visitAll(valuesBelow(node), scope, references);
}

function visitAll(nodes: readonly (Node | null)[], scope: Scope, references: Reference[]): void {
  for (const node of nodes) if (node !== null) visit(node, scope, references);
}

/** The nodes below one that may use names: neither keys nor names of declarations. */
function valuesBelow(node: Node): Node[] {
  const isNamed = node.computed !== true;
  switch (node.type) {
    case "MemberExpression":
    case "OptionalMemberExpression":
      return nodesBelow(node).filter((below) => !isNamed || below !== node.property);
    case "ObjectProperty":
    case "ClassProperty":
    case "ClassAccessorProperty":
      return nodesBelow(node).filter((below) => !isNamed || below !== node.key || below === node.value);
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
      return nodesBelow(node).filter((below) => below !== node.label);
    case "ImportDeclaration":
    case "MetaProperty":
    case "ExportAllDeclaration":
      return [];
    case "ExportNamedDeclaration":
      return isNode(node.source) ? [] : nodesBelow(node);
    case "ExportSpecifier":
      return [node.local as Node];
    case "ClassDeclaration":
    case "ClassExpression":
      return nodesBelow(node).filter((below) => below !== node.id);
    case "TSEnumDeclaration":
    case "TSEnumMember":
      return nodesBelow(node).filter((below) => below !== node.id);
    case "TSModuleDeclaration":
      return nodesBelow(node).filter((below) => below !== node.id);
    default:
      return nodesBelow(node);
  }
}

const OPENS_SCOPE = new Set([
  "BlockStatement",
  "StaticBlock",
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
  "SwitchStatement",
  "CatchClause",
  "TSModuleBlock",
]);

/** Nodes of TypeScript that hold values, not only types. */
const HAS_VALUES = new Set([
  "TSAsExpression",
  "TSTypeAssertion",
  "TSNonNullExpression",
  "TSSatisfiesExpression",
  "TSInstantiationExpression",
  "TSParameterProperty",
  "TSEnumDeclaration",
  "TSEnumBody",
  "TSEnumMember",
  "TSModuleDeclaration",
  "TSModuleBlock",
  "TSExportAssignment",
]);

/** Puts the names that the statements of a block declare into its scope. */
function declareAll(block: Node, scope: Scope): void {
  for (const statement of nodesBelow(block)) declareStatement(statement, scope);
}

function declareStatement(statement: Node, scope: Scope): void {
  switch (statement.type) {
    case "VariableDeclaration":
      for (const declarator of children(statement, "declarations")) {
        const id = child(declarator, "id");
        if (id !== null) declarePattern(id, "variable", declarator, scope, statement.kind === "const");
      }
      break;
    case "FunctionDeclaration":
    case "TSDeclareFunction":
      declare(child(statement, "id"), "function", statement, scope);
      break;
    case "ClassDeclaration":
    case "TSEnumDeclaration":
    case "TSModuleDeclaration":
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      declare(child(statement, "id"), "other", statement, scope);
      break;
    case "ImportDeclaration":
      for (const specifier of children(statement, "specifiers"))
        declare(child(specifier, "local"), "other", specifier, scope);
      break;
    case "ExportNamedDeclaration":
    case "ExportDefaultDeclaration": {
      const inner = child(statement, "declaration");
      if (inner !== null) declareStatement(inner, scope);
      break;
    }
    case "SwitchCase":
      for (const inner of children(statement, "consequent")) declareStatement(inner, scope);
      break;
  }
}

function declarePattern(
  pattern: Node,
  kind: Binding["kind"],
  node: Node,
  scope: Scope,
  isConst = false,
): void {
  switch (pattern.type) {
    case "Identifier":
      declare(pattern, kind, node, scope, isConst);
      break;
    case "AssignmentPattern":
      declarePattern(pattern.left as Node, kind, node, scope);
      break;
    case "RestElement":
      declarePattern(pattern.argument as Node, kind, node, scope);
      break;
    case "TSParameterProperty":
      declarePattern(pattern.parameter as Node, kind, node, scope);
      break;
    case "ArrayPattern":
      for (const element of children(pattern, "elements")) declarePattern(element, kind, node, scope);
      break;
    case "ObjectPattern":
      for (const property of children(pattern, "properties")) {
        declarePattern((child(property, "value") ?? property) as Node, kind, node, scope);
      }
      break;
  }
}

function declare(id: Node | null, kind: Binding["kind"], node: Node, scope: Scope, isConst = false): void {
  const name = nameOf(id);
  if (name !== "" && !scope.names.has(name)) scope.names.set(name, { name, kind, node, scope, isConst });
}
