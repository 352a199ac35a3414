/** HTTP of the real machine, with bounds on what one peer may hold open. */

import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Http } from "./types.ts";

const HEADERS_TIMEOUT_MS = 15_000;
/** A whole request, its body included: an upload over a slow line. */
const REQUEST_TIMEOUT_MS = 10 * 60_000;
const KEEP_ALIVE_MS = 30_000;
const MAX_CONNECTIONS = 1000;
/** How often connections are looked at for those timeouts. */
const CHECK_MS = 5000;
/** How long requests under way may take to end when the listener closes. */
const CLOSE_GRACE_MS = 5000;

export function nodeHttp(): Http {
  return {
    listen(
      at,
      serve,
      { tls, maxConnections = MAX_CONNECTIONS, maxPerPeer = Math.ceil(maxConnections / 4) } = {},
    ) {
      const answer = getRequestListener(
        (request, { incoming }) => {
          const { remoteAddress = "", remotePort = 0 } = incoming.socket;
          return serve(request, { host: remoteAddress, port: remotePort });
        },
        { overrideGlobalObjects: false },
      );
      const settings = {
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: CHECK_MS,
      };
      const server =
        tls === undefined
          ? http.createServer(settings, answer)
          : https.createServer({ ...settings, ...tls, minVersion: "TLSv1.2" }, answer);
      server.maxConnections = maxConnections;
      limitPerPeer(server, maxPerPeer);
      return new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host: at.host, port: at.port }, () => {
          server.off("error", reject);
          // After this point only accept itself can fail (out of descriptors); the listener goes on.
          server.on("error", () => {});
          const { port } = server.address() as AddressInfo;
          resolve({
            address: { host: at.host, port },
            close: () =>
              new Promise((done) => {
                const rest = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS).unref();
                server.close(() => {
                  clearTimeout(rest);
                  done();
                });
                server.closeIdleConnections();
              }),
          });
        });
      });
    },
  };
}

/** Closes connections of a peer that holds `most` already, so that it cannot keep all others out. */
function limitPerPeer(server: http.Server | https.Server, most: number): void {
  const held = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const peer = socket.remoteAddress ?? "";
    const count = (held.get(peer) ?? 0) + 1;
    if (count > most) {
      socket.destroy();
      return;
    }
    held.set(peer, count);
    socket.once("close", () => {
      const left = (held.get(peer) ?? 1) - 1;
      if (left === 0) held.delete(peer);
      else held.set(peer, left);
    });
  });
}
