// SmartModules on their way through an SPU: on consume, on produce, and as deduplication.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import {
  type Api,
  batches,
  decodeResponseBody,
  RecordCursor,
  readBatchHeader,
  recordsSection,
  type SmartModuleInvocation,
  StreamFetchApi,
  type StreamFetchRequest,
  type StreamFetchResponse,
} from "@smdk/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Logger, silentLogger } from "../../src/logger.ts";
import {
  batch,
  nextOffset,
  predefined,
  recordsOf,
  replica,
  smartModule,
  TestSpu,
  values,
  type WireClient,
} from "./harness.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../../../tests/fixtures/${name}.wasm`, import.meta.url));
const filterA = fixture("filter_bytes_a");
const upper = fixture("map_upper");
const double = fixture("map_int_or_error");
const sum = fixture("aggregate_sum");
const lines = fixture("array_map_lines");
const needle = fixture("filter_init_param");
const growing = readFileSync(new URL("../fixtures/filter_lookback.wasm", import.meta.url));

const MODULES = [
  smartModule("filter-a", filterA),
  smartModule("upper", upper),
  smartModule("double", double),
  smartModule("sum", sum),
  smartModule("lines", lines),
  smartModule("needle", needle),
  smartModule("growing", growing),
  smartModule("not-wasm", Buffer.from("plain text")),
  smartModule("no-export", Buffer.from('(module (memory (export "memory") 1))')),
];
const FRUITS = ["apple", "kiwi", "banana", "plum", "cherry", "grape"];

let spu: TestSpu;
let client: WireClient;

beforeEach(async () => {
  spu = await TestSpu.start();
  await spu.assign([replica("fruits"), replica("numbers")], MODULES);
  client = await spu.connect();
});

afterEach(async () => {
  client.close();
  await spu.close();
});

const params = (entries: Record<string, string>) => ({
  inner: new Map(Object.entries(entries)),
  lookback: null,
});
const adHoc = (payload: Uint8Array): SmartModuleInvocation => ({
  ...predefined(""),
  wasm: { kind: "AdHoc", value: payload },
  name: null,
});
const fruits = () => client.produce("fruits", [batch(FRUITS), batch(["fig", "avocado"])]);

describe("consume", () => {
  it("answers as a Fluvio SPU does where records are left of every batch", async () => {
    await fruits();
    const { partition } = await client.stream("fruits", { smartmodules: [predefined("filter-a")] }).next();
    expect(partition).toMatchObject({ errorCode: { kind: "None" }, highWatermark: 8n, nextFilterOffset: 8n });
    const [batch, ...others] = [...batches(partition.records)];
    const { start } = batch!;
    expect(others).toEqual([]);
    expect(readBatchHeader(partition.records, start)).toMatchObject({
      baseOffset: 0n,
      lastOffsetDelta: 7,
      firstTimestamp: -1n,
      maxTimestamp: -1n,
    });
    expect(recordsOf(partition.records).map(({ offset, value }) => `${offset} ${value}`)).toEqual([
      "0 apple",
      "1 banana",
      "2 grape",
      "3 avocado",
    ]);
    const deltas = [];
    for (const cursor = new RecordCursor(recordsSection(partition.records)); cursor.next(); )
      deltas.push(cursor.offsetDelta);
    expect(deltas).toEqual([0, 2, 5, 7]);
  });

  it("loses no record of a reader that starts inside a batch", async () => {
    await fruits();
    const stream = client.stream("fruits", { offset: 3n, smartmodules: [predefined("filter-a")] });
    const { records } = await stream.take(5);
    expect(records.map(({ offset, value }) => `${offset} ${value}`)).toEqual(["3 grape", "4 avocado"]);
  });

  it("shows modules the whole batch in which a reader starts, as a Fluvio SPU does", async () => {
    await client.produce("numbers", [batch(["bad", "2", "3", "4"]), batch(["1", "2", "3"]), batch(["5"])]);
    const from = async (offset: bigint, module: string) => {
      const { records } = await client
        .stream("numbers", { offset, smartmodules: [predefined(module)] })
        .take(8 - Number(offset));
      return records.map(({ offset, value }) => `${offset} ${value}`);
    };
    expect(await from(5n, "sum")).toEqual(["5 3", "6 6", "7 11"]);
    expect(await from(7n, "sum")).toEqual(["7 5"]);
    expect(await from(5n, "lines")).toEqual(["5 2", "6 3", "7 5"]);
    // A record before the start that fails is nobody's.
    expect(await from(2n, "double")).toEqual(["2 6", "3 8", "4 2", "5 4", "6 6", "7 10"]);
  });

  it("lets a reader end where nothing is left, at the start, in the middle and at all", async () => {
    await client.produce("fruits", [batch(["kiwi", "plum"]), batch(["banana"]), batch(["fig"])]);
    const read = async (needles: string) =>
      values(
        (
          await client
            .stream("fruits", {
              smartmodules: [predefined("needle", { params: params({ needle: needles }) })],
            })
            .take(4)
        ).records,
      );
    expect(await read("banana")).toEqual(["banana"]);
    expect(await read("fig")).toEqual(["fig"]);
    expect(await read("mango")).toEqual([]);
  });

  it("lets a reader end where rejected records were added behind the end it saw", async () => {
    await client.produce("fruits", [batch(["apple"]), batch(["kiwi"])]);
    const stream = client.stream("fruits", { maxBytes: 1, smartmodules: [predefined("filter-a")] });
    expect(nextOffset(await stream.next())).toBe(1n);
    await client.produce("fruits", [batch(["plum"])]);
    await stream.acknowledge(1n);
    const { partition } = await stream.next();
    expect(recordsOf(partition.records)).toEqual([]);
    expect(readBatchHeader(partition.records)).toMatchObject({ baseOffset: 1n, lastOffsetDelta: 1 });
    expect(partition.nextFilterOffset).toBe(3n);
  });

  it("keeps the offset of what follows rejected batches", async () => {
    await client.produce("fruits", [batch(["kiwi", "plum"]), batch(["banana"])]);
    const { records } = await client.stream("fruits", { smartmodules: [predefined("filter-a")] }).take(3);
    expect(records).toMatchObject([{ offset: 2n, value: "banana" }]);
  });

  it("stays silent over new records that are all rejected, and delivers later ones", async () => {
    await client.produce("fruits", [batch(["apple"])]);
    const stream = client.stream("fruits", { smartmodules: [predefined("filter-a")] });
    await stream.acknowledge(nextOffset(await stream.next())!);
    await client.produce("fruits", [batch(["kiwi"]), batch(["plum"])]);
    await client.offsets("fruits");
    expect(stream.hasNext).toBe(false);
    await client.produce("fruits", [batch(["banana"])]);
    const response = await stream.next();
    expect(recordsOf(response.partition.records)).toMatchObject([{ value: "banana" }]);
    expect(response.partition.nextFilterOffset).toBe(4n);
  });

  it("counts the records it leaves anew in each segment, as a Fluvio SPU does", async () => {
    await spu.assign(
      [replica("rolled", { storage: { segmentSize: 1024, maxPartitionSize: null } })],
      MODULES,
    );
    const value = (i: number) => `${i % 2 === 0 ? "a" : "x"}${i}`.padEnd(300, ".");
    for (let i = 0; i < 8; i++) await client.produce("rolled", [batch([value(i)])]);
    const { records } = await client.stream("rolled", { smartmodules: [predefined("filter-a")] }).take(8);
    expect(records.map(({ offset, value }) => `${offset} ${value.slice(0, 2)}`)).toEqual([
      "0 a0",
      "2 a2",
      "4 a4",
      "6 a6",
    ]);
  });

  it("reads on behind a segment of which nothing is left", async () => {
    await spu.assign(
      [replica("rolled", { storage: { segmentSize: 1024, maxPartitionSize: null } })],
      MODULES,
    );
    for (let i = 0; i < 30; i++)
      await client.produce("rolled", [batch([i < 20 ? `x${i}`.repeat(30) : `a${i}`])]);
    const { records } = await client.stream("rolled", { smartmodules: [predefined("filter-a")] }).take(30);
    expect(values(records)).toEqual(Array.from({ length: 10 }, (_, i) => `a${i + 20}`));
  });

  it("delivers output larger than the client asked for, every batch once", async () => {
    await client.produce(
      "numbers",
      Array.from({ length: 10 }, () => batch(["1", "2"])),
    );
    const { records } = await client
      .stream("numbers", { maxBytes: 30, smartmodules: [predefined("sum")] })
      .take(20);
    expect(values(records)).toEqual(
      [1, 3, 4, 6, 7, 9, 10, 12, 13, 15, 16, 18, 19, 21, 22, 24, 25, 27, 28, 30].map(String),
    );
  });

  it("goes on with an accumulator, from the initial value of each stream", async () => {
    await client.produce("numbers", [batch(["1", "2"]), batch(["3"])]);
    const from = (text: string): SmartModuleInvocation[] => [
      predefined("sum", {
        kind: { kind: "Generic", value: { kind: "Aggregate", accumulator: Buffer.from(text) } },
      }),
    ];
    expect(values((await client.stream("numbers", { smartmodules: from("100") }).take(3)).records)).toEqual([
      "101",
      "103",
      "106",
    ]);
    const typed = [predefined("sum", { kind: { kind: "Aggregate", accumulator: Buffer.from("10") } })];
    expect(values((await client.stream("numbers", { smartmodules: typed }).take(3)).records)).toEqual([
      "11",
      "13",
      "16",
    ]);
  });

  it("chains modules in order, named and ad hoc", async () => {
    await fruits();
    const smartmodules = [predefined("filter-a"), adHoc(gzipSync(upper))];
    const { records } = await client.stream("fruits", { smartmodules }).take(8);
    expect(values(records)).toEqual(["APPLE", "BANANA", "GRAPE", "AVOCADO"]);
  });

  it("keeps more records than there were within their span", async () => {
    await client.produce("fruits", [batch(["a\nb\nc"]), batch(["d\ne"])]);
    const { records } = await client.stream("fruits", { smartmodules: [predefined("lines")] }).take(2);
    expect(values(records)).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("reads compressed batches and answers in the codec of the first", async () => {
    for (const compression of ["Gzip", "Snappy", "Lz4", "Zstd"] as const) {
      await client.produce("fruits", [batch(FRUITS, { compression })]);
      const end = (await client.offsets("fruits")).lastStableOffset;
      const stream = client.stream("fruits", { offset: end - 6n, smartmodules: [predefined("filter-a")] });
      const { partition } = await stream.next();
      expect(readBatchHeader(partition.records).compression).toBe(compression);
      expect(values(recordsOf(partition.records))).toEqual(["apple", "banana", "grape"]);
    }
  });

  it("delivers what came before a failing record, then the error, and can go on", async () => {
    await client.produce("numbers", [batch(["1", "2", "seven", "4"]), batch(["5"])]);
    const stream = client.stream("numbers", { smartmodules: [predefined("double")] });
    const { partition } = await stream.next();
    expect(values(recordsOf(partition.records))).toEqual(["2", "4"]);
    expect(partition.errorCode).toMatchObject({
      kind: "SmartModuleRuntimeError",
      value: { offset: 2n, kind: "Map", recordKey: null },
    });
    expect(partition.nextFilterOffset).toBe(4n);
    await stream.acknowledge(4n);
    expect(values(recordsOf((await stream.next()).partition.records))).toEqual(["10"]);
  });

  it("sends an error before the first record with a batch that has none", async () => {
    await client.produce("numbers", [batch(["apple"]), batch(["5"])]);
    const { partition } = await client.stream("numbers", { smartmodules: [predefined("double")] }).next();
    expect(partition.errorCode.kind).toBe("SmartModuleRuntimeError");
    expect(partition.records.length).toBe(61);
    expect(readBatchHeader(partition.records)).toMatchObject({ baseOffset: -1n, lastOffsetDelta: -1 });
    expect(partition.nextFilterOffset).toBe(1n);
  });

  it("ends only the stream whose module traps, with what it had", async () => {
    await client.produce("numbers", [batch(["1"]), batch(["panic"])]);
    const healthy = client.stream("numbers", { smartmodules: [predefined("sum")], offset: 0n, maxBytes: 1 });
    expect(values(recordsOf((await healthy.next()).partition.records))).toEqual(["1"]);
    const stream = client.stream("numbers", { smartmodules: [predefined("double")] });
    const { partition } = await stream.next();
    expect(values(recordsOf(partition.records))).toEqual(["2"]);
    expect(partition.errorCode).toMatchObject({
      kind: "Other",
      value: expect.stringMatching(/^SmartModule err /),
    });
    await client.produce("numbers", [batch(["3"])]);
    expect(await stream.acknowledge(1n)).toEqual({ kind: "None" });
    expect(stream.hasNext).toBe(false);
    const plain = client.stream("numbers");
    expect(values((await plain.take(3)).records)).toEqual(["1", "panic", "3"]);
  });

  it("logs a trap once, whatever comes behind it", async () => {
    const errors: object[] = [];
    const logger: Logger = {
      ...silentLogger,
      error: (fields) => errors.push(fields),
      child: () => logger,
    };
    const noisy = await TestSpu.start({ logger });
    try {
      await noisy.assign([replica("numbers")], MODULES);
      const reader = await noisy.connect();
      await reader.produce(
        "numbers",
        ["1", "panic", "panic", "2"].map((text) => batch([text])),
      );
      const { partition } = await reader.stream("numbers", { smartmodules: [predefined("double")] }).next();
      expect(partition.errorCode.kind).toBe("Other");
      expect(errors).toMatchObject([{ smartmodule: "double", offset: "1" }]);
    } finally {
      await noisy.close();
    }
  });

  it("says why a chain cannot be built", async () => {
    await fruits();
    const error = async (...smartmodules: SmartModuleInvocation[]) =>
      (await client.stream("fruits", { smartmodules }).next()).partition.errorCode;
    expect(await error(predefined("nope"))).toEqual({ kind: "SmartModuleNotFound", name: "nope" });
    expect(await error(predefined("filter-a"), predefined("nope"))).toEqual({
      kind: "SmartModuleNotFound",
      name: "nope",
    });
    expect(await error(predefined("g/filter-a@x"))).toEqual({
      kind: "Other",
      value: "error parsing SmartModule name: SmartModule version`x` is not valid because Unexpected `x`",
    });
    expect(await error(adHoc(Buffer.from("this is no gzip")))).toEqual({
      kind: "SmartModuleInvalid",
      error: "invalid gzip header",
      name: null,
    });
    expect(await error(adHoc(gzipSync(Buffer.alloc(80_000_000))))).toMatchObject({
      kind: "SmartModuleInvalid",
    });
    expect(await error(predefined("not-wasm"))).toMatchObject({ kind: "SmartModuleChainInitError" });
    expect(await error(predefined("no-export"))).toMatchObject({ kind: "SmartModuleChainInitError" });
    expect(await error(predefined("needle"))).toMatchObject({
      kind: "SmartModuleChainInitError",
      value: expect.stringContaining("Missing param"),
    });
    expect(values((await client.stream("fruits").take(8)).records).length).toBe(8);
  });

  it("refuses a module that starts with more memory than allowed", async () => {
    const small = await TestSpu.start({ smartModuleMemory: 1_048_576 });
    await small.assign([replica("fruits")], MODULES);
    const other = await small.connect();
    await other.produce("fruits", [batch(FRUITS)]);
    const { partition } = await other.stream("fruits", { smartmodules: [predefined("filter-a")] }).next();
    expect(partition.errorCode).toMatchObject({ kind: "SmartModuleMemoryLimitExceeded", max: 1_048_576n });
    other.close();
    await small.close();
  });

  it("shows the last committed records to a module that looks back", async () => {
    await client.produce("numbers", [batch(["50", "3"]), batch(["7"]), batch(["2"])]);
    const open = async (last: bigint | null) => {
      const lookback = last === null ? null : { last, age: null };
      const smartmodules = [predefined("growing", { params: { inner: new Map(), lookback } })];
      const stream = client.stream("numbers", { offset: 3n, smartmodules });
      await stream.next();
      await stream.acknowledge(4n);
      return stream;
    };
    const streams = [await open(null), await open(2n), await open(100n)];
    await client.produce("numbers", [batch(["5", "8", "60"])]);
    const seen = [];
    for (const stream of streams) seen.push(values(recordsOf((await stream.next()).partition.records)));
    expect(seen).toEqual([["5", "8", "60"], ["8", "60"], ["60"]]);
  });

  it("looks back by age", async () => {
    const now = BigInt(Date.now());
    await client.produce("numbers", [
      batch(["50"], { firstTimestamp: now - 3_600_000n }),
      batch(["7"], { firstTimestamp: now }),
    ]);
    const open = async (last: bigint) => {
      const lookback = { last, age: { seconds: 60n, nanos: 0 } };
      const smartmodules = [predefined("growing", { params: { inner: new Map(), lookback } })];
      const stream = client.stream("numbers", { offset: 1n, smartmodules });
      await stream.next();
      await stream.acknowledge(2n);
      return stream;
    };
    const streams = [await open(0n), await open(1n), await open(9n)];
    await client.produce("numbers", [batch(["6", "8"])]);
    for (const stream of streams) {
      expect(values(recordsOf((await stream.next()).partition.records))).toEqual(["8"]);
    }
  });

  it("takes the SmartModules of older requests", async () => {
    await fruits();
    const ask = async (version: number, fields: Partial<StreamFetchRequest>) => {
      const id = client.post(
        StreamFetchApi as Api<StreamFetchRequest, never>,
        {
          topic: "fruits",
          partition: 0,
          fetchOffset: 0n,
          maxBytes: 1_000_000,
          isolation: "ReadUncommitted",
          wasmModule: new Uint8Array(0),
          smartmodule: null,
          derivedstream: null,
          smartmodules: [],
          consumerId: null,
          ...fields,
        },
        version,
      );
      const frame = await client.frame(id);
      const { partition } = decodeResponseBody(
        StreamFetchApi as Api<unknown, StreamFetchResponse>,
        version,
        frame,
      );
      return values(recordsOf(partition.records));
    };
    const left = ["apple", "banana", "grape", "avocado"];
    expect(await ask(11, { wasmModule: gzipSync(filterA) })).toEqual(left);
    expect(await ask(17, { smartmodule: predefined("filter-a") })).toEqual(left);
    expect(await ask(18, { smartmodules: [predefined("filter-a")] })).toEqual(left);
    expect(await ask(23, { smartmodules: [predefined("filter-a", { kind: { kind: "Filter" } })] })).toEqual(
      left,
    );
    expect(await ask(10, {})).toEqual([...FRUITS, "fig", "avocado"]);
  });

  it("finds packages by name, group and version, the newest first", async () => {
    await fruits();
    await spu.assign(
      [replica("fruits")],
      [
        smartModule("mod", upper, "0.9.0"),
        smartModule("mod", filterA, "0.10.0"),
        smartModule("mod", lines, "0.10.0-rc.1"),
        smartModule("mod", upper, "0.11.0", "other"),
      ],
    );
    const first = async (name: string) => {
      const { partition } = await client.stream("fruits", { smartmodules: [predefined(name)] }).next();
      return partition.errorCode.kind === "None"
        ? values(recordsOf(partition.records))[1]
        : partition.errorCode.kind;
    };
    expect(await first("mod")).toBe("KIWI");
    expect(await first("g/mod")).toBe("banana");
    expect(await first("g/mod@0.9.0")).toBe("KIWI");
    expect(await first("g/mod@0.9")).toBe("KIWI");
    expect(await first("g/mod@0.10.0-rc.1")).toBe("kiwi");
    expect(await first("other/mod")).toBe("KIWI");
    expect(await first("g/mod@2")).toBe("SmartModuleNotFound");
    expect(await first("mod-g-0.9.0")).toBe("SmartModuleNotFound");
  });

  it("runs a stream to its end with the code it began with", async () => {
    await fruits();
    const smartmodules = [predefined("changing")];
    await spu.assign([replica("fruits")], [smartModule("changing", upper)]);
    const stream = client.stream("fruits", { maxBytes: 1, smartmodules });
    expect(values(recordsOf((await stream.next()).partition.records))[0]).toBe("APPLE");
    await spu.assign([replica("fruits")], [smartModule("changing", filterA)]);
    await stream.acknowledge(6n);
    expect(values(recordsOf((await stream.next()).partition.records))).toEqual(["FIG", "AVOCADO"]);
    const { records } = await client.stream("fruits", { smartmodules }).take(8);
    expect(values(records)).toEqual(["apple", "banana", "grape", "avocado"]);
  });
});

describe("produce", () => {
  const produce = (texts: string[][], ...smartmodules: SmartModuleInvocation[]) =>
    client.produce(
      "fruits",
      texts.map((text) => batch(text)),
      { smartmodules },
    );

  it("stores what the chain makes of each entry, with the times it came with", async () => {
    const answers = await produce([["alpha", "beta"], ["gamma"]], predefined("upper"));
    expect(answers.map(({ baseOffset }) => baseOffset)).toEqual([0n, 2n]);
    const { records } = await client.stream("fruits").take(3);
    expect(records.map(({ value, timestamp }) => [value, timestamp])).toEqual([
      ["ALPHA", 1_700_000_000_000n],
      ["BETA", 1_700_000_000_001n],
      ["GAMMA", 1_700_000_000_000n],
    ]);
  });

  it("lets dropped records use their offsets, and stores nothing where nothing is left", async () => {
    expect((await produce([["kiwi", "banana", "plum"]], predefined("filter-a")))[0]).toMatchObject({
      baseOffset: 0n,
    });
    expect((await client.offsets("fruits")).lastStableOffset).toBe(3n);
    expect((await produce([["kiwi"]], predefined("filter-a")))[0]).toMatchObject({
      baseOffset: 0n,
      errorCode: { kind: "None" },
    });
    expect((await client.offsets("fruits")).lastStableOffset).toBe(3n);
    expect((await produce([["apple"]]))[0]!.baseOffset).toBe(3n);
    expect(values((await client.stream("fruits").take(4)).records)).toEqual(["banana", "apple"]);
  });

  it("gives every record an offset of its own where there are more than before", async () => {
    await produce([["a\nb\nc"], ["d"]], predefined("lines"));
    const { records } = await client.stream("fruits").take(4);
    expect(records.map(({ offset, value }) => `${offset} ${value}`)).toEqual(["0 a", "1 b", "2 c", "3 d"]);
  });

  it("merges the batches of an entry, in the codec of the first", async () => {
    const entry = Buffer.concat([
      batch(["apple"], { compression: "Zstd", firstTimestamp: 1000n }),
      batch(["kiwi", "banana"], { compression: "Gzip", firstTimestamp: 2000n }),
    ]);
    await client.produce("fruits", [entry], { smartmodules: [predefined("filter-a")] });
    const { partition } = await client.stream("fruits").next();
    expect(readBatchHeader(partition.records)).toMatchObject({ compression: "Zstd", lastOffsetDelta: 2 });
    expect(recordsOf(partition.records)).toMatchObject([
      { value: "apple", timestamp: 1000n },
      { value: "banana", timestamp: 2001n },
    ]);
  });

  it("stores nothing of an entry that fails, and the entries beside it", async () => {
    const answers = await produce([["1"], ["2", "seven"], ["panic"], ["3"]], predefined("double"));
    expect(answers.map(({ errorCode }) => errorCode.kind)).toEqual([
      "None",
      "SmartModuleRuntimeError",
      "Other",
      "None",
    ]);
    expect(answers[2]!.errorCode).toMatchObject({
      value: expect.stringMatching(/^smartmodule chain failed: /),
    });
    expect(values((await client.stream("fruits").take(2)).records)).toEqual(["2", "6"]);
    expect((await produce([["x"]], predefined("nope")))[0]!.errorCode).toEqual({
      kind: "SmartModuleNotFound",
      name: "nope",
    });
  });

  it("checks the codec of what is stored, and what is damaged before that", async () => {
    await spu.assign([replica("fruits", { compressionType: "Gzip" })], MODULES);
    expect((await produce([["apple"]], predefined("upper")))[0]!.errorCode.kind).toBe("CompressionError");
    const damaged = batch(["apple"], { compression: "Gzip" });
    damaged[damaged.length - 6]! ^= 0xff;
    const [answer] = await client.produce("fruits", [damaged], { smartmodules: [predefined("upper")] });
    expect(answer!.errorCode.kind).toBe("StorageError");
  });

  it("starts afresh with every entry", async () => {
    await client.produce("numbers", [batch(["1", "2"]), batch(["3"])], { smartmodules: [predefined("sum")] });
    expect(values((await client.stream("numbers").take(3)).records)).toEqual(["1", "3", "3"]);
  });
});

describe("deduplication", () => {
  const deduplication = (uses: string) => ({
    bounds: { count: 3n, age: null },
    filter: { transform: { uses, with: new Map<string, string>() } },
  });

  it("drops what its module has seen, also before a restart", async () => {
    const unique = [replica("unique", { deduplication: deduplication("growing") })];
    await spu.assign(unique, MODULES);
    expect(
      (await client.produce("unique", [batch(["5"]), batch(["7", "6"])])).map(({ baseOffset }) => baseOffset),
    ).toEqual([0n, 1n]);
    expect((await client.produce("unique", [batch(["3"])]))[0]).toMatchObject({
      baseOffset: 3n,
      errorCode: { kind: "None" },
    });
    expect((await client.offsets("unique")).lastStableOffset).toBe(3n);
    await spu.restart();
    await spu.assign(unique, MODULES);
    const again = await spu.connect();
    await again.produce("unique", [batch(["6", "8"])]);
    expect(values((await again.stream("unique").take(5)).records)).toEqual(["5", "7", "8"]);
    again.close();
  });

  it("serves the partition once its module is there", async () => {
    const unique = [replica("unique", { deduplication: deduplication("late") })];
    await spu.assign(unique, MODULES);
    expect((await client.produce("unique", [batch(["5"])]))[0]!.errorCode.kind).toBe("NotLeaderForPartition");
    await spu.assign(unique, [...MODULES, smartModule("late", growing)]);
    expect((await client.produce("unique", [batch(["5"])]))[0]!.errorCode.kind).toBe("None");
  });
});
