import {
  type CustomSpuSpec,
  DeleteApi,
  ListApi,
  type MirrorSpec,
  type SmartModuleSpec,
  UpdateApi,
} from "@smdk/protocol";
import { describe, expect, it } from "vitest";
import { testCluster, testWire } from "./wire.ts";

const common = { dryRun: false, timeout: null } as const;
const codeOf = ({ errorCode }: { errorCode: { kind: string } }): string => errorCode.kind;
const open = async () => testWire(await testCluster());

function smartModule(payload: number[], version?: string, name = "sm", group = "grp"): SmartModuleSpec {
  const meta =
    version === undefined
      ? null
      : {
          package: {
            name,
            group,
            version,
            apiVersion: "0.1.0",
            description: null,
            license: null,
            visibility: "Public" as const,
            repository: null,
          },
          params: new Map([["p", { description: "a parameter", optional: true }]]),
        };
  return { meta, summary: null, wasm: { format: "Binary", payload: Uint8Array.from(payload) } };
}

describe("SmartModules", () => {
  it("are stored under their name, or that of their package", async () => {
    const wire = await open();
    const create = (name: string, spec: SmartModuleSpec) =>
      wire.create({ type: "SmartModule", name, ...common, spec });
    expect((await create("plain", smartModule([1, 2, 3]))).name).toBe("plain");
    expect((await create("ignored", smartModule([4], "1.2.3"))).name).toBe("sm-grp-1.2.3");
    const { objects } = await wire.list("SmartModule");
    expect(objects.map(({ name }) => name)).toEqual(["plain", "sm-grp-1.2.3"]);
    expect(objects[0]?.spec).toEqual(smartModule([1, 2, 3]));
    expect(objects[1]?.spec).toEqual(smartModule([4], "1.2.3"));
  });

  it("leave out the wasm in a summary", async () => {
    const wire = await open();
    await wire.create({ type: "SmartModule", name: "big", ...common, spec: smartModule([1, 2, 3, 4]) });
    const { objects } = await wire.list("SmartModule", { summary: true });
    expect(objects[0]?.spec.wasm.payload).toHaveLength(0);
    expect(objects[0]?.spec.summary).toEqual({ wasmLength: 4 });
  });

  it("are replaced by a second create", async () => {
    const wire = await open();
    for (const byte of [1, 2]) {
      const status = await wire.create({
        type: "SmartModule",
        name: "m",
        ...common,
        spec: smartModule([byte]),
      });
      expect(codeOf(status)).toBe("None");
    }
    expect((await wire.list("SmartModule")).objects[0]?.spec.wasm.payload).toEqual(Uint8Array.of(2));
  });

  it("need a name and a group if they are a package", async () => {
    const wire = await open();
    for (const spec of [smartModule([1], "1.0.0", ""), smartModule([1], "1.0.0", "n", "")]) {
      expect(await wire.create({ type: "SmartModule", name: "x", ...common, spec })).toEqual({
        name: "x",
        errorCode: { kind: "SmartModuleError" },
        errorMessage: "invalid SmartModule package",
      });
    }
  });

  it("are found by package key", async () => {
    const wire = await open();
    for (const version of ["1.0.0", "2.0.0"]) {
      await wire.create({ type: "SmartModule", name: "", ...common, spec: smartModule([1], version) });
    }
    await wire.create({ type: "SmartModule", name: "sm", ...common, spec: smartModule([1]) });
    const found = async (...filters: string[]) =>
      (await wire.list("SmartModule", { filters })).objects.map(({ name }) => name);
    expect(await found("sm")).toEqual(["sm", "sm-grp-1.0.0", "sm-grp-2.0.0"]);
    expect(await found("grp/sm@2")).toEqual(["sm", "sm-grp-2.0.0"]);
    expect(await found("other/sm")).toEqual(["sm"]);
    expect(await found("sm-grp-1.0.0")).toEqual([]);
    expect(await found("nothing")).toEqual([]);
    await expect(found("grp/sm@x")).rejects.toThrow("closed");
  });

  it("are deleted by their key or their full name", async () => {
    const wire = await open();
    const remove = (key: string) => wire.delete({ type: "SmartModule", key, force: false });
    await wire.create({ type: "SmartModule", name: "", ...common, spec: smartModule([1], "1.0.0") });
    await wire.create({ type: "SmartModule", name: "", ...common, spec: smartModule([1], "2.0.0") });
    expect(await remove("sm")).toEqual({
      name: "sm",
      errorCode: { kind: "SmartModuleNotFound", name: "sm" },
      errorMessage: "not found",
    });
    expect(codeOf(await remove("grp/sm@1.0.0"))).toBe("None");
    expect(codeOf(await remove("sm-grp-2.0.0"))).toBe("None");
    expect(codeOf(await remove("grp/sm@x"))).toBe("SmartModuleNotFound");
    expect((await wire.list("SmartModule")).objects).toEqual([]);
  });

  it("cannot get out of their directory, whatever they are called", async () => {
    const wire = await open();
    const names = ["../../escape", "a/b", "..", ".hidden", "C:\\x", "naïve ☃", "a\0b", "%2e"];
    for (const name of names) {
      const status = await wire.create({ type: "SmartModule", name, ...common, spec: smartModule([7]) });
      expect([name, codeOf(status)]).toEqual([name, "None"]);
    }
    const { objects } = await wire.list("SmartModule");
    expect(objects.map(({ name }) => name).sort()).toEqual([...names].sort());
    for (const name of ["", "x".repeat(30_000)]) {
      const status = await wire.create({ type: "SmartModule", name, ...common, spec: smartModule([7]) });
      expect(codeOf(status)).toBe("SmartModuleError");
    }
  });
});

describe("SPUs", () => {
  const spec = (id: number): CustomSpuSpec => ({
    id,
    publicEndpoint: {
      port: 9110,
      ingress: [{ hostname: "example.net", ip: null }],
      encryption: "PLAINTEXT",
    },
    privateEndpoint: { port: 9111, host: "example.net", encryption: "PLAINTEXT" },
    rack: "rack-a",
    publicEndpointLocal: null,
  });

  it("are listed with the address that clients use", async () => {
    const cluster = await testCluster({ spus: 2 });
    const wire = await testWire(cluster);
    const { objects } = await wire.list("SPU");
    expect(objects.map(({ name, status }) => [name, status.resolution])).toEqual([
      ["custom-spu-5001", "Online"],
      ["custom-spu-5002", "Online"],
    ]);
    const addresses = objects.map(
      ({ spec: { publicEndpoint: at } }) => `${at.ingress[0]?.hostname}:${at.port}`,
    );
    expect(addresses).toEqual(cluster.spus.map(({ address }) => address));
    expect((await wire.list("SPU", { filters: ["5002"] })).objects).toHaveLength(1);
  });

  it("can be registered and unregistered by clients", async () => {
    const wire = await open();
    const create = (name: string, id: number, dryRun = false) =>
      wire.create({ type: "CustomSpu", name, dryRun, timeout: null, spec: spec(id) });
    expect(await create("mine", 6001, true)).toEqual({
      name: "",
      errorCode: { kind: "None" },
      errorMessage: null,
    });
    expect(codeOf(await create("mine", 6001))).toBe("None");
    expect(await create("mine", 6002)).toEqual({
      name: "mine",
      errorCode: { kind: "SpuAlreadyExists" },
      errorMessage: "spu 'mine(6002)' already defined",
    });
    expect(codeOf(await create("other", 5001))).toBe("SpuAlreadyExists");
    const { objects } = await wire.list("CustomSpu", { filters: ["mine"] });
    expect(objects).toEqual([{ name: "mine", spec: spec(6001), status: { resolution: "Init" } }]);

    expect(await wire.delete({ type: "CustomSpu", key: { kind: "Id", value: 7 }, force: false })).toEqual({
      name: "spu-7",
      errorCode: { kind: "SpuNotFound" },
      errorMessage: "not found",
    });
    const byId = await wire.delete({ type: "CustomSpu", key: { kind: "Id", value: 6001 }, force: false });
    expect(byId).toEqual({ name: "mine", errorCode: { kind: "None" }, errorMessage: null });
    const byName = await wire.delete({
      type: "CustomSpu",
      key: { kind: "Name", value: "mine" },
      force: false,
    });
    expect(codeOf(byName)).toBe("SpuNotFound");
  });
});

describe("other objects", () => {
  it("can be table formats", async () => {
    const wire = await open();
    const spec = {
      name: "t",
      inputFormat: "JSON" as const,
      columns: [
        {
          headerLabel: "Key",
          width: null,
          alignment: "Right" as const,
          keyPath: "key",
          format: null,
          display: true,
          primaryKey: null,
          headerBgColor: "Yellow" as const,
          headerTextColor: null,
        },
      ],
      smartmodule: null,
    };
    const create = () => wire.create({ type: "TableFormat", name: "t", ...common, spec });
    expect(codeOf(await create())).toBe("None");
    expect(await create()).toEqual({
      name: "t",
      errorCode: { kind: "TableFormatAlreadyExists" },
      errorMessage: "tableformat 't' already defined",
    });
    expect((await wire.list("TableFormat")).objects).toEqual([
      { name: "t", spec, status: { resolution: "Init", reason: null } },
    ]);
    const remove = () => wire.delete({ type: "TableFormat", key: "t", force: false });
    expect(codeOf(await remove())).toBe("None");
    expect(await remove()).toEqual({
      name: "t",
      errorCode: { kind: "TableFormatNotFound" },
      errorMessage: "not found",
    });
  });

  it("can be SPU groups", async () => {
    const wire = await open();
    const spuConfig = {
      rack: null,
      replication: { inSyncReplicaMin: 1 },
      storage: { logDir: "/data", size: "10Gi" },
      env: [{ name: "A", value: "b" }],
    };
    const spec = { replicas: 2, minId: 100, spuConfig };
    expect(codeOf(await wire.create({ type: "SpuGroup", name: "main", ...common, spec }))).toBe("None");
    expect((await wire.list("SpuGroup")).objects).toEqual([
      { name: "main", spec, status: { resolution: "Init", reason: null } },
    ]);
    expect(codeOf(await wire.delete({ type: "SpuGroup", key: "main", force: false }))).toBe("None");
    expect(codeOf(await wire.delete({ type: "SpuGroup", key: "main", force: false }))).toBe("SpuNotFound");
  });

  it("can be mirrors", async () => {
    const wire = await open();
    const create = (name: string, spec: MirrorSpec) => wire.create({ type: "Mirror", name, ...common, spec });
    const remote: MirrorSpec = { mirrorType: { kind: "Remote", id: "edge" } };
    const home: MirrorSpec = {
      mirrorType: { kind: "Home", id: "h", remoteId: "edge", publicEndpoint: "x:9003", clientTls: null },
    };
    expect(codeOf(await create("edge", remote))).toBe("None");
    expect(await create("edge", remote)).toEqual({
      name: "edge",
      errorCode: { kind: "MirrorAlreadyExists" },
      errorMessage: 'remote cluster "edge" already exists',
    });
    expect(codeOf(await create("h", home))).toBe("None");
    expect(codeOf(await create("h", home))).toBe("None");
    expect((await wire.list("Mirror")).objects.map(({ name, spec }) => [name, spec])).toEqual([
      ["edge", remote],
      ["h", home],
    ]);
    expect(codeOf(await wire.delete({ type: "Mirror", key: "h", force: false }))).toBe("None");
    expect(await wire.delete({ type: "Mirror", key: "h", force: false })).toEqual({
      name: "h",
      errorCode: { kind: "MirrorNotFound" },
      errorMessage: 'remote cluster "h" not found',
    });
  });

  it("of unknown types are refused, and the connection stays", async () => {
    const wire = await open();
    const unknown = { type: "Unknown", label: "Wormhole", content: Uint8Array.of(1, 2, 3) } as const;
    const refused = (name: string) => ({
      name,
      errorCode: { kind: "Other", value: "unknown admin object type" },
      errorMessage: null,
    });
    expect(await wire.create(unknown)).toEqual(refused("create error"));
    expect(await wire.call(DeleteApi, unknown)).toEqual(refused("create error"));
    expect(await wire.call(UpdateApi, unknown)).toEqual(refused("update error"));
    expect((await wire.list("Topic")).objects).toEqual([]);
    await expect(wire.call(ListApi, unknown)).rejects.toThrow("closed");
  });
});
