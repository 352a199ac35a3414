// What to write instead of the TypeScript that AssemblyScript does not have. The compiler's own messages
// tell where it stopped, often in words about its grammar; these tell what to do.

import type { Diagnostic } from "@smdk/assemblyscript/compiler";

/** Advice on one construct: the message says what is not there, the hint what to write. */
export interface Advice {
  /** Replaces the compiler's message where that would only puzzle; empty to keep it. */
  readonly message: string;
  readonly hint: string;
}

/** Advice for a compiler message, or undefined when there is none. */
export function adviceFor(diagnostic: Diagnostic): Advice | undefined {
  const { text, start, end, message } = diagnostic;
  const source = text.slice(start, end);
  const line = lineAround(text, start);
  // Grammar errors stand at, before or behind what caused them: look a little further.
  const around = text.slice(Math.max(0, start - 12), start + 24);
  for (const rule of RULES) {
    const subject =
      rule.in === "message" ? message : rule.in === "source" ? source : rule.in === "line" ? line : around;
    if ((rule.codes === undefined || rule.codes.includes(diagnostic.code)) && rule.pattern.test(subject)) {
      return { message: rule.message ?? "", hint: rule.hint.replace("$&", source) };
    }
  }
  return undefined;
}

function lineAround(text: string, index: number): string {
  const from = text.lastIndexOf("\n", index - 1) + 1;
  const to = text.indexOf("\n", index);
  return text.slice(from, to < 0 ? text.length : to);
}

interface Rule {
  /** Compiler numbers this is about; any if absent. */
  readonly codes?: readonly number[];
  readonly in: "message" | "source" | "line" | "around";
  readonly pattern: RegExp;
  readonly message?: string;
  /** `$&` stands for the source. */
  readonly hint: string;
}

/** Numbers of errors in the grammar: the parser met something it does not know. */
const GRAMMAR = [1003, 1005, 1012, 1109, 1110, 1127, 1155, 1351];
const NOT_IMPLEMENTED = [100];
const UNKNOWN_NAME = [2304];

const RULES: readonly Rule[] = [
  {
    codes: NOT_IMPLEMENTED,
    in: "message",
    pattern: /union types/,
    message: "AssemblyScript has no union types",
    hint: "Use one type. Only `T | null` exists, for classes and strings. For several kinds of value write a class with a field for each.",
  },
  {
    codes: [204],
    in: "message",
    pattern: /cannot be nullable/,
    message: "a number or bool cannot be null",
    hint: "Use a value that cannot occur otherwise, such as -1, or a class with a flag.",
  },
  {
    codes: NOT_IMPLEMENTED,
    in: "message",
    pattern: /Closures/,
    message: "AssemblyScript has no closures: an inner function cannot use the variables around it",
    hint: "Use a `for` loop, or move the variable to the top level of the file.",
  },
  {
    in: "message",
    pattern: /Invalid regular expression flags/,
    message: "only the flags g, i and m of regular expressions are supported",
    hint: "For the flag s write `[\\s\\S]` instead of a dot; u is always on but for upper and lower case.",
  },
  {
    codes: NOT_IMPLEMENTED,
    in: "message",
    pattern: /Exceptions/,
    message: "AssemblyScript has no try/catch",
    hint: "Check before you call: `isUtf8()`, `isNumber`, `get(…) === null`. A throw that nobody catches is reported with the record it happened at.",
  },
  {
    codes: NOT_IMPLEMENTED,
    in: "message",
    pattern: /Iterators/,
    message: "AssemblyScript has no for…of",
    hint: "Count: `for (let i = 0; i < list.length; i++) { const item = list[i]; … }`. For a Map take `map.keys()` first.",
  },
  {
    codes: [...GRAMMAR, 2304],
    in: "line",
    pattern: /\bfor\s*\(\s*(?:const|let|var)\s+\w+\s+in\b/,
    message: "AssemblyScript has no for…in",
    hint: "Use a Map and go through `map.keys()` with a counting loop.",
  },
  {
    codes: NOT_IMPLEMENTED,
    in: "message",
    pattern: /'in' operator/,
    hint: "Use a Map and `map.has(key)`; for JSON `json.has(name)`.",
  },
  {
    codes: NOT_IMPLEMENTED,
    in: "message",
    pattern: /Spread operator/,
    message: "AssemblyScript has no spread",
    hint: "Use `a.concat(b)`, or push in a loop.",
  },
  {
    codes: NOT_IMPLEMENTED,
    in: "message",
    pattern: /Interface hidden classes/,
    message: "an object literal cannot be an interface",
    hint: "Write a class with fields and make one with `new`.",
  },
  {
    in: "message",
    pattern: /<object>/,
    message: "AssemblyScript has no object literals without a class",
    hint: "Declare a class with these fields: `class Point { x: i32 = 0; y: i32 = 0; }`, then `const p: Point = { x: 1, y: 2 }` works.",
  },
  {
    codes: GRAMMAR,
    in: "around",
    pattern: /\?\./,
    message: "AssemblyScript has no optional chaining (?.)",
    hint: "Compare with null first: `if (key !== null) { … key.length … }`.",
  },
  {
    codes: GRAMMAR,
    in: "around",
    pattern: /\?\?=?/,
    message: "AssemblyScript has no ??",
    hint: "Write `value !== null ? value : otherwise`.",
  },
  {
    codes: GRAMMAR,
    in: "line",
    pattern: /\basync\b|\bawait\b/,
    message: "AssemblyScript has no async functions and no await",
    hint: "A SmartModule answers at once: there is no network, no file and no timer to wait for.",
  },
  {
    codes: GRAMMAR,
    in: "line",
    pattern: /\b(?:import|export)\s+type\b|\b(?:import|export)\s*\{[^}]*\btype\s/,
    message: "AssemblyScript has no `import type`",
    hint: "Write `import { … }` without `type`.",
  },
  {
    codes: GRAMMAR,
    in: "line",
    pattern: /\b(?:const|let|var)\s*[[{]/,
    message: "AssemblyScript has no destructuring",
    hint: "Take the parts one by one: `const value = record.value;`.",
  },
  {
    codes: GRAMMAR,
    in: "line",
    pattern: /\bfunction\s*\*|\byield\b/,
    message: "AssemblyScript has no generators",
    hint: "Collect into an array, or give the function an `Output` to push to.",
  },
  {
    codes: GRAMMAR,
    in: "line",
    pattern: /\bsatisfies\b/,
    message: "AssemblyScript has no `satisfies`",
    hint: "Give the variable a type: `const a: i32 = …`.",
  },
  {
    codes: GRAMMAR,
    in: "line",
    pattern: /#\w/,
    message: "AssemblyScript has no #private fields",
    hint: "Write `private name`.",
  },
  {
    codes: [...GRAMMAR],
    in: "line",
    pattern: /\b\d+n\b/,
    message: "AssemblyScript has no bigint literals",
    hint: "Use `i64` or `u64`: `let big: i64 = 1;`.",
  },
  {
    codes: [1110],
    in: "around",
    pattern: /\b(?:let|var)\s+\w+\s*;/,
    message: "a variable needs a type or a value",
    hint: "Write `let x: i32 = 0;`.",
  },
  {
    codes: [1110],
    in: "line",
    pattern: /\btype\s+\w+\s*=\s*\{|:\s*\{/,
    message: "AssemblyScript has no object types",
    hint: "Declare a class with these fields.",
  },
  {
    codes: [1110],
    in: "around",
    pattern: /\)\s*\{/,
    message: "the function has no return type",
    hint: "Write the type of what it returns, `void` for nothing: `function name(…): bool { … }`.",
  },
  {
    codes: [1110],
    in: "line",
    pattern: /\bfunction\b/,
    message: "a parameter has no type",
    hint: "Every parameter needs a type: `record: Record`, `count: i32`.",
  },
  {
    codes: [1140],
    in: "line",
    pattern: /=>/,
    hint: "Give the types of the inner function and of the call: `list.map<string>((item: string) => item.trim())`.",
  },
  {
    codes: [215],
    in: "message",
    pattern: /initializer/,
    hint: "Give it a value: `x: i32 = 0` instead of `x?: i32`.",
  },
  {
    codes: UNKNOWN_NAME,
    in: "source",
    pattern: /^(?:any|unknown|object|never|symbol)$/,
    message: "AssemblyScript has no type for just anything",
    hint: "Use the type it really has: i32, i64, f64, bool, string, Bytes, Json or a class.",
  },
  {
    codes: UNKNOWN_NAME,
    in: "source",
    pattern: /^undefined$/,
    message: "AssemblyScript has no undefined",
    hint: "Use null; only classes and strings can be null.",
  },
  {
    codes: UNKNOWN_NAME,
    in: "source",
    pattern: /^JSON$/,
    message: "AssemblyScript has no JSON object",
    hint: 'Use `record.value.json()`: `json.required("name").text`, `json.get("level")`, `json.values()`.',
  },
  {
    codes: UNKNOWN_NAME,
    in: "source",
    pattern:
      /^(?:fetch|setTimeout|setInterval|queueMicrotask|Promise|Buffer|require|window|globalThis|XMLHttpRequest)$/,
    message: "a SmartModule has no network, no timers and nothing of Node.js",
    hint: "It is given records and returns records; bring in what else it needs as parameters (`init(params)`).",
  },
  {
    codes: UNKNOWN_NAME,
    in: "source",
    pattern: /^(?:TextDecoder|TextEncoder)$/,
    hint: "Use `bytes.text` and `Bytes.of(text)`.",
  },
  {
    codes: UNKNOWN_NAME,
    in: "source",
    pattern: /^(?:Bytes|Json|Output|Params|Record)$/,
    hint: 'It must be imported: `import { $& } from "@smdk/assemblyscript";`',
  },
  { codes: UNKNOWN_NAME, in: "source", pattern: /^delete$/, hint: "Use `map.delete(key)`." },
  {
    codes: [6054],
    in: "message",
    pattern: /~lib\//,
    message: "this package has no AssemblyScript sources here",
    hint: "Only packages written in AssemblyScript can be used, and they must be installed; npm packages for JavaScript and the modules of Node.js cannot.",
  },
  {
    codes: [6054],
    in: "message",
    pattern: /./,
    message: "the imported file does not exist",
    hint: "Check the path; it is relative to the importing file, without `.ts`.",
  },
  {
    codes: [200],
    in: "message",
    pattern: /explicit cast/,
    hint: "Convert it yourself: `<i32>value`, `<i64>value`, `<f64>value`. For integers in text use `toInt()` of Bytes.",
  },
  {
    codes: [2322, 2339, 2531],
    in: "message",
    pattern: /\| null' (?:is not assignable|to)|possibly|Object is/,
    hint: "It may be null: look first, `if (value !== null) { … }`. A property is looked at afresh each time, so put it into a `const` before.",
  },
  {
    codes: [2349],
    in: "source",
    pattern: /^Number\(/,
    hint: "Use `toInt()` or `toFloat()` of Bytes, or `parseFloat(text)`.",
  },
  {
    codes: [2339],
    in: "message",
    pattern: /'forEach' does not exist on type '.*Map/,
    hint: "Go through `map.keys()` with a counting loop.",
  },
  {
    codes: [2339],
    in: "message",
    pattern: /on type '~lib\/object\/Object'/,
    hint: "Use a Map and its `keys()` and `values()`; for JSON `json.keys()`.",
  },
  {
    codes: [2454],
    in: "message",
    pattern: /before being assigned/,
    hint: "If it is used in an inner function: AssemblyScript has no closures.",
  },
  {
    codes: [2322],
    in: "message",
    pattern: /String' is not assignable to type 'i32'/,
    hint: 'Enums hold integers; for texts use constants: `const RED = "red";`.',
  },
];
