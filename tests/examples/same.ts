// What works, and does what TypeScript does.

/** Name, declarations, body of a function that returns a text, and the text that TypeScript makes. */
export const same: readonly (readonly [name: string, declarations: string, body: string, text: string])[] = [
  [
    "local function no capture",
    ``,
    `function twice(n: i32): i32 { return n * 2; }
return twice(4).toString();`,
    "8",
  ],
  [
    "const arrow no capture",
    ``,
    `const twice = (n: i32): i32 => n * 2;
return twice(4).toString();`,
    "8",
  ],
  ["map typed", ``, `return [1, 2].map<string>((n) => n.toString()).join("-");`, "1-2"],
  ["reduce", ``, `return [1, 2, 3].reduce((a, c) => a + c, 0).toString();`, "6"],
  ["sort cmp", ``, `const l = [3, 1, 2]; l.sort((x, y) => x - y); return l.join(",");`, "1,2,3"],
  ["some every find", ``, `return [1,2].some((n) => n > 1) ? "y" : "n";`, "y"],
  ["findIndex", ``, `return [1,2].findIndex((n) => n > 1).toString();`, "1"],
  ["flat", ``, `return [[1],[2]].flat().join(",");`, "1,2"],
  [
    "default params",
    `function inc(n: i32, by: i32 = 1): i32 { return n + by; }
`,
    `return inc(1).toString() + inc(1, 5).toString();`,
    "26",
  ],
  [
    "object literal class",
    `class P { x: i32 = 0; y: i32 = 0; }
`,
    `const p: P = { x: 1, y: 2 };
return p.x.toString();`,
    "1",
  ],
  [
    "object literal returned",
    `class P { x: i32 = 0; }
function mk(): P { return { x: 4 }; }
`,
    `return mk().x.toString();`,
    "4",
  ],
  [
    "object literal shorthand",
    `class P { x: i32 = 0; }
`,
    `const x = 3;
const p: P = { x };
return p.x.toString();`,
    "3",
  ],
  [
    "object literal arg",
    `class P { x: i32 = 0; }
function f(p: P): i32 { return p.x; }
`,
    `return f({ x: 3 }).toString();`,
    "3",
  ],
  [
    "implements",
    `interface Named { hi(): string; }
class Dog implements Named { hi(): string { return "wau"; } }
function hi(n: Named): string { return n.hi(); }
`,
    `return hi(new Dog());`,
    "wau",
  ],
  [
    "null union string",
    ``,
    `const x: string | null = record.key ? record.key!.text : null;
return x === null ? "none" : x;`,
    "none",
  ],
  [
    "void",
    ``,
    `void 0;
return "";`,
    "",
  ],
  [
    "instanceof",
    `class A {}
class B extends A { n: i32 = 1; }
`,
    `const a: A = new B();
return a instanceof B ? (a as B).n.toString() : "n";`,
    "1",
  ],
  [
    "null narrowing",
    ``,
    `const key = record.key;
if (key !== null) return key.text;
return "none";`,
    "none",
  ],
  [
    "null narrowing early",
    ``,
    `const key = record.key;
if (key === null) return "none";
return key.text;`,
    "none",
  ],
  [
    "null truthy",
    ``,
    `const key = record.key;
return key ? key.text : "none";`,
    "none",
  ],
  [
    "null and",
    ``,
    `const key = record.key;
return key && key.length > 0 ? "y" : "n";`,
    "n",
  ],
  [
    "readonly array",
    ``,
    `const a: readonly string[] = ["a"];
return a[0];`,
    "a",
  ],
  [
    "Array generic",
    ``,
    `const a: Array<string> = ["a"];
return a[0];`,
    "a",
  ],
  [
    "typeof value",
    ``,
    `const x: i32 = 1;
return typeof x;`,
    "number",
  ],
  [
    "typeof compare",
    ``,
    `const x: string = "a";
return typeof x === "string" ? "s" : "n";`,
    "s",
  ],
  [
    "function type",
    `type Fn = (n: i32) => i32;
function apply(f: Fn, n: i32): i32 { return f(n); }
`,
    `return apply((n) => n + 1, 2).toString();`,
    "3",
  ],
  [
    "generic fn",
    `function first<T>(list: T[]): T { return list[0]; }
`,
    `return first([1, 2]).toString() + first<string>(["a"]);`,
    "1a",
  ],
  [
    "generic constraint",
    `class A { n: i32 = 1; }
function get<T extends A>(a: T): i32 { return a.n; }
`,
    `return get(new A()).toString();`,
    "1",
  ],
  [
    "generic default",
    `class Box<T = string> { constructor(public v: T) {} }
`,
    `return new Box<string>("x").v;`,
    "x",
  ],
  [
    "generic default used",
    `class Box<T = string> { constructor(public v: T) {} }
`,
    `const x: Box = new Box("x"); return x.v;`,
    "x",
  ],
  [
    "generic class",
    `class Stack<T> { private items: T[] = []; push(x: T): void { this.items.push(x); } pop(): T { return this.items.pop(); } }
`,
    `const s = new Stack<string>(); s.push("a"); return s.pop();`,
    "a",
  ],
  [
    "definite",
    `class A { x!: string; }
`,
    `return "";`,
    "",
  ],
  [
    "interface extends",
    `interface A { a(): i32; }
interface B extends A { b(): i32; }
`,
    `return "";`,
    "",
  ],
  [
    "for untyped",
    ``,
    `let s = 0;
for (let i = 0; i < 3; i++) s += i;
return s.toString();`,
    "3",
  ],
  [
    "switch string",
    ``,
    `switch (record.value.text) { case "a": return "1"; case "b": case "c": return "2"; default: return "3"; }`,
    "3",
  ],
  [
    "switch true",
    ``,
    `const n = 5;
switch (true) { case n > 3: return "big"; default: return "small"; }`,
    "big",
  ],
  [
    "do while",
    ``,
    `let i = 0;
do { i++; } while (i < 3);
return i.toString();`,
    "3",
  ],
  [
    "comma",
    ``,
    `let i = 0, j = 0;
for (; i < 3; i++, j += 2) {}
return j.toString();`,
    "6",
  ],
  [
    "or default string",
    ``,
    `const s = record.value.text || "none";
return s;`,
    "input",
  ],
  [
    "or default empty",
    ``,
    `const e = "";
return e || "none";`,
    "none",
  ],
  [
    "empty string falsy",
    ``,
    `const e = "";
if (e) return "truthy";
return "falsy";`,
    "falsy",
  ],
  [
    "not empty string",
    ``,
    `const e = "";
return !e ? "falsy" : "truthy";`,
    "falsy",
  ],
  [
    "zero falsy",
    ``,
    `const n = 0;
return n ? "t" : "f";`,
    "f",
  ],
  [
    "nan falsy",
    ``,
    `const n = NaN;
return n ? "t" : "f";`,
    "f",
  ],
  [
    "empty array truthy",
    ``,
    `const a: i32[] = [];
return a ? "t" : "f";`,
    "t",
  ],
  [
    "and value",
    ``,
    `const n = 5 && 6;
return n.toString();`,
    "6",
  ],
  ["double not", ``, `return (!!record.value.length).toString();`, "true"],
  ["exponent", ``, `return (2 ** 10).toString();`, "1024"],
  [
    "exponent assign",
    ``,
    `let x = 2;
x **= 3;
return x.toString();`,
    "8",
  ],
  ["numeric separators", ``, `return (1_000_000).toString();`, "1000000"],
  ["hex octal binary", ``, `return (0xff + 0o17 + 0b11).toString();`, "273"],
  [
    "number division",
    ``,
    `const a: number = 7;
const c: number = 2;
return (a / c).toString();`,
    "3.5",
  ],
  [
    "number print",
    ``,
    `const a: number = 5;
return a.toString();`,
    "5",
  ],
  [
    "number template",
    ``,
    `const a: number = 5;
return \`\${a}\`;`,
    "5",
  ],
  [
    "number concat",
    ``,
    `const a: number = 5;
return "n=" + a.toString();`,
    "n=5",
  ],
  [
    "template",
    ``,
    `const a = 5;
return \`a=\${a} b=\${"x"} c=\${1.5} d=\${true}\`;`,
    "a=5 b=x c=1.5 d=true",
  ],
  [
    "template nested",
    ``,
    `const a = 5;
return \`a=\${a > 3 ? \`big \${a}\` : "small"}\`;`,
    "a=big 5",
  ],
  [
    "template null",
    ``,
    `const k: string | null = null;
return \`\${k}\`;`,
    "null",
  ],
  ["float compare", ``, `return (0.1 + 0.2 === 0.3).toString();`, "false"],
  [
    "big literal",
    ``,
    `const ms = 1700000000000;
return ms.toString();`,
    "1700000000000",
  ],
  [
    "big literal add",
    ``,
    `const ms = 1700000000000 + 1;
return ms.toString();`,
    "1700000000001",
  ],
  ["shift over", ``, `return (1 << 31).toString();`, "-2147483648"],
  ["modulo negative", ``, `return (-7 % 3).toString();`, "-1"],
  ["modulo float", ``, `return (5.5 % 2).toString();`, "1.5"],
  [
    "char plus",
    ``,
    `const c = "a".charCodeAt(0) + 1;
return String.fromCharCode(c);`,
    "b",
  ],
  ["== numbers", ``, `return (1 == 1.0).toString();`, "true"],
  [
    "=== strings",
    ``,
    `const a = "a" + record.value.text.substring(0, 1);
return (a === "ai").toString();`,
    "true",
  ],
  ["=== null", ``, `return (record.key === null).toString();`, "true"],
  ["!= null", ``, `return record.key != null ? "k" : "n";`, "n"],
  ["compare strings", ``, `return ("apple" < "pear" && "b" > "a") ? "ok" : "no";`, "ok"],
  ["NaN compare", ``, `return (NaN == NaN).toString() + isNaN(NaN).toString();`, "falsetrue"],
  ["Number.isInteger", ``, `return Number.isInteger(5).toString();`, "true"],
  ["Number.parseInt", ``, `return Number.parseInt("12").toString();`, "12"],
  ["Number.MAX", ``, `return Number.MAX_SAFE_INTEGER.toString();`, "9007199254740991"],
  [
    "parseInt",
    ``,
    `const n = parseInt("12");
return n.toString();`,
    "12",
  ],
  ["parseInt radix", ``, `return parseInt("ff", 16).toString();`, "255"],
  ["parseInt NaN", ``, `return isNaN(parseInt("x")) ? "nan" : "num";`, "nan"],
  ["parseFloat", ``, `return parseFloat("1.50").toString();`, "1.5"],
  ["toString radix", ``, `return (255).toString(16);`, "ff"],
  ["padStart", ``, `return "5".padStart(3, "0") + "5".padEnd(3, "-");`, "0055--"],
  ["string at", ``, `return "abc".at(-1);`, "c"],
  ["string index", ``, `return "abc"[1];`, "b"],
  [
    "string methods",
    ``,
    `return " Abc ".trim().toLowerCase().replace("b", "x").repeat(2).slice(-3).concat("!").substring(1);`,
    "xc!",
  ],
  ["string split", ``, `return "a,b,c".split(",").reverse().join("");`, "cba"],
  ["string replaceAll", ``, `return "aaa".replaceAll("a", "b");`, "bbb"],
  [
    "string includes",
    ``,
    `return "abc".includes("b") && "abc".startsWith("a") && "abc".endsWith("c") ? "y" : "n";`,
    "y",
  ],
  ["string localeCompare", ``, `return "a".localeCompare("b").toString();`, "-1"],
  ["string substr", ``, `return "abcdef".substr(2, 2);`, "cd"],
  ["string codePointAt", ``, `return "é".codePointAt(0).toString();`, "233"],
  ["regex test", ``, `return /^in/.test(record.value.text) ? "y" : "n";`, "y"],
  ["regex named groups", ``, `return /(?<year>\\d+)/.test("12") ? "y" : "n";`, "y"],
  ["Date iso", ``, `return new Date(<i64>0).toISOString();`, "1970-01-01T00:00:00.000Z"],
  ["Date ms", ``, `return new Date(1700000000000).toISOString();`, "2023-11-14T22:13:20.000Z"],
  ["Date utc", ``, `return new Date(0).getUTCFullYear().toString();`, "1970"],
  [
    "getter setter",
    `class A { private _x: i32 = 1; get x(): i32 { return this._x; } set x(v: i32) { this._x = v; } }
`,
    `const a = new A(); a.x = 5; a.x += 1; return a.x.toString();`,
    "6",
  ],
  [
    "static",
    `class A { static n: i32 = 0; static inc(): i32 { return ++A.n; } }
`,
    `A.inc();
return A.inc().toString();`,
    "2",
  ],
  [
    "private method",
    `class A { private x(): i32 { return 1; } get(): i32 { return this.x(); } }
`,
    `return new A().get().toString();`,
    "1",
  ],
  [
    "readonly",
    `class A { readonly x: i32 = 1; constructor(readonly y: i32) {} }
`,
    `return (new A(3).y + new A(1).x).toString();`,
    "4",
  ],
  [
    "abstract",
    `abstract class S { abstract area(): f64; hi(): string { return this.area().toString(); } }
class Q extends S { area(): f64 { return 2.5; } }
`,
    `return new Q().hi();`,
    "2.5",
  ],
  [
    "super",
    `class A { hi(): string { return "a"; } }
class B extends A { hi(): string { return super.hi() + "b"; } }
`,
    `return new B().hi();`,
    "ab",
  ],
  [
    "override",
    `class A { hi(): string { return "a"; } }
class B extends A { override hi(): string { return "b"; } }
`,
    `const a: A = new B(); return a.hi();`,
    "b",
  ],
  [
    "method chaining this",
    `class A { n: i32 = 0; add(): this { this.n++; return this; } }
`,
    `return new A().add().add().n.toString();`,
    "2",
  ],
  [
    "enum",
    `enum Color { Red, Green = 5, Blue }
`,
    `return (<i32>Color.Blue).toString();`,
    "6",
  ],
  [
    "enum reverse",
    `enum Color { Red, Green }
`,
    `return Color[1];`,
    "Green",
  ],
  [
    "const enum",
    `const enum Color { Red, Green }
`,
    `return (<i32>Color.Green).toString();`,
    "1",
  ],
  [
    "enum compare",
    `enum Color { Red, Green }
`,
    `const c: Color = Color.Green;
return c == Color.Green ? "g" : "r";`,
    "g",
  ],
  [
    "namespace",
    `namespace Util { export function twice(n: i32): i32 { return n * 2; } }
`,
    `return Util.twice(4).toString();`,
    "8",
  ],
  [
    "function expression",
    ``,
    `const f = function (n: i32): i32 { return n; };
return f(2).toString();`,
    "2",
  ],
  ["iife typed", ``, `return ((): string => "x")();`, "x"],
  [
    "higher order",
    `function twice(f: (n: i32) => i32, n: i32): i32 { return f(f(n)); }
`,
    `return twice((n: i32): i32 => n + 1, 1).toString();`,
    "3",
  ],
  [
    "uninitialised let",
    ``,
    `let s: string;
s = "a";
return s;`,
    "a",
  ],
  [
    "shadowing",
    ``,
    `const x = 1;
{ const x = 2; }
return x.toString();`,
    "1",
  ],
  [
    "same name blocks",
    ``,
    `for (let i = 0; i < 1; i++) {}
for (let i = 0; i < 1; i++) {}
return "";`,
    "",
  ],
  [
    "while true",
    `function f(): i32 { while (true) { return 1; } }
`,
    `return f().toString();`,
    "1",
  ],
  [
    "empty array typed",
    ``,
    `const a: string[] = [];
a.push("x");
return a.join(",");`,
    "x",
  ],
  [
    "array holes",
    ``,
    `const a = new Array<string>(3);
return a.length.toString();`,
    "3",
  ],
  [
    "array length set",
    ``,
    `const a = [1,2,3];
a.length = 1;
return a.join(",");`,
    "1",
  ],
  [
    "array assign beyond",
    ``,
    `const a: i32[] = [];
a[2] = 1;
return a.length.toString();`,
    "3",
  ],
  [
    "array methods",
    ``,
    `const a = [3,1,2];
a.push(4); a.unshift(0); a.splice(1, 1);
return a.concat([9]).slice(1).reverse().join(",") + a.indexOf(2).toString() + a.includes(4).toString() + a.lastIndexOf(2).toString();`,
    "9,4,2,12true2",
  ],
  ["array at", ``, `return [1,2].at(-1).toString();`, "2"],
  ["array fill", ``, `return new Array<i32>(3).fill(7).join(",");`, "7,7,7"],
  ["array toString", ``, `return \`\${[1, 2]}\`;`, "1,2"],
  ["array equality", ``, `return [1].length == 1 ? "y" : "n";`, "y"],
  ["Array.isArray", ``, `return Array.isArray([1]) ? "y" : "n";`, "y"],
  [
    "array forEach index",
    ``,
    `["a"].forEach((x, i) => { console.log(x + i.toString()); });
return "";`,
    "",
  ],
  [
    "Map basic",
    ``,
    `const m = new Map<string, i32>();
m.set("a", 1);
return m.get("a").toString() + m.has("b").toString() + m.size.toString();`,
    "1false1",
  ],
  [
    "Map chained set",
    ``,
    `const m = new Map<string, i32>().set("a", 1).set("b", 2);
return m.size.toString();`,
    "2",
  ],
  [
    "Set basic",
    ``,
    `const s = new Set<string>();
s.add("a"); s.add("a");
return s.size.toString() + s.has("a").toString();`,
    "1true",
  ],
  ["encodeURIComponent", ``, `return encodeURIComponent("a b");`, "a%20b"],
  [
    "Math fns",
    ``,
    `return Math.floor(2.7).toString() + Math.max(1, 2).toString() + Math.abs(-3).toString() + Math.round(2.5).toString() + Math.trunc(-1.5).toString() + Math.sqrt(16).toString();`,
    "2233-14",
  ],
  [
    "console.error",
    ``,
    `console.error("bad"); console.warn("x"); console.info("y"); console.debug("z");
return "";`,
    "",
  ],
  [
    "string type obj",
    ``,
    `const s: String = "a";
return s;`,
    "a",
  ],
  [
    "boolean type",
    ``,
    `const s: boolean = true;
return s.toString();`,
    "true",
  ],
  [
    "int to float",
    ``,
    `let x: f64 = 1;
return x.toString();`,
    "1",
  ],
  [
    "chained ternary",
    ``,
    `const n = 5;
return n > 9 ? "a" : n > 4 ? "b" : "c";`,
    "b",
  ],
  [
    "string enum switch",
    `const RED = "red";
`,
    `switch ("red") { case RED: return "1"; default: return "2"; }`,
    "1",
  ],
  [
    "getter interface",
    `interface A { readonly x: i32; }
class B implements A { x: i32 = 2; }
`,
    `const a: A = new B();
return a.x.toString();`,
    "2",
  ],
  [
    "nullable in generic",
    ``,
    `const m = new Map<string, string | null>();
return m.size.toString();`,
    "0",
  ],
  [
    "typed array",
    ``,
    `const a = new Uint8Array(2);
a[0] = 300;
return a[0].toString() + a.length.toString();`,
    "442",
  ],
  [
    "Float64Array",
    ``,
    `const a = new Float64Array(1);
a[0] = 1.5;
return a[0].toString();`,
    "1.5",
  ],
  [
    "DataView",
    ``,
    `const d = new DataView(new ArrayBuffer(8));
d.setInt32(0, 5);
return d.getInt32(0).toString();`,
    "5",
  ],
  ["Error.stack", ``, `return new Error("x").message;`, "x"],
  [
    "string concat loop",
    ``,
    `let s = "";
for (let i = 0; i < 3; i++) s += i.toString() + ";";
return s;`,
    "0;1;2;",
  ],
  [
    "char compare",
    ``,
    `const s = "abc";
return s[0] === "a" ? "y" : "n";`,
    "y",
  ],
  ["unicode length", ``, `return "é😀".length.toString();`, "3"],
  ["escape", ``, `return "\\u0041\\x42\\n".length.toString();`, "3"],
  ["unicode escape brace", ``, `return "\\u{1F600}".length.toString();`, "2"],
  [
    "ASI",
    ``,
    `const a = 1
const c = 2
return (a + c).toString()`,
    "3",
  ],
  [
    "trailing commas",
    `function f(a: i32, c: i32,): i32 { return a + c; }
`,
    `return f(1, 2,).toString() + [1, 2,].length.toString();`,
    "32",
  ],
  [
    "regex var",
    `const digits = /\\d+/;
`,
    `return digits.test("a1") ? "y" : "n";`,
    "y",
  ],
  ["toFixed", "", "return (1.005).toFixed(2) + (2.5).toFixed(0);", "1.003"],
  [
    "map forEach",
    'let seen = "";\n',
    'const m = new Map<string, i32>();\nm.set("a", 1);\nm.forEach((v, k) => { seen += k + v.toString(); });\nreturn seen;',
    "a1",
  ],
  [
    "set forEach",
    "let sum = 0;\n",
    "const s = new Set<i32>();\ns.add(4);\ns.add(5);\ns.forEach((v) => { sum += v; });\nreturn sum.toString();",
    "9",
  ],
];
