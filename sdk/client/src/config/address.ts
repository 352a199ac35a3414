/** `host:port` texts. */
import { ClientError } from "../error.ts";

/** Public port of an SC when the address names none. */
export const DEFAULT_SC_PORT = 9003;

export interface Address {
  host: string;
  port: number;
}

/** Parses `host`, `host:port`, `[v6]:port`; fails with SMDK_CONFIG. */
export function parseAddress(text: string, defaultPort = DEFAULT_SC_PORT): Address {
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s/]+))(?::(\d+))?$/.exec(text.trim());
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (match === null || port < 1 || port > 65_535) {
    throw new ClientError("SMDK_CONFIG", `not an address: ${JSON.stringify(text)}`, {
      hint: `write host:port, for example localhost:${DEFAULT_SC_PORT}`,
    });
  }
  return { host: (match[1] ?? match[2])!, port };
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
