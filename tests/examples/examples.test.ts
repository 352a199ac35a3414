/**
 * Every example builds, passes its own `smdk test`, and does the same in a cluster: for our client, and for the PyPI
 * client `fluvio`, which nobody here wrote.
 */
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, lintTexts } from "@smdk/compiler";
import { readCases, runCase, startTestCluster, type TestCluster } from "@smdk/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { succeed } from "../interop/cluster.ts";
import { pythonPeer } from "../interop/peers.ts";

const python = await pythonPeer();
if ("reason" in python) console.warn(`SKIPPED: examples through the PyPI client: ${python.reason}`);

/** What the PyPI client calls the kinds. */
const pythonKinds: Readonly<Record<string, string>> = {
  filter: "Filter",
  map: "Map",
  filter_map: "FilterMap",
  array_map: "ArrayMap",
  aggregate: "Aggregate",
};

const folder = fileURLToPath(new URL("../../examples/", import.meta.url));
const names = readdirSync(folder).filter((name) => existsSync(`${folder}${name}/SmartModule.toml`));
let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.close());

/** Times are those of the run. */
const timeless = (values: readonly string[]): string[] =>
  values.map((value) => value.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? UTC/g, "TIME"));

describe.each(names)("%s", (name) => {
  it("does what its cases say, in the engine and in a cluster", async () => {
    const module = await build({ projectDir: `${folder}${name}` });
    expect([module.name, module.warnings]).toEqual([name, []]);
    expect((await lintTexts(`${folder}${name}`)).findings).toEqual([]);
    const cases = (await readCases(`${folder}${name}`)) ?? [];
    expect(cases.length).toBeGreaterThan(0);
    for (const item of cases) {
      const { title, differences } = await runCase(module.bytes, item);
      expect(differences, title).toEqual([]);
    }

    // Look-back goes from the end of a topic, so that the records of a case would be seen twice.
    const plain = cases.find(({ before, refusal }) => before === undefined && refusal === undefined);
    const { input, output, params, accumulator } = plain as (typeof cases)[number];
    const client = await cluster.connect();
    await client.admin.smartModules.create(name, { wasm: module.bytes });
    await client.admin.topics.create(name);
    const producer = await client.producer(name);
    for (const record of input) {
      producer.send(typeof record === "string" ? { value: record } : (record as never));
    }
    await producer.flush();
    const got: string[] = [];
    for await (const record of client.consumer({
      topic: name,
      start: "beginning",
      disableContinuous: true,
      smartModules: [
        {
          name,
          ...(params && { params }),
          ...(accumulator !== undefined && { accumulator: Buffer.from(accumulator) }),
        },
      ],
    })) {
      got.push(record.text);
    }
    expect(timeless(got)).toEqual(timeless(output));
    await client.close();

    if ("reason" in python || output.length === 0) return;
    const rows = await succeed(
      python.peer,
      cluster.address,
      "consume-case",
      name,
      `${output.length}`,
      module.wasmPath,
      pythonKinds[module.kind] ?? module.kind,
      JSON.stringify({ params, accumulator }),
    );
    expect(timeless(rows.map((row) => (row as { value: string }).value))).toEqual(timeless(output));
  });
});
