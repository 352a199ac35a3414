// What TypeScript has and AssemblyScript does not, in one source: each at its place, with what to write instead.

import { RULES } from "../lint/findings.ts";
import { checkClosures } from "./closures.ts";
import type { Complain, Complaint } from "./complaint.ts";
import { CALLS, CONSTRUCTORS, DECORATORS, GLOBALS, MEMBERS, type Unknown } from "./globals.ts";
import { checkNumbers } from "./numbers.ts";
import { findReferences, isFunction, type Reference } from "./scopes.ts";
import { child, children, isNode, type Node, nameOf, parseSource, walk } from "./syntax.ts";
import { checkType, complainOfUndefined } from "./types.ts";

/** Looks through a source. Empty when it is not TypeScript: the compiler complains of that by itself. */
export function checkSubset(text: string, more?: Parameters<typeof checkProgram>[2]): Complaint[] {
  const program = parseSource(text);
  return program === null ? [] : checkProgram(program, text, more);
}

/** Looks through the tree of a source, with `more` for what only some sources have to keep to. In order of the text. */
export function checkProgram(
  program: Node,
  text: string,
  more?: (program: Node, text: string, complain: Complain) => void,
): Complaint[] {
  const complaints: Complaint[] = [];
  const seen = new Set<string>();
  const complain: Complain = (rule, { start, end }, message, hint, severity = RULES[rule][1]) => {
    const key = `${rule}:${start}`;
    if (!seen.has(key)) complaints.push({ rule, severity, start, end, message, hint });
    seen.add(key);
  };
  const references = findReferences(program);
  const declared = declaredTypes(program);
  const known = new Map(references.map((reference) => [reference.node, reference]));
  const used = new Set(references.map(({ binding }) => binding?.node));
  const isUsed = (declaration: Node): boolean => used.has(declaration);
  walk(program, (node, above) => {
    checkSyntax(node, above, text, isUsed, complain);
    const isSaid = checkType(node, above, text, declared, complain);
    if (isSaid) return false;
    if (node.type === "Identifier") checkName(node, above, known.get(node), complain);
    return undefined;
  });
  checkBases(program, complain);
  checkClosures(program, references, complain);
  checkNumbers(program, known, complain);
  more?.(program, text, complain);
  return complaints.sort((a, b) => a.start - b.start);
}

/** Names of types that the source declares or imports. */
function declaredTypes(program: Node): Set<string> {
  const names = new Set<string>();
  walk(program, (node) => {
    if (/^(?:ClassDeclaration|TS(?:Interface|TypeAlias|Enum)Declaration)$/.test(node.type)) {
      names.add(nameOf(child(node, "id")));
    }
    if (node.type.startsWith("Import") && isNode(node.local)) names.add(nameOf(child(node, "local")));
    if (node.type === "TSTypeParameter") {
      const { name } = node as { name?: unknown };
      names.add(typeof name === "string" ? name : nameOf(child(node, "name")));
    }
    return undefined;
  });
  return names;
}

/** Interfaces and classes that are their own bases: over such interfaces the compiler never comes to an end. */
function checkBases(program: Node, complain: Complain): void {
  const bases = new Map<string, { node: Node; base: string }>();
  walk(program, (node) => {
    const above =
      node.type === "TSInterfaceDeclaration"
        ? child(children(node, "extends")[0] ?? null, "expression")
        : node.type === "ClassDeclaration"
          ? child(node, "superClass")
          : null;
    const id = child(node, "id");
    if (above !== null && id !== null) bases.set(nameOf(id), { node: id, base: nameOf(above) });
    return undefined;
  });
  for (const [name, { node, base }] of bases) {
    const seen = new Set<string>();
    for (let at = base; at !== name && bases.has(at) && !seen.has(at); at = bases.get(at)!.base) seen.add(at);
    const last = [...seen].at(-1) ?? name;
    if (base !== name && bases.get(last)?.base !== name) continue;
    complain(
      "SM139",
      node,
      `${name} is its own base`,
      "Take what stands behind `extends` out of one of them.",
    );
  }
}

/** A part of the text that begins at a word or sign behind a position, comments left out. */
function part(text: string, sign: string, from: number): { start: number; end: number } {
  let start = from;
  while (start < text.length && !text.startsWith(sign, start)) {
    const end = text.startsWith("/*", start)
      ? text.indexOf("*/", start + 2) + 2
      : text.startsWith("//", start)
        ? text.indexOf("\n", start)
        : start + 1;
    start = end > start ? end : text.length;
  }
  if (start >= text.length) start = from;
  return { start, end: start + sign.length };
}

const ASYNC_HINT =
  "A SmartModule answers at once: there is no network, no file and no timer to wait for. Write plain functions.";
const GENERATOR_HINT =
  "Collect the values in an array and return it, or give the function an `Output` to push to.";

function checkSyntax(
  node: Node,
  above: readonly Node[],
  text: string,
  isUsed: (declaration: Node) => boolean,
  complain: Complain,
): void {
  const parent = above.at(-1) ?? null;
  if (isFunction(node) || node.type === "TSDeclareFunction" || node.type === "TSDeclareMethod") {
    checkFunction(node, parent, text, complain);
  }
  switch (node.type) {
    case "TryStatement":
      complain(
        "SM104",
        part(text, "try", node.start),
        "AssemblyScript has no try/catch",
        "Check before you call: `isUtf8()`, `isNumber`, `get(…) === null`. A throw that nobody catches is reported with the record it happened at, and the records before it are delivered.",
      );
      return;
    case "ThrowStatement":
      checkThrow(node, complain);
      return;
    case "ForOfStatement":
      if (node.await === true) {
        complain("SM113", part(text, "await", node.start), "AssemblyScript has no for await", ASYNC_HINT);
        return;
      }
      complain(
        "SM108",
        part(text, "of", (child(node, "left") ?? node).end),
        "AssemblyScript has no for…of",
        "Count: `for (let i = 0; i < list.length; i++) { const item = list[i]; … }`. For a Map or a Set take `const keys = map.keys();` first.",
      );
      return;
    case "ForInStatement":
      complain(
        "SM109",
        part(text, "in", (child(node, "left") ?? node).end),
        "AssemblyScript has no for…in",
        "Use a Map and go through `map.keys()` with a counting loop; for JSON `json.keys()`.",
      );
      return;
    case "BinaryExpression":
      if (node.operator === "in") {
        complain(
          "SM109",
          part(text, "in", (child(node, "left") ?? node).end),
          "AssemblyScript has no operator in",
          "Use a Map and `map.has(key)`; for JSON `json.has(name)`.",
        );
      }
      return;
    case "OptionalMemberExpression":
    case "OptionalCallExpression":
      if (node.optional !== true) return;
      complain(
        "SM110",
        part(text, "?.", (child(node, "object") ?? child(node, "callee") ?? node).end),
        "AssemblyScript has no optional chaining (?.)",
        "Compare with null first: `const key = record.key; if (key !== null) { … key.length … }`.",
      );
      return;
    case "LogicalExpression":
      if (node.operator !== "??") return;
      complain(
        "SM111",
        part(text, "??", (child(node, "left") ?? node).end),
        "AssemblyScript has no ??",
        "Write it out: `key !== null ? key : other`, with what stands before ?? in a `const` if it is more than a name.",
      );
      return;
    case "AssignmentExpression":
      checkAssignment(node, text, complain);
      return;
    case "VariableDeclarator":
      checkDeclarator(node, above, complain);
      return;
    case "VariableDeclaration":
      if (["using", "await using"].includes(String(node.kind))) {
        complain(
          "SM139",
          node,
          "AssemblyScript has no using",
          "Memory is looked after without it: write `const`.",
        );
      }
      return;
    case "SpreadElement":
      complain(
        "SM107",
        node,
        "AssemblyScript has no spread",
        parent?.type === "ObjectExpression"
          ? "Set the fields one by one, or write a method that makes a copy."
          : parent?.type === "ArrayExpression"
            ? "Use `a.concat(b)`, `a.slice()` for a copy, or push in a loop."
            : "Give the arguments one by one, or go through the array in a loop.",
      );
      return;
    case "AwaitExpression":
      complain("SM113", node, "AssemblyScript has no async functions and no await", ASYNC_HINT);
      return;
    case "YieldExpression":
      complain("SM114", node, "AssemblyScript has no generators", GENERATOR_HINT);
      return;
    case "BigIntLiteral":
      complain(
        "SM120",
        node,
        "AssemblyScript has no bigint literals",
        "Use `i64` or `u64`: `let n: i64 = 10;`.",
      );
      return;
    case "PrivateName":
      complain(
        "SM119",
        node,
        "AssemblyScript has no private names (#x)",
        "Write `private x` instead of `#x`.",
      );
      return;
    case "Import":
    case "ImportExpression":
      complain(
        "SM122",
        node,
        "AssemblyScript has no import()",
        'Import at the top of the file: `import { x } from "./file";`.',
      );
      return;
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
      checkImport(node, complain);
      return;
    case "MetaProperty":
      complain(
        "SM139",
        node,
        `AssemblyScript has no ${text.slice(node.start, node.end)}`,
        "A SmartModule knows its records and its parameters only.",
      );
      return;
    case "TSEnumDeclaration":
      checkEnum(node, text, complain);
      checkTopLevel(node, above, "enums", complain);
      return;
    case "TSInterfaceDeclaration": {
      checkTopLevel(node, above, "interfaces", complain);
      const second = children(node, "extends")[1];
      if (second !== undefined) {
        complain(
          "SM103",
          second,
          "an interface extends one other at most",
          "Repeat the members, or let the class implement both: `class A implements X, Y`.",
        );
      }
      return;
    }
    case "TSModuleDeclaration":
      checkNamespace(node, complain);
      return;
    case "TSDeclareFunction":
      checkHostFunction(node, text, isUsed, complain);
      return;
    case "ClassMethod":
      checkMemberName(node, complain);
      return;
    case "UnaryExpression":
      if (node.operator === "delete") {
        complain(
          "SM123",
          node,
          "AssemblyScript has no delete",
          "Use a Map and `map.delete(key)`, or set the field to null.",
        );
      }
      return;
    case "LabeledStatement":
      complain(
        "SM129",
        node,
        "AssemblyScript has no labels",
        "Put the loops into a function of their own and `return` from it, or keep a `let done = false` that the outer loop looks at.",
      );
      return;
    case "WithStatement":
      complain("SM139", node, "AssemblyScript has no with", "Name the object each time.");
      return;
    case "SwitchStatement": {
      const second = children(node, "cases").filter((at) => child(at, "test") === null)[1];
      if (second !== undefined) {
        complain("SM139", second, "a switch has one default", "Leave one of them out.");
      }
      return;
    }
    case "TSImportEqualsDeclaration":
      complain(
        "SM137",
        node,
        "AssemblyScript has no import x = …",
        'Write `import { x } from "./file";`, or a constant.',
      );
      return;
    case "DebuggerStatement":
      complain(
        "SM139",
        node,
        "AssemblyScript has no debugger",
        "Write a line with `log.debug(…)` and look at it with `smdk test`.",
      );
      return;
    case "TaggedTemplateExpression":
      complain(
        "SM133",
        node,
        "AssemblyScript has no tagged templates",
        'Call a function: `tag(["a"], [value])`.',
      );
      return;
    case "ClassExpression":
      complain(
        "SM130",
        node,
        "AssemblyScript has no class expressions",
        "Move the class to the top level of the file and give it a name.",
      );
      return;
    case "ClassDeclaration":
      checkTopLevel(node, above, "classes", complain);
      return;
    case "StaticBlock":
      complain(
        "SM130",
        node,
        "AssemblyScript has no static blocks",
        "Give the field its value where it is declared, or call a static method at the top level of the file.",
      );
      return;
    case "ClassAccessorProperty":
      complain(
        "SM130",
        node,
        "AssemblyScript has no accessor fields",
        "Write a field, or a getter and a setter.",
      );
      return;
    case "ClassProperty":
      checkMemberName(node, complain);
      checkField(node, complain);
      return;
    case "ObjectExpression":
      checkObject(node, parent, complain);
      return;
    case "Decorator":
      checkDecorator(node, complain);
      return;
    case "ThisExpression":
      checkThis(node, above, complain);
      return;
  }
}

function checkFunction(node: Node, parent: Node | null, text: string, complain: Complain): void {
  const isDeclared = node.type === "TSDeclareFunction" || node.type === "TSDeclareMethod";
  if (node.async === true) {
    complain(
      "SM113",
      part(text, "async", node.start),
      "AssemblyScript has no async functions and no await",
      ASYNC_HINT,
    );
  }
  if (node.generator === true) {
    const at =
      node.type === "FunctionDeclaration" || node.type === "FunctionExpression"
        ? node
        : part(text, "*", node.start);
    complain("SM114", at, "AssemblyScript has no generators", GENERATOR_HINT);
  }
  if (isDeclared && node.declare !== true && node.abstract !== true && parent?.declare !== true) {
    complain(
      "SM128",
      node,
      "AssemblyScript has no overloads: a function has one list of parameters",
      "Give each its own name, make the last parameters optional (`by: i32 = 1`), or write a generic function.",
    );
    return;
  }
  for (const parameter of children(node, "params")) checkParameter(parameter, node, text, complain);
  const isArrow = node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression";
  if (isArrow && isNode(node.typeParameters)) {
    complain(
      "SM130",
      node,
      "AssemblyScript has no generic functions inside of others",
      "Write `function name<T>(…): T { … }` at the top level of the file.",
    );
  }
  const isConstructor = node.kind === "constructor" || node.kind === "set";
  if (isNode(node.returnType) || isConstructor || node.type === "ObjectMethod") return;
  // An inner function that is an argument takes its types from what it is given to.
  if (isArrow && (parent?.type === "CallExpression" || parent?.type === "NewExpression")) {
    if (parent.callee !== node) return;
  }
  if (isArrow && hasOwnType(parent)) return;
  const end = isArrow
    ? part(
        text,
        node.type === "FunctionExpression" ? "{" : "=>",
        (children(node, "params").at(-1) ?? node).end,
      )
    : null;
  const body = child(node, "body");
  const at = end ?? (body === null ? node : { start: body.start, end: body.start + 1 });
  complain(
    "SM125",
    at,
    "the function has no return type",
    isArrow
      ? "Write the types: `const twice = (n: i32): i32 => n * 2;`."
      : "Write the type of what it returns, `void` for nothing: `function name(…): bool { … }`.",
  );
}

/** Whether what an inner function becomes the value of has a type already. */
function hasOwnType(parent: Node | null): boolean {
  if (parent === null) return false;
  if (parent.type === "VariableDeclarator") return isNode(child(parent, "id")?.typeAnnotation);
  if (parent.type === "ClassProperty") return isNode(parent.typeAnnotation);
  return [
    "ReturnStatement",
    "AssignmentExpression",
    "ArrowFunctionExpression",
    "ConditionalExpression",
    "TSAsExpression",
    "AssignmentPattern",
  ].includes(parent.type);
}

function checkParameter(parameter: Node, owner: Node, text: string, complain: Complain): void {
  if (parameter.type === "TSParameterProperty") {
    checkParameter(parameter.parameter as Node, owner, text, complain);
    return;
  }
  if (parameter.type === "RestElement") {
    complain(
      "SM106",
      parameter,
      "AssemblyScript has no rest arguments",
      "Take an array: `function join(parts: string[]): string`.",
    );
    return;
  }
  const target = parameter.type === "AssignmentPattern" ? (parameter.left as Node) : parameter;
  if (target.type === "ObjectPattern" || target.type === "ArrayPattern") {
    complain(
      "SM112",
      target,
      "AssemblyScript has no destructuring",
      "Take the object itself, and its fields one by one: `const x = point.x;`.",
    );
    return;
  }
  if (nameOf(target) === "this") {
    complain(
      "SM135",
      target,
      "AssemblyScript has no this parameters",
      "Name it like any other: `function f(self: Counter): i32`.",
    );
    return;
  }
  if (target.optional === true) {
    complain(
      "SM126",
      target,
      "an optional parameter needs a value for when it is not given",
      'Write the value instead of the question mark: `by: i32 = 1`, `text: string = ""`, `key: Bytes | null = null`.',
    );
    return;
  }
  const isArrow = owner.type === "ArrowFunctionExpression" || owner.type === "FunctionExpression";
  if (!isNode(target.typeAnnotation) && !isArrow && parameter.type !== "AssignmentPattern") {
    complain(
      "SM125",
      target,
      "a parameter has no type",
      "Every parameter needs a type: `record: Record`, `count: i32`.",
    );
  }
}

function checkThrow(node: Node, complain: Complain): void {
  const value = child(node, "argument");
  if (
    value === null ||
    !["StringLiteral", "TemplateLiteral", "NumericLiteral", "ObjectExpression"].includes(value.type)
  )
    return;
  complain("SM139", value, "only an Error can be thrown", 'Write `throw new Error("…")`.');
}

function checkAssignment(node: Node, text: string, complain: Complain): void {
  const left = child(node, "left");
  const operator = String(node.operator);
  if (left?.type === "ArrayPattern" || left?.type === "ObjectPattern") {
    complain(
      "SM112",
      left,
      "AssemblyScript has no destructuring",
      "Assign one by one; to swap two, keep one in a `const` of its own.",
    );
    return;
  }
  if (left === null || !["??=", "||=", "&&="].includes(operator)) return;
  const at = part(text, operator, left.end);
  const name = text.slice(left.start, left.end);
  if (operator === "??=") {
    complain(
      "SM111",
      at,
      "AssemblyScript has no ??=",
      `Write it out: \`if (${name} === null) ${name} = …;\`.`,
    );
  } else {
    complain(
      "SM131",
      at,
      `AssemblyScript has no ${operator}`,
      `Write it out: \`if (${operator === "||=" ? "!" : ""}${name}) ${name} = …;\`.`,
    );
  }
}

function checkDeclarator(node: Node, above: readonly Node[], complain: Complain): void {
  const id = child(node, "id");
  const declaration = above.at(-1) ?? node;
  const loop = above.at(-2)?.type ?? "";
  if (id?.type === "ObjectPattern" || id?.type === "ArrayPattern") {
    // The loop is complained of by itself.
    complain(
      "SM112",
      loop === "ForOfStatement" ? id : declaration,
      "AssemblyScript has no destructuring",
      id.type === "ObjectPattern"
        ? "Take the parts one by one: `const value = record.value;`."
        : 'Take the parts one by one: `const parts = text.split(","); const first = parts[0];`.',
    );
    return;
  }
  const hasType = isNode(id?.typeAnnotation);
  const init = child(node, "init");
  if (
    !hasType &&
    init === null &&
    id !== null &&
    !/^For(?:Of|In)/.test(loop) &&
    declaration.declare !== true
  ) {
    complain(
      "SM125",
      id,
      "a variable needs a type or a value",
      `Write \`let ${nameOf(id)}: i32 = 0;\`, with its own type and first value.`,
    );
  }
  if (!hasType && init?.type === "ArrayExpression" && (init.elements as unknown[]).length === 0) {
    complain(
      "SM125",
      init,
      "an empty array needs a type",
      `Write it out: \`const ${nameOf(id)}: string[] = [];\`, with the type of its elements.`,
    );
  }
  if (!hasType && init?.type === "NewExpression" && !isNode(init.typeArguments ?? init.typeParameters)) {
    const name = nameOf(child(init, "callee"));
    if (name === "Map" || name === "Set") {
      const types = name === "Map" ? "<string, i32>" : "<string>";
      complain(
        "SM125",
        init,
        `the ${name} needs the types of what it holds`,
        `Write them out: \`new ${name}${types}()\`.`,
      );
    }
  }
}

function checkImport(node: Node, complain: Complain): void {
  const source = child(node, "source");
  const path = source?.type === "StringLiteral" ? String(source.value) : "";
  if (source === null) return;
  if (/\.json$/.test(path)) {
    complain(
      "SM137",
      source,
      "AssemblyScript cannot import JSON",
      "Bring it in as a parameter (`init(params)`, then `Json.parse(…)`), or write it as a constant: `const TABLE = '{…}';`.",
    );
  } else if (/^node:/.test(path) || NODE_MODULES.has(path)) {
    complain(
      "SM137",
      source,
      `a SmartModule has nothing of Node.js: there is no module ${path}`,
      RECORDS_ONLY,
    );
  } else if (/\.(?:css|txt|wasm|mjs|cjs|node)$/.test(path)) {
    complain(
      "SM137",
      source,
      `AssemblyScript cannot import ${path}`,
      "Only files in AssemblyScript (.ts) can be imported.",
    );
  }
}

const RECORDS_ONLY =
  "It is given records and returns records; bring in what else it needs as parameters (`init(params)`).";
const NODE_MODULES = new Set(
  "assert buffer child_process cluster console crypto dns events fs fs/promises http http2 https net os path perf_hooks process querystring readline stream stream/promises string_decoder timers timers/promises tls tty url util v8 vm worker_threads zlib".split(
    " ",
  ),
);

function checkEnum(node: Node, text: string, complain: Complain): void {
  const members = [...children(node, "members"), ...children(child(node, "body"), "members")];
  if (
    !members.some((member) =>
      ["StringLiteral", "TemplateLiteral"].includes(child(member, "initializer")?.type ?? ""),
    )
  )
    return;
  complain(
    "SM121",
    part(text, "enum", node.start),
    "AssemblyScript's enums are numbers, not texts",
    'Use constants: `const RED = "red";`, or give the members numbers and write a function that names them.',
  );
}

/** Declarations that are only taken outside of functions. */
function checkTopLevel(node: Node, above: readonly Node[], what: string, complain: Complain): void {
  if (!above.some(isFunction)) return;
  complain(
    "SM130",
    node,
    `AssemblyScript has no ${what} inside of functions`,
    `Move ${nameOf(child(node, "id")) || "it"} to the top level of the file.`,
  );
}

function checkNamespace(node: Node, complain: Complain): void {
  const id = child(node, "id");
  if (id?.type === "StringLiteral" || node.kind === "global") {
    complain(
      "SM139",
      node,
      "AssemblyScript has no declare module and no declare global",
      "Leave it out: there are the files of the project, and names that the library brings.",
    );
  } else if (child(node, "body")?.type === "TSModuleDeclaration" || id?.type === "TSQualifiedName") {
    complain(
      "SM139",
      id ?? node,
      "a namespace has one name",
      "Put one into the other: `namespace A { export namespace B { … } }`.",
    );
  }
}

/** `declare function`: somebody else would have to bring it, and only the engine is there. */
function checkHostFunction(
  node: Node,
  text: string,
  isUsed: (declaration: Node) => boolean,
  complain: Complain,
): void {
  const id = child(node, "id");
  if (node.declare !== true || id === null || !isUsed(node)) return;
  // Where it is imported from stands in decorators, which TypeScript does not know.
  const before = text.slice(text.lastIndexOf(";", node.start) + 1, id.start);
  if (/@external\s*\(\s*["'`]wasi_/.test(before)) return;
  complain(
    "SM403",
    id,
    `the engine does not offer ${nameOf(id)}`,
    "Only copy_records and WASI preview 1 are there: write the function itself.",
  );
}

function checkMemberName(node: Node, complain: Complain): void {
  const key = child(node, "key");
  if (node.computed !== true || key === null || nameOf(child(key, "object")) === "Symbol") return;
  complain(
    "SM130",
    key,
    "members of classes have fixed names",
    "Write the name itself, without brackets; for names that come with the data use a `Map`.",
  );
}

function checkField(node: Node, complain: Complain): void {
  const key = child(node, "key") ?? node;
  if (node.optional === true) {
    complain(
      "SM126",
      key,
      "AssemblyScript has no optional fields",
      "Give the field a value for when nothing is known: `x: i32 = 0`, `name: string | null = null`.",
    );
  } else if (!isNode(node.typeAnnotation)) {
    complain(
      "SM125",
      key,
      "a field needs a type",
      `Write it out: \`${nameOf(key) || "x"}: i32 = 0\`, with its own type.`,
    );
  }
}

function checkObject(node: Node, parent: Node | null, complain: Complain): void {
  const odd = children(node, "properties").find(
    (property) => property.type === "ObjectMethod" || property.computed === true,
  );
  if (odd !== undefined) {
    complain(
      "SM127",
      odd,
      odd.type === "ObjectMethod" ? "an object literal has no methods" : "an object literal has fixed names",
      odd.type === "ObjectMethod"
        ? "Declare a class with fields and methods, and make one with `new`."
        : "Use a `Map`: `map.set(name, value)`.",
    );
    return;
  }
  // Elsewhere the compiler knows what class is wanted.
  const isUntyped =
    (parent?.type === "VariableDeclarator" && !isNode(child(parent, "id")?.typeAnnotation)) ||
    parent?.type === "MemberExpression" ||
    parent?.type === "ExpressionStatement" ||
    parent?.type === "ExportDefaultDeclaration";
  if (!isUntyped || parent?.type === "ExportDefaultDeclaration") return;
  complain(
    "SM127",
    node,
    "AssemblyScript has no object literals without a class",
    "Declare a class with these fields: `class Point { x: i32 = 0; y: i32 = 0; }`, then `const p: Point = { x: 1, y: 2 };` works. For names that come with the data use a `Map`.",
  );
}

function checkDecorator(node: Node, complain: Complain): void {
  let target = child(node, "expression");
  if (target?.type === "CallExpression") target = child(target, "callee");
  if (target?.type === "MemberExpression") target = child(target, "object");
  const name = nameOf(target);
  if (DECORATORS.has(name)) return;
  complain(
    "SM134",
    node,
    `AssemblyScript has no decorators of one's own: nothing would call ${name || "this one"}`,
    "Call the function where it is needed.",
  );
}

function checkThis(node: Node, above: readonly Node[], complain: Complain): void {
  const owner = above.findLast((at) => isFunction(at) && at.type !== "ArrowFunctionExpression");
  const isInClass = above.some(({ type }) => type === "ClassBody");
  if (isInClass && owner?.type !== "FunctionDeclaration" && owner?.type !== "FunctionExpression") return;
  complain(
    "SM135",
    node,
    "there is no this outside of methods",
    "Take the object as a parameter, or make the function a method of its class.",
  );
}

function checkName(
  node: Node,
  above: readonly Node[],
  reference: Reference | undefined,
  complain: Complain,
): void {
  if (reference === undefined || reference.binding !== null) return;
  const parent = above.at(-1) ?? null;
  const name = reference.name;
  if (name === "undefined") {
    complainOfUndefined(node, complain);
    return;
  }
  const unknown = own(GLOBALS, name) ?? ofMember(name, node, parent) ?? ofCall(name, node, parent);
  if (unknown !== undefined) complain(unknown.rule, node, unknown.message, unknown.hint);
}

function ofMember(name: string, node: Node, parent: Node | null): Unknown | undefined {
  const members = own(MEMBERS, name);
  if (members === undefined || parent?.type !== "MemberExpression" || parent.object !== node)
    return undefined;
  return own(members, nameOf(child(parent, "property"))) ?? members["*"];
}

function ofCall(name: string, node: Node, parent: Node | null): Unknown | undefined {
  if (parent?.callee !== node) return undefined;
  if (parent.type === "NewExpression") return own(CONSTRUCTORS, name);
  return parent.type === "CallExpression" ? own(CALLS, name) : undefined;
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
