// What to write instead of the TypeScript that AssemblyScript does not have. The compiler's own messages
// tell where it stopped, often in words about its grammar; these tell what to do.

import type { Diagnostic } from "@smdk/assemblyscript/compiler";

/** Advice on one construct: the message says what is not there, the hint what to write. */
export interface Advice {
  /** Replaces the compiler's message where that would only puzzle; empty to keep it. */
  readonly message: string;
  readonly hint: string;
}

/** Advice for a compiler message, or undefined when there is none. `plain` is the message with the user's names. */
export function adviceFor(diagnostic: Diagnostic, plain = diagnostic.message): Advice | undefined {
  const { text, start, end, message } = diagnostic;
  const source = text.slice(start, end);
  const line = lineAround(text, start);
  // Grammar errors stand at, before or behind what caused them: look a little further.
  const around = text.slice(Math.max(0, start - 12), start + 24);
  for (const rule of RULES) {
    const subject =
      rule.in === "message" ? message : rule.in === "source" ? source : rule.in === "line" ? line : around;
    if (rule.codes !== undefined && !rule.codes.includes(diagnostic.code)) continue;
    const found = rule.pattern.exec(subject) ?? (rule.in === "message" ? rule.pattern.exec(plain) : null);
    if (found === null) continue;
    const hint = rule.hint.replace("$&", () => source).replace("$1", () => found[1] ?? "");
    return { message: rule.message ?? "", hint };
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
  /** `$&` stands for the source, `$1` for what the pattern's group has found. */
  readonly hint: string;
}

/** Numbers of errors in the grammar: the parser met something it does not know. */
const GRAMMAR = [1003, 1005, 1012, 1109, 1110, 1127, 1155, 1351];
const NOT_IMPLEMENTED = [100];
const UNKNOWN_NAME = [2304];

const RULES: readonly Rule[] = [
  {
    codes: [2339],
    in: "message",
    pattern: /'__json(?:Read|Write)' does not exist/,
    message: "this class is not marked with @json",
    hint: "Write `@json` in front of the class; then it can be read from JSON, written, returned and kept as an accumulator.",
  },
  {
    codes: [2339],
    in: "message",
    pattern: /'toString' does not exist/,
    hint: "Give the class a method `toString(): string`.",
  },
  {
    codes: [2365],
    in: "message",
    pattern: /'[<>]' cannot be applied to types '[^']*[A-Z]\w*'/,
    hint: "Say what comes first: `list.sort((a, b) => a.time - b.time);`, or compare fields that are numbers or texts.",
  },
  {
    codes: [2322],
    in: "message",
    pattern: /^Type '\([^']*' is not assignable to type '\(/,
    hint: "A function that is handed over by its name takes exactly these parameters; otherwise call it: `list.map<string>((item) => format(item))`.",
  },
  {
    codes: [2322],
    in: "message",
    pattern: /'Array<[^']*' is not assignable to type 'i32'/,
    hint: "Make one of the length and set its elements: `const a = new Uint8Array(2); a[0] = 1;`.",
  },
  {
    codes: [2329],
    in: "message",
    pattern: /Index signature is missing/,
    hint: 'Name the field: `a.x`. For names that come with the data use a `Map`; a class can have `@operator("[]")`.',
  },
  {
    codes: [2422],
    in: "message",
    pattern: /only implement an interface/,
    hint: "Write `extends`, or make an interface of what both have.",
  },
  {
    codes: [2564, 2565],
    in: "message",
    pattern: /has no initializer|used before/,
    hint: 'Give it a first value where it is declared (`name: string = ""`) or in the constructor; `name!: string` promises that it is set before it is read.',
  },
  {
    codes: [2349],
    in: "source",
    pattern: /\bentries\(\)$/,
    message: "a Map or Set has no entries()",
    hint: "Take `const keys = map.keys();` (of a Set `values()`) and go through it with a counting loop.",
  },
  {
    in: "message",
    pattern: /does not fit in the 32 bits/,
    hint: "Give it a larger type: `const year: i64 = 365 * 24 * 60 * 60 * 1000;`, or `<i64>365 * …`; with fractions `f64`.",
  },
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
    message: "the type of what the inner function makes has to be named",
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
    in: "line",
    pattern: /^\s*case\b/,
    hint: "The cases have the type of what the `switch` looks at: `switch (<i32>value) { … }`.",
  },
  {
    codes: [200],
    in: "source",
    pattern: /^Math\.(min|max|abs)\b/,
    hint: "The functions of Math are for f64. For integers there is `$1(…)` without `Math.`.",
  },
  {
    codes: [200],
    in: "message",
    pattern: /to '(\w+)' requires an explicit cast/,
    hint: "Convert it yourself: `<$1>value`, or give the other side the larger type.",
  },
  {
    codes: [2322, 2339, 2531],
    in: "message",
    pattern: /\| null' (?:is not assignable|to)|possibly|Object is/,
    hint: "It may be null: look first, `if (value !== null) { … }`. A property or a variable of the file is looked at afresh each time, so put it into a `const` before.",
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
    codes: [2554],
    in: "source",
    pattern: /^console\./,
    message: "the console takes one text",
    hint: "Put it together, as a template or with `+` and `toString()`.",
  },
  {
    codes: [2554],
    in: "source",
    pattern: /^new (?:Map|Set)\b/,
    message: "a Map or Set begins empty",
    hint: "Make it with `new Map<K, V>()`, then call `set(key, value)` (of a Set `add(value)`) for each.",
  },
  {
    codes: [2554],
    in: "source",
    pattern: /^Math\.(?:max|min|hypot)/,
    message: "Math.max and Math.min take two numbers",
    hint: "Put one into the other: `Math.max(a, Math.max(b, c))`.",
  },
  {
    codes: [2554],
    in: "source",
    pattern: /^new Date\b/,
    message: "a Date needs its milliseconds",
    hint: "Write `new Date(Date.now())`; better the record's own time: `record.timestamp`.",
  },
  {
    codes: [2554],
    in: "source",
    pattern: /./,
    hint: "Give exactly those that the function declares; only those with a value of their own (`by: i32 = 1`) may be left out.",
  },
  {
    codes: [2322],
    in: "message",
    pattern: /Reg(?:ex|Exp)' is not assignable/,
    message: "the methods of texts do not take regular expressions",
    hint: 'Turn it round: `/\\d+/.replaceAll(text, "#")`, `/,/.test(text)`, `/\\d+/.match(text)`, `/\\w+/.matchAll(text)`; they work on strings and Bytes.',
  },
  {
    codes: [2322],
    in: "message",
    pattern: /'string' is not assignable to type 'i64'/,
    hint: "Texts become times with `Time.parse(text)` (milliseconds), and numbers with `I64.parseInt(text)` or `toInt()` of Bytes.",
  },
  {
    codes: [2322],
    in: "message",
    pattern: /'Bytes' is not assignable to type 'string(?: \| null)?'/,
    hint: 'Make a text of the bytes with `.text`; to compare, `bytes.equals("text")`.',
  },
  {
    codes: [2322],
    in: "message",
    pattern: /'string' is not assignable to type 'Bytes/,
    hint: "Make bytes of the text: `Bytes.of(text)`.",
  },
  {
    codes: [2322],
    in: "message",
    pattern: /'(?:[iu](?:8|16|32|64|size)|f32|f64|bool)' is not assignable to type 'string(?: \| null)?'/,
    hint: "Nothing becomes a text by itself: write `value.toString()`, or a template.",
  },
  {
    codes: [2322],
    in: "message",
    pattern: /'string' is not assignable to type '(?:[iu](?:8|16|32|64|size)|f32|f64|bool)'/,
    hint: "A text is no number: `parseInt(text)`, `parseFloat(text)`, `I64.parseInt(text)`; of bytes `toInt()`. All elements of an array, both sides of `? :` and all members of an enum have one type.",
  },
  {
    codes: [2322],
    in: "message",
    pattern: /is not assignable to type 'F64|is not assignable to type 'I32|is not assignable to type 'Bool/,
    hint: "Types of numbers are written small: `number`, `f64`, `i32`, `bool`.",
  },
  {
    codes: [2322],
    in: "message",
    pattern: /^Type '[^']+' is not assignable to type 'string(?: \| null)?'/,
    hint: "Nothing becomes a text by itself: give its class a method `toString(): string`, or write what is to be shown.",
  },
  {
    codes: [2322],
    in: "message",
    pattern: /^Type '[A-Z][\w.]*' is not assignable to type '[A-Z]/,
    hint: "Types fit by their names, not by their fields: say `class A implements B` or `extends B`, and convert from a base class with `value as A`.",
  },
  {
    codes: [2365],
    in: "message",
    pattern: /'\+'.*string/,
    hint: "Nothing becomes a text by itself: write `value.toString()`, or a template.",
  },
  {
    codes: [2365],
    in: "message",
    pattern: /f64/,
    hint: "Bits are those of integers: convert first, `<i32>value`.",
  },
  {
    codes: [2362, 2363, 2364, 2365, 2469],
    in: "message",
    pattern: /./,
    hint: "Both sides need types that the operator knows; convert one of them.",
  },
  {
    in: "message",
    pattern: /operator cannot be applied to type 'string'/,
    hint: "A text is no number: `parseInt(text)`, `parseFloat(text)`; of bytes `toInt()`.",
  },
  {
    codes: [2339],
    in: "message",
    pattern: /'(?:match|matchAll|search|exec)' does not exist/,
    hint: "Ask the regular expression: `/\\d+/.match(text)` (the first match or null), `matchAll`, `search`, `split`, `replace`, `replaceAll`, `test`, and `exec` for groups.",
  },
  {
    codes: [2339],
    in: "message",
    pattern: /'(?:find|findLast)' does not exist/,
    hint: "Take the position: `const i = list.findIndex((x) => …);` (or `findLastIndex`), then `list[i]` unless it is -1.",
  },
  {
    codes: [2339],
    in: "message",
    pattern: /'flatMap' does not exist/,
    hint: "Write `list.map<i32[]>((x) => …).flat()`, or push in a loop.",
  },
  {
    codes: [2339],
    in: "message",
    pattern: /'(?:toSorted|toReversed|toSpliced|with)' does not exist/,
    hint: "Make a copy first: `const copy = list.slice(); copy.sort(…);`.",
  },
  {
    codes: [2339],
    in: "message",
    pattern: /'(?:entries|keys|values)' does not exist on type 'Array/,
    hint: "Count: `for (let i = 0; i < list.length; i++) { const item = list[i]; … }`.",
  },
  {
    codes: [2339],
    in: "message",
    pattern: /'(?:forEach|entries)' does not exist on type '(?:Map|Set)/,
    hint: "Take `const keys = map.keys();` (of a Set `values()`) and go through it with a counting loop.",
  },
  {
    codes: [2339],
    in: "message",
    pattern: /'(?:toPrecision|toExponential)' does not exist/,
    hint: "There is `toFixed(digits)`.",
  },
  {
    codes: [2339],
    in: "message",
    pattern: /'(?:toLocale\w+|normalize)' does not exist/,
    hint: "There are no languages and countries here: use `toString()`; for times `Time.format(milliseconds)`.",
  },
  {
    codes: [2339],
    in: "message",
    pattern:
      /'(?:get|set)(?:FullYear|Month|Date|Day|Hours|Minutes|Seconds|Milliseconds|TimezoneOffset)' does not exist/,
    hint: "There are no time zones here: use `getUTCFullYear()` and its like.",
  },
  {
    codes: [2339],
    in: "message",
    pattern: /'(?:bind|apply|call)' does not exist on type 'Function/,
    hint: "Call the function itself, with all its arguments. (A function that is a value has `call(null, …)`.)",
  },
  {
    codes: [2339],
    in: "message",
    pattern: /'from' does not exist on type '\w+Array'/,
    hint: "Make one of the length and set its elements: `const a = new Uint8Array(2); a[0] = 1;`.",
  },
  {
    codes: [2339],
    in: "message",
    pattern: /does not exist on type 'Json'/,
    hint: 'Members have names at run time: `json.required("name").text`, `json.get("level")`.',
  },
  {
    codes: [2339],
    in: "message",
    pattern:
      /does not exist on type '(?:string|Array|Map|Set|Bytes|Record|Params|Date|F64|I32|I64|Bool|Math|console)/,
    hint: "The editor lists what there is. Not everything of JavaScript's library is: write it as a function.",
  },
  {
    codes: [2339],
    in: "message",
    pattern: /does not exist on type/,
    hint: "Check the spelling. If only a subclass has it, convert first: `(value as Dog).name`; `instanceof` alone does not.",
  },
  {
    codes: [2355],
    in: "message",
    pattern: /must return a value/,
    hint: "Every way through it needs a `return` (or a `throw`); add one as the last line.",
  },
  {
    codes: [2588, 2540],
    in: "message",
    pattern: /Cannot assign/,
    hint: "Write `let` instead of `const`, or leave out `readonly`.",
  },
  {
    codes: [2305],
    in: "message",
    pattern: /exported member 'default'/,
    hint: 'Import by name: `import { Record } from "@smdk/assemblyscript";`.',
  },
  {
    codes: [2305],
    in: "message",
    pattern: /exported member/,
    hint: "Check the spelling, and that the other file says `export`.",
  },
  {
    codes: [1140],
    in: "message",
    pattern: /Type argument/,
    hint: "Spell the type out: `list.map<string>((item) => item.trim())`, `new Map<string, i32>()`.",
  },
  {
    codes: [2300],
    in: "message",
    pattern: /Duplicate/,
    hint: "Give one of them another name; there are no overloads either.",
  },
  {
    codes: [2511],
    in: "message",
    pattern: /abstract class/,
    hint: "Write a class that `extends` it and has what is abstract, and make one of that.",
  },
  {
    codes: [2515],
    in: "message",
    pattern: /abstract member/,
    hint: "Write the member in the class, with the types of the base class.",
  },
  {
    codes: [2349],
    in: "message",
    pattern: /lacks a call signature/,
    hint: "Only functions can be called; a type is not one. To convert write `<i32>value`, to make an object `new`.",
  },
  {
    codes: [1002, 1003, 1005, 1012, 1109, 1110, 1127, 1161],
    in: "message",
    pattern: /./,
    hint: "Look for a missing bracket, quote or comma at this place or right before it.",
  },
  {
    codes: UNKNOWN_NAME,
    in: "message",
    pattern: /./,
    hint: "Declare it, import it, or check the spelling; what JavaScript has beyond its language may not be there.",
  },
  {
    codes: [2315],
    in: "message",
    pattern: /not generic/,
    hint: "Leave out what stands between `<` and `>`.",
  },
  {
    codes: [2454],
    in: "message",
    pattern: /before being assigned/,
    hint: "Give it a first value where it is declared.",
  },
  {
    in: "message",
    pattern: /used before its declaration/,
    hint: "Move the declaration in front of its first use.",
  },
  {
    in: "message",
    pattern: /not constructable/,
    hint: "Only classes are made with `new`: write a class that `implements` the interface.",
  },
  {
    in: "message",
    pattern: /^Type 'void' is not assignable/,
    hint: "The function returns nothing: call it on a line of its own, or give it a return type.",
  },
  {
    in: "message",
    pattern: /^Expected \d+ type arguments/,
    hint: "Write the types out: `Array<string>`, `Map<string, i32>`.",
  },
  {
    in: "message",
    pattern: /only permits reading/,
    hint: 'Give the class a method with `@operator("[]=")` too.',
  },
  {
    in: "message",
    pattern: /overload signature is not compatible|is defined as an accessor/,
    hint: "What a subclass overrides keeps its kind, its parameters and its types.",
  },
  {
    in: "message",
    pattern: /^Super calls|'super' can only/,
    hint: "Call `super(…)` in the constructor of a class that `extends` another one.",
  },
  {
    in: "message",
    pattern: /the handler must return|arrayMap must return|an accumulator is/,
    hint: "Return text: `return value.toString();`. The kinds of functions and what they return are listed where `Record` comes from: hover over it.",
  },
];
