// A real SPU on a temporary directory and a small wire client, so that tests speak to it as clients do.
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  type Api,
  batches,
  type Compression,
  decodeResponseBody,
  decodeResponseHeader,
  encodeBatch,
  encodeRequest,
  FetchOffsetsApi,
  FrameSplitter,
  ProduceApi,
  RecordCursor,
  readBatchHeader,
  recordsSection,
  type SmartModuleInvocation,
  type SmartModuleSpec,
  StreamFetchApi,
  type StreamFetchResponse,
  UpdateOffsetsApi,
} from "@smdk/protocol";
import { nodeEnv } from "../../src/env/index.ts";
import { type Replica, type ReplicaReport, SpuPeers } from "../../src/link.ts";
import { type Spu, type SpuOptions, startSpu } from "../../src/spu/index.ts";

export const SPU_ID = 5001;
const PATIENCE_MS = 30_000;

/** A partition led by the SPU, with Fluvio's defaults. */
export function replica(topic: string, fields: Partial<Replica> = {}): Replica {
  return {
    topic,
    partition: 0,
    leader: SPU_ID,
    replicas: [fields.leader ?? SPU_ID],
    mirror: null,
    cleanupPolicy: null,
    storage: null,
    compressionType: "Any",
    deduplication: null,
    system: false,
    ...fields,
  };
}

/** A stored SmartModule as the controller hands it out. */
export function smartModule(name: string, wasm: Uint8Array, version?: string, group = "g") {
  const spec: SmartModuleSpec = {
    meta:
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
              visibility: "Private",
              repository: null,
            },
            params: new Map(),
          },
    summary: null,
    wasm: { format: "Binary", payload: gzipSync(wasm) },
  };
  return { name: version === undefined ? name : `${name}-${group}-${version}`, spec };
}

export class TestSpu {
  readonly directory: string;
  readonly peers: SpuPeers;
  readonly reports = new Map<string, ReplicaReport>();
  #options: Partial<SpuOptions>;
  #epoch = 0;
  spu!: Spu;

  private constructor(directory: string, peers: SpuPeers, options: Partial<SpuOptions>) {
    this.directory = directory;
    this.peers = peers;
    this.#options = options;
  }

  static async start(options: Partial<SpuOptions> = {}): Promise<TestSpu> {
    const directory = await mkdtemp(join(tmpdir(), "smdk-spu-"));
    const test = new TestSpu(directory, options.peers ?? new SpuPeers(), options);
    await test.#start();
    return test;
  }

  async #start(): Promise<void> {
    this.spu = await startSpu({
      id: SPU_ID,
      env: nodeEnv(),
      dir: this.directory,
      host: "127.0.0.1",
      port: 0,
      peers: this.peers,
      sc: {
        report: (_id, reports) => {
          for (const report of reports) this.reports.set(`${report.topic}-${report.partition}`, report);
        },
      },
      ...this.#options,
    });
  }

  async assign(replicas: Replica[], smartModules: { name: string; spec: SmartModuleSpec }[] = []) {
    this.#epoch++;
    await this.spu.port.assign({ epoch: this.#epoch, spus: [], replicas, smartModules });
  }

  async restart(): Promise<void> {
    await this.spu.close();
    await this.#start();
  }

  async connect(): Promise<WireClient> {
    return WireClient.connect(this.spu.address.port);
  }

  async close(): Promise<void> {
    await this.spu.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** One connection. Responses are kept by correlation id until somebody takes them. */
export class WireClient {
  readonly #socket: Socket;
  readonly #frames = new Map<number, Uint8Array[]>();
  #changed: () => void = () => {};
  #lastId = 0;
  closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const splitter = new FrameSplitter();
    socket.on("data", (chunk) => {
      for (const frame of splitter.push(chunk)) {
        const { correlationId } = decodeResponseHeader(frame);
        const frames = this.#frames.get(correlationId) ?? [];
        frames.push(frame);
        this.#frames.set(correlationId, frames);
      }
      this.#changed();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
      this.#changed();
    });
  }

  static async connect(port: number): Promise<WireClient> {
    const socket = connect(port, "127.0.0.1");
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new WireClient(socket);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Sends raw bytes. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends a request and returns its correlation id. */
  post<Request>(api: Api<Request, never>, body: Request, version = api.maxVersion): number {
    this.#lastId++;
    this.#socket.write(encodeRequest(api, { version, correlationId: this.#lastId, clientId: "test", body }));
    return this.#lastId;
  }

  /** Sends a request and waits for its first response. */
  async call<Request, Response>(
    api: Api<Request, Response>,
    body: Request,
    version = api.maxVersion,
  ): Promise<Response> {
    const id = this.post(api as Api<Request, never>, body, version);
    return decodeResponseBody(api as Api<unknown, Response>, version, await this.frame(id));
  }

  /** The next frame of a correlation id. */
  async frame(id: number): Promise<Uint8Array> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const frame = this.#frames.get(id)?.shift();
      if (frame !== undefined) return frame;
      if (this.closed) throw new Error("the connection was closed");
      if (Date.now() > deadline) throw new Error(`no response to request ${id}`);
      await this.#change(deadline - Date.now());
    }
  }

  /** Whether a frame of this id has come and was not taken. */
  has(id: number): boolean {
    return (this.#frames.get(id)?.length ?? 0) > 0;
  }

  async untilClosed(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!this.closed) {
      if (Date.now() > deadline) throw new Error("the connection stayed open");
      await this.#change(deadline - Date.now());
    }
  }

  async #change(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#changed = resolve;
      timer = setTimeout(resolve, Math.max(1, ms));
    });
    clearTimeout(timer);
  }

  /** Produces one entry per batch to one partition; gives the partition entries of the answer. */
  async produce(
    topic: string,
    entries: Uint8Array[],
    options: {
      partition?: number;
      committed?: boolean;
      smartmodules?: SmartModuleInvocation[];
      version?: number;
    } = {},
  ) {
    const { partition = 0, committed = false, smartmodules = [], version = 25 } = options;
    const response = await this.call(
      ProduceApi,
      {
        transactionalId: null,
        isolation: committed ? "ReadCommitted" : "ReadUncommitted",
        timeout: 1500,
        topics: [
          {
            name: topic,
            partitions: entries.map((records) => ({ partitionIndex: partition, records })),
          },
        ],
        smartmodules,
      },
      version,
    );
    return response.responses[0]!.partitions;
  }

  async offsets(topic: string, partition = 0) {
    const response = await this.call(FetchOffsetsApi, {
      topics: [{ name: topic, partitions: [{ partitionIndex: partition }] }],
      consumerId: null,
    });
    return response.topics[0]!.partitions[0]!;
  }

  stream(topic: string, options: StreamRequest = {}): TestStream {
    return new TestStream(this, topic, options);
  }
}

export type StreamRequest = {
  partition?: number;
  offset?: bigint;
  maxBytes?: number;
  committed?: boolean;
  smartmodules?: SmartModuleInvocation[];
  consumerId?: string | null;
  version?: number;
};

/** A consumer stream that counts and acknowledges as Fluvio's clients do. */
export class TestStream {
  readonly client: WireClient;
  readonly id: number;
  readonly version: number;
  readonly start: bigint;
  streamId = 0;

  constructor(client: WireClient, topic: string, options: StreamRequest) {
    const { partition = 0, offset = 0n, maxBytes = 1_048_890, committed = false } = options;
    this.client = client;
    this.version = options.version ?? 25;
    this.start = offset;
    this.id = client.post(
      StreamFetchApi as Api<Parameters<typeof StreamFetchApi.request.write>[1], never>,
      {
        topic,
        partition,
        fetchOffset: offset,
        maxBytes,
        isolation: committed ? "ReadCommitted" : "ReadUncommitted",
        wasmModule: new Uint8Array(0),
        smartmodule: null,
        derivedstream: null,
        smartmodules: options.smartmodules ?? [],
        consumerId: options.consumerId ?? null,
      },
      this.version,
    );
  }

  async next(): Promise<StreamFetchResponse> {
    const frame = await this.client.frame(this.id);
    const response = decodeResponseBody(
      StreamFetchApi as Api<unknown, StreamFetchResponse>,
      this.version,
      frame,
    );
    this.streamId = response.streamId;
    return response;
  }

  get hasNext(): boolean {
    return this.client.has(this.id);
  }

  async acknowledge(offset: bigint) {
    const { status } = await this.client.call(UpdateOffsetsApi, {
      offsets: [{ offset, sessionId: this.streamId }],
    });
    return status[0]!.error;
  }

  /**
   * Reads like a client with "disable continuous": until the spans of the batches add up to `count`. Gives the records
   * with the offsets such a client shows, and the error that ended it, if one did.
   */
  async take(count: number) {
    const records: { offset: bigint; value: string; key: string | null; timestamp: bigint }[] = [];
    let remaining = count;
    while (remaining > 0) {
      const response = await this.next();
      const { partition } = response;
      for (const record of recordsOf(partition.records))
        if (record.offset >= this.start) records.push(record);
      if (partition.errorCode.kind !== "None") return { records, error: partition.errorCode };
      const next = nextOffset(response);
      for (const span of spans(partition.records)) remaining -= span;
      if (next !== null) await this.acknowledge(next);
    }
    return { records, error: null };
  }
}

/** Where a client goes on after a response; null if the response does not say. */
export function nextOffset({ partition }: StreamFetchResponse): bigint | null {
  if (partition.nextFilterOffset > 0n) return partition.nextFilterOffset;
  let next: bigint | null = null;
  for (const { start } of batches(partition.records)) {
    const { baseOffset, lastOffsetDelta } = readBatchHeader(partition.records, start);
    next = baseOffset + BigInt(Math.max(0, lastOffsetDelta + 1));
  }
  return next;
}

function spans(records: Uint8Array): number[] {
  return [...batches(records)].map(({ start }) =>
    Math.max(0, readBatchHeader(records, start).lastOffsetDelta + 1),
  );
}

/** Records with the offsets that clients show: base offset plus position. */
export function recordsOf(bytes: Uint8Array) {
  const records: { offset: bigint; value: string; key: string | null; timestamp: bigint }[] = [];
  const text = new TextDecoder();
  for (const { start } of batches(bytes)) {
    const header = readBatchHeader(bytes, start);
    for (const cursor = new RecordCursor(recordsSection(bytes, start)); cursor.next(); ) {
      const key = cursor.key();
      records.push({
        offset: header.baseOffset + BigInt(cursor.index),
        value: text.decode(cursor.value()),
        key: key === null ? null : text.decode(key),
        timestamp: header.firstTimestamp > 0n ? header.firstTimestamp + cursor.exactTimestampDelta() : -1n,
      });
    }
  }
  return records;
}

export const values = (records: { value: string }[]) => records.map(({ value }) => value);

/** A batch of text records as a producer sends it. */
export function batch(
  texts: readonly string[],
  options: { compression?: Compression; firstTimestamp?: bigint; key?: string } = {},
): Uint8Array {
  const encoder = new TextEncoder();
  const first = options.firstTimestamp ?? 1_700_000_000_000n;
  return encodeBatch({
    records: texts.map((text, i) => ({
      key: options.key === undefined ? null : encoder.encode(options.key),
      value: encoder.encode(text),
      offsetDelta: i,
      timestampDelta: i,
    })),
    baseOffset: BigInt(texts.length - 1),
    firstTimestamp: first,
    maxTimestamp: first + BigInt(Math.max(0, texts.length - 1)),
    compression: options.compression ?? "None",
  });
}

export function predefined(name: string, fields: Partial<SmartModuleInvocation> = {}): SmartModuleInvocation {
  return {
    wasm: { kind: "Predefined", value: name },
    kind: { kind: "Generic", value: { kind: "None" } },
    params: { inner: new Map(), lookback: null },
    name,
    ...fields,
  };
}
