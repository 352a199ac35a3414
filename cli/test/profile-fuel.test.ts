/** `smdk profile` with records: fuel by function and line, a Speedscope file, and what grew. */
import { readFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { Home, rustModule } from "./smdk.ts";

const home = new Home();
afterAll(() => home[Symbol.dispose]());

interface Speedscope {
  shared: { frames: { name: string }[] };
  profiles: { samples: number[][]; weights: number[]; endValue: number }[];
}

it("accounts for all the fuel of a call", async () => {
  const args = ["profile", "--stdin", "--wasm-file", rustModule("map_upper"), "-o", "out.json", "--json"];
  const shown = JSON.parse(await home.ok(args, { input: "alpha\nbeta\ngamma\n" }));
  expect(shown.records).toBe(3);
  const sum = shown.functions.reduce((total: number, { self }: { self: number }) => total + self, 0);
  expect(sum).toBe(shown.fuel);
  const file = JSON.parse(readFileSync(home.path("out.json"), "utf8")) as Speedscope;
  const [profile] = file.profiles;
  expect(profile!.weights.reduce((total, weight) => total + weight, 0)).toBe(shown.fuel);
  expect(profile!.endValue).toBe(shown.fuel);
  for (const index of profile!.samples.flat()) expect(file.shared.frames[index]).toBeDefined();
});

it("shows what changed from an older module", async () => {
  const args = ["profile", "--text", "banana", "--wasm-file", rustModule("filter_bytes_a"), "-o", "own.json"];
  const same = JSON.parse(await home.ok([...args, "--compare", rustModule("filter_bytes_a"), "--json"]));
  expect(same.changes).toEqual([]);
  const other = await home.ok([...args, "--compare", rustModule("map_upper")]);
  expect(other).toMatch(/change from .*\n +[+-]\d/);
});

it("is still the cluster profile without records", async () => {
  await home.ok(["profile", "add", "somewhere", "fluvio.example:9003"]);
  expect(await home.ok(["profile"])).toBe("somewhere\n");
});
