import { deepStrictEqual } from "node:assert";
import { describe, expect, test } from "vitest";
import * as p from "../src/index.ts";
import { hex, unhex } from "./support/hex.ts";

/** A value, the bytes that Fluvio's own encoder gives it, and the API versions for which that holds. */
interface Vector<T> {
  codec: p.Codec<T>;
  name: string;
  versions: number[];
  bytes: string;
  value: T;
}

const vectors: Vector<unknown>[] = [];

function vector<T>(
  name: string,
  codec: p.Codec<T>,
  versions: number | number[],
  bytes: string,
  value: T,
): void {
  vectors.push({ name, codec: codec as p.Codec<unknown>, versions: [versions].flat(), bytes, value });
}

const none = { kind: "None" } as const;

const computed: p.TopicSpec = {
  replicas: { kind: "Computed", partitions: 2, replicationFactor: 1, ignoreRackAssignment: false },
  cleanupPolicy: null,
  storage: null,
  compressionType: "Any",
  deduplication: null,
  system: false,
};
const mirrored = (replicas: p.ReplicaSpec): p.TopicSpec => ({ ...computed, replicas });
const remoteHome = (source: boolean) => ({ remoteCluster: "edge1", remoteReplica: "t-0", source });

vector("error None", p.ErrorCode, 0, "00 00", none);
vector("error Other", p.ErrorCode, 0, "00 02 | 00 01 78", { kind: "Other", value: "x" });
vector("error UnknownServerError", p.ErrorCode, 0, "ff ff", { kind: "UnknownServerError" });
vector("error OffsetEvicted", p.ErrorCode, 0, "00 47 | 00 x7 05 | 00 x7 0a", {
  kind: "OffsetEvicted",
  offset: 5n,
  nextAvailable: 10n,
});
vector(
  "error SmartModuleRuntimeError",
  p.ErrorCode,
  25,
  "17 74 | 00 01 68 | 00 x7 07 | 04 | 01 02 6b | 02 76",
  {
    kind: "SmartModuleRuntimeError",
    value: { hint: "h", offset: 7n, kind: "FilterMap", recordKey: unhex("6b"), recordValue: unhex("76") },
  },
);
vector("isolation", p.Isolation, 25, "01", "ReadCommitted");
vector("replica key", p.ReplicaKey, 0, "00 05 74 6f 70 69 63 | 00 00 00 01", {
  topic: "topic",
  partition: 1,
});
vector("computed replicas", p.ReplicaSpec, 19, "01 | 00 00 00 02 | 00 00 00 01 | 00", computed.replicas);

vector(
  "ApiVersions of the SC",
  p.ApiVersionsResponse,
  2,
  "00 00 | 00 00 00 06 | 03 e9 00 09 00 13 | 03 ea 00 01 00 13 | 03 eb 00 0f 00 13 | 03 ec 00 0f 00 13 | 03 ed 00 0e 00 13 | 03 ee 00 01 00 13 | 00 06 30 2e 31 38 2e 31",
  {
    errorCode: none,
    apiKeys: [
      { apiKey: 1001, minVersion: 9, maxVersion: 19 },
      { apiKey: 1002, minVersion: 1, maxVersion: 19 },
      { apiKey: 1003, minVersion: 15, maxVersion: 19 },
      { apiKey: 1004, minVersion: 15, maxVersion: 19 },
      { apiKey: 1005, minVersion: 14, maxVersion: 19 },
      { apiKey: 1006, minVersion: 1, maxVersion: 19 },
    ],
    platformVersion: "0.18.1",
  },
);
vector("ApiVersions request without body", p.ApiVersionsRequest, 0, "", {
  clientVersion: "",
  clientOs: "",
  clientArch: "",
});

vector(
  "TopicSpec computed",
  p.TopicSpec,
  [16, 19],
  "01 | 00 00 00 02 | 00 00 00 01 | 00 | 00 | 00 | 04 | 00 | 00",
  computed,
);
vector(
  "TopicSpec mirror home",
  p.TopicSpec,
  19,
  "02 | 01 | 00 00 00 01 | 00 05 65 64 67 65 31 | 00 03 74 2d 30 | 00 | 00 | 00 | 00 | 04 | 00 | 00",
  mirrored({ kind: "Mirror", value: { kind: "Home", partitions: [remoteHome(false)], source: false } }),
);
vector(
  "TopicSpec mirror home below 18",
  p.TopicSpec,
  16,
  "02 | 01 | 00 00 00 01 | 00 05 65 64 67 65 31 | 00 03 74 2d 30 | 00 | 00 | 04 | 00 | 00",
  mirrored({ kind: "Mirror", value: { kind: "Home", partitions: [remoteHome(false)], source: false } }),
);
vector(
  "TopicSpec mirror remote",
  p.TopicSpec,
  19,
  "02 | 00 | 00 01 68 | 00 00 00 01 | 00 00 13 89 | 00 08 73 70 75 2d 35 30 30 31 | 00 06 78 3a 39 30 31 30 | 00 | 00 | 00 | 04 | 00 | 00",
  mirrored({
    kind: "Mirror",
    value: {
      kind: "Remote",
      homeCluster: "h",
      homeSpus: [{ id: 5001, key: "spu-5001", endpoint: "x:9010" }],
      target: false,
    },
  }),
);
vector(
  "TopicSpec full",
  p.TopicSpec,
  19,
  `00 00 00 00 01 00 00 00 00 00 00 00 02 00 00 13 89 00 00 13 8a 00 01 00 00 00 0e 10 01 01 00 00 03 e8 00 05 01
   00 00 00 00 00 00 00 0a 01 00 00 00 00 00 00 00 3c 00 00 00 00 00 07 66 40 30 2e 31 2e 30 00 01 00 01 6b 00 01 76 01`,
  {
    replicas: { kind: "Assigned", value: [{ id: 0, replicas: [5001, 5002], mirror: null }] },
    cleanupPolicy: { kind: "Segment", timeInSeconds: 3600 },
    storage: { segmentSize: 1000, maxPartitionSize: null },
    compressionType: "Zstd",
    deduplication: {
      bounds: { count: 10n, age: { seconds: 60n, nanos: 0 } },
      filter: { transform: { uses: "f@0.1.0", with: new Map([["k", "v"]]) } },
    },
    system: true,
  },
);
vector(
  "TopicSpec of consumer-offset",
  p.TopicSpec,
  19,
  "01 | 00 00 00 01 | 00 00 00 01 | 00 | 01 00 00 09 3a 80 | 01 | 01 1e 84 80 00 | 01 00 00 00 00 7a 12 00 00 | 04 | 00 | 01",
  {
    replicas: { kind: "Computed", partitions: 1, replicationFactor: 1, ignoreRackAssignment: false },
    cleanupPolicy: { kind: "Segment", timeInSeconds: 604_800 },
    storage: { segmentSize: 512_000_000, maxPartitionSize: 2_048_000_000n },
    compressionType: "Any",
    deduplication: null,
    system: true,
  },
);

const provisioned = (replicaMap: [number, number[]][]): p.TopicStatus => ({
  resolution: "Provisioned",
  replicaMap: new Map(replicaMap),
  mirrorMap: new Map(),
  reason: "",
});
vector(
  "TopicStatus",
  p.TopicStatus,
  19,
  "04 | 00 01 | 00 00 00 00 | 00 00 00 01 | 00 00 13 89 | 00 00 | 00 00",
  provisioned([[0, [5001]]]),
);
vector(
  "TopicStatus with mirror map",
  p.TopicStatus,
  19,
  "04 00 01 00 00 00 00 00 00 00 01 00 00 13 89 00 01 00 00 00 00 01 00 01 72 00 03 74 2d 30 01 00 00",
  {
    ...provisioned([[0, [5001]]]),
    mirrorMap: new Map([
      [0, { kind: "Home" as const, remoteCluster: "r", remoteReplica: "t-0", source: true }],
    ]),
  },
);

const partition: p.PartitionSpec = {
  leader: 5001,
  replicas: [5001],
  cleanupPolicy: null,
  storage: null,
  compressionType: "Any",
  deduplication: null,
  system: false,
  mirror: null,
};
vector(
  "PartitionSpec",
  p.PartitionSpec,
  19,
  "00 00 13 89 | 00 00 00 01 | 00 00 13 89 | 00 | 00 | 04 | 00 | 00 | 00",
  partition,
);
const online: p.PartitionStatus = {
  resolution: "Online",
  leader: { spu: 5001, hw: 3n, leo: 3n },
  lsr: 0,
  replicas: [],
  size: 232n,
  isBeingDeleted: false,
  baseOffset: 0n,
};
vector(
  "PartitionStatus",
  p.PartitionStatus,
  19,
  "01 | 00 00 13 89 00 x7 03 00 x7 03 | 00 00 00 00 | 00 00 00 00 | 00 00 00 00 00 00 00 e8 | 00 | 00 x8",
  online,
);
vector(
  "PartitionStatus before sizes",
  p.PartitionStatus,
  4,
  "01 | 00 00 13 89 00 x7 03 00 x7 03 | 00 00 00 00 | 00 00 00 00 | 00",
  { ...online, size: -2n },
);

const publicEndpoint: p.IngressPort = {
  port: 9010,
  ingress: [{ hostname: "localhost", ip: null }],
  encryption: "PLAINTEXT",
};
const privateEndpoint: p.Endpoint = { port: 9011, host: "localhost", encryption: "PLAINTEXT" };
const endpoints = { id: 5001, publicEndpoint, privateEndpoint, rack: null, publicEndpointLocal: null };
const spu: p.SpuSpec = { ...endpoints, spuType: "Custom" };
const spuBytes =
  "00 00 13 89 | 01 | 23 32 | 00 00 00 01 | 01 00 09 6c 6f 63 61 6c 68 6f 73 74 | 00 | 00 | 23 33 | 00 09 6c 6f 63 61 6c 68 6f 73 74 | 00 | 00";
vector("SpuSpec", p.SpuSpec, 19, `${spuBytes} | 00`, spu);
vector("SpuSpec before the local endpoint", p.SpuSpec, 0, spuBytes, spu);
vector("SpuStatus", p.SpuStatus, 19, "02", { resolution: "Init" });
vector(
  "CustomSpuSpec",
  p.CustomSpuSpec,
  [0, 19],
  "00 00 13 89 23 32 00 00 00 01 01 00 09 6c 6f 63 61 6c 68 6f 73 74 00 00 23 33 00 09 6c 6f 63 61 6c 68 6f 73 74 00 00 00",
  endpoints,
);
vector(
  "SpuGroupSpec",
  p.SpuGroupSpec,
  19,
  "00 03 00 00 00 00 00 01 01 00 01 01 00 01 00 04 31 30 47 69 00 00 00 01 00 01 4e 00 01 56",
  {
    replicas: 3,
    minId: 0,
    spuConfig: {
      rack: null,
      replication: { inSyncReplicaMin: 1 },
      storage: { logDir: null, size: "10Gi" },
      env: [{ name: "N", value: "V" }],
    },
  },
);

const smartModule: p.SmartModuleSpec = {
  meta: {
    package: {
      name: "sm",
      group: "g",
      version: "0.1.0",
      apiVersion: "0.1.0",
      description: "d",
      license: null,
      visibility: "Public",
      repository: null,
    },
    params: new Map(),
  },
  summary: null,
  wasm: { format: "Binary", payload: unhex("01 02 03") },
};
const packageBytes =
  "01 | 00 02 73 6d | 00 01 67 | 00 05 30 2e 31 2e 30 | 00 05 30 2e 31 2e 30 | 01 00 01 64 | 00";
const wasmBytes = "00 | 00 00 | 00 | 00 | 00 00 00 03 01 02 03";
vector("SmartModuleSpec", p.SmartModuleSpec, 19, `${packageBytes} | 01 | ${wasmBytes}`, smartModule);
vector("SmartModuleSpec before visibility", p.SmartModuleSpec, 16, `${packageBytes} | ${wasmBytes}`, {
  ...smartModule,
  meta: { ...smartModule.meta!, package: { ...smartModule.meta!.package, visibility: "Private" } },
});
vector("SmartModuleSpec summary", p.SmartModuleSpec, 19, "00 | 01 00 00 00 03 | 00 | 00 00 00 00", {
  meta: null,
  summary: { wasmLength: 3 },
  wasm: { format: "Binary", payload: new Uint8Array(0) },
});
vector("SmartModuleSpec legacy", p.SmartModuleSpec, 9, "00 00 00 00 00 00 00 03 01 02 03 00", {
  meta: null,
  summary: null,
  wasm: smartModule.wasm,
});
vector("MirrorSpec", p.MirrorSpec, 19, "01 00 01 68 00 01 65 00 06 78 3a 39 30 30 33 00", {
  mirrorType: { kind: "Home", id: "h", remoteId: "e", publicEndpoint: "x:9003", clientTls: null },
});
vector("MirrorStatus", p.MirrorStatus, 19, "01 01 05 00 03 62 61 64 00 00 00 00 00 00 00 05", {
  connectionStatus: "Online",
  pairingSc: { kind: "Successful" },
  pairingSpu: { kind: "DetailFailure", value: "bad" },
  connectionStat: { lastSeen: 5n },
});
vector(
  "TableFormatSpec",
  p.TableFormatSpec,
  19,
  "00 01 74 01 00 01 00 00 00 01 00 00 00 00 01 61 00 00 00 00 00 00",
  {
    name: "t",
    inputFormat: "JSON",
    columns: [
      {
        headerLabel: null,
        width: null,
        alignment: null,
        keyPath: "a",
        format: null,
        display: null,
        primaryKey: null,
        headerBgColor: null,
        headerTextColor: null,
      },
    ],
    smartmodule: null,
  },
);

const hello: p.TopicMetadata = {
  name: "hello",
  spec: computed,
  status: provisioned([
    [0, [5001]],
    [1, [5001]],
  ]),
};
const helloBytes =
  "00 05 68 65 6c 6c 6f 01 00 00 00 02 00 00 00 01 00 00 00 04 00 00 04 00 02 00 00 00 00 00 00 00 01 00 00 13 89 00 00 00 01 00 00 00 01 00 00 13 89 00 00 00 00";
vector("Metadata<Topic>", p.TopicMetadata, 19, helloBytes, hello);
vector("List answer", p.ListResponse, 19, `00 05 "Topic" 00 00 00 39 00 00 00 01 ${helloBytes}`, {
  type: "Topic",
  objects: [hello],
});
vector(
  "Watch answer, full",
  p.WatchResponse,
  19,
  `00 05 "Topic" 00 00 00 45 00 x7 01 00 00 00 00 00 00 00 01 ${helloBytes}`,
  { type: "Topic", epoch: 1n, changes: [], all: [hello] },
);
vector(
  "Watch answer, changes",
  p.WatchResponse,
  19,
  `00 05 "Topic" 00 00 00 7c 00 x7 02 00 00 00 02 00 ${helloBytes} 01 ${helloBytes} 00 00 00 00`,
  {
    type: "Topic",
    epoch: 2n,
    changes: [
      { kind: "Update", content: hello },
      { kind: "Delete", content: hello },
    ],
    all: [],
  },
);
vector(
  "Watch answer, SPU",
  p.WatchResponse,
  19,
  `00 03 53 50 55 00 00 00 4b 00 x7 01 00 00 00 00 00 00 00 01 00 0f "custom-spu-5001" ${spuBytes} 00 00`,
  {
    type: "SPU",
    epoch: 1n,
    changes: [],
    all: [{ name: "custom-spu-5001", spec: spu, status: { resolution: "Online" } }],
  },
);
vector(
  "Watch answer, partition",
  p.WatchResponse,
  19,
  `00 09 50 61 72 74 69 74 69 6f 6e 00 00 00 59 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 01 00 07 68 65 6c 6c 6f 2d 30
   00 00 13 89 00 00 00 01 00 00 13 89 00 00 04 00 00 00 01 00 00 13 89 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00 03
   00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 e8 00 00 00 00 00 00 00 00 00`,
  {
    type: "Partition",
    epoch: 1n,
    changes: [],
    all: [{ name: "hello-0", spec: partition, status: online }],
  },
);
const creation = { type: "Topic", name: "hello", dryRun: false, timeout: null, spec: computed } as const;
vector(
  "Create",
  p.CreateRequest,
  19,
  `00 05 54 6f 70 69 63 | 00 00 00 18 | 00 05 68 65 6c 6c 6f | 00 | 00 | 01 | 00 00 00 02 | 00 00 00 01 | 00 |
   00 | 00 | 04 | 00 | 00`,
  creation,
);
vector(
  "Create before labels",
  p.CreateRequest,
  10,
  `00 05 "hello" | 00 | 00 | 00 | 01 | 00 00 00 02 | 00 00 00 01 | 00 | 00 | 00 | 04`,
  creation,
);
vector("Status", p.Status, 19, "00 05 68 65 6c 6c 6f | 00 00 | 00", {
  name: "hello",
  errorCode: none,
  errorMessage: null,
});
vector(
  "Delete topic",
  p.DeleteRequest,
  19,
  "00 05 54 6f 70 69 63 | 00 00 00 08 | 00 05 68 65 6c 6c 6f | 00",
  {
    type: "Topic",
    key: "hello",
    force: false,
  },
);
vector("Delete topic, classic", p.DeleteRequest, 10, '00 05 "Topic" | 00 05 "hello"', {
  type: "Topic",
  key: "hello",
  force: false,
});
vector(
  "Delete custom SPU by id",
  p.DeleteRequest,
  19,
  "00 09 43 75 73 74 6f 6d 53 70 75 | 00 00 00 09 | 00 02 49 64 | 00 00 13 89 | 00",
  { type: "CustomSpu", key: { kind: "Id", value: 5001 }, force: false },
);
vector(
  "Delete custom SPU by name",
  p.DeleteRequest,
  19,
  '00 09 "CustomSpu" | 00 00 00 0a | 00 04 4e 61 6d 65 | 00 01 61 | 01',
  { type: "CustomSpu", key: { kind: "Name", value: "a" }, force: true },
);
vector("List topics", p.ListRequest, 19, "00 05 54 6f 70 69 63 | 00 00 00 06 | 00 00 00 00 | 00 | 00", {
  type: "Topic",
  nameFilters: [],
  summary: false,
  system: false,
});
vector(
  "List topics by name",
  p.ListRequest,
  19,
  '00 05 "Topic" | 00 00 00 0a | 00 00 00 01 | 00 02 68 65 | 00 | 00',
  {
    type: "Topic",
    nameFilters: ["he"],
    summary: false,
    system: false,
  },
);
vector("Watch SPUs", p.WatchRequest, 19, "00 03 53 50 55 | 00 00 00 09 | 00 x8 | 00", {
  type: "SPU",
  epoch: 0n,
  summary: false,
});
vector("Watch of a type nobody knows", p.WatchRequest, 19, '00 04 "What" | 00 00 00 02 | 01 02', {
  type: "Unknown",
  label: "What",
  content: unhex("01 02"),
});
vector(
  "Update: add partitions",
  p.UpdateRequest,
  [10, 19],
  '00 05 "Topic" | 00 00 00 0c | 00 05 "hello" | 00 00 00 00 03',
  { type: "Topic", key: "hello", action: { kind: "AddPartition", numberOfPartition: 3 } },
);
vector(
  "Update: add mirror",
  p.UpdateRequest,
  19,
  '00 05 "Topic" | 00 00 00 0d | 00 05 "hello" | 01 00 02 72 31 00',
  {
    type: "Topic",
    key: "hello",
    action: { kind: "AddMirror", remoteCluster: "r1", homeToMirror: false },
  },
);
vector("Mirroring", p.MirroringRequest, 19, '00 10 "MirroringConnect" | 00 00 00 07 | 00 05 "edge1"', {
  type: "MirroringConnect",
  remoteId: "edge1",
});
vector(
  "Mirroring answer",
  p.MirroringStatusResponse,
  19,
  `00 01 "x" | 00 00 | 00 | 00 00 00 01 | 00 02 6d 74 | 02 01 00 00 00 01 00 05 65 64 67 65 31 00 04 6d 74 2d 30
   00 00 00 00 04 00 00 | 00 00 13 8a | 00 0f "custom-spu-5002" | 00 0e "127.0.0.1:9620"`,
  {
    name: "x",
    errorCode: none,
    errorMessage: null,
    topics: [
      {
        key: "mt",
        spec: mirrored({
          kind: "Mirror",
          value: {
            kind: "Home",
            partitions: [{ remoteCluster: "edge1", remoteReplica: "mt-0", source: false }],
            source: false,
          },
        }),
        spuId: 5002,
        spuKey: "custom-spu-5002",
        spuEndpoint: "127.0.0.1:9620",
      },
    ],
  },
);

vector(
  "Produce, empty flush",
  p.ProduceRequest,
  [0, 23, 25],
  "00 | 00 01 | 00 00 05 dc | 00 00 00 01 | 00 05 68 65 6c 6c 6f | 00 00 00 00 | 00 00 00 00",
  {
    transactionalId: null,
    isolation: "ReadUncommitted",
    timeout: 1500,
    topics: [{ name: "hello", partitions: [] }],
    smartmodules: [],
  },
);
vector(
  "Produce answer, codec mismatch",
  p.ProduceResponse,
  25,
  '00 00 00 01 | 00 05 "hello" | 00 00 00 01 | 00 00 00 00 | 23 28 | 00 x8 | 00 x8 | 00 x8 | 00 00 00 00',
  {
    responses: [
      {
        name: "hello",
        partitions: [
          {
            partitionIndex: 0,
            errorCode: { kind: "CompressionError" },
            baseOffset: 0n,
            logAppendTimeMs: 0n,
            logStartOffset: 0n,
          },
        ],
      },
    ],
    throttleTimeMs: 0,
  },
);
const stream: p.StreamFetchRequest = {
  topic: "hello",
  partition: 0,
  fetchOffset: 0n,
  maxBytes: p.DEFAULT_MAX_FETCH_BYTES,
  isolation: "ReadUncommitted",
  wasmModule: new Uint8Array(0),
  smartmodule: null,
  derivedstream: null,
  smartmodules: [],
  consumerId: null,
};
const streamBytes = "00 05 68 65 6c 6c 6f | 00 00 00 00 | 00 x8 | 00 10 01 3a | 00 | 00 00 00 00";
vector("StreamFetch", p.StreamFetchRequest, [23, 24, 25], `${streamBytes} | 00`, stream);
vector("StreamFetch of a consumer", p.StreamFetchRequest, 24, `${streamBytes} | 01 00 02 63 31`, {
  ...stream,
  consumerId: "c1",
});
vector(
  "StreamFetch, not leader",
  p.StreamFetchResponse,
  25,
  "00 05 68 65 6c 6c 6f | 00 00 00 00 | 00 00 00 00 | 00 06 | 00 x8 | 00 x8 | 00 x8 | 00 | 00 00 00 00",
  {
    topic: "hello",
    streamId: 0,
    partition: {
      partitionIndex: 0,
      errorCode: { kind: "NotLeaderForPartition" },
      highWatermark: 0n,
      nextFilterOffset: 0n,
      logStartOffset: 0n,
      aborted: null,
      records: new Uint8Array(0),
    },
  },
);
const helloPartition = '00 00 00 01 | 00 05 "hello" | 00 00 00 01 | ';
const offsetsOf = { topics: [{ name: "hello", partitions: [{ partitionIndex: 0 }] }], consumerId: null };
vector("FetchOffsets", p.FetchOffsetsRequest, [24, 25], `${helloPartition} 00 00 00 00`, offsetsOf);
vector("FetchOffsets at 23", p.FetchOffsetsRequest, 23, `${helloPartition} 00 00 00 00 | 00`, offsetsOf);
vector(
  "FetchOffsets answer",
  p.FetchOffsetsResponse,
  25,
  `${helloPartition} 00 00 | 00 00 00 00 | 00 x8 | 00 x7 02`,
  {
    topics: [
      {
        name: "hello",
        partitions: [{ errorCode: none, partitionIndex: 0, startOffset: 0n, lastStableOffset: 2n }],
      },
    ],
  },
);
vector("UpdateOffsets", p.UpdateOffsetsRequest, 0, "00 00 00 01 | 00 00 00 00 00 00 00 02 | 00 00 00 01", {
  offsets: [{ offset: 2n, sessionId: 1 }],
});
vector("UpdateOffsets answer", p.UpdateOffsetsResponse, 0, "00 00 00 01 | 00 00 00 01 | 00 00", {
  status: [{ sessionId: 1, error: none }],
});
vector("UpdateConsumerOffset", p.UpdateConsumerOffsetRequest, 25, "00 x7 01 | 00 00 00 01", {
  offset: 1n,
  sessionId: 1,
});
vector(
  "DeleteConsumerOffset",
  p.DeleteConsumerOffsetRequest,
  25,
  "00 05 68 65 6c 6c 6f | 00 00 00 00 | 00 02 63 31",
  { replicaId: { topic: "hello", partition: 0 }, consumerId: "c1" },
);
vector(
  "FetchConsumerOffsets with filters",
  p.FetchConsumerOffsetsRequest,
  [24, 25],
  "01 | 01 00 05 68 65 6c 6c 6f 00 00 00 00 | 01 00 02 63 31",
  { filterOpts: { replicaId: { topic: "hello", partition: 0 }, consumerId: "c1" } },
);
vector("FetchConsumerOffsets", p.FetchConsumerOffsetsRequest, [24, 25], "00", { filterOpts: null });
vector("FetchConsumerOffsets at 23", p.FetchConsumerOffsetsRequest, 23, "", { filterOpts: null });
vector(
  "FetchConsumerOffsets answer",
  p.FetchConsumerOffsetsResponse,
  25,
  "00 00 | 00 00 00 01 | 00 02 63 31 | 00 05 68 65 6c 6c 6f 00 00 00 00 | 00 x7 01 | 00 00 00 00 65 53 f1 00",
  {
    errorCode: none,
    consumers: [
      {
        consumerId: "c1",
        replicaId: { topic: "hello", partition: 0 },
        offset: 1n,
        modifiedTime: 1_700_000_000n,
      },
    ],
  },
);
vector("StartMirror", p.StartMirrorRequest, 25, "00 03 74 2d 30 | 00 05 65 64 67 65 31", {
  remoteReplica: "t-0",
  remoteClusterId: "edge1",
});

const predefined = "00 00 09 6d 79 2d 66 69 6c 74 65 72";
const v18 = `${predefined} | 07 00 | 00 01 00 03 6b 65 79 00 05 76 61 6c 75 65`;
const v20 = `${v18} 01 00 00 00 00 00 00 00 01`;
const v21 = `${v20} 01 00 00 00 00 00 00 00 14 00 00 00 00`;
const invocation = (lookback: p.Lookback | null, name: string | null): p.SmartModuleInvocation => ({
  wasm: { kind: "Predefined", value: "my-filter" },
  kind: { kind: "Generic", value: none },
  params: { inner: new Map([["key", "value"]]), lookback },
  name,
});
const aged = { last: 1n, age: { seconds: 20n, nanos: 0 } };
vector("invocation, 18", p.SmartModuleInvocation, 18, v18, invocation(null, null));
vector("invocation, 20", p.SmartModuleInvocation, 20, v20, invocation({ last: 1n, age: null }, null));
vector("invocation, 21", p.SmartModuleInvocation, [21, 22, 23, 24], v21, invocation(aged, null));
vector(
  "invocation, 25",
  p.SmartModuleInvocation,
  25,
  `${v21} 01 00 09 6d 79 2d 66 69 6c 74 65 72`,
  invocation(aged, "my-filter"),
);
const bare = { inner: new Map(), lookback: null };
vector(
  "ad hoc aggregate",
  p.SmartModuleInvocation,
  25,
  "01 00 00 00 02 de ad | 07 01 00 00 00 02 01 02 | 00 00 | 00 | 00",
  {
    wasm: { kind: "AdHoc", value: unhex("de ad") },
    kind: { kind: "Generic", value: { kind: "Aggregate", accumulator: unhex("01 02") } },
    params: bare,
    name: null,
  },
);
vector("invocation of the npm client", p.SmartModuleInvocation, 23, `${predefined} | 00 | 00 00 | 00`, {
  wasm: { kind: "Predefined", value: "my-filter" },
  kind: { kind: "Filter" },
  params: bare,
  name: null,
});
const joinStream = { kind: "JoinStream", topic: "t", derivedstream: "d" } as const;
vector("variants ignore versions", p.SmartModuleKind, [0, 18, 25], '06 00 01 "t" 00 01 "d"', joinStream);
vector(
  "module runtime error",
  p.SmartModuleTransformRuntimeError,
  22,
  "00 03 62 61 64 00 x7 6e 00 01 02 6b 06 74 65 6e",
  { hint: "bad", offset: 110n, kind: "Filter", recordKey: unhex("6b"), recordValue: unhex('"ten"') },
);
vector("look-back error", p.SmartModuleLookbackRuntimeError, 22, "00 03 62 61 64 00 x8 00 02 78", {
  hint: "bad",
  offset: 0n,
  recordKey: null,
  recordValue: unhex('"x"'),
});

describe("every golden vector", () => {
  test.each(vectors.flatMap((vector) => vector.versions.map((version) => ({ ...vector, version }))))(
    "$name @$version",
    ({ codec, version, bytes, value }) => {
      expect(hex(p.encode(codec, value, version))).toBe(hex(unhex(bytes)));
      deepStrictEqual(p.decode(codec, unhex(bytes), version), value);
    },
  );
});

/** Frames of the internal protocols: header and body, as generated or captured. */
const frames: [string, p.Api, string, number?][] = [
  [
    "RegisterSpu",
    p.RegisterSpuApi,
    '00 00 00 17 | 07 d0 | 00 00 | 00 00 00 01 | 00 09 "spu: 5001" | 00 00 13 89',
  ],
  [
    "UpdateSpu",
    p.UpdateSpuApi,
    `00 00 00 44 | 03 e9 | 00 00 | 00 00 00 01 | 00 02 73 63 | 00 x7 01 | 00 00 00 00 | 00 00 00 01 | ${spuBytes}`,
  ],
  [
    "UpdateReplica",
    p.UpdateReplicaApi,
    `00 00 00 39 | 03 ea | 00 12 | 00 00 00 01 | 00 02 73 63 | 00 x7 01 | 00 00 00 00 | 00 00 00 01 |
     00 05 68 65 6c 6c 6f 00 00 00 00 | 00 00 13 89 | 00 00 00 01 00 00 13 89 | 00 | 00 | 00 | 00 | 04 | 00`,
  ],
  [
    "UpdateSmartModule",
    p.UpdateSmartModuleApi,
    "00 00 00 27 | 03 eb | 00 0a | 00 00 00 01 | 00 02 73 63 | 00 x7 01 | 00 00 00 00 | 00 00 00 01 | 00 02 73 6d | 00 | 00 | 00 | 00 00 00 00",
  ],
  [
    "UpdateMirror",
    p.UpdateMirrorApi,
    "00 00 00 2b | 03 ec | 00 00 | 00 00 00 01 | 00 02 73 63 | 00 x7 01 | 00 00 00 00 | 00 00 00 01 | 00 05 65 64 67 65 31 | 00 | 00 05 65 64 67 65 31",
  ],
  [
    "UpdateLrs",
    p.UpdateLrsApi,
    `00 00 00 4e | 07 d1 | 00 01 | 00 00 00 01 | 00 05 64 75 6d 6d 79 | 00 00 00 01 | 00 05 68 65 6c 6c 6f 00 00 00 00 |
     00 00 13 89 00 x7 02 00 x7 02 | 00 00 00 00 | 00 00 00 00 00 00 00 64 | 00 x8 | 00 00 00 00 | 00 00 00 00`,
  ],
  [
    "ReplicaRemoved",
    p.ReplicaRemovedApi,
    "00 00 00 1b | 07 d2 | 00 00 | 00 00 00 01 | 00 05 64 75 6d 6d 79 | 00 05 68 65 6c 6c 6f 00 00 00 00 | 01",
  ],
  [
    "UpdateMirrorStat",
    p.UpdateMirrorStatApi,
    "00 00 00 13 | 07 d3 | 00 00 | 00 00 00 01 | 00 05 64 75 6d 6d 79 | 00 00 00 00",
  ],
  [
    "UpdatePartitionStat",
    p.UpdatePartitionStatApi,
    "00 00 00 1f | 07 d4 | 00 00 | 00 00 00 01 | 00 05 64 75 6d 6d 79 | 00 00 00 01 | 00 05 68 65 6c 6c 6f 00 00 00 00 | 04",
  ],
  [
    "Auth",
    p.AuthApi,
    "00 00 00 1f | 00 08 | 00 00 | 00 00 00 01 | 00 05 64 75 6d 6d 79 | 00 04 72 6f 6f 74 | 00 00 00 01 | 00 04 52 6f 6f 74",
  ],
  [
    "Produce",
    p.ProduceApi,
    `00 00 00 89 | 00 00 | 00 19 | 00 00 00 01 | 00 06 66 6c 75 76 69 6f | 00 | 00 01 | 00 00 05 dc | 00 00 00 01 |
     00 05 68 65 6c 6c 6f | 00 00 00 01 | 00 00 00 00 | 00 00 00 57 | 00 x8 00 00 00 4b ff ff ff ff 02 70 23 49 4f 00 00
     00 00 00 01 00 00 01 8b cf e5 68 00 00 00 01 8b cf e5 68 03 ff x8 ff ff ff ff ff ff 00 00 00 02
     16 00 00 00 00 0a 68 65 6c 6c 6f 00 1a 00 06 02 01 02 6b 0a 77 6f 72 6c 64 00 | 00 00 00 00`,
  ],
];

test.each(frames)("the frame of %s", (_, api, bytes) => {
  const frame = new p.FrameSplitter().push(unhex(bytes))[0]!;
  const { header, body } = p.decodeRequest(api, frame);
  expect(header.apiKey).toBe(api.key);
  const { apiVersion: version, correlationId, clientId } = header;
  expect(hex(p.encodeRequest(api, { version, correlationId, clientId, body }))).toBe(hex(unhex(bytes)));
});

test("the frame of a StreamFetch answer", () => {
  const bytes =
    unhex(`00 00 00 89 00 00 00 03 00 05 68 65 6c 6c 6f 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 02
    00 x17 00 00 00 57 00 00 00 00 00 00 00 00 00 00 00 4b ff ff ff ff 02 70 23 49 4f 00 00 00 00 00 01
    00 00 01 8b cf e5 68 00 00 00 01 8b cf e5 68 03 ff ff ff ff ff ff ff ff ff ff ff ff ff ff 00 00 00 02
    16 00 00 00 00 0a 68 65 6c 6c 6f 00 1a 00 06 02 01 02 6b 0a 77 6f 72 6c 64 00`);
  const frame = new p.FrameSplitter().push(bytes)[0]!;
  const { correlationId, body } = p.decodeResponse(p.StreamFetchApi, 25, frame);
  expect(correlationId).toBe(3);
  expect(body.partition.highWatermark).toBe(2n);
  expect(body.partition.records).toHaveLength(0x57);
  expect(p.encodeResponse(p.StreamFetchApi, 25, 3, body)).toEqual(bytes);
});

describe("what differs between reading and writing", () => {
  test("a produce isolation is committed when negative, else uncommitted", () => {
    expect(p.decode(p.ProduceIsolation, unhex("ff f0"), 25)).toBe("ReadCommitted");
    expect(p.decode(p.ProduceIsolation, unhex("00 00"), 25)).toBe("ReadUncommitted");
    expect(p.decode(p.ProduceIsolation, unhex("7f ff"), 25)).toBe("ReadUncommitted");
  });
  test("a negative produce timeout is refused both ways", () => {
    expect(() => p.decode(p.ProduceRequest, unhex("00 00 01 ff ff ff ff"), 25)).toThrow(
      "ProduceRequest.timeout: negative timeout -1 at byte 3",
    );
    expect(() => p.encode(p.ProduceRequest, { ...p.ProduceRequest.initial(), timeout: -1 }, 25)).toThrow(
      p.EncodeError,
    );
  });
  test("a package version that is not semantic is refused both ways", () => {
    const bytes = unhex('01 00 01 "a" 00 01 "g" 00 03 "1.x"');
    expect(() => p.decode(p.SmartModuleSpec, bytes, 19)).toThrow(
      "SmartModuleSpec.meta.package.version: not a semantic version at byte 7",
    );
    expect(() =>
      p.encode(p.ApiVersionsResponse, { ...p.ApiVersionsResponse.initial(), platformVersion: "" }, 2),
    ).toThrow(p.EncodeError);
  });
  test("bytes behind the content of an envelope are skipped", () => {
    const bytes = unhex('00 05 "Topic" | 00 00 00 0a | 00 05 "hello" | 00 | ff ff');
    expect(p.decode(p.DeleteRequest, bytes, 19)).toEqual({ type: "Topic", key: "hello", force: false });
  });
  test("the content of an envelope cannot reach beyond its length", () => {
    const bytes = unhex('00 05 "Topic" | 00 00 00 04 | 00 05 "hello" | 00');
    expect(() => p.decode(p.DeleteRequest, bytes, 19)).toThrow(
      "DeleteRequest.<Topic>.key: needs 5 bytes, 2 left at byte 13",
    );
  });
  test("what is absent at a version has Fluvio's default", () => {
    expect(p.PartitionStatus.initial()).toEqual({
      resolution: "Offline",
      leader: { spu: -1, hw: -1n, leo: -1n },
      lsr: 0,
      replicas: [],
      size: -2n,
      isBeingDeleted: false,
      baseOffset: 0n,
    });
    expect(p.SpuStatus.initial()).toEqual({ resolution: "Init" });
    expect(p.TopicSpec.initial().compressionType).toBe("Any");
    expect(p.TopicSpec.initial().replicas.kind).toBe("Computed");
    expect(p.SmartModuleInvocation.initial().wasm.kind).toBe("AdHoc");
    expect(p.Endpoint.initial().host).toBe("127.0.0.1");
  });
});

test("replica keys have a text form, split at the last dash", () => {
  expect(p.replicaKeyText({ topic: "a-b", partition: 7 })).toBe("a-b-7");
  expect(p.parseReplicaKey("a-b-7")).toEqual({ topic: "a-b", partition: 7 });
  for (const bad of ["a", "a-", "a-x", "a-99999999999", "a-4294967296"])
    expect(p.parseReplicaKey(bad)).toBeNull();
});

test("error codes have their documented tags", () => {
  expect(p.errorCodeTags.get("TopicAlreadyExists")).toBe(2002);
  expect(p.errorCodeTags.get("UnknownServerError")).toBe(-1);
  expect(p.errorCodeTags.size).toBe(64);
});
