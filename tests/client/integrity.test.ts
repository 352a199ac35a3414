/**
 * What is read is what was written: several producers and consumers at once, records of all sizes, every codec, memory
 * under reuse everywhere between them.
 */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fluvio } from "@smdk/client";
import type { Compression } from "@smdk/protocol";
import { startCluster } from "@smdk/server";
import { expect, test } from "vitest";

const RECORDS_PER_PRODUCER = 2500;
const PARTITIONS = 3;
const compressions: Compression[] = ["None", "Gzip", "Snappy", "Lz4", "Zstd"];

test("concurrent producers and consumers of every codec see exactly the records sent", async () => {
  const dir = await mkdtemp(join(tmpdir(), "smdk-integrity-"));
  const cluster = await startCluster({ dir, spus: 2 });
  const fluvio = await Fluvio.connect({ cluster: cluster.scAddress });
  try {
    await fluvio.admin.topics.create("mixed", { partitions: PARTITIONS });
    const total = compressions.length * RECORDS_PER_PRODUCER;
    const live = Promise.all([read(fluvio, total, false), read(fluvio, total, true)]);
    const sent = await Promise.all(compressions.map((compression, i) => write(fluvio, compression, i)));
    const expected = sent.flat().sort();
    for (const seen of await live) expect(seen.sort()).toEqual(expected);
    expect((await read(fluvio, total, false)).sort()).toEqual(expected);
  } finally {
    await fluvio.close();
    await cluster.close();
    await rm(dir, { recursive: true, force: true });
  }
});

/** Sends records whose values begin with their own digest, and returns the digests. */
async function write(fluvio: Fluvio, compression: Compression, producerIndex: number): Promise<string[]> {
  const producer = await fluvio.producer("mixed", { compression, retry: { maxRetries: 0 } });
  const digests: string[] = [];
  for (let i = 0; i < RECORDS_PER_PRODUCER; i++) {
    // mostly small, now and then larger than a batch, seldom larger than the pieces that memory comes in
    const size = i % 997 === 0 ? 300_000 : i % 101 === 0 ? 40_000 : (i * 37) % 900;
    const body = Buffer.alloc(size, `${producerIndex}:${i};`);
    const value = Buffer.concat([createHash("sha1").update(body).digest(), body]);
    digests.push(value.subarray(0, 20).toString("hex") + size);
    if (producer.full) await producer.ready();
    producer.send({ key: i % 3 === 0 ? `k${i}` : null, value });
  }
  await producer.close();
  return digests;
}

/** Reads `total` records from the beginning, and checks each against its digest. */
async function read(fluvio: Fluvio, total: number, slowly: boolean): Promise<string[]> {
  const digests: string[] = [];
  for await (const { value } of fluvio.consumer({ topic: "mixed", start: "beginning" })) {
    if (slowly && digests.length % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const digest = Buffer.from(value.subarray(0, 20)).toString("hex");
    const body = value.subarray(20);
    expect(createHash("sha1").update(body).digest("hex")).toBe(digest);
    digests.push(digest + body.length);
    if (digests.length === total) break;
  }
  return digests;
}
