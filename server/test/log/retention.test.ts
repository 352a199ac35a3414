import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Clock } from "../../src/env/index.ts";
import { type LogOptions, openLog, type PartitionLog } from "../../src/log/index.ts";
import { silentLogger } from "../../src/logger.ts";
import { batchOfSize, env, logFixture, readAll } from "./helpers.ts";

const fixture = logFixture();

/** The real clock, set forward. */
function shiftedClock(): Clock & { aheadMs: number } {
  const clock = { ...env.clock, aheadMs: 0, nowMs: () => env.clock.nowMs() + clock.aheadMs };
  return clock;
}

async function openShifted(options: LogOptions): Promise<{ log: PartitionLog; clock: { aheadMs: number } }> {
  const clock = shiftedClock();
  const directory = join(fixture.dir, "words-0");
  const log = await openLog({ ...env, clock }, directory, { cleanIntervalMs: 0, ...options }, silentLogger);
  return { log, clock };
}

const logFiles = async (log: PartitionLog) =>
  (await readdir(log.directory)).filter((name) => name.endsWith(".log"));

test("closed segments go when their last append is older than the retention; the active one stays", async () => {
  const { log, clock } = await openShifted({ segmentBytes: 300, retentionMs: 60_000 });
  for (let i = 0; i < 6; i++) await log.append(batchOfSize(100));
  clock.aheadMs = 30_000;
  for (let i = 0; i < 4; i++) await log.append(batchOfSize(100));
  clock.aheadMs = 70_000;
  expect(await log.clean()).toMatchObject({ removedSegments: 2 });
  expect(log.offsets).toEqual({ logStart: 6n, highWatermark: 10n, logEnd: 10n });
  expect(await logFiles(log)).toEqual(["00000000000000000006.log", "00000000000000000009.log"]);
  await expect(log.read({ offset: 5n, maxBytes: 100 })).rejects.toMatchObject({
    code: "SMDK_LOG_OFFSET_OUT_OF_RANGE",
    logStart: 6n,
  });
  clock.aheadMs = 1_000_000;
  await log.clean();
  expect(log.offsets).toMatchObject({ logStart: 9n, logEnd: 10n });
  expect(await log.clean()).toEqual({ removedSegments: 0, removedBytes: 0 });
  expect(await readAll(log)).toHaveLength(1);
  await log.close();
});

test("above the size limit the oldest closed segments go, as many as the excess needs", async () => {
  const { log } = await openShifted({ segmentBytes: 300, maxPartitionBytes: 1000 });
  for (let i = 0; i < 15; i++) await log.append(batchOfSize(100));
  expect(log.sizeBytes).toBe(1500);
  expect(await log.clean()).toEqual({ removedSegments: 2, removedBytes: 600 });
  expect(log.offsets.logStart).toBe(6n);
  expect(log.sizeBytes).toBe(900);
  expect(await log.clean()).toMatchObject({ removedSegments: 0 });
  await log.close();
});

test("after a restart the age is that of the files, and the size counts every segment", async () => {
  const log = await fixture.open({ segmentBytes: 300 });
  for (let i = 0; i < 10; i++) await log.append(batchOfSize(100));
  await log.close();
  const old = new Date(Date.now() - 100_000);
  for (const name of (await logFiles(log)).slice(0, 2)) await utimes(join(log.directory, name), old, old);
  const again = await fixture.open({ segmentBytes: 300, retentionMs: 50_000 });
  expect(again.sizeBytes).toBe(1000);
  expect(await again.clean()).toMatchObject({ removedSegments: 2 });
  expect(again.offsets).toEqual({ logStart: 6n, highWatermark: 10n, logEnd: 10n });
  await again.close();
  expect((await fixture.open({ segmentBytes: 300 })).offsets.logStart).toBe(6n);
});

test("the log cleans itself, with readers and writers at work", async () => {
  const log = await fixture.open({ segmentBytes: 1000, maxPartitionBytes: 5000, cleanIntervalMs: 5 });
  let last = -1n;
  let evicted = 0;
  const reading = (async () => {
    for (let offset = 0n; offset < 2000n; ) {
      await log.waitFor("logEnd", offset + 1n);
      try {
        const { baseOffset, nextOffset } = await log.read({ offset, maxBytes: 3000 });
        expect(baseOffset).toBeGreaterThan(last);
        last = nextOffset - 1n;
        offset = nextOffset;
      } catch (error) {
        expect(error).toMatchObject({ code: "SMDK_LOG_OFFSET_OUT_OF_RANGE" });
        evicted += 1;
        offset = log.offsets.logStart;
      }
    }
  })();
  for (let i = 0; i < 2000; i++) {
    await log.append(batchOfSize(100));
    if (i % 50 === 0) await env.clock.sleep(1);
  }
  await reading;
  expect(last).toBe(1999n);
  while (log.sizeBytes > 6000) await env.clock.sleep(5);
  expect(log.offsets.logStart).toBeGreaterThan(1900n);
  expect(evicted).toBeGreaterThanOrEqual(0);
});
