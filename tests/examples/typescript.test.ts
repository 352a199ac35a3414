/** What is taken from TypeScript as it is does in a module what it does there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBuilder } from "@smdk/compiler";
import { runModule } from "@smdk/testing";
import { afterAll, describe, expect, it } from "vitest";
import { same } from "./same.ts";

const dir = mkdtempSync(join(tmpdir(), "smdk-same-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const MANIFEST = `params = []
[package]
name = "same"
group = "tests"
version = "0.1.0"
apiVersion = "0.1.0"
`;

describe("as in TypeScript", async () => {
  // All in one module, each in a namespace of its own.
  const spaces = same.map(([, declarations, body], i) => {
    const exported = declarations.replace(
      /^(?=class|function|interface|enum|type|const|abstract|namespace)/gm,
      "export ",
    );
    return `namespace N${i} {\n${exported}export function run(record: Record): string {\n${body}\n}\n}`;
  });
  const calls = same.map((_, i) => `N${i}.run(record)`).join(", ");
  mkdirSync(join(dir, "src"));
  writeFileSync(join(dir, "SmartModule.toml"), MANIFEST);
  writeFileSync(
    join(dir, "src/index.ts"),
    `import { Record } from "@smdk/assemblyscript";
${spaces.join("\n")}
export function arrayMap(record: Record): string[] { return [${calls}]; }
`,
  );
  const { bytes } = await createBuilder(dir).build({ release: false });
  const { values, error } = await runModule(bytes, ["input"]);
  it("all run", () => expect(error).toBeNull());
  it.each(same.map(([name, , , text], i) => [name, text, i] as const))("%s", (_, text, i) => {
    expect(values[i]).toBe(text);
  });
});
