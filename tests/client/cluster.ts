// A cluster of ours and a client of it, for one test file.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConsumerConfig, type ConsumerRecord, Fluvio } from "@smdk/client";
import { type Cluster, startCluster } from "@smdk/server";
import { afterAll, beforeAll } from "vitest";

export interface Setup {
  cluster: Cluster;
  fluvio: Fluvio;
}

/** Starts both before the tests of the file and ends them afterwards. */
export function useCluster(options: { spus?: number } = {}): Setup {
  const setup = {} as Setup;
  const dir = mkdtempSync(join(tmpdir(), "smdk-client-"));
  beforeAll(async () => {
    setup.cluster = await startCluster({ dir, ...options });
    setup.fluvio = await Fluvio.connect({ cluster: setup.cluster.scAddress });
  });
  afterAll(async () => {
    await setup.fluvio?.close();
    await setup.cluster?.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return setup;
}

/** Everything that is in a topic now. */
export async function readAll(
  fluvio: Fluvio,
  topic: string,
  config: Partial<ConsumerConfig> = {},
): Promise<ConsumerRecord[]> {
  const records: ConsumerRecord[] = [];
  const consumer = fluvio.consumer({ topic, start: "beginning", disableContinuous: true, ...config });
  for await (const record of consumer) records.push(record);
  return records;
}

/** Their values as text. */
export async function readTexts(
  fluvio: Fluvio,
  topic: string,
  config: Partial<ConsumerConfig> = {},
): Promise<string[]> {
  return (await readAll(fluvio, topic, config)).map((record) => record.text);
}

/** Creates a topic with these records. */
export async function topicWith(fluvio: Fluvio, topic: string, values: readonly string[]): Promise<void> {
  await fluvio.admin.topics.create(topic);
  await using producer = await fluvio.producer(topic);
  await producer.sendAll(values.map((value) => ({ value })));
}
