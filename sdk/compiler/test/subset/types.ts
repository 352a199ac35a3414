// Sources that only the compiler can find fault with, since it knows the types.

/** Name, source with `«` before the place, message, and what the hint has to say. */
export const types: readonly (readonly [name: string, source: string, message: string, hint?: string])[] = [
  [
    "map strings no capture",
    `export function map(record: Record): string {
return ["a","b"].map«((s) => s.toUpperCase()).join(",");
}`,
    "the type of what the inner function makes has to be named",
  ],
  [
    "map to string",
    `export function map(record: Record): string {
return [1, 2].map«((n) => n.toString()).join("-");
}`,
    "the type of what the inner function makes has to be named",
  ],
  [
    "find",
    `export function map(record: Record): string {
const f = [1,2].«find((n) => n > 1); return f.toString();
}`,
    "Property 'find' does not exist on type 'Array<i32>'.",
  ],
  [
    "flatMap",
    `export function map(record: Record): string {
return [1,2].«flatMap((n) => [n, n]).join(",");
}`,
    "Property 'flatMap' does not exist on type 'Array<i32>'.",
  ],
  [
    "object literal interface",
    `interface P { x: i32; y: i32; }
export function map(record: Record): string {
const p: P = «{ x: 1, y: 2 };
return p.x.toString();
}`,
    "an object literal cannot be an interface",
  ],
  [
    "structural interface",
    `interface Named { name: string; }
class Dog { name: string = "rex"; }
function hi(n: Named): string { return n.name; }
export function map(record: Record): string {
return hi(«new Dog());
}`,
    "Type 'Dog' is not assignable to type 'Named'.",
  ],
  [
    "instanceof narrowing",
    `class A {}
class B extends A { n: i32 = 1; }
export function map(record: Record): string {
const a: A = new B();
if (a instanceof B) return a.«n.toString();
return "n";
}`,
    "Property 'n' does not exist on type 'A'.",
  ],
  [
    "null narrowing prop",
    `export function map(record: Record): string {
if (record.key !== null) return «record.key.text;
return "none";
}`,
    "Type 'Bytes | null' is not assignable to type 'Bytes'.",
  ],
  [
    "number concat implicit",
    `export function map(record: Record): string {
const a: i32 = 5;
return "n=" + «a;
}`,
    "Type 'i32' is not assignable to type 'string'.",
  ],
  [
    "number concat left",
    `export function map(record: Record): string {
const a: i32 = 5;
return «a + "n";
}`,
    "Operator '+' cannot be applied to types 'i32' and 'string'.",
  ],
  [
    "number plus assign string",
    `export function map(record: Record): string {
let s = "a";
s += «1;
return s;
}`,
    "Type 'i32' is not assignable to type 'string'.",
  ],
  [
    "bit or",
    `export function map(record: Record): string {
return («5.7 | 0).toString();
}`,
    "Operator '|' cannot be applied to types 'f64' and 'i32'.",
  ],
  [
    "== string number",
    `export function map(record: Record): string {
return ("1" == «1).toString();
}`,
    "Type 'i32' is not assignable to type 'string | null'.",
  ],
  [
    "compare bytes",
    `export function map(record: Record): string {
return «record.value == "input" ? "y" : "n";
}`,
    "Type 'Bytes' is not assignable to type 'string | null'.",
  ],
  [
    "unary plus",
    `export function map(record: Record): string {
return («+"12").toString();
}`,
    "The '+' operator cannot be applied to type 'string'.",
  ],
  [
    "toPrecision",
    `export function map(record: Record): string {
return (1.005).«toPrecision(2);
}`,
    "Property 'toPrecision' does not exist on type 'F64'.",
  ],
  [
    "toLocaleString",
    `export function map(record: Record): string {
return (1000).«toLocaleString();
}`,
    "Property 'toLocaleString' does not exist on type 'I32'.",
  ],
  [
    "string normalize",
    `export function map(record: Record): string {
return "a".«normalize();
}`,
    "Property 'normalize' does not exist on type 'string'.",
  ],
  [
    "string match regex",
    `export function map(record: Record): string {
return "a1b2".«match(/\\d/g)!.join(",");
}`,
    "Property 'match' does not exist on type 'string'.",
  ],
  [
    "string replace regex",
    `export function map(record: Record): string {
return "a1b2".replace(«/\\d/g, "#");
}`,
    "the methods of texts do not take regular expressions",
  ],
  [
    "string split regex",
    `export function map(record: Record): string {
return "a1b2".split(«/\\d/).join(",");
}`,
    "the methods of texts do not take regular expressions",
  ],
  [
    "string search regex",
    `export function map(record: Record): string {
return "a1b2".«search(/\\d/).toString();
}`,
    "Property 'search' does not exist on type 'string'.",
  ],
  [
    "regex exec",
    `export function map(record: Record): string {
const m = /(\\d+)/.exec("a12");
return «m![1];
}`,
    "Type 'Bytes | null' is not assignable to type 'string'.",
  ],
  [
    "Date",
    `export function map(record: Record): string {
const d = «new Date();
return d.getTime().toString();
}`,
    "a Date needs its milliseconds",
  ],
  [
    "Date parse",
    `export function map(record: Record): string {
return new Date(«"2023-01-01").getTime().toString();
}`,
    "Type 'string' is not assignable to type 'i64'.",
  ],
  [
    "Date getters",
    `export function map(record: Record): string {
return new Date(0).«getFullYear().toString();
}`,
    "Property 'getFullYear' does not exist on type 'Date'.",
  ],
  [
    "bind",
    `function f(a: i32): i32 { return a; }
export function map(record: Record): string {
return f.«bind(null)(1).toString();
}`,
    "Property 'bind' does not exist on type 'Function<(i32)=>i32>'.",
  ],
  [
    "method as callback",
    `class A { f(n: i32): i32 { return n; } }
export function map(record: Record): string {
const a = new A();
return [1].map«(a.f).join(",");
}`,
    "Type argument expected.",
  ],
  [
    "var hoist",
    `export function map(record: Record): string {
«x = 1;
var x: i32;
return x.toString();
}`,
    "Cannot find name 'x'.",
  ],
  [
    "mixed array",
    `export function map(record: Record): string {
const a = [1, «"a"];
return "";
}`,
    "Type 'string' is not assignable to type 'i32'.",
  ],
  [
    "array findLast",
    `export function map(record: Record): string {
return ["a"].«findLast((x) => true)!;
}`,
    "Property 'findLast' does not exist on type 'Array<string>'.",
  ],
  [
    "array toSorted",
    `export function map(record: Record): string {
return [2,1].«toSorted().join(",");
}`,
    "Property 'toSorted' does not exist on type 'Array<i32>'.",
  ],
  [
    "Map init",
    `export function map(record: Record): string {
const m = «new Map<string, i32>([["a", 1]]);
return m.get("a").toString();
}`,
    "a Map or Set begins empty",
  ],
  [
    "Set init",
    `export function map(record: Record): string {
const s = «new Set<string>(["a"]);
return s.size.toString();
}`,
    "a Map or Set begins empty",
  ],
  [
    "Math.max many",
    `export function map(record: Record): string {
return «Math.max(1, 2, 3).toString();
}`,
    "Math.max and Math.min take two numbers",
  ],
  [
    "console.log",
    `export function map(record: Record): string {
«console.log("a", "b");
return "";
}`,
    "the console takes one text",
  ],
  [
    "console.log number",
    `export function map(record: Record): string {
console.log(«5);
return "";
}`,
    "Type 'i32' is not assignable to type 'string'.",
  ],
  [
    "console.log many",
    `export function map(record: Record): string {
«console.log("count", 5, record.value.text);
return "";
}`,
    "the console takes one text",
  ],
  [
    "unknown name",
    `export function map(record: Record): string {
return «foo;
}`,
    "Cannot find name 'foo'.",
  ],
  [
    "unknown method",
    `export function map(record: Record): string {
return record.value.«shout();
}`,
    "Property 'shout' does not exist on type 'Bytes'.",
  ],
  [
    "unknown type",
    `export function map(record: Record): string {
let x: «Foo = 1;
return "";
}`,
    "Cannot find name 'Foo'.",
  ],
  [
    "Number type",
    `export function map(record: Record): string {
const s: Number = «1;
return "";
}`,
    "Type 'i32' is not assignable to type 'F64'.",
  ],
  [
    "cases of a byte",
    `export function map(record: Record): string {
const three = 3;
switch (record.value.at(0)) {
case «three: return "a";
default: return "b";
}
}`,
    "Conversion from type 'i32' to 'u8' requires an explicit cast.",
    "`switch (<i32>value) { … }`",
  ],
  [
    "Math.min of integers",
    `export function map(record: Record): string {
const n: i32 = «Math.min(record.value.length, 5);
return n.toString();
}`,
    "Conversion from type 'f64' to 'i32' requires an explicit cast.",
    "`min(…)`",
  ],
  [
    "float to int",
    `export function map(record: Record): string {
let x: i32 = «1.5;
return x.toString();
}`,
    "Conversion from type 'f64' to 'i32' requires an explicit cast.",
  ],
  [
    "sum toInt",
    `export function map(record: Record): string {
let sum = 0;
sum += «record.value.toInt();
return "";
}`,
    "Conversion from type 'i64' to 'i32' requires an explicit cast.",
    "`<i32>value`",
  ],
  [
    "number from toInt",
    `export function map(record: Record): string {
const n: number = «record.value.toInt();
return "";
}`,
    "Conversion from type 'i64' to 'f64' requires an explicit cast.",
  ],
  [
    "float accumulate",
    `export function map(record: Record): string {
let x = 0;
x += «0.5;
return x.toString();
}`,
    "Conversion from type 'f64' to 'i32' requires an explicit cast.",
  ],
  [
    "return number as string",
    `export function map(record: Record): string {
return «5;
}`,
    "Type 'i32' is not assignable to type 'string'.",
  ],
  [
    "bool as string",
    `export function map(record: Record): string {
return «true;
}`,
    "Type 'bool' is not assignable to type 'string'.",
  ],
  [
    "string as Bytes",
    `export function map(record: Record): string {
return «record.value;
}`,
    "Type 'Bytes' is not assignable to type 'string'.",
  ],
  [
    "null as string",
    `export function map(record: Record): string {
return «null;
}`,
    "Type 'string | null' is not assignable to type 'string'.",
  ],
  [
    "assign const",
    `export function map(record: Record): string {
const x = 1;
x = «2;
return "";
}`,
    "Cannot assign to 'x' because it is a constant or a read-only property.",
  ],
  [
    "too few args",
    `function f(a: i32, b: i32): i32 { return a; }
export function map(record: Record): string {
return «f(1).toString();
}`,
    "Expected 2 arguments, but got 1.",
  ],
  [
    "too many args",
    `function f(a: i32): i32 { return a; }
export function map(record: Record): string {
return «f(1, 2).toString();
}`,
    "Expected 1 arguments, but got 2.",
  ],
  [
    "new abstract",
    `abstract class A {}
export function map(record: Record): string {
new «A();
return "";
}`,
    "Cannot create an instance of an abstract class.",
  ],
  [
    "use before init",
    `export function map(record: Record): string {
let s: string;
return «s;
}`,
    "Variable 's' is used before being assigned.",
  ],
  [
    "ternary mixed",
    `export function map(record: Record): string {
const x = record.key ? 1 : «"a";
return "";
}`,
    "Type 'string' is not assignable to type 'i32'.",
  ],
  [
    "Uint8Array.from",
    `export function map(record: Record): string {
const a = Uint8Array.«from([1, 2]);
return "";
}`,
    "Property 'from' does not exist on type 'Uint8Array'.",
  ],
  [
    "exponent big",
    `export function map(record: Record): string {
return («2 ** 40).toString();
}`,
    "the result 1099511627776 does not fit in the 32 bits of an i32",
  ],
  [
    "int overflow literal",
    `export function map(record: Record): string {
const year = «365 * 24 * 60 * 60 * 1000;
return year.toString();
}`,
    "the result 31536000000 does not fit in the 32 bits of an i32",
  ],
  [
    "function by name",
    `export function map(record: Record): string {
function half(n: i32): i32 { return n / 2; }
return [1].map<i32>(«half).join("");
}`,
    "Type '(i32) => i32' is not assignable to type '(i32, i32, Array<i32>) => i32'.",
  ],
  [
    "bytes of a list",
    `export function map(record: Record): string {
const a = new Uint8Array(«[1, 2]);
return a.length.toString();
}`,
    "Type 'Array<i32>' is not assignable to type 'i32'.",
  ],
  [
    "template of an object",
    `class Box {}
export function map(record: Record): string {
return \`\${«new Box()}\`;
}`,
    "Type 'Box' is not assignable to type 'string'.",
  ],
  [
    "field by name",
    `class Box { x: i32 = 1 }
export function map(record: Record): string {
const a = new Box();
return «a["x"].toString();
}`,
    "Index signature is missing in type 'Box'.",
  ],
  [
    "entries of a map",
    `export function map(record: Record): string {
const m = new Map<string, i32>();
«m.entries();
return "";
}`,
    "a Map or Set has no entries()",
  ],
  [
    "new of an interface",
    `interface Named { name(): string; }
export function map(record: Record): string {
const n = new «Named();
return "";
}`,
    "This expression is not constructable.",
  ],
  [
    "value of nothing",
    `function f(): void {}
export function map(record: Record): string {
let n: i32 = «f();
return "";
}`,
    "Type 'void' is not assignable to type 'i32'.",
  ],
];
