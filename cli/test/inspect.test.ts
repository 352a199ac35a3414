/** `smdk inspect` on modules of both kinds of compilers, and on what is none. */
import { writeFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { Home, rustModule } from "./smdk.ts";

const home = new Home();
afterAll(() => home[Symbol.dispose]());

it("shows what a module is and what its bytes are spent on", async () => {
  const file = rustModule("map_upper");
  const found = JSON.parse(await home.ok(["inspect", file, "--json"]));
  expect(found).toMatchObject({ kind: "map", accepted: true, complaints: [] });
  expect(found.features).toContain("bulk-memory");
  expect(found.imports).toContainEqual(expect.objectContaining({ module: "env", name: "copy_records" }));
  const sections = found.sections.reduce((sum: number, { size }: { size: number }) => sum + size, 0);
  expect(sections).toBeLessThan(found.size);
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
