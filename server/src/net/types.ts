/** What a server of the wire protocol is given: routes, limits, and what a handler sees of a request. */

import type { Address } from "../env/index.ts";

export interface ServeLimits {
  /** Further connections are closed at once. Default 4096. */
  readonly maxConnections: number;
  /** Longest request, length prefix not counted. Default 64 MiB. */
  readonly maxFrameBytes: number;
  /** Requests of one connection received but not answered; more stay in the socket. Default 64. */
  readonly maxQueuedRequests: number;
  /** Bytes of such requests per connection, beyond one request. Default 8 MiB. */
  readonly maxQueuedBytes: number;
  /** Bytes of unfinished and queued requests over all connections; who exceeds it is closed. Default 1 GiB. */
  readonly maxTotalBytes: number;
  /** Open streams of one connection; who opens more is closed. Default 256. */
  readonly maxStreams: number;
  /** Time from the connection to the end of its first request. Default 15 s. */
  readonly firstRequestMs: number;
  /** Time from the first to the last byte of any other request. Default 60 s. */
  readonly requestReadMs: number;
}

/** One client's connection; the same object for all its requests, so it can key a WeakMap. */
export interface ClientConnection {
  /** Unique within the server, counting from 1. */
  readonly id: number;
  readonly remote: Address;
  /** Aborted when the connection ends, whoever ended it, and when the server stops. */
  readonly signal: AbortSignal;
  /** Ends this connection after what was sent. */
  close(reason: string): void;
}

export interface RequestContext {
  readonly connection: ClientConnection;
  readonly apiVersion: number;
  readonly correlationId: number;
  /** Free text of the client, for log lines only. */
  readonly clientId: string;
  readonly signal: AbortSignal;
}

export interface StreamContext<Response> extends RequestContext {
  /**
   * Sends one response frame and resolves when there is room for the next. Resolves also when the connection
   * is gone; look at `signal`.
   */
  send(response: Response | PrebuiltBody): Promise<void>;
}

/** A response body that is encoded already; its parts go to the socket without a copy. */
export class PrebuiltBody {
  readonly parts: readonly Uint8Array[];
  readonly length: number;

  /** The parts must not change afterwards. */
  constructor(parts: readonly Uint8Array[]) {
    this.parts = parts;
    this.length = parts.reduce((sum, part) => sum + part.length, 0);
  }
}
