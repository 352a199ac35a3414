import { Fluvio } from "@smdk/client";
import { describe, expect, it } from "vitest";
import { useCluster } from "./cluster.ts";

const setup = useCluster({ spus: 2 });

describe("topics", () => {
  it("are created with every option and read back", async () => {
    const { topics } = setup.fluvio.admin;
    await topics.create("full", {
      partitions: 2,
      replication: 1,
      ignoreRackAssignment: true,
      retentionSeconds: 3600,
      segmentSize: 100_000,
      maxPartitionSize: 1_000_000,
      compression: "Gzip",
    });
    expect(await topics.get("full")).toMatchObject({
      name: "full",
      spec: {
        replicas: { kind: "Computed", partitions: 2, replicationFactor: 1, ignoreRackAssignment: true },
        cleanupPolicy: { kind: "Segment", timeInSeconds: 3600 },
        storage: { segmentSize: 100_000, maxPartitionSize: 1_000_000n },
        compressionType: "Gzip",
        deduplication: null,
        system: false,
      },
      status: { resolution: "Provisioned" },
    });
    await topics.delete("full");
    await expect(topics.get("full")).rejects.toMatchObject({ code: "SMDK_TOPIC_NOT_FOUND" });
  });

  it("can be assigned to SPUs", async () => {
    const { topics, partitions, spus } = setup.fluvio.admin;
    const ids = (await spus.list()).map((spu) => spu.spec.id).sort();
    await topics.create("assigned", { assignment: [[ids[1]!], [ids[0]!]] });
    const found = (await partitions.list()).filter(({ name }) => name.startsWith("assigned-"));
    expect(new Map(found.map(({ name, spec }) => [name, spec.leader]))).toEqual(
      new Map([
        ["assigned-0", ids[1]],
        ["assigned-1", ids[0]],
      ]),
    );
  });

  it("that cannot be put on the wire fail alone, and leave nothing waiting", async () => {
    const strays: unknown[] = [];
    const note = (reason: unknown): void => void strays.push(reason);
    process.on("unhandledRejection", note);
    const client = await Fluvio.connect({ cluster: setup.cluster.scAddress });
    const spec = { replicas: { kind: "Computed" } } as never;
    await expect(client.admin.topics.create("halved", { spec })).rejects.toThrow("CreateRequest.spec");
    await client.close();
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    expect(strays).toEqual([]);
  });

  it("are only checked with dryRun", async () => {
    const { topics } = setup.fluvio.admin;
    await topics.create("rehearsal", {}, { dryRun: true });
    expect(await topics.list({ filters: ["rehearsal"] })).toEqual([]);
    await expect(topics.create("Bad Name", {}, { dryRun: true })).rejects.toMatchObject({
      code: "SMDK_SERVER_ERROR",
      errorCode: { kind: "TopicInvalidName" },
    });
  });

  it("are not created twice, nor deleted twice", async () => {
    const { topics } = setup.fluvio.admin;
    await topics.create("once");
    await expect(topics.create("once")).rejects.toMatchObject({ errorCode: { kind: "TopicAlreadyExists" } });
    await topics.delete("once");
    await expect(topics.delete("once")).rejects.toMatchObject({ errorCode: { kind: "TopicNotFound" } });
  });

  it("of the system are hidden and protected", async () => {
    const { topics } = setup.fluvio.admin;
    expect((await topics.list()).map(({ name }) => name)).not.toContain("consumer-offset");
    expect((await topics.list({ system: true })).map(({ name }) => name)).toEqual(["consumer-offset"]);
    await expect(topics.delete("consumer-offset")).rejects.toMatchObject({
      errorCode: { kind: "SystemSpecDeletionAttempt" },
    });
  });

  it("get more partitions", async () => {
    const { topics } = setup.fluvio.admin;
    await topics.create("grow");
    await topics.addPartitions("grow", 2);
    expect((await topics.get("grow")).spec.replicas).toMatchObject({ partitions: 3 });
    await expect(topics.addPartitions("grow", 0)).rejects.toMatchObject({ code: "SMDK_ARGUMENT" });
    await expect(topics.addPartitions("absent", 1)).rejects.toMatchObject({
      errorCode: { kind: "TopicNotFound" },
    });
  });
});

describe("other objects", () => {
  it("SPUs are listed with their addresses", async () => {
    const spus = await setup.fluvio.admin.spus.list();
    expect(spus.map(({ spec, status }) => [spec.publicEndpoint.port, status.resolution]).sort()).toEqual(
      setup.cluster.spus.map(({ address }) => [Number(address.split(":")[1]), "Online"]).sort(),
    );
  });

  it("custom SPUs are registered and unregistered", async () => {
    const { customSpus } = setup.fluvio.admin;
    const spu = { id: 7001, publicAddress: "127.0.0.1:7010", privateAddress: "127.0.0.1:7011", rack: "r1" };
    await customSpus.register(spu);
    expect(await customSpus.list({ filters: ["7001"] })).toMatchObject([
      { name: "custom-spu-7001", spec: { id: 7001, rack: "r1" } },
    ]);
    await expect(customSpus.register(spu)).rejects.toMatchObject({ errorCode: { kind: "SpuAlreadyExists" } });
    await customSpus.unregister(7001);
    expect(await customSpus.list({ filters: ["7001"] })).toEqual([]);
  });

  it("SmartModules are stored, listed with or without their code, and deleted", async () => {
    const { smartModules } = setup.fluvio.admin;
    const bytes = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    expect(await smartModules.create("plain", { wasm: bytes })).toBe("plain");
    const meta = {
      package: {
        name: "packed",
        group: "acme",
        version: "0.2.0",
        apiVersion: "0.1.0",
        description: "a test",
        license: null,
        visibility: "Private" as const,
        repository: null,
      },
      params: new Map([["key", { description: null, optional: true }]]),
    };
    expect(await smartModules.create("ignored", { wasm: bytes, meta })).toBe("packed-acme-0.2.0");
    const [found] = await smartModules.list({ filters: ["acme/packed@0.2.0"] });
    expect(found).toMatchObject({ name: "packed-acme-0.2.0", spec: { meta } });
    expect(found?.spec.summary?.wasmLength).toBeGreaterThan(8);
    const [whole] = await smartModules.list({ filters: ["plain"], full: true });
    expect(whole?.spec.wasm.payload.length).toBeGreaterThan(8);
    await smartModules.delete("acme/packed@0.2.0");
    await smartModules.delete("plain");
    await expect(smartModules.delete("plain")).rejects.toMatchObject({ code: "SMDK_SMARTMODULE" });
  });

  it("table formats come and go", async () => {
    const { tableFormats } = setup.fluvio.admin;
    const spec = { name: "people", inputFormat: "JSON" as const, columns: null, smartmodule: null };
    await tableFormats.create(spec);
    expect(await tableFormats.list()).toMatchObject([{ name: "people", spec }]);
    await tableFormats.delete("people");
    expect(await tableFormats.list()).toEqual([]);
  });
});
