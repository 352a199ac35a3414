import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Durability } from "../../src/log/index.ts";
import { openLog } from "../../src/log/index.ts";
import { silentLogger } from "../../src/logger.ts";
import { batchOf, env, readAll } from "./helpers.ts";
import { powerCutDisk } from "./power-cut-disk.ts";

/** A few rounds of appends, each ended by a power cut at some moment. */
const rounds = fc.array(
  fc.record({
    appends: fc.array(fc.array(fc.nat(300), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 15 }),
    /** How many of them are still under way, roughly, when the power goes. */
    hurry: fc.nat(15),
    /** In thousandths. */
    chances: fc.array(fc.nat(999), { minLength: 40, maxLength: 40 }),
  }),
  { minLength: 1, maxLength: 4 },
);

async function survive(
  durability: Durability,
  segmentBytes: number,
  check: (acknowledged: string[], found: string[], sent: Set<string>) => void,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(rounds, async (plan) => {
      const disk = powerCutDisk();
      let settled: string[] = [];
      for (const [round, { appends, hurry, chances }] of plan.entries()) {
        const log = await openLog(
          { ...env, disk: disk.boot() },
          "/data/words-0",
          { durability, segmentBytes, cleanIntervalMs: 0 },
          silentLogger,
        );
        const acknowledged: string[] = [];
        const sent = new Set(settled);
        let under: Promise<unknown> = Promise.resolve();
        for (const [at, sizes] of appends.entries()) {
          const texts = sizes.map((size, i) => `${round}/${at}/${i}/${"x".repeat(size)}`);
          for (const text of texts) sent.add(text);
          const done = log.append(texts.map((text) => batchOf(text))).then(() => {
            acknowledged.push(...texts);
          });
          if (at < appends.length - hurry) await done;
          under = Promise.allSettled([under, done]);
        }
        for (let turn = 0; turn < hurry; turn++) await Promise.resolve();
        let draw = 0;
        const promised = [...settled, ...acknowledged];
        disk.cut(() => chances[draw++ % chances.length]! / 1000);
        // The old process is gone with the power; what it still does happens to no disk.
        await under;
        const again = await openLog(
          { ...env, disk: disk.boot() },
          "/data/words-0",
          { durability: { fsync: "always" }, segmentBytes, cleanIntervalMs: 0 },
          silentLogger,
        );
        settled = (await readAll(again)).map((record) => record.text);
        check(promised, settled, sent);
        await again.append(batchOf(`after ${round}`));
        settled.push(`after ${round}`);
        await again.close();
      }
    }),
    { numRuns: 40, endOnFailure: true },
  );
}

test("with fsync on every append, what was acknowledged outlives a power cut", async () => {
  await survive({ fsync: "always" }, 1500, (acknowledged, found, sent) => {
    expect(found.slice(0, acknowledged.length)).toEqual(acknowledged);
    expect(found.every((text) => sent.has(text))).toBe(true);
  });
});

test("without fsync a power cut leaves a valid beginning of what was sent", async () => {
  await survive({ fsync: "none" }, 1_000_000, (acknowledged, found, sent) => {
    const common = Math.min(found.length, acknowledged.length);
    expect(found.slice(0, common)).toEqual(acknowledged.slice(0, common));
    expect(found.every((text) => sent.has(text))).toBe(true);
  });
});
