import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type LogOptions, openLog } from "../../src/log/index.ts";
import { silentLogger } from "../../src/logger.ts";
import { type FaultyDisk, faultyDisk } from "./faulty-disk.ts";
import { batchOf, batchOfSize, env, logFixture, readAll } from "./helpers.ts";

const fixture = logFixture();

async function openFaulty(
  options: LogOptions = {},
): Promise<{ log: Awaited<ReturnType<typeof openLog>>; disk: FaultyDisk }> {
  const disk = faultyDisk(env.disk);
  const log = await openLog(
    { ...env, disk },
    join(fixture.dir, "words-0"),
    { cleanIntervalMs: 0, ...options },
    silentLogger,
  );
  return { log, disk };
}

const isLog = (path: string) => path.endsWith(".log");
const texts = async (log: Parameters<typeof readAll>[0]) => (await readAll(log)).map((record) => record.text);

describe("a failed append is undone, and the next one works", () => {
  test("the disk is full, with part of the bytes written", async () => {
    const { log, disk } = await openFaulty();
    await log.append(batchOf("a"));
    for (const partialBytes of [0, 1, 30, 70, 100]) {
      disk.fault = {
        code: "ENOSPC",
        on: (operation, path) => operation === "write" && isLog(path),
        partialBytes,
      };
      await expect(log.append(batchOf("lost"))).rejects.toMatchObject({ code: "SMDK_LOG_DISK_FULL" });
      expect(log.outOfStorage).toBe(true);
      expect(log.offsets.logEnd).toBe(1n);
    }
    disk.fault = undefined;
    expect(await log.append(batchOf("b"))).toMatchObject({ baseOffset: 1n });
    expect(log.outOfStorage).toBe(false);
    await log.close();
    const again = await fixture.open();
    expect(again.recovery.cutBytes).toBe(0);
    expect(await texts(again)).toEqual(["a", "b"]);
  });

  test("the bytes cannot be taken back either: nothing is written until that works", async () => {
    const { log, disk } = await openFaulty();
    await log.append(batchOf("a"));
    const whole = batchOf("unacknowledged");
    disk.fault = {
      code: "EIO",
      on: (operation, path) => isLog(path) && operation !== "open",
      partialBytes: whole.length,
    };
    await expect(log.append(whole)).rejects.toMatchObject({ code: "SMDK_LOG_WRITE_FAILED" });
    disk.fault = { code: "EIO", on: (operation, path) => isLog(path) && operation === "truncate" };
    await expect(log.append(batchOf("b"))).rejects.toMatchObject({ code: "SMDK_LOG_WRITE_FAILED" });
    expect(await texts(log)).toEqual(["a"]);
    disk.fault = undefined;
    await log.append(batchOf("c"));
    await log.close();
    expect(await texts(await fixture.open())).toEqual(["a", "c"]);
  });

  test("in the middle of an append over several segments: none of it stays", async () => {
    const { log, disk } = await openFaulty({ segmentBytes: 300 });
    await log.append(batchOfSize(100));
    let writes = 0;
    disk.fault = {
      code: "EIO",
      on: (operation, path) => operation === "write" && isLog(path) && ++writes === 3,
    };
    const many = Array.from({ length: 12 }, () => batchOfSize(100));
    await expect(log.append(many)).rejects.toMatchObject({ code: "SMDK_LOG_WRITE_FAILED" });
    expect(log.offsets.logEnd).toBe(1n);
    expect((await readdir(log.directory)).filter(isLog)).toEqual(["00000000000000000000.log"]);
    disk.fault = undefined;
    await log.append(many);
    expect(log.offsets.logEnd).toBe(13n);
    expect(await readAll(log)).toHaveLength(13);
    await log.close();
    expect((await fixture.open({ segmentBytes: 300 })).recovery).toMatchObject({
      cutBytes: 0,
      rebuiltIndexes: 0,
      logEnd: 13n,
    });
  });

  test.each(["open", "truncate"] as const)("a new segment cannot be made (%s)", async (failing) => {
    const { log, disk } = await openFaulty({ segmentBytes: 300 });
    for (let i = 0; i < 3; i++) await log.append(batchOfSize(100));
    disk.fault = { code: "EMFILE", on: (operation, path) => operation === failing && path.includes("003.") };
    await expect(log.append(batchOfSize(100))).rejects.toMatchObject({ code: "SMDK_LOG_WRITE_FAILED" });
    disk.fault = undefined;
    expect(await log.append(batchOfSize(100))).toMatchObject({ baseOffset: 3n });
    expect(await readAll(log)).toHaveLength(4);
    await log.close();
  });

  test("with fsync on every append, a failed sync is a failed append", async () => {
    const { log, disk } = await openFaulty({ durability: { fsync: "always" } });
    await log.append(batchOf("a"));
    disk.fault = { code: "EIO", on: (operation) => operation === "sync" };
    await expect(log.append(batchOf("b"))).rejects.toMatchObject({ code: "SMDK_LOG_WRITE_FAILED" });
    disk.fault = undefined;
    await log.append(batchOf("c"));
    expect(await texts(log)).toEqual(["a", "c"]);
    await log.close();
  });

  test("appends that come together with a failing one may come again", async () => {
    const { log, disk } = await openFaulty();
    let failures = 3;
    disk.fault = {
      code: "EIO",
      on: (operation, path) => operation === "write" && isLog(path) && failures-- > 0,
    };
    const stored = new Set<string>();
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        for (;;) {
          try {
            await log.append(batchOf(`${i}`));
            stored.add(`${i}`);
            return;
          } catch {
            // Tried again, as a client does.
          }
        }
      }),
    );
    expect(new Set(await texts(log))).toEqual(stored);
    expect(log.offsets.logEnd).toBe(50n);
    await log.close();
  });
});

test("a new segment of which half was made leaves nothing that the next start could take for the log", async () => {
  const { log, disk } = await openFaulty({ segmentBytes: 1000 });
  await log.append(batchOfSize(700));
  disk.fault = {
    code: "ENOSPC",
    on: (operation, path) => operation === "open" && path.endsWith("001.index"),
  };
  await expect(log.append(batchOfSize(400))).rejects.toMatchObject({ code: "SMDK_LOG_DISK_FULL" });
  disk.fault = undefined;
  // The old segment takes one more, so the new one begins elsewhere.
  await log.append(batchOfSize(200));
  await log.append(batchOfSize(400));
  const written = await texts(log);
  await log.close();
  const again = await fixture.open();
  expect(again.recovery).toMatchObject({ segments: 2, setAside: [], logEnd: 3n });
  expect(await texts(again)).toEqual(written);
});

test("a segment that cannot be deleted keeps those behind it, until it can", async () => {
  const { log, disk } = await openFaulty({ segmentBytes: 1000, maxPartitionBytes: 2000 });
  for (let at = 0; at < 8; at++) await log.append(batchOfSize(900));
  const isOldest = (path: string) => path.endsWith("/00000000000000000000.log");
  disk.fault = { code: "EIO", on: (operation, path) => operation === "remove" && isOldest(path) };
  await expect(log.clean()).rejects.toMatchObject({ code: "EIO" });
  await expect(log.clean()).rejects.toMatchObject({ code: "EIO" });
  const { logStart, logEnd } = log.offsets;
  expect(logStart).toBeGreaterThan(0n);
  await log.close();
  // The next start finds one log, not two with a gap between them.
  const again = await fixture.open({ cleanIntervalMs: 0 });
  expect(again.recovery).toMatchObject({ logStart: 0n, logEnd, setAside: [] });
});

test("what could not be undone does not keep the log from closing", async () => {
  const { log, disk } = await openFaulty({ segmentBytes: 1000, durability: { fsync: "always" } });
  await log.append(batchOfSize(700));
  const isNew = (path: string) => path.endsWith("001.log");
  const isIndex = (path: string) => path.endsWith("001.index");
  disk.fault = {
    code: "EIO",
    on: (operation, path) =>
      (operation === "sync" && isNew(path)) || (operation === "remove" && isIndex(path)),
  };
  await expect(log.append(batchOfSize(400))).rejects.toMatchObject({ code: "SMDK_LOG_WRITE_FAILED" });
  await log.close();
  expect((await fixture.open()).offsets).toMatchObject({ logStart: 0n, logEnd: 1n });
});

test("an index that cannot be written stops nobody and is made anew on start", async () => {
  const { log, disk } = await openFaulty({ indexIntervalBytes: 1 });
  disk.fault = { code: "EIO", on: (_operation, path) => path.endsWith(".index") };
  for (let i = 0; i < 1200; i++) await log.append(batchOf(`${i}`));
  expect(log.offsets.logEnd).toBe(1200n);
  await log.close().catch(() => {});
  const again = await fixture.open({ indexIntervalBytes: 1 });
  expect(await readAll(again)).toHaveLength(1200);
});

test("with fsync at intervals the bytes are synced without anybody waiting", async () => {
  const { log, disk } = await openFaulty({ durability: { fsync: "interval", intervalMs: 5 } });
  const synced = new Promise<void>((resolve) => {
    disk.fault = {
      code: "EIO",
      on: (operation, path) => {
        if (operation === "sync" && isLog(path)) resolve();
        return false;
      },
    };
  });
  await log.append(batchOf("a"));
  await synced;
  await log.close();
});
