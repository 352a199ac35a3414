// Saved consumer offsets while retention removes the segments they were first written to.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { nodeEnv } from "../../src/env/index.ts";
import { SpuPeers } from "../../src/link.ts";
import { openLog } from "../../src/log/index.ts";
import { silentLogger } from "../../src/logger.ts";
import { Consumers } from "../../src/spu/consumers.ts";
import { LeaderReplica } from "../../src/spu/replica.ts";
import { batch, replica, SPU_ID } from "./harness.ts";

const env = nodeEnv();
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "smdk-consumers-"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

/** Consumer offsets over a log of small segments, of which retention keeps two or three. */
async function open() {
  const options = { segmentBytes: 2048, maxPartitionBytes: 4096 };
  const log = await openLog(env, join(directory, "consumer-offset-0"), options, silentLogger);
  const leader = new LeaderReplica({
    spec: replica("consumer-offset", { system: true }),
    log,
    dedup: null,
    reopenDedup: async () => null,
    clock: env.clock,
    logger: silentLogger,
    writeFailed: () => {},
  });
  const peers = new SpuPeers();
  const consumers = new Consumers({
    spuId: SPU_ID,
    peers,
    clock: env.clock,
    logger: silentLogger,
    replicaExists: () => true,
  });
  await consumers.follow(SPU_ID, leader);
  return { log, consumers, store: peers.consumerOffsets(SPU_ID)! };
}

it("keeps what stands only in segments that are removed", async () => {
  const first = await open();
  await first.store.updateConsumerOffset("hello", 0, "rare", 7n);
  for (let i = 0; i < 60; i++) await first.store.updateConsumerOffset("hello", 0, "busy", BigInt(i));
  const { removedSegments } = await first.log.clean();
  expect(removedSegments).toBeGreaterThan(0);
  await first.store.updateConsumerOffset("hello", 0, "busy", 60n);
  first.consumers.close();
  await first.log.close();

  const second = await open();
  expect(await second.consumers.saved("hello", 0, "rare")).toBe(7n);
  expect(await second.consumers.saved("hello", 0, "busy")).toBe(60n);
  expect(await second.consumers.saved("hello", 0, "nobody")).toBe(null);
  second.consumers.close();
  await second.log.close();
});

it("skips records of the system topic that are no offsets", async () => {
  const first = await open();
  await first.store.updateConsumerOffset("hello", 0, "c1", 7n);
  first.consumers.close();
  await first.log.append(batch(["garbage", ""]));
  await first.log.close();
  const second = await open();
  expect(await second.consumers.saved("hello", 0, "c1")).toBe(7n);
  second.consumers.close();
  await second.log.close();
});
