/** `smdk profile` with records: fuel by function and line, a Speedscope file, and what grew. */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import Ajv from "ajv";
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

it("writes a file that Speedscope's own schema takes, with the user's functions and lines", {
  timeout: 60_000,
}, async () => {
  await home.ok(["generate", "sum", "--project-group", "g", "--sm-type", "aggregate", "--silent"]);
  const cwd = home.path("sum");
  writeFileSync(
    join(cwd, "src/index.ts"),
    `import { Record } from "@smdk/assemblyscript";

function weigh(text: string): i32 {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum += text.charCodeAt(i) * 3;
  return sum;
}

export function aggregate(accumulator: string, record: Record): string {
  if (record.value.equals("bad")) throw new Error("no weight");
  return (I32.parseInt(accumulator) + weigh(record.value.text)).toString();
}
`,
  );
  const args = ["profile", "--stdin", "-o", "sum.json"];
  const shown = JSON.parse(await home.ok([...args, "--json"], { cwd, input: "alpha beta gamma\nb\n" }));
  const file = JSON.parse(readFileSync(join(cwd, "sum.json"), "utf8"));
  const check = new Ajv.default({ strict: false }).compile(
    createRequire(import.meta.url)("speedscope/dist/release/file-format-schema.json"),
  );
  expect([check(file), check.errors]).toEqual([true, null]);
  expect(check({ ...file, profiles: [{ ...file.profiles[0], unit: "fuel" }] })).toBe(false);
  const lines = shown.lines.filter(({ file: source }: { file: string }) => source === "src/index.ts");
  expect(lines[0]).toMatchObject({ line: 5 });
  const people = await home.ok(args, { cwd, input: "alpha\n" });
  expect(people).toMatch(/fuel per record by line of your files\n +[\d.]+ +[\d.]+ % {2}src\/index\.ts:5\n/);
  const failing = await home.run(args, { cwd, input: "a\nbad\nc\n" });
  expect([failing.code, failing.stderr]).toEqual([
    1,
    expect.stringContaining("the module fails at record 2: no weight"),
  ]);
});

it("needs records when flags of a module are given", async () => {
  const { code, stderr } = await home.run(["profile", "--wasm-file", rustModule("map_upper")]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("--wasm-file needs records")]);
});

it("is still the cluster profile without records", async () => {
  await home.ok(["profile", "add", "somewhere", "fluvio.example:9003"]);
  expect(await home.ok(["profile"])).toBe("somewhere\n");
});
