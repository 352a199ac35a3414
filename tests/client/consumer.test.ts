import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConsumerConfig, ConsumerRecord } from "@smdk/client";
import { beforeAll, describe, expect, it } from "vitest";
import { readAll, readTexts, topicWith, useCluster } from "./cluster.ts";

const setup = useCluster();
const wasm = (name: string): Uint8Array => readFileSync(new URL(`../fixtures/${name}.wasm`, import.meta.url));
const ten = Array.from({ length: 10 }, (_, i) => `record ${i}`);

beforeAll(async () => {
  await topicWith(setup.fluvio, "ten", ten);
});

/** Takes `count` records from a consumer that goes on by itself, then ends it. */
async function take(config: ConsumerConfig, count: number): Promise<ConsumerRecord[]> {
  const records: ConsumerRecord[] = [];
  for await (const record of setup.fluvio.consumer(config)) {
    records.push(record);
    if (records.length === count) break;
  }
  return records;
}

describe("where a consumer begins", () => {
  it.each<[string, ConsumerConfig["start"], number[]]>([
    ["beginning", "beginning", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ["after the beginning", { beginning: 7 }, [7, 8, 9]],
    ["before the end", { end: 2 }, [8, 9]],
    ["before the end, more than there is", { end: 50 }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ["absolute", { absolute: 5n }, [5, 6, 7, 8, 9]],
    ["end", "end", []],
    ["behind the end, limited", { beginning: 30 }, []],
  ])("%s", async (_, start, expected) => {
    const records = await readAll(setup.fluvio, "ten", { start: start! });
    expect(records.map((record) => Number(record.offset))).toEqual(expected);
    expect(records.map((record) => record.text)).toEqual(expected.map((i) => ten[i]));
  });

  it("refuses negative offsets, and reports those the log does not have", async () => {
    expect(() => setup.fluvio.consumer({ topic: "ten", start: { absolute: -1 } })).toThrow(
      expect.objectContaining({ code: "SMDK_ARGUMENT" }),
    );
    const consumer = setup.fluvio.consumer({ topic: "ten", start: { absolute: 1000 } });
    await expect(consumer[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "SMDK_SERVER_ERROR",
      topic: "ten",
      partition: 0,
    });
  });
});

describe("a consumer", () => {
  it("gets records as they come", async () => {
    const { fluvio } = setup;
    await fluvio.admin.topics.create("live");
    const iterator = fluvio.consumer({ topic: "live" })[Symbol.asyncIterator]();
    const first = iterator.next();
    const producer = await fluvio.producer("live");
    let arrived = false;
    void first.then(() => {
      arrived = true;
    });
    // the stream begins at the end, wherever that is when it opens
    while (!arrived) {
      await producer.send({ value: "tick" });
      await sleep(5);
    }
    expect((await first).value?.text).toBe("tick");
    await producer.send({ value: "last" });
    for (let text = ""; text !== "last"; ) text = (await iterator.next()).value!.text;
    await iterator.return?.();
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
    await producer.close();
  });

  it("merges partitions, or reads the ones asked for", async () => {
    const { fluvio } = setup;
    await fluvio.admin.topics.create("merged", { partitions: 3 });
    const producer = await fluvio.producer("merged");
    for (let i = 0; i < 30; i++) producer.send({ value: `${i}`, partition: i % 3 });
    await producer.close();
    const all = await readAll(fluvio, "merged");
    expect(all.length).toBe(30);
    for (const partition of [0, 1, 2]) {
      const own = all.filter((record) => record.partition === partition);
      expect(own.map((record) => Number(record.text))).toEqual(
        Array.from({ length: 10 }, (_, i) => 3 * i + partition),
      );
    }
    const some = await readAll(fluvio, "merged", { partitions: [2, 0] });
    expect(new Set(some.map((record) => record.partition))).toEqual(new Set([0, 2]));
    expect((await readAll(fluvio, "merged", { partitions: 1 })).length).toBe(10);
    await expect(readAll(fluvio, "merged", { partitions: 3 })).rejects.toMatchObject({
      code: "SMDK_PARTITION_NOT_FOUND",
      message: "Partition not found: merged-3",
    });
    await expect(readAll(fluvio, "nowhere")).rejects.toMatchObject({ code: "SMDK_TOPIC_NOT_FOUND" });
  });

  it("reads batches whole", async () => {
    const lengths: number[] = [];
    const consumer = setup.fluvio.consumer({ topic: "ten", start: { absolute: 3 }, disableContinuous: true });
    for await (const batch of consumer.batches()) {
      lengths.push(batch.length);
      expect([...batch].map((record) => record.text)).toEqual(ten.slice(10 - batch.length));
      const cursor = batch.cursor();
      expect(cursor.next()).toBe(true);
      expect(Buffer.from(cursor.value()).toString()).toBe(ten[10 - batch.length]);
    }
    expect(lengths).toEqual([7]);
  });

  it("reads everything whatever the size of an answer", async () => {
    const { fluvio } = setup;
    await fluvio.admin.topics.create("chunks");
    const producer = await fluvio.producer("chunks", { batchSize: 2000 });
    const values = Array.from({ length: 1000 }, (_, i) => `${i} ${"z".repeat(i % 300)}`);
    await producer.sendAll(values.map((value) => ({ value })));
    await producer.close();
    for (const maxBytes of [1, 100, 5000, 100_000]) {
      expect(await readTexts(fluvio, "chunks", { maxBytes })).toEqual(values);
    }
  });

  it("does not read ahead without end", async () => {
    const { fluvio } = setup;
    const producer = await (async () => {
      await fluvio.admin.topics.create("slow");
      return fluvio.producer("slow");
    })();
    const value = "x".repeat(10_000);
    await producer.sendAll(Array.from({ length: 2000 }, () => ({ value })));
    await producer.close();
    const consumer = fluvio.consumer({ topic: "slow", start: "beginning", disableContinuous: true });
    let count = 0;
    for await (const record of consumer) {
      count += record.value.length === value.length ? 1 : 0;
      if (count % 500 === 0) await sleep(20);
    }
    expect(count).toBe(2000);
  });

  it("ends when told to", async () => {
    const stop = new AbortController();
    const waiting = setup.fluvio
      .consumer({ topic: "ten", signal: stop.signal })
      [Symbol.asyncIterator]()
      .next();
    setTimeout(() => stop.abort(), 20);
    await expect(waiting).rejects.toMatchObject({ code: "SMDK_ABORTED" });
    const consumer = setup.fluvio.consumer({ topic: "ten" });
    const next = consumer[Symbol.asyncIterator]().next();
    setTimeout(() => void consumer.close(), 20);
    expect(await next).toEqual({ value: undefined, done: true });
  });
});

describe("SmartModules of a consumer", () => {
  beforeAll(async () => {
    const { fluvio } = setup;
    await fluvio.admin.smartModules.create("filter-a", { wasm: wasm("filter_bytes_a") });
    await topicWith(fluvio, "fruits", ["apple", "kiwi", "banana", "plum", "cherry", "grape"]);
    await topicWith(fluvio, "numbers", ["1", "2", "seven", "4"]);
  });

  it("of the cluster, brought along, and chained", async () => {
    const { fluvio } = setup;
    const filter = { name: "filter-a" };
    const upper = { wasm: wasm("map_upper") };
    expect(await readTexts(fluvio, "fruits", { smartModules: [filter] })).toEqual([
      "apple",
      "banana",
      "grape",
    ]);
    expect(await readTexts(fluvio, "fruits", { smartModules: [upper] })).toContain("KIWI");
    expect(await readTexts(fluvio, "fruits", { smartModules: [filter, upper] })).toEqual([
      "APPLE",
      "BANANA",
      "GRAPE",
    ]);
  });

  it("with parameters", async () => {
    const { fluvio } = setup;
    const module = { wasm: wasm("filter_init_param") };
    expect(
      await readTexts(fluvio, "fruits", { smartModules: [{ ...module, params: { needle: "rr" } }] }),
    ).toEqual(["cherry"]);
    await expect(readTexts(fluvio, "fruits", { smartModules: [module] })).rejects.toMatchObject({
      code: "SMDK_SMARTMODULE",
      errorCode: { kind: "SmartModuleChainInitError" },
    });
  });

  it("with an accumulator", async () => {
    const { fluvio } = setup;
    await topicWith(fluvio, "sums", ["1", "2", "3"]);
    const module = { wasm: wasm("aggregate_sum") };
    expect(await readTexts(fluvio, "sums", { smartModules: [module] })).toEqual(["1", "3", "6"]);
    expect(await readTexts(fluvio, "sums", { smartModules: [{ ...module, accumulator: "10" }] })).toEqual([
      "11",
      "13",
      "16",
    ]);
  });

  it("end when they drop everything", async () => {
    const { fluvio } = setup;
    const nothing = { wasm: wasm("filter_init_param"), params: { needle: "no fruit has this" } };
    expect(await readTexts(fluvio, "fruits", { smartModules: [nothing], endIdleMs: 2000 })).toEqual([]);
  });

  it("fail after the records before the failure", async () => {
    const { fluvio } = setup;
    const texts: string[] = [];
    const consumer = fluvio.consumer({
      topic: "numbers",
      start: "beginning",
      smartModules: [{ wasm: wasm("map_int_or_error") }],
    });
    const reading = (async () => {
      for await (const record of consumer) texts.push(record.text);
    })();
    await expect(reading).rejects.toMatchObject({
      code: "SMDK_SMARTMODULE",
      errorCode: { kind: "SmartModuleRuntimeError", value: { offset: 2n, kind: "Map" } },
      partition: 0,
    });
    expect(texts).toEqual(["2", "4"]);
  });

  it("are reported when they do not exist", async () => {
    await expect(readTexts(setup.fluvio, "fruits", { smartModules: [{ name: "nobody" }] })).rejects.toThrow(
      "SmartModule nobody was not found",
    );
  });

  it("run on produce too", async () => {
    const { fluvio } = setup;
    await fluvio.admin.topics.create("loud");
    const producer = await fluvio.producer("loud", { smartModules: [{ wasm: wasm("map_upper") }] });
    await producer.sendAll([{ value: "alpha" }, { value: "beta" }]);
    await producer.close();
    expect(await readTexts(fluvio, "loud")).toEqual(["ALPHA", "BETA"]);
  });
});

describe("offsets of a consumer id", () => {
  it("are kept by the consumer itself", async () => {
    const { fluvio } = setup;
    await topicWith(fluvio, "auto", ten);
    const config = { topic: "auto", start: "beginning", consumer: "worker", offsetStrategy: "auto" } as const;
    expect((await take(config, 4)).map((record) => record.text)).toEqual(ten.slice(0, 4));
    expect(await fluvio.admin.consumers.list({ consumer: "worker" })).toMatchObject([
      { consumerId: "worker", replicaId: { topic: "auto", partition: 0 }, offset: 3n },
    ]);
    const rest = await readTexts(fluvio, "auto", config);
    expect(rest).toEqual(ten.slice(4));
    expect(await readTexts(fluvio, "auto", config)).toEqual([]);
    await fluvio.admin.consumers.delete("worker", "auto", 0);
    expect(await fluvio.admin.consumers.list({ consumer: "worker" })).toEqual([]);
    expect(await readTexts(fluvio, "auto", config)).toEqual(ten);
  });

  it("are kept by the caller", async () => {
    const { fluvio } = setup;
    await topicWith(fluvio, "manual", ten);
    const config = {
      topic: "manual",
      start: "beginning",
      consumer: "hand",
      offsetStrategy: "manual",
    } as const;
    const consumer = fluvio.consumer(config);
    let count = 0;
    for await (const record of consumer) {
      expect(record.offset).toBe(BigInt(count));
      if (++count === 3) {
        consumer.commit();
        await consumer.flushOffsets();
      }
      if (count === 5) break;
    }
    expect((await fluvio.admin.consumers.list({ topic: "manual" })).map((entry) => entry.offset)).toEqual([
      2n,
    ]);
    expect((await readTexts(fluvio, "manual", config)).length).toBe(7);
    expect((await readTexts(fluvio, "manual", { ...config, start: { absolute: 1 } })).length).toBe(9);
  });

  it("need an id and a strategy", async () => {
    const { fluvio } = setup;
    expect(() => fluvio.consumer({ topic: "ten", offsetStrategy: "auto" })).toThrow(
      "Consumer id is required",
    );
    expect(() => fluvio.consumer({ topic: "ten", consumer: "x" }).commit()).toThrow(
      expect.objectContaining({ code: "SMDK_OFFSETS_DISABLED" }),
    );
  });
});
