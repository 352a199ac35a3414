// Producing and consuming without SmartModules, over the wire.
import { ApiVersionsApi, FetchApi, FetchOffsetsApi, UpdateOffsetsApi } from "@smdk/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { batch, nextOffset, recordsOf, replica, TestSpu, values, type WireClient } from "./harness.ts";

let spu: TestSpu;
let client: WireClient;

beforeEach(async () => {
  spu = await TestSpu.start();
  await spu.assign([replica("hello")]);
  client = await spu.connect();
});

afterEach(async () => {
  client.close();
  await spu.close();
});

describe("ApiVersions", () => {
  it("lists what a Fluvio SPU lists", async () => {
    const response = await client.call(ApiVersionsApi, {
      clientVersion: "0.50.1",
      clientOs: "linux",
      clientArch: "x86_64",
    });
    expect(response.platformVersion).toBe("0.0.0");
    expect(
      response.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, minVersion, maxVersion]),
    ).toEqual([
      [0, 0, 25],
      [1, 0, 25],
      [1002, 25, 25],
      [1003, 0, 25],
      [1005, 0, 0],
    ]);
  });

  it("offers version 15 of StreamFetch to a client without a version", async () => {
    const response = await client.call(
      ApiVersionsApi,
      { clientVersion: "", clientOs: "", clientArch: "" },
      0,
    );
    expect(response.apiKeys.find(({ apiKey }) => apiKey === 1003)?.maxVersion).toBe(15);
  });
});

describe("produce", () => {
  it("numbers entries of one partition in order and answers in the same shape", async () => {
    const answers = await client.produce("hello", [batch(["a", "b"]), batch(["c"]), batch(["d", "e", "f"])]);
    expect(answers.map(({ baseOffset, errorCode }) => [baseOffset, errorCode.kind])).toEqual([
      [0n, "None"],
      [2n, "None"],
      [3n, "None"],
    ]);
    expect(await client.offsets("hello")).toMatchObject({ startOffset: 0n, lastStableOffset: 6n });
  });

  it("answers a flush without partitions with the topic and no partitions", async () => {
    expect(await client.produce("hello", [])).toEqual([]);
  });

  it("takes an entry without records for success and stores nothing", async () => {
    const [nothing, empty] = await client.produce("hello", [new Uint8Array(0), batch([])]);
    expect(nothing).toMatchObject({ baseOffset: 0n, errorCode: { kind: "None" } });
    expect(empty).toMatchObject({ baseOffset: 0n, errorCode: { kind: "None" } });
    expect((await client.offsets("hello")).lastStableOffset).toBe(0n);
  });

  it("stores the records of an empty batch's neighbour, and goes on working", async () => {
    const both = Buffer.concat([batch([]), batch(["x"])]);
    expect((await client.produce("hello", [both]))[0]!.errorCode.kind).toBe("None");
    expect((await client.produce("hello", [batch(["y"])]))[0]).toMatchObject({ baseOffset: 1n });
  });

  it("names partitions it does not lead, and still writes the others", async () => {
    await spu.assign([replica("hello"), replica("other", { leader: 5002 })]);
    expect((await client.produce("other", [batch(["x"])]))[0]!.errorCode.kind).toBe("NotLeaderForPartition");
    expect((await client.produce("nowhere", [batch(["x"])]))[0]!.errorCode.kind).toBe(
      "NotLeaderForPartition",
    );
    expect((await client.produce("hello", [batch(["x"])]))[0]!.errorCode.kind).toBe("None");
  });

  it("refuses damaged and truncated batches and stores nothing of them", async () => {
    const wrongCrc = batch(["a"]);
    wrongCrc[wrongCrc.length - 2]! ^= 1;
    const cut = batch(["a", "b"]).subarray(0, 70);
    const answers = await client.produce("hello", [wrongCrc, cut, Uint8Array.of(1, 2, 3)]);
    expect(answers.map(({ errorCode }) => errorCode.kind)).toEqual([
      "StorageError",
      "StorageError",
      "StorageError",
    ]);
    expect((await client.offsets("hello")).lastStableOffset).toBe(0n);
  });

  it("accepts only the codec the topic asks for", async () => {
    await spu.assign([
      replica("packed", { compressionType: "Gzip" }),
      replica("plain", { compressionType: "None" }),
    ]);
    const codecs = ["None", "Gzip", "Snappy", "Lz4", "Zstd"] as const;
    const errors = async (topic: string) =>
      (
        await client.produce(
          topic,
          codecs.map((compression) => batch(["x"], { compression })),
        )
      ).map(({ errorCode }) => errorCode.kind);
    const refused = "CompressionError";
    expect(await errors("packed")).toEqual([refused, "None", refused, refused, refused]);
    expect(await errors("plain")).toEqual(["None", refused, refused, refused, refused]);
  });

  it("refuses batches above the segment size and leaves the partition usable", async () => {
    await spu.assign([replica("small", { storage: { segmentSize: 1024, maxPartitionSize: null } })]);
    const answers = await client.produce("small", [batch(["x".repeat(2000)]), batch(["y"])]);
    expect(answers.map(({ errorCode }) => errorCode.kind)).toEqual(["MessageTooLarge", "None"]);
  });

  it("keeps outsiders from writing to mirrored partitions", async () => {
    const home = { kind: "Home", remoteCluster: "edge", remoteReplica: "home-0", source: false } as const;
    await spu.assign([
      replica("home", { mirror: home }),
      replica("source", { mirror: { ...home, source: true } }),
    ]);
    expect((await client.produce("home", [batch(["x"])]))[0]!.errorCode.kind).toBe("MirrorProduceFromHome");
    expect((await client.produce("source", [batch(["x"])]))[0]!.errorCode.kind).toBe("None");
  });

  it("answers a committed write at once when there is one replica", async () => {
    expect((await client.produce("hello", [batch(["x"])], { committed: true }))[0]).toMatchObject({
      baseOffset: 0n,
      errorCode: { kind: "None" },
    });
  });

  it("closes the connection of a request that is none", async () => {
    client.write(Uint8Array.of(0, 0, 0, 3, 1, 2, 3));
    await client.untilClosed();
    const other = await spu.connect();
    expect((await other.produce("hello", [batch(["x"])]))[0]!.errorCode.kind).toBe("None");
    other.close();
  });
});

describe("fetch", () => {
  it("gives whole batches of each partition, once", async () => {
    await client.produce("hello", [batch(["a", "b"]), batch(["c"])]);
    const fetch = (fetchOffset: bigint, maxBytes: number, topic = "hello") =>
      client.call(FetchApi, {
        maxWait: 0,
        minBytes: 0,
        maxBytes: 1_000_000,
        isolationLevel: "ReadUncommitted",
        topics: [
          {
            name: topic,
            fetchPartitions: [
              { partitionIndex: 0, currentLeaderEpoch: -1, fetchOffset, logStartOffset: 0n, maxBytes },
            ],
          },
        ],
        forgotten: [],
      });
    const first = async (...args: Parameters<typeof fetch>) =>
      (await fetch(...args)).topics[0]!.partitions[0]!;
    expect(values(recordsOf((await first(0n, 1_000_000)).records))).toEqual(["a", "b", "c"]);
    expect(values(recordsOf((await first(1n, 10)).records))).toEqual(["a", "b"]);
    expect((await first(3n, 10)).records.length).toBe(0);
    expect((await first(-1n, 10)).errorCode).toEqual({
      kind: "OffsetEvicted",
      offset: -1n,
      nextAvailable: 0n,
    });
    expect((await first(9n, 10)).errorCode.kind).toBe("Other");
    expect((await first(0n, 10, "nowhere")).errorCode.kind).toBe("NotLeaderForPartition");
  });

  it("knows offsets only of partitions it leads", async () => {
    const ask = (name: string, version: number) =>
      client.call(
        FetchOffsetsApi,
        { topics: [{ name, partitions: [{ partitionIndex: 0 }] }], consumerId: null },
        version,
      );
    for (const version of [23, 24, 25]) {
      expect((await ask("nowhere", version)).topics[0]!.partitions[0]).toEqual({
        errorCode: { kind: "PartitionNotLeader" },
        partitionIndex: 0,
        startOffset: 0n,
        lastStableOffset: 0n,
      });
    }
  });
});

describe("stream fetch", () => {
  it("delivers what is there and then what comes, one response per acknowledgement", async () => {
    await client.produce("hello", [batch(["a", "b"])]);
    const stream = client.stream("hello");
    const first = await stream.next();
    expect(first).toMatchObject({ topic: "hello", streamId: 1 });
    expect(first.partition).toMatchObject({ highWatermark: 2n, nextFilterOffset: 0n, logStartOffset: 0n });
    expect(values(recordsOf(first.partition.records))).toEqual(["a", "b"]);

    await client.produce("hello", [batch(["c"]), batch(["d"])]);
    await client.offsets("hello");
    expect(stream.hasNext).toBe(false);
    expect(await stream.acknowledge(2n)).toEqual({ kind: "None" });
    const second = await stream.next();
    expect(values(recordsOf(second.partition.records))).toEqual(["c", "d"]);

    await stream.acknowledge(nextOffset(second)!);
    await client.produce("hello", [batch(["e"])]);
    expect(values(recordsOf((await stream.next()).partition.records))).toEqual(["e"]);
  });

  it("sends nothing at the end of the log until data comes", async () => {
    const stream = client.stream("hello");
    await client.offsets("hello");
    expect(stream.hasNext).toBe(false);
    await client.produce("hello", [batch(["late"])]);
    expect(values(recordsOf((await stream.next()).partition.records))).toEqual(["late"]);
  });

  it("sends again from a lower acknowledgement", async () => {
    await client.produce("hello", [batch(["a"]), batch(["b"])]);
    const stream = client.stream("hello");
    await stream.next();
    await stream.acknowledge(1n);
    expect(values(recordsOf((await stream.next()).partition.records))).toEqual(["b"]);
    await stream.acknowledge(0n);
    expect(values(recordsOf((await stream.next()).partition.records))).toEqual(["a", "b"]);
  });

  it("ends at an acknowledged offset that no log has, but for -1", async () => {
    await client.produce("hello", [batch(["a"])]);
    const stream = client.stream("hello");
    await stream.next();
    await stream.acknowledge(-1n);
    await stream.acknowledge(-3n);
    const { errorCode } = (await stream.next()).partition;
    expect(errorCode).toEqual({ kind: "OffsetEvicted", offset: -3n, nextAvailable: 0n });
  });

  it("never cuts a batch, and sends one that is larger than asked for", async () => {
    const texts = Array.from({ length: 40 }, (_, i) => `${i}-${"x".repeat(50)}`);
    await client.produce(
      "hello",
      texts.map((text) => batch([text, text])),
    );
    const { records } = await client.stream("hello", { maxBytes: 70 }).take(80);
    expect(values(records)).toEqual(texts.flatMap((text) => [text, text]));
    const { records: few } = await client.stream("hello", { maxBytes: 700, offset: 5n }).take(75);
    expect(few.map(({ offset }) => offset)).toEqual(Array.from({ length: 75 }, (_, i) => BigInt(i + 5)));
  });

  it("counts streams of a connection from 1, and knows no other", async () => {
    await client.produce("hello", [batch(["a"])]);
    const streams = [client.stream("hello"), client.stream("hello"), client.stream("hello")];
    const ids = [];
    for (const stream of streams) ids.push((await stream.next()).streamId);
    expect(ids.sort()).toEqual([1, 2, 3]);
    const { status } = await client.call(UpdateOffsetsApi, {
      offsets: [
        { offset: 1n, sessionId: 9 },
        { offset: 1n, sessionId: 2 },
      ],
    });
    expect(status).toEqual([
      { sessionId: 9, error: { kind: "FetchSessionNotFoud" } },
      { sessionId: 2, error: { kind: "None" } },
    ]);
  });

  it("says where a stream cannot start", async () => {
    await client.produce("hello", [batch(["a", "b"])]);
    const error = async (offset: bigint) => {
      const response = await client.stream("hello", { offset }).next();
      expect(response.streamId).toBeGreaterThan(0);
      return response.partition.errorCode;
    };
    expect(await error(100n)).toEqual({ kind: "Other", value: "start offset: 100 is greater than leo: 2" });
    expect(await error(-1n)).toEqual({ kind: "OffsetEvicted", offset: -1n, nextAvailable: 0n });
    const elsewhere = await client.stream("nowhere").next();
    expect(elsewhere).toMatchObject({
      streamId: 0,
      partition: { errorCode: { kind: "NotLeaderForPartition" } },
    });
  });

  it("spares old clients the codes they cannot read", async () => {
    await client.produce("hello", [batch(["a", "b"])]);
    const stream = client.stream("hello", { offset: -1n, version: 17 });
    expect((await stream.next()).partition.errorCode.kind).toBe("OffsetOutOfRange");
  });

  it("tells its streams when the topic is deleted, and starts afresh", async () => {
    await client.produce("hello", [batch(["a"])]);
    const reading = client.stream("hello");
    await reading.next();
    const waiting = client.stream("hello", { offset: 1n });
    await client.offsets("hello");
    await spu.spu.port.removeReplica("hello", 0);
    expect((await reading.next()).partition.errorCode.kind).toBe("TopicDeleted");
    expect((await waiting.next()).partition.errorCode.kind).toBe("TopicDeleted");
    expect((await client.produce("hello", [batch(["b"])]))[0]!.errorCode.kind).toBe("NotLeaderForPartition");
    await spu.assign([replica("hello")]);
    expect((await client.produce("hello", [batch(["b"])]))[0]!.baseOffset).toBe(0n);
  });

  it("tells readers whether the partition is gone or led elsewhere", async () => {
    await spu.assign([replica("hello"), replica("moving")]);
    const streams = [client.stream("hello"), client.stream("moving")];
    await client.offsets("hello");
    await spu.assign([replica("moving", { leader: 5002 })]);
    expect((await streams[0]!.next()).partition.errorCode.kind).toBe("TopicDeleted");
    expect((await streams[1]!.next()).partition.errorCode.kind).toBe("NotLeaderForPartition");
  });

  it("ends at the high watermark for committed readers", async () => {
    await client.produce("hello", [batch(["a", "b"])]);
    const { records } = await client.stream("hello", { committed: true }).take(2);
    expect(values(records)).toEqual(["a", "b"]);
  });

  it("reads on over segment boundaries", async () => {
    await spu.assign([replica("rolled", { storage: { segmentSize: 1024, maxPartitionSize: null } })]);
    const texts = Array.from({ length: 50 }, (_, i) => `${i}-${"y".repeat(100)}`);
    for (const text of texts) await client.produce("rolled", [batch([text])]);
    const { records } = await client.stream("rolled").take(50);
    expect(values(records)).toEqual(texts);
  });

  it("survives clients that leave in the middle", async () => {
    await client.produce("hello", [batch(["a"])]);
    for (let i = 0; i < 20; i++) {
      const other = await spu.connect();
      other.stream("hello");
      if (i % 2 === 0) await other.stream("hello").next();
      other.close();
    }
    const { records } = await client.stream("hello").take(1);
    expect(values(records)).toEqual(["a"]);
  });
});

describe("replicas", () => {
  it("are reported when they open and when they grow", async () => {
    expect(spu.reports.get("hello-0")).toMatchObject({
      hw: 0n,
      leo: 0n,
      baseOffset: 0n,
      outOfStorage: false,
    });
    await client.produce("hello", [batch(["a", "b"])]);
    await expect.poll(() => spu.reports.get("hello-0")).toMatchObject({ hw: 2n, leo: 2n });
    expect(spu.reports.get("hello-0")!.size).toBeGreaterThan(0n);
  });

  it("keep their data over a restart and while they are led elsewhere", async () => {
    await client.produce("hello", [batch(["a"])]);
    await spu.assign([replica("hello", { leader: 5002 })]);
    expect((await client.offsets("hello")).errorCode.kind).toBe("PartitionNotLeader");
    await spu.restart();
    await spu.assign([replica("hello")]);
    const again = await spu.connect();
    expect(values((await again.stream("hello").take(1)).records)).toEqual(["a"]);
    again.close();
  });

  it("do not keep each other from opening", async () => {
    await spu.assign([replica("../evil"), replica("fine")]);
    expect((await client.produce("fine", [batch(["a"])]))[0]!.errorCode.kind).toBe("None");
    expect((await client.produce("../evil", [batch(["a"])]))[0]!.errorCode.kind).toBe(
      "NotLeaderForPartition",
    );
  });
});
