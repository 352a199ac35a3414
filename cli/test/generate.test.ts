import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { Home } from "./smdk.ts";

const home = new Home();
afterAll(() => home[Symbol.dispose]());

describe("smdk generate", () => {
  test("makes a project without asking when there is no terminal", async () => {
    const { code, stdout, stderr } = await home.run(["generate", "word-filter"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("next: cd word-filter && npm install && npx smdk build && npm test");
    expect(readFileSync(home.path("word-filter/src/index.ts"), "utf8")).toContain("export function filter");
    expect(existsSync(home.path("word-filter/.git"))).toBe(true);
  });

  test("refuses a directory that exists", async () => {
    await home.ok(["generate", "taken", "--no-git"]);
    const { code, stderr } = await home.run(["generate", "taken"]);
    expect(code).toBe(1);
    expect(stderr).toContain("exists already");
  });

  test("has a flag for every answer", async () => {
    const args = [
      "generate",
      "totals",
      "--kind",
      "aggregate",
      "--project-group",
      "Acme_Data",
      "--with-params",
    ];
    const out = await home.ok([
      ...args,
      "--look-back",
      "--sm-public",
      "true",
      "--no-git",
      "--destination",
      "sub",
      "--json",
    ]);
    const { directory, kind, files } = JSON.parse(out);
    expect({ directory, kind }).toEqual({ directory: home.path("sub/totals"), kind: "aggregate" });
    expect(files).toContain("SmartModule.toml");
    const manifest = readFileSync(home.path("sub/totals/SmartModule.toml"), "utf8");
    expect(manifest).toContain('group = "acme-data"');
    expect(manifest).toContain('visibility = "public"');
    expect(manifest).toContain("[[params]]");
    expect(existsSync(home.path("sub/totals/.git"))).toBe(false);
  });

  test("reads upstream's environment variables", async () => {
    await home.ok(["generate", "from-env", "--no-git"], {
      env: { SMDK_SM_TYPE: "map", SMDK_PROJECT_GROUP: "env-group" },
    });
    expect(readFileSync(home.path("from-env/src/index.ts"), "utf8")).toContain("export function map");
    expect(readFileSync(home.path("from-env/SmartModule.toml"), "utf8")).toContain('group = "env-group"');
  });

  test.each([
    [[], "a project name is needed"],
    [["1st"], "starts with a letter"],
    [["x"], "starts with a letter"],
    [["has space"], "starts with a letter"],
    [["good", "--kind", "join"], "Expected --sm-type=join to be one of"],
    [["good", "--with-params", "--no-params"], "cannot also be provided"],
    [["good", "--sdk-path", "."], "no packed smdk packages"],
  ])("%j is a usage error", async (args, message) => {
    const { code, stdout, stderr } = await home.run(["generate", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).toContain("try: ");
  });
});
