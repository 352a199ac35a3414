// Our client against the recorded answers of a real cluster (0.18.2-dev-1): it has to get out what the real clients
// got out, and to say what they said.

import { type ConsumerConfig, Fluvio, type ProducerConfig, type ProducerRecord } from "@smdk/client";
import {
  BATCH_HEADER_LENGTH,
  batches,
  CreateApi,
  decode,
  FetchConsumerOffsetsApi,
  FetchOffsetsApi,
  ProduceApi,
  prepareCompression,
  readBatchHeader,
  recordsOf,
  StreamFetchApi,
  UpdateConsumerOffsetApi,
  UpdateOffsetsApi,
  UpdateOffsetsRequest,
  WatchApi,
} from "@smdk/protocol";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  exchangesOf,
  type Received,
  type RecordedStep,
  ReplayCluster,
  recordedSteps,
} from "./replay-cluster.ts";

const cleanups: (() => Promise<void>)[] = [];
beforeAll(prepareCompression);
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function replay(...steps: RecordedStep[]): Promise<{ real: ReplayCluster; fluvio: Fluvio }> {
  const real = await new ReplayCluster(steps).start();
  cleanups.push(() => real.close());
  const fluvio = await Fluvio.connect({
    cluster: real.scAddress,
    clientId: "FLUVIO_CLI",
    metadataTimeoutMs: 3000,
  });
  cleanups.push(() => fluvio.close());
  return { real, fluvio };
}

function step(scenario: string, ...args: string[]): RecordedStep {
  const found = recordedSteps(scenario).find((candidate) =>
    args.every((arg) => candidate.args.includes(arg)),
  );
  if (found === undefined) throw new Error(`${scenario} has no step ${args.join(" ")}`);
  return found;
}

/** Produces as the recorded command did; gives all batches of both, without what differs by nature. */
async function produced(
  recorded: RecordedStep,
  topic: string,
  records: ProducerRecord[],
  config: ProducerConfig = {},
): Promise<{ ours: Entry[]; theirs: Entry[] }> {
  const { real, fluvio } = await replay(recorded);
  const producer = await fluvio.producer(topic, config);
  await producer.sendAll(records);
  await producer.close();
  const theirs = exchangesOf(recorded, "SPU").filter(({ api }) => api.key === ProduceApi.key);
  return { ours: real.sent(ProduceApi).flatMap(entriesOf), theirs: theirs.flatMap(entriesOf) };
}

type Entry = ReturnType<typeof entriesOf>[number];
type Batch = ReturnType<typeof describeBatch>;

function entriesOf({ body, version }: Pick<Received, "body" | "version">) {
  const request = decode(ProduceApi.request, body, version);
  const { transactionalId, isolation, timeout, smartmodules } = request;
  return request.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, records }) => ({
      version,
      transactionalId,
      isolation,
      timeout,
      smartmodules,
      name,
      partitionIndex,
      batches: [...batches(records)].map(({ start, end }) => describeBatch(records.subarray(start, end))),
    })),
  );
}

function describeBatch(bytes: Uint8Array) {
  const {
    baseOffset,
    partitionLeaderEpoch,
    magic,
    attributes,
    lastOffsetDelta,
    producerId,
    producerEpoch,
    firstSequence,
  } = readBatchHeader(bytes);
  const records: {
    offsetDelta: number;
    flags: number;
    headerCount: number;
    key: string | null;
    value: string | null;
  }[] = [];
  const cursor = recordsOf(bytes);
  const size = BATCH_HEADER_LENGTH + cursor.limit;
  while (cursor.next()) {
    const { offsetDelta, attributes: flags, headerCount } = cursor;
    records.push({ offsetDelta, flags, headerCount, key: text(cursor.key()), value: text(cursor.value()) });
  }
  return {
    baseOffset,
    partitionLeaderEpoch,
    magic,
    attributes,
    lastOffsetDelta,
    producerId,
    producerEpoch,
    firstSequence,
    size,
    records,
  };
}

const text = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString();

/** Consumes as `fluvio consume -d` and gives what it would print. */
async function printed(
  fluvio: Fluvio,
  config: ConsumerConfig,
  form: "value" | "key-value" = "value",
): Promise<string> {
  let out = "";
  for await (const record of fluvio.consumer({ disableContinuous: true, start: "beginning", ...config })) {
    out += form === "value" ? `${record.text}\n` : `[${record.keyText ?? "null"}] ${record.text}\n`;
  }
  return out;
}

const bigLines = Array.from({ length: 2000 }, (_, i) => ({ value: `line ${i} ${"x".repeat(80)}` }));

describe("producing", () => {
  it("sends the records of a file as the CLI does", async () => {
    const { ours, theirs } = await produced(
      step("cli-produce-consume", "produce", "three.txt"),
      "vec-data",
      ["alpha", "beta", "gamma"].map((value) => ({ value })),
    );
    expect(ours).toEqual(theirs);
  });

  it("sends keys as the CLI does", async () => {
    const { ours, theirs } = await produced(step("cli-produce-consume", "produce", "keyed.txt"), "vec-data", [
      { key: "k1", value: "apple" },
      { key: "k2", value: "banana" },
      { key: "k1", value: "cherry" },
    ]);
    expect(ours).toEqual(theirs);
  });

  it.each(["gzip", "snappy", "lz4", "zstd"] as const)("cuts batches where the CLI does: %s", async (name) => {
    const compression = ({ gzip: "Gzip", snappy: "Snappy", lz4: "Lz4", zstd: "Zstd" } as const)[name];
    const { ours, theirs } = await produced(
      step(`cli-compression-${name}`, "produce"),
      `vec-${name}`,
      bigLines,
      { compression },
    );
    // how many records fit depends on how long their timestamp deltas are, so on the pace of the producer
    const flat = (entries: Entry[]): Batch[] => entries.flatMap((entry) => entry.batches);
    for (const side of [flat(ours), flat(theirs)]) {
      expect(side.flatMap((batch) => batch.records.map((record) => record.value))).toEqual(
        bigLines.map(({ value }) => value),
      );
      for (const batch of side) expect(batch.size).toBeLessThanOrEqual(16_384);
    }
    for (const batch of flat(ours).slice(0, -1)) expect(batch.size).toBeGreaterThan(16_384 - 110);
    expect(flat(ours)[0]?.attributes).toBe(flat(theirs)[0]?.attributes);
  });

  it("asks for SmartModules as the CLI does", async () => {
    const { ours, theirs } = await produced(
      step("cli-smartmodule-produce", "produce"),
      "vec-psm",
      ["alpha", "beta", "gamma"].map((value) => ({ value })),
      { smartModules: [{ name: "upper" }] },
    );
    expect(ours).toEqual(theirs);
  });
});

describe("consuming", () => {
  it("gets what the CLI got", async () => {
    const recorded = step("cli-produce-consume", "consume", "-B", "-d");
    const { fluvio, real } = await replay(recorded);
    expect(await printed(fluvio, { topic: "vec-data" })).toBe(recorded.stdout);
    const theirs = exchangesOf(recorded, "SPU");
    for (const api of [FetchOffsetsApi, StreamFetchApi]) {
      expect(real.sent(api).map(({ body }) => body.toString("hex"))).toEqual(
        theirs.filter((exchange) => exchange.api.key === api.key).map(({ body }) => body.toString("hex")),
      );
    }
  });

  it("gets keys", async () => {
    const recorded = step("cli-produce-consume", "consume", "-k");
    const { fluvio } = await replay(recorded);
    expect(await printed(fluvio, { topic: "vec-data" }, "key-value")).toBe(recorded.stdout);
  });

  it.each(["gzip", "snappy", "lz4", "zstd"])("decompresses %s of a real SPU", async (name) => {
    const recorded = step(`cli-compression-${name}`, "consume");
    const { fluvio } = await replay(recorded);
    const all = await printed(fluvio, { topic: `vec-${name}`, start: { absolute: 0 } });
    expect(all).toBe(bigLines.map(({ value }) => `${value}\n`).join(""));
  });

  it("keeps offsets under a consumer id", async () => {
    const recorded = step("cli-consumer-offsets", "grp1", "-B");
    const { fluvio, real } = await replay(recorded);
    const config = { topic: "vec-data", consumer: "grp1", offsetStrategy: "auto" } as const;
    expect(await printed(fluvio, config)).toBe(recorded.stdout);
    const theirs = exchangesOf(recorded, "SPU");
    for (const api of [FetchConsumerOffsetsApi, StreamFetchApi, UpdateConsumerOffsetApi]) {
      expect(real.sent(api).map(({ body }) => body.toString("hex"))).toEqual(
        theirs.filter((exchange) => exchange.api.key === api.key).map(({ body }) => body.toString("hex")),
      );
    }
    // the answer ended the reading, so nothing more had to be asked for
    expect(real.sent(UpdateOffsetsApi).map(({ body }) => decode(UpdateOffsetsRequest, body, 0))).toEqual([]);
  });

  it("resumes behind a stored offset, where nothing is left", async () => {
    const recorded = recordedSteps("cli-consumer-offsets")[2]!;
    const { fluvio } = await replay(recorded);
    expect(await printed(fluvio, { topic: "vec-data", consumer: "grp1" })).toBe("");
  });

  it("lists and deletes stored offsets", async () => {
    const [, list, , remove] = recordedSteps("cli-consumer-offsets");
    const { fluvio } = await replay(list!, remove!);
    expect(await fluvio.admin.consumers.list()).toMatchObject([
      { consumerId: "grp1", replicaId: { topic: "vec-data", partition: 0 }, offset: 5n },
    ]);
    await fluvio.admin.consumers.delete("grp1", "vec-data", 0);
  });

  it("runs a module of the cluster", async () => {
    const recorded = step("cli-smartmodule-consume", "consume", "filter-a");
    const { fluvio, real } = await replay(recorded);
    expect(await printed(fluvio, { topic: "vec-data", smartModules: [{ name: "filter-a" }] })).toBe(
      recorded.stdout,
    );
    expect(real.sent(StreamFetchApi)[0]?.body).toEqual(
      exchangesOf(recorded, "SPU").find(({ api }) => api.key === StreamFetchApi.key)?.body,
    );
  });
});

describe("failing", () => {
  it("says what does not exist", async () => {
    const missing = await replay(step("cli-errors", "consume", "no-such-topic"));
    await expect(printed(missing.fluvio, { topic: "no-such-topic" })).rejects.toThrow(
      "Topic not found: no-such-topic",
    );
    await expect(missing.fluvio.producer("no-such-topic")).rejects.toThrow("Topic not found: no-such-topic");
    const partition = await replay(step("cli-errors", "consume", "-p", "9"));
    await expect(printed(partition.fluvio, { topic: "vec-data", partitions: 9 })).rejects.toThrow(
      "Partition not found: vec-data-9",
    );
  });

  it("tells of SmartModule errors, which the real client keeps to itself", async () => {
    const missing = await replay(step("cli-errors", "--smartmodule", "no-such-module"));
    await expect(
      printed(missing.fluvio, { topic: "vec-data", smartModules: [{ name: "no-such-module" }] }),
    ).rejects.toMatchObject({
      code: "SMDK_SMARTMODULE",
      message: "SmartModule no-such-module was not found",
    });
    const broken = await replay(step("cli-errors", "--smartmodule-path"));
    const wasm = Buffer.from("alpha\nbeta\ngamma\n");
    await expect(
      printed(broken.fluvio, { topic: "vec-data", smartModules: [{ wasm }] }),
    ).rejects.toMatchObject({
      errorCode: { kind: "SmartModuleChainInitError" },
    });
    const failing = await replay(step("cli-smartmodule-consume", "map_int_or_error.wasm"));
    const config = { topic: "vec-num", smartModules: [{ wasm }], start: "beginning" } as const;
    let out = "";
    const reading = (async () => {
      for await (const record of failing.fluvio.consumer(config)) out += `${record.text}\n`;
    })();
    await expect(reading).rejects.toMatchObject({ errorCode: { kind: "SmartModuleRuntimeError" } });
    expect(out).toBe("2\n4\n");
  });
});

describe("administering", () => {
  it("creates topics as the CLI does", async () => {
    const recorded = step("cli-topic-lifecycle", "create");
    const { fluvio, real } = await replay(recorded);
    await fluvio.admin.topics.create("vec-topic");
    expect(real.sent(CreateApi)[0]?.body).toEqual(
      exchangesOf(recorded, "SC").find(({ api }) => api.key === CreateApi.key)?.body,
    );
  });

  it("understands lists and refusals", async () => {
    const steps = recordedSteps("cli-topic-lifecycle");
    const { fluvio } = await replay(steps[1]!, steps[5]!, steps[6]!, steps[7]!);
    expect(await fluvio.admin.topics.list()).toMatchObject([
      { name: "vec-topic", spec: { replicas: { kind: "Computed", partitions: 1 } } },
    ]);
    await expect(fluvio.admin.topics.create("vec-topic")).rejects.toMatchObject({
      errorCode: { kind: "TopicAlreadyExists" },
    });
    await fluvio.admin.topics.delete("vec-topic");
    await expect(fluvio.admin.topics.delete("vec-topic")).rejects.toMatchObject({
      errorCode: { kind: "TopicNotFound" },
    });
  });

  it("watches as real clients do", async () => {
    const recorded = step("cli-topic-lifecycle", "create");
    const { fluvio, real } = await replay(recorded);
    await fluvio.admin.topics.list();
    const watches = real.sent(WatchApi);
    expect(watches.map(({ clientId, version }) => [clientId, version])).toEqual([
      ["dummy", 19],
      ["dummy", 19],
      ["dummy", 19],
    ]);
    const theirs = exchangesOf(recorded, "SC").filter(({ api }) => api.key === WatchApi.key);
    expect(watches.map(({ body }) => body)).toEqual(theirs.slice(0, 3).map(({ body }) => body));
  });
});
