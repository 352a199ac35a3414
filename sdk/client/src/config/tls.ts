/** How a cluster wants to be spoken to: plainly, with unverified TLS, or with TLS and certificates on both sides. */
import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { ClientError } from "../error.ts";

/** PEM texts of a verified client. */
export interface TlsCerts {
  /** Name that the SC's certificate must carry; an SPU's carries `<spu>.<domain>`. */
  domain: string;
  key: string;
  cert: string;
  caCert: string;
}

/** The same as paths. */
export type TlsPaths = TlsCerts;

/** What a profile's `tls` table says. */
export type TlsPolicy =
  | { policy: "disabled" }
  /** Encrypted, but nobody's identity is checked. */
  | { policy: "anonymous" }
  | { policy: "verified"; source: "inline"; certs: TlsCerts }
  | { policy: "verified"; source: "files"; certs: TlsPaths };

/**
 * Options for `node:tls`; null for plain TCP. `serverName` is the SPU's object name, or null for the SC.
 * Files are read here; an unreadable one is SMDK_CONFIG.
 */
export function tlsOptions(tls: TlsPolicy, serverName: string | null): ConnectionOptions | null {
  if (tls.policy === "disabled") return null;
  if (tls.policy === "anonymous") return { rejectUnauthorized: false };
  const { domain } = tls.certs;
  const text = (value: string): string => (tls.source === "inline" ? value : readPem(value));
  return {
    servername: serverName === null ? domain : `${serverName}.${domain}`,
    ca: text(tls.certs.caCert),
    cert: text(tls.certs.cert),
    key: text(tls.certs.key),
  };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new ClientError("SMDK_CONFIG", `can't read the TLS file ${path}: ${(cause as Error).message}`, {
      hint: "the paths of tls.certs in the profile are relative to the current directory",
      cause,
    });
  }
}
