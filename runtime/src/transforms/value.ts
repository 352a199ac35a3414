/** YAML scalars as upstream classifies them, and nested values as the compact JSON that parameters carry. */
import { isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";

/** A scalar with the words upstream has for it in complaints. */
export type Plain = { described: string } & (
  | { type: "string"; value: string }
  | { type: "integer"; value: bigint }
  | { type: "float"; value: number }
  | { type: "boolean"; value: boolean }
  | { type: "null" }
  | { type: "map" | "sequence" }
);

const U64 = 1n << 64n;
const I64_MIN = -(1n << 63n);
const MAX_DEPTH = 128;
const MAX_VALUES = 100_000;

/** The text of a scalar as written (quotes resolved). */
export function plainText(node: Scalar): string {
  return node.source ?? String(node.value ?? "");
}

/** Classifies a node. Quoted scalars and those tagged as text are always strings. */
export function plainScalar(node: Node | null, json: boolean): Plain {
  if (isMap(node)) return { type: "map", described: "map" };
  if (isSeq(node)) return { type: "sequence", described: "sequence" };
  if (!isScalar(node)) return { type: "null", described: json ? "null" : "unit value" };
  const text = plainText(node);
  const quoted = node.type !== undefined && node.type !== "PLAIN";
  if (quoted || node.tag === "tag:yaml.org,2002:str") return textScalar(text);
  if (/^(null|Null|NULL|~|)$/.test(text)) return { type: "null", described: json ? "null" : "unit value" };
  if (/^(true|True|TRUE|false|False|FALSE)$/.test(text)) {
    const value = text.toLowerCase() === "true";
    return { type: "boolean", value, described: `boolean \`${value}\`` };
  }
  const integer = /^([+-]?)(0|[1-9]\d*|0x[\da-fA-F]+|0o[0-7]+|0b[01]+)$/.exec(text);
  if (integer !== null) {
    const value = integer[1] === "-" ? -BigInt(integer[2]!) : BigInt(integer[2]!);
    // JSON has no negative zero among its integers; it becomes a float there.
    if (!(json && text === "-0")) return { type: "integer", value, described: `integer \`${value}\`` };
  }
  const float = floatValue(text);
  if (float !== null)
    return { type: "float", value: float, described: `floating point \`${floatText(float)}\`` };
  return textScalar(text);
}

function textScalar(value: string): Plain {
  return { type: "string", value, described: `string ${JSON.stringify(value)}` };
}

function floatValue(text: string): number | null {
  if (/^[+-]?\.(inf|Inf|INF)$/.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^\.(nan|NaN|NAN)$/.test(text)) return Number.NaN;
  if (/^[+-]?0\d/.test(text)) return null;
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : null;
}

/** Shortest text of a float with upstream's layout: always a fraction or an exponent. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "inf" : "-inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const [mantissa, exponentText] = Math.abs(value).toExponential().split("e") as [string, string];
  const digits = mantissa.replace(".", "");
  // Position of the decimal point relative to the first digit.
  const point = Number(exponentText) + 1;
  if (value === 0) return `${sign}0.0`;
  if (point > 16 || point <= -5) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    return `${sign}${digits[0]}${fraction}e${point - 1}`;
  }
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${"0".repeat(point - digits.length)}.0`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Compact JSON of a node; keys in the order of their UTF-8 bytes, of equal keys the last. Throws for bad values. */
export function compactJson(
  node: Node | null,
  resolve: (node: Node | null) => Node | null,
  json: boolean,
): string {
  return writeJson(node, { resolve, json, left: MAX_VALUES }, 0);
}

interface JsonContext {
  resolve: (node: Node | null) => Node | null;
  json: boolean;
  /** Values still allowed: aliases can make a small file endless. */
  left: number;
}

function writeJson(node: Node | null, context: JsonContext, depth: number): string {
  const { resolve, json } = context;
  if (depth > MAX_DEPTH || context.left-- <= 0) throw new Error("recursion limit exceeded");
  const inner = (value: unknown): string => writeJson(resolve(value as Node | null), context, depth + 1);
  if (isSeq(node)) return `[${node.items.map(inner).join(",")}]`;
  if (isMap(node)) {
    const entries = new Map<string, string>();
    for (const { key, value } of node.items) {
      const name = resolve(key as Node | null);
      if (!isScalar(name)) throw new Error("invalid type: map or sequence, expected a string key");
      entries.set(plainText(name), inner(value));
    }
    const sorted = [...entries].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`;
  }
  const plain = plainScalar(node, json);
  switch (plain.type) {
    case "string":
      return JSON.stringify(plain.value);
    case "integer":
      if (plain.value >= I64_MIN && plain.value < U64) return String(plain.value);
      if (json) return floatText(Number(plain.value));
      throw new Error("JSON number out of range");
    case "float":
      if (Number.isFinite(plain.value)) return floatText(plain.value);
      if (json) throw new Error("number out of range");
      return "null";
    case "boolean":
      return String(plain.value);
    default:
      return "null";
  }
}
