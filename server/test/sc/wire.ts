// A small client of the wire protocol, and clusters on temporary directories, for tests that speak to a real SC.
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Api,
  CreateApi,
  type CreateRequest,
  DeleteApi,
  type DeleteRequest,
  decodeResponseBody,
  decodeResponseHeader,
  encodeRequest,
  FrameSplitter,
  ListApi,
  type ListRequest,
  type ListResponse,
  type Status,
  type TopicSpec,
  WatchApi,
  type WatchRequest,
  type WatchResponse,
} from "@smdk/protocol";
import { onTestFinished } from "vitest";
import { type Cluster, type ClusterOptions, startCluster } from "../../src/cluster.ts";

const PATIENCE_MS = 15_000;

type Waiting = { resolve: (frame: Uint8Array) => void; reject: (error: Error) => void };

/** One connection. Frames are handed out per correlation id, in order. */
export class Wire {
  readonly #socket: Socket;
  readonly #splitter = new FrameSplitter();
  readonly #frames = new Map<number, Uint8Array[]>();
  readonly #waiting = new Map<number, Waiting[]>();
  readonly closed: Promise<void>;
  #isClosed = false;
  #lastId = 100;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => {
      const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      for (const frame of this.#splitter.push(bytes)) this.#take(frame);
    });
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.#isClosed = true;
        for (const all of this.#waiting.values()) {
          for (const { reject } of all) reject(new Error("connection closed"));
        }
        resolve();
      });
    });
  }

  static async connect(address: string): Promise<Wire> {
    const [host = "", port = ""] = address.split(":");
    const socket = connect({ host, port: Number(port), noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Wire(socket);
  }

  /** Sends a request and gives back its correlation id. */
  send<Q>(api: Api<Q, unknown>, body: Q, version = api.maxVersion): number {
    this.#lastId += 1;
    const request = { version, correlationId: this.#lastId, clientId: "test", body };
    this.#socket.write(encodeRequest(api, request));
    return this.#lastId;
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The next frame with this correlation id. */
  frame(correlationId: number): Promise<Uint8Array> {
    const ready = this.#frames.get(correlationId)?.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.#isClosed) return Promise.reject(new Error("connection closed"));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no frame for ${correlationId}`)), PATIENCE_MS);
      const all = this.#waiting.get(correlationId) ?? [];
      this.#waiting.set(correlationId, all);
      all.push({
        resolve: (frame) => {
          clearTimeout(timer);
          resolve(frame);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
  }

  async call<Q, R>(api: Api<Q, R>, body: Q, version = api.maxVersion): Promise<R> {
    return decodeResponseBody(api, version, await this.frame(this.send(api, body, version)));
  }

  create(request: CreateRequest): Promise<Status> {
    return this.call(CreateApi, request);
  }

  createTopic(name: string, spec: Partial<TopicSpec> = {}): Promise<Status> {
    return this.create({
      type: "Topic",
      name,
      dryRun: false,
      timeout: null,
      spec: { ...topicSpec(1), ...spec },
    });
  }

  delete(request: DeleteRequest): Promise<Status> {
    return this.call(DeleteApi, request);
  }

  async list<K extends ListResponse["type"]>(
    type: K,
    options: { filters?: string[]; summary?: boolean; system?: boolean; version?: number } = {},
  ): Promise<Extract<ListResponse, { type: K }>> {
    const { filters = [], summary = false, system = false, version } = options;
    const request = { type, nameFilters: filters, summary, system } as ListRequest;
    return (await this.call(ListApi, request, version)) as Extract<ListResponse, { type: K }>;
  }

  watch(type: WatchResponse["type"], options: { summary?: boolean; version?: number } = {}): Watcher {
    const { summary = false, version = WatchApi.maxVersion } = options;
    const request = { type, epoch: 0n, summary } as WatchRequest;
    return new Watcher(this, this.send(WatchApi, request, version), version);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(frame: Uint8Array): void {
    const { correlationId } = decodeResponseHeader(frame);
    const waiting = this.#waiting.get(correlationId)?.shift();
    const frames = this.#frames.get(correlationId);
    if (waiting !== undefined) waiting.resolve(frame);
    else if (frames === undefined) this.#frames.set(correlationId, [frame]);
    else frames.push(frame);
  }
}

type Object = { name: string; spec: unknown; status: unknown };

/** A watch as Fluvio's clients understand it. */
export class Watcher {
  readonly #wire: Wire;
  readonly #id: number;
  readonly #version: number;
  readonly objects = new Map<string, Object>();
  frames = 0;

  constructor(wire: Wire, id: number, version: number) {
    this.#wire = wire;
    this.#id = id;
    this.#version = version;
  }

  /** Takes the next frame into `objects` and gives it back. */
  async next(): Promise<Exclude<WatchResponse, { type: "Unknown" }>> {
    const response = decodeResponseBody(WatchApi, this.#version, await this.#wire.frame(this.#id));
    if (response.type === "Unknown") throw new Error(`unknown type ${response.label}`);
    this.frames += 1;
    if (response.all.length > 0) {
      this.objects.clear();
      for (const object of response.all) this.objects.set(object.name, object);
    } else {
      for (const { kind, content } of response.changes) {
        if (kind === "Update") this.objects.set(content.name, content);
        else this.objects.delete(content.name);
      }
    }
    return response;
  }

  /** Takes frames until the condition holds for the objects. */
  async until(condition: (objects: ReadonlyMap<string, Object>) => boolean): Promise<void> {
    while (this.frames === 0 || !condition(this.objects)) await this.next();
  }
}

/** A computed topic with Fluvio's defaults. */
export function topicSpec(partitions: number, replicationFactor = 1): TopicSpec {
  return {
    replicas: { kind: "Computed", partitions, replicationFactor, ignoreRackAssignment: false },
    cleanupPolicy: null,
    storage: null,
    compressionType: "Any",
    deduplication: null,
    system: false,
  };
}

/**
 * Runs when the test is over, last registered first. Belongs to the test, not to the file: files share this module, and
 * a hook of its own would run in the first of them alone.
 */
export function onCleanup(cleanup: () => unknown): void {
  onTestFinished(async () => {
    await cleanup();
  });
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "smdk-sc-"));
  onCleanup(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A cluster that ends with the test. */
export async function testCluster(options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  const cluster = await startCluster({ dir: options.dir ?? (await temporaryDirectory()), ...options });
  onCleanup(() => cluster.close());
  return cluster;
}

/** A connection that ends with the test. */
export async function testWire(cluster: Cluster): Promise<Wire> {
  const wire = await Wire.connect(cluster.scAddress);
  onCleanup(() => wire.close());
  return wire;
}
