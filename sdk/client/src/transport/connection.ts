/**
 * One connection to an SC or SPU: handshake, then any number of requests and streams at once, told apart by their
 * correlation ids.
 */
import type { Socket } from "node:net";
import {
  type Api,
  ApiVersionsApi,
  type ApiVersionsResponse,
  decodeResponseBody,
  encodeRequest,
  FrameSplitter,
} from "@smdk/protocol";
import { formatAddress } from "../config/address.ts";
import { ClientError, serverError } from "../error.ts";
import { architecture, CLIENT_VERSION } from "../version.ts";
import { abortError, throwIfAborted } from "../wait.ts";
import { openSocket, type SocketOptions } from "./socket.ts";
import { ResponseStream } from "./stream.ts";
import { type VersionRange, VersionTable } from "./versions.ts";

export interface ConnectionOptions extends SocketOptions {
  clientId: string;
  /** Milliseconds to wait for the answer to an ordinary request. */
  requestTimeoutMs: number;
  /** Largest frame to accept, in bytes. */
  maxFrameBytes?: number;
}

export interface RequestOptions {
  /** API version to send; by default the negotiated one. */
  version?: number;
  clientId?: string;
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

interface Pending {
  resolve(frame: Uint8Array): void;
  reject(error: unknown): void;
  /** Time of `performance.now()`. */
  deadline: number;
  what: string;
  timeoutMs: number;
}

const MAX_FRAME_BYTES = 268_435_456;

export class Connection {
  readonly name: string;
  private readonly socket: Socket;
  private readonly options: ConnectionOptions;
  private readonly splitter: FrameSplitter;
  private versions = new VersionTable([]);
  private pending = new Map<number, Pending>();
  private readonly streams = new Map<number, ResponseStream<unknown>>();
  private readonly fullStreams = new Set<number>();
  private readonly closeListeners = new Set<() => void>();
  private nextId = 1;
  private timer: NodeJS.Timeout | undefined;
  private timerAt = Number.POSITIVE_INFINITY;
  private failure: ClientError | null = null;
  private streamsTaken = 0;
  /** What the peer says about itself; an SPU always says 0.0.0. */
  platformVersion = "0.0.0";

  /** Connects and shakes hands. Fails with SMDK_UNREACHABLE, SMDK_TLS, SMDK_TIMEOUT, SMDK_PROTOCOL or SMDK_ABORTED. */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection(await openSocket(options), options);
    try {
      await connection.handshake();
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  private constructor(socket: Socket, options: ConnectionOptions) {
    this.socket = socket;
    this.options = options;
    this.name = formatAddress(options.address);
    this.splitter = new FrameSplitter(options.maxFrameBytes ?? MAX_FRAME_BYTES);
    socket.on("data", (chunk: Buffer) => this.receive(chunk));
    socket.on("error", (cause) =>
      this.fail(this.lost(`connection to ${this.name} lost: ${cause.message}`, cause)),
    );
    socket.on("end", () => this.fail(this.lost(`${this.name} closed the connection`)));
    socket.on("close", () => this.fail(this.lost(`connection to ${this.name} closed`)));
  }

  get alive(): boolean {
    return this.failure === null;
  }

  /** Bytes handed to the socket that the network has not taken yet. */
  get bufferedBytes(): number {
    return this.socket.writableLength;
  }

  /** Calls `listener` once when the connection ends for whatever reason; returns a function that forgets it. */
  onClose(listener: () => void): () => void {
    if (this.failure !== null) {
      queueMicrotask(listener);
      return () => undefined;
    }
    this.closeListeners.add(listener);
    return () => this.closeListeners.delete(listener);
  }

  /** The version of an API that both sides know, or null where the server lists none. */
  negotiated(api: VersionRange): number | null {
    return this.versions.lookup(api);
  }

  /** The version that requests of this API will have. */
  versionFor(api: VersionRange): number {
    return this.versions.lookupOrDefault(api);
  }

  /** Sends one request and waits for its answer. */
  async request<Request, Response>(
    api: Api<Request, Response>,
    body: Request,
    options: RequestOptions = {},
  ): Promise<Response> {
    throwIfAborted(options.signal);
    const version = options.version ?? this.versionFor(api);
    const correlationId = this.takeId();
    const clientId = options.clientId ?? this.options.clientId;
    // Encoded first: a body that cannot be encoded must not leave an answer that nobody waits for.
    const frame = encodeRequest(api, { version, correlationId, clientId, body });
    const answer = this.awaitFrame(correlationId, api.name, options);
    this.write([frame]);
    return this.decode(api, version, await answer);
  }

  /**
   * Sends a request that the caller has encoded except for its header's correlation id; `parts` are written in order
   * and must not change afterwards. `idAt` is the position of the id in the first part.
   */
  requestEncoded(
    what: string,
    parts: readonly Uint8Array[],
    idAt: number,
    timeoutMs?: number,
  ): Promise<Uint8Array> {
    const correlationId = this.takeId();
    const head = parts[0]!;
    new DataView(head.buffer, head.byteOffset).setInt32(idAt, correlationId);
    const answer = this.awaitFrame(correlationId, what, timeoutMs === undefined ? {} : { timeoutMs });
    this.write(parts);
    return answer;
  }

  /** Reads the body of an answer; anything undecodable ends the connection. */
  decode<Response>(
    api: Api<never, Response> | Api<unknown, Response>,
    version: number,
    frame: Uint8Array,
  ): Response {
    try {
      return decodeResponseBody(api as Api<unknown, Response>, version, frame);
    } catch (cause) {
      const error = new ClientError(
        "SMDK_PROTOCOL",
        `${this.name} sent an answer to ${api.name} that can't be decoded: ${(cause as Error).message}`,
        { cause },
      );
      this.fail(error);
      throw error;
    }
  }

  /** Sends one request and gives the stream of its answers, until either side ends it. */
  stream<Request, Response>(
    api: Api<Request, Response>,
    body: Request,
    options: RequestOptions = {},
  ): ResponseStream<Response> {
    const version = options.version ?? this.versionFor(api);
    const correlationId = this.takeId();
    const clientId = options.clientId ?? this.options.clientId;
    const request = encodeRequest(api, { version, correlationId, clientId, body });
    const stream = new ResponseStream<Response>((frame) => this.decode(api, version, frame), {
      full: (full) => this.throttle(correlationId, full),
      ended: () => {
        this.streams.delete(correlationId);
        this.throttle(correlationId, false);
      },
    });
    if (this.failure !== null) {
      stream.fail(this.failure);
      return stream;
    }
    this.streams.set(correlationId, stream as ResponseStream<unknown>);
    this.streamsTaken++;
    this.write([request]);
    return stream;
  }

  /** Streams begun on this connection and not refused: the id that the peer gives the last one. */
  get streamCount(): number {
    return this.streamsTaken;
  }

  /** The peer has given one of the streams no id. */
  streamRefused(): void {
    this.streamsTaken--;
  }

  /** Ends the connection; whatever still waits for an answer fails with SMDK_CLOSED. */
  close(): void {
    this.fail(new ClientError("SMDK_CLOSED", `connection to ${this.name} closed by this client`));
  }

  private async handshake(): Promise<void> {
    const body = { clientVersion: CLIENT_VERSION, clientOs: process.platform, clientArch: architecture() };
    let answer: ApiVersionsResponse;
    try {
      answer = await this.request(ApiVersionsApi, body, {
        version: ApiVersionsApi.maxVersion,
        timeoutMs: this.options.timeoutMs,
        signal: this.options.signal,
      });
    } catch (cause) {
      if ((cause as ClientError).code !== "SMDK_CONNECTION_LOST") throw cause;
      throw new ClientError(
        "SMDK_CONNECTION_LOST",
        `${this.name} closed the connection during the handshake`,
        {
          hint: "is it a Fluvio port, and does the profile's tls policy fit it?",
          cause,
        },
      );
    }
    if (answer.errorCode.kind !== "None") throw serverError(answer.errorCode);
    this.versions = new VersionTable(answer.apiKeys);
    this.platformVersion = answer.platformVersion;
    // ids start again once the handshake is over, as with Fluvio's own clients
    this.nextId = 1;
  }

  private takeId(): number {
    const id = this.nextId;
    this.nextId = id === 0x7fff_ffff ? 1 : id + 1;
    return id;
  }

  private awaitFrame(id: number, what: string, options: RequestOptions): Promise<Uint8Array> {
    if (this.failure !== null) return Promise.reject(this.failure);
    const timeoutMs = options.timeoutMs ?? this.options.requestTimeoutMs;
    const { signal } = options;
    return new Promise((resolve, reject) => {
      const entry: Pending = { resolve, reject, deadline: performance.now() + timeoutMs, what, timeoutMs };
      if (signal !== undefined) {
        const onAbort = (): void => {
          this.pending.delete(id);
          reject(abortError(signal));
        };
        signal.addEventListener("abort", onAbort, { once: true });
        entry.resolve = (frame) => {
          signal.removeEventListener("abort", onAbort);
          resolve(frame);
        };
        entry.reject = (error) => {
          signal.removeEventListener("abort", onAbort);
          reject(error);
        };
      }
      this.pending.set(id, entry);
      if (entry.deadline < this.timerAt) this.schedule(entry.deadline);
    });
  }

  private write(parts: readonly Uint8Array[]): void {
    if (this.failure !== null) return;
    if (parts.length === 1) {
      this.socket.write(parts[0]!);
      return;
    }
    this.socket.cork();
    for (const part of parts) this.socket.write(part);
    this.socket.uncork();
  }

  private receive(chunk: Uint8Array): void {
    let frames: Uint8Array[];
    try {
      frames = this.splitter.push(chunk);
    } catch (cause) {
      this.fail(
        new ClientError(
          "SMDK_PROTOCOL",
          `${this.name} does not speak Fluvio's protocol: ${(cause as Error).message}`,
          {
            cause,
          },
        ),
      );
      return;
    }
    for (const frame of frames) {
      if (frame.length < 4) {
        this.fail(new ClientError("SMDK_PROTOCOL", `${this.name} sent a frame of ${frame.length} bytes`));
        return;
      }
      const id = (frame[0]! << 24) | (frame[1]! << 16) | (frame[2]! << 8) | frame[3]!;
      const waiting = this.pending.get(id);
      if (waiting !== undefined) {
        this.pending.delete(id);
        waiting.resolve(frame);
      } else {
        // frames of streams that were given up are dropped
        this.streams.get(id)?.push(frame);
      }
    }
    if (this.pending.size === 0 && this.timer !== undefined) this.unschedule();
  }

  /** A stream that nobody reads stops the reading of the whole connection, so that memory stays bounded. */
  private throttle(id: number, full: boolean): void {
    if (full) {
      this.fullStreams.add(id);
      this.socket.pause();
    } else if (this.fullStreams.delete(id) && this.fullStreams.size === 0) {
      this.socket.resume();
    }
  }

  private schedule(at: number): void {
    clearTimeout(this.timer);
    this.timerAt = at;
    this.timer = setTimeout(() => this.expire(), Math.max(1, at - performance.now()));
  }

  private unschedule(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.timerAt = Number.POSITIVE_INFINITY;
  }

  /** A request without an answer makes the connection useless: its requests are served one after the other. */
  private expire(): void {
    this.unschedule();
    const now = performance.now();
    let earliest = Number.POSITIVE_INFINITY;
    for (const [id, entry] of this.pending) {
      if (entry.deadline > now) {
        earliest = Math.min(earliest, entry.deadline);
        continue;
      }
      this.pending.delete(id);
      entry.reject(
        new ClientError(
          "SMDK_TIMEOUT",
          `${this.name} did not answer ${entry.what} within ${entry.timeoutMs} ms`,
        ),
      );
      this.fail(this.lost(`connection to ${this.name} given up: ${entry.what} was not answered`));
      return;
    }
    if (earliest < Number.POSITIVE_INFINITY) this.schedule(earliest);
  }

  private lost(message: string, cause?: unknown): ClientError {
    return new ClientError("SMDK_CONNECTION_LOST", message, { cause });
  }

  private fail(error: ClientError): void {
    if (this.failure !== null) return;
    this.failure = error;
    this.unschedule();
    this.socket.destroy();
    const { pending } = this;
    this.pending = new Map();
    for (const entry of pending.values()) entry.reject(error);
    for (const stream of [...this.streams.values()]) stream.fail(error);
    for (const listener of this.closeListeners) listener();
    this.closeListeners.clear();
  }
}
