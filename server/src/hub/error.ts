/** What the hub refuses, with the HTTP status that says so in all three faces. */
import { ServerError } from "../error.ts";

export class HubError extends ServerError {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 416 | 422 | 429 | 507;

  constructor(status: HubError["status"], code: `SMDK_HUB_${string}`, message: string, hint?: string) {
    super(code, message, hint === undefined ? {} : { hint });
    this.name = "HubError";
    this.status = status;
  }
}

export function notFound(what: string): HubError {
  return new HubError(404, "SMDK_HUB_NOT_FOUND", `${what} is not here`);
}

export function unauthorized(): HubError {
  return new HubError(401, "SMDK_HUB_UNAUTHORIZED", "please log in", "smdk hub login");
}

/** A token came, but it is nobody's. */
export function unknownToken(): HubError {
  return new HubError(
    401,
    "SMDK_HUB_UNAUTHORIZED",
    "the hub does not know this token: it is wrong, over or revoked",
    "get another one, then: smdk hub login",
  );
}

/** A failure of the machine that the sender should hear of as what it is; undefined for what is the hub's own fault. */
export function asHubError(error: unknown): HubError | undefined {
  if (error instanceof HubError) return error;
  const { code } = error as { code?: unknown };
  if (code !== "ENOSPC" && code !== "EDQUOT") return undefined;
  return new HubError(507, "SMDK_HUB_FULL", "the hub has no room left on its disk");
}

export function forbidden(message: string): HubError {
  return new HubError(403, "SMDK_HUB_FORBIDDEN", message);
}
