// Metadata files: those that Fluvio's own local clusters write can be read, and ours have the same form.
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { nodeEnv } from "../../src/env/index.ts";
import { silentLogger } from "../../src/logger.ts";
import { fileNameOf } from "../../src/sc/store/file-name.ts";
import { type Kind, Stores } from "../../src/sc/store/stores.ts";
import { onCleanup, temporaryDirectory } from "./wire.ts";

const TOPIC = `!1.0.0
meta:
  id: demo
  revision: 5
  children:
    Partition:
    - id: demo-0
      revision: 0
key: demo
status:
  resolution: Provisioned
  replicaMap:
    0:
    - 5001
  mirrorMap: {}
  reason: ''
spec:
  replicas: !computed
    partitions: 1
    replicationFactor: 1
    ignoreRackAssignment: false
  cleanupPolicy: !segment
    timeInSeconds: 3600
  storage:
    segmentSize: 10000000
    maxPartitionSize: 1000000000
  compressionType: Gzip
  deduplication:
    bounds:
      count: 5
      age: 1h 30m
    filter:
      transform:
        uses: dedup-filter
        with:
          a: b
  system: false
`;

const PARTITION = `!1.0.0
meta:
  id: demo-0
  revision: 2
  parent:
    id: demo
    revision: 4
    children:
      Partition:
      - id: demo-0
        revision: 0
key: demo-0
status:
  resolution: Offline
  leader:
    spu: 5001
    hw: 9007199254740993
    leo: -1
  lsr: 0
  replicas: []
  size: 0
  isBeingDeleted: false
  baseOffset: 0
spec:
  leader: 5001
  replicas:
  - 5001
  cleanupPolicy: null
  storage: null
  compressionType: Any
  deduplication: null
  system: false
  mirror: !home
    remoteCluster: edge
    remoteReplica: demo-0
`;

const SPU = `!1.0.0
meta:
  id: custom-spu-5001
  revision: 1
key: custom-spu-5001
status:
  resolution: Online
spec:
  spuId: 5001
  spuType: Custom
  publicEndpoint:
    port: 9010
    ingress:
    - hostname: 127.0.0.1
      ip: null
    encryption: PLAINTEXT
  privateEndpoint:
    port: 9011
    host: 127.0.0.1
    encryption: PLAINTEXT
  publicEndpointLocal:
    port: 9010
    host: 127.0.0.1
    encryption: PLAINTEXT
`;

const SMARTMODULE = `!1.0.0
meta:
  id: sm-grp-0.1.0
  revision: 0
key: sm-grp-0.1.0
status: null
spec:
  meta:
    package:
      name: sm
      group: grp
      version: 0.1.0
      apiVersion: 0.1.0
      description: null
      license: Apache-2.0
      visibility: public
      repository: null
    params:
    - name: key
      description: what to look for
      optional: true
  wasm:
    format: BINARY
    payload: AQIDBA==
`;

const MIRROR = `!1.0.0
meta:
  id: edge
  revision: 0
key: edge
status:
  connectionStatus: Offline
  pairingSc: Waiting
  pairingSpu: !DetailFailure no route
  connectionStat:
    lastSeen: 18446744073709551615
spec:
  mirrorType: !remote
    id: edge
`;

const MIRROR_TOPIC = `!1.0.0
meta:
  id: mirrored
  revision: 0
key: mirrored
status: null
spec:
  replicas: !mirror
    home:
      partitions:
      - remoteCluster: edge
        remoteReplica: mirrored-0
  compressionType: Any
  system: false
`;

async function open(files: Record<string, string>): Promise<{ stores: Stores; dir: string }> {
  const dir = await temporaryDirectory();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(dir, path, ".."), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  const stores = await Stores.open(nodeEnv(), dir, silentLogger);
  onCleanup(() => stores.close());
  return { stores, dir };
}

describe("files of Fluvio's local clusters", () => {
  it("are read", async () => {
    const { stores } = await open({
      "Topic/demo.yaml": TOPIC,
      "Topic/mirrored.yaml": MIRROR_TOPIC,
      "Partition/demo-0.yaml": PARTITION,
      "SPU/custom-spu-5001.yaml": SPU,
      "SmartModule/sm-grp-0.1.0.yaml": SMARTMODULE,
      "Mirror/edge.yaml": MIRROR,
      "Topic/notes.txt": "not an object",
    });
    expect(stores.problems).toEqual([]);
    expect(stores.topics.get("demo")).toEqual({
      key: "demo",
      revision: 5,
      status: {
        resolution: "Provisioned",
        replicaMap: new Map([[0, [5001]]]),
        mirrorMap: new Map(),
        reason: "",
      },
      spec: {
        replicas: { kind: "Computed", partitions: 1, replicationFactor: 1, ignoreRackAssignment: false },
        cleanupPolicy: { kind: "Segment", timeInSeconds: 3600 },
        storage: { segmentSize: 10_000_000, maxPartitionSize: 1_000_000_000n },
        compressionType: "Gzip",
        deduplication: {
          bounds: { count: 5n, age: { seconds: 5400n, nanos: 0 } },
          filter: { transform: { uses: "dedup-filter", with: new Map([["a", "b"]]) } },
        },
        system: false,
      },
    });
    expect(stores.topics.get("mirrored")?.spec.replicas).toEqual({
      kind: "Mirror",
      value: {
        kind: "Home",
        partitions: [{ remoteCluster: "edge", remoteReplica: "mirrored-0", source: false }],
        source: false,
      },
    });
    const partition = stores.partitions.get("demo-0");
    expect(partition?.status.leader).toEqual({ spu: 5001, hw: 9_007_199_254_740_993n, leo: -1n });
    expect(partition?.spec.mirror).toEqual({
      kind: "Home",
      remoteCluster: "edge",
      remoteReplica: "demo-0",
      source: false,
    });
    // Nothing runs yet, whatever the file says.
    expect(stores.spus.get("custom-spu-5001")?.status).toEqual({ resolution: "Offline" });
    expect(stores.spus.get("custom-spu-5001")?.spec.publicEndpointLocal?.port).toBe(9010);
    const module = stores.smartModules.get("sm-grp-0.1.0")?.spec;
    expect(module?.wasm.payload).toEqual(Uint8Array.of(1, 2, 3, 4));
    expect(module?.meta?.package.visibility).toBe("Public");
    expect(module?.meta?.params).toEqual(
      new Map([["key", { description: "what to look for", optional: true }]]),
    );
    expect(stores.mirrors.get("edge")?.status).toEqual({
      connectionStatus: "Offline",
      pairingSc: { kind: "Waiting" },
      pairingSpu: { kind: "DetailFailure", value: "no route" },
      connectionStat: { lastSeen: 18_446_744_073_709_551_615n },
    });
  });

  it.each([
    ["Topic", "demo", TOPIC],
    ["Partition", "demo-0", PARTITION],
    ["SmartModule", "sm-grp-0.1.0", SMARTMODULE],
    ["Mirror", "edge", MIRROR],
    ["Topic", "mirrored", MIRROR_TOPIC],
  ])("read back the same after being written (%s)", async (kind, key, content) => {
    const { stores, dir } = await open({ [`${kind}/${key}.yaml`]: content });
    const of = (from: Stores) =>
      ({
        Topic: from.topics,
        Partition: from.partitions,
        SmartModule: from.smartModules,
        Mirror: from.mirrors,
      })[kind as "Topic"];
    const before = of(stores).get(key);
    if (before === undefined) throw new Error("not read");
    const { spec } = of(stores).put(key, { ...before.spec });
    await of(stores).persisted(key);
    await stores.close();
    const again = await Stores.open(nodeEnv(), dir, silentLogger);
    onCleanup(() => again.close());
    expect(again.problems).toEqual([]);
    expect(of(again).get(key)?.spec).toEqual(spec);
    expect(of(again).get(key)?.status).toEqual(before.status);
    const text = await readFile(join(dir, kind, `${key}.yaml`), "utf8");
    expect(text).toMatch(/^!1\.0\.0\nmeta:\n {2}id: /);
  });

  it("lose what a killed run left of files that it was writing, and nothing else", async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, "Topic"));
    for (const name of [".demo.yaml.123-4.tmp", ".keep", "notes.tmp"]) {
      await writeFile(join(directory, "Topic", name), "!1.0.0\nmeta:");
    }
    const stores = await Stores.open(nodeEnv(), directory, silentLogger);
    onCleanup(() => stores.close());
    expect((await readdir(join(directory, "Topic"))).sort()).toEqual([".keep", "notes.tmp"]);
    expect(stores.problems).toEqual([]);
  });

  it("of every kind survive being read, written and read again", async () => {
    const dir = await temporaryDirectory();
    // Written by a real SC (0.18.2-dev-1) in local mode.
    await cp(fileURLToPath(new URL("./fixtures/local-metadata", import.meta.url)), dir, { recursive: true });
    const read = async (change: (kind: Kind<unknown, unknown>) => void) => {
      const stores = await Stores.open(nodeEnv(), dir, silentLogger);
      onCleanup(() => stores.close());
      expect(stores.problems).toEqual([]);
      const { topics, partitions, spus, spuGroups, smartModules, tableFormats, mirrors } = stores;
      const kinds = [topics, partitions, spus, spuGroups, smartModules, tableFormats, mirrors];
      const objects = kinds.map((kind) =>
        kind.sorted().map(({ key, spec, status }) => ({ key, spec, status })),
      );
      for (const kind of kinds) change(kind as unknown as Kind<unknown, unknown>);
      await stores.close();
      return objects;
    };
    const first = await read((kind) => {
      for (const { key, spec } of kind.sorted()) kind.put(key, { ...(spec as object) });
    });
    expect(first.map((objects) => objects.length)).toEqual([9, 2, 3, 1, 2, 1, 1]);
    expect(await read(() => {})).toEqual(first);
  });

  it("have keys as names where a file system allows it, and never leave their directory", () => {
    expect(fileNameOf("my-topic-0")).toBe("my-topic-0.yaml");
    expect(fileNameOf("sm-grp-0.1.0")).toBe("sm-grp-0.1.0.yaml");
    expect(fileNameOf("..")).toBe("%2e..yaml");
    expect(fileNameOf("../../etc/passwd")).toBe("%2e.%2f..%2fetc%2fpasswd.yaml");
    expect(fileNameOf("a\0b")).toBe("a%00b.yaml");
    expect(fileNameOf("50%")).toBe("50%25.yaml");
    expect(fileNameOf("")).toBeNull();
    expect(fileNameOf("x".repeat(300))).toBeNull();
  });
});
