/** The PyPI client `fluvio` does against our cluster what the recordings show it doing against a real one. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rustModule, succeed, type TestCluster, testCluster } from "./cluster.ts";
import { pythonPeer } from "./peers.ts";

const found = await pythonPeer();
if ("reason" in found) console.warn(`SKIPPED: tests with the PyPI client: ${found.reason}`);

describe.skipIf("reason" in found)("the PyPI client", () => {
  let home: TestCluster;
  const client = (...args: string[]) => {
    if ("reason" in found) throw new Error(found.reason);
    return succeed(found.peer, home.endpoint, ...args);
  };

  beforeAll(async () => {
    home = await testCluster({ spus: 2 });
  });
  afterAll(() => home.close());

  test("administers topics", async () => {
    const rows = await client("admin", "py-topic");
    expect(rows[0]).toEqual({ created: "py-topic" });
    expect(rows[1]).toEqual({ topics: ["py-topic"] });
    expect(rows[2]).toEqual({ filtered: ["py-topic"] });
    expect(rows[3]).toEqual({ partitions: ["py-topic-0"] });
    expect(rows[5]).toMatchObject({ again: expect.stringContaining("already exists") });
    expect(rows[6]).toEqual({ deleted: "py-topic" });
    expect(rows[7]).toMatchObject({ gone: expect.stringContaining("not found") });
  });

  test("creates a topic with partitions, retention and segment size", async () => {
    expect(await client("topic-options", "py-options")).toEqual([
      { partitions: ["py-options-0", "py-options-1", "py-options-2"] },
    ]);
  });

  test("produces and consumes records with keys", async () => {
    await client("create-topic", "py-data");
    expect(await client("produce", "py-data", "a=py one", "b=py two")).toEqual([
      { offset: 0, partition: 0 },
      { offset: 1, partition: 0 },
    ]);
    expect(await client("consume", "py-data", "2")).toMatchObject([
      { offset: 0, key: "a", value: "py one" },
      { offset: 1, key: "b", value: "py two" },
    ]);
  });

  test.each(["Gzip", "Snappy", "Lz4", "Zstd", "None"])(
    "produces and consumes with compression %s",
    async (codec) => {
      const topic = `py-${codec.toLowerCase()}`;
      await client("create-topic", topic);
      expect(await client("produce-compressed", topic, codec, "1000")).toEqual(["ok"]);
      expect(await client("consume-all", topic, "1000")).toEqual([{ seen: 1000, expected: 1000 }]);
    },
  );

  test("consumes through a SmartModule given ad hoc and by name", async () => {
    await client("create-topic", "py-sm");
    await client("produce", "py-sm", "a=alpha", "b=hello", "c=beta");
    const upper = rustModule("map_upper");
    expect(await client("consume-sm", "py-sm", "3", upper, "Map")).toMatchObject([
      { value: "ALPHA" },
      { value: "HELLO" },
      { value: "BETA" },
    ]);
    // This client uploads the file as it is, so what it is given must be the gzip that clusters store.
    const packed = join(await mkdtemp(join(tmpdir(), "smdk-py-")), "filter.wasm.gz");
    await writeFile(packed, gzipSync(await readFile(rustModule("filter_bytes_a"))));
    expect(await client("smartmodule-create", "py-filter-a", packed)).toEqual([
      { smartmodules: ["py-filter-a"] },
    ]);
    await rm(dirname(packed), { recursive: true });
    expect(await client("consume-named", "py-sm", "2", "py-filter-a", "Filter")).toMatchObject([
      { value: "alpha" },
      { value: "beta" },
    ]);
    const needle = rustModule("filter_init_param");
    expect(await client("consume-sm", "py-sm", "1", needle, "Filter", "needle=hel")).toMatchObject([
      { value: "hello" },
    ]);
    expect(await client("smartmodule-delete", "py-filter-a")).toEqual([{ smartmodules: [] }]);
  });

  test("keeps and deletes consumer offsets", async () => {
    await client("create-topic", "py-offsets");
    await client("produce", "py-offsets", "a=one", "b=two", "c=three", "d=four");
    const first = await client("offsets", "py-offsets", "pyc", "2");
    expect(first).toMatchObject([
      { value: "one" },
      { value: "two" },
      { offsets: [["pyc", "py-offsets", 0, 1]] },
    ]);
    const second = await client("offsets", "py-offsets", "pyc", "2");
    expect(second).toMatchObject([
      { value: "three" },
      { value: "four" },
      { offsets: [["pyc", "py-offsets", 0, 3]] },
    ]);
    expect(await client("offsets-delete", "py-offsets", "pyc")).toEqual([{ offsets: [] }]);
  });
});
