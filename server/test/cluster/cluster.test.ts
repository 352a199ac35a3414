import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { encodeBatch, FetchOffsetsApi, ProduceApi, type TopicSpec } from "@smdk/protocol";
import { describe, expect, it } from "vitest";
import { type Cluster, startCluster } from "../../src/cluster.ts";
import { onCleanup, temporaryDirectory, testCluster, testWire, topicSpec, Wire } from "../sc/wire.ts";

const codeOf = ({ errorCode }: { errorCode: { kind: string } }): string => errorCode.kind;

const assignedTo = (...spus: number[]): Partial<TopicSpec> => ({
  replicas: { kind: "Assigned", value: spus.map((spu, id) => ({ id, replicas: [spu], mirror: null })) },
});

async function spuWire(cluster: Cluster, id = 5001): Promise<Wire> {
  const spu = cluster.spus.find((candidate) => candidate.id === id);
  if (spu === undefined) throw new Error(`no SPU ${id}`);
  const wire = await Wire.connect(spu.address);
  onCleanup(() => wire.close());
  return wire;
}

/** Produces one record to partition 0 and gives back the error code. */
async function produce(wire: Wire, topic: string, text = "record"): Promise<string | undefined> {
  const records = encodeBatch({
    records: [{ key: null, value: new TextEncoder().encode(text), offsetDelta: 0, timestampDelta: 0 }],
    baseOffset: 0n,
    firstTimestamp: 0n,
    maxTimestamp: 0n,
    compression: "None",
  });
  const { responses } = await wire.call(ProduceApi, {
    transactionalId: null,
    isolation: "ReadUncommitted",
    timeout: 1500,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, records }] }],
    smartmodules: [],
  });
  return responses[0]?.partitions[0]?.errorCode.kind;
}

async function logEnd(wire: Wire, topic: string): Promise<bigint | undefined> {
  const { topics } = await wire.call(FetchOffsetsApi, {
    topics: [{ name: topic, partitions: [{ partitionIndex: 0 }] }],
    consumerId: null,
  });
  return topics[0]?.partitions[0]?.lastStableOffset;
}

const removeTopic = (wire: Wire, key: string) => wire.delete({ type: "Topic", key, force: false });

/** The file system as a power cut would leave it, without the lock of the running process. */
async function crashCopy(dir: string): Promise<string> {
  const copy = join(await temporaryDirectory(), "copy");
  await cp(dir, copy, { recursive: true });
  await rm(join(copy, ".smdk.lock"), { force: true });
  return copy;
}

describe("a cluster", () => {
  it("finds everything again after a restart", async () => {
    const dir = await temporaryDirectory();
    const before = await testCluster({ dir });
    const wire = await testWire(before);
    await wire.createTopic("words", topicSpec(2));
    await wire.create({
      type: "SmartModule",
      name: "m",
      dryRun: false,
      timeout: null,
      spec: { meta: null, summary: null, wasm: { format: "Binary", payload: Uint8Array.of(1, 2, 3) } },
    });
    expect(await produce(await spuWire(before), "words")).toBe("None");
    const listed = async (from: Wire) => ({
      topics: (await from.list("Topic")).objects,
      modules: (await from.list("SmartModule")).objects,
      partitions: (await from.list("Partition")).objects,
    });
    // The report of the new record may still be on its way.
    const { partitions, ...kept } = await listed(wire);
    await before.close();

    const after = await testCluster({ dir });
    const found = await listed(await testWire(after));
    expect(found).toMatchObject(kept);
    expect(found.partitions.map(({ name, spec }) => [name, spec])).toEqual(
      partitions.map(({ name, spec }) => [name, spec]),
    );
    expect(found.partitions.map(({ status }) => [status.resolution, status.leader.leo])).toEqual([
      ["Online", 1n],
      ["Online", 0n],
    ]);
    expect(await logEnd(await spuWire(after), "words")).toBe(1n);
    expect(await produce(await spuWire(after), "words")).toBe("None");
  });

  it("keeps what it acknowledged through a crash", async () => {
    const dir = await temporaryDirectory();
    const wire = await testWire(await testCluster({ dir }));
    await wire.createTopic("kept", topicSpec(2));
    await wire.createTopic("gone", topicSpec(2));
    await removeTopic(wire, "gone");
    const after = await testWire(await testCluster({ dir: await crashCopy(dir) }));
    expect((await after.list("Topic")).objects.map(({ name }) => name)).toEqual(["kept"]);
    const { objects } = await after.list("Partition");
    expect(objects.map(({ name, status }) => [name, status.resolution])).toEqual([
      ["kept-0", "Online"],
      ["kept-1", "Online"],
    ]);
  });

  it("does not share its directory", async () => {
    const dir = await temporaryDirectory();
    const first = await testCluster({ dir });
    await expect(startCluster({ dir })).rejects.toMatchObject({ code: "SMDK_DIR_LOCKED" });
    await first.close();
    await testCluster({ dir });
  });

  it("leaves nothing behind when a port is taken", async () => {
    const dir = await temporaryDirectory();
    const squatter = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => squatter.once("listening", resolve));
    onCleanup(() => squatter.close());
    const { port } = squatter.address() as { port: number };
    await expect(startCluster({ dir, scPort: port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await expect(startCluster({ dir, spuPorts: [port] })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await testCluster({ dir });
  });

  it.each([0, -1, 1.5, 101, Number.NaN])("refuses to run %d SPUs", async (spus) => {
    const dir = await temporaryDirectory();
    await expect(startCluster({ dir, spus })).rejects.toMatchObject({ code: "SMDK_CLUSTER_OPTIONS" });
  });

  it("can be closed twice, and in the middle of things", async () => {
    const cluster = await testCluster();
    const wire = await testWire(cluster);
    const creating = wire.createTopic("never", topicSpec(1, 3)).catch(() => "closed");
    await (await testWire(cluster)).watch("Topic").until((topics) => topics.has("never"));
    await Promise.all([cluster.close(), cluster.close()]);
    await creating;
    await wire.closed;
  });

  it("serves what its SPUs can when there are fewer of them, and all again when they return", async () => {
    const dir = await temporaryDirectory();
    const two = await testCluster({ dir, spus: 2 });
    const wire = await testWire(two);
    await wire.createTopic("both", assignedTo(5001, 5002));
    await two.close();

    const one = await testCluster({ dir, spus: 1 });
    const alone = await testWire(one);
    const states = async (from: Wire) =>
      (await from.list("Partition")).objects.map(({ status }) => status.resolution);
    expect(await states(alone)).toEqual(["Online", "LeaderOffline"]);
    expect((await alone.list("SPU")).objects.map(({ status }) => status.resolution)).toEqual([
      "Online",
      "Offline",
    ]);
    await one.close();

    const again = await testCluster({ dir, spus: 2 });
    expect(await states(await testWire(again))).toEqual(["Online", "Online"]);
  });

  it("uses SPUs that are added", async () => {
    const dir = await temporaryDirectory();
    await (await testCluster({ dir })).close();
    const wire = await testWire(await testCluster({ dir, spus: 3 }));
    expect(codeOf(await wire.createTopic("wide", topicSpec(3)))).toBe("None");
    expect((await wire.list("Partition")).objects.map(({ spec }) => spec.leader)).toEqual([5002, 5003, 5001]);
  });
});

describe("the records of a deleted topic", () => {
  it("are gone when the topic is created again", async () => {
    const cluster = await testCluster();
    const wire = await testWire(cluster);
    await wire.createTopic("again");
    expect(await produce(await spuWire(cluster), "again")).toBe("None");
    await removeTopic(wire, "again");
    await wire.createTopic("again");
    expect(await logEnd(await spuWire(cluster), "again")).toBe(0n);
  });

  it("do not come back with an SPU that was away", async () => {
    const dir = await temporaryDirectory();
    const two = await testCluster({ dir, spus: 2 });
    const wire = await testWire(two);
    await wire.createTopic("away", assignedTo(5002));
    expect(await produce(await spuWire(two, 5002), "away")).toBe("None");
    await two.close();

    const one = await testCluster({ dir, spus: 1, topicWaitMs: 100 });
    const alone = await testWire(one);
    expect(codeOf(await removeTopic(alone, "away"))).toBe("None");
    // Where the SPU is away, the topic can be asked for but not be served yet.
    expect(codeOf(await alone.createTopic("away", assignedTo(5002)))).toBe("TopicNotProvisioned");
    await one.close();

    const again = await testCluster({ dir, spus: 2 });
    expect(await logEnd(await spuWire(again, 5002), "away")).toBe(0n);
    expect(await produce(await spuWire(again, 5002), "away")).toBe("None");
    await again.close();
    const once = await testCluster({ dir, spus: 2 });
    expect(await logEnd(await spuWire(once, 5002), "away")).toBe(1n);
    expect(await readdir(join(dir, "metadata", "Removal"))).toEqual([]);
  });

  it("are gone as well if only its own file was lost", async () => {
    const dir = await temporaryDirectory();
    const cluster = await testCluster({ dir });
    await (await testWire(cluster)).createTopic("lost");
    expect(await produce(await spuWire(cluster), "lost")).toBe("None");
    await cluster.close();
    await rm(join(dir, "metadata", "Topic", "lost.yaml"));
    const after = await testCluster({ dir });
    expect(codeOf(await (await testWire(after)).createTopic("lost"))).toBe("None");
    expect(await logEnd(await spuWire(after), "lost")).toBe(0n);
  });

  it("go when a crash interrupted the deletion", async () => {
    const dir = await temporaryDirectory();
    const cluster = await testCluster({ dir });
    const wire = await testWire(cluster);
    await wire.createTopic("half", topicSpec(2));
    expect(await produce(await spuWire(cluster), "half")).toBe("None");
    const copy = await crashCopy(dir);
    const note = [
      "!1.0.0",
      "meta: { id: half-0, revision: 0 }",
      "key: half-0",
      "status: null",
      "spec: { topic: half, partition: 0, spus: [5001], stage: Metadata }",
    ].join("\n");
    await writeFile(join(copy, "metadata", "Removal", "half-0.yaml"), note);

    const after = await testCluster({ dir: copy });
    const wireAfter = await testWire(after);
    expect((await wireAfter.list("Topic")).objects).toEqual([]);
    expect((await wireAfter.list("Partition")).objects).toEqual([]);
    expect(codeOf(await wireAfter.createTopic("half", topicSpec(2)))).toBe("None");
    expect(await logEnd(await spuWire(after), "half")).toBe(0n);
  });
});

describe("metadata files", () => {
  const damages: [string, (content: string) => string][] = [
    ["empty", () => ""],
    ["cut", (content) => content.slice(0, content.length / 2)],
    ["garbage", () => "\u0000\u0001[[[{{{"],
    ["of another version", (content) => content.replace("!1.0.0", "!9.9.9")],
    ["without a version", (content) => content.replace("!1.0.0", "")],
    ["of another object", (content) => content.replace("key: broken", "key: other")],
    ["wrong in one field", (content) => content.replace("partitions: 1", "partitions: many")],
    ["a bomb", () => `!1.0.0\na: &a [x]\nb: [${"*a,".repeat(100)}]`],
    ["deeply nested", () => `!1.0.0\n${"[".repeat(5000)}`],
  ];

  it.each(damages)("do no harm to others if one is %s", async (_name, damage) => {
    const dir = await temporaryDirectory();
    const cluster = await testCluster({ dir });
    const wire = await testWire(cluster);
    await wire.createTopic("broken");
    await wire.createTopic("sound");
    expect(await produce(await spuWire(cluster), "broken")).toBe("None");
    await cluster.close();
    const file = join(dir, "metadata", "Topic", "broken.yaml");
    const damaged = damage(await readFile(file, "utf8"));
    await writeFile(file, damaged);

    const after = await testCluster({ dir });
    expect(after.problems).toHaveLength(1);
    expect(after.problems[0]).toMatchObject({ kind: "Topic", file });
    const found = await testWire(after);
    expect((await found.list("Topic")).objects.map(({ name }) => name)).toEqual(["sound"]);
    expect(codeOf(await found.createTopic("fresh"))).toBe("None");
    expect(codeOf(await found.createTopic("broken"))).toBe("TopicError");
    // The damaged file is kept, and what the partition holds is not touched.
    expect(await readFile(file, "utf8")).toBe(damaged);
    expect(await logEnd(await spuWire(after), "broken")).toBe(1n);
  });

  it("that were damaged are put aside when their name is used again", async () => {
    const dir = await temporaryDirectory();
    const cluster = await testCluster({ dir });
    const spec = { name: "t", inputFormat: null, columns: null, smartmodule: null };
    const create = (wire: Wire) =>
      wire.create({ type: "TableFormat", name: "t", dryRun: false, timeout: null, spec });
    await create(await testWire(cluster));
    await cluster.close();
    const file = join(dir, "metadata", "TableFormat", "t.yaml");
    await writeFile(file, "damaged");
    const after = await testCluster({ dir });
    expect(codeOf(await create(await testWire(after)))).toBe("None");
    expect(await readFile(`${file}.bad`, "utf8")).toBe("damaged");
    expect(await readFile(file, "utf8")).toContain("key: t");
  });
});
