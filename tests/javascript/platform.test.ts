/** The tables of PLATFORM.md, run in a module. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { run } from "./support.ts";

const document = readFileSync(
  fileURLToPath(new URL("../../sdk/javascript/PLATFORM.md", import.meta.url)),
  "utf8",
);
const rows = (heading: string): string[][] =>
  (document.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))
    .slice(1)
    .map((line) => line.slice(2, -2).split(" | "));

test("what the table promises is there", async () => {
  const there = rows("There");
  expect(there.length).toBeGreaterThan(30);
  const checks = there.map(([what, ...code]) => {
    const expression = code.join(" | ").slice(1, -1);
    return `[${JSON.stringify(what)}, async () => ${expression}]`;
  });
  const { values, error } = await run(
    `const checks: [string, () => Promise<unknown>][] = [\n${checks.join(",\n")}\n];
     export async function map() {
       const wrong = [];
       for (const [what, check] of checks) {
         try {
           if ((await check()) !== true) wrong.push(what);
         } catch (error) {
           wrong.push(what + ": " + error);
         }
       }
       return wrong;
     }`,
    ["x"],
  );
  expect(error).toBeNull();
  expect(values).toEqual(["[]"]);
});

test("what the table denies is not", async () => {
  const names = rows("Not there").flatMap(([cell]) =>
    [...(cell ?? "").matchAll(/`(\w+)`/g)].map((match) => match[1]),
  );
  expect(names.length).toBeGreaterThan(30);
  const { values } = await run(
    `const names = ${JSON.stringify(names)};
     export const map = () => [names.filter((name) => name in globalThis), ${names.map((name) => `typeof ${name}`).join()}];`,
    ["x"],
  );
  expect(JSON.parse(values[0] ?? "")).toEqual([[], ...names.map(() => "undefined")]);
});

test("the console writes lines, values as people like to read them", async () => {
  const { output } = await run(
    `export function filter(record) {
       console.log("a %s b %d %j %%", "x", 5, { a: 1 }, "rest");
       console.info(record.value, [1, "two", { three: [null, undefined, true] }], new Map([[1, new Set(["a"])]]));
       console.warn(-0, 10n, Symbol("s"), () => 1, class A {}, new Date(0), /x/g, new Uint8Array([1, 2]));
       console.error(new TypeError("bad"), Promise.resolve(), new (class Point { x = 1 })());
       console.debug();
       console.assert(false, "no");
       const cycle: unknown[] = [];
       cycle.push(cycle, { deep: { deep: { deep: { deep: {} } } } });
       console.log(cycle);
       return true;
     }`,
    ["v"],
  );
  expect(output.split("\n")).toEqual([
    'a x b 5 {"a":1} % rest',
    'v [1, "two", { three: [null, undefined, true] }] Map(1) {1 => Set(1) {"a"}}',
    "-0 10n Symbol(s) [Function: (anonymous)] [Function: A] 1970-01-01T00:00:00.000Z /x/g Uint8Array(2) [1, 2]",
    "TypeError: bad at filter (src/index.ts:5:26) Promise {} Point { x: 1 }",
    "",
    "Assertion failed no",
    "[[Circular], { deep: { deep: { deep: { deep: [Object] } } } }]",
    "",
  ]);
});

test("the console groups, counts and makes tables", async () => {
  const { output } = await run(
    `export function filter() {
       console.group("outer %d", 1);
       console.log("two\\nlines");
       console.groupCollapsed();
       console.warn("deep");
       console.groupEnd();
       console.groupEnd();
       console.groupEnd();
       console.table([{ a: 1, b: "x" }, { b: "longer" }, 5]);
       console.table({ x: { y: true } });
       console.table("plain");
       console.count(); console.count(); console.countReset(); console.count("default");
       console.time("t"); console.timeLog("t", "on"); console.timeEnd("t"); console.timeEnd("none");
       console.dir({ a: [] });
       console.log(new URL("http://a/b?c=d"), { in: new URLSearchParams("a=b") });
       return true;
     }`,
    ["v"],
  );
  expect(output.replace(/\d+ms/g, "Nms").split("\n")).toEqual([
    ...["outer 1", "  two", "  lines", "    deep"],
    ...[
      "(index) | a | b        | Values",
      '0       | 1 | "x"      |',
      '1       |   | "longer" |',
      "2       |   |          | 5",
    ],
    ...["(index) | y", "x       | true", "plain"],
    ...["default: 1", "default: 2", "default: 1", "t: Nms on", "t: Nms", "{ a: [] }"],
    ...["URL { http://a/b?c=d } { in: URLSearchParams { a=b } }", ""],
  ]);
});

test("URLs are as in Node", async () => {
  const urls = [
    "http://a",
    "HTTP://A.B:8080/../x/./y/?q#h",
    "https://u:p@h:443/",
    "http://a//b//",
    "http://a/%7Efoo/é",
    "mailto:a@b.c?subject=x y",
    "file:///a/../b",
    "file:/x",
    "http:a",
    "http://",
    "http://a b",
    "http://[::ffff:1.2.3.4]/",
    "http://1.2.3",
    "http://256.1.1.1",
    "data:text/plain,hi there",
    "http://a?x=é&y='",
    "custom://Host/Path/..",
    "blob:https://a.b/c",
    "http://a:99999",
    "http://a:0",
    "not a url",
    "",
    "//x",
    "http://ex%41mple.com",
    "  http://trim.me  ",
    "http://a\\b\\c",
    "ws://h:80/x",
    "javascript:alert(1)",
    "http://a/b;c=1,2?d=e|f#g h",
    "https://例え.jp/道",
  ];
  const bases = ["http://host/dir/file?q#f", "custom:opaque"];
  const relative = ["", "x", "/x", "../x", "?y", "#z", "//other/p", "http:rel", "./a/../b/.", "a:b"];
  const cases = [...urls.map((url) => [url]), ...bases.flatMap((base) => relative.map((url) => [url, base]))];
  const parts = [
    "href",
    "origin",
    "protocol",
    "username",
    "password",
    "host",
    "hostname",
    "port",
    "pathname",
    "search",
    "hash",
  ] as const;
  const { values } = await run(
    `const cases = ${JSON.stringify(cases)};
     const parts = ${JSON.stringify(parts)};
     export const map = () => cases.map(([url, base]) => {
       const parsed = URL.parse(url, base);
       return parsed && parts.map((part) => parsed[part]);
     });`,
    ["x"],
  );
  const expected = cases.map(([url, base]) => {
    if (!URL.canParse(url ?? "", base)) return null;
    const parsed = new URL(url ?? "", base);
    return parts.map((part) => parsed[part]);
  });
  const got = JSON.parse(values[0] ?? "") as (string[] | null)[];
  for (const [at, one] of cases.entries()) expect(got[at], one.join(" from ")).toEqual(expected[at]);
});
