/** Packages made to do harm, sent to a hub: each is refused with its own error, and the hub is as large as before. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostilePackages } from "../../../sdk/packages/test/hostile-packages.ts";
import { hubWithGroup, makePackage, type TestHub } from "./support.ts";

const MIB = 1024 * 1024;
let it: TestHub;
beforeAll(async () => {
  it = await hubWithGroup();
});
afterAll(() => it.stop());

/** Bytes in the hub's folder, without the audit log, which has a line for each refusal. */
function diskBytes(): number {
  const entries = readdirSync(it.dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.endsWith("audit"));
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

test(`${hostilePackages.length} packages change nothing on disk and leave no memory taken`, {
  timeout: 120_000,
}, async () => {
  const send = async (body: Uint8Array) =>
    await it.call("PUT", "/api/v1/packages/acme/word-filter/0.1.0", { token: it.admin, body });
  const packages = hostilePackages.map(([name, make, code]) => ({ name, bytes: make(), code }));
  const memory = (): number => {
    globalThis.gc?.();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return heapUsed + external + arrayBuffers;
  };
  const codes = new Set<string>();
  const round = async (): Promise<void> => {
    for (const { name, bytes, code } of packages) {
      const answer = await send(bytes);
      const { error } = (await answer.json()) as { error: { code: string } };
      expect([answer.status, name]).toEqual([answer.status === 413 ? 413 : 422, name]);
      if (answer.status === 422) expect(error.code, name).toMatch(code);
      codes.add(error.code);
    }
  };
  // The first round brings code and buffers that stay.
  await round();
  const [disk, before] = [diskBytes(), memory()];
  for (let i = 0; i < 3; i++) await round();
  const grown = memory() - before;
  console.log(
    `${packages.length} hostile packages, 4 times: disk ${disk} -> ${diskBytes()} bytes, memory ${(grown / MIB).toFixed(1)} MiB more, ${codes.size} kinds of error`,
  );
  expect(diskBytes()).toBe(disk);
  expect(readdirSync(join(it.dir, "packages"))).toEqual([]);
  // Whatever is collected late: three rounds of all that was sent are ten times as much.
  expect(grown).toBeLessThan(150 * MIB);
  expect(codes.size).toBeGreaterThan(10);
  expect((await send(makePackage())).status).toBe(201);
  expect(readFileSync(join(it.dir, "packages/acme/word-filter/0.1.0.json"), "utf8")).toContain('"acme"');
});
