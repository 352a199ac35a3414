/** TCP of the real machine. */

import * as net from "node:net";
import { ServerError } from "../error.ts";
import type { Address, Connection, Network } from "./types.ts";

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
/** A stream needs no more than this waiting in our memory; the kernel's buffers come on top. */
const WRITE_HIGH_MARK_BYTES = 256 * 1024;
/** Silent peers are asked whether they still exist, so that dead ones do not hold a connection for ever. */
const KEEP_ALIVE_MS = 30_000;

const SOCKET_SETTINGS = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE_MS,
  highWaterMark: WRITE_HIGH_MARK_BYTES,
};

export function nodeNetwork(): Network {
  return {
    listen(at, accept) {
      return new Promise((resolve, reject) => {
        const server = net.createServer({ ...SOCKET_SETTINGS, pauseOnConnect: true }, (socket) =>
          accept(new NodeConnection(socket)),
        );
        server.once("error", reject);
        server.listen({ host: at.host, port: at.port, backlog: 511 }, () => {
          server.off("error", reject);
          // After this point only accept itself can fail (out of descriptors); the listener goes on.
          server.on("error", () => {});
          const bound = server.address() as net.AddressInfo;
          resolve({
            address: { host: at.host, port: bound.port },
            close: () =>
              new Promise((done) => {
                // The callback would wait for every connection; closing is done as soon as none is accepted.
                server.close();
                done();
              }),
          });
        });
      });
    },
    connect(to, options = {}) {
      const timeoutMs = options.timeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
      return new Promise((resolve, reject) => {
        const settings = { ...SOCKET_SETTINGS, host: to.host, port: to.port };
        const socket = net.connect(settings);
        const timer = setTimeout(() => {
          socket.destroy(
            new ServerError(
              "SMDK_CONNECT_TIMEOUT",
              `no answer from ${to.host}:${to.port} within ${timeoutMs} ms`,
            ),
          );
        }, timeoutMs);
        socket.once("error", (error) => {
          clearTimeout(timer);
          reject(error);
        });
        socket.once("connect", () => {
          clearTimeout(timer);
          socket.removeAllListeners("error");
          resolve(new NodeConnection(socket));
        });
      });
    },
  };
}

class NodeConnection implements Connection {
  readonly remote: Address;
  readonly closed: Promise<Error | undefined>;
  readonly #socket: net.Socket;
  #isClosed = false;
  #drain: { promise: Promise<void>; resolve: () => void } | undefined;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.remote = { host: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
    let failure: Error | undefined;
    socket.on("error", (error) => {
      failure ??= error;
    });
    socket.on("drain", () => this.#releaseWriters());
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#isClosed = true;
        this.#releaseWriters();
        resolve(failure);
      });
    });
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  get isClosed(): boolean {
    return this.#isClosed || this.#socket.destroyed;
  }

  onData(receive: (chunk: Uint8Array) => void): void {
    this.#socket.on("data", (chunk: Buffer) => receive(chunk));
    this.#socket.resume();
  }

  onEnd(ended: () => void): void {
    this.#socket.once("end", ended);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  write(parts: Uint8Array | readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (this.isClosed || socket.writableEnded) return false;
    if (parts instanceof Uint8Array) return socket.write(parts);
    // Corked parts leave in one vectored write.
    socket.cork();
    let roomLeft = true;
    for (const part of parts) {
      if (part.length > 0) roomLeft = socket.write(part);
    }
    socket.uncork();
    return roomLeft && !socket.writableNeedDrain;
  }

  drained(): Promise<void> {
    if (this.isClosed || !this.#socket.writableNeedDrain) return Promise.resolve();
    if (this.#drain === undefined) {
      let resolve: () => void = () => {};
      const promise = new Promise<void>((done) => {
        resolve = done;
      });
      this.#drain = { promise, resolve };
    }
    return this.#drain.promise;
  }

  end(): void {
    this.#socket.end();
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error);
    this.#releaseWriters();
  }

  #releaseWriters(): void {
    const waiting = this.#drain;
    this.#drain = undefined;
    waiting?.resolve();
  }
}
