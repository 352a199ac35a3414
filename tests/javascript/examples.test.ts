/** Every JavaScript example does what its fixtures say, in the engine and through a client in a local cluster. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "@smdk/compiler";
import { runModule } from "@smdk/testing";
import { describe, expect, test } from "vitest";

interface Case {
  readonly title: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly input: readonly string[];
  readonly output: readonly string[];
  /** Part of the message of the error that ends the run. */
  readonly error?: string;
  /** Part of the message with which the module refuses to start. */
  readonly refusal?: string;
}

const folder = fileURLToPath(new URL("../../examples/javascript", import.meta.url));

describe.each(readdirSync(folder))("%s", (name) => {
  const projectDir = join(folder, name);
  const cases = JSON.parse(readFileSync(join(projectDir, "fixtures/cases.json"), "utf8")) as Case[];

  test("does what its fixtures say", async () => {
    const { bytes, name: built } = await build({ projectDir });
    expect(built).toBe(name);
    for (const { title, params, input, output, error, refusal } of cases) {
      const running = runModule(bytes, input, params && { params });
      if (refusal !== undefined) {
        await expect(running, title).rejects.toThrow(refusal);
        continue;
      }
      const result = await running;
      expect(result.values, title).toEqual(output);
      if (error === undefined) expect(result.error, title).toBeNull();
      else expect(result.error?.message, title).toContain(error);
    }
  });
});
