// What can be said about a module without running it.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { build, lintModule } from "../src/index.ts";
import { FILTER, MANIFEST, Projects } from "./support/projects.ts";

const projects = new Projects();
afterAll(() => projects.removeAll());

it("finds nothing to say about a fresh build", async () => {
  const dir = projects.make({ "SmartModule.toml": MANIFEST, "src/index.ts": FILTER });
  expect(await lintModule({ projectDir: dir })).toMatchObject([{ rule: "build", level: "error" }]);
  await build({ projectDir: dir, release: false });
  expect(await lintModule({ projectDir: dir })).toEqual([]);
});

it("reports size, names, imports and what is no module", async () => {
  const manifest = MANIFEST.replace("my-module", "My Module");
  const dir = projects.make({ "SmartModule.toml": manifest, "src/index.ts": FILTER });
  const { bytes, wasmPath } = await build({ projectDir: dir });
  expect(path.basename(wasmPath)).toBe("My_Module.wasm");
  expect(await lintModule({ projectDir: dir, bytes, maxSize: 100 })).toMatchObject([
    { rule: "names", level: "warning" },
    { rule: "size", level: "warning", message: `the module has ${bytes.length} bytes, more than 100` },
  ]);
  const empty = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const rules = (await lintModule({ projectDir: dir, bytes: empty })).map(
    ({ rule, level }) => `${rule} ${level}`,
  );
  expect(rules).toEqual(["names warning", ...Array.from({ length: 4 }, () => "abi error")]);
  expect(await lintModule({ projectDir: dir, bytes: Buffer.from("text") })).toMatchObject([
    { rule: "names" },
    { rule: "abi", message: expect.stringContaining("not a WebAssembly module") },
  ]);
});

it("reports a bad manifest with its place", async () => {
  const dir = projects.make({ "SmartModule.toml": "params = []\n" });
  expect(await lintModule({ projectDir: dir })).toMatchObject([
    { rule: "manifest", level: "error", location: { file: path.join(dir, "SmartModule.toml"), line: 1 } },
  ]);
  writeFileSync(path.join(dir, "SmartModule.toml"), "=");
  expect(await lintModule({ projectDir: dir })).toMatchObject([{ rule: "manifest", level: "error" }]);
});
