#!/usr/bin/env node
// The `smdk` executable. `smdk --version` is answered here, before anything heavy is loaded.
import { readFileSync, statSync } from "node:fs";
import module from "node:module";

const [first, ...others] = process.argv.slice(2);
if (others.length === 0 && (first === "--version" || first === "-V")) {
  const { name, version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else {
  // Node 22.8 and later keep compiled code between runs.
  module.enableCompileCache?.();
  await refreshManifest();
  const { main } = await import("../dist/main.js");
  await main(process.argv.slice(2), import.meta.url);
}

/** In a checkout: brings the list of commands up to date after a build. Packages carry a finished one. */
async function refreshManifest() {
  const built = changeTime("../dist/.tsbuildinfo");
  if (built > changeTime("../oclif.manifest.json")) await import("../scripts/write-manifest.js");
}

function changeTime(path) {
  return statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
