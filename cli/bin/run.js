#!/usr/bin/env node
// The `smdk` executable. `smdk --version` is answered here, before anything heavy is loaded.
import { readFileSync } from "node:fs";
import module from "node:module";

const [first, ...others] = process.argv.slice(2);
if (others.length === 0 && (first === "--version" || first === "-V")) {
  const { name, version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else {
  // Node 22.8 and later keep compiled code between runs.
  module.enableCompileCache?.();
  const { main } = await import("../dist/main.js");
  await main(process.argv.slice(2), import.meta.url);
}
