import {
  type CreateRequest,
  type PartitionMap,
  type TopicSpec,
  UpdateApi,
  type UpdateTopicAction,
} from "@smdk/protocol";
import { describe, expect, it } from "vitest";
import { testCluster, testWire, topicSpec } from "./wire.ts";

const codeOf = ({ errorCode }: { errorCode: { kind: string } }): string => errorCode.kind;

async function cluster(options: Parameters<typeof testCluster>[0] = {}) {
  const running = await testCluster(options);
  return { running, wire: await testWire(running) };
}

describe("creating a topic", () => {
  it("answers when every partition is online", async () => {
    const { wire } = await cluster();
    expect(await wire.createTopic("words", topicSpec(3))).toEqual({
      name: "words",
      errorCode: { kind: "None" },
      errorMessage: null,
    });
    const { objects: partitions } = await wire.list("Partition");
    expect(partitions.map(({ name, spec, status }) => [name, spec.leader, status.resolution])).toEqual([
      ["words-0", 5001, "Online"],
      ["words-1", 5001, "Online"],
      ["words-2", 5001, "Online"],
    ]);
    const { objects: topics } = await wire.list("Topic");
    expect(topics.map(({ name, status }) => [name, status.resolution, status.reason])).toEqual([
      ["words", "Provisioned", ""],
    ]);
    expect(topics[0]?.status.replicaMap).toEqual(new Map([0, 1, 2].map((id) => [id, [5001]])));
  });

  it.each([
    ["Bad_Name", "Invalid topic name: 'Bad_Name'. Contain only lowercase alphanumeric characters or '-'"],
    ["-bad", "Invalid topic name: '-bad'. Contain only lowercase alphanumeric characters or '-'"],
    ["bad-", "Invalid topic name: 'bad-'. Contain only lowercase alphanumeric characters or '-'"],
    ["", "Invalid topic name: ''. Contain only lowercase alphanumeric characters or '-'"],
    ["../../etc", "Invalid topic name: '../../etc'. Contain only lowercase alphanumeric characters or '-'"],
    ["a".repeat(64), `Invalid topic name: '${"a".repeat(64)}'. Name exceeds max characters allowed 63`],
  ])("refuses the name %j", async (name, message) => {
    const { wire } = await cluster();
    const status = await wire.createTopic(name);
    expect(status).toEqual({ name, errorCode: { kind: "TopicInvalidName" }, errorMessage: message });
    expect((await wire.list("Topic")).objects).toEqual([]);
  });

  it("survives names of any length", async () => {
    const { wire } = await cluster();
    expect(codeOf(await wire.createTopic("x".repeat(32_000)))).toBe("TopicInvalidName");
    expect(codeOf(await wire.createTopic("é".repeat(16_000)))).toBe("TopicInvalidName");
    expect(codeOf(await wire.createTopic("a".repeat(63)))).toBe("None");
  });

  it("refuses a name that is taken, and leaves the topic as it was", async () => {
    const { wire } = await cluster();
    await wire.createTopic("taken", topicSpec(2));
    expect(await wire.createTopic("taken", topicSpec(5))).toEqual({
      name: "taken",
      errorCode: { kind: "TopicAlreadyExists" },
      errorMessage: "Topic 'taken' already exists",
    });
    expect((await wire.list("Partition")).objects).toHaveLength(2);
  });

  it("lets only one of many equal requests win", async () => {
    const { running } = await cluster();
    const wires = await Promise.all(Array.from({ length: 8 }, () => testWire(running)));
    const codes = (await Promise.all(wires.map((wire) => wire.createTopic("race")))).map(codeOf);
    expect(codes.filter((code) => code === "None")).toHaveLength(1);
    expect(codes.filter((code) => code === "TopicAlreadyExists")).toHaveLength(7);
  });

  const segment = (timeInSeconds: number): Partial<TopicSpec> => ({
    cleanupPolicy: { kind: "Segment", timeInSeconds },
  });
  const storage = (segmentSize: number | null, maxPartitionSize: bigint | null): Partial<TopicSpec> => ({
    storage: { segmentSize, maxPartitionSize },
  });

  it.each<[Partial<TopicSpec>, string]>([
    [segment(9), "retention_secs 9 is less than minimum 10"],
    [storage(1023, null), "segment_size 1023 is less than minimum 1024"],
    [storage(null, 2047n), "max_partition_size 2047 is less than minimum 2048"],
    [storage(4096, 3000n), "max_partition_size 3000 is less than segment size 4096"],
    [storage(null, 3000n), "max_partition_size 3000 is less than segment size 1073741824"],
  ])("refuses limits: %#", async (spec, message) => {
    const { wire } = await cluster();
    expect(await wire.createTopic("limits", spec)).toEqual({
      name: "limits",
      errorCode: { kind: "TopicInvalidConfiguration" },
      errorMessage: message,
    });
  });

  it("accepts limits at their minimum", async () => {
    const { wire } = await cluster();
    expect(codeOf(await wire.createTopic("small", { ...segment(10), ...storage(1024, 2048n) }))).toBe("None");
  });

  const rows = (...replicas: number[][]): PartitionMap[] =>
    replicas.map((row, id) => ({ id, replicas: row, mirror: null }));

  it.each<[TopicSpec["replicas"], string]>([
    [topicSpec(0).replicas, "partition must be greater than 0"],
    [topicSpec(1, 0).replicas, "replication factor must be greater than 0"],
    [topicSpec(0xffff_ffff).replicas, "partition must not be greater than 5000"],
    [{ kind: "Assigned", value: [] }, "no assigned partitions found"],
    [
      { kind: "Assigned", value: [{ id: 1, replicas: [5001], mirror: null }] },
      "assigned partitions must start with id 0",
    ],
    [{ kind: "Assigned", value: rows([]) }, "assigned replicas must have at least one spu id"],
    [
      { kind: "Assigned", value: [...rows([5001]), { id: 2, replicas: [5001], mirror: null }] },
      "assigned partition ids must be in sequence and without gaps",
    ],
    [
      { kind: "Assigned", value: rows([5001], [5001, 5002]) },
      "all assigned replicas must have the same number of spu ids: 1",
    ],
    [
      { kind: "Assigned", value: rows([5001, 5001]) },
      "duplicate spu ids found in assigned partition with id: 0",
    ],
    [{ kind: "Assigned", value: rows([-1]) }, "invalid spu id: -1 in assigned partition with id: 0"],
    [{ kind: "Assigned", value: rows([6000]) }, "invalid spu id: 6000"],
  ])("refuses replicas: %#", async (replicas, message) => {
    const { wire } = await cluster();
    expect(await wire.createTopic("rows", { replicas })).toEqual({
      name: "rows",
      errorCode: { kind: "TopicError" },
      errorMessage: message,
    });
  });

  it("puts assigned partitions where they were asked for", async () => {
    const { wire } = await cluster({ spus: 2 });
    expect(
      codeOf(
        await wire.createTopic("fixed", { replicas: { kind: "Assigned", value: rows([5002], [5001]) } }),
      ),
    ).toBe("None");
    const { objects } = await wire.list("Partition");
    expect(objects.map(({ name, spec }) => [name, spec.leader])).toEqual([
      ["fixed-0", 5002],
      ["fixed-1", 5001],
    ]);
  });

  it("spreads computed partitions evenly", async () => {
    const { wire } = await cluster({ spus: 3 });
    await wire.createTopic("spread", topicSpec(6));
    const leaders = (await wire.list("Partition")).objects.map(({ spec }) => spec.leader);
    // The system topic counts as one on the first SPU.
    expect(leaders).toEqual([5002, 5003, 5001, 5002, 5003, 5001]);
  });

  it("only checks when it is a dry run", async () => {
    const { wire } = await cluster();
    const dry = (name: string, spec = topicSpec(1)): CreateRequest => ({
      type: "Topic",
      name,
      dryRun: true,
      timeout: null,
      spec,
    });
    expect(codeOf(await wire.create(dry("dry")))).toBe("None");
    expect(codeOf(await wire.create(dry("dry", topicSpec(0))))).toBe("TopicError");
    expect((await wire.list("Topic")).objects).toEqual([]);
  });

  it("needs the deduplication module to be loaded", async () => {
    const { wire } = await cluster();
    const spec = (uses: string): Partial<TopicSpec> => ({
      deduplication: { bounds: { count: 5n, age: null }, filter: { transform: { uses, with: new Map() } } },
    });
    expect(await wire.createTopic("dedup", spec("dedup-filter"))).toEqual({
      name: "dedup-filter",
      errorCode: { kind: "DeduplicationSmartModuleNotLoaded" },
      errorMessage:
        "Deduplication SmartModule is not loaded into the cluster\n" +
        "Hint: try `fluvio hub sm download dedup-filter` and repeat this operation",
    });
    expect(codeOf(await wire.createTopic("dedup", spec("g/n@x")))).toBe(
      "DeduplicationSmartModuleNameInvalid",
    );
  });

  it("waits for SPUs that are missing, and says how far it came", async () => {
    const { running, wire } = await cluster({ topicWaitMs: 300 });
    const creating = wire.createTopic("wide", topicSpec(2, 3));
    const other = await testWire(running);
    await other.watch("Topic").until((topics) => {
      const status = topics.get("wide")?.status as { resolution: string } | undefined;
      return status?.resolution === "InsufficientResources";
    });
    expect(await creating).toEqual({
      name: "wide",
      errorCode: { kind: "TopicNotProvisioned" },
      errorMessage: "only 0 out of 2 provisioned",
    });
    expect((await wire.list("Topic")).objects).toHaveLength(1);
  });

  it("does not wait for a topic that is deleted meanwhile", async () => {
    const { running, wire } = await cluster();
    const creating = wire.createTopic("wide", topicSpec(1, 3));
    const other = await testWire(running);
    await other.watch("Topic").until((topics) => topics.has("wide"));
    await other.delete({ type: "Topic", key: "wide", force: false });
    expect(codeOf(await creating)).toBe("TopicNotProvisioned");
  });

  it("takes many requests at once", async () => {
    const { wire } = await cluster();
    const names = Array.from({ length: 150 }, (_, index) => `t${index}`);
    const codes = (await Promise.all(names.map((name) => wire.createTopic(name)))).map(codeOf);
    expect(new Set(codes)).toEqual(new Set(["None"]));
    expect((await wire.list("Partition")).objects).toHaveLength(150);
  });

  it("has the system topic from the first moment on, out of the way", async () => {
    const { wire } = await cluster();
    const { objects } = await wire.list("Topic", { system: true });
    expect(objects.map(({ name, spec }) => [name, spec])).toEqual([
      [
        "consumer-offset",
        {
          replicas: { kind: "Computed", partitions: 1, replicationFactor: 1, ignoreRackAssignment: false },
          cleanupPolicy: { kind: "Segment", timeInSeconds: 604_800 },
          storage: { segmentSize: 512_000_000, maxPartitionSize: 2_048_000_000n },
          compressionType: "Any",
          deduplication: null,
          system: true,
        },
      ],
    ]);
    const { objects: partitions } = await wire.list("Partition", { system: true });
    expect(partitions.map(({ name, status }) => [name, status.resolution])).toEqual([
      ["consumer-offset-0", "Online"],
    ]);
    expect((await wire.list("Topic")).objects).toEqual([]);
  });
});

describe("deleting a topic", () => {
  it("takes its partitions with it and frees the name", async () => {
    const { wire } = await cluster();
    await wire.createTopic("gone", topicSpec(2));
    const status = await wire.delete({ type: "Topic", key: "gone", force: false });
    expect(status).toEqual({ name: "gone", errorCode: { kind: "None" }, errorMessage: null });
    expect((await wire.list("Topic")).objects).toEqual([]);
    expect((await wire.list("Partition")).objects).toEqual([]);
    expect(codeOf(await wire.createTopic("gone", topicSpec(1)))).toBe("None");
    expect((await wire.list("Partition")).objects.map(({ name }) => name)).toEqual(["gone-0"]);
  });

  it("takes only its own partitions, though other names look alike", async () => {
    const { wire } = await cluster();
    await wire.createTopic("a", topicSpec(1));
    await wire.createTopic("a-1", topicSpec(1));
    await wire.delete({ type: "Topic", key: "a", force: false });
    expect((await wire.list("Partition")).objects.map(({ name }) => name)).toEqual(["a-1-0"]);
  });

  it("says so if there is none", async () => {
    const { wire } = await cluster();
    expect(await wire.delete({ type: "Topic", key: "none", force: false })).toEqual({
      name: "none",
      errorCode: { kind: "TopicNotFound" },
      errorMessage: "not found",
    });
  });

  it("deletes a system topic only by force, and then it comes back", async () => {
    const { wire } = await cluster();
    expect(await wire.delete({ type: "Topic", key: "consumer-offset", force: false })).toEqual({
      name: "consumer-offset",
      errorCode: { kind: "SystemSpecDeletionAttempt", objectKind: "topic", name: "consumer-offset" },
      errorMessage: null,
    });
    const watcher = wire.watch("Partition");
    await watcher.until((partitions) => partitions.has("consumer-offset-0"));
    expect(codeOf(await wire.delete({ type: "Topic", key: "consumer-offset", force: true }))).toBe("None");
    await watcher.until((partitions) => {
      const status = partitions.get("consumer-offset-0")?.status as { resolution: string } | undefined;
      return status?.resolution === "Online";
    });
  });

  it("keeps up with topics that come and go quickly", async () => {
    const { wire } = await cluster();
    for (let round = 0; round < 10; round += 1) {
      expect(codeOf(await wire.createTopic("again", topicSpec(2)))).toBe("None");
      expect(codeOf(await wire.delete({ type: "Topic", key: "again", force: false }))).toBe("None");
    }
    expect((await wire.list("Partition")).objects).toEqual([]);
  });
});

describe("updating a topic", () => {
  const add = (key: string, numberOfPartition: number) =>
    ({ type: "Topic", key, action: { kind: "AddPartition", numberOfPartition } }) as const;

  it("adds partitions and keeps those there are", async () => {
    const { wire } = await cluster({ spus: 2 });
    await wire.createTopic("grow", topicSpec(1));
    const before = (await wire.list("Partition")).objects[0];
    const watcher = wire.watch("Partition");
    expect(codeOf(await wire.call(UpdateApi, add("grow", 2)))).toBe("None");
    await watcher.until((partitions) =>
      ["grow-1", "grow-2"].every(
        (key) => (partitions.get(key)?.status as { resolution: string } | undefined)?.resolution === "Online",
      ),
    );
    const { objects } = await wire.list("Partition");
    expect(objects.map(({ name }) => name)).toEqual(["grow-0", "grow-1", "grow-2"]);
    expect(objects[0]?.spec).toEqual(before?.spec);
  });

  it("refuses what cannot be updated", async () => {
    const { wire } = await cluster();
    const replicas: TopicSpec["replicas"] = {
      kind: "Assigned",
      value: [{ id: 0, replicas: [5001], mirror: null }],
    };
    await wire.createTopic("assigned", { replicas });
    await wire.createTopic("plain");
    const outcome = async (key: string, action: UpdateTopicAction) => {
      const status = await wire.call(UpdateApi, { type: "Topic", key, action });
      return [codeOf(status), status.errorMessage];
    };
    const grow: UpdateTopicAction = { kind: "AddPartition", numberOfPartition: 1 };
    const mirror: UpdateTopicAction = { kind: "AddMirror", remoteCluster: "edge", homeToMirror: false };
    expect(await outcome("none", grow)).toEqual(["TopicNotFound", "not found"]);
    expect(await outcome("assigned", grow)).toEqual(["TopicInvalidReplicaType", "invalid replica type"]);
    expect(await outcome("consumer-offset", grow)).toEqual(["SystemSpecUpdatingAttempt", null]);
    expect(await outcome("plain", { kind: "AddPartition", numberOfPartition: 0xffff_ffff })).toEqual([
      "TopicError",
      "partition must not be greater than 5000",
    ]);
    expect(await outcome("none", mirror)).toEqual(["TopicNotFound", "not found"]);
    expect(await outcome("plain", mirror)).toEqual(["MirrorNotFound", "not found"]);
    const spec = { mirrorType: { kind: "Remote", id: "edge" } } as const;
    await wire.create({ type: "Mirror", name: "edge", dryRun: false, timeout: null, spec });
    expect(await outcome("plain", mirror)).toEqual(["TopicError", "invalid replica type"]);
  });

  it("reports a mirror topic as short of resources until a mirror is added", async () => {
    const { wire } = await cluster();
    const replicas: TopicSpec["replicas"] = {
      kind: "Mirror",
      value: { kind: "Home", partitions: [], source: false },
    };
    await wire.createTopic("mirrored", { replicas });
    const status = async () => (await wire.list("Topic", { filters: ["mirrored"] })).objects[0]?.status;
    await expect.poll(status).toMatchObject({ resolution: "InsufficientResources", replicaMap: new Map() });
    const spec = { mirrorType: { kind: "Remote", id: "edge" } } as const;
    await wire.create({ type: "Mirror", name: "edge", dryRun: false, timeout: null, spec });
    const action = { kind: "AddMirror", remoteCluster: "edge", homeToMirror: false } as const;
    await wire.call(UpdateApi, { type: "Topic", key: "mirrored", action });
    await expect
      .poll(status)
      .toMatchObject({ resolution: "Provisioned", replicaMap: new Map([[0, [5001]]]) });
  });
});
