/** The log against a plain list, through any sequence of what can be done with it. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { batches, encodeBatch, readBatchHeader } from "@smdk/protocol";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openLog, type PartitionLog } from "../../src/log/index.ts";
import { silentLogger } from "../../src/logger.ts";
import { faultyDisk } from "./faulty-disk.ts";
import { env } from "./helpers.ts";

const OPTIONS = { segmentBytes: 1200, indexIntervalBytes: 200, maxPartitionBytes: 6000, cleanIntervalMs: 0 };

interface ModelBatch {
  readonly base: bigint;
  readonly span: bigint;
  readonly bytes: Uint8Array;
}

type Step =
  | { readonly do: "append"; readonly batches: readonly { size: number; gap: number }[] }
  | { readonly do: "failed append"; readonly size: number; readonly left: number }
  | { readonly do: "read"; readonly at: number; readonly maxBytes: number; readonly end: number }
  | { readonly do: "clean" | "reopen" }
  | { readonly do: "truncate"; readonly at: number };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("append" as const),
      batches: fc.array(fc.record({ size: fc.nat(400), gap: fc.nat(3) }), { minLength: 1, maxLength: 8 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("failed append" as const), size: fc.nat(400), left: fc.nat(500) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("read" as const), at: share, maxBytes: fc.nat(2000), end: share }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("clean" as const, "reopen" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("truncate" as const), at: share }) },
);

test("any sequence of appends, failures, reads, cleaning, truncation and restarts", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const directory = await mkdtemp(join(tmpdir(), "smdk-model-"));
      const disk = faultyDisk(env.disk);
      let log: PartitionLog | undefined;
      const open = () => openLog({ ...env, disk }, directory, OPTIONS, silentLogger);
      try {
        log = await open();
        let model: ModelBatch[] = [];
        for (const step of steps) {
          model = await take(log, disk, model, step);
          if (step.do === "reopen") {
            await log.close();
            log = await open();
            expect(log.recovery).toMatchObject({ cutBytes: 0, rebuiltIndexes: 0, setAside: [] });
          }
          const last = model.at(-1);
          if (last !== undefined) expect(log.offsets.logEnd).toBe(last.base + last.span);
          expect(log.offsets.highWatermark).toBe(log.offsets.logEnd);
        }
        await checkAll(log, model);
      } finally {
        await log?.close();
        await rm(directory, { recursive: true, force: true });
      }
    }),
    { numRuns: 120 },
  );
});

function makeBatch(size: number, gap: number): Uint8Array {
  return encodeBatch({ records: [{ value: new Uint8Array(size).fill(size) }], lastOffsetDelta: gap });
}

async function take(
  log: PartitionLog,
  disk: ReturnType<typeof faultyDisk>,
  model: ModelBatch[],
  step: Step,
): Promise<ModelBatch[]> {
  const { logStart, logEnd } = log.offsets;
  const offsetAt = (share: number) => logStart + BigInt(Math.floor(Number(logEnd - logStart) * share));
  switch (step.do) {
    case "append": {
      const made = step.batches.map(({ size, gap }) => ({
        bytes: makeBatch(size, gap),
        span: BigInt(gap) + 1n,
      }));
      const result = await log.append(Buffer.concat(made.map((batch) => batch.bytes)));
      expect(result.baseOffset).toBe(logEnd);
      let base = logEnd;
      const added = made.map((batch) => {
        const entry = { ...batch, base };
        base += batch.span;
        return entry;
      });
      return [...model, ...added];
    }
    case "failed append": {
      disk.fault = {
        code: "EIO",
        on: (operation, path) => operation === "write" && path.endsWith(".log"),
        partialBytes: step.left,
      };
      await expect(log.append(makeBatch(step.size, 0))).rejects.toMatchObject({
        code: "SMDK_LOG_WRITE_FAILED",
      });
      disk.fault = undefined;
      return model;
    }
    case "read": {
      const offset = offsetAt(step.at);
      const end = offset + BigInt(Math.floor(Number(logEnd - offset) * step.end));
      checkRead(await log.read({ offset, maxBytes: step.maxBytes, end }), model, offset, step.maxBytes, end);
      return model;
    }
    case "clean": {
      await log.clean();
      return model.filter((batch) => batch.base >= log.offsets.logStart);
    }
    case "truncate": {
      await log.truncate(offsetAt(step.at));
      return model.filter((batch) => batch.base + batch.span <= log.offsets.logEnd);
    }
    default:
      return model;
  }
}

function checkRead(
  result: Awaited<ReturnType<PartitionLog["read"]>>,
  model: readonly ModelBatch[],
  offset: bigint,
  maxBytes: number,
  end: bigint,
): void {
  const given = [...batches(result.records)].map((view) => ({
    base: readBatchHeader(result.records, view.start).baseOffset,
    bytes: result.records.subarray(view.start, view.end),
  }));
  const first = model.findIndex((batch) => batch.base + batch.span > offset);
  const available = first < 0 ? [] : model.slice(first).filter((batch) => batch.base + batch.span <= end);
  if (available.length === 0 || offset >= end) {
    expect(given).toEqual([]);
    return;
  }
  expect(given.length).toBeGreaterThan(0);
  expect(given.length === 1 || result.records.length <= maxBytes).toBe(true);
  for (const [at, batch] of given.entries()) {
    const expected = available[at]!;
    expect(batch.base).toBe(expected.base);
    expect(Buffer.compare(batch.bytes.subarray(8), expected.bytes.subarray(8))).toBe(0);
  }
  const last = available[given.length - 1]!;
  expect(result.nextOffset).toBe(last.base + last.span);
}

async function checkAll(log: PartitionLog, model: readonly ModelBatch[]): Promise<void> {
  let offset = log.offsets.logStart;
  expect(model[0]?.base ?? log.offsets.logEnd).toBe(offset);
  while (offset < log.offsets.logEnd) {
    const result = await log.read({ offset, maxBytes: 700 });
    checkRead(result, model, offset, 700, log.offsets.logEnd);
    offset = result.nextOffset;
  }
}
