// Durations as text, the way Fluvio's files have them: `1h 30m`, `10s 500ms`.

export interface Duration {
  readonly seconds: bigint;
  /** 0 … 999,999,999. */
  readonly nanos: number;
}

const NANOS_PER_SECOND = 1_000_000_000n;
/** Largest first; a month and a year have their average lengths. */
const UNITS: readonly (readonly [bigint, readonly string[]])[] = [
  [31_557_600n * NANOS_PER_SECOND, ["y", "years", "year"]],
  [2_630_016n * NANOS_PER_SECOND, ["months", "month", "M"]],
  [604_800n * NANOS_PER_SECOND, ["w", "weeks", "week"]],
  [86_400n * NANOS_PER_SECOND, ["d", "days", "day"]],
  [3_600n * NANOS_PER_SECOND, ["h", "hours", "hour", "hr"]],
  [60n * NANOS_PER_SECOND, ["m", "minutes", "minute", "min"]],
  [NANOS_PER_SECOND, ["s", "seconds", "second", "sec"]],
  [1_000_000n, ["ms", "msec", "millis"]],
  [1_000n, ["us", "usec"]],
  [1n, ["ns", "nsec", "nanos"]],
];
/** Units used for writing: those that everybody reads the same way. */
const WRITTEN = new Set(["d", "h", "m", "s", "ms", "us", "ns"]);

/** `{ 5400 s }` → `1h 30m`. */
export function formatDuration(duration: Duration): string {
  let rest = duration.seconds * NANOS_PER_SECOND + BigInt(duration.nanos);
  const parts: string[] = [];
  for (const [length, [unit = ""]] of UNITS) {
    if (!WRITTEN.has(unit) || rest < length) continue;
    parts.push(`${rest / length}${unit}`);
    rest %= length;
  }
  return parts.length === 0 ? "0s" : parts.join(" ");
}

/** The duration in a text, or null if it is none or longer than 2^64 seconds. */
export function parseDuration(text: string): Duration | null {
  if (text.length > 200 || !/^\s*(\d{1,20}\s*[a-zA-Z]+\s*)+$/.test(text)) return null;
  let total = 0n;
  for (const [, digits, name] of text.matchAll(/(\d+)\s*([a-zA-Z]+)/g)) {
    const unit = UNITS.find(([, names]) => names.includes(name!));
    if (unit === undefined) return null;
    total += BigInt(digits!) * unit[0];
  }
  const seconds = total / NANOS_PER_SECOND;
  if (seconds >= 1n << 64n) return null;
  return { seconds, nanos: Number(total % NANOS_PER_SECOND) };
}
