/** What becomes of a program when it is built: errors at the user's place, and the same bytes every time. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { type BuildDiagnostic, createCompiler, MISSING } from "@smdk/javascript/compiler";
import { describe, expect, test, vi } from "vitest";
import { compile, run } from "./support.ts";

async function complaints(files: Parameters<typeof compile>[0]): Promise<readonly BuildDiagnostic[]> {
  const error = await compile(files).then(
    () => expect.unreachable("it was built"),
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: "SMDK_BUILD_FAILED" });
  return (error as { diagnostics: readonly BuildDiagnostic[] }).diagnostics;
}

const END = "\nexport const filter = () => true;\n";

describe("errors", () => {
  test.each<[what: string, source: string, line: number, column: number, message: RegExp, hint: RegExp]>([
    ["a syntax error", `const a = 1;\nconst b = ;${END}`, 2, 11, /Unexpected ";"/, /^$/],
    [
      "top-level await",
      `\nawait Promise.resolve();${END}`,
      2,
      1,
      /^top-level await is not possible/,
      /async `init`/,
    ],
    [
      "a module of Node",
      `import { readFileSync } from "node:fs";\nreadFileSync;${END}`,
      1,
      30,
      /"node:fs" is a module of Node/,
      /import what it needs/,
    ],
    [
      "a module of Node without prefix",
      `import os from "os";\nos;${END}`,
      1,
      16,
      /"os" is a module of Node/,
      /sees nothing of the machine/,
    ],
    [
      "a package that is not there",
      `import x from "left-pad";\nx;${END}`,
      1,
      15,
      /^cannot find "left-pad"/,
      /npm install left-pad/,
    ],
    [
      "a file that is not there",
      `import x from "./none.ts";\nx;${END}`,
      1,
      15,
      /^cannot find "\.\/none\.ts"/,
      /Look at the path/,
    ],
    [
      "an import that is not exported",
      `import { nope } from "./b.ts";\nnope;${END}`,
      1,
      10,
      /No matching export.*"nope"/,
      /^$/,
    ],
    [
      "a timer",
      `export const filter = () => {\n  setTimeout(() => {}, 1);\n  return true;\n};`,
      2,
      3,
      /^setTimeout is not there/,
      /no time to wait/,
    ],
    [
      "the network",
      `export const filter = async () => {\n  return (await fetch("http://a")).ok;\n};`,
      2,
      17,
      /^fetch is not there/,
      /no network/,
    ],
    [
      "the environment",
      `export const filter = () => process.exit(1);`,
      1,
      29,
      /^process is not there/,
      /as parameters/,
    ],
    ["a Buffer", `export const map = (r) => Buffer.from("a");`, 1, 27, /^Buffer is not there/, /Uint8Array/],
    [
      "a module chosen at run time",
      `export const map = async (r) => {\n  return (await import(r.value.text)).x;\n};`,
      2,
      17,
      /^a module cannot be chosen at run time/,
      /choose among it/,
    ],
    [
      "a required module chosen at run time",
      `export const map = (r) =>\n  require(r.value.text);`,
      2,
      3,
      /^a module cannot be chosen at run time/,
      /choose among it/,
    ],
    [
      "a dynamic import of a module of Node",
      `export const map = async () => (await import("node:fs")).existsSync("x");`,
      1,
      46,
      /"node:fs" is a module of Node/,
      /import what it needs/,
    ],
    [
      "a required package that is not there",
      `const x = require("left-pad");\nexport const map = () => x;`,
      1,
      19,
      /^cannot find "left-pad"/,
      /npm install left-pad/,
    ],
    [
      "eval",
      `export const map = (r) =>\n  eval(r.value.text);`,
      2,
      3,
      /^eval is not there/,
      /no new Function/,
    ],
    [
      "new Function",
      `export const map = (r) =>\n  new Function("a", "return a")(r);`,
      2,
      7,
      /^new Function is not there/,
      /no new Function/,
    ],
    [
      "an import of another kind of file",
      `import picture from "./none.png";\nexport const map = () => picture;`,
      1,
      21,
      /No loader is configured for "\.png"/,
      /become text: \.txt.*a \.bin file bytes/,
    ],
    [
      "a default import of what has none",
      `import b from "./b.ts";\nexport const map = () => b;`,
      1,
      8,
      /No matching export.*"default"/,
      /import \* as name/,
    ],
    [
      "a misspelled transform",
      `\nexport function filters() {\n  return true;\n}`,
      2,
      17,
      /only exports filters/,
      /^Did you mean filter\?/,
    ],
    [
      "a transform of other people",
      `\nexport const flatMap = () => [];`,
      2,
      14,
      /no transform found/,
      /^Did you mean arrayMap\?/,
    ],
    [
      "two transforms",
      `export const filter = () => true;\nexport const map = (r) => r;`,
      2,
      14,
      /exactly one transform/,
      /chain/,
    ],
    [
      "a default function",
      `\nexport default function filter() {\n  return true;\n}`,
      2,
      1,
      /exported by name/,
      /defineSmartModule/,
    ],
    [
      "a failing top level",
      `const a = null;\n\nconst b = a.b;${END}`,
      3,
      11,
      /fails while it is loaded: TypeError: cannot read property 'b' of null/,
      /^$/,
    ],
    [
      "an endless top level",
      `let n = 0;\nfor (;;) {\n  n++;\n}${END}`,
      1,
      1,
      /the program takes too long to load/,
      /endless loop/,
    ],
  ])("%s", async (_what, source, line, column, message, hint) => {
    const [first] = await complaints({
      "src/index.ts": source,
      "src/b.ts": "export const other = 1;",
      "src/none.png": "",
    });
    expect(first).toMatchObject({ severity: "error", message: expect.stringMatching(message) });
    expect(basename(first?.file ?? "")).toBe("index.ts");
    expect(first?.line).toBe(line);
    if (line !== 1 || column !== 1) expect(first?.column).toBe(column);
    expect(first?.hint ?? "").toMatch(hint);
    if (column !== 1) expect(first?.frame).toContain("^");
  });

  test.each<[what: string, source: string, message: RegExp]>([
    ["no transform", "export const init = () => {};", /no transform found: .* \(it only exports init\)/],
    ["nothing exported", "const filter = () => true;\nfilter;", /no transform found/],
    [
      "two transforms",
      "export const filter = () => true; export const map = (r) => r;",
      /exactly one transform, but this one exports filter and map/,
    ],
    ["a transform that is no function", "export const filter = true;", /filter must be a function/],
    [
      "a look-back that is no function",
      "export const lookBack = 1; export const filter = () => true;",
      /lookBack must be a function/,
    ],
    ["a default export", "export default (r) => true;", /exported by name, not as default/],
  ])("%s", async (_what, source, message) => {
    expect((await complaints(source))[0]).toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });

  test("a missing entry file", async () => {
    const building = createCompiler().build({ projectDir: tmpdir(), entry: "src/none.ts" });
    await expect(building).rejects.toMatchObject({
      code: "SMDK_BUILD_FAILED",
      message: expect.stringMatching(/entry file/),
    });
  });

  test("JSX without React, and with a function of one's own", async () => {
    const source = `export const map = (r) => <b>{r.value.text}</b>;`;
    expect((await complaints({ "src/index.tsx": `\n${source}` }))[0]).toMatchObject({
      message: "React is not there, which JSX needs",
      hint: expect.stringContaining("jsxFactory"),
      line: 2,
      column: 27,
    });
    const own = `/** @jsx h */\nconst h = (name, _, ...children) => name + children;\n${source}`;
    expect((await run({ "src/index.tsx": own }, ["x"])).values).toEqual(["bx"]);
    const react = `const React = { createElement: (name, _, ...children) => name + "!" + children };\n${source}`;
    expect((await run({ "src/index.tsx": react }, ["x"])).values).toEqual(["b!x"]);
  });

  test("too much memory at the top level", async () => {
    const source = `const a = [];\nfor (;;) a.push(new Uint8Array(1 << 20).fill(1));${END}`;
    await expect(compile(source, { memoryMiB: 8 })).rejects.toMatchObject({
      message: expect.stringMatching(/fails while it is loaded: .*out of memory/),
      hint: expect.stringContaining("memoryMiB"),
      location: { line: 2 },
    });
  });

  test("types in a JavaScript file", async () => {
    const [first] = await complaints({ "src/index.js": "export const filter = (r: string) => true;" });
    expect(first).toMatchObject({
      line: 1,
      column: 25,
      hint: expect.stringContaining('lang = "typescript"'),
    });
  });

  test("what a package does not offer", async () => {
    const [first] = await complaints({
      "src/index.ts": `import x from "lib/inner";\nx;${END}`,
      "node_modules/lib/package.json": `{ "name": "lib", "exports": { ".": "./index.js" } }`,
      "node_modules/lib/index.js": "module.exports = 1;",
    });
    expect(first).toMatchObject({
      message: 'cannot find "lib/inner"',
      hint: expect.stringMatching(/^lib is there, but does not offer that path/),
    });
  });

  test("a state of bytes that begins with some", async () => {
    const source = `export const initial = Uint8Array.of(1); export const aggregate = (state) => state;`;
    expect(await complaints({ "src/index.js": source })).toMatchObject([
      { message: "a state of bytes begins empty", hint: expect.stringContaining("state.length") },
    ]);
  });

  test.each([
    ["lookback", "lookBack"],
    ["Init", "init"],
    ["initialState", "initial"],
  ])("an export %s that nobody uses is a warning", async (name, better) => {
    const { diagnostics } = await compile(`${END}export const ${name} = () => {};`);
    expect(diagnostics).toMatchObject([
      { severity: "warning", message: `nothing uses ${name}`, hint: `Did you mean ${better}?`, line: 3 },
    ]);
    const both = await compile(`export const look_back = () => {};\nexport const helper = 1;${END}`);
    expect([both.hasLookBack, both.diagnostics]).toEqual([true, []]);
  });

  test("a library that fails while it is loaded is named at the user's import", async () => {
    const [first] = await complaints({
      "src/index.ts": `import { b } from "./b.ts";\nb;${END}`,
      "src/b.ts": `import outer from "outer";\nexport const b = outer;`,
      "node_modules/outer/package.json": `{ "name": "outer", "main": "index.js" }`,
      "node_modules/outer/index.js": `module.exports = require("inner");`,
      "node_modules/inner/package.json": `{ "name": "inner", "main": "index.js" }`,
      "node_modules/inner/index.js": `\nmodule.exports = Buffer.from("x");`,
    });
    expect(first?.file).toMatch(/src.b\.ts$/);
    expect(first).toMatchObject({
      message:
        "inner fails while it is loaded: ReferenceError: Buffer is not defined (node_modules/inner/index.js:2)",
      hint: expect.stringMatching(/Uint8Array.*Is there a build of inner for browsers\?$/),
      line: 1,
      column: 19,
    });
  });

  test("a call of a library that wants eval is an error at the call", async () => {
    const deep = "const deep = (n) => (n === 0 ? new Function('return 1') : deep(n - 1) || 1);";
    const [first] = await complaints({
      "src/index.ts": `import make from "lib";\n\nconst made = make();\nmade;${END}`,
      "node_modules/lib/package.json": `{ "name": "lib", "main": "index.js" }`,
      "node_modules/lib/index.js": `${deep}\nmodule.exports = () => deep(50);`,
    });
    expect(first).toMatchObject({ line: 3, hint: expect.stringContaining("beforehand") });
    expect(first?.message).toMatch(/eval is not supported/);
  });

  test("a package that does without a module of Node in browsers", async () => {
    const { values } = await run(
      {
        "src/index.ts": `import lib from "lib";\nexport const map = () => lib;`,
        "node_modules/lib/package.json": `{ "name": "lib", "main": "index.js", "browser": { "crypto": false, "stream": "./s.js" } }`,
        "node_modules/lib/index.js": `module.exports = [Object.keys(require("crypto")).length, require("stream")];`,
        "node_modules/lib/s.js": `module.exports = "own";`,
      },
      ["x"],
    );
    expect(values).toEqual(['[0,"own"]']);
  });

  test("whoever asks by typeof is left alone", async () => {
    const { diagnostics } = await compile(
      `const later = typeof setTimeout === "function" ? setTimeout : queueMicrotask;\nlater;${END}`,
    );
    expect(diagnostics).toEqual([]);
  });

  test("names of one's own are no globals", async () => {
    const { values } = await run(
      `const process = (fetch) => fetch + "!";\nexport const map = ({ value: Buffer }) => process(Buffer.text);`,
      ["a"],
    );
    expect(values).toEqual(["a!"]);
  });

  test("what a library does not find is a warning, once", async () => {
    const { diagnostics } = await compile({
      "src/index.ts": `import lib from "lib";\nlib;${END}`,
      "node_modules/lib/package.json": `{ "name": "lib", "main": "index.js" }`,
      "node_modules/lib/index.js": "module.exports = () => { setTimeout(f); setTimeout(g); };",
    });
    expect(diagnostics).toMatchObject([
      { severity: "warning", message: expect.stringMatching(/^lib uses setTimeout/) },
    ]);
  });

  test("a library that needs Node fails at the user's import", async () => {
    const [first] = await complaints({
      "src/index.ts": `\nimport lib from "lib";\nlib;${END}`,
      "node_modules/lib/package.json": `{ "name": "lib", "main": "index.js" }`,
      "node_modules/lib/index.js": `const fs = require("fs");\nmodule.exports = fs;`,
    });
    expect(first?.message).toMatch(/"fs" is a module of Node/);
    expect(first).toMatchObject({ file: expect.stringMatching(/src.index\.ts$/), line: 2 });
  });

  test("a library that asks for Node only when it finds itself there is fine", async () => {
    const { values } = await run(
      {
        "src/index.ts": `import lib from "lib";\nexport const map = () => lib();`,
        "node_modules/lib/package.json": `{ "name": "lib", "main": "index.js" }`,
        "node_modules/lib/index.js": `module.exports = () => {
          if (typeof process !== "undefined") return require("fs");
          try { return require("os"); } catch (error) { return error.message; }
        };`,
      },
      ["x"],
    );
    expect(values).toEqual(['"os" is a module of Node, which is not there']);
  });

  test("a large program is a warning that names the large libraries", async () => {
    const { diagnostics } = await compile({
      "src/index.ts": `import lib from "lib";\nexport const filter = () => lib.length > 0;`,
      "node_modules/lib/package.json": `{ "name": "lib", "main": "index.js" }`,
      "node_modules/lib/index.js": `module.exports = "${"x".repeat(500_000)}";`,
    });
    expect(diagnostics).toMatchObject([
      {
        severity: "warning",
        message: expect.stringMatching(/the program is large: 50\d KB/),
        hint: expect.stringMatching(/lib \(500 KB\)/),
      },
    ]);
  });
});

describe("what esbuild makes of it", () => {
  test("JSON, text, bytes, JSX and CommonJS", async () => {
    const { values, error } = await run(
      {
        "src/index.tsx": `
          import data from "./data.json";
          import text from "./a.txt";
          import bytes from "./b.bin";
          import { twice } from "./common.cjs";
          const h = (name, attributes, ...children) => name + "(" + children.join() + ")";
          export const map = () => [data.a, text, [...bytes], twice(4), <b>x</b>];`,
        "tsconfig.json": `{ "compilerOptions": { "jsx": "react", "jsxFactory": "h" } }`,
        "src/data.json": `{ "a": [1] }`,
        "src/a.txt": "text\n",
        "src/b.bin": "\u0001\u0002",
        "src/common.cjs": "exports.twice = (n) => 2 * n;",
      },
      ["x"],
    );
    expect(error).toBeNull();
    expect(values).toEqual(['[[1],"text\\n",[1,2],8,"b(x)"]']);
  });

  test("the surroundings are the same at build time and at run time", async () => {
    const source = `
      const seen = () => [typeof eval, typeof process, typeof performance, typeof URL, typeof setTimeout,
        (() => { try { return globalThis.Function("return 1")(); } catch { return "no"; } })()].join();
      const before = seen();
      export const map = () => [before === seen(), before];`;
    const { values } = await run(source, ["x"]);
    expect(JSON.parse(values[0] ?? "")).toEqual([true, "function,undefined,undefined,function,undefined,no"]);
  });

  test("NODE_ENV is production", async () => {
    const { values } = await run(
      `export const map = () => [process.env.NODE_ENV, process.env.OTHER ?? null];`,
      ["x"],
    );
    expect(values).toEqual(['["production",null]']);
  });

  test("what the top level prints belongs to the build", async () => {
    const { output } = await compile(`console.log("loading", 1);${END}`);
    expect(output).toBe("loading 1\n");
  });
});

test("two builds are equal, whatever the folder and the day", async () => {
  const source = `
    export const started = [Date.now(), Math.random(), crypto.randomUUID(), new Map([[{}, new Set([1])]])];
    export const map = () => started;`;
  const digests = [];
  for (const day of ["2026-01-01", "2030-06-15"]) {
    vi.useFakeTimers({ now: new Date(day), toFake: ["Date"] });
    const projectDir = mkdtempSync(join(tmpdir(), `smdk-${day}-`));
    try {
      mkdirSync(join(projectDir, "src"));
      writeFileSync(join(projectDir, "src/index.ts"), source);
      const { bytes } = await createCompiler().build({ projectDir, entry: "src/index.ts" });
      digests.push(createHash("sha256").update(bytes).digest("hex"));
    } finally {
      vi.useRealTimers();
      rmSync(projectDir, { recursive: true, force: true });
    }
  }
  expect(digests[0]).toBe(digests[1]);
});

test("time and chance are live at run time", async () => {
  const { values } = await run(
    `export const map = () => [Date.now() > 1.7e12, Math.random(), crypto.randomUUID(), new Date().getTimezoneOffset()];`,
    ["a", "b"],
  );
  const [one, two] = values.map((value) => JSON.parse(value));
  expect(one[0] && two[0]).toBe(true);
  expect(one[1]).not.toBe(two[1]);
  expect(one[2]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(one[2]).not.toBe(two[2]);
  expect(one[3]).toBe(0);
});

test("every missing global has a hint", () => {
  for (const [name, hint] of Object.entries(MISSING)) expect(hint, name).toMatch(/^[A-Z].*[.]$/);
});

test("a small module is small", async () => {
  const { bytes } = await compile("export const filter = () => true;");
  expect(bytes.length).toBeLessThan(640_000);
  expect(gzipSync(bytes).length).toBeLessThan(280_000);
});
