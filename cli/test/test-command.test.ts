import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home, rustModule } from "./smdk.ts";

const home = new Home();
const filter = ["--wasm-file", rustModule("filter_bytes_a")];
const double = ["--wasm-file", rustModule("map_int_or_error")];

beforeAll(() => {
  writeFileSync(home.path("lines.txt"), "apple\r\n\nplum\nbanana");
});
afterAll(() => home[Symbol.dispose]());

describe("smdk test", () => {
  test("--text is one record", async () => {
    expect(await home.ok(["test", "--text", "apple", ...filter])).toBe("apple\n");
    expect(await home.ok(["test", "--text", "plum", ...filter])).toBe("");
  });

  test("--stdin is a record for each line, all of them", async () => {
    expect(await home.ok(["test", "--stdin", ...filter], { input: "a1\nb\na2\n" })).toBe("a1\na2\n");
  });

  test("--file loses line ends and keeps empty lines", async () => {
    const out = await home.ok([
      "test",
      "--file",
      "lines.txt",
      "--json",
      "--wasm-file",
      rustModule("map_upper"),
    ]);
    expect(JSON.parse(out).records.map((record: { value: string }) => record.value)).toEqual([
      "APPLE",
      "",
      "PLUM",
      "BANANA",
    ]);
  });

  test("--raw is the whole input as one record", async () => {
    const out = await home.ok(["test", "--file", "lines.txt", "--raw", "--json", ...filter]);
    expect(JSON.parse(out).records).toEqual([{ key: null, value: "apple\r\n\nplum\nbanana" }]);
  });

  test("-v prints the count first, -k the keys", async () => {
    expect(await home.ok(["test", "--text", "plum", "-v", ...filter])).toBe("0 records outputted\n");
    expect(await home.ok(["test", "--text", "apple", "-k", ...filter])).toBe("[null] apple\n");
    expect(await home.ok(["test", "--text", "apple", "-k", "--key", "fruit", ...filter])).toBe(
      "[fruit] apple\n",
    );
  });

  test("an error of the module is printed after the records before it, with exit 1", async () => {
    const { code, stdout, stderr } = await home.run(["test", "--stdin", ...double], {
      input: "1\n2\nseven\n4\n",
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "2\n4\n" });
    expect(stderr).toContain('value "seven"');
  });

  test("--json carries the error beside the records", async () => {
    const { code, stdout } = await home.run(["test", "--stdin", "--json", ...double], {
      input: "1\nseven\n",
    });
    expect(code).toBe(1);
    const { count, records, error } = JSON.parse(stdout);
    expect({ count, records }).toEqual({ count: 1, records: [{ key: null, value: "2" }] });
    expect(error).toMatchObject({ kind: "Map", value: "seven", offset: 0 });
  });

  test("a trap is an error too", async () => {
    const { code, stderr } = await home.run(["test", "--text", "panic", ...double]);
    expect(code).toBe(1);
    expect(stderr).toContain("wasm");
    expect(stderr).not.toMatch(/\n\s+at .*\.js:\d+/);
  });

  test("parameters reach init; a missing one is init's own message", async () => {
    const module = ["--wasm-file", rustModule("filter_init_param")];
    expect(await home.ok(["test", "--text", "banana", "-e", "needle=an", ...module])).toBe("banana\n");
    expect(await home.ok(["test", "--text", "plum", "-e", "needle=an", ...module])).toBe("");
    const { code, stderr } = await home.run(["test", "--text", "banana", ...module]);
    expect(code).toBe(1);
    expect(stderr).toContain("Missing param needle");
  });

  test("an aggregate starts from --aggregate-initial", async () => {
    const sum = ["--wasm-file", rustModule("aggregate_sum")];
    expect(await home.ok(["test", "--stdin", "--aggregate-initial", "10", ...sum], { input: "1\n2\n" })).toBe(
      "11\n13\n",
    );
  });

  test("a chain runs without a cluster: files and projects beside the transforms file", async () => {
    const transforms = [
      "transforms:",
      `  - uses: ${rustModule("filter_bytes_a")}`,
      `  - uses: ${rustModule("map_upper")}`,
    ];
    writeFileSync(home.path("transforms.yaml"), transforms.join("\n"));
    expect(await home.ok(["test", "--stdin", "-t", "transforms.yaml"], { input: "apple\nplum\n" })).toBe(
      "APPLE\n",
    );
    const lines = [rustModule("map_upper"), rustModule("filter_bytes_a")].flatMap((uses) => [
      "--transforms-line",
      JSON.stringify({ uses }),
    ]);
    expect(await home.ok(["test", "--text", "apple", "-v", ...lines])).toBe("0 records outputted\n");
  });

  test("steps take parameters", async () => {
    const line = JSON.stringify({ uses: rustModule("filter_init_param"), with: { needle: "nan" } });
    expect(await home.ok(["test", "--stdin", "--transform", line], { input: "apple\nbanana\n" })).toBe(
      "banana\n",
    );
  });
});
