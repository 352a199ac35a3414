/** A small client of the wire protocol, over the doors. */

import {
  type Api,
  decodeResponseBody,
  decodeResponseHeader,
  encodeRequest,
  FrameSplitter,
} from "@smdk/protocol";
import type { Connection, Env } from "../env/types.ts";
import { SimFailure } from "./world.ts";

/** A server that leaves a request without any answer for longer than this is at fault, whatever else goes wrong. */
const PATIENCE_MS = 200_000;

/** The connection is gone; what became of requests without an answer is not known. */
export class ConnectionLost extends Error {}

interface Waiting {
  readonly resolve: (frame: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/** One connection. Responses are kept by correlation id until somebody takes them. */
export class WireClient {
  readonly #clock: Env["clock"];
  readonly #connection: Connection;
  readonly #frames = new Map<number, Uint8Array[]>();
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #isLost = false;

  private constructor(env: Pick<Env, "clock">, connection: Connection) {
    this.#clock = env.clock;
    this.#connection = connection;
    const splitter = new FrameSplitter();
    connection.onData((chunk) => {
      for (const frame of splitter.push(chunk)) this.#take(frame);
    });
    connection.onEnd(() => this.#lose());
    connection.closed.then(() => this.#lose());
  }

  /** @throws ConnectionLost if nobody answers at the port. */
  static async connect(env: Pick<Env, "clock" | "network">, port: number): Promise<WireClient> {
    try {
      return new WireClient(env, await env.network.connect({ host: "127.0.0.1", port }));
    } catch {
      throw new ConnectionLost(`port ${port}`);
    }
  }

  /** Sends a request, and gives its correlation id. */
  post<Q, R>(api: Api<Q, R>, body: Q): number {
    this.#lastId += 1;
    const version = api.maxVersion;
    this.#connection.write(
      encodeRequest(api, { version, correlationId: this.#lastId, clientId: "sim", body }),
    );
    return this.#lastId;
  }

  /** Sends a request and waits for its first response. @throws ConnectionLost. */
  async call<Q, R>(api: Api<Q, R>, body: Q): Promise<R> {
    return this.response(api, this.post(api, body));
  }

  /** The next response to a request. @throws ConnectionLost. */
  async response<Q, R>(api: Api<Q, R>, id: number, patienceMs = PATIENCE_MS): Promise<R> {
    return decodeResponseBody(api, api.maxVersion, await this.#frame(api.name, id, patienceMs));
  }

  /** Says that no more requests will come; answers still do. */
  endRequests(): void {
    this.#connection.end();
  }

  close(): void {
    this.#connection.destroy();
    this.#lose();
  }

  #frame(what: string, id: number, patienceMs: number): Promise<Uint8Array> {
    const ready = this.#frames.get(id)?.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.#isLost) return Promise.reject(new ConnectionLost("closed"));
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(() => {
        reject(new SimFailure(`no answer to ${what} within ${patienceMs} ms`));
      }, patienceMs);
      const done = () => {
        timer.cancel();
        this.#waiting.delete(id);
      };
      this.#waiting.set(id, {
        resolve: (frame) => {
          done();
          resolve(frame);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
    });
  }

  #take(frame: Uint8Array): void {
    const { correlationId } = decodeResponseHeader(frame);
    const waiting = this.#waiting.get(correlationId);
    if (waiting !== undefined) {
      waiting.resolve(frame);
      return;
    }
    const frames = this.#frames.get(correlationId);
    if (frames === undefined) this.#frames.set(correlationId, [frame]);
    else frames.push(frame);
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    for (const { reject } of [...this.#waiting.values()]) reject(new ConnectionLost("closed"));
  }
}
