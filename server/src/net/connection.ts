/** One client's connection: cuts requests out of the stream, answers them in order, and guards the limits. */

import { setMaxListeners } from "node:events";
import { decodeRequestHeader, type FrameMemory, FrameSplitter, type RequestHeader } from "@smdk/protocol";
import type { Clock, Connection } from "../env/index.ts";
import { errorText } from "../error.ts";
import { emit } from "../events.ts";
import type { Logger } from "../logger.ts";
import type { Route } from "./route.ts";
import type { ClientConnection, RequestContext, ServeLimits } from "./types.ts";

/** Time that a client gets to read the last responses of a connection we have ended. */
const LINGER_MS = 2000;

/** What the connections of a server share. */
export interface ServerShared {
  readonly name: string;
  readonly routes: ReadonlyMap<number, Route>;
  readonly limits: ServeLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly memory: FrameMemory;
  /** Bytes of requests held by all connections. */
  heldBytes: number;
}

export class ServerConnection {
  readonly client: ClientConnection;
  readonly #shared: ServerShared;
  readonly #socket: Connection;
  readonly #logger: Logger;
  readonly #abort = new AbortController();
  readonly #splitter: FrameSplitter;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** This connection's part of `heldBytes`. */
  #heldBytes = 0;
  #working = false;
  #paused = false;
  #peerEnded = false;
  #streams = 0;
  #hadRequest = false;
  /** When the unfinished request began, or the connection if there was none yet; undefined: nothing is due. */
  #readingSince: number | undefined;
  #closeReason: string | undefined;

  constructor(id: number, socket: Connection, shared: ServerShared) {
    this.#shared = shared;
    this.#socket = socket;
    this.#splitter = new FrameSplitter(shared.limits.maxFrameBytes, shared.memory);
    const { host, port } = socket.remote;
    this.#logger = shared.logger.child({ connection: id, remote: `${host}:${port}` });
    this.#readingSince = shared.clock.monotonicMs();
    // Each stream of the connection may listen.
    setMaxListeners(0, this.#abort.signal);
    this.client = {
      id,
      remote: socket.remote,
      signal: this.#abort.signal,
      close: (reason) => this.close(reason),
    };
    emit("connection:open", () => ({ server: shared.name, connectionId: id, remote: `${host}:${port}` }));
    socket.closed.then((error) => this.#onClosed(error));
    socket.onEnd(() => this.#onPeerEnd());
    socket.onData((chunk) => this.#onData(chunk));
  }

  get closed(): Promise<unknown> {
    return this.#socket.closed;
  }

  /** Ends the connection after what was sent; further requests are not looked at. */
  close(reason: string): void {
    if (this.#closeReason !== undefined) return;
    this.#closeReason = reason;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#readingSince = undefined;
    this.#account();
    this.#abort.abort(new Error(reason));
    this.#socket.end();
    // Reading goes on, into nothing, so that the client's end is seen.
    this.#socket.resume();
    const timer = this.#shared.clock.setTimeout(() => this.#socket.destroy(), LINGER_MS, {
      background: true,
    });
    this.#socket.closed.then(() => timer.cancel());
  }

  /**
   * Takes no further requests, ends the streams, and closes once the request in progress is answered. Gives
   * whether there is one.
   */
  stop(): boolean {
    this.#queue = [];
    this.#peerEnded = true;
    this.#abort.abort(new Error("the server stops"));
    if (!this.#working) this.close("the server stops");
    return this.#working;
  }

  /** Drops the connection without regard for what is still to be sent. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Closes connections that take too long over a request. */
  checkDeadline(nowMs: number): void {
    if (this.#readingSince === undefined || this.#paused) return;
    const { firstRequestMs, requestReadMs } = this.#shared.limits;
    const allowedMs = this.#hadRequest ? requestReadMs : firstRequestMs;
    if (nowMs - this.#readingSince <= allowedMs) return;
    const what = this.#hadRequest ? "a request" : "the first request";
    this.#refuse(`${what} did not arrive within ${allowedMs} ms`);
  }

  #refuse(reason: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (this.#closeReason !== undefined) return;
    this.#logger.warn(fields, `closing the connection: ${reason}`);
    this.close(reason);
  }

  #onData(chunk: Uint8Array): void {
    if (this.#closeReason !== undefined || this.#peerEnded) return;
    let frames: Uint8Array[];
    try {
      frames = this.#splitter.push(chunk);
    } catch (error) {
      this.#refuse(errorText(error));
      return;
    }
    for (const frame of frames) {
      this.#queue.push(frame);
      this.#queuedBytes += frame.length;
    }
    if (frames.length > 0) this.#hadRequest = true;
    if (this.#splitter.pending === 0) {
      if (this.#hadRequest) this.#readingSince = undefined;
    } else if (frames.length > 0 || this.#readingSince === undefined) {
      this.#readingSince = this.#shared.clock.monotonicMs();
    }
    this.#account();
    if (this.#shared.heldBytes > this.#shared.limits.maxTotalBytes) {
      this.#refuse("all connections together hold too many bytes of requests");
      return;
    }
    this.#throttle();
    this.#work();
  }

  /** Leaves further requests in the socket while there is enough to do. */
  #throttle(): void {
    const { maxQueuedRequests, maxQueuedBytes } = this.#shared.limits;
    const isFull = this.#queue.length >= maxQueuedRequests || this.#queuedBytes >= maxQueuedBytes;
    if (isFull && !this.#paused) {
      this.#paused = true;
      this.#socket.pause();
    } else if (!isFull && this.#paused) {
      this.#paused = false;
      if (this.#readingSince !== undefined) this.#readingSince = this.#shared.clock.monotonicMs();
      this.#socket.resume();
    }
  }

  #account(): void {
    const pending = this.#closeReason === undefined ? this.#splitter.pending : 0;
    const held = pending + this.#queuedBytes;
    this.#shared.heldBytes += held - this.#heldBytes;
    this.#heldBytes = held;
  }

  #work(): void {
    if (this.#working || this.#queue.length === 0) return;
    this.#working = true;
    this.#answerAll()
      .catch((error) => this.#refuse(`a request failed: ${errorText(error)}`, { err: error }))
      .finally(() => {
        this.#working = false;
        if (this.#peerEnded && this.#closeReason === undefined) this.close("the client has ended");
      });
  }

  async #answerAll(): Promise<void> {
    while (this.#closeReason === undefined) {
      const frame = this.#queue.shift();
      if (frame === undefined) return;
      await this.#answer(frame);
      if (this.#closeReason !== undefined) return;
      this.#queuedBytes -= frame.length;
      this.#account();
      this.#throttle();
    }
  }

  async #answer(frame: Uint8Array): Promise<void> {
    const { clock, limits, routes, name } = this.#shared;
    let header: RequestHeader | undefined;
    let route: Route | undefined;
    let run: ReturnType<Route["prepare"]>;
    try {
      header = decodeRequestHeader(frame);
      route = routes.get(header.apiKey);
      if (route === undefined) {
        this.#refuse(`unknown API key ${header.apiKey}`, {
          apiKey: header.apiKey,
          clientId: header.clientId,
        });
        return;
      }
      run = route.prepare(frame, header);
    } catch (error) {
      this.#refuse(`a request cannot be decoded: ${errorText(error)}`, {
        api: route?.name ?? header?.apiKey,
        version: header?.apiVersion,
        clientId: header?.clientId,
      });
      return;
    }
    const { apiVersion, correlationId, clientId } = header;
    const context: RequestContext = {
      connection: this.client,
      apiVersion,
      correlationId,
      clientId,
      signal: this.#abort.signal,
    };
    const startedMs = clock.monotonicMs();
    const running = run({ context, respond: (parts) => this.#send(parts) });
    const api = route.name;
    const ended = () =>
      emit("request:end", () => ({
        server: name,
        connectionId: this.client.id,
        api,
        version: apiVersion,
        clientId,
        durationMs: clock.monotonicMs() - startedMs,
      }));
    if (!route.isStream) {
      await running;
      if (route.releasesRequest) this.#shared.memory.release(frame);
      ended();
      return;
    }
    this.#streams += 1;
    running
      .then(ended, (error) => {
        // What a stream throws because its connection is gone is no news.
        if (!this.#abort.signal.aborted)
          this.#refuse(`a stream failed: ${errorText(error)}`, { err: error, api });
      })
      .finally(() => {
        this.#streams -= 1;
      });
    if (this.#streams > limits.maxStreams) this.#refuse(`more than ${limits.maxStreams} streams`);
  }

  /** Queues a response and waits while the client reads too slowly. */
  async #send(parts: readonly Uint8Array[]): Promise<void> {
    if (this.#closeReason !== undefined) return;
    if (!this.#socket.write(parts)) await this.#socket.drained();
  }

  /** The client sends no more: what it asked before is still answered. */
  #onPeerEnd(): void {
    this.#peerEnded = true;
    if (!this.#working) this.close("the client has ended");
  }

  #onClosed(error: Error | undefined): void {
    const reason = this.#closeReason ?? (error === undefined ? "the client is gone" : errorText(error));
    this.close(reason);
    this.#logger.debug({ reason }, "connection closed");
    emit("connection:close", () => ({ server: this.#shared.name, connectionId: this.client.id, reason }));
  }
}
