/** Every example, AssemblyScript and JavaScript, uses the fuel that the real wasmtime counts for it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "@smdk/compiler";
import { describe, expect, it } from "vitest";
import { type Candidate, compareFuel, total } from "../../runtime/test/oracle/compare.ts";
import { missingOracle } from "../../runtime/test/oracle/wasmtime.ts";

const folder = fileURLToPath(new URL("../../examples", import.meta.url));

/** Folders with a manifest, JavaScript's among them. */
const projects = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith("SmartModule.toml") && !path.includes("node_modules"))
  .map(dirname)
  .sort();

/** What an example's cases give it: texts, wherever they lie, and the parameters of the first case that has some. */
function fixtures(project: string): Pick<Candidate, "records" | "params"> {
  const file = ["fixtures/cases.json", "fixtures.json"]
    .map((name) => join(folder, project, name))
    .find(existsSync);
  if (file === undefined) return {};
  const texts = new Set<string>();
  let params: Record<string, string> | undefined;
  const visit = (value: unknown): void => {
    if (typeof value === "string") texts.add(value);
    else if (typeof value === "object" && value !== null) {
      const own = (value as { params?: unknown }).params;
      if (typeof own === "object" && own !== null) params ??= own as Record<string, string>;
      Object.values(value).forEach(visit);
    }
  };
  visit(JSON.parse(readFileSync(file, "utf8")));
  const records = [...texts].map((value, offsetDelta) => ({ value, offsetDelta }));
  return { records, ...(params && { params }) };
}

describe.skipIf(missingOracle !== null)(
  `fuel of the examples${missingOracle ? ` (skipped: ${missingOracle})` : ""}`,
  () => {
    it("is what wasmtime counts", { timeout: 300_000 }, async () => {
      const candidates: Candidate[] = [];
      for (const name of projects) {
        const { bytes } = await build({ projectDir: join(folder, name) });
        candidates.push({ name, bytes, batches: 15, ...fixtures(name) });
      }
      const { rows, differences } = await compareFuel(candidates);
      console.table(rows);
      console.table([total(rows)]);
      expect(differences).toEqual([]);
      expect(rows.length).toBeGreaterThanOrEqual(43);
    });
  },
);
