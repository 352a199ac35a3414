// Saved consumer offsets: stored, listed, deleted, forwarded between SPUs, kept over restarts.
import {
  DeleteConsumerOffsetApi,
  FetchConsumerOffsetsApi,
  FetchOffsetsApi,
  UpdateConsumerOffsetApi,
} from "@smdk/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SpuPeers } from "../../src/link.ts";
import { batch, replica, SPU_ID, TestSpu, type WireClient } from "./harness.ts";

const SYSTEM = replica("consumer-offset", { system: true });
const SYSTEM_SMALL = replica("consumer-offset", {
  system: true,
  storage: { segmentSize: 4096, maxPartitionSize: 8192n },
});

let spu: TestSpu;
let client: WireClient;

beforeEach(async () => {
  spu = await TestSpu.start();
  await spu.assign([replica("hello"), replica("world"), SYSTEM]);
  client = await spu.connect();
  await client.produce("hello", [batch(["a", "b", "c"])]);
  await client.produce("world", [batch(["a", "b", "c"])]);
});

afterEach(async () => {
  client.close();
  await spu.close();
});

/** Opens a stream with a consumer id, waits for its data and saves an offset for it. */
async function save(
  on: WireClient,
  consumerId: string | null,
  offset: bigint,
  topic = "hello",
  version = 25,
) {
  const stream = on.stream(topic, { consumerId, version });
  const { streamId } = await stream.next();
  return on.call(UpdateConsumerOffsetApi, { offset, sessionId: streamId }, version);
}

async function list(
  on: WireClient,
  filterOpts: Parameters<typeof FetchConsumerOffsetsApi.request.write>[1]["filterOpts"] = null,
) {
  const response = await on.call(FetchConsumerOffsetsApi, { filterOpts });
  if (response.errorCode.kind !== "None") return response.errorCode.kind;
  return response.consumers.map(
    ({ consumerId, replicaId, offset }) => `${consumerId} ${replicaId.topic} ${offset}`,
  );
}

describe("saved consumer offsets", () => {
  it("are kept per consumer and partition; the last one wins", async () => {
    expect(await save(client, "c1", 1n)).toEqual({ offset: 1n, errorCode: { kind: "None" } });
    await save(client, "c1", 0n);
    await save(client, "c2", 2n);
    await save(client, "c1", 2n, "world", 23);
    expect(await list(client)).toEqual(["c1 hello 0", "c2 hello 2", "c1 world 2"]);
    const replicaId = { topic: "hello", partition: 0 };
    expect(await list(client, { replicaId, consumerId: null })).toEqual(["c1 hello 0", "c2 hello 2"]);
    expect(await list(client, { replicaId: null, consumerId: "c1" })).toEqual(["c1 hello 0", "c1 world 2"]);
    expect(await list(client, { replicaId, consumerId: "c1" })).toEqual(["c1 hello 0"]);
    expect(await list(client, { replicaId, consumerId: "c" })).toEqual([]);
    const { consumers } = await client.call(FetchConsumerOffsetsApi, { filterOpts: null }, 23);
    expect(consumers.length).toBe(3);
    expect(Math.abs(Number(consumers[0]!.modifiedTime) - Date.now() / 1000)).toBeLessThan(3600);
  });

  it("are forgotten with their topic, also those saved later: the next one of its name begins afresh", async () => {
    const stream = client.stream("hello", { consumerId: "c1" });
    const { streamId } = await stream.next();
    const update = { offset: 2n, sessionId: streamId };
    expect((await client.call(UpdateConsumerOffsetApi, update)).errorCode.kind).toBe("None");
    await spu.spu.port.removeReplica("hello", 0);
    await client.call(UpdateConsumerOffsetApi, update);
    await spu.assign([replica("hello"), replica("world"), SYSTEM]);
    await client.call(UpdateConsumerOffsetApi, update);
    expect(await list(client)).toEqual([]);
  });

  it("need a stream, and one with a consumer id", async () => {
    expect(await client.call(UpdateConsumerOffsetApi, { offset: 1n, sessionId: 7 })).toEqual({
      offset: 0n,
      errorCode: { kind: "FetchSessionNotFoud" },
    });
    expect((await save(client, null, 1n)).errorCode).toEqual({
      kind: "Other",
      value: "stream without consumer id",
    });
    expect((await save(client, "x".repeat(5000), 1n)).errorCode.kind).toBe("Other");
  });

  it("are where clients of release 0.11 go on", async () => {
    await save(client, "c1", 1n);
    const start = async (consumerId: string | null, version: number) => {
      const topics = [{ name: "hello", partitions: [{ partitionIndex: 0 }] }];
      return (await client.call(FetchOffsetsApi, { topics, consumerId }, version)).topics[0]!.partitions[0]!
        .startOffset;
    };
    expect(await start("c1", 23)).toBe(2n);
    expect(await start("other", 23)).toBe(0n);
    expect(await start(null, 23)).toBe(0n);
    expect(await start("c1", 25)).toBe(0n);
  });

  it("can be deleted, also where there are none", async () => {
    await save(client, "c1", 1n);
    await save(client, "c2", 1n);
    const remove = (consumerId: string) =>
      client.call(DeleteConsumerOffsetApi, { replicaId: { topic: "hello", partition: 0 }, consumerId });
    expect(await remove("c1")).toEqual({ errorCode: { kind: "None" } });
    expect(await remove("nobody")).toEqual({ errorCode: { kind: "None" } });
    expect(await list(client)).toEqual(["c2 hello 1"]);
  });

  it("go with their topic", async () => {
    await save(client, "c1", 1n);
    await save(client, "c1", 1n, "world");
    await spu.spu.port.removeReplica("hello", 0);
    await spu.assign([replica("world"), SYSTEM]);
    expect(await list(client)).toEqual(["c1 world 1"]);
    await spu.assign([replica("hello"), replica("world"), SYSTEM]);
    expect(await list(client)).toEqual(["c1 world 1"]);
  });

  it("are not shown for replicas that the cluster does not have", async () => {
    await save(client, "c1", 1n);
    await spu.assign([replica("world"), SYSTEM]);
    expect(await list(client)).toEqual([]);
  });

  it("survive a restart, checkpoints included", async () => {
    for (let i = 0; i < 250; i++) await save(client, `c${i % 7}`, BigInt(i));
    await client.call(DeleteConsumerOffsetApi, {
      replicaId: { topic: "hello", partition: 0 },
      consumerId: "c0",
    });
    const before = await list(client);
    expect(before.length).toBe(6);
    await spu.restart();
    await spu.assign([replica("hello"), replica("world"), SYSTEM]);
    const again = await spu.connect();
    expect(await list(again)).toEqual(before);
    again.close();
  });

  it("can still be saved for a stream that has ended", async () => {
    const stream = client.stream("hello", { consumerId: "c1" });
    const { streamId } = await stream.next();
    await spu.spu.port.removeReplica("hello", 0);
    await stream.next();
    const response = await client.call(UpdateConsumerOffsetApi, { offset: 2n, sessionId: streamId });
    expect(response.errorCode.kind).toBe("None");
  });

  it("are refused where nobody keeps them", async () => {
    const alone = await TestSpu.start();
    await alone.assign([replica("hello")]);
    const other = await alone.connect();
    await other.produce("hello", [batch(["a"])]);
    expect((await save(other, "c1", 0n)).errorCode.kind).toBe("Other");
    expect(await list(other)).toBe("PartitionNotLeader");
    const replicaId = { topic: "hello", partition: 0 };
    expect((await other.call(DeleteConsumerOffsetApi, { replicaId, consumerId: "c1" })).errorCode.kind).toBe(
      "PartitionNotLeader",
    );
    other.close();
    await alone.close();
  });

  it("outlive the segments they were written to", async () => {
    const small = await TestSpu.start();
    const replicas = [replica("hello"), SYSTEM_SMALL];
    await small.assign(replicas);
    const other = await small.connect();
    await other.produce("hello", [batch(["a"])]);
    await save(other, "rare", 7n);
    const busy = other.stream("hello", { consumerId: "busy" });
    const { streamId } = await busy.next();
    for (let i = 0; i < 300; i++) {
      await other.call(UpdateConsumerOffsetApi, { offset: BigInt(i), sessionId: streamId });
    }
    const before = await list(other);
    expect(before).toEqual(["busy hello 299", "rare hello 7"]);
    await small.restart();
    await small.assign(replicas);
    const again = await small.connect();
    expect(await list(again)).toEqual(before);
    other.close();
    again.close();
    await small.close();
  });
});

describe("two SPUs", () => {
  it("keep the offsets of both on the one that leads the system topic", async () => {
    const peers = new SpuPeers();
    const first = await TestSpu.start({ peers });
    const second = await TestSpu.start({ peers, id: 5002 });
    const replicas = [replica("mine"), replica("yours", { leader: 5002 }), SYSTEM];
    await first.assign(replicas);
    await second.assign(replicas);
    const one = await first.connect();
    const two = await second.connect();
    await two.produce("yours", [batch(["a", "b"])]);
    expect(await save(two, "c1", 1n, "yours")).toEqual({ offset: 1n, errorCode: { kind: "None" } });
    expect(await list(one)).toEqual(["c1 yours 1"]);
    expect(await list(two)).toBe("PartitionNotLeader");
    const topics = [{ name: "yours", partitions: [{ partitionIndex: 0 }] }];
    const offsets = await two.call(FetchOffsetsApi, { topics, consumerId: "c1" }, 23);
    expect(offsets.topics[0]!.partitions[0]!.startOffset).toBe(2n);
    await first.close();
    expect((await save(two, "c1", 0n, "yours")).errorCode.kind).toBe("Other");
    expect(SPU_ID).not.toBe(5002);
    two.close();
    await second.close();
  });
});
