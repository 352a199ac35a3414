/**
 * The language inside a module is the language outside: expressions over what PLATFORM.md promises, each evaluated in a
 * built module and in Node, must give the same. The table is our own; no package offers the cases of test262.
 */
import { expect, test } from "vitest";
import { run } from "./support.ts";

/** One expression a line. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  numbers: `
    [0.1 + 0.2, 1 / 3, 2 ** 53 + 2, 1e21, 1e-7, 123456789012345680000, 5e-324, 1.7976931348623157e308, -0, NaN, 1 / -0]
    [255..toString(16), 0.5.toString(2), (-7.25).toString(8), (2 ** 70).toString(7), 0.1.toString(3)]
    [1.005.toFixed(2), 1e21.toFixed(2), 0.000001.toFixed(7), (25).toPrecision(1), 123.456.toPrecision(4), 0.00001.toExponential(2), 1.45.toFixed(1), (-1.5).toFixed(0)]
    ["12px", "0x1f", " 42 ", "", "1_000", "0b101", "0o17", ".5", "5.", "-Infinity", "1e3", "\\u00a07", "--1"].map(Number)
    ["12px", "0x1f", " 42abc", "", "1e3", "-0"].map((text) => [parseInt(text), parseInt(text, 16), parseInt(text, 36), parseFloat(text)])
    [5 % 3, -5 % 3, 5.5 % 2, -0 % 1, 2 ** -1, (-8) ** (1 / 3), 7 >>> 1, -7 >>> 28, -7 >> 1, 1 << 31, ~5, 5 & -2, 5 ^ 3]
    [Math.round(-0.5), Math.round(2.5), Math.sign(-3), Math.trunc(-4.7), Math.cbrt(27), Math.hypot(3, 4), Math.fround(5.5), Math.clz32(1), Math.imul(0xffffffff, 5), Math.log2(8), Math.expm1(0), Math.max(), Math.min()]
    [Number.isInteger(5.0), Number.isSafeInteger(2 ** 53), Number.EPSILON > 0, Number.MAX_SAFE_INTEGER, Number.parseFloat === parseFloat, isNaN("x"), Number.isNaN("x")]
    [2n ** 100n, -7n / 2n, -7n % 3n, BigInt("0xff"), BigInt.asIntN(8, 255n), BigInt.asUintN(8, -1n), 5n << 70n, -5n >> 1n, 1n < 2, 2n == 2, typeof 1n].map(String)
    [10n ** 30n].map((big) => [big.toString(36), big.toLocaleString === undefined, Number(big), BigInt(2 ** 60) === 2n ** 60n])`,
  text: `
    ["abc".at(-1), "abc".charAt(5), "abc".charCodeAt(1), "😀".codePointAt(0), "😀".length, [..."a😀é"], "abc".concat(1, null)]
    ["a-b-c".split("-"), "abc".split(""), "a1b2".split(/\\d/), "a1b2".split(/(\\d)/), "a,b,c".split(",", 2), "".split(","), "".split("")]
    ["abcabc".indexOf("c", 3), "abcabc".lastIndexOf("b", 3), "abc".includes("bc", 1), "abc".startsWith("b", 1), "abc".endsWith("b", 2), "aé€😀".indexOf("€"), "x".includes("")]
    ["x".padStart(5, "ab"), "x".padEnd(5, "ab"), "ab".repeat(3), "  a\\t\\n\\u00a0\\ufeff".trim(), "  a ".trimStart(), "  a ".trimEnd()]
    ["ÀÉß".toLowerCase(), "straße".toUpperCase(), "İ".toLowerCase().length, "ΑΣ".toLowerCase(), "ﬁ".toUpperCase(), "ǆ".toUpperCase()]
    ["abcdef".slice(-3, -1), "abcdef".substring(4, 1), "abcdef".substr(-3, 2), "a".localeCompare("b"), "a" < "B", "a".normalize("NFD"), "é".normalize("NFD").length, "ﬁ".normalize("NFKC")]
    ["a.b.c".replace(".", "-"), "a.b.c".replaceAll(".", "$&$&"), "John Smith".replace(/(\\w+)\\s(\\w+)/, "$2, $1"), "abc".replace(/b/, (m, at, all) => m + at + all), "x".replace("x", "$$")]
    [String.fromCodePoint(128512, 97), String.fromCharCode(0x20ac), String.raw\`a\\n\${1}\`, \`a\${[1, 2]}b\${{}}\`, "\\u{1f600}", "\\x41\\u0042"]
    ["a\\ud800".isWellFormed?.() ?? false, encodeURIComponent("a b&é€😀/"), decodeURIComponent("%E2%82%AC"), encodeURI("http://a/é?x=y z"), escape("é€"), unescape("%u20AC")]
    [..."a1b22c333".matchAll(/[a-z](\\d+)/g)].map((m) => [m[0], m[1], m.index])`,
  "regular expressions": `
    ["2024-02-29".match(/(?<y>\\d{4})-(?<m>\\d\\d)-(?<d>\\d\\d)/).groups.m, /(\\w)\\1/.test("hello"), /^.$/u.test("😀"), /^.$/.test("😀"), /a.c/s.test("a\\nc")]
    ["aBc".match(/b/i).index, "a\\nb".match(/^b/m).index, "abcabc".match(/bc/g), "abc".match(/x/), "abc".search(/c/), /a|ab/.exec("abc")[0]]
    [/(?<=\\$)\\d+/.exec("$42")[0], /(?<!\\$)\\b\\d+/.exec("$42 17")[0], /\\d+(?=%)/.exec("50%")[0], /\\d+(?!%)/.exec("50%")[0], /(?:a(b)?)+/.exec("aba")]
    [/\\p{L}+/u.exec("1éa€")[0], /\\p{Script=Greek}/u.test("α"), /\\P{Lu}/u.exec("Aa")[0], /[\\u{1f600}-\\u{1f64f}]/u.test("😀"), /\\bé/.test("é"), /\\w/iu.test("ſ")]
    (() => { const re = /a/y; re.lastIndex = 1; return [re.test("ba"), re.lastIndex, re.test("ba"), re.lastIndex, re.flags, re.sticky]; })()
    (() => { const re = /o/g; const out = []; for (let m; (m = re.exec("foo boo")); ) out.push(m.index); return out; })()
    [String(/[/]\\//), new RegExp("/").source, new RegExp("a", "gi").flags, RegExp("(a)(b)?").exec("a"), /(?:)/.source, new RegExp("\\n").source]
    [/x{2,3}?/.exec("xxxx")[0], /x{2,}/.exec("xxxx")[0], /[^]/.exec("\\n")[0], /[]/.test("a"), /\\cJ/.test("\\n"), /\\0/.test("\\0"), /[\\b]/.test("\\b")]
    "aaa".replace(/a/g, (m, at) => at) + "abc".replace(/(?<x>b)/, "[$<x>]") + "a-b".split(/(-)/).join("|")
    /(?<a>x)|(?<b>y)/d.exec("y").indices.groups.b`,
  collections: `
    [[3, 1, 10, 2].sort(), [3, 1, 10, 2].sort((a, b) => a - b), [1, 2, 3].reverse(), ["b", undefined, "a", , "c"].sort().length]
    [[1, [2, [3, [4]]]].flat(), [1, [2, [3]]].flat(Infinity), [1, 2].flatMap((x) => [x, [x]]), [1, 2, 3].fill(0, 1, 2), [1, 2, 3, 4, 5].copyWithin(0, 3)]
    [[1, 2, 3].includes(NaN), [NaN].includes(NaN), [NaN].indexOf(NaN), [1, 2, 3].lastIndexOf(3), [1, 2, 3].at(-1), [1, 2, 3].findLast((x) => x < 3), [1, 2].findLastIndex((x) => x > 5)]
    [[1, 2, 3].splice(1, 1), [1, 2, 3].slice(-2), [1, 2, 3].concat([4], 5, [[6]]), [1, , 3].length, 1 in [1, , 3], Object.keys([1, , 3]), [, ,].length]
    [[1, 2, 3].reduce((a, b) => a + b), [[1, 2], [3]].reduceRight((a, b) => a.concat(b)), [1, 2, 3].every((x) => x > 0), [].some(() => true), [3, 4].entries().next().value]
    [Array.from({ length: 3 }, (_, i) => i * i), Array.from("aé😀"), Array.of(7), Array(3).join("-"), [null, undefined, [1, [2]]].join(), [..."ab"].keys().next().value]
    [[3, 1, 2].toSorted(), [1, 2, 3].toReversed(), [1, 2, 3].with(1, 9), [1, 2, 3].toSpliced(0, 1, 8, 9)]
    [...new Map([["b", 1], ["a", 2], ["b", 3]])].concat([new Map([[NaN, 1]]).get(NaN), new Map([[-0, 1]]).has(0)])
    [[...new Set([3, 1, 3, "1", NaN, NaN])].length, [...new Set("hello")].join(""), new Set([1, 2]).size, new WeakSet().has({})]
    (() => { const seen = []; const map = new Map([[1, "a"], [2, "b"]]); for (const [key] of map) { seen.push(key); if (key === 1) { map.delete(2); map.set(3, "c"); } } return seen; })()
    [new Uint8Array([1, 256, -1, 1.9, NaN]).join(), new Uint8ClampedArray([300, -5, 1.5, 2.5]).join(), new Float32Array([0.1])[0], new BigInt64Array([2n ** 63n])[0].toString()]
    (() => { const view = new DataView(new ArrayBuffer(16)); view.setInt16(0, -2); view.setFloat32(4, 1.5, true); view.setBigUint64(8, 5n); return [...new Uint8Array(view.buffer)]; })()
    [new Uint8Array([5, 1, 4]).sort().join(), new Uint16Array([1, 2, 3]).subarray(1).join(), new Uint8Array(new Uint16Array([258])).join(), new Uint8Array([1, 2, 3]).at(-1), Uint8Array.from("123").join()]
    (() => { const buffer = new ArrayBuffer(8); new Uint8Array(buffer).set([1, 2, 3]); return [buffer.slice(1, 3).byteLength, ArrayBuffer.isView(new DataView(buffer)), new Int32Array(buffer)[0]]; })()`,
  objects: `
    [Object.entries({ b: 1, a: 2, 2: 3, 1: 4 }), Object.fromEntries([["x", 1]]), Object.assign({}, { a: 1 }, null, { b: 2 }), { ...{ a: 1 }, ...[9], ...Object.assign({}, "hi") }]
    (() => { const { a = 5, ...rest } = { b: 2, c: 3 }; const [x, , y = 7, ...z] = [1, 2, undefined, 4, 5]; return [a, rest, x, y, z]; })()
    (() => { const o = { get x() { return this.y * 2; }, set x(v) { this.y = v; }, y: 1, ["z" + 1]: 3, m() { return super.toString(); } }; o.x = 21; return [o.x, o.z1, o.m()]; })()
    (() => { class A { #p = 1; static s = 2; static { A.t = A.s + 1; } get p() { return this.#p; } set p(v) { this.#p = v; } static #q() { return 4; } static q() { return A.#q(); } } const a = new A(); a.p += 5; return [a.p, A.s, A.t, A.q()]; })()
    (() => { class A { constructor() { this.made = new.target.name; } who() { return "A"; } } class B extends A { who() { return super.who() + "B"; } toString() { return this.who(); } } const b = new B(); return [String(b), b.made, b instanceof A, B.name, B.length]; })()
    [Object.is(-0, 0), typeof null, typeof undefined, typeof (() => 1), void 0 ?? "d", null?.x, ({}).x?.y.z, 0 || "a", "" ?? "b", [] + {}, [1] == 1, null == undefined]
    (() => { let a = null; a ??= 5; let b = 0; b ||= 6; let c = 7; c &&= 8; return [a, b, c]; })()
    (() => { "use strict"; try { Object.freeze({ a: 1 }).a = 2; } catch (error) { return error.name; } })()
    [Object.getOwnPropertyNames(class { static m() {} }), Reflect.ownKeys({ b: 1, 1: 1, [Symbol.iterator]: 1 }).length, Object.getOwnPropertyDescriptor({ get a() { return 1; } }, "a").set]
    (() => { const log = []; const proxy = new Proxy({ a: 1 }, { get(t, k) { log.push("get " + String(k)); return Reflect.get(t, k); }, has(t, k) { log.push("has " + String(k)); return k in t; }, deleteProperty() { return true; } }); proxy.a; "b" in proxy; delete proxy.a; return log; })()
    [Symbol("x").toString(), Symbol("x").description, Symbol.for("k") === Symbol.for("k"), typeof Symbol.iterator, Object(1n) + 1n === 2n]
    (() => { const o = { [Symbol.toPrimitive]: (hint) => hint }; return [\`\${o}\`, o + "", +o]; })()
    Object.entries(Object.getOwnPropertyDescriptors({ a: 1 })).map(([name, { writable, enumerable }]) => [name, writable, enumerable])`,
  functions: `
    (() => { function f(a, b = a + 1, ...c) { return [a, b, c, arguments.length, f.length, f.name]; } return [f(1), f(1, 2, 3, 4)]; })()
    (() => { const out = []; for (let i = 0; i < 3; i++) out.push(() => i); return out.map((f) => f()); })()
    (() => { outer: for (let i = 0; ; i++) { for (let j = 0; j < 5; j++) { if (j === 3) continue outer; if (i === 2) break outer; } } return "done"; })()
    (() => { const log = []; try { try { throw 1; } finally { log.push("f"); } } catch (e) { log.push(e); } finally { log.push("g"); } return log; })()
    (() => { const f = () => { try { return "a"; } finally { return "b"; } }; return f(); })()
    (() => { switch (3) { case 1: return "one"; default: case 2: return "two or other"; } })()
    (() => { function* g() { const x = yield 1; try { yield x * 2; } finally { yield "end"; } } const it = g(); return [it.next().value, it.next(21).value, it.return(5).value, it.next().value, it.next().done]; })()
    (() => { const it = { *[Symbol.iterator]() { yield* [1, 2]; yield 3; } }; const [a, ...b] = it; return [a, b, Math.max(...it), [...it].length]; })()
    [((a, b) => a + b).call(null, 1, 2), Math.max.apply(null, [1, 5]), (function () { return this.x; }).bind({ x: 9 })(), (() => {}).name, ((a, b) => 1).length]
    (() => { const tag = (parts, ...values) => parts.raw.join("|") + values.join(); return tag\`a\${1}\\n\${2}c\`; })()
    (() => { try { null.x; } catch (e) { return [e instanceof TypeError, e.constructor.name]; } })()
    (() => { try { undefinedName; } catch (e) { return e.name; } })()
    [1, 2, 3].map(parseInt)
    ((a, b) => { var c = a; { let c = b; } return c; })(1, 2)`,
  json: `
    JSON.stringify({ a: undefined, b: () => 1, c: NaN, d: new Date(0), e: [undefined], f: "\\u2028\\ud800\\"", g: { toJSON: () => 7 } })
    [JSON.stringify([1, { a: 2 }], null, 2), JSON.stringify({ a: 1, b: 2 }, ["b"]), JSON.stringify({ a: 5 }, (k, v) => (typeof v === "number" ? v * 2 : v)), JSON.stringify("x"), JSON.stringify(undefined)]
    [JSON.parse("[1,2,{\\"a\\":null}]", (key, value) => (Array.isArray(value) ? value.length : value)), JSON.parse(" 1 "), JSON.parse('"\\\\u00e9"')]
    ["{", "[1,]", "{'a':1}", "01", "undefined", "\\"\\t\\""].map((text) => { try { return JSON.parse(text); } catch (error) { return error.name; } })
    JSON.stringify(new Map([[1, 2]])) + JSON.stringify(Object.create({ a: 1 })) + JSON.stringify([new Number(1), new String("s"), Object(false)])`,
  dates: `
    [Date.UTC(2024, 1, 29), new Date(0).toISOString(), new Date("2024-01-01").getTime(), new Date("2024-01-01T00:00:00").getTime(), new Date(2024, 0, 31, 12).getTime()]
    [new Date(NaN).getTime(), Date.parse("nonsense"), new Date(8.64e15).getTime(), new Date(8.64e15 + 1).getTime(), new Date("Thu, 01 Jan 1970 00:00:00 GMT").getTime()]
    (() => { const d = new Date(Date.UTC(2024, 0, 31)); d.setUTCMonth(1); return [d.toISOString(), d.getUTCDay(), d.toJSON(), d.toUTCString()]; })()
    [new Date(Date.UTC(1969, 11, 31, 23, 59, 59, 999)).getTime(), new Date(-1).toISOString(), new Date(Date.UTC(-1, 0)).toISOString(), new Date(Date.UTC(20000, 0)).toISOString()]`,
  promises: `
    (async () => { const log = []; const p = Promise.resolve().then(() => log.push(1)); log.push(0); await p; await null; log.push(2); return log; })()
    (async () => (await Promise.allSettled([1, Promise.reject(new Error("x"))])).map((each) => each.status))()
    (async () => [await Promise.race([new Promise(() => {}), 5]), await Promise.any([Promise.reject(1), 6]), await Promise.all([])])()
    (async () => { try { await Promise.any([Promise.reject(1)]); } catch (error) { return [error.name, error.errors]; } })()
    (async () => { const log = []; try { await (async () => { throw new RangeError("r"); })(); } catch (error) { log.push(error.name); } finally { log.push("f"); } return log; })()
    (async () => { const out = []; async function* g() { yield 1; yield Promise.resolve(2); } for await (const x of g()) out.push(x); for await (const x of [Promise.resolve(3)]) out.push(x); return out; })()
    (async () => { const order = []; queueMicrotask(() => order.push("m")); Promise.resolve().then(() => order.push("p")); order.push("s"); await 0; await 0; return order; })()
    (async () => { const thenable = { then: (done) => done(9) }; return [await thenable, await Promise.resolve(thenable)]; })()`,
};

/** What Node 20 does not have, with what it has to be. */
const NEWER: readonly (readonly [expression: string, result: unknown])[] = [
  ["Object.groupBy([1, 2, 3], (x) => (x % 2 ? 'odd' : 'even'))", { odd: [1, 3], even: [2] }],
  [
    "[...Map.groupBy([1, 2, 3], (x) => x % 2)]",
    [
      [1, [1, 3]],
      [0, [2]],
    ],
  ],
  ["[...new Set([1, 2, 3]).intersection(new Set([2, 3, 4]))]", [2, 3]],
  ["[...new Set([1, 2]).symmetricDifference(new Set([2, 3]))]", [1, 3]],
  ["[new Set([1]).isSubsetOf(new Set([1, 2])), new Set([1]).isDisjointFrom(new Set([1]))]", [true, false]],
  ["[1, 2, 3, 4].values().drop(1).take(2).map((x) => x * 2).toArray()", [4, 6]],
  ["Iterator.from([1, 2, 3]).reduce((a, b) => a + b)", 6],
  ["(() => { const { promise, resolve } = Promise.withResolvers(); resolve(4); return promise; })()", 4],
  ["Promise.try(() => 5)", 5],
  ["Array.fromAsync([1, Promise.resolve(2)])", [1, 2]],
  ["Uint8Array.fromBase64('aGk=').toHex()", "6869"],
  ["new Uint8Array([104, 105]).toBase64({ omitPadding: true })", "aGk"],
  ["RegExp.escape('a.b')", "\\x61\\.b"],
  ["/^[\\p{L}--[a-z]]$/v.test('a')", false],
  [
    "[new Error('x').constructor.name, Error.isError(new TypeError()), Error.isError({})]",
    ["Error", true, false],
  ],
  ["Math.sumPrecise([0.1, 0.2, 0.3])", 0.6],
];

const SHOW = `(value) => JSON.stringify(value, (key, each) =>
  typeof each === "bigint" ? each + "n" : Object.is(each, -0) ? "-0" : typeof each === "number" && !Number.isFinite(each) ? String(each)
    : each === undefined ? "undefined" : each)`;

test("expressions give in a module what they give in Node", async () => {
  const all = Object.values(EXPRESSIONS).flatMap((lines) => lines.trim().split(/\n\s*/));
  const list = all.map((expression) => `async () => (${expression})`);
  const program = `
    const show = ${SHOW};
    const results = async (list) => {
      const out = [];
      for (const each of list) out.push(await each().then(show, (error) => "throws " + error));
      return out;
    };`;
  const { values, error } = await run(
    { "src/index.js": `${program}\nexport const map = async () => results([${list.join(",\n")}]);` },
    ["x"],
  );
  expect(error).toBeNull();
  const got = JSON.parse(values[0] as string) as string[];
  const evaluate = new Function(`${program}\nreturn results([${list.join(",\n")}]);`) as () => Promise<
    string[]
  >;
  const timeZone = process.env.TZ;
  process.env.TZ = "UTC";
  const expected = await evaluate();
  if (timeZone === undefined) delete process.env.TZ;
  else process.env.TZ = timeZone;
  for (const [at, expression] of all.entries()) expect.soft(got[at], expression).toBe(expected[at]);
  expect(all.length).toBeGreaterThan(80);
});

test("and what is newer than Node 20 is there", async () => {
  const list = NEWER.map(([expression]) => `async () => (${expression})`);
  const { values, error } = await run(
    {
      "src/index.js": `export const map = async () => {
        const out = [];
        for (const each of [${list.join(",\n")}]) out.push(await each().catch((error) => "throws " + error));
        return out;
      };`,
    },
    ["x"],
  );
  expect(error).toBeNull();
  const got = JSON.parse(values[0] as string) as unknown[];
  for (const [at, [expression, result]] of NEWER.entries()) expect.soft(got[at], expression).toEqual(result);
});
