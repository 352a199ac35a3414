/** What goes into a package besides the module: sources, provenance, and the npm packages whose code it holds. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  generateKey,
  PROVENANCE_ENTRY,
  readPackage,
  readProvenance,
  SBOM_ENTRY,
  SOURCE_ENTRY,
  sha256Hex,
  smartModuleOf,
  sourceOf,
} from "@smdk/packages";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packProject } from "../src/services/hub/pack.ts";

const dir = mkdtempSync(join(tmpdir(), "smdk-pack-"));
const files: Record<string, string> = {
  "SmartModule.toml": `params = []\n\n[package]\nname = "uses-npm"\ngroup = "acme"\nversion = "1.0.0"\napiVersion = "0.1.0"\nrepository = "https://example.com/acme/uses-npm"\n`,
  "README.md": "# uses-npm\n",
  "package-lock.json": "{}\n",
  "src/index.ts": `import { Record } from "@smdk/assemblyscript";\nimport { wanted } from "word-list";\n\nexport function filter(record: Record): bool {\n  return record.value.text.includes(wanted());\n}\n`,
  "src/.env": "SECRET=1\n",
  "src/node_modules/x.ts": "export const x = 1;\n",
  "node_modules/word-list/package.json": `{"name":"word-list","version":"2.1.0","license":"MIT","ascMain":"index.ts"}`,
  "node_modules/word-list/index.ts": `export function wanted(): string {\n  return "a";\n}\n`,
};

beforeAll(() => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("a project that imports an npm package", { timeout: 120_000 }, async () => {
  const key = generateKey();
  const { ipkg, wasm } = await packProject({
    projectDir: dir,
    key,
    readme: undefined,
    withSource: true,
    toolVersion: "9.9.9",
  });
  const pkg = readPackage(ipkg);
  expect(pkg.meta.repository_url).toBe("https://example.com/acme/uses-npm");

  const sbom = JSON.parse(Buffer.from(pkg.entries.get(SBOM_ENTRY)!).toString());
  expect(sbom).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.6" });
  expect(sbom.components).toMatchObject([
    { name: "word-list", version: "2.1.0", purl: "pkg:npm/word-list@2.1.0" },
  ]);

  expect([...sourceOf(pkg)!.keys()].sort()).toEqual([
    "SmartModule.toml",
    "package-lock.json",
    "src/index.ts",
  ]);

  const { statement, signers } = readProvenance(pkg.entries.get(PROVENANCE_ENTRY)!, smartModuleOf(pkg).wasm);
  expect(signers).toEqual([key.publicKey]);
  expect(statement).toMatchObject({
    _type: "https://in-toto.io/Statement/v1",
    predicateType: "https://slsa.dev/provenance/v1",
    subject: [{ name: "uses_npm.wasm", digest: { sha256: sha256Hex(wasm) } }],
  });
  expect(statement.predicate.buildDefinition.resolvedDependencies).toEqual([
    { name: "source", digest: { sha256: sha256Hex(pkg.entries.get(SOURCE_ENTRY)!) } },
    { name: "lock", digest: { sha256: sha256Hex(Buffer.from("{}\n")) } },
  ]);
  expect(statement.predicate.runDetails.builder.version).toMatchObject({ smdk: "9.9.9" });
});

test("without sources in the package, neither their size nor their names matter", async () => {
  const big = join(dir, "src", "big\u202e.bin");
  writeFileSync(big, Buffer.alloc(9 * 1024 * 1024));
  const options = { projectDir: dir, key: generateKey(), readme: undefined, toolVersion: "9.9.9" };
  await expect(packProject({ ...options, withSource: true })).rejects.toThrow(/too large/);
  const packed = await packProject({ ...options, withSource: false });
  expect(packed.sources).toEqual([]);
  writeFileSync(big, "small");
  await expect(packProject({ ...options, withSource: true })).rejects.toMatchObject({
    code: "SMDK_PKG_SOURCE",
  });
  rmSync(big);
});
