/** Text for people and for programs: colours, tables, JSON, YAML and TOML. */
import pc from "picocolors";

export type Palette = ReturnType<typeof pc.createColors>;

/** Colours for one stream: only on a terminal, and never when NO_COLOR is set. */
export function paletteFor(stream: NodeJS.WriteStream): Palette {
  const wanted = stream.isTTY === true && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
  return pc.createColors(wanted);
}

export const listFormats = ["table", "yaml", "json", "toml"] as const;
export type ListFormat = (typeof listFormats)[number];

/** JSON text, two blanks deep; one line if `indent` is 0. 64-bit integers come out as numbers while they are exact, as strings beyond. */
export function toJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, jsonReplacer, indent);
}

function jsonReplacer(this: Record<string, unknown>, key: string, value: unknown): unknown {
  // Buffers have a toJSON of their own, which has run by now.
  const raw = this[key];
  if (raw instanceof Uint8Array) return Buffer.from(raw).toString("base64");
  if (typeof value === "bigint") {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
      ? Number(value)
      : value.toString();
  }
  if (value instanceof Map) return Object.fromEntries(value);
  return value;
}

/** The value as one of the machine formats of `--output`. */
export async function render(value: unknown, format: Exclude<ListFormat, "table">): Promise<string> {
  if (format === "json") return toJson(value);
  const plain = withoutNulls(JSON.parse(toJson(value)));
  if (format === "yaml") return (await import("yaml")).stringify(plain).trimEnd();
  const { stringify } = await import("smol-toml");
  // TOML has no top-level arrays.
  return stringify(Array.isArray(plain) ? { items: plain } : (plain as Record<string, unknown>)).trimEnd();
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

/** A borderless table in Fluvio's form: two leading blanks, columns two blanks apart, a blank at the end. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headers.map((header, i) =>
    Math.max(header.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  return [headers, ...rows]
    .map((row) => `  ${widths.map((width, i) => (row[i] ?? "").padEnd(width)).join("  ")} `)
    .join("\n");
}

/** `1.5 KB`, as Fluvio prints sizes: powers of 1000. */
export function humanBytes(bytes: number | bigint): string {
  let size = Number(bytes);
  if (size < 1000) return `${size} B`;
  for (const unit of ["KB", "MB", "GB", "TB"]) {
    size /= 1000;
    if (size < 1000 || unit === "TB") return `${size.toFixed(1)} ${unit}`;
  }
  return `${bytes} B`;
}

/** `850 ms`, `1.2 s`, `3 m 05 s`. */
export function humanMillis(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, "0")} s`;
}

/** `7days 2h` style text for a whole number of seconds, as Fluvio prints retention times. */
export function humanSeconds(total: number | bigint): string {
  let rest = BigInt(total);
  if (rest === 0n) return "0s";
  const parts: string[] = [];
  const units: [string, string, bigint][] = [
    ["year", "years", 31_557_600n],
    ["month", "months", 2_630_016n],
    ["day", "days", 86_400n],
    ["h", "h", 3600n],
    ["m", "m", 60n],
    ["s", "s", 1n],
  ];
  for (const [one, many, seconds] of units) {
    const count = rest / seconds;
    if (count === 0n) continue;
    parts.push(`${count}${count === 1n ? one : many}`);
    rest %= seconds;
  }
  return parts.join(" ");
}
