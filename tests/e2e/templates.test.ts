/** Every variant of every template compiles, and its module does what the project's own tests say. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createBuilder, lintModuleBytes, lintTexts } from "@smdk/compiler";
import {
  languages,
  renderTemplate,
  smartModuleKinds,
  type TemplateOptions,
  templateCases,
} from "@smdk/templates";
import { readCases, runCase } from "@smdk/testing";
import { afterAll, describe, expect, test } from "vitest";

const directory = mkdtempSync(join(tmpdir(), "smdk-templates-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const variants = languages.flatMap((language) =>
  smartModuleKinds.flatMap((kind) =>
    [false, true].flatMap((withParams) =>
      [false, true].map((lookBack) => ({ language, kind, withParams, lookBack })),
    ),
  ),
);

function writeProject(options: TemplateOptions): string {
  const project = join(directory, options.name);
  for (const { path, contents } of renderTemplate(options)) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), contents);
  }
  mkdirSync(join(project, "node_modules", "@smdk"), { recursive: true });
  const sdk = options.language === "assemblyscript" ? "assemblyscript" : "javascript";
  const guest = fileURLToPath(new URL(`../../sdk/${sdk}`, import.meta.url));
  symlinkSync(guest, join(project, "node_modules", "@smdk", sdk), "junction");
  return project;
}

/** What TypeScript complains about in a project. */
function typeErrors(projectDir: string): string {
  const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, "-p", projectDir], {
    encoding: "utf8",
  });
  return status === 0 ? stdout : `exit ${status}: ${stdout}${stderr}`;
}

describe.each(variants)("$language: $kind, params $withParams, look-back $lookBack", (variant) => {
  test("builds, and its cases hold", async () => {
    const name = `x-${variant.language}-${variant.kind}-${variant.withParams}-${variant.lookBack}`;
    const projectDir = writeProject({
      ...variant,
      name,
      group: "local",
      visibility: "private",
      sdkVersion: "^0.1.0",
    });
    const { bytes, kind, warnings } = await createBuilder(projectDir).build();
    expect(warnings).toEqual([]);
    const { findings } = await lintTexts(projectDir);
    expect([...findings, ...lintModuleBytes(name, bytes)]).toEqual([]);
    if (variant.language !== "assemblyscript") expect(typeErrors(projectDir)).toBe("");
    expect(kind).toBe(variant.kind.replace("-", "_"));
    const cases = await readCases(projectDir);
    expect(cases).toEqual(templateCases(variant));
    const results = await Promise.all(cases!.map((item, index) => runCase(bytes, item, index)));
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
  });
});
