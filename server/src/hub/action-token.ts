/** A short time's permission for one kind of request, kept nowhere: action tokens of `hub/v0`, and registry tokens. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../env/index.ts";
import { type AccountStore, ANONYMOUS, type Viewer } from "./store/accounts.ts";

export const ACTIONS = ["list", "lwm", "chid", "dl", "pbl", "bpkg-get"] as const;
/** `registry` is not asked for by name: registries' clients get it for their password. */
export type Action = (typeof ACTIONS)[number] | "registry";

export const TOKEN_LIFE_MS = 10 * 60 * 1000;
const PREFIX = "smdka_";

export class ActionTokens {
  readonly #secret: Uint8Array;
  readonly #clock: Clock;
  readonly #accounts: AccountStore;

  constructor(secret: Uint8Array, clock: Clock, accounts: AccountStore) {
    this.#secret = secret;
    this.#clock = clock;
    this.#accounts = accounts;
  }

  issue(viewer: Viewer, action: Action): string {
    const body = Buffer.from(
      JSON.stringify({ t: viewer.tokenId ?? null, a: action, e: this.#clock.nowMs() + TOKEN_LIFE_MS }),
    ).toString("base64url");
    return `${PREFIX}${body}.${this.#mac(body).toString("base64url")}`;
  }

  isActionToken(text: string): boolean {
    return text.startsWith(PREFIX);
  }

  /** Who may do what; undefined for a token that is forged, over, or whose own token was revoked. */
  open(text: string): { viewer: Viewer; action: Action } | undefined {
    const [body = "", mac = ""] = text.slice(PREFIX.length).split(".");
    const expected = this.#mac(body);
    const given = Buffer.from(mac, "base64url");
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const { t, a, e } = JSON.parse(Buffer.from(body, "base64url").toString()) as {
      t: string | null;
      a: Action;
      e: number;
    };
    if (e <= this.#clock.nowMs()) return undefined;
    const viewer = t === null ? ANONYMOUS : this.#accounts.viewerById(t);
    return viewer && { viewer, action: a };
  }

  #mac(body: string): Buffer {
    return createHmac("sha256", this.#secret).update(body).digest();
  }
}
