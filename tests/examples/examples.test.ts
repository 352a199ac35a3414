/** Every example builds, gives lint nothing to say, makes of its fixtures what it says, and does the same in a cluster for a real client. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { lintModuleBytes, lintTexts } from "@smdk/compiler";
import { loadProject, type RecordInput, startTestCluster, type TestCluster } from "@smdk/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

interface Case {
  readonly records: readonly RecordInput[];
  /** Values of the records that come out. */
  readonly expect: readonly string[];
  /** Their keys, where these are of interest. */
  readonly keys?: readonly string[];
  readonly params?: Readonly<Record<string, string>>;
  readonly accumulator?: string;
  readonly lookBack?: readonly string[];
  /** Message of the error that ends the batch. */
  readonly error?: string;
}

const folder = new URL("../../examples/", import.meta.url);
const names = readdirSync(folder).filter((name) => existsSync(new URL(`${name}/fixtures.json`, folder)));
let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.close());

/** Times are those of the run. */
const timeless = (values: readonly string[]): string[] =>
  values.map((value) => value.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? UTC/g, "TIME"));

describe.each(names)("%s", (name) => {
  it("does what its fixtures say, in the engine and in a cluster", async () => {
    const project = await loadProject(new URL(`${name}/`, folder));
    expect(project.name).toBe(name);
    const { findings } = await lintTexts(fileURLToPath(new URL(`${name}/`, folder)));
    expect([...findings, ...lintModuleBytes(name, project.bytes)]).toEqual([]);
    const cases = JSON.parse(readFileSync(new URL(`${name}/fixtures.json`, folder), "utf8")) as Case[];
    for (const { records, expect: values, keys, params, accumulator, lookBack, error } of cases) {
      const result = await project.run(records, {
        timestamp: 1_700_000_000_000n,
        ...(params && { params }),
        ...(accumulator !== undefined && { accumulator }),
        ...(lookBack && { lookBack }),
      });
      expect([result.values, result.error?.message]).toEqual([values, error]);
      if (keys !== undefined) expect(result.records.map(({ key }) => key)).toEqual(keys);
    }

    const { records, params, accumulator } = cases[0] as Case;
    const options = { ...(params && { params }), ...(accumulator !== undefined && { accumulator }) };
    const wanted = await project.run(records, options);
    const client = await cluster.connect();
    await client.admin.smartModules.create(name, { wasm: project.bytes });
    await client.admin.topics.create(name);
    const producer = await client.producer(name);
    for (const record of records)
      producer.send(typeof record === "string" ? { value: record } : (record as never));
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
    expect(timeless(got)).toEqual(timeless(wanted.values));
    await client.close();
  });
});
