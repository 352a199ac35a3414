/**
 * Blob uploads that come in pieces. They live in memory, within a bound, and are forgotten after an hour's rest. One
 * user has half of the room at most, and loses the upload that rests longest to a further one.
 */
import type { Clock, Random } from "../../env/index.ts";
import { HubError } from "../error.ts";
import type { HubLimits } from "../limits.ts";

const REST_MS = 60 * 60 * 1000;

interface Session {
  readonly repository: string;
  readonly user: string;
  readonly parts: Uint8Array[];
  size: number;
  touchedMs: number;
}

export class UploadSessions {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #limits: HubLimits;
  readonly #sessions = new Map<string, Session>();

  constructor(clock: Clock, random: Random, limits: HubLimits) {
    this.#clock = clock;
    this.#random = random;
    this.#limits = limits;
  }

  begin(repository: string, user: string): string {
    const now = this.#clock.monotonicMs();
    for (const [id, { touchedMs }] of this.#sessions)
      if (now - touchedMs > REST_MS) this.#sessions.delete(id);
    const own = this.#of(user);
    const [longest] = own.sort(([, a], [, b]) => a.touchedMs - b.touchedMs);
    if (longest !== undefined && own.length >= this.#limits.sessions / 2) this.#sessions.delete(longest[0]);
    if (this.#sessions.size >= this.#limits.sessions) {
      throw new HubError(429, "SMDK_HUB_UPLOADS", "too many uploads are begun and not ended");
    }
    const id = this.#random.uuid();
    this.#sessions.set(id, { repository, user, parts: [], size: 0, touchedMs: now });
    return id;
  }

  get(id: string, repository: string, user: string): Session | undefined {
    const session = this.#sessions.get(id);
    return session?.repository === repository && session.user === user ? session : undefined;
  }

  /** The size with the piece. @throws 413 above the limit of one, of one user's, or of all uploads together */
  append(id: string, piece: Uint8Array): number {
    const session = this.#sessions.get(id)!;
    const { packageBytes, uploads } = this.#limits;
    const sum = (sizes: Iterable<[string, Session]>): number =>
      [...sizes].reduce((total, [, { size }]) => total + size, piece.length);
    if (
      session.size + piece.length > packageBytes ||
      sum(this.#of(session.user)) > Math.max(1, uploads / 2) * packageBytes ||
      sum(this.#sessions) > uploads * packageBytes
    ) {
      throw new HubError(413, "SMDK_HUB_TOO_LARGE", "the upload is too large");
    }
    if (piece.length > 0) session.parts.push(piece);
    session.size += piece.length;
    session.touchedMs = this.#clock.monotonicMs();
    return session.size;
  }

  #of(user: string): [string, Session][] {
    return [...this.#sessions].filter(([, session]) => session.user === user);
  }

  /** Forgets the upload and gives what it had. */
  end(id: string): Uint8Array {
    const { parts } = this.#sessions.get(id)!;
    this.#sessions.delete(id);
    return Buffer.concat(parts);
  }
}
