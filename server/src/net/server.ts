/** A server of the wire protocol: listens, makes connections, and watches over them. */

import { FrameMemory } from "@smdk/protocol";
import type { Address, Env, Timer } from "../env/index.ts";
import { ServerError } from "../error.ts";
import type { Logger } from "../logger.ts";
import { ServerConnection, type ServerShared } from "./connection.ts";
import type { Route } from "./route.ts";
import type { ServeLimits } from "./types.ts";

export const DEFAULT_LIMITS: ServeLimits = {
  maxConnections: 4096,
  maxFrameBytes: 64 * 1024 * 1024,
  maxQueuedRequests: 64,
  maxQueuedBytes: 8 * 1024 * 1024,
  maxTotalBytes: 1024 * 1024 * 1024,
  maxStreams: 256,
  firstRequestMs: 15_000,
  requestReadMs: 60_000,
};

/** Memory kept for long requests to come, over all connections. */
const SPARE_BYTES = 4 * 1024 * 1024;

/** How often deadlines are looked at, at most. */
const SWEEP_MS = 1000;
/** Time that clients without a request in progress get to close their end when the server stops. */
const STOP_LINGER_MS = 50;

export interface ServeOptions {
  readonly env: Pick<Env, "clock" | "network">;
  /** In log lines and events, such as `sc` or `spu-5001`. */
  readonly name: string;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly routes: Iterable<Route>;
  readonly limits?: Partial<ServeLimits>;
  readonly logger: Logger;
}

export interface WireServer {
  readonly address: Address;
  /** Connections open now. */
  readonly connections: number;
  /**
   * Takes no more connections, ends the streams, lets requests in progress finish for at most `graceMs`
   * (default 2 s), and closes everything. Idempotent.
   */
  close(graceMs?: number): Promise<void>;
}

/**
 * Serves the routes until `close`. A request with an unknown key or an undecodable body, or a handler that
 * throws, ends the connection it came on, as on a real cluster; the version is the handler's matter.
 * @throws the system's error if the address cannot be had.
 */
export async function serve(options: ServeOptions): Promise<WireServer> {
  const { env, name } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const logger = options.logger.child({ server: name });
  const shared: ServerShared = {
    name,
    routes: routesByKey(options.routes),
    limits,
    clock: env.clock,
    logger,
    memory: new FrameMemory(SPARE_BYTES),
    heldBytes: 0,
  };
  const connections = new Set<ServerConnection>();
  let lastId = 0;
  let refused = 0;
  const listener = await env.network.listen({ host: options.host, port: options.port }, (socket) => {
    if (connections.size >= limits.maxConnections) {
      refused += 1;
      socket.destroy();
      return;
    }
    lastId += 1;
    const connection = new ServerConnection(lastId, socket, shared);
    connections.add(connection);
    connection.closed.then(() => connections.delete(connection));
  });

  let sweepTimer: Timer | undefined;
  const sweepMs = Math.max(1, Math.min(SWEEP_MS, limits.firstRequestMs / 4, limits.requestReadMs / 4));
  const sweep = () => {
    const nowMs = env.clock.monotonicMs();
    for (const connection of connections) connection.checkDeadline(nowMs);
    // One line per sweep, however many came.
    if (refused > 0) logger.warn({ refused, maxConnections: limits.maxConnections }, "refused connections");
    refused = 0;
    sweepTimer = env.clock.setTimeout(sweep, sweepMs, { background: true });
  };
  sweep();

  let closing: Promise<void> | undefined;
  const close = async (graceMs: number) => {
    await listener.close();
    sweepTimer?.cancel();
    const patience = new AbortController();
    const pause = (ms: number) => env.clock.sleep(ms, patience.signal).catch(() => {});
    const answered = pause(graceMs);
    const lingered = pause(Math.min(graceMs, STOP_LINGER_MS));
    const finished = [...connections].map(async (connection) => {
      const isBusy = connection.stop();
      await Promise.race([connection.closed, isBusy ? answered : lingered]);
      connection.destroy();
      await connection.closed;
    });
    await Promise.all(finished);
    patience.abort();
  };
  return {
    address: listener.address,
    get connections() {
      return connections.size;
    },
    close(graceMs = 2000) {
      closing ??= close(graceMs);
      return closing;
    },
  };
}

function routesByKey(routes: Iterable<Route>): Map<number, Route> {
  const byKey = new Map<number, Route>();
  for (const route of routes) {
    const other = byKey.get(route.key);
    if (other !== undefined) {
      throw new ServerError(
        "SMDK_ROUTE_TWICE",
        `${route.name} and ${other.name} have the same key ${route.key}`,
      );
    }
    byKey.set(route.key, route);
  }
  return byKey;
}
