/** Durations for people, as in `1h 30m`. */
import type { Lookback } from "@smdk/protocol";

const SECOND = 1_000_000_000n;
const UNITS: readonly (readonly [RegExp, bigint])[] = [
  [/^(nanos|nsec|ns)$/, 1n],
  [/^(usec|us|µs)$/, 1000n],
  [/^(millis|msec|ms)$/, 1_000_000n],
  [/^(seconds|second|secs|sec|s)$/, SECOND],
  [/^(minutes|minute|mins|min|m)$/, 60n * SECOND],
  [/^(hours|hour|hrs|hr|h)$/, 3600n * SECOND],
  [/^(days|day|d)$/, 86_400n * SECOND],
  [/^(weeks|week|wks|wk|w)$/, 604_800n * SECOND],
  // 30.44 days and 365.25 days
  [/^(months|month|M)$/, 2_630_016n * SECOND],
  [/^(years|year|yrs|yr|y)$/, 31_557_600n * SECOND],
];

/**
 * Reads `30s`, `7days`, `1h 30m`, `1.5h`; months are 30.44 days, years 365.25 days. Null when it is none, is not a
 * whole number of nanoseconds, or has more than 2^64 - 1 seconds.
 */
export function parseDuration(text: string): NonNullable<Lookback["age"]> | null {
  const trimmed = text.trim();
  if (trimmed === "0") return { seconds: 0n, nanos: 0 };
  const part = /\s*(\d[\d\s]*)(?:\.(\d+)\s*)?([a-zA-Zµ]+)\s*/y;
  let total = 0n;
  while (part.lastIndex < trimmed.length || total === 0n) {
    const match = part.exec(trimmed);
    if (match === null) return null;
    const [, whole, fraction = "", unit] = match;
    const nanoseconds = UNITS.find(([name]) => name.test(unit!))?.[1];
    if (nanoseconds === undefined) return null;
    const scale = 10n ** BigInt(fraction.length);
    const amount = (BigInt(whole!.replace(/\s/g, "")) * scale + BigInt(fraction || "0")) * nanoseconds;
    if (amount % scale !== 0n) return null;
    total += amount / scale;
    if (part.lastIndex >= trimmed.length) break;
  }
  const seconds = total / SECOND;
  return seconds < 1n << 64n ? { seconds, nanos: Number(total % SECOND) } : null;
}
