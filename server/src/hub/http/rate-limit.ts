/** A bucket of requests per sender that fills up again with time. */
import type { Clock } from "../../env/index.ts";
import type { HubLimits } from "../limits.ts";

const MAX_SENDERS = 10_000;

export class RateLimit {
  readonly #clock: Clock;
  readonly #perMs: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, { left: number; atMs: number }>();

  constructor(clock: Clock, { requestsPerSecond, requestBurst }: HubLimits) {
    this.#clock = clock;
    this.#perMs = requestsPerSecond / 1000;
    this.#burst = requestBurst;
  }

  /** Takes one request of the sender; when there is none left, the seconds until there is. */
  take(address: string): number | undefined {
    const sender = networkOf(address);
    const now = this.#clock.monotonicMs();
    const known = this.#buckets.get(sender);
    const left = Math.min(
      this.#burst,
      (known?.left ?? this.#burst) + (known ? (now - known.atMs) * this.#perMs : 0),
    );
    this.#buckets.delete(sender);
    this.#buckets.set(sender, { left: left < 1 ? left : left - 1, atMs: now });
    if (this.#buckets.size > MAX_SENDERS) {
      // The one that was quiet longest has filled up again by now, or nearly so.
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    return left < 1 ? Math.ceil((1 - left) / this.#perMs / 1000) : undefined;
  }
}

/** Of IPv6 the first half: whoever has one address has all of those behind it. */
function networkOf(address: string): string {
  if (!address.includes(":") || address.startsWith("::ffff:")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head.split(":");
  if (tail !== undefined) {
    const rest = tail === "" ? [] : tail.split(":");
    while (groups.length + rest.length < 8) groups.push("0");
    groups.push(...rest);
  }
  return groups.slice(0, 4).join(":");
}
