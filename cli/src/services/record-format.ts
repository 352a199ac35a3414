/** How `consume` and `test` show records: Fluvio's output types and templates. */
import { usage } from "../errors.ts";
import { toJson } from "../output.ts";

/** What a formatter needs to know of a record. */
export interface ShownRecord {
  key: Uint8Array | null;
  value: Uint8Array;
  offset: bigint;
  partition: number;
  /** Milliseconds since 1970; negative when unknown. */
  timestamp: number;
}

/** Text for a record, without a newline at its end; null when the record is not shown. */
export type RecordFormatter = (record: ShownRecord) => string | null;

export const recordOutputs = ["dynamic", "text", "binary", "json", "raw", "table", "full-table"] as const;
export type RecordOutput = (typeof recordOutputs)[number];

export interface FormatOptions {
  output: RecordOutput;
  /** Template with key, value, offset, partition and time; wins over `output`. */
  template?: string | undefined;
  keyValue: boolean;
  suppressUnknown: boolean;
  /** Cut every line to this many characters. */
  width?: number | undefined;
  /** Columns of `table`; those of the first record when undefined. */
  columns?: readonly TableColumn[] | undefined;
}

export interface TableColumn {
  label: string;
  /** Member of the JSON object, with dots between nested ones. */
  keyPath: string;
}

const decoder = new TextDecoder();

export async function recordFormatter(options: FormatOptions): Promise<RecordFormatter> {
  if (options.template !== undefined) return await templateFormatter(options.template, options);
  const value = valueFormatter(options);
  return (record) => finish(value(record.value), record, options);
}

function finish(text: string | null, record: ShownRecord, { keyValue, width }: FormatOptions): string | null {
  if (text === null) return null;
  if (keyValue) return `[${keyText(record.key)}] ${text}`;
  return width === undefined ? text : [...text].slice(0, width).join("");
}

function valueFormatter({
  output,
  suppressUnknown,
  columns,
}: FormatOptions): (value: Uint8Array) => string | null {
  switch (output) {
    case "json":
      return (value) => jsonText(value, suppressUnknown);
    case "text":
      return (value) =>
        isBinary(value) && !suppressUnknown ? `binary: (${value.length} bytes)` : decoder.decode(value);
    case "binary":
      return hexDump;
    case "raw":
      return (value) => decoder.decode(value);
    case "table":
    case "full-table":
      return tableFormatter(columns);
    default:
      return (value) => (isBinary(value) ? hexDump(value) : decoder.decode(value));
  }
}

/** `null` for a record without key. */
export function keyText(key: Uint8Array | null): string {
  return key === null ? "null" : decoder.decode(key);
}

/** RFC 3339 with milliseconds, or `NA`. */
export function timeText(timestamp: number): string {
  return timestamp < 0 || timestamp > 8_640_000_000_000_000 ? "NA" : new Date(timestamp).toISOString();
}

/**
 * Whether bytes look like no text, by the rules of Fluvio's tools: a zero byte among the first 1024, or the mark
 * of a PDF or PNG; a byte order mark makes anything text.
 */
export function isBinary(value: Uint8Array): boolean {
  const head = Buffer.from(value.buffer, value.byteOffset, Math.min(value.length, 1024));
  const starts = (...bytes: number[]): boolean => bytes.every((byte, i) => head[i] === byte);
  if (starts(0xef, 0xbb, 0xbf) || starts(0xff, 0xfe) || starts(0xfe, 0xff)) return false;
  if (starts(0x00, 0x00, 0xfe, 0xff)) return false;
  return head.includes(0) || starts(0x25, 0x50, 0x44, 0x46) || starts(0x89, 0x50, 0x4e, 0x47);
}

/** Rows of 16 bytes with their text, and a line of dashes below. */
export function hexDump(value: Uint8Array): string {
  const rows: string[] = [];
  for (let at = 0; at < value.length; at += 16) {
    const bytes = [...value.subarray(at, at + 16)];
    const hex = bytes
      .map((byte, i) => `${i === 8 ? " " : ""}${byte.toString(16).padStart(2, "0")}`)
      .join(" ");
    const text = bytes.map((byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : byte === 10 ? "." : " ",
    );
    rows.push(`${at.toString(16).padStart(8, "0")}  ${hex.padEnd(48)}  |${text.join("").padEnd(16)}|`);
  }
  return [...rows, `${"-".repeat(78)}\n`].join("\n");
}

function jsonText(value: Uint8Array, suppressUnknown: boolean): string | null {
  const text = decoder.decode(value);
  try {
    JSON.parse(text);
    return prettyJson(text);
  } catch (error) {
    return suppressUnknown ? null : toJson({ error: jsonProblem(text, error) });
  }
}

/**
 * Valid JSON text, two blanks deep. Works on the text, so that numbers keep every digit they were written with and
 * members their order.
 */
export function prettyJson(text: string): string {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[^\s"{}[\],:]+|[{}[\],:]/gs) ?? [];
  let out = "";
  let depth = 0;
  const line = (): string => `\n${"  ".repeat(depth)}`;
  for (const [i, token] of tokens.entries()) {
    const previous = tokens[i - 1];
    if (token === "}" || token === "]") {
      depth--;
      out += previous === "{" || previous === "[" ? token : line() + token;
    } else {
      if (previous === "{" || previous === "[" || previous === ",") out += line();
      out += token === ":" ? ": " : token;
      if (token === "{" || token === "[") depth++;
    }
  }
  return out;
}

/** The words of Fluvio's own parser for the usual case: the value is no JSON at all. */
function jsonProblem(text: string, error: unknown): string {
  if (text.trim() === "") return "EOF while parsing a value at line 1 column 0";
  if (!/^\s*["{[\-0-9tfn]/.test(text)) return "expected value at line 1 column 1";
  return (error as Error).message;
}

function tableFormatter(wanted: readonly TableColumn[] | undefined): (value: Uint8Array) => string | null {
  let columns = wanted;
  let widths: number[] | undefined;
  const row = (cells: readonly string[]): string =>
    ` ${cells.map((cell, i) => cell.padEnd(widths?.[i] ?? 0)).join("  ")}`;
  return (value) => {
    const text = decoder.decode(value);
    let object: unknown;
    try {
      object = JSON.parse(text);
    } catch (error) {
      return `error parsing record as json: ${jsonProblem(text, error)}`;
    }
    if (!isObject(object)) return "error: Unable to parse json as object map";
    columns ??= Object.keys(object).map((name) => ({ label: name, keyPath: name }));
    const labels = columns.map(({ label }) => label);
    const cells = columns.map(({ keyPath }) => cellText(member(object, keyPath)));
    if (widths !== undefined) return row(cells);
    widths = labels.map((label, i) => Math.max(label.length, cells[i]!.length));
    return `${row(labels)}\n${row(cells)}`;
  };
}

function member(object: Record<string, unknown>, keyPath: string): unknown {
  if (Object.hasOwn(object, keyPath)) return object[keyPath];
  let value: unknown = object;
  for (const part of keyPath.split("."))
    value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  return value;
}

function cellText(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function templateFormatter(template: string, options: FormatOptions): Promise<RecordFormatter> {
  const { default: Handlebars } = await import("handlebars");
  const render = Handlebars.create().compile(template, { noEscape: true });
  try {
    render({});
  } catch (error) {
    throw usage(
      `Template error: ${(error as Error).message}`,
      "-F '{{offset}} {{key}} {{value}} {{partition}} {{time}}'",
    );
  }
  return (record) => {
    const text = render({
      key: keyText(record.key),
      value: decoder.decode(record.value),
      offset: record.offset.toString(),
      partition: record.partition,
      time: timeText(record.timestamp),
    });
    return finish(text, record, options);
  };
}
