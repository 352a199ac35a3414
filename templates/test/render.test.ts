import { describe, expect, test } from "vitest";
import { renderTemplate, smartModuleKinds, type TemplateOptions } from "../src/index.ts";

const options: TemplateOptions = {
  name: "word-filter",
  group: "acme",
  visibility: "private",
  language: "assemblyscript",
  sdkVersion: "^1.2.3",
  kind: "filter",
  withParams: false,
  lookBack: false,
};

function file(path: string, changes: Partial<TemplateOptions> = {}): string {
  return renderTemplate({ ...options, ...changes }).find((found) => found.path === path)!.contents;
}

test("a project has everything it needs to be built, tested and edited", () => {
  expect(renderTemplate(options).map(({ path }) => path)).toEqual([
    ".github/workflows/smartmodule.yml",
    ".gitignore",
    "README.md",
    "SmartModule.toml",
    "fixtures/cases.json",
    "package.json",
    "src/index.ts",
    "test/module.test.ts",
    "test/tsconfig.json",
    "tsconfig.json",
  ]);
});

describe.each(smartModuleKinds)("%s", (kind) => {
  const handler = {
    filter: "filter",
    map: "map",
    "filter-map": "filterMap",
    "array-map": "arrayMap",
    aggregate: "aggregate",
  }[kind];

  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])("with params %s, look-back %s", (withParams, lookBack) => {
    const source = file("src/index.ts", { kind, withParams, lookBack });
    const functions = [...source.matchAll(/export function (\w+)/g)].map((match) => match[1]);
    expect(functions).toEqual([...(withParams ? ["init"] : []), ...(lookBack ? ["lookBack"] : []), handler]);
    expect(source).not.toContain("{{");
    expect(file("SmartModule.toml", { kind, withParams }).includes("[[params]]")).toBe(withParams);
    for (const { path, contents } of renderTemplate({ ...options, kind, withParams, lookBack })) {
      expect(contents, path).toMatch(/[^\n]\n$/);
      if (path.endsWith(".json")) expect(() => JSON.parse(contents)).not.toThrow();
    }
  });
});

test.each([
  ["typescript", "src/index.ts", "TypeScript"],
  ["javascript", "src/index.js", "JavaScript"],
] as const)("%s projects say so where it matters", (language, entry, name) => {
  expect(renderTemplate({ ...options, language }).map(({ path }) => path)).toContain(entry);
  expect(file("SmartModule.toml", { language })).toContain(`[build]\nlang = "${language}"\n`);
  expect(file("README.md", { language })).toContain(`written in ${name}`);
  expect(JSON.parse(file("package.json", { language })).devDependencies).toHaveProperty("@smdk/javascript");
  expect(file(entry, { language })).toMatch(/^(import|\/\*\*)/);
});

test("a name with capitals stays the SmartModule's name, while npm gets it in lower case", () => {
  expect(file("SmartModule.toml", { name: "Word_Filter" })).toContain('name = "Word_Filter"');
  expect(JSON.parse(file("package.json", { name: "Word_Filter" })).name).toBe("word_filter");
});

test("the dependencies follow the version of the SDK", () => {
  const { devDependencies, overrides } = JSON.parse(file("package.json"));
  expect(devDependencies).toMatchObject({
    smdk: "^1.2.3",
    "@smdk/assemblyscript": "^1.2.3",
    "@smdk/testing": "^1.2.3",
  });
  expect(overrides).toBeUndefined();
});

test("packages from elsewhere replace the registry's, also below the direct dependencies", () => {
  const sources = { smdk: "file:/packs/smdk-1.2.3.tgz", "@smdk/client": "file:/packs/smdk-client-1.2.3.tgz" };
  const { devDependencies, overrides } = JSON.parse(file("package.json", { sources }));
  expect(devDependencies.smdk).toBe(sources.smdk);
  expect(devDependencies["@smdk/client"]).toBeUndefined();
  expect(overrides).toEqual(sources);
});

test("text with quotes is safe in the manifest", () => {
  expect(file("SmartModule.toml", { group: 'a"b' })).toContain('group = "a\\"b"');
});
