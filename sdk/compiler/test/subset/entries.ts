// Entry files, imports and grammar that do not make a SmartModule.

/** Name, code of the rule or nothing, source with `«` before the place, message. */
export const entries: readonly (readonly [name: string, rule: string, source: string, message: string])[] = [
  [
    "import npm",
    "",
    `import _ from «"lodash";
export function map(record: Record): string {
return "";
}`,
    "this package has no AssemblyScript sources here",
  ],
  [
    "import npm named",
    "",
    `import { chunk } from «"lodash";
export function map(record: Record): string {
return "";
}`,
    "this package has no AssemblyScript sources here",
  ],
  [
    "import missing",
    "",
    `import { x } from «"./missing";
export function map(record: Record): string {
return "";
}`,
    "the imported file does not exist",
  ],
  [
    "import not exported",
    "",
    `import { «y } from "./helper";
export function map(record: Record): string {
return "";
}`,
    "Module 'src/helper' has no exported member 'y'.",
  ],
  [
    "import default",
    "",
    `import «Sdk from "@smdk/assemblyscript";
export function map(record: Record): string {
return "";
}`,
    "Module '@smdk/assemblyscript' has no exported member 'default'.",
  ],
  [
    "import unknown sdk",
    "",
    `import { «Recrod } from "@smdk/assemblyscript";
export function map(record: Record): string {
return "";
}`,
    "Module '@smdk/assemblyscript' has no exported member 'Recrod'.",
  ],
  [
    "export default",
    "SM140",
    `«export default function map(record: Record): string { return ""; }`,
    "a SmartModule's functions are exported by name, not as default",
  ],
  [
    "export const",
    "",
    `export const «map = (record: Record): string => "";`,
    "map is a variable, but it must be a function",
  ],
  [
    "export object",
    "SM140",
    `«export default { map(record: Record): string { return ""; } };`,
    "a SmartModule's functions are exported by name, not as default",
  ],
  [
    "typo export",
    "SM140",
    `export function «fliter(record: Record): bool { return true; }`,
    "nothing calls fliter; is filter meant?",
  ],
  [
    "typo case",
    "SM140",
    `export function «Filter(record: Record): bool { return true; }`,
    "nothing calls Filter; is filter meant?",
  ],
  [
    "typo filtermap",
    "SM140",
    `export function «filtermap(record: Record): string | null { return null; }`,
    "nothing calls filtermap; is filterMap meant?",
  ],
  [
    "typo lookback",
    "SM140",
    `export function «lookback(record: Record): void {}
export function map(record: Record): string {
return "";
}`,
    "nothing calls lookback; is lookBack meant?",
  ],
  [
    "two kinds",
    "",
    `export function filter(r: Record): bool { return true; }
export function «map(r: Record): string { return ""; }`,
    "a SmartModule has exactly one transform, but this one exports filter and map",
  ],
  [
    "wrong return",
    "",
    `export function filter(r: Record): «string { return ""; }`,
    "filter returns bool, not string",
  ],
  [
    "filter returns i32",
    "",
    `export function filter(r: Record): «i32 { return 1; }`,
    "filter returns bool, not i32",
  ],
  ["map returns void", "SM140", `export function map(r: Record): «void {}`, "map returns a value, not void"],
  [
    "map returns number",
    "SM140",
    `export function map(r: Record): «number { return 1; }`,
    "map returns a string, Bytes, a Uint8Array, a Record or a class marked with @json, not number",
  ],
  [
    "filter no params",
    "",
    `export function «filter(): bool { return true; }`,
    "filter takes 1 parameter, not 0",
  ],
  [
    "wrong param type",
    "SM140",
    `export function filter(r: «string): bool { return true; }`,
    "filter is given a Record, not string",
  ],
  [
    "init wrong param",
    "SM140",
    `export function init(p: «Map<string, string>): void {}
export function map(record: Record): string {
return "";
}`,
    "init is given a Params, not Map<string, string>",
  ],
  [
    "init returns bool",
    "",
    `export function init(p: Params): «bool { return true; }
export function map(record: Record): string {
return "";
}`,
    "init returns nothing (void), not bool",
  ],
  [
    "init not exported",
    "",
    `function «init(p: Params): void {}
export function map(record: Record): string {
return "";
}`,
    "init is not exported",
  ],
  [
    "lookBack no param",
    "",
    `export function «lookBack(): void {}
export function map(record: Record): string {
return "";
}`,
    "lookBack takes 1 parameter, not 0",
  ],
  [
    "swapped aggregate",
    "SM140",
    `export function aggregate(record: Record, sum: «i64): i64 { return sum; }`,
    "aggregate is given a Record, not i64",
  ],
  [
    "aggregate mismatch",
    "",
    `export function aggregate(sum: i64, record: Record): «string { return ""; }`,
    "Type 'string' is not assignable to type 'i64'.",
  ],
  [
    "array_map wrong",
    "",
    `export function arrayMap(record: Record): «string { return ""; }`,
    "arrayMap must return an array, or void with `out: Output` as its second parameter",
  ],
  [
    "syntax error",
    "",
    `export function map(record: Record): string {
return «"a
}`,
    "Unterminated string literal.",
  ],
  [
    "syntax brace",
    "",
    `export function map(record: Record): string { if («true { return ""; } return ""; }`,
    "')' expected.",
  ],
  [
    "syntax missing paren",
    "",
    `export function map(record: Record): string {
return record.value.text.split(«",";
}`,
    "')' expected.",
  ],
  [
    "regex flags y",
    "",
    `export function map(record: Record): string {
return /a/«y.test("a") ? "y" : "n";
}`,
    "only the flags g, i and m of regular expressions are supported",
  ],
  [
    "regex flags u",
    "",
    `export function map(record: Record): string {
return /a/«u.test("a") ? "y" : "n";
}`,
    "only the flags g, i and m of regular expressions are supported",
  ],
  [
    "regex backreference",
    "",
    `export function map(record: Record): string {
return /(a)«\\1/.test("aa") ? "y" : "n";
}`,
    "regular expressions have no back-references here",
  ],
  [
    "missing abstract impl",
    "",
    `abstract class A { abstract f(): void; }
class «B extends A {}
export function map(record: Record): string {
new B();
return "";
}`,
    "Non-abstract class 'B' does not implement inherited abstract member 'f' from 'A'.",
  ],
  [
    "duplicate fn",
    "",
    `function f(): void {}
function «f(): void {}
export function map(record: Record): string {
return "";
}`,
    "Duplicate identifier 'f'.",
  ],
  [
    "implicit return",
    "",
    `function f(n: i32): «string { if (n > 0) return "a"; }
export function map(record: Record): string {
return f(1);
}`,
    "A function whose declared type is not 'void' must return a value.",
  ],
];
