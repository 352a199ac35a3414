// Names that JavaScript, browsers and Node.js know and AssemblyScript does not, with the way out of each.

import type { RuleCode } from "../lint/findings.ts";

export interface Unknown {
  readonly rule: RuleCode;
  readonly message: string;
  readonly hint: string;
}

const RECORDS_ONLY =
  "It is given records and returns records; bring in what else it needs as parameters (`init(params)`).";

const host = (what: string, hint = RECORDS_ONLY): Unknown => ({ rule: "SM136", message: what, hint });
const missing = (name: string, hint: string): Unknown => ({
  rule: "SM135",
  message: `AssemblyScript has no ${name}`,
  hint,
});

const NETWORK = host("a SmartModule has no network");
const TIMERS = host(
  "a SmartModule has no timers",
  "It runs when records come; there is nothing to wait for.",
);
const NODE = host("a SmartModule has no timers, no network and nothing of Node.js");
const BROWSER = host("a SmartModule has nothing of a browser");
const JSON_OBJECT: Unknown = {
  rule: "SM116",
  message: "AssemblyScript has no JSON object",
  hint: 'Read with `record.value.json()`: `json.required("name").text`, `json.get("level")`, or into a class marked with `@json`: `json.to<Event>()`. Write with `JsonWriter`, or return such a class.',
};
const PROMISES: Unknown = {
  rule: "SM113",
  message: "AssemblyScript has no promises, no async functions and no await",
  hint: "A SmartModule answers at once: call the function itself.",
};

/** Global names. */
export const GLOBALS: Readonly<Record<string, Unknown>> = {
  fetch: NETWORK,
  XMLHttpRequest: NETWORK,
  WebSocket: NETWORK,
  setTimeout: TIMERS,
  setInterval: TIMERS,
  setImmediate: TIMERS,
  clearTimeout: TIMERS,
  clearInterval: TIMERS,
  queueMicrotask: TIMERS,
  requestAnimationFrame: TIMERS,
  require: {
    rule: "SM122",
    message: "AssemblyScript has no require",
    hint: 'Import at the top of the file: `import { x } from "./file";`. Modules of Node.js and packages for JavaScript cannot be used.',
  },
  module: NODE,
  exports: NODE,
  __dirname: NODE,
  __filename: NODE,
  process: NODE,
  Buffer: host(
    "a SmartModule has nothing of Node.js, no Buffer either",
    "Use `Bytes`: `Bytes.of(text)`, `bytes.toBase64()`, `bytes.toHex()`, `bytes.slice(0, 4)`.",
  ),
  window: BROWSER,
  document: BROWSER,
  navigator: BROWSER,
  location: BROWSER,
  localStorage: BROWSER,
  sessionStorage: BROWSER,
  alert: BROWSER,
  globalThis: {
    rule: "SM135",
    message: "AssemblyScript has no globalThis",
    hint: "Use variables at the top level of the file.",
  },
  global: {
    rule: "SM135",
    message: "AssemblyScript has no global object",
    hint: "Use variables at the top level of the file.",
  },
  TextDecoder: host(
    "a SmartModule has no TextDecoder",
    "Use `bytes.text`, or `bytes.utf8()` to refuse what is not UTF-8.",
  ),
  TextEncoder: host("a SmartModule has no TextEncoder", "Use `Bytes.of(text)`."),
  atob: host("a SmartModule has no atob", "Use `Bytes.fromBase64(text).text`."),
  btoa: host("a SmartModule has no btoa", "Use `Bytes.of(text).toBase64()`."),
  URL: host(
    "a SmartModule has no URL",
    "Take the text apart with `split`, `indexOf` and `slice`, or a regular expression.",
  ),
  URLSearchParams: host(
    "a SmartModule has no URLSearchParams",
    'Take the text apart: `text.split("&")`, then `split("=")`.',
  ),
  JSON: JSON_OBJECT,
  Promise: PROMISES,
  BigInt: {
    rule: "SM120",
    message: "AssemblyScript has no BigInt",
    hint: "Use `i64` or `u64`: `<i64>value`, or `I64.parseInt(text)`.",
  },
  WeakMap: missing("WeakMap", "Use a `Map`, and delete what is no longer needed."),
  WeakSet: missing("WeakSet", "Use a `Set`, and delete what is no longer needed."),
  WeakRef: missing("WeakRef", "Keep the object itself, or null."),
  FinalizationRegistry: missing("FinalizationRegistry", "Memory is looked after without it."),
  Proxy: missing("Proxy", "Write a class with the methods that are wanted."),
  Reflect: missing("Reflect", "Fields are known when the module is built: name them."),
  Intl: missing("Intl", "Format in code; for times there is `Time.format(milliseconds)`."),
  structuredClone: missing(
    "structuredClone",
    "Write a method that makes a copy: `copy(): Point { … }`. Bytes have `copy()`, arrays `slice()`.",
  ),
  eval: missing("eval", "All code is compiled when the module is built."),
  Function: missing("Function constructor", "All code is compiled when the module is built."),
  arguments: missing(
    "arguments",
    "Name the parameters, or take an array: `function join(parts: string[]): string`.",
  ),
  escape: missing("escape", "Use `encodeURIComponent`."),
  unescape: missing("unescape", "Use `decodeURIComponent`."),
  AggregateError: missing("AggregateError", "Throw an `Error` whose message says it all."),
  Atomics: missing("Atomics here", "A SmartModule has one thread: plain variables do."),
  SharedArrayBuffer: missing("SharedArrayBuffer", "A SmartModule has one thread: use an `ArrayBuffer`."),
};

const WITH_MAP =
  "Fields are known when the module is built: name them. For names that come with the data use a `Map`, with `keys()` and `values()`; for JSON `json.keys()`.";

/** Members of global objects; `*` stands for those not named. */
export const MEMBERS: Readonly<Record<string, Readonly<Record<string, Unknown>>>> = {
  Object: { "*": missing("Object.keys, entries, assign and the like", WITH_MAP) },
  Array: {
    from: missing(
      "Array.from",
      "Copy an array with `list.slice()`; for others fill one in a `for` loop. `new Array<i32>(3).fill(0)` makes one of a length.",
    ),
    of: missing("Array.of", "Write `[a, b, c]`."),
  },
  Symbol: {
    iterator: {
      rule: "SM114",
      message: "AssemblyScript has no iterators",
      hint: "Give the class a method that returns an array, or `length` and `get(index)`.",
    },
    asyncIterator: {
      rule: "SM114",
      message: "AssemblyScript has no iterators",
      hint: "Give the class a method that returns an array, or `length` and `get(index)`.",
    },
  },
  String: {
    raw: {
      rule: "SM133",
      message: "AssemblyScript has no String.raw",
      hint: 'Write the backslashes twice: `"a\\\\n"`.',
    },
  },
  console: {
    table: missing("console.table", "Write a line with `console.log` or `log.info`."),
    dir: missing("console.dir", "Write a line with `console.log` or `log.info`."),
    group: missing("console.group", "Write a line with `console.log` or `log.info`."),
    groupEnd: missing("console.group", "Write a line with `console.log` or `log.info`."),
    count: missing("console.count", "Count in a variable at the top level of the file."),
    trace: missing("console.trace", "Write a line with `console.log` or `log.info`; an error has its place."),
  },
  crypto: {
    randomUUID: missing(
      "crypto.randomUUID",
      "Make an identifier of the record: `record.value.sha256().toHex()`, or offset and key.",
    ),
    subtle: missing("crypto.subtle", "There is `bytes.sha256()`."),
    createHash: missing("crypto.createHash", "There is `bytes.sha256()`."),
  },
};

/** Globals that are called as functions: `Number(text)`. */
export const CALLS: Readonly<Record<string, Unknown>> = {
  Number: missing(
    "Number(…)",
    "Of bytes: `record.value.toInt()`, `toFloat()`. Of a string: `parseInt(text)`, `parseFloat(text)`, `I64.parseInt(text)`. Of a number: `<f64>value`.",
  ),
  String: missing("String(…)", "Write `value.toString()`, or put it into a template."),
  Boolean: missing("Boolean(…)", "Write `value != 0`, `text.length > 0` or `value !== null`."),
  trace: host("a SmartModule has no trace", "Write a line with `console.log(text)` or `log.info(text)`."),
  RegExp: missing(
    "RegExp(…) without new",
    "Write a literal: `/\\d+/`; a pattern that is only known when the module runs is made with `new RegExp(pattern)`.",
  ),
};

/** Classes that cannot be made with `new`. */
export const CONSTRUCTORS: Readonly<Record<string, Unknown>> = {
  Object: missing("objects without a class", "Declare a class with these fields, or use a `Map`."),
  Number: missing("objects of numbers", "Write the number itself."),
  String: missing("objects of texts", "Write the text itself."),
  Boolean: missing("objects of truth values", "Write true or false."),
};

/** Decorators that the language and the library know. */
export const DECORATORS: ReadonlySet<string> = new Set([
  "json",
  "global",
  "operator",
  "unmanaged",
  "final",
  "sealed",
  "inline",
  "external",
  "builtin",
  "lazy",
  "unsafe",
  "deprecated",
]);
