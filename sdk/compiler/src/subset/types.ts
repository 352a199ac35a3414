// Types as TypeScript writes them and AssemblyScript does not.

import type { Complain } from "./complaint.ts";
import { child, children, isNode, type Node, nameOf } from "./syntax.ts";

const UTILITY: Readonly<Record<string, string>> = {
  Partial: "Write a class with the fields that are there.",
  Required: "Write a class with the fields that are there.",
  Readonly: "Leave it out: fields can be `readonly` one by one.",
  Pick: "Write a class with the fields that are there.",
  Omit: "Write a class with the fields that are there.",
  Exclude: "Write the type out.",
  Extract: "Write the type out.",
  ReturnType: "Write the type out; the language's own is `returnof<T>`.",
  Parameters: "Write the types out.",
  InstanceType: "Write the class's name.",
  Awaited: "Write the type out: nothing waits here.",
  ReadonlyArray: "Write `readonly T[]` or `Array<T>`.",
  ReadonlyMap: "Write `Map<K, V>`.",
  ReadonlySet: "Write `Set<T>`.",
  Iterable: "Take an array: `T[]`.",
  Iterator: "Take an array: `T[]`.",
  IterableIterator: "Take an array: `T[]`.",
  Generator: "Collect the values in an array and return it.",
  Function: "Write the function's type out: `(value: i32) => bool`.",
};

const NAMES: Readonly<Record<string, string>> = {
  int: "Use `i32`, or `i64` for numbers beyond two thousand million.",
  integer: "Use `i32`, or `i64` for numbers beyond two thousand million.",
  long: "Use `i64`.",
  float: "Use `f32` or `f64`.",
  double: "Use `f64`.",
  byte: "Use `u8`.",
  char: "Use `string`, or `i32` for the number of a character.",
};

/** Looks at one node that is, or holds, a type. `text` is the source. True when there is no more to say of what is in it. */
export function checkType(
  node: Node,
  above: readonly Node[],
  text: string,
  declared: ReadonlySet<string>,
  complain: Complain,
): boolean {
  const parent = above.at(-1) ?? null;
  switch (node.type) {
    case "TSAnyKeyword":
    case "TSUnknownKeyword": {
      const word = text.slice(node.start, node.end);
      complain(
        "SM101",
        node,
        `AssemblyScript has no ${word}, no type for just anything`,
        "Name the type it really has: i32, i64, f64, bool, string, Bytes, Json or a class. For several kinds of value write a class with a field for each, or a generic function.",
      );
      return false;
    }
    case "TSObjectKeyword":
      complain(
        "SM101",
        node,
        "AssemblyScript has no object, no type for just anything",
        "Name the class it really has.",
      );
      return false;
    case "TSVoidKeyword": {
      const owner = above.at(-2)?.type ?? "";
      const isValue =
        parent?.type === "TSArrayType" ||
        (parent?.type === "TSTypeAnnotation" && (owner === "Identifier" || owner === "ClassProperty")) ||
        (parent?.type === "TSTypeParameterInstantiation" && owner !== "CallExpression");
      if (isValue) {
        complain(
          "SM124",
          node,
          "void is no type of a value",
          "Write the type of what is kept; only functions return void.",
        );
      }
      return false;
    }
    case "TSBigIntKeyword":
      complain("SM120", node, "AssemblyScript has no bigint", "Use `i64` or `u64`: `let n: i64 = 10;`.");
      return false;
    case "TSUndefinedKeyword":
      if (parent?.type !== "TSUnionType") complainOfUndefined(node, complain);
      return false;
    case "TSUnionType":
      checkUnion(node, parent, complain);
      return false;
    case "TSLiteralType": {
      // One text or truth value is taken for the type of all of them.
      const isTaken = ["StringLiteral", "BooleanLiteral"].includes(child(node, "literal")?.type ?? "");
      if (!isTaken && parent?.type !== "TSUnionType" && parent?.type !== "TSIndexedAccessType") {
        complain(
          "SM102",
          node,
          "AssemblyScript has no types of single values",
          "Write the type of the value, such as `string` or `i32`; for a fixed choice use an `enum` of numbers.",
        );
      }
      return false;
    }
    case "TSNeverKeyword":
      complain(
        "SM124",
        node,
        "AssemblyScript has no never",
        "A function that always throws returns `void`; where a value is wanted, return one behind it.",
      );
      return false;
    case "TSImportType":
      complain(
        "SM122",
        node,
        "AssemblyScript has no import() in types",
        'Import the name at the top of the file: `import { X } from "./file";`.',
      );
      return true;
    case "TSMethodSignature":
      checkSignature(node, complain);
      return false;
    case "TSPropertySignature":
      if (node.optional === true && above.at(-2)?.type === "TSInterfaceDeclaration")
        complainOfOptional(node, complain);
      return false;
    case "TSCallSignatureDeclaration":
    case "TSConstructSignatureDeclaration":
      complain(
        "SM127",
        node,
        "AssemblyScript's interfaces have methods with names only",
        "Write the type of a function: `type Twice = (n: i32) => i32;`.",
      );
      return false;
    case "TSIntersectionType": {
      const [first] = children(node, "types");
      complain(
        "SM103",
        first ?? node,
        "AssemblyScript has no intersection types",
        "Write a class that has the fields of both.",
      );
      return false;
    }
    case "TSTupleType":
      complain(
        "SM117",
        node,
        "AssemblyScript has no tuples: an array has elements of one type",
        "Write a class with a field for each part.",
      );
      return false;
    case "TSIndexSignature":
      // The class decorator's own way to overload [] is AssemblyScript's.
      complain("SM118", node, "AssemblyScript has no index signatures", "Use a `Map<string, T>`.");
      return false;
    case "TSTypeLiteral":
      checkTypeLiteral(node, parent, complain);
      return false;
    case "TSTypeParameter":
      if (node.in === true || node.out === true || node.const === true) {
        complainOfAdvanced("SM124", node, "in, out and const of type parameters", complain);
      }
      return false;
    case "TSMappedType":
      complainOfAdvanced("SM124", node, "mapped types", complain);
      return true;
    case "TSConditionalType":
      complainOfAdvanced("SM124", firstWord(node, text, "extends"), "conditional types", complain);
      return true;
    case "TSInferType":
      return false;
    case "TSTypeOperator":
      if (node.operator === "readonly") return false;
      complainOfAdvanced("SM124", node, `${String(node.operator)} types`, complain);
      return true;
    case "TSIndexedAccessType":
      complainOfAdvanced("SM124", node, "types of the form T[K]", complain);
      return true;
    case "TSTypeQuery":
      complainOfAdvanced("SM124", node, "typeof in types", complain);
      return true;
    case "TSTemplateLiteralType":
      complainOfAdvanced("SM124", node, "template types", complain);
      return true;
    case "TSConstructorType":
      complainOfAdvanced("SM124", node, "types of constructors", complain);
      return true;
    case "TSTypePredicate": {
      const asserts = node.asserts === true;
      complain(
        "SM132",
        node,
        `AssemblyScript has no ${asserts ? "assertion functions" : "type guards"}`,
        asserts
          ? "Return `void` and throw; then convert where you need it: `value as B`."
          : "Return `bool`, and convert where it is true: `if (isB(a)) { const b = a as B; … }`.",
      );
      return false;
    }
    case "TSTypeReference":
      checkReference(node, declared, complain);
      return false;
  }
  return false;
}

function checkUnion(node: Node, parent: Node | null, complain: Complain): void {
  const types = children(node, "types");
  const rest = types.filter((type) => type.type !== "TSNullKeyword");
  const undefinedType = types.find((type) => type.type === "TSUndefinedKeyword");
  if (rest.length === 1 && types.length === 2 && undefinedType === undefined) {
    const type = rest[0] as Node;
    if (isNumberType(type)) {
      complain(
        "SM102",
        type,
        "a number or bool cannot be null",
        "Use a value that cannot occur otherwise, such as -1 or NaN, or a class with a flag.",
      );
    }
    return;
  }
  if (undefinedType !== undefined && rest.length === 2) {
    complainOfUndefined(undefinedType, complain);
    return;
  }
  const first = rest[0] ?? node;
  const areTexts = rest.every((type) => type.type === "TSLiteralType");
  const isAlias = parent?.type === "TSTypeAliasDeclaration";
  complain(
    "SM102",
    first,
    "AssemblyScript has no union types",
    areTexts
      ? `Use ${isAlias ? "`type … = string`" : "`string`"} and check the values, or an \`enum\` of numbers.`
      : "Use one type. Only `T | null` exists, for classes and strings. For several kinds of value write a class with a field for each, or a base class.",
  );
}

function checkSignature(node: Node, complain: Complain): void {
  if (node.optional === true) complainOfOptional(node, complain);
  else if (node.kind !== "method") {
    complain(
      "SM124",
      node,
      "AssemblyScript's interfaces have no get and set",
      "Write the property: `readonly size: i32;`; a class can have a getter for it.",
    );
  }
}

function complainOfOptional(node: Node, complain: Complain): void {
  complain(
    "SM126",
    child(node, "key") ?? node,
    "AssemblyScript has no optional members",
    "Leave out the question mark, and give it to each class that implements the interface.",
  );
}

function isNumberType(type: Node): boolean {
  if (type.type === "TSNumberKeyword" || type.type === "TSBooleanKeyword") return true;
  if (type.type !== "TSTypeReference") return false;
  return /^(?:[iu](?:8|16|32|64|size)|f32|f64|bool)$/.test(nameOf(child(type, "typeName")));
}

/** For `undefined` as a type or a value. */
export function complainOfUndefined(node: Node, complain: Complain): void {
  complain(
    "SM115",
    node,
    "AssemblyScript has no undefined",
    "Use null, for classes and strings; a number needs a value that cannot occur otherwise.",
  );
}

function checkTypeLiteral(node: Node, parent: Node | null, complain: Complain): void {
  const members = children(node, "members");
  // The index signature is complained of by itself.
  if (members.some(({ type }) => type === "TSIndexSignature")) return;
  const isAlias = parent?.type === "TSTypeAliasDeclaration";
  const name = isAlias ? nameOf(child(parent, "id")) : "Point";
  complain(
    "SM127",
    node,
    "AssemblyScript has no object types",
    `Declare a class with these fields and their first values: \`class ${name} { x: i32 = 0; y: i32 = 0; }\`.`,
  );
}

function checkReference(node: Node, declared: ReadonlySet<string>, complain: Complain): void {
  const name = nameOf(child(node, "typeName"));
  // TypeScript's own `Record<K, V>` takes two types, the library's takes none.
  if (name === "Record" && isNode(node.typeArguments ?? node.typeParameters)) {
    complain(
      "SM118",
      node,
      "Record<K, V> is no dictionary here: Record is a record of a topic",
      "Use a `Map<string, T>`.",
    );
    return;
  }
  if (declared.has(name)) return;
  if (name === "Promise" || name === "PromiseLike") {
    complain(
      "SM113",
      node,
      "AssemblyScript has no promises, no async functions and no await",
      "A SmartModule answers at once: return the value itself.",
    );
    return;
  }
  const utility = Object.hasOwn(UTILITY, name) ? UTILITY[name] : undefined;
  if (utility !== undefined) {
    const rule = name === "Generator" || name.includes("Iter") ? "SM114" : "SM124";
    complain(rule, node, `AssemblyScript has no ${name}`, utility);
    return;
  }
  const plain = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  if (plain !== undefined) complain("SM124", node, `AssemblyScript has no type ${name}`, plain);
}

function complainOfAdvanced(
  rule: "SM124",
  node: { start: number; end: number },
  what: string,
  complain: Complain,
): void {
  complain(rule, node, `AssemblyScript has no ${what}`, "Write the type out.");
}

function firstWord(node: Node, text: string, word: string): { start: number; end: number } {
  const check = child(node, "checkType");
  const start = text.indexOf(word, check?.end ?? node.start);
  return start < 0 ? node : { start, end: start + word.length };
}
