/** Opens a TCP or TLS connection, with errors that say what to look at. */
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Address, formatAddress } from "../config/address.ts";
import { type TlsPolicy, tlsOptions } from "../config/tls.ts";
import { ClientError } from "../error.ts";
import { abortError } from "../wait.ts";

/** Silence after which a peer is asked for a sign of life: readers that only wait would not notice its end. */
const KEEP_ALIVE_MS = 30_000;

export interface SocketOptions {
  address: Address;
  tls: TlsPolicy;
  /** Object name of the SPU, for its TLS name; null for the SC. */
  serverName: string | null;
  /** Milliseconds for the connection, TLS handshake included. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** Resolves with a connected socket on which nothing has been read yet. */
export function openSocket(options: SocketOptions): Promise<Socket> {
  const { address, timeoutMs, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortError(signal));
      return;
    }
    let socket: Socket;
    try {
      socket = start(options);
    } catch (error) {
      reject(error);
      return;
    }
    const fail = (error: ClientError): void => {
      done();
      socket.on("error", () => undefined);
      socket.destroy();
      reject(error);
    };
    const where = formatAddress(address);
    const timer = setTimeout(
      () =>
        fail(
          new ClientError("SMDK_UNREACHABLE", `can't connect to ${where}: no answer within ${timeoutMs} ms`, {
            hint: UNREACHABLE_HINT,
          }),
        ),
      timeoutMs,
    );
    const onAbort = (): void => fail(abortError(signal!));
    const onError = (cause: Error): void => fail(connectError(where, cause));
    const onClose = (): void =>
      fail(
        new ClientError("SMDK_UNREACHABLE", `${where} closed the connection at once`, {
          hint: UNREACHABLE_HINT,
        }),
      );
    const ready = options.tls.policy === "disabled" ? "connect" : "secureConnect";
    const onReady = (): void => {
      done();
      resolve(socket);
    };
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      socket.off("error", onError).off("close", onClose).off(ready, onReady);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.on("error", onError).on("close", onClose).on(ready, onReady);
  });
}

function start({ address, tls, serverName }: SocketOptions): Socket {
  const { host, port } = address;
  const secure = tlsOptions(tls, serverName);
  if (secure === null)
    return connectTcp({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
  // without a name of its own, the host serves as one; IP addresses may not be sent as TLS names
  const name = secure.servername ?? (isIP(host) ? undefined : host);
  const socket = connectTls({ ...secure, host, port, ...(name === undefined ? {} : { servername: name }) });
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
}

const UNREACHABLE_HINT =
  "is the cluster running, and is this its address? A local one starts with `smdk cluster start`";

const REASONS: { readonly [code: string]: string } = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  ETIMEDOUT: "timed out",
  ENOTFOUND: "host not found",
  EAI_AGAIN: "host not found (the name service did not answer)",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  EACCES: "not permitted",
};

function connectError(where: string, cause: Error): ClientError {
  const { code } = cause as NodeJS.ErrnoException;
  // several addresses of one name fail together
  const first =
    cause instanceof AggregateError ? (cause.errors[0] as NodeJS.ErrnoException | undefined) : undefined;
  const reason = REASONS[code ?? first?.code ?? ""];
  if (reason !== undefined) {
    return new ClientError("SMDK_UNREACHABLE", `can't connect to ${where}: ${reason}`, {
      hint: UNREACHABLE_HINT,
      cause,
    });
  }
  return new ClientError("SMDK_TLS", `can't connect to ${where}: ${cause.message}`, {
    hint: "the tls table of the profile has to fit the cluster: policy, domain, and certificates signed by its CA",
    cause,
  });
}
