/** A module's bytes depend on its sources alone: not on folder, time zone, language or environment of who builds it. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SOURCE = `
  import { label } from "./label.ts";
  export const made = [new Date(2024, 0, 1), Date.now(), Math.random(), crypto.randomUUID(), label, (1e6).toLocaleString()];
  const cache = new Map([[{}, new Set(["ı", "I"])]]);
  export const map = (record) => [made, cache.size, record.value.json(), "I".toLocaleLowerCase()];`;

/** Prints the SHA-256 of what is built in the folder that is its argument. */
const BUILD = `
  import { createHash } from "node:crypto";
  import { createCompiler } from "@smdk/javascript/compiler";
  const { bytes } = await createCompiler().build({ projectDir: process.argv[1], entry: "src/index.ts" });
  process.stdout.write(createHash("sha256").update(bytes).digest("hex"));`;

test("two surroundings, the same bytes", { timeout: 60_000 }, () => {
  const surroundings = [
    { TZ: "Asia/Tokyo", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", NODE_ENV: "development", USER: "a" },
    { TZ: "America/St_Johns", LANG: "C", LC_ALL: "C", NODE_ENV: "production", USER: "b", FORCE_COLOR: "1" },
  ];
  const digests = surroundings.map((env, at) => {
    const folder = mkdtempSync(join(tmpdir(), `smdk-${"same".repeat(at + 1)}-`));
    try {
      const projectDir = join(folder, ...Array<string>(at + 1).fill("deeper"));
      mkdirSync(join(projectDir, "src"), { recursive: true });
      writeFileSync(join(projectDir, "src/index.ts"), SOURCE);
      writeFileSync(join(projectDir, "src/label.ts"), `export const label: string = "é€😀";\n`);
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ["--input-type=module", "--eval", BUILD, projectDir],
        {
          cwd: fileURLToPath(new URL(".", import.meta.url)),
          env: { ...process.env, ...env },
          encoding: "utf8",
        },
      );
      expect(status, stderr).toBe(0);
      return stdout;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(digests[1]).toBe(digests[0]);
});
