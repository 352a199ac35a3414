/** What this client says about itself in the handshake. */

/** Version of this package; servers want a semantic version here. */
export const CLIENT_VERSION = "0.1.0";

/** Client id of ordinary requests unless configured. */
export const DEFAULT_CLIENT_ID = "fluvio";

/** Client id of metadata watches, as Fluvio's own clients send it. */
export const WATCH_CLIENT_ID = "dummy";

/** Fluvio's name of this machine's processor architecture. */
export function architecture(): string {
  switch (process.arch) {
    case "x64":
      return "x86_64";
    case "arm64":
      return "aarch64";
    default:
      return process.arch;
  }
}
