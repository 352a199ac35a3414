/** Limits and waits of a client, with Fluvio's environment variables as their defaults. */

export interface ClientSettings {
  /** Milliseconds for connecting, handshake included. */
  connectTimeoutMs: number;
  /** Milliseconds for the answer to a request (`FLV_SOCKET_WAIT`, in seconds). */
  requestTimeoutMs: number;
  /** Milliseconds to wait for something to appear in the cluster's metadata (`FLV_METADATA_TIMEOUT`). */
  metadataTimeoutMs: number;
}

export function settingsFrom(
  given: Partial<ClientSettings> = {},
  env: NodeJS.ProcessEnv = process.env,
): ClientSettings {
  return {
    connectTimeoutMs: given.connectTimeoutMs ?? 10_000,
    requestTimeoutMs: given.requestTimeoutMs ?? number(env.FLV_SOCKET_WAIT, 60) * 1000,
    metadataTimeoutMs: given.metadataTimeoutMs ?? number(env.FLV_METADATA_TIMEOUT, 60_000),
  };
}

/** `maxBytes` of a consumer: Fluvio's default, or `FLV_CLIENT_MAX_FETCH_BYTES` and room for the headers around it. */
export function defaultMaxBytes(env: NodeJS.ProcessEnv = process.env): number {
  return number(env.FLV_CLIENT_MAX_FETCH_BYTES, 1_048_588) + 302;
}

function number(text: string | undefined, fallback: number): number {
  const value = text === undefined || text === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) && value > 0 ? value : fallback;
}
