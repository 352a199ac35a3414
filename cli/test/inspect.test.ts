/** `smdk inspect` on modules of both kinds of compilers, and on what is none. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { inspect } from "../src/services/inspect.ts";
import { Home, rustModule } from "./smdk.ts";

const home = new Home();
afterAll(async () => {
  await home.run(["cluster", "delete", "--force"]).catch(() => undefined);
  home[Symbol.dispose]();
});

it("shows what a module is and what its bytes are spent on", async () => {
  const file = rustModule("map_upper");
  const found = JSON.parse(await home.ok(["inspect", file, "--json"]));
  expect(found).toMatchObject({ kind: "map", accepted: true, complaints: [] });
  expect(found.features).toContain("bulk-memory");
  expect(found.imports).toContainEqual(expect.objectContaining({ module: "env", name: "copy_records" }));
  const sections = found.sections.reduce((sum: number, { size }: { size: number }) => sum + size, 0);
  expect(sections + found.headerSize).toBe(found.size);
  const sizes = found.functions.map(({ size }: { size: number }) => size);
  expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  expect(await home.ok(["inspect", file])).toMatch(/kind +map, a cluster takes it/);
});

it("prints WebAssembly text", async () => {
  const wat = await home.ok(["inspect", rustModule("filter_bytes_a"), "--wat"]);
  expect(wat).toMatch(/^\(module/);
  expect(wat).toContain('(import "env" "copy_records"');
});

it("says what a cluster would refuse, and what to do with a component", async () => {
  const component = home.path("component.wasm");
  writeFileSync(component, Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0));
  const refused = await home.run(["inspect", component]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(
    /is a WebAssembly component.*\n(.*\n)*try: build it without the component step/,
  );
  const empty = home.path("empty.wasm");
  writeFileSync(empty, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  const { code, stdout } = await home.run(["inspect", empty]);
  expect(code).toBe(1);
  expect(stdout).toContain("a cluster refuses it: it does not import copy_records");
  expect((await home.run(["inspect", "nowhere.wasm"])).stderr).toContain("No such file");
});

it("has one shape in JSON, whatever the module", async () => {
  const keys = Object.keys(JSON.parse(await home.ok(["inspect", rustModule("map_upper"), "--json"])));
  expect(keys).toEqual([
    "origin",
    "kind",
    "accepted",
    "complaints",
    "features",
    "size",
    "gzipSize",
    "memory",
    "imports",
    "exports",
    "sections",
    "headerSize",
    "functions",
    "functionCount",
    "files",
    "producers",
    "fluvio",
    "parameters",
  ]);
});

it("holds features against a version of Fluvio", async () => {
  const file = home.path("memories.wasm");
  writeFileSync(file, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 5, 2, 0, 1, 0, 1));
  const ask = async (...args: string[]) =>
    JSON.parse((await home.run(["inspect", file, "--json", ...args])).stdout);
  expect((await ask("--fluvio", "0.11.1")).fluvio).toEqual({
    version: "0.11.1",
    wasmtime: 14,
    refused: ["multi-memory"],
  });
  expect((await ask("--fluvio", "0.17")).fluvio).toMatchObject({ wasmtime: 31, refused: [] });
  expect((await ask()).fluvio).toMatchObject({ wasmtime: 34, refused: [] });
  expect((await home.run(["inspect", file, "--fluvio", "new"])).stderr).toContain(
    "a version of Fluvio from 0.10 on",
  );
});

/** A type, a function and an export more than an empty module, as sections. */
const sections = (...bytes: number[][]): Uint8Array =>
  Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...bytes.flatMap(([id, ...content]) => [id!, content.length, ...content]),
  );

it.each<[what: string, feature: string, ...parts: number[][]]>([
  [
    "a block with a type of its own",
    "multi-value",
    [1, 1, 0x60, 0, 0],
    [3, 1, 0],
    [10, 1, 5, 0, 2, 0, 0x0b, 0x0b],
  ],
  ["a parameter of the host", "reference-types", [1, 1, 0x60, 1, 0x6f, 0]],
  ["a global that changes", "mutable-globals", [6, 1, 0x7f, 1, 0x41, 0, 0x0b], [7, 1, 1, 0x67, 3, 0]],
  ["a global that is calculated", "extended-const", [6, 1, 0x7f, 0, 0x41, 1, 0x41, 2, 0x6a, 0x0b]],
  ["a large table", "memory64", [4, 1, 0x70, 4, 1]],
  ["a tag", "exceptions", [1, 1, 0x60, 0, 0], [13, 1, 0, 0]],
])("names the feature of %s", async (_, feature, ...parts) => {
  const { features, fluvio } = await inspect(sections(...parts), "it.wasm");
  expect(features).toEqual([feature]);
  expect(fluvio.refused).toEqual(feature === "exceptions" ? [feature] : []);
});

it("takes no feature of globals that stay", async () => {
  const bytes = sections([6, 1, 0x7f, 0, 0x41, 0, 0x0b], [7, 1, 1, 0x67, 3, 0]);
  expect((await inspect(bytes, "it.wasm")).features).toEqual([]);
});

it("knows which versions take what: tried with their wasmtimes", async () => {
  const bytes = sections([6, 1, 0x7f, 0, 0x41, 1, 0x41, 2, 0x6a, 0x0b]);
  expect((await inspect(bytes, "it.wasm", { fluvio: "0.11.12" })).fluvio.refused).toEqual(["extended-const"]);
  expect((await inspect(bytes, "it.wasm", { fluvio: "0.12.0" })).fluvio.refused).toEqual([]);
});

it("says of garbage collection that no cluster takes it", async () => {
  await expect(inspect(sections([1, 1, 0x5f, 0]), "it.wasm")).rejects.toThrow(
    "a cluster refuses it: it has types of garbage collection (gc)",
  );
});

it("says what is wrong with files that are no whole modules", async () => {
  const cut = home.path("cut.wasm");
  writeFileSync(cut, readFileSync(rustModule("map_upper")).subarray(0, 500));
  const truncated = await home.run(["inspect", cut]);
  expect([truncated.code, truncated.stderr]).toEqual([
    1,
    expect.stringContaining("it ends in the middle of a section"),
  ]);
  const text = home.path("text.wasm");
  writeFileSync(text, "hello");
  expect((await home.run(["inspect", text])).stderr).toContain("does not start with \\0asm");
});

it("finds modules by name, with their parameters: of projects here and in the cluster", async () => {
  const project = home.path("upper");
  mkdirSync(`${project}/src`, { recursive: true });
  const manifest = `[package]\nname = "upper"\ngroup = "g"\nversion = "0.1.0"\napiVersion = "0.1.0"\n\n[[params]]\nname = "key"\noptional = true\n`;
  writeFileSync(`${project}/SmartModule.toml`, manifest);
  await home.ok(["cluster", "start", "--port", "0"]);
  await home.ok(["load", "--package-path", project, "--wasm-file", rustModule("map_upper")]);
  const found = JSON.parse(await home.ok(["inspect", "g/upper@0.1.0", "--json"], { cwd: home.path("..") }));
  expect(found.origin).toMatch(/:\d+$/);
  expect(found.parameters).toEqual([{ name: "key", optional: true }]);
  const missing = await home.run(["inspect", "nothing-of-that-name"]);
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("not found")]);
});
