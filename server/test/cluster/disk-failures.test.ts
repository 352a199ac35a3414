// What happens when the disk refuses metadata: nothing is acknowledged that is not kept, and all is well again when
// the disk is.
import { describe, expect, it } from "vitest";
import { type Disk, type Env, nodeEnv } from "../../src/env/index.ts";
import { temporaryDirectory, testCluster, testWire, topicSpec } from "../sc/wire.ts";

const codeOf = ({ errorCode }: { errorCode: { kind: string } }): string => errorCode.kind;

/** This machine, with a disk that refuses to write metadata files while `isFull` says so. */
function fillableEnv(isFull: (path: string) => boolean): Env {
  const env = nodeEnv();
  const refuse = (path: string): void => {
    if (path.includes("metadata") && isFull(path)) {
      throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    }
  };
  const disk: Disk = Object.create(env.disk, {
    writeFileAtomic: {
      value: async (path: string, content: Uint8Array | string) => {
        refuse(path);
        await env.disk.writeFileAtomic(path, content);
      },
    },
  });
  return { ...env, disk };
}

describe("a full disk", () => {
  it("refuses new objects and keeps the old ones", async () => {
    let full = false;
    const dir = await temporaryDirectory();
    const cluster = await testCluster({ dir, env: fillableEnv(() => full) });
    const wire = await testWire(cluster);
    await wire.createTopic("before");
    const tableFormat = (name: string, smartmodule: string | null) =>
      wire.create({
        type: "TableFormat",
        name,
        dryRun: false,
        timeout: null,
        spec: { name, inputFormat: null, columns: null, smartmodule },
      });
    const smartModule = (byte: number) =>
      wire.create({
        type: "SmartModule",
        name: "m",
        dryRun: false,
        timeout: null,
        spec: { meta: null, summary: null, wasm: { format: "Binary", payload: Uint8Array.of(byte) } },
      });
    expect(codeOf(await smartModule(1))).toBe("None");

    full = true;
    expect(await wire.createTopic("during", topicSpec(2))).toEqual({
      name: "during",
      errorCode: { kind: "TopicNotProvisioned" },
      errorMessage: "error: no space left on device",
    });
    expect(codeOf(await tableFormat("t", null))).toBe("TableFormatError");
    expect(codeOf(await smartModule(2))).toBe("SmartModuleError");
    expect(codeOf(await wire.delete({ type: "Topic", key: "before", force: false }))).toBe("TopicError");
    const names = async () => (await wire.list("Topic")).objects.map(({ name }) => name);
    expect(await names()).toEqual(["before"]);
    expect((await wire.list("TableFormat")).objects).toEqual([]);
    expect((await wire.list("SmartModule")).objects[0]?.spec.wasm.payload).toEqual(Uint8Array.of(1));

    full = false;
    expect(codeOf(await wire.createTopic("during", topicSpec(2)))).toBe("None");
    expect(codeOf(await tableFormat("t", null))).toBe("None");
    expect(codeOf(await wire.delete({ type: "Topic", key: "before", force: false }))).toBe("None");
    expect(await names()).toEqual(["during"]);
    await cluster.close();

    const after = await testWire(await testCluster({ dir }));
    expect((await after.list("Topic")).objects.map(({ name }) => name)).toEqual(["during"]);
    expect((await after.list("Partition")).objects.map(({ name }) => name)).toEqual(["during-0", "during-1"]);
  });

  it("leaves a topic alone that could not be deleted, also at the next start", async () => {
    let full = false;
    const dir = await temporaryDirectory();
    const cluster = await testCluster({ dir, env: fillableEnv(() => full) });
    const wire = await testWire(cluster);
    await wire.createTopic("stays", topicSpec(2));
    full = true;
    expect(codeOf(await wire.delete({ type: "Topic", key: "stays", force: false }))).toBe("TopicError");
    full = false;
    await wire.createTopic("other");
    await cluster.close();
    const after = await testWire(await testCluster({ dir }));
    expect((await after.list("Topic")).objects.map(({ name }) => name)).toEqual(["other", "stays"]);
    expect((await after.list("Partition")).objects.map(({ status }) => status.resolution)).toEqual([
      "Online",
      "Online",
      "Online",
    ]);
  });

  it("does not keep the cluster from closing", async () => {
    let full = false;
    const cluster = await testCluster({ env: fillableEnv(() => full) });
    const wire = await testWire(cluster);
    full = true;
    await wire.createTopic("lost");
    await cluster.close();
  });
});
