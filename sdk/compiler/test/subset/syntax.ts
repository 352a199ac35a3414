// Constructs of TypeScript that AssemblyScript does not have, as one would write them.

/** Name, code of the rule, source with `«` before the place, message. What is not said of the first line is import. */
export const syntax: readonly (readonly [name: string, rule: string, source: string, message: string])[] = [
  [
    "closure forEach",
    "SM105",
    `export function map(record: Record): string {
let total = 0;
[1, 2, 3].forEach(«(n) => { total += n; });
return total.toString();
}`,
    "AssemblyScript has no closures: this function uses total from around it",
  ],
  [
    "closure const",
    "SM105",
    `export function map(record: Record): string {
const factor = 3;
return [1, 2].map<i32>(«(n) => n * factor).join(",");
}`,
    "AssemblyScript has no closures: this function can use factor only because it is a constant",
  ],
  [
    "closure const of consts",
    "SM105",
    `enum E { A = 2 }
export function map(record: Record): string {
const j = E.A, factor: i32 = -j * 2;
function half(n: i32): i32 { return n / 2; }
return [1, 2].map<i32>(«(n) => n * factor).join(",") + half(2).toString();
}`,
    "AssemblyScript has no closures: this function can use factor only because it is a constant",
  ],
  [
    "closure inner function const",
    "SM105",
    `export function map(record: Record): string {
const twice = (n: i32): i32 => n * 2;
return [1, 2].map<i32>(«(n) => twice(n)).join(",");
}`,
    "AssemblyScript has no closures: this function can use twice only because it is a constant",
  ],
  [
    "closure const of a value",
    "SM105",
    `export function map(record: Record): string {
const size = record.value.length;
return [1, 2].map<i32>(«(n) => n * size).join(",");
}`,
    "AssemblyScript has no closures: this function uses size from around it",
  ],
  [
    "closure const of joined texts",
    "SM105",
    `export function map(record: Record): string {
const text = "a" + "b";
return [1, 2].map<string>(«(n) => text).join(",");
}`,
    "AssemblyScript has no closures: this function uses text from around it",
  ],
  [
    "closure const and let",
    "SM105",
    `export function map(record: Record): string {
const a = 1;
let b = 2;
return [1, 2].map<i32>(«(n) => a + b).join(",");
}`,
    "AssemblyScript has no closures: this function uses b from around it",
  ],
  [
    "closure map let",
    "SM105",
    `export function map(record: Record): string {
let factor = parseInt("3");
return [1, 2].map(«(n) => n * factor).join(",");
}`,
    "AssemblyScript has no closures: this function uses factor from around it",
  ],
  [
    "closure filter param",
    "SM105",
    `export function map(record: Record): string {
return [1, 2].filter(«(n) => n > <i32>record.offset).join(",");
}`,
    "AssemblyScript has no closures: this function uses record from around it",
  ],
  [
    "closure record",
    "SM105",
    `export function map(record: Record): string {
return ["a"].filter(«(w) => record.value.includes(w)).join(",");
}`,
    "AssemblyScript has no closures: this function uses record from around it",
  ],
  [
    "returned closure",
    "SM105",
    `function adder(by: i32): (n: i32) => i32 { return «(n) => n + by; }
export function map(record: Record): string {
return adder(1)(2).toString();
}`,
    "AssemblyScript has no closures: this function uses by from around it",
  ],
  [
    "local function captures",
    "SM105",
    `export function map(record: Record): string {
let n = 1;
«function inc(): void { n++; }
inc();
return n.toString();
}`,
    "AssemblyScript has no closures: this function uses n from around it",
  ],
  [
    "arrow untyped result",
    "SM125",
    `export function map(record: Record): string {
const twice = (n: i32) «=> n * 2;
return twice(4).toString();
}`,
    "the function has no return type",
  ],
  [
    "this in arrow",
    "SM105",
    `class A { n: i32 = 2; list(): string { return [1,2].map(«(x) => x * this.n).join(","); } }
export function map(record: Record): string {
return new A().list();
}`,
    "AssemblyScript has no closures: this function uses this from around it",
  ],
  [
    "destructure object",
    "SM112",
    `export function map(record: Record): string {
«const { value, key } = record;
return value.text;
}`,
    "AssemblyScript has no destructuring",
  ],
  [
    "destructure array",
    "SM112",
    `export function map(record: Record): string {
«const [first, second] = record.value.text.split(",");
return first;
}`,
    "AssemblyScript has no destructuring",
  ],
  [
    "destructure params",
    "SM112",
    `class P { x: i32 = 0; }
function f(«{ x }: P): i32 { return x; }
export function map(record: Record): string {
return f(new P()).toString();
}`,
    "AssemblyScript has no destructuring",
  ],
  [
    "destructure arrow param",
    "SM112",
    `export function map(record: Record): string {
return [[1,2]].map((«[x, y]) => x + y).join(",");
}`,
    "AssemblyScript has no destructuring",
  ],
  [
    "destructure assign",
    "SM112",
    `export function map(record: Record): string {
let x = 1, y = 2;
«[x, y] = [y, x];
return x.toString();
}`,
    "AssemblyScript has no destructuring",
  ],
  [
    "destructure rest",
    "SM112",
    `export function map(record: Record): string {
«const [a, ...others] = record.value.text.split(",");
return others.join(",");
}`,
    "AssemblyScript has no destructuring",
  ],
  [
    "rest params",
    "SM106",
    `function sum(«...ns: i32[]): i32 { return ns.length; }
export function map(record: Record): string {
return sum(1, 2).toString();
}`,
    "AssemblyScript has no rest arguments",
  ],
  [
    "optional params",
    "SM126",
    `function inc(n: i32, «by?: i32): i32 { return n + by; }
export function map(record: Record): string {
return inc(1).toString();
}`,
    "an optional parameter needs a value for when it is not given",
  ],
  [
    "optional string param",
    "SM126",
    `function f(a: string, «b?: string): string { return b ? a + b : a; }
export function map(record: Record): string {
return f("x") + f("x", "y");
}`,
    "an optional parameter needs a value for when it is not given",
  ],
  [
    "spread array",
    "SM107",
    `export function map(record: Record): string {
const a = [1, 2];
const c = [«...a, 3];
return c.join(",");
}`,
    "AssemblyScript has no spread",
  ],
  [
    "spread object",
    "SM127",
    `export function map(record: Record): string {
const a = «{ x: 1 };
const c = { ...a, y: 2 };
return "";
}`,
    "AssemblyScript has no object literals without a class",
  ],
  [
    "spread call",
    "SM107",
    `export function map(record: Record): string {
const a = [1, 2];
return Math.max(«...a).toString();
}`,
    "AssemblyScript has no spread",
  ],
  [
    "object literal",
    "SM127",
    `export function map(record: Record): string {
const p = «{ x: 1, y: 2 };
return p.x.toString();
}`,
    "AssemblyScript has no object literals without a class",
  ],
  [
    "object literal type",
    "SM127",
    `type P = «{ x: number; y: number };
export function map(record: Record): string {
const p: P = { x: 1, y: 2 };
return p.x.toString();
}`,
    "AssemblyScript has no object types",
  ],
  [
    "object method literal",
    "SM127",
    `export function map(record: Record): string {
const o = { «run(): i32 { return 1; } };
return o.run().toString();
}`,
    "an object literal has no methods",
  ],
  [
    "computed key",
    "SM127",
    `export function map(record: Record): string {
const k = "a";
const o = { «[k]: 1 };
return "";
}`,
    "an object literal has fixed names",
  ],
  [
    "dictionary",
    "SM118",
    `export function map(record: Record): string {
const counts: { «[key: string]: number } = {};
counts["a"] = 1;
return "";
}`,
    "AssemblyScript has no index signatures",
  ],
  [
    "Record type",
    "SM118",
    `export function map(record: Record): string {
const counts: «Record<string, number> = {};
return "";
}`,
    "Record<K, V> is no dictionary here: Record is a record of a topic",
  ],
  [
    "union",
    "SM102",
    `export function map(record: Record): string {
let x: «string | number = 1;
return "x";
}`,
    "AssemblyScript has no union types",
  ],
  [
    "union alias",
    "SM102",
    `type Id = «string | number;
export function map(record: Record): string {
return "x";
}`,
    "AssemblyScript has no union types",
  ],
  [
    "literal union",
    "SM102",
    `type Level = «"info" | "warn";
export function map(record: Record): string {
const l: Level = "info";
return l;
}`,
    "AssemblyScript has no union types",
  ],
  [
    "literal type",
    "SM102",
    `export function map(record: Record): string {
const l: «1 = 1;
return l.toString();
}`,
    "AssemblyScript has no types of single values",
  ],
  [
    "discriminated union",
    "SM102",
    `interface A { kind: "a"; }
interface B { kind: "b"; }
type AB = «A | B;
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no union types",
  ],
  [
    "null number",
    "SM102",
    `export function map(record: Record): string {
let x: «number | null = null;
return "";
}`,
    "a number or bool cannot be null",
  ],
  [
    "undefined union",
    "SM115",
    `export function map(record: Record): string {
let x: string | «undefined = undefined;
return "";
}`,
    "AssemblyScript has no undefined",
  ],
  [
    "optional property",
    "SM126",
    `class A { «x?: string; y?: i32; }
export function map(record: Record): string {
return new A().x === null ? "null" : "x";
}`,
    "AssemblyScript has no optional fields",
  ],
  [
    "any",
    "SM101",
    `export function map(record: Record): string {
let x: «any = 1;
return "";
}`,
    "AssemblyScript has no any, no type for just anything",
  ],
  [
    "unknown",
    "SM101",
    `export function map(record: Record): string {
let x: «unknown = 1;
return "";
}`,
    "AssemblyScript has no unknown, no type for just anything",
  ],
  [
    "object type",
    "SM101",
    `export function map(record: Record): string {
let x: «object = record;
return "";
}`,
    "AssemblyScript has no object, no type for just anything",
  ],
  [
    "type guard",
    "SM132",
    `class A {}
class B extends A { n: i32 = 1; }
function isB(a: A): «a is B { return a instanceof B; }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no type guards",
  ],
  [
    "asserts",
    "SM132",
    `function check(x: bool): «asserts x { if (!x) throw new Error(""); }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no assertion functions",
  ],
  [
    "in",
    "SM109",
    `export function map(record: Record): string {
return "x" «in record ? "y" : "n";
}`,
    "AssemblyScript has no operator in",
  ],
  [
    "tuple",
    "SM117",
    `function pair(): «[string, number] { return ["a", 1]; }
export function map(record: Record): string {
return pair()[0];
}`,
    "AssemblyScript has no tuples: an array has elements of one type",
  ],
  [
    "ReadonlyArray",
    "SM124",
    `export function map(record: Record): string {
const a: «ReadonlyArray<string> = ["a"];
return a[0];
}`,
    "AssemblyScript has no ReadonlyArray",
  ],
  [
    "Partial",
    "SM124",
    `class A { x: i32 = 0; }
export function map(record: Record): string {
let a: «Partial<A>;
return "";
}`,
    "AssemblyScript has no Partial",
  ],
  [
    "keyof",
    "SM124",
    `class A { x: i32 = 0; }
type K = «keyof A;
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no keyof types",
  ],
  [
    "mapped",
    "SM124",
    `type M<T> = «{ [K in keyof T]: T[K] };
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no mapped types",
  ],
  [
    "conditional",
    "SM124",
    `type C<T> = T «extends string ? i32 : f64;
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no conditional types",
  ],
  [
    "typeof type",
    "SM124",
    `export function map(record: Record): string {
const x = 1;
let y: «typeof x = 2;
return y.toString();
}`,
    "AssemblyScript has no typeof in types",
  ],
  [
    "indexed access",
    "SM124",
    `class A { x: i32 = 0; }
export function map(record: Record): string {
let y: «A["x"] = 1;
return "";
}`,
    "AssemblyScript has no types of the form T[K]",
  ],
  [
    "template literal type",
    "SM102",
    `type T = «\`a-\${string}\`;
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no types of single values",
  ],
  [
    "generic arrow",
    "SM130",
    `export function map(record: Record): string {
const id = «<T>(x: T): T => x;
return id("a");
}`,
    "AssemblyScript has no generic functions inside of others",
  ],
  [
    "overloads",
    "SM128",
    `«function f(a: string): string;
function f(a: i32): string;
function f(a: i32): string { return ""; }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no overloads: a function has one list of parameters",
  ],
  [
    "method overloads",
    "SM128",
    `class A { «f(a: string): string; f(a: i32): string; f(a: i32): string { return ""; } }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no overloads: a function has one list of parameters",
  ],
  [
    "intersection",
    "SM103",
    `interface A { a: i32; }
interface B { b: i32; }
type AB = «A & B;
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no intersection types",
  ],
  [
    "as unknown as",
    "SM101",
    `export function map(record: Record): string {
const x = 1 as «unknown as string;
return x;
}`,
    "AssemblyScript has no unknown, no type for just anything",
  ],
  [
    "try",
    "SM104",
    `export function map(record: Record): string {
«try { return "a"; } catch (e) { return "b"; }
}`,
    "AssemblyScript has no try/catch",
  ],
  [
    "try finally",
    "SM104",
    `export function map(record: Record): string {
«try { return "a"; } finally { console.log("x"); }
}`,
    "AssemblyScript has no try/catch",
  ],
  [
    "throw string",
    "SM139",
    `export function map(record: Record): string {
throw «"bad";
}`,
    "only an Error can be thrown",
  ],
  [
    "for in",
    "SM109",
    `export function map(record: Record): string {
for (const k «in record) {}
return "";
}`,
    "AssemblyScript has no for…in",
  ],
  [
    "for of array",
    "SM108",
    `export function map(record: Record): string {
let s = "";
for (const x «of ["a", "b"]) s += x;
return s;
}`,
    "AssemblyScript has no for…of",
  ],
  [
    "for of string",
    "SM108",
    `export function map(record: Record): string {
let s = "";
for (const c «of "abc") s += c;
return s;
}`,
    "AssemblyScript has no for…of",
  ],
  [
    "for of map",
    "SM112",
    `export function map(record: Record): string {
const m = new Map<string, i32>();
let s = "";
for (const «[k, v] of m) s += k;
return s;
}`,
    "AssemblyScript has no destructuring",
  ],
  [
    "for of entries",
    "SM112",
    `export function map(record: Record): string {
const m = ["a"];
let s = "";
for (const «[i, v] of m.entries()) s += v;
return s;
}`,
    "AssemblyScript has no destructuring",
  ],
  [
    "for of values",
    "SM108",
    `export function map(record: Record): string {
const m = new Map<string, i32>();
let s = "";
for (const v «of m.values()) s += v.toString();
return s;
}`,
    "AssemblyScript has no for…of",
  ],
  [
    "for await",
    "SM113",
    `export «async function map(record: Record): Promise<string> {
for await (const x of []) {}
return "";
}`,
    "AssemblyScript has no async functions and no await",
  ],
  [
    "label",
    "SM129",
    `export function map(record: Record): string {
«outer: for (let i = 0; i < 3; i++) { for (let j = 0; j < 3; j++) { if (j == 1) continue outer; if (i == 2) break outer; } }
return "";
}`,
    "AssemblyScript has no labels",
  ],
  [
    "with",
    "SM139",
    `export function map(record: Record): string {
«with (record) { }
return "";
}`,
    "AssemblyScript has no with",
  ],
  [
    "debugger",
    "SM139",
    `export function map(record: Record): string {
«debugger;
return "";
}`,
    "AssemblyScript has no debugger",
  ],
  [
    "async",
    "SM113",
    `export «async function map(record: Record): Promise<string> { return ""; }`,
    "AssemblyScript has no async functions and no await",
  ],
  [
    "async arrow",
    "SM113",
    `export function map(record: Record): string {
const f = «async () => 1;
return "";
}`,
    "AssemblyScript has no async functions and no await",
  ],
  [
    "await",
    "SM113",
    `export function map(record: Record): string {
const x = «await fetch("http://x");
return "";
}`,
    "AssemblyScript has no async functions and no await",
  ],
  [
    "top await",
    "SM113",
    `const x = «await load();
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no async functions and no await",
  ],
  [
    "Promise",
    "SM113",
    `export function map(record: Record): string {
new «Promise((resolve) => resolve(1));
return "";
}`,
    "AssemblyScript has no promises, no async functions and no await",
  ],
  [
    "Promise.all",
    "SM113",
    `export function map(record: Record): string {
«Promise.all([]);
return "";
}`,
    "AssemblyScript has no promises, no async functions and no await",
  ],
  [
    "generator",
    "SM114",
    `«function* gen(): Generator<i32> { yield 1; }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no generators",
  ],
  [
    "generator method",
    "SM114",
    `class A { «*items(): Generator<i32> { yield 1; } }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no generators",
  ],
  [
    "iterator",
    "SM114",
    `class A { [«Symbol.iterator](): Iterator<i32> { return null; } }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no iterators",
  ],
  [
    "optional chaining",
    "SM110",
    `export function map(record: Record): string {
return record.key«?.text;
}`,
    "AssemblyScript has no optional chaining (?.)",
  ],
  [
    "optional call",
    "SM110",
    `export function map(record: Record): string {
return record.key«?.toString();
}`,
    "AssemblyScript has no optional chaining (?.)",
  ],
  [
    "optional index",
    "SM110",
    `export function map(record: Record): string {
const a: string[] | null = null;
return a«?.[0];
}`,
    "AssemblyScript has no optional chaining (?.)",
  ],
  [
    "nullish",
    "SM111",
    `export function map(record: Record): string {
return record.key «?? "none";
}`,
    "AssemblyScript has no ??",
  ],
  [
    "nullish assign",
    "SM111",
    `export function map(record: Record): string {
let k: string | null = null;
k «??= "x";
return k;
}`,
    "AssemblyScript has no ??=",
  ],
  [
    "or assign",
    "SM131",
    `export function map(record: Record): string {
let k: string = "";
k «||= "x";
return k;
}`,
    "AssemblyScript has no ||=",
  ],
  [
    "and assign",
    "SM131",
    `export function map(record: Record): string {
let k: string = "a";
k «&&= "x";
return k;
}`,
    "AssemblyScript has no &&=",
  ],
  [
    "bigint",
    "SM120",
    `export function map(record: Record): string {
const n = «10n;
return n.toString();
}`,
    "AssemblyScript has no bigint literals",
  ],
  [
    "BigInt",
    "SM120",
    `export function map(record: Record): string {
const n = «BigInt(10);
return n.toString();
}`,
    "AssemblyScript has no BigInt",
  ],
  [
    "bigint type",
    "SM120",
    `export function map(record: Record): string {
let n: «bigint = 1;
return "";
}`,
    "AssemblyScript has no bigint",
  ],
  [
    "int division",
    "SM138",
    `export function map(record: Record): string {
return («7 / 2).toString();
}`,
    "both are integers, so the result has no fraction: 7 / 2 is 3",
  ],
  [
    "int division vars",
    "SM138",
    `export function map(record: Record): string {
const a = 7;
const c = 2;
return («a / c).toString();
}`,
    "both are integers, so the result has no fraction: 7 / 2 is 3",
  ],
  [
    "average",
    "SM138",
    `export function map(record: Record): string {
let sum = 0;
const list = [1, 2, 4];
for (let i = 0; i < list.length; i++) sum += list[i];
return («sum / list.length).toString();
}`,
    "both are integers, so the result has no fraction: 7 / 2 is 3",
  ],
  [
    "template tagged",
    "SM106",
    `function tag(parts: string[], «...v: i32[]): string { return ""; }
export function map(record: Record): string {
return tag\`a\${1}\`;
}`,
    "AssemblyScript has no rest arguments",
  ],
  [
    "String.raw",
    "SM133",
    `export function map(record: Record): string {
return «String.raw\`a\\n\`;
}`,
    "AssemblyScript has no tagged templates",
  ],
  [
    "unsigned shift",
    "SM138",
    `export function map(record: Record): string {
const x = -1;
return («x >>> 0).toString();
}`,
    "`>>> 0` does not make a number unsigned here",
  ],
  [
    "== undefined",
    "SM115",
    `export function map(record: Record): string {
return (record.key == «undefined).toString();
}`,
    "AssemblyScript has no undefined",
  ],
  [
    "Number()",
    "SM135",
    `export function map(record: Record): string {
return «Number("12").toString();
}`,
    "AssemblyScript has no Number(…)",
  ],
  [
    "Intl",
    "SM135",
    `export function map(record: Record): string {
return new «Intl.NumberFormat("de").format(1);
}`,
    "AssemblyScript has no Intl",
  ],
  [
    "String()",
    "SM135",
    `export function map(record: Record): string {
return «String(5);
}`,
    "AssemblyScript has no String(…)",
  ],
  [
    "Boolean()",
    "SM135",
    `export function map(record: Record): string {
return «Boolean(5).toString();
}`,
    "AssemblyScript has no Boolean(…)",
  ],
  [
    "string iteration",
    "SM107",
    `export function map(record: Record): string {
return [«..."abc"].join("-");
}`,
    "AssemblyScript has no spread",
  ],
  [
    "string matchAll",
    "SM107",
    `export function map(record: Record): string {
return [«..."a1b2".matchAll(/\\d/g)].length.toString();
}`,
    "AssemblyScript has no spread",
  ],
  [
    "JSON.parse",
    "SM116",
    `export function map(record: Record): string {
const o = «JSON.parse(record.value.text);
return o.name;
}`,
    "AssemblyScript has no JSON object",
  ],
  [
    "JSON.stringify",
    "SM116",
    `export function map(record: Record): string {
return «JSON.stringify({ a: 1 });
}`,
    "AssemblyScript has no JSON object",
  ],
  [
    "static block",
    "SM130",
    `class A { static n: i32; «static { A.n = 4; } }
export function map(record: Record): string {
return A.n.toString();
}`,
    "AssemblyScript has no static blocks",
  ],
  [
    "private field",
    "SM119",
    `class A { «#x: i32 = 1; get(): i32 { return this.#x; } }
export function map(record: Record): string {
return new A().get().toString();
}`,
    "AssemblyScript has no private names (#x)",
  ],
  [
    "class expression",
    "SM130",
    `export function map(record: Record): string {
const A = «class { x: i32 = 1; };
return new A().x.toString();
}`,
    "AssemblyScript has no class expressions",
  ],
  [
    "local class",
    "SM130",
    `export function map(record: Record): string {
«class A { x: i32 = 1; }
return new A().x.toString();
}`,
    "AssemblyScript has no classes inside of functions",
  ],
  [
    "mixin",
    "SM124",
    `type Ctor = «new () => object;
function Mix<T extends Ctor>(Base: T): T { return class extends Base { x: i32 = 1; }; }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no types of constructors",
  ],
  [
    "decorator",
    "SM101",
    `function logged(target: «any, key: string): void {}
class A { @logged run(): void {} }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no any, no type for just anything",
  ],
  [
    "enum string",
    "SM121",
    `«enum Color { Red = "red" }
export function map(record: Record): string {
return Color.Red;
}`,
    "AssemblyScript's enums are numbers, not texts",
  ],
  [
    "delete",
    "SM123",
    `export function map(record: Record): string {
const o = record;
«delete o.key;
return "";
}`,
    "AssemblyScript has no delete",
  ],
  [
    "arguments",
    "SM135",
    `function f(a: i32): i32 { return «arguments.length; }
export function map(record: Record): string {
return f(1).toString();
}`,
    "AssemblyScript has no arguments",
  ],
  [
    "this in function",
    "SM135",
    `function f(): i32 { return «this.x; }
export function map(record: Record): string {
return "";
}`,
    "there is no this outside of methods",
  ],
  [
    "this param",
    "SM135",
    `class A { n: i32 = 1; }
function f(«this: A): i32 { return this.n; }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no this parameters",
  ],
  [
    "iife",
    "SM125",
    `export function map(record: Record): string {
return (() => "x"«)();
}`,
    "the function has no return type",
  ],
  [
    "let no type",
    "SM125",
    `export function map(record: Record): string {
let «s;
s = "a";
return s;
}`,
    "a variable needs a type or a value",
  ],
  [
    "missing return type",
    "SM125",
    `function f(n: i32) «{ return n; }
export function map(record: Record): string {
return f(1).toString();
}`,
    "the function has no return type",
  ],
  [
    "missing param type",
    "SM125",
    `function f(«n): i32 { return 1; }
export function map(record: Record): string {
return "";
}`,
    "a parameter has no type",
  ],
  [
    "missing void",
    "SM125",
    `function f(): void { console.log("a"); }
function g() «{ f(); }
export function map(record: Record): string {
g(); return "";
}`,
    "the function has no return type",
  ],
  [
    "missing method type",
    "SM125",
    `class A { f() «{ return 1; } }
export function map(record: Record): string {
return "";
}`,
    "the function has no return type",
  ],
  [
    "missing field type",
    "SM125",
    `class A { «x = 1; }
export function map(record: Record): string {
return new A().x.toString();
}`,
    "a field needs a type",
  ],
  [
    "handler untyped",
    "SM125",
    `export function map(«record) { return record.value; }`,
    "a parameter has no type",
  ],
  [
    "empty array",
    "SM125",
    `export function map(record: Record): string {
const a = «[];
a.push("x");
return a.join(",");
}`,
    "an empty array needs a type",
  ],
  [
    "Array.from",
    "SM135",
    `export function map(record: Record): string {
return «Array.from([1,2]).join(",");
}`,
    "AssemblyScript has no Array.from",
  ],
  [
    "Array.of",
    "SM135",
    `export function map(record: Record): string {
return «Array.of(1, 2).join(",");
}`,
    "AssemblyScript has no Array.of",
  ],
  [
    "array keys",
    "SM107",
    `export function map(record: Record): string {
return [«...["a"].keys()].join(",");
}`,
    "AssemblyScript has no spread",
  ],
  [
    "Object.keys",
    "SM135",
    `export function map(record: Record): string {
return «Object.keys(record).join(",");
}`,
    "AssemblyScript has no Object.keys, entries, assign and the like",
  ],
  [
    "Object.entries",
    "SM135",
    `export function map(record: Record): string {
return «Object.entries(record).length.toString();
}`,
    "AssemblyScript has no Object.keys, entries, assign and the like",
  ],
  [
    "Object.assign",
    "SM135",
    `export function map(record: Record): string {
«Object.assign(record, record);
return "";
}`,
    "AssemblyScript has no Object.keys, entries, assign and the like",
  ],
  [
    "Object.freeze",
    "SM135",
    `export function map(record: Record): string {
«Object.freeze(record);
return "";
}`,
    "AssemblyScript has no Object.keys, entries, assign and the like",
  ],
  [
    "Map get nullish",
    "SM111",
    `export function map(record: Record): string {
const m = new Map<string, i32>();
return (m.get("a") «?? 0).toString();
}`,
    "AssemblyScript has no ??",
  ],
  [
    "Map untyped",
    "SM125",
    `export function map(record: Record): string {
const m = «new Map();
return "";
}`,
    "the Map needs the types of what it holds",
  ],
  [
    "Set iterate",
    "SM108",
    `export function map(record: Record): string {
const s = new Set<string>();
for (const x «of s) {}
return "";
}`,
    "AssemblyScript has no for…of",
  ],
  [
    "Set spread",
    "SM107",
    `export function map(record: Record): string {
return [«...new Set<string>()].join(",");
}`,
    "AssemblyScript has no spread",
  ],
  [
    "WeakMap",
    "SM135",
    `export function map(record: Record): string {
const m = new «WeakMap<Record, string>();
return "";
}`,
    "AssemblyScript has no WeakMap",
  ],
  [
    "structuredClone",
    "SM135",
    `export function map(record: Record): string {
const r = «structuredClone(record);
return "";
}`,
    "AssemblyScript has no structuredClone",
  ],
  [
    "fetch",
    "SM136",
    `export function map(record: Record): string {
«fetch("http://x");
return "";
}`,
    "a SmartModule has no network",
  ],
  [
    "setTimeout",
    "SM136",
    `export function map(record: Record): string {
«setTimeout(() => {}, 1);
return "";
}`,
    "a SmartModule has no timers",
  ],
  [
    "process.env",
    "SM136",
    `export function map(record: Record): string {
return «process.env.HOME;
}`,
    "a SmartModule has no timers, no network and nothing of Node.js",
  ],
  [
    "Buffer",
    "SM136",
    `export function map(record: Record): string {
return «Buffer.from("a").toString("base64");
}`,
    "a SmartModule has nothing of Node.js, no Buffer either",
  ],
  [
    "crypto.randomUUID",
    "SM135",
    `export function map(record: Record): string {
return «crypto.randomUUID();
}`,
    "AssemblyScript has no crypto.randomUUID",
  ],
  [
    "TextDecoder",
    "SM136",
    `export function map(record: Record): string {
return new «TextDecoder().decode(record.value.bytes);
}`,
    "a SmartModule has no TextDecoder",
  ],
  [
    "atob",
    "SM136",
    `export function map(record: Record): string {
return «atob("YQ==");
}`,
    "a SmartModule has no atob",
  ],
  [
    "URL",
    "SM136",
    `export function map(record: Record): string {
return new «URL("http://x").host;
}`,
    "a SmartModule has no URL",
  ],
  [
    "Math.floor int",
    "SM138",
    `export function map(record: Record): string {
const n = 7;
return Math.floor(«n / 2).toString();
}`,
    "both are integers, so the result has no fraction: 7 / 2 is 3",
  ],
  [
    "console.table",
    "SM135",
    `export function map(record: Record): string {
«console.table([1]);
return "";
}`,
    "AssemblyScript has no console.table",
  ],
  [
    "globalThis",
    "SM135",
    `export function map(record: Record): string {
«globalThis.x = 1;
return "";
}`,
    "AssemblyScript has no globalThis",
  ],
  [
    "window",
    "SM136",
    `export function map(record: Record): string {
«window.alert("a");
return "";
}`,
    "a SmartModule has nothing of a browser",
  ],
  [
    "require",
    "SM122",
    `export function map(record: Record): string {
const fs = «require("fs");
return "";
}`,
    "AssemblyScript has no require",
  ],
  [
    "eval",
    "SM135",
    `export function map(record: Record): string {
«eval("1");
return "";
}`,
    "AssemblyScript has no eval",
  ],
  [
    "Reflect",
    "SM135",
    `export function map(record: Record): string {
«Reflect.ownKeys(record);
return "";
}`,
    "AssemblyScript has no Reflect",
  ],
  [
    "Proxy",
    "SM135",
    `export function map(record: Record): string {
new «Proxy(record, {});
return "";
}`,
    "AssemblyScript has no Proxy",
  ],
  [
    "import node",
    "SM137",
    `import { readFileSync } from «"node:fs";
export function map(record: Record): string {
return "";
}`,
    "a SmartModule has nothing of Node.js: there is no module node:fs",
  ],
  [
    "import node bare",
    "SM137",
    `import fs from «"fs";
export function map(record: Record): string {
return "";
}`,
    "a SmartModule has nothing of Node.js: there is no module fs",
  ],
  [
    "import json",
    "SM137",
    `import data from «"./data.json";
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript cannot import JSON",
  ],
  [
    "import dynamic",
    "SM122",
    `export function map(record: Record): string {
const m = «import("./helper");
return "";
}`,
    "AssemblyScript has no import()",
  ],
  [
    "import meta",
    "SM139",
    `export function map(record: Record): string {
return «import.meta.url;
}`,
    "AssemblyScript has no import.meta",
  ],
  [
    "filterMap undefined",
    "SM115",
    `export function filterMap(record: Record): string | «undefined { return undefined; }`,
    "AssemblyScript has no undefined",
  ],
  [
    "int type",
    "SM124",
    `export function map(record: Record): string {
let x: «int = 1;
return "";
}`,
    "AssemblyScript has no type int",
  ],
  [
    "union in generic",
    "SM102",
    `export function map(record: Record): string {
const m = new Map<string, «string | number>();
return "";
}`,
    "AssemblyScript has no union types",
  ],
  [
    "getter in literal",
    "SM127",
    `export function map(record: Record): string {
const o = { «get x(): i32 { return 1; } };
return "";
}`,
    "an object literal has no methods",
  ],
  [
    "new.target",
    "SM139",
    `class A { constructor() { «new.target; } }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no new.target",
  ],
  [
    "import assertion",
    "SM137",
    `import data from «"./data.json" with { type: "json" };
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript cannot import JSON",
  ],
  [
    "using",
    "SM139",
    `export function map(record: Record): string {
«using x = record;
return "";
}`,
    "AssemblyScript has no using",
  ],
  [
    "accessor",
    "SM130",
    `class A { «accessor x: i32 = 1; }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no accessor fields",
  ],
  [
    "unique symbol",
    "SM124",
    `declare const s: «unique symbol;
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no unique types",
  ],
  [
    "abstract ctor type",
    "SM124",
    `type C = «abstract new () => i32;
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no types of constructors",
  ],
  [
    "variance",
    "SM124",
    `interface A<«in T> { f(x: T): void; }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no in, out and const of type parameters",
  ],
  [
    "for of behind a comment",
    "SM108",
    `export function map(record: Record): string {
for (const n /* of */ «of [1]) {}
return "";
}`,
    "AssemblyScript has no for…of",
  ],
  [
    "optional method",
    "SM126",
    `interface Named { «name?(): string; }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no optional members",
  ],
  [
    "optional property of an interface",
    "SM126",
    `interface Named { «name?: string; }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no optional members",
  ],
  [
    "call signature",
    "SM127",
    `interface Twice { «(n: i32): i32; }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript's interfaces have methods with names only",
  ],
  [
    "getter of an interface",
    "SM124",
    `interface Sized { «get size(): i32; }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript's interfaces have no get and set",
  ],
  [
    "interface of two",
    "SM103",
    `interface A { a(): i32; }
interface B { b(): i32; }
interface C extends A, «B { c(): i32; }
export function map(record: Record): string {
return "";
}`,
    "an interface extends one other at most",
  ],
  [
    "enum in a function",
    "SM130",
    `export function map(record: Record): string {
«enum Color { Red }
return "";
}`,
    "AssemblyScript has no enums inside of functions",
  ],
  [
    "interface in a function",
    "SM130",
    `export function map(record: Record): string {
«interface Named { name(): string; }
return "";
}`,
    "AssemblyScript has no interfaces inside of functions",
  ],
  [
    "computed member",
    "SM130",
    `class A { [«"x"]: i32 = 1; }
export function map(record: Record): string {
return "";
}`,
    "members of classes have fixed names",
  ],
  [
    "declare module",
    "SM139",
    `«declare module "x" { export const y: i32; }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no declare module and no declare global",
  ],
  [
    "declare global",
    "SM139",
    `«declare global { interface X {} }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no declare module and no declare global",
  ],
  [
    "namespace with dots",
    "SM139",
    `namespace «A.B { export const x: i32 = 1; }
export function map(record: Record): string {
return "";
}`,
    "a namespace has one name",
  ],
  [
    "never",
    "SM124",
    `function fail(): «never { throw new Error("no"); }
export function map(record: Record): string {
fail();
return "";
}`,
    "AssemblyScript has no never",
  ],
  [
    "import in types",
    "SM122",
    `type T = «import("./x").T;
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no import() in types",
  ],
  [
    "const type parameter",
    "SM124",
    `function first<«const T>(list: T[]): T { return list[0]; }
export function map(record: Record): string {
return "";
}`,
    "AssemblyScript has no in, out and const of type parameters",
  ],
  [
    "function of somebody else",
    "SM403",
    `declare function «now(): i64;
export function map(record: Record): string {
return now().toString();
}`,
    "the engine does not offer now",
  ],
  [
    "function of a host",
    "SM403",
    `@external("env", "now") declare function «now(): i64;
export function map(record: Record): string {
return now().toString();
}`,
    "the engine does not offer now",
  ],
  [
    "trace",
    "SM136",
    `export function map(record: Record): string {
«trace("here");
return "";
}`,
    "a SmartModule has no trace",
  ],
  [
    "interfaces in a circle",
    "SM139",
    `interface «A extends B {}
interface B extends A {}
class C implements A {}
export function map(record: Record): string {
return "";
}`,
    "A is its own base",
  ],
  [
    "class of itself",
    "SM139",
    `class B {}
class C extends B {}
class «A extends A {}
export function map(record: Record): string {
return "";
}`,
    "A is its own base",
  ],
];
