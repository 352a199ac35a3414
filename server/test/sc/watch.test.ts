import { WatchApi } from "@smdk/protocol";
import { describe, expect, it } from "vitest";
import { testCluster, testWire, topicSpec } from "./wire.ts";

const resolutionOf = (object: { status: unknown } | undefined): string | undefined =>
  (object?.status as { resolution: string } | undefined)?.resolution;

describe("watching", () => {
  it("begins with everything there is", async () => {
    const wire = await testWire(await testCluster());
    await wire.createTopic("words", topicSpec(2));
    for (const [type, names] of [
      ["SPU", ["custom-spu-5001"]],
      ["Partition", ["consumer-offset-0", "words-0", "words-1"]],
      ["Topic", ["consumer-offset", "words"]],
    ] as const) {
      const first = await wire.watch(type).next();
      expect(first.type).toBe(type);
      expect(first.changes).toEqual([]);
      expect(first.all.map(({ name }) => name).sort()).toEqual(names);
    }
  });

  it("answers at once even if there is nothing", async () => {
    const wire = await testWire(await testCluster());
    const first = await wire.watch("TableFormat").next();
    expect([first.all, first.changes]).toEqual([[], []]);
  });

  it("tells what changed, and what is gone", async () => {
    const cluster = await testCluster();
    const [watching, acting] = [await testWire(cluster), await testWire(cluster)];
    const topics = watching.watch("Topic");
    const partitions = watching.watch("Partition");
    await topics.next();
    await acting.createTopic("come");
    await topics.until((objects) => resolutionOf(objects.get("come")) === "Provisioned");
    await partitions.until((objects) => resolutionOf(objects.get("come-0")) === "Online");
    await acting.delete({ type: "Topic", key: "come", force: false });
    await topics.until((objects) => !objects.has("come"));
    await partitions.until((objects) => !objects.has("come-0"));
    expect([...topics.objects.keys()]).toEqual(["consumer-offset"]);
  });

  it("leaves out the wasm of SmartModules if asked", async () => {
    const wire = await testWire(await testCluster());
    const watcher = wire.watch("SmartModule", { summary: true });
    await watcher.next();
    await wire.create({
      type: "SmartModule",
      name: "m",
      dryRun: false,
      timeout: null,
      spec: { meta: null, summary: null, wasm: { format: "Binary", payload: Uint8Array.of(1, 2) } },
    });
    await watcher.until((objects) => objects.has("m"));
    const spec = watcher.objects.get("m")?.spec;
    expect(spec).toMatchObject({ summary: { wasmLength: 2 }, wasm: { payload: new Uint8Array() } });
  });

  it("speaks the version that was asked for", async () => {
    const wire = await testWire(await testCluster());
    for (const version of [9, 11, 15, 16, 18, 19]) {
      const watcher = wire.watch("Topic", { version });
      await watcher.next();
      expect([...watcher.objects.keys()]).toEqual(["consumer-offset"]);
    }
  });

  it.each(["CustomSpu", "Mirror"] as const)("does not exist for %s", async (type) => {
    const wire = await testWire(await testCluster());
    await expect(wire.watch(type).next()).rejects.toThrow("closed");
  });

  it("gives a watcher that stops reading the final state, not all of history", async () => {
    const cluster = await testCluster();
    const [slow, acting] = [await testWire(cluster), await testWire(cluster)];
    const watcher = slow.watch("TableFormat");
    await watcher.next();
    slow.pause();
    const rounds = 200;
    const name = "t".repeat(100);
    for (let round = 0; round < rounds; round += 1) {
      const spec = { name: "x".repeat(20_000), inputFormat: null, columns: null, smartmodule: `${round}` };
      await acting.create({ type: "TableFormat", name, dryRun: false, timeout: null, spec });
      await acting.delete({ type: "TableFormat", key: name, force: false });
    }
    const spec = { name: "last", inputFormat: null, columns: null, smartmodule: null };
    await acting.create({ type: "TableFormat", name: "last", dryRun: false, timeout: null, spec });
    slow.resume();
    await watcher.until((objects) => objects.has("last"));
    expect([...watcher.objects.keys()]).toEqual(["last"]);
    expect(watcher.frames).toBeLessThan(2 * rounds);
  });

  it("serves many at a time", async () => {
    const cluster = await testCluster();
    const acting = await testWire(cluster);
    const wires = await Promise.all(Array.from({ length: 50 }, () => testWire(cluster)));
    const watchers = wires.flatMap((wire) => [
      wire.watch("Topic"),
      wire.watch("Partition"),
      wire.watch("Partition", { version: 16 }),
    ]);
    await Promise.all(watchers.map((watcher) => watcher.next()));
    await acting.createTopic("many", topicSpec(5));
    await Promise.all(
      watchers.map((watcher) =>
        watcher.until((objects) =>
          [...objects].some(
            ([name, object]) =>
              (name === "many" || name === "many-4") && /Provisioned|Online/.test(resolutionOf(object) ?? ""),
          ),
        ),
      ),
    );
  });

  it("ends quickly with the cluster", async () => {
    const cluster = await testCluster();
    const wire = await testWire(cluster);
    for (let i = 0; i < 20; i += 1) await wire.watch("SPU").next();
    wire.send(WatchApi, { type: "Topic", epoch: 0n, summary: false });
    await cluster.close();
    await wire.closed;
  });
});
