/** A store with 10,000 versions answers as one with 10 does: compared side by side, in one run. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hubWithGroup, makePackage, type TestHub, testHub } from "./support.ts";

let small: TestHub;
let large: TestHub;

/** Words of three letters that no name check takes for one another. */
const letters = "abefghjkmpqrtuxyz";

/** A store as ten publications leave it. */
async function tenVersions(): Promise<TestHub> {
  const made = await hubWithGroup();
  for (let i = 0; i < 10; i++) {
    const id = { name: i === 0 ? "word-filter" : `tool-aa${letters[i]}`, version: "1.0.5" };
    await made.json("PUT", `/api/v1/packages/acme/${id.name}/${id.version}`, {
      token: made.admin,
      body: makePackage(id),
    });
  }
  return made;
}

beforeAll(async () => {
  small = await tenVersions();
  const first = await tenVersions();
  await first.hub.close();
  const packages = join(first.dir, "packages/acme");
  const record = JSON.parse(readFileSync(join(packages, "word-filter/1.0.5.json"), "utf8"));
  const write = (name: string, version: string): void => {
    mkdirSync(join(packages, name), { recursive: true });
    writeFileSync(join(packages, name, `${version}.json`), JSON.stringify({ ...record, name, version }));
  };
  // One package with many versions, many packages with a few; the same words in all descriptions.
  for (let i = 0; i < 1000; i++) write("word-filter", `1.0.${i}`);
  for (let i = 0; i < 900; i++) {
    const name = `tool-${letters[i % 17]}${letters[Math.floor(i / 17) % 17]}${letters[Math.floor(i / 289)]}`;
    for (let version = 0; version < 10; version++) write(name, `1.0.${version}`);
  }
  large = await testHub({ dir: first.dir });
}, 120_000);

afterAll(async () => {
  await small?.stop();
  await large?.stop();
});

test("all of them are there", async () => {
  const { payload } = (await large.json("GET", "/api/v1/groups/acme/index")) as { payload: string };
  expect(JSON.parse(Buffer.from(payload, "base64").toString()).versions.length).toBeGreaterThanOrEqual(
    10_000,
  );
});

test.each([
  ["list", "/api/v1/packages"],
  ["search", "/api/v1/packages?q=word%20filter"],
  ["search for a word that all have", "/api/v1/packages?q=keeps"],
  ["show", "/api/v1/packages/acme/word-filter"],
  ["show a version", "/api/v1/packages/acme/word-filter/1.0.5"],
  ["page of a module", "/acme/word-filter/1.0.5"],
])("%s takes no more than three times as long", async (_, path) => {
  const times: Record<"small" | "large", number[]> = { small: [], large: [] };
  const once = async (hub: TestHub): Promise<number> => {
    const start = performance.now();
    const answer = await hub.call("GET", path);
    await answer.arrayBuffer();
    expect(answer.status).toBe(200);
    return performance.now() - start;
  };
  for (let round = 0; round < 150; round++) {
    times.small.push(await once(small));
    times.large.push(await once(large));
  }
  // The first third warms up; the tenth percentile leaves out what else the machine is doing.
  const usual = (all: number[]): number => all.slice(50).sort((a, b) => a - b)[10]!;
  const ratio = usual(times.large) / usual(times.small);
  console.log(
    `${path}: ${usual(times.small).toFixed(2)} ms with 10, ${usual(times.large).toFixed(2)} ms with 10,000, ratio ${ratio.toFixed(2)}`,
  );
  expect(ratio).toBeLessThan(3);
});
