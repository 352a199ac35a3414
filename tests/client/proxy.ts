// Stands between our client and a cluster of ours, and makes the cluster look like others: older, behind TLS, or
// cutting its answers anywhere, as real SPUs do.
import { connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import {
  type Api,
  ApiVersionsApi,
  batches,
  decodeRequestHeader,
  decodeResponse,
  encodeResponse,
  FrameSplitter,
  RecordCursor,
  recordsSection,
  StreamFetchApi,
  scPublicApis,
  spuPublicApis,
  WatchApi,
} from "@smdk/protocol";
import type { Cluster } from "@smdk/server";

export interface ProxyOptions {
  /** Common versions of the release to imitate. */
  versions?: { sc: number; spu: number };
  tls?: TlsOptions;
  /** Cut records of stream answers after this many bytes. */
  cutAt?: number;
  /** Milliseconds that every stream answer takes longer. */
  delayMs?: number;
  /** Keep back stream answers without records and without error, as real SPUs do. */
  silent?: boolean;
  /** May change any answer, length prefix included. */
  damage?: (frame: Uint8Array) => void;
}

/** A request as the proxy saw it. */
export interface Seen {
  api: string;
  version: number;
}

export class ClusterProxy {
  readonly seen: Seen[] = [];
  /** TLS names that clients asked for. */
  readonly serverNames: (string | false)[] = [];
  scAddress = "";
  private readonly cluster: Cluster;
  private readonly options: ProxyOptions;
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly spuPorts = new Map<number, number>();

  constructor(cluster: Cluster, options: ProxyOptions) {
    this.cluster = cluster;
    this.options = options;
  }

  async start(): Promise<this> {
    for (const { id, address } of this.cluster.spus) this.spuPorts.set(id, await this.listen("SPU", address));
    this.scAddress = `127.0.0.1:${await this.listen("SC", this.cluster.scAddress)}`;
    return this;
  }

  /** Breaks every connection; new ones are accepted. */
  breakAll(): void {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  async close(): Promise<void> {
    this.breakAll();
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  private async listen(role: "SC" | "SPU", target: string): Promise<number> {
    const { tls } = this.options;
    const accept = (socket: Socket): void => this.relay(role, socket, Number(target.split(":")[1]));
    const server =
      tls === undefined
        ? createServer(accept)
        : createTlsServer(tls, (socket) => {
            this.serverNames.push((socket as unknown as { servername: string | false }).servername);
            accept(socket);
          });
    this.servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as { port: number }).port;
  }

  private relay(role: "SC" | "SPU", client: Socket, port: number): void {
    const upstream = connect(port, "127.0.0.1");
    const apis = role === "SC" ? scPublicApis : spuPublicApis;
    const open = new Map<number, { api: Api; version: number }>();
    const [requests, answers] = [new FrameSplitter(), new FrameSplitter()];
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => other.destroy());
    }
    client.on("data", (chunk) => {
      for (const frame of requests.push(chunk)) {
        const { apiKey, apiVersion, correlationId } = decodeRequestHeader(frame);
        const api = apis.get(apiKey)!;
        open.set(correlationId, { api, version: apiVersion });
        this.seen.push({ api: api.name, version: apiVersion });
      }
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      for (const frame of answers.push(chunk)) {
        const id = Buffer.from(frame).readInt32BE(0);
        const { api, version } = open.get(id)!;
        if (api === StreamFetchApi && this.options.silent && saysNothing(version, frame)) continue;
        const answer = this.rewritten(role, api, version, frame);
        this.options.damage?.(answer);
        const delayMs = api === StreamFetchApi ? this.options.delayMs : undefined;
        if (delayMs === undefined) client.write(answer);
        else setTimeout(() => client.write(answer), delayMs);
      }
    });
  }

  private rewritten(role: "SC" | "SPU", api: Api, version: number, frame: Uint8Array): Uint8Array {
    const { versions, cutAt } = this.options;
    if (api === ApiVersionsApi && versions !== undefined) {
      const { correlationId, body } = decodeResponse(ApiVersionsApi, version, frame);
      const common = role === "SC" ? versions.sc : versions.spu;
      for (const key of body.apiKeys) {
        key.minVersion = Math.min(key.minVersion, common);
        key.maxVersion = Math.min(key.maxVersion, common);
      }
      return encodeResponse(ApiVersionsApi, version, correlationId, body);
    }
    if (api === WatchApi) {
      const { correlationId, body } = decodeResponse(WatchApi, version, frame);
      if (body.type === "SPU") {
        for (const { spec } of [...body.all, ...body.changes.map(({ content }) => content)]) {
          spec.publicEndpoint.port = this.spuPorts.get(spec.id) ?? spec.publicEndpoint.port;
        }
        return encodeResponse(WatchApi, version, correlationId, body);
      }
    }
    if (api === StreamFetchApi && cutAt !== undefined) {
      const { correlationId, body } = decodeResponse(StreamFetchApi, version, frame);
      body.partition.records = body.partition.records.subarray(0, cutAt);
      return encodeResponse(StreamFetchApi, version, correlationId, body);
    }
    const whole = Buffer.alloc(4 + frame.length);
    whole.writeInt32BE(frame.length);
    whole.set(frame, 4);
    return whole;
  }
}

function saysNothing(version: number, frame: Uint8Array): boolean {
  const { partition } = decodeResponse(StreamFetchApi, version, frame).body;
  if (partition.errorCode.kind !== "None") return false;
  for (const { start } of batches(partition.records)) {
    if (new RecordCursor(recordsSection(partition.records, start)).count > 0) return false;
  }
  return true;
}
