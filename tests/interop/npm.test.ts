/** The npm client `@fluvio/client` (native addon) does against our cluster what it does against a real one. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rustModule, succeed, type TestCluster, testCluster } from "./cluster.ts";
import { npmPeer } from "./peers.ts";

const found = await npmPeer();
if ("reason" in found) console.warn(`SKIPPED: tests with the npm client: ${found.reason}`);

describe.skipIf("reason" in found)("the npm client", () => {
  let home: TestCluster;
  const client = (...args: string[]) => {
    if ("reason" in found) throw new Error(found.reason);
    return succeed(found.peer, home.endpoint, ...args);
  };

  beforeAll(async () => {
    home = await testCluster();
  });
  afterAll(() => home.close());

  test("administers topics", async () => {
    const rows = await client("admin", "npm-topic");
    expect(rows[0]).toMatchObject({ created: "npm-topic" });
    expect(JSON.stringify(rows[1])).toContain("npm-topic");
    expect(JSON.stringify(rows[2])).toContain("npm-topic-1");
    expect(JSON.stringify(rows[3])).toContain("5001");
    expect(JSON.stringify(rows[4])).toContain("npm-topic");
    expect(rows[5]).toMatchObject({ again: expect.stringContaining("already exists") });
    expect(rows[6]).toEqual({ deleted: "npm-topic" });
    expect(rows[7]).not.toMatchObject({ gone: "no error" });
  });

  test("produces and streams", async () => {
    await client("create-topic", "npm-data");
    expect(await client("produce", "npm-data", "x=npm one", "y=npm two", "z=three")).toEqual(["ok"]);
    expect(await client("stream", "npm-data", "3")).toEqual([
      { key: "x", value: "npm one" },
      { key: "y", value: "npm two" },
      { key: "z", value: "three" },
    ]);
  });

  test("streams through a SmartModule given as a file", async () => {
    await client("create-topic", "npm-sm");
    await client("produce", "npm-sm", "x=alpha", "y=hello", "z=beta");
    expect(await client("stream-file", "npm-sm", "3", "map", rustModule("map_upper"))).toMatchObject([
      { value: "ALPHA" },
      { value: "HELLO" },
      { value: "BETA" },
    ]);
    expect(await client("stream-file", "npm-sm", "2", "filter", rustModule("filter_bytes_a"))).toMatchObject([
      { value: "alpha" },
      { value: "beta" },
    ]);
  });
});
