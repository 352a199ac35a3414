/** Readers for the values people type: durations, sizes, `key=value` pairs, names, addresses. */
import { usage } from "./errors.ts";

const nanosPerUnit: Record<string, bigint> = {};
const durationUnits: [string[], bigint][] = [
  [["nsec", "ns"], 1n],
  [["usec", "us", "µs"], 1_000n],
  [["msec", "ms"], 1_000_000n],
  [["seconds", "second", "secs", "sec", "s"], 1_000_000_000n],
  [["minutes", "minute", "mins", "min", "m"], 60_000_000_000n],
  [["hours", "hour", "hrs", "hr", "h"], 3_600_000_000_000n],
  [["days", "day", "d"], 86_400_000_000_000n],
  [["weeks", "week", "wks", "wk", "w"], 604_800_000_000_000n],
  [["months", "month", "M"], 2_630_016_000_000_000n],
  [["years", "year", "yrs", "yr", "y"], 31_557_600_000_000_000n],
];
for (const [names, nanos] of durationUnits) for (const name of names) nanosPerUnit[name] = nanos;

export interface WireDuration {
  seconds: bigint;
  nanos: number;
}

/** `30s`, `1h 30m`, `7days`: whole numbers, each with its unit; a bare number is refused, as upstream does. */
export function parseDuration(text: string, what = "duration"): WireDuration {
  const pattern = /\s*(\d+)\s*([a-zA-Zµ]+)\s*/gy;
  let total = 0n;
  let end = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const unit = nanosPerUnit[match[2]!];
    if (unit === undefined) break;
    total += BigInt(match[1]!) * unit;
    end = pattern.lastIndex;
  }
  if (end === 0 || end !== text.length) {
    throw usage(
      `invalid ${what} "${text}"`,
      "write a number and a unit, such as 500ms, 30s, 1h 30m or 7days",
    );
  }
  return { seconds: total / 1_000_000_000n, nanos: Number(total % 1_000_000_000n) };
}

/** A duration in milliseconds. */
export function parseMillis(text: string, what = "duration"): number {
  const { seconds, nanos } = parseDuration(text, what);
  return Number(seconds) * 1000 + nanos / 1e6;
}

const sizeFactors: Record<string, bigint> = {
  "": 1n,
  b: 1n,
  k: 1000n,
  kb: 1000n,
  m: 1000n ** 2n,
  mb: 1000n ** 2n,
  g: 1000n ** 3n,
  gb: 1000n ** 3n,
  t: 1000n ** 4n,
  tb: 1000n ** 4n,
  ki: 1024n,
  kib: 1024n,
  mi: 1024n ** 2n,
  mib: 1024n ** 2n,
  gi: 1024n ** 3n,
  gib: 1024n ** 3n,
  ti: 1024n ** 4n,
  tib: 1024n ** 4n,
};

/** `2048`, `10MB` (decimal), `16kib` (binary). */
export function parseBytes(text: string, what = "size"): bigint {
  const match = /^\s*(\d+)(?:\.(\d{1,6}))?\s*([a-zA-Z]*)\s*$/.exec(text);
  const factor = match ? sizeFactors[match[3]!.toLowerCase()] : undefined;
  if (!match || factor === undefined) {
    throw usage(`invalid ${what} "${text}"`, "write bytes or a size such as 10MB, 512KiB or 1GB");
  }
  const fraction = match[2] ?? "";
  return (
    BigInt(match[1]!) * factor +
    (fraction ? (BigInt(fraction) * factor) / 10n ** BigInt(fraction.length) : 0n)
  );
}

/** `-e key=value` pairs; the first `=` splits. A repeated key keeps its last value. */
export function parseParams(pairs: readonly string[] | undefined): Map<string, string> {
  const params = new Map<string, string>();
  for (const pair of pairs ?? []) {
    const at = pair.indexOf("=");
    if (at < 0) throw usage(`invalid KEY=value: no \`=\` found in \`${pair}\``, "write -e key=value");
    params.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return params;
}

/** A name of a topic or SmartModule: 1 to 63 of a-z, 0-9 and '-', with no '-' at the ends. */
export function nameProblem(name: string): string | undefined {
  if (name.length > 63) return "Name exceeds max characters allowed 63";
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)) {
    return "Contain only lowercase alphanumeric characters or '-'";
  }
  return undefined;
}

/** `host:port` split; the port must be 1 to 65535 (0 too where `anyPort`). */
export function parseAddress(text: string, anyPort = false): { host: string; port: number } {
  const at = text.lastIndexOf(":");
  const port = Number(text.slice(at + 1));
  if (at <= 0 || !/^\d{1,5}$/.test(text.slice(at + 1)) || port > 65535 || (port === 0 && !anyPort)) {
    throw usage(`invalid address "${text}"`, "write host:port, for example localhost:9003");
  }
  return { host: text.slice(0, at), port };
}
