/** Time, chance, files and sockets come through `env` alone, so that a cluster can also run on simulated ones. */

import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SOURCE = fileURLToPath(new URL("../../src/", import.meta.url));
const FORBIDDEN = [
  /\bDate\.now\b/,
  /\bnew Date\(\s*\)/,
  /\bperformance\.now\b/,
  /\bMath\.random\b/,
  /(?<![.\w])(setTimeout|setInterval|setImmediate)\(/,
  /\b(randomBytes|randomUUID|randomInt|randomFill|getRandomValues)\b/,
  /from "node:(fs|fs\/promises|net|tls|timers|timers\/promises|dgram|http|https)"/,
];

test("nothing outside of env touches the clock, chance, the disk or the network", async () => {
  const names = (await readdir(SOURCE, { recursive: true })).filter(
    (name) => name.endsWith(".ts") && !name.startsWith("env"),
  );
  const found: string[] = [];
  for (const name of names) {
    const lines = (await readFile(SOURCE + name, "utf8")).split("\n");
    for (const [at, line] of lines.entries()) {
      if (FORBIDDEN.some((pattern) => pattern.test(line))) found.push(`${name}:${at + 1}: ${line.trim()}`);
    }
  }
  expect(names.length).toBeGreaterThan(10);
  expect(found).toEqual([]);
});
