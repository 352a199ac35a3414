/** Batches and record sets for the log tests. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { nodeEnv } from "../../src/env/index.ts";
import type { LogOptions, PartitionLog } from "../../src/log/index.ts";
import { openLog } from "../../src/log/index.ts";
import { silentLogger } from "../../src/logger.ts";
import { batchOf as batchOfTexts, recordsIn } from "../../src/sim/records.ts";

/** A batch of text records. */
export function batchOf(...values: string[]): Uint8Array {
  return batchOfTexts(values);
}

/** What a batch with one record of `length` bytes weighs. */
export function batchOfSize(total: number): Uint8Array {
  let filler = total - 67;
  let batch = batchOf("x".repeat(filler));
  while (batch.length > total) batch = batchOf("x".repeat(--filler));
  if (batch.length !== total) throw new Error(`cannot make a batch of ${total} bytes`);
  return batch;
}

/** Offset and text of every record in a record set. */
export const textsOf: (recordSet: Uint8Array) => { offset: bigint; text: string }[] = recordsIn;

/** Everything from the log start to the log end. */
export async function readAll(
  log: PartitionLog,
  maxBytes = 1_000_000,
): Promise<{ offset: bigint; text: string }[]> {
  const found: { offset: bigint; text: string }[] = [];
  for (let offset = log.offsets.logStart; offset < log.offsets.logEnd; ) {
    const { records, nextOffset } = await log.read({ offset, maxBytes });
    found.push(...textsOf(records));
    if (nextOffset <= offset) throw new Error(`no progress at offset ${offset}`);
    offset = nextOffset;
  }
  return found;
}

export const env = nodeEnv();

/** A fresh directory for each test, and logs in it that are closed afterwards. */
export function logFixture(): {
  readonly dir: string;
  open(options?: LogOptions, from?: string): Promise<PartitionLog>;
} {
  let dir = "";
  let opened: PartitionLog[] = [];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "smdk-log-"));
  });
  afterEach(async () => {
    for (const log of opened) await log.close();
    opened = [];
    await rm(dir, { recursive: true, force: true });
  });
  return {
    get dir() {
      return dir;
    },
    async open(options = {}, from = join(dir, "words-0")) {
      const log = await openLog(env, from, { cleanIntervalMs: 0, ...options }, silentLogger);
      opened.push(log);
      return log;
    },
  };
}
