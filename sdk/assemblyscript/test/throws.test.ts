// Whatever goes wrong in a handler is an error of its record: thrown, or found by a check of the language's own.

import { expect, it } from "vitest";
import { buildText } from "./support/compile.ts";
import { instantiate } from "./support/engine.ts";
import { frame, readOutput } from "./support/frames.ts";

/** What a function that returns a string does, with `n` 0, and what the error says. */
const CASES: readonly (readonly [string, string])[] = [
  ["const list:i32[]=[1,2]; return list[n+5].toString();", "Index out of range"],
  ['const list:i32[]=[1,2]; list[n+(-9)]=1; return "x";', "Index out of range"],
  ["const list=new StaticArray<i32>(2); return list[n+5].toString();", "Index out of range"],
  ['const list=new Uint8Array(2); list[n+5]=1; return "x";', "Index out of range"],
  ["return record.value[n+500].toString();", "Index out of range"],
  ["return record.value.at(n-5).toString();", "Index out of range"],
  ["const k = new Record().key; return k!.text;", "Unexpected 'null' (not assigned or failed cast)"],
  ["const a:A=n>5?new B():new A(); const b=<B>a; return b.x.toString();", "invalid downcast"],
  ["const a:A=n>5?new B():new A(); const b=a as C; return b.x.toString();", "invalid downcast"],
  ["return (7/n).toString();", "division by zero"],
  ["return (7%n).toString();", "division by zero"],
  ["return ((<u32>7)/(<u32>n)).toString();", "division by zero"],
  ["return (i32.MIN_VALUE/(n-1)).toString();", "division overflows"],
  ["return (i64.MIN_VALUE/(<i64>n-1)).toString();", "division overflows"],
  ["let z=5; z/=n; return z.toString();", "division by zero"],
  ["let z:u8=5; z%=<u8>n; return z.toString();", "division by zero"],
  ["const l=new Array<i32>(n-1); return l.length.toString();", "Invalid length"],
  ["const l=new Array<i64>(n+(1<<30)); return l.length.toString();", "Invalid length"],
  ['const l=new Array<i32>(); l.length=n-1; return "x";', "Invalid length"],
  ["const l=new Uint8Array(n-1); return l.length.toString();", "Invalid length"],
  ["const l=new ArrayBuffer(n+i32.MAX_VALUE); return l.byteLength.toString();", "Invalid length"],
  ["const l=new StaticArray<i64>(n-1); return l.length.toString();", "Invalid length"],
  ['return "x".repeat(n-1);', "Invalid length"],
  ['return "x".repeat(n+i32.MAX_VALUE);', "Invalid length"],
  ['assert(n>5); return "x";', "assertion failed"],
  ['assert(n>5,"told "+n.toString()); return "x";', "told 0"],
  ['if(n==0) unreachable(); return "x";', "unreachable"],
  ["return String.fromCodePoint(n-1);", "assertion failed"],
  ["return n.toString(99);", "toString() radix argument must be between 2 and 36"],
  ['return "abc".at(n+90);', "Index out of range"],
  ['return new Map<string,i32>().get("k").toString();', "Key does not exist"],
  ["return new Array<i32>().pop().toString();", "Array is empty"],
  ["return new Array<i32>().shift().toString();", "Array is empty"],
  ["return new Date(i64.MAX_VALUE).toISOString();", "Invalid Date"],
  ['const s:string|null=n>5?"a":null; return s!;', "Unexpected 'null' (not assigned or failed cast)"],
  [
    "const s:A|null=n>5?new A():null; return s!.x.toString();",
    "Unexpected 'null' (not assigned or failed cast)",
  ],
  ["return new DataView(new ArrayBuffer(4)).getInt64(n).toString();", "Index out of range"],
  ['return [1,2].map<string>((v)=>{if(v==2)throw new Error("in map");return "a";})[0];', "in map"],
  ['[3,1,2].sort((a,b)=>{throw new Error("in sort");}); return "x";', "in sort"],
  ["return rec(n);", "deep"],
  ['const x:string = record.value.json().required("q").text; return x;', "missing field `q`"],
  ['return Time.parse("x").toString();', "not an RFC 3339 time: x"],
  ['return encodeURIComponent("\\uD800");', "URI malformed"],
  ["return Uint8Array.wrap(new ArrayBuffer(2),n+9).length.toString();", "Index out of range"],
  ["return [1,2,3].reduce<i32>((a,b)=>a/(b-2),0).toString();", "division by zero"],
  ["return new Box<i32>().get().toString();", "Index out of range"],
  ["throw `key $" + "{n}`;", "key 0"],
  ['const e=new Error("kept"); throw e;', "kept"],
  ['throw "text";', "text"],
  ["throw new Late(n);", "late 0"],
];

const HEAD = `
class A { x: i32 = 1; }
class B extends A {}
class C extends A {}
class Box<T> {
  items: T[] = [];
  get(): T { return this.items[0]; }
}
class Late extends Error {
  constructor(n: i32) { super("late " + n.toString()); }
}
function rec(n: i32): string {
  if (n < 50) return rec(n + 1);
  throw new Error("deep");
}
`;

it("is an error with the record, and the next record is handled as ever", async () => {
  const functions = CASES.map(([body], i) => `function case${i}(record: Record, n: i32): string { ${body} }`);
  const calls = CASES.map((_, i) => `  if (what == "${i}") return case${i}(record, n);`);
  const source = [
    `import { Time } from "@smdk/assemblyscript";`,
    HEAD,
    ...functions,
    "export function map(record: Record): string {",
    "  const n = <i32>record.offset - 101;",
    "  const what = record.value.text;",
    ...calls,
    `  return "fine";`,
    "}",
  ].join("\n");
  const instance = instantiate(await buildText(source));
  const call = (value: string) =>
    readOutput(
      instance.call("map", frame([{ value: "first" }, { value, key: "k", offsetDelta: 1 }]), 25).output,
    );
  for (const [i, [body, hint]] of CASES.entries()) {
    expect([body, call(String(i))]).toEqual([
      body,
      {
        records: [{ key: null, value: "fine" }],
        error: { hint, offset: 101n, kind: 1, key: "k", value: String(i) },
        rest: Buffer.alloc(0),
      },
    ]);
    expect(call("none").records.length).toBe(2);
  }
});
