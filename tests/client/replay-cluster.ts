// A cluster made of recordings: answers our client with the bytes that a real cluster sent to real clients.
import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import {
  type Api,
  ApiVersionsApi,
  decode,
  decodeRequestHeader,
  decodeResponse,
  encodeResponse,
  FrameSplitter,
  ListApi,
  ListRequest,
  ProduceApi,
  scPublicApis,
  spuPublicApis,
  UpdateOffsetsApi,
  WatchApi,
} from "@smdk/protocol";

interface RawFrame {
  dir: "c2s" | "s2c";
  correlationId: number;
  /** Without length prefix; large requests are cut off. */
  hex: string;
}

/** One command of a real client, with what it printed and exchanged. */
export interface RecordedStep {
  args: string[];
  stdout: string;
  stderr: string;
  connections: { server: "SC" | "SPU"; frames: RawFrame[] }[];
}

/** A request and everything that was sent for its correlation id afterwards. */
export interface Exchange {
  api: Api;
  version: number;
  /** The request without its header. */
  body: Buffer;
  responses: Buffer[];
  used: boolean;
}

/** A request of our client. */
export interface Received {
  api: Api;
  version: number;
  clientId: string;
  body: Buffer;
}

const folder = new URL("./fixtures/", import.meta.url);

export function recordedSteps(scenario: string): RecordedStep[] {
  const file = new URL(`${scenario}.json.gz`, folder);
  return (JSON.parse(gunzipSync(readFileSync(file)).toString()) as { steps: RecordedStep[] }).steps;
}

/** The exchanges of a step with one of the two servers. */
export function exchangesOf(step: RecordedStep, server: "SC" | "SPU"): Exchange[] {
  const apis = server === "SC" ? scPublicApis : spuPublicApis;
  const exchanges: Exchange[] = [];
  for (const connection of step.connections) {
    if (connection.server !== server) continue;
    const open = new Map<number, Exchange>();
    for (const { dir, correlationId, hex } of connection.frames) {
      const bytes = Buffer.from(hex, "hex");
      if (dir === "s2c") {
        open.get(correlationId)?.responses.push(bytes);
        continue;
      }
      const header = decodeRequestHeader(bytes);
      const api = apis.get(header.apiKey)!;
      const body = bytes.subarray(header.bodyOffset);
      const exchange = { api, version: header.apiVersion, body, responses: [], used: false };
      open.set(correlationId, exchange);
      exchanges.push(exchange);
    }
  }
  return exchanges;
}

export class ReplayCluster {
  /** What our client has sent, in order. */
  readonly received: Received[] = [];
  /** Requests that the recording has no answer for. */
  readonly unanswered: Received[] = [];
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly exchanges: { SC: Exchange[]; SPU: Exchange[] };
  scAddress = "";
  private spuPort = 0;

  constructor(steps: readonly RecordedStep[]) {
    this.exchanges = {
      SC: steps.flatMap((step) => exchangesOf(step, "SC")),
      SPU: steps.flatMap((step) => exchangesOf(step, "SPU")),
    };
  }

  async start(): Promise<this> {
    this.spuPort = await this.listen("SPU");
    this.scAddress = `127.0.0.1:${await this.listen("SC")}`;
    return this;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  /** What our client sent to one API. */
  sent(api: { name: string }): Received[] {
    return this.received.filter((request) => request.api.name === api.name);
  }

  private async listen(role: "SC" | "SPU"): Promise<number> {
    const server = createServer((socket) => this.serve(role, socket));
    this.servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as { port: number }).port;
  }

  private serve(role: "SC" | "SPU", socket: Socket): void {
    this.sockets.add(socket);
    socket.on("error", () => undefined);
    const apis = role === "SC" ? scPublicApis : spuPublicApis;
    const splitter = new FrameSplitter();
    /** Answers of streams that wait for an acknowledgement. */
    let later: Buffer[] = [];
    const send = (frame: Uint8Array, correlationId: number): void => {
      const bytes = Buffer.alloc(4 + frame.length);
      bytes.writeInt32BE(frame.length, 0);
      bytes.set(frame, 4);
      bytes.writeInt32BE(correlationId, 4);
      socket.write(bytes);
    };
    let streamId = 0;
    socket.on("data", (chunk) => {
      for (const frame of splitter.push(chunk)) {
        const header = decodeRequestHeader(frame);
        const api = apis.get(header.apiKey)!;
        const body = Buffer.from(frame.subarray(header.bodyOffset));
        const request = { api, version: header.apiVersion, clientId: header.clientId, body };
        this.received.push(request);
        if (api === ProduceApi) {
          // requests are cut differently from run to run, so the answer is made to fit
          send(produceAnswer(body, header.apiVersion), header.correlationId);
          continue;
        }
        const exchange = this.find(role, request);
        if (exchange === null) {
          this.unanswered.push(request);
          if (api.key === ListApi.key && role === "SC") {
            const { type } = decode(ListRequest, body, header.apiVersion);
            const empty = encodeResponse(ListApi, header.apiVersion, 0, { type, objects: [] } as never);
            send(empty.subarray(4), header.correlationId);
          }
          continue;
        }
        // the recorded client may have had fewer connections
        exchange.used = api !== ApiVersionsApi;
        const responses = exchange.responses.map((bytes) => this.patched(api, exchange.version, bytes));
        if (role === "SPU" && api.stream) {
          streamId = header.correlationId;
          later = responses.slice(1);
          if (responses[0] !== undefined) send(responses[0], streamId);
        } else {
          for (const response of responses) send(response, header.correlationId);
          if (api.key === UpdateOffsetsApi.key && role === "SPU" && later.length > 0)
            send(later.shift()!, streamId);
        }
      }
    });
  }

  /** The recorded exchange for a request: the same body if there is one, else the next of the same API. */
  private find(role: "SC" | "SPU", request: Received): Exchange | null {
    const candidates = this.exchanges[role].filter(({ api, used }) => api.key === request.api.key && !used);
    const same = candidates.find(({ body }) => body.equals(request.body));
    if (same !== undefined) return same;
    const strict = role === "SC" && (request.api.key === WatchApi.key || request.api.key === ListApi.key);
    return strict ? null : (candidates[0] ?? null);
  }

  /** Recorded addresses point to a cluster that is gone. */
  private patched(api: Api, version: number, bytes: Buffer): Buffer {
    if (api.key !== WatchApi.key || api.name !== WatchApi.name) return bytes;
    const { body } = decodeResponse(WatchApi, version, bytes);
    if (body.type !== "SPU") return bytes;
    for (const spu of [...body.all, ...body.changes.map(({ content }) => content)]) {
      spu.spec.publicEndpoint = {
        port: this.spuPort,
        ingress: [{ hostname: "127.0.0.1", ip: null }],
        encryption: "PLAINTEXT",
      };
    }
    return Buffer.from(encodeResponse(WatchApi, version, 0, body).subarray(4));
  }
}

function produceAnswer(body: Uint8Array, version: number): Uint8Array {
  const { topics } = decode(ProduceApi.request, body, version);
  const responses = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode: { kind: "None" as const },
      baseOffset: 0n,
      logAppendTimeMs: 0n,
      logStartOffset: 0n,
    })),
  }));
  return encodeResponse(ProduceApi, version, 0, { responses, throttleTimeMs: 0 }).subarray(4);
}
