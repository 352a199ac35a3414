import { readdir, readFile, readlink, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { batches, encodeBatch, readBatchHeader } from "@smdk/protocol";
import { describe, expect, test } from "vitest";
import { batchOf, batchOfSize, logFixture, readAll, textsOf } from "./helpers.ts";

const fixture = logFixture();

describe("append and read", () => {
  test("offsets are given in order and the bytes come back as they were sent, but for the base offset", async () => {
    const log = await fixture.open();
    const first = batchOf("a", "b");
    const sent = first.slice();
    expect(await log.append(first)).toEqual({ baseOffset: 0n, logEnd: 2n, batches: 1, bytes: sent.length });
    const two = Buffer.concat([batchOf("c"), batchOf("d", "e", "f")]);
    expect(await log.append(two)).toMatchObject({ baseOffset: 2n, logEnd: 6n, batches: 2 });
    expect(log.offsets).toEqual({ logStart: 0n, highWatermark: 6n, logEnd: 6n });
    const { records, baseOffset, nextOffset } = await log.read({ offset: 0n, maxBytes: 10_000 });
    expect({ baseOffset, nextOffset }).toEqual({ baseOffset: 0n, nextOffset: 6n });
    expect(textsOf(records).map((record) => record.text)).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(textsOf(records).map((record) => record.offset)).toEqual([0n, 1n, 2n, 3n, 4n, 5n]);
    expect(Buffer.from(records.subarray(8, sent.length)).equals(sent.subarray(8))).toBe(true);
  });

  test("a read begins with the batch that contains the offset", async () => {
    const log = await fixture.open();
    await log.append(batchOf("a", "b", "c"));
    await log.append(batchOf("d", "e"));
    const { baseOffset, records } = await log.read({ offset: 2n, maxBytes: 10_000 });
    expect(baseOffset).toBe(0n);
    expect(textsOf(records)).toHaveLength(5);
    expect((await log.read({ offset: 4n, maxBytes: 10_000 })).baseOffset).toBe(3n);
  });

  test("never half a batch: what does not fit is left out, but one batch always comes", async () => {
    const log = await fixture.open();
    await log.append(Buffer.concat([batchOfSize(100), batchOfSize(200), batchOfSize(100)]));
    for (const [maxBytes, length] of [
      [0, 100],
      [1, 100],
      [299, 100],
      [300, 300],
      [399, 300],
      [400, 400],
    ] as const) {
      expect((await log.read({ offset: 0n, maxBytes })).records.length).toBe(length);
    }
    expect((await log.read({ offset: 1n, maxBytes: 60 })).records.length).toBe(200);
  });

  test("a batch that ends behind the wanted end is not given", async () => {
    const log = await fixture.open();
    await log.append(batchOf("a", "b"));
    await log.append(batchOf("c", "d"));
    const committed = await log.read({ offset: 0n, maxBytes: 10_000, end: 3n });
    expect(committed.nextOffset).toBe(2n);
    const none = await log.read({ offset: 2n, maxBytes: 10_000, end: 3n });
    expect(none.records).toHaveLength(0);
    expect(none.nextOffset).toBe(2n);
  });

  test("reading at the log end gives nothing, outside of the log an error that says what there is", async () => {
    const log = await fixture.open();
    await log.append(batchOf("a"));
    expect((await log.read({ offset: 1n, maxBytes: 100 })).records).toHaveLength(0);
    const outside = { code: "SMDK_LOG_OFFSET_OUT_OF_RANGE", logStart: 0n, logEnd: 1n };
    await expect(log.read({ offset: 2n, maxBytes: 100 })).rejects.toMatchObject(outside);
    await expect(log.read({ offset: -1n, maxBytes: 100 })).rejects.toMatchObject(outside);
  });

  test("what is read belongs to the reader", async () => {
    const log = await fixture.open();
    await log.append(batchOf("a"));
    (await log.read({ offset: 0n, maxBytes: 1000 })).records.fill(0);
    expect(await readAll(log)).toEqual([{ offset: 0n, text: "a" }]);
  });

  test("batches whose span is wider than their records keep it", async () => {
    const log = await fixture.open();
    await log.append(encodeBatch({ records: [{ value: new Uint8Array(3) }], lastOffsetDelta: 9 }));
    expect(log.offsets.logEnd).toBe(10n);
    await log.append(batchOf("x"));
    expect((await log.read({ offset: 7n, maxBytes: 1000 })).baseOffset).toBe(0n);
    expect((await log.read({ offset: 10n, maxBytes: 1000 })).baseOffset).toBe(10n);
  });

  test("a follower's copy keeps its offsets, and a gap is refused", async () => {
    const leader = await fixture.open({}, join(fixture.dir, "leader"));
    const follower = await fixture.open({}, join(fixture.dir, "follower"));
    for (const text of ["a", "b", "c"]) await leader.append(batchOf(text));
    const { records } = await leader.read({ offset: 0n, maxBytes: 1000 });
    const third = (await leader.read({ offset: 2n, maxBytes: 1000 })).records;
    await expect(follower.append(third, { keepOffsets: true })).rejects.toMatchObject({
      code: "SMDK_LOG_BATCH_INVALID",
    });
    await follower.append(records, { keepOffsets: true });
    expect(await readAll(follower)).toEqual(await readAll(leader));
  });
});

describe("what is refused", () => {
  test("a flipped bit, and nothing of that append is stored", async () => {
    const log = await fixture.open();
    const damaged = batchOf("c");
    damaged[damaged.length - 3]! ^= 1;
    await expect(log.append([batchOf("a"), batchOf("b"), damaged])).rejects.toMatchObject({
      code: "SMDK_LOG_BATCH_INVALID",
    });
    expect(log.offsets.logEnd).toBe(0n);
    await log.append(batchOf("d"));
    expect(await readAll(log)).toEqual([{ offset: 0n, text: "d" }]);
  });

  test("a batch cut anywhere", async () => {
    const log = await fixture.open();
    const whole = batchOf("some text");
    for (let length = 1; length < whole.length; length++) {
      await expect(log.append(whole.slice(0, length))).rejects.toMatchObject({
        code: "SMDK_LOG_BATCH_INVALID",
      });
    }
    expect(log.sizeBytes).toBe(0);
  });

  test("a batch above the limit or the segment size, by its own code", async () => {
    const log = await fixture.open({ maxBatchBytes: 1000, segmentBytes: 500 });
    const code = "SMDK_LOG_BATCH_TOO_LARGE";
    await expect(log.append(batchOfSize(501))).rejects.toMatchObject({ code });
    await log.append(batchOfSize(500));
    const other = await fixture.open({ maxBatchBytes: 300 }, join(fixture.dir, "other"));
    await expect(other.append([batchOfSize(300), batchOfSize(301)])).rejects.toMatchObject({ code });
    expect(other.offsets.logEnd).toBe(0n);
  });

  test("empty batches are left out; one beside others does no harm", async () => {
    const log = await fixture.open();
    const empty = () => encodeBatch({ records: [] });
    expect(await log.append(empty())).toEqual({ baseOffset: 0n, logEnd: 0n, batches: 0, bytes: 0 });
    expect(await log.append(new Uint8Array(0))).toMatchObject({ batches: 0 });
    await log.append(Buffer.concat([batchOf("a"), empty(), batchOf("b")]));
    await log.append(batchOf("c"));
    expect(await readAll(log)).toEqual([
      { offset: 0n, text: "a" },
      { offset: 1n, text: "b" },
      { offset: 2n, text: "c" },
    ]);
  });

  test("a negative span", async () => {
    const log = await fixture.open();
    for (const lastOffsetDelta of [-1, -2, -2_147_483_648]) {
      const batch = encodeBatch({ records: [{ value: new Uint8Array(1) }], lastOffsetDelta });
      await expect(log.append(batch)).rejects.toMatchObject({ code: "SMDK_LOG_BATCH_INVALID" });
    }
  });
});

describe("segments", () => {
  test("a batch that does not fit begins a new file, named by its offset", async () => {
    const log = await fixture.open({ segmentBytes: 250 });
    for (let i = 0; i < 5; i++) await log.append(batchOfSize(100));
    await log.close();
    expect(await readdir(log.directory)).toEqual([
      "00000000000000000000.index",
      "00000000000000000000.log",
      "00000000000000000002.index",
      "00000000000000000002.log",
      "00000000000000000004.index",
      "00000000000000000004.log",
      "replication.chk",
    ]);
    expect((await stat(join(log.directory, "00000000000000000000.log"))).size).toBe(200);
    expect(await readFile(join(log.directory, "replication.chk"), "hex")).toBe("0000000000000005");
  });

  test("one append may span segments; reads stop at the seams and go on behind them", async () => {
    const log = await fixture.open({ segmentBytes: 1000 });
    const all = Array.from({ length: 200 }, (_, i) => batchOf(`record ${i}`, `and ${i}`));
    await log.append(all);
    expect(log.offsets.logEnd).toBe(400n);
    const records = await readAll(log);
    expect(records.map((record) => record.offset)).toEqual(Array.from({ length: 400 }, (_, i) => BigInt(i)));
    await log.close();
    const again = await fixture.open({ segmentBytes: 1000 });
    expect(again.offsets.logEnd).toBe(400n);
    expect(again.recovery).toMatchObject({ cutBytes: 0, rebuiltIndexes: 0, setAside: [] });
  });

  test("the index has Fluvio's form: big-endian pairs, an entry after each 4096 bytes, shrunk when closed", async () => {
    const log = await fixture.open({ segmentBytes: 20_000 });
    for (let i = 0; i < 25; i++) await log.append(batchOfSize(1000));
    const index = await readFile(join(log.directory, "00000000000000000000.index"));
    // Counting starts anew behind the batch that got the entry: 5 batches fill the interval, the 6th is entered.
    expect(index.toString("hex").match(/.{16}/g)).toEqual([
      "0000000500001388",
      "0000000b00002af8",
      "0000001100004268",
    ]);
    expect((await stat(join(log.directory, "00000000000000000020.index"))).size).toBe(10_485_760);
    const short = await fixture.open({ segmentBytes: 200 }, join(fixture.dir, "short"));
    for (let i = 0; i < 2; i++) await short.append(batchOfSize(150));
    expect(await readFile(join(short.directory, "00000000000000000000.index"), "hex")).toBe(
      "0000000000000000",
    );
  });

  test("every offset is found in a log of many segments, also after a restart", async () => {
    const options = { segmentBytes: 10_000, indexIntervalBytes: 500 };
    const log = await fixture.open(options);
    for (let i = 0; i < 300; i++) await log.append(batchOf(`${i}`, "x".repeat(i)));
    const check = async (from: typeof log) => {
      for (let offset = 0n; offset < 600n; offset += 1n) {
        const { baseOffset } = await from.read({ offset, maxBytes: 1 });
        expect(baseOffset).toBe(offset - (offset % 2n));
      }
    };
    await check(log);
    await log.close();
    await check(await fixture.open(options));
  });

  test("offsets too far from the segment's base for the index begin a new segment", async () => {
    const log = await fixture.open();
    const wide = () =>
      encodeBatch({ records: [{ value: new Uint8Array(1) }], lastOffsetDelta: 2_147_483_647 });
    for (let i = 0; i < 5; i++) await log.append(wide());
    expect(log.offsets.logEnd).toBe(5n * 2n ** 31n);
    await log.append(batchOf("here"));
    expect(textsOf((await log.read({ offset: 5n * 2n ** 31n, maxBytes: 1000 })).records)).toMatchObject([
      { text: "here" },
    ]);
    await log.close();
    const again = await fixture.open();
    expect(again.recovery).toMatchObject({ cutBytes: 0, setAside: [] });
    expect(again.offsets.logEnd).toBe(5n * 2n ** 31n + 1n);
  });

  test.runIf(process.platform === "linux")("however many there are, few files are open", async () => {
    const openFiles = async () => {
      const targets = await Promise.all(
        (await readdir("/proc/self/fd")).map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")),
      );
      return targets.filter((target) => target.startsWith(fixture.dir)).length;
    };
    const log = await fixture.open({ segmentBytes: 300 });
    await log.append(Array.from({ length: 300 }, () => batchOfSize(100)));
    for (let i = 0; i < 100; i++) await log.append(batchOfSize(100));
    await readAll(log);
    for (let offset = 0n; offset < 400n; offset += 17n) await log.read({ offset, maxBytes: 100 });
    expect(await openFiles()).toBeLessThanOrEqual(9);
    await log.close();
    expect(await openFiles()).toBe(0);
  });

  test("truncation takes whole batches and later segments away", async () => {
    const log = await fixture.open({ segmentBytes: 1000 });
    for (let i = 0; i < 50; i++) await log.append(batchOf(`a${i}`, `b${i}`));
    await log.truncate(31n);
    expect(log.offsets.logEnd).toBe(30n);
    expect((await readAll(log)).at(-1)).toEqual({ offset: 29n, text: "b14" });
    await log.append(batchOf("next"));
    expect((await readAll(log)).at(-1)).toEqual({ offset: 30n, text: "next" });
    await log.close();
    expect((await fixture.open({ segmentBytes: 1000 })).recovery).toMatchObject({ cutBytes: 0, logEnd: 31n });
  });
});

describe("waiting", () => {
  test("an append wakes those who wait for it", async () => {
    const log = await fixture.open();
    const waiting = log.waitFor("logEnd", 2n);
    const seen: bigint[] = [];
    const off = log.onAdvance(({ logEnd }) => seen.push(logEnd));
    await log.append(batchOf("a"));
    await log.append(batchOf("b"));
    expect(await waiting).toBe(true);
    off();
    await log.append(batchOf("c"));
    expect(seen).toEqual([1n, 2n]);
    expect(await log.waitFor("highWatermark", 3n)).toBe(true);
  });

  test("time, signal and close end a wait with false", async () => {
    const log = await fixture.open();
    expect(await log.waitFor("logEnd", 1n, { timeoutMs: 5 })).toBe(false);
    const abort = new AbortController();
    const aborted = log.waitFor("logEnd", 1n, { signal: abort.signal });
    abort.abort();
    expect(await aborted).toBe(false);
    const closed = log.waitFor("logEnd", 1n);
    await log.close();
    expect(await closed).toBe(false);
    await expect(log.append(batchOf("a"))).rejects.toMatchObject({ code: "SMDK_LOG_CLOSED" });
  });
});

describe("high watermark", () => {
  test("with replicas it moves when told, at most to the log end, and is kept", async () => {
    const options = { highWatermarkFollows: false };
    const log = await fixture.open(options);
    await log.append(batchOf("a", "b"));
    expect(log.offsets.highWatermark).toBe(0n);
    log.advanceHighWatermark(1n);
    log.advanceHighWatermark(0n);
    expect(log.offsets.highWatermark).toBe(1n);
    log.advanceHighWatermark(9n);
    expect(log.offsets.highWatermark).toBe(2n);
    await log.close();
    expect((await fixture.open(options)).offsets.highWatermark).toBe(2n);
  });

  test("with one replica it is the log end after a restart, whatever the file says", async () => {
    const log = await fixture.open();
    await log.append(batchOf("a", "b"));
    await log.close();
    await truncate(join(log.directory, "replication.chk"), 3);
    expect((await fixture.open()).offsets.highWatermark).toBe(2n);
  });
});

describe("many at once", () => {
  test("concurrent appends and readers see one order without gaps", async () => {
    const log = await fixture.open({ segmentBytes: 50_000 });
    const producers = Array.from({ length: 20 }, async (_, producer) => {
      const offsets: bigint[] = [];
      for (let i = 0; i < 50; i++) {
        const { baseOffset } = await log.append(batchOf(`${producer}:${i}`, "pad".repeat(50)));
        offsets.push(baseOffset);
      }
      return offsets;
    });
    const reader = (async () => {
      const texts: string[] = [];
      let offset = 0n;
      while (offset < 2000n) {
        await log.waitFor("logEnd", offset + 1n);
        const { records, nextOffset } = await log.read({ offset, maxBytes: 20_000 });
        texts.push(...textsOf(records).map((record) => record.text));
        offset = nextOffset;
      }
      return texts;
    })();
    const given = (await Promise.all(producers)).map((offsets, producer) => ({ offsets, producer }));
    const texts = await reader;
    for (const { offsets, producer } of given) {
      expect(offsets.map((offset) => texts[Number(offset)])).toEqual(
        offsets.map((_, i) => `${producer}:${i}`),
      );
    }
  });

  test("close waits for what is queued", async () => {
    const log = await fixture.open();
    const appends = Array.from({ length: 100 }, (_, i) => log.append(batchOf(`${i}`)));
    await log.close();
    await Promise.all(appends);
    expect((await readAll(await fixture.open())).length).toBe(100);
  });

  test("removal deletes the directory, also under a reader", async () => {
    const log = await fixture.open();
    await log.append(batchOf("a"));
    const reading = log.read({ offset: 0n, maxBytes: 100 });
    await log.remove();
    await reading.catch(() => {});
    expect(await readdir(fixture.dir)).toEqual([]);
  });
});

test("a record set may hold thousands of batches", async () => {
  const log = await fixture.open({ segmentBytes: 100_000 });
  const one = batchOf("x");
  const count = 5000;
  const many = Buffer.alloc(one.length * count);
  for (let i = 0; i < count; i++) many.set(one, i * one.length);
  await log.append(many);
  expect(log.offsets.logEnd).toBe(BigInt(count));
  const { records } = await log.read({ offset: 0n, maxBytes: 50_000 });
  expect([...batches(records)].map(({ start }) => readBatchHeader(records, start).baseOffset)).toEqual(
    Array.from({ length: Math.floor(50_000 / one.length) }, (_, i) => BigInt(i)),
  );
});
