// SmartModule.toml: what is read, and how mistakes are reported.

import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type CompilerError, loadManifest, loadProject, parseManifest } from "../src/index.ts";
import { MANIFEST, Projects } from "./support/projects.ts";

const projects = new Projects();
afterAll(() => projects.removeAll());

const FULL = `unknown = "keys are ignored"

[package]
name = "my-filter"
group = "my-group"
version = "0.2.0-rc.1+7"
apiVersion = "0.1.0"
description = "keeps records containing a word"
license = "Apache-2.0"
visibility = "public"
repository = "https://example.com/repo"
other = 1

[[params]]
name = "key"
description = "word to look for"

[[params]]
name = "case"
optional = true

[[params]]
name = "key"
description = "the last one counts"

[build]
entry = "src/main.ts"
`;

function complaint(source: string): CompilerError {
  try {
    parseManifest(source, "SmartModule.toml");
  } catch (error) {
    return error as CompilerError;
  }
  throw new Error("it was expected to fail");
}

describe("loadManifest", () => {
  it("reads everything Fluvio knows, and our table", () => {
    expect(parseManifest(FULL, "/p/SmartModule.toml")).toEqual({
      package: {
        name: "my-filter",
        group: "my-group",
        version: "0.2.0-rc.1+7",
        apiVersion: "0.1.0",
        description: "keeps records containing a word",
        license: "Apache-2.0",
        visibility: "public",
        repository: "https://example.com/repo",
      },
      params: [
        { name: "key", description: "the last one counts", optional: false },
        { name: "case", optional: true },
      ],
      build: { lang: "assemblyscript", entry: "src/main.ts" },
      path: "/p/SmartModule.toml",
    });
  });

  it("fills in what is left out", async () => {
    const dir = projects.make({ "SmartModule.toml": MANIFEST });
    expect(await loadManifest(dir)).toMatchObject({
      package: { visibility: "private" },
      params: [],
      build: { lang: "assemblyscript", entry: "src/index.ts" },
    });
    expect(await loadProject(dir)).toMatchObject({
      entry: "src/index.ts",
      wasmPath: path.join(dir, "build/my_module.wasm"),
    });
  });

  it.each([
    ["no params", MANIFEST.replace("params = []", ""), "`params` is missing", 1, 1],
    ["no package", "params = []", "the table [package] is missing", 1, 1],
    ["no name", MANIFEST.replace(/name.*\n/, ""), "`package.name` is missing", 3, 1],
    ["an empty group", MANIFEST.replace('"tests"', '""'), "`package.group` must not be empty", 5, 1],
    [
      "a short version",
      MANIFEST.replace('"0.1.0"', '"1.0"'),
      '`package.version` "1.0" is no version: write all three numbers, as in "0.1.0"',
      6,
      1,
    ],
    [
      "a number for a text",
      MANIFEST.replace('"tests"', "5"),
      "`package.group` must be a text in quotes",
      5,
      1,
    ],
    [
      "a wrong visibility",
      `${MANIFEST}visibility = "Public"\n`,
      '`package.visibility` must be "private" or "public"',
      8,
      1,
    ],
    [
      "a param without name",
      `${MANIFEST.replace("params = []\n", "")}[[params]]\nname = "a"\n[[params]]\noptional = true\n`,
      "`params.1.name` is missing",
      9,
      1,
    ],
    [
      "an unknown language",
      `${MANIFEST}[build]\nlang = "rust"\n`,
      '`build.lang` must be "assemblyscript", "typescript" or "javascript"',
      9,
      1,
    ],
  ])("reports %s with the place", (_, source, message, line, column) => {
    const error = complaint(source);
    expect(error).toMatchObject({
      code: "SMDK_MANIFEST_INVALID",
      message: `SmartModule.toml: ${message}`,
      location: { file: "SmartModule.toml", line, column },
    });
  });

  it("reports bad TOML with the place", () => {
    const error = complaint("params = []\n[package\nname = 1\n");
    expect([error.code, error.location?.line]).toEqual(["SMDK_MANIFEST_INVALID", 2]);
    expect(error.message).not.toContain("\n");
  });

  it("reports a missing file", async () => {
    const dir = projects.make({});
    await expect(loadManifest(dir)).rejects.toMatchObject({
      code: "SMDK_MANIFEST_MISSING",
      message: `no SmartModule.toml in ${dir}`,
      hint: expect.stringContaining("smdk generate"),
    });
  });
});
