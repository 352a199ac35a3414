// Builds what stands between a program with standard streams and the SmartModule ABI, in dist/stdio: adapter.wasm for
// any program, javy.wasm and driver.js for Javy's engine.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { readImports, SECTION, sectionOf, writeSections } from "../dist/wasm.js";
import { compileGuest, readGuest } from "./guest.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outDir = join(root, "dist/stdio");
const require = createRequire(join(root, "package.json"));
const preludeFile = join(root, "prelude/prelude.js");
const files = readGuest("stdio", 'export * from "../stdio/host";');
const scripts = readdirSync(join(root, "stdio")).filter((name) => name.endsWith(".js"));

const hash = createHash("sha256");
for (const script of [import.meta.url, new URL("./guest.js", import.meta.url)])
  hash.update(readFileSync(fileURLToPath(script)));
hash.update(readFileSync(join(root, "dist/wasm.js")));
hash.update(readFileSync(preludeFile));
hash.update(JSON.parse(readFileSync(require.resolve("assemblyscript/package.json"), "utf8")).version);
for (const [name, text] of [...files].sort()) hash.update(name).update(text);
for (const name of scripts) hash.update(readFileSync(join(root, "stdio", name)));
const stamp = hash.digest("hex");
const stampFile = join(outDir, "stamp");
if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) process.exit(0);

mkdirSync(outDir, { recursive: true });
for (const entry of ["adapter", "javy"]) {
  writeFileSync(join(outDir, `${entry}.wasm`), await compile(entry));
}
// What our own engine knows too, with the name that Javy gives to a program's file.
const prelude = readFileSync(preludeFile, "utf8").replace(/^(\/\/.*\n)*/, "");
const { code } = await transform(`(${prelude.trim().replace(/;$/, "")})`, {
  minifyWhitespace: true,
  target: "es2023",
});
const named = code.trim().replaceAll("module\\.js", "function\\.mjs");
if (named === code.trim()) throw new Error("the prelude does not name the program's file");
writeFileSync(join(outDir, "prelude.js"), named);
for (const name of scripts) writeFileSync(join(outDir, name), readFileSync(join(root, "stdio", name)));
writeFileSync(stampFile, stamp);

async function compile(entry) {
  const sections = await compileGuest(files, `javascript/stdio/${entry}.ts`, 1);
  const imports = readImports(sectionOf(sections, SECTION.import));
  const unknown = imports.filter(
    ({ module, name }) => !["guest", "env"].includes(module) || name === "abort",
  );
  if (unknown.length > 0)
    throw new Error(`${entry}.ts imports ${unknown.map(({ name }) => name).join(", ")}`);
  return writeSections(sections.filter(({ id }) => id !== SECTION.custom));
}
