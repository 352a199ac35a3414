// A cluster in a process of its own, killed without warning while topics come and go: what was acknowledged holds.
import { type ChildProcess, spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { onCleanup, temporaryDirectory, testCluster, testWire, topicSpec, Wire } from "../sc/wire.ts";

const ROUNDS = 6;
const TOPICS = 8;

const program = `
  const { startCluster } = await import(process.argv[1]);
  const cluster = await startCluster({ dir: process.argv[2], spus: 2 });
  process.stdout.write(cluster.scAddress + "\\n");
`;
const serverModule = new URL("../../dist/index.js", import.meta.url).href;

async function startProcess(dir: string): Promise<{ child: ChildProcess; address: string }> {
  const args = ["--input-type=module", "-e", program, serverModule, dir];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  onCleanup(() => child.kill("SIGKILL"));
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout?.once("data", (line: Buffer) => resolve(line.toString().trim()));
    child.once("exit", (code) => reject(new Error(`the cluster ended with ${code}`)));
  });
  return { child, address };
}

/** Creates and deletes a topic in turns until the connection breaks; tells after each answer what must hold. */
async function churn(address: string, name: string, holds: Map<string, boolean | undefined>): Promise<void> {
  const wire = await Wire.connect(address);
  onCleanup(() => wire.close());
  let exists = holds.get(name) ?? (await wire.list("Topic")).objects.some((topic) => topic.name === name);
  try {
    for (;;) {
      // Until the answer comes, both states are fine.
      holds.set(name, undefined);
      const { errorCode } = exists
        ? await wire.delete({ type: "Topic", key: name, force: false })
        : await wire.createTopic(name, topicSpec(2));
      expect(errorCode).toEqual({ kind: "None" });
      exists = !exists;
      holds.set(name, exists);
    }
  } catch (error) {
    if (!(error instanceof Error && error.message.includes("closed"))) throw error;
  }
}

it("keeps its word through SIGKILL", async () => {
  const dir = await temporaryDirectory();
  const names = Array.from({ length: TOPICS }, (_, index) => `topic-${index}`);
  const holds = new Map<string, boolean | undefined>(names.map((name) => [name, false]));
  for (let round = 0; round < ROUNDS; round += 1) {
    const { child, address } = await startProcess(dir);
    const churning = Promise.all(names.map((name) => churn(address, name, holds)));
    await new Promise((resolve) => setTimeout(resolve, 100 + round * 70));
    child.removeAllListeners("exit");
    child.kill("SIGKILL");
    await churning;
    await new Promise((resolve) =>
      child.exitCode === null && child.signalCode === null ? child.once("exit", resolve) : resolve(null),
    );

    const cluster = await testCluster({ dir, spus: 2 });
    expect(cluster.problems).toEqual([]);
    const wire = await testWire(cluster);
    const topics = new Set((await wire.list("Topic")).objects.map(({ name }) => name));
    for (const [name, exists] of holds)
      if (exists !== undefined) expect([name, topics.has(name)]).toEqual([name, exists]);
    // Every topic there is can be used, and nothing is left of the others.
    const watcher = wire.watch("Partition");
    await watcher.until((partitions) =>
      [...topics].every((name) =>
        [0, 1].every(
          (id) =>
            (partitions.get(`${name}-${id}`)?.status as { resolution?: string })?.resolution === "Online",
        ),
      ),
    );
    expect(watcher.objects.size).toBe(1 + 2 * topics.size);
    const logs = (await Promise.all([5001, 5002].map((id) => readdir(join(dir, `spu-logs-${id}`))))).flat();
    expect(logs.sort()).toEqual([...watcher.objects.keys()].sort());
    for (const name of names) holds.set(name, topics.has(name));
    await cluster.close();
  }
});
