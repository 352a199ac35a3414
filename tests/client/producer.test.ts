import { describe, expect, it } from "vitest";
import { readAll, readTexts, useCluster } from "./cluster.ts";

const setup = useCluster();

describe("a producer", () => {
  it("tells where each record was stored", async () => {
    const { fluvio } = setup;
    await fluvio.admin.topics.create("places");
    const producer = await fluvio.producer("places");
    const first = await producer.send({ value: "one" });
    const more = await Promise.all([
      producer.send({ value: "two" }),
      producer.send({ key: "k", value: "three" }),
    ]);
    await producer.close();
    expect([first, ...more]).toEqual([
      { partition: 0, offset: 0n },
      { partition: 0, offset: 1n },
      { partition: 0, offset: 2n },
    ]);
    const records = await readAll(fluvio, "places");
    expect(records.map((record) => [record.offset, record.keyText, record.text])).toEqual([
      [0n, null, "one"],
      [1n, null, "two"],
      [2n, "k", "three"],
    ]);
    for (const record of records) expect(Math.abs(record.timestamp - Date.now())).toBeLessThan(600_000);
  });

  it("spreads keyless records over the partitions and keeps keys together", async () => {
    const { fluvio } = setup;
    await fluvio.admin.topics.create("spread", { partitions: 3 });
    const producer = await fluvio.producer("spread");
    for (let i = 0; i < 9; i++) producer.send({ value: `plain ${i}` });
    for (const key of ["alpha", "beta", "gamma", "alpha"]) producer.send({ key, value: `of ${key}` });
    await producer.close();
    const records = await readAll(fluvio, "spread");
    const plain = records.filter((record) => record.key === null).map((record) => record.partition);
    expect(plain.sort()).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
    const keyed = records.filter((record) => record.key !== null);
    expect(new Map(keyed.map((record) => [record.keyText, record.partition]))).toEqual(
      new Map([
        ["alpha", 0],
        ["beta", 2],
        ["gamma", 2],
      ]),
    );
  });

  it("keeps the order of a partition through many batches and requests", async () => {
    const { fluvio } = setup;
    await fluvio.admin.topics.create("order");
    const producer = await fluvio.producer("order", { batchSize: 500, maxRequestSize: 2000 });
    const values = Array.from({ length: 3000 }, (_, i) => `${i}`);
    expect(await producer.sendAll(values.map((value) => ({ value })))).toBe(3000);
    await producer.close();
    const records = await readAll(fluvio, "order");
    expect(records.map((record) => record.text)).toEqual(values);
    expect(records.every((record, i) => record.offset === BigInt(i))).toBe(true);
  });

  it.each(["Gzip", "Snappy", "Lz4", "Zstd"] as const)("compresses with %s", async (compression) => {
    const { fluvio } = setup;
    const topic = `packed-${compression.toLowerCase()}`;
    await fluvio.admin.topics.create(topic, { compression });
    const producer = await fluvio.producer(topic);
    expect(producer.compression).toBe(compression);
    const values = Array.from({ length: 2000 }, (_, i) => `line ${i} ${"x".repeat(80)}`);
    await producer.sendAll(values.map((value) => ({ value })));
    await producer.close();
    expect(await readTexts(fluvio, topic)).toEqual(values);
    const [partition] = (await fluvio.admin.partitions.list()).filter(({ name }) => name === `${topic}-0`);
    expect(partition?.status.resolution).toBe("Online");
  });

  it("refuses a compression that the topic does not allow", async () => {
    const { fluvio } = setup;
    await fluvio.admin.topics.create("only-zstd", { compression: "Zstd" });
    await expect(fluvio.producer("only-zstd", { compression: "Gzip" })).rejects.toMatchObject({
      code: "SMDK_COMPRESSION_MISMATCH",
      message: "Compression in the producer (gzip) does not match with topic level compression (zstd)",
    });
  });

  it("sends records larger than a batch alone, and none larger than a request", async () => {
    const { fluvio } = setup;
    await fluvio.admin.topics.create("sizes");
    const producer = await fluvio.producer("sizes", { maxRequestSize: 100_000 });
    producer.send({ value: "small" });
    producer.send({ value: "x".repeat(50_000) });
    expect(() => producer.send({ value: "x".repeat(100_000) })).toThrow(
      expect.objectContaining({ code: "SMDK_RECORD_TOO_LARGE" }),
    );
    producer.send({ value: "after" });
    await producer.close();
    expect((await readTexts(fluvio, "sizes")).map((text) => text.length)).toEqual([5, 50_000, 5]);
  });

  it("fails for what does not exist", async () => {
    const { fluvio } = setup;
    await expect(fluvio.producer("nowhere")).rejects.toMatchObject({
      code: "SMDK_TOPIC_NOT_FOUND",
      message: "Topic not found: nowhere",
    });
    await fluvio.admin.topics.create("narrow");
    const producer = await fluvio.producer("narrow");
    expect(() => producer.send({ value: "x", partition: 1 })).toThrow("Partition not found: narrow-1");
    await producer.close();
    expect(() => producer.send({ value: "x" })).toThrow(expect.objectContaining({ code: "SMDK_CLOSED" }));
  });

  it("reports lost records to whoever waits, or to flush", async () => {
    const { fluvio } = setup;
    await fluvio.admin.topics.create("doomed");
    const producer = await fluvio.producer("doomed", { smartModules: [{ name: "missing" }] });
    await expect(producer.send({ value: "awaited" }).wait()).rejects.toMatchObject({
      code: "SMDK_SMARTMODULE",
      errorCode: { kind: "SmartModuleNotFound", name: "missing" },
    });
    await producer.flush();
    producer.send({ value: "not awaited" });
    await expect(producer.flush()).rejects.toThrow("SmartModule missing was not found");
    await producer.flush();
    await producer.close();
  });

  it("bounds what waits to be sent", async () => {
    const { fluvio } = setup;
    await fluvio.admin.topics.create("bounded");
    const producer = await fluvio.producer("bounded", { bufferBytes: 100_000 });
    const send = (): void => {
      for (let i = 0; i < 1000; i++) producer.send({ value: "x".repeat(1000) });
    };
    expect(send).toThrow(expect.objectContaining({ code: "SMDK_QUEUE_FULL" }));
    await producer.ready();
    expect(producer.full).toBe(false);
    await producer.sendAll(Array.from({ length: 1000 }, () => ({ value: "y".repeat(1000) })));
    await producer.close();
    const texts = await readTexts(fluvio, "bounded");
    expect(texts.filter((text) => text.startsWith("y")).length).toBe(1000);
  });

  it("waits for more records with a linger, but not for flush", async () => {
    const { fluvio } = setup;
    await fluvio.admin.topics.create("linger");
    const producer = await fluvio.producer("linger", { lingerMs: 60_000 });
    const delivery = producer.send({ value: "patience" });
    await producer.flush();
    expect(await delivery).toEqual({ partition: 0, offset: 0n });
    const quick = await fluvio.producer("linger", { lingerMs: 5 });
    expect(await quick.send({ value: "soon" })).toEqual({ partition: 0, offset: 1n });
    await quick.close();
    await producer.close();
  });

  it("acknowledges committed records too, and sends at most once when asked", async () => {
    const { fluvio } = setup;
    await fluvio.admin.topics.create("committed");
    const committed = await fluvio.producer("committed", { isolation: "ReadCommitted" });
    expect(await committed.send({ value: "safe" })).toEqual({ partition: 0, offset: 0n });
    await committed.close();
    const careless = await fluvio.producer("committed", { delivery: "at-most-once" });
    expect(await careless.send({ value: "fast" })).toEqual({ partition: 0, offset: 1n });
    await careless.close();
  });

  it("can be stopped", async () => {
    const { fluvio } = setup;
    await fluvio.admin.topics.create("stopped");
    const stop = new AbortController();
    const producer = await fluvio.producer("stopped", { lingerMs: 60_000, signal: stop.signal });
    const delivery = producer.send({ value: "never" }).wait();
    stop.abort();
    await expect(delivery).rejects.toMatchObject({ code: "SMDK_ABORTED" });
    expect(() => producer.send({ value: "later" })).toThrow(
      expect.objectContaining({ code: "SMDK_ABORTED" }),
    );
    await producer.close();
    expect(await readTexts(fluvio, "stopped")).toEqual([]);
  });

  it("uses partitions that are added later", async () => {
    const { fluvio } = setup;
    await fluvio.admin.topics.create("growing");
    const producer = await fluvio.producer("growing");
    await producer.send({ value: "first" });
    await fluvio.admin.topics.addPartitions("growing", 1);
    const seen = new Set<number>();
    for (let i = 0; i < 500 && seen.size < 2; i++)
      seen.add((await producer.send({ value: "more" })).partition);
    expect([...seen].sort()).toEqual([0, 1]);
    await producer.close();
  });
});
