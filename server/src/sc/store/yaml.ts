// YAML as serde writes it: enum variants that carry data are tagged values (`!computed {...}`). This file turns
// text into plain values plus `Tagged`, and back; what the values mean is decided in the kinds.
import {
  Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  Pair,
  parseDocument,
  Scalar,
  YAMLMap,
  YAMLSeq,
} from "yaml";

/** A value with a YAML tag in front of it. `tag` is without the exclamation mark. */
export class Tagged {
  readonly tag: string;
  readonly value: YamlValue;

  constructor(tag: string, value: YamlValue) {
    this.tag = tag;
    this.value = value;
  }
}

/** What a document consists of. When read, integers are bigint and map
 * keys are text; numbers of either kind are written. */
export type YamlValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Tagged
  | readonly YamlValue[]
  | ReadonlyMap<string | number, YamlValue>;

/** Deeper nesting than any metadata object has. */
const MAX_DEPTH = 40;

/** Renders a value as a YAML document. */
export function stringifyYaml(value: YamlValue): string {
  const document = new Document();
  document.contents = toNode(value);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/**
 * Reads one YAML document.
 * @throws Error with line and column if the text is not YAML, or uses aliases or keys that are not text.
 */
export function parseYaml(text: string): YamlValue {
  const document = parseDocument(text, { intAsBigInt: true, logLevel: "silent", prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) throw new Error(error.message.split("\n")[0]);
  return fromNode(document.contents, 0);
}

function toNode(value: YamlValue): Node {
  if (value instanceof Tagged) {
    const node = toNode(value.value);
    node.tag = `!${value.tag}`;
    return node;
  }
  if (Array.isArray(value)) {
    const node = new YAMLSeq();
    for (const item of value) node.items.push(toNode(item));
    return node;
  }
  if (value instanceof Map) {
    const node = new YAMLMap();
    for (const [key, item] of value) node.items.push(new Pair(new Scalar(key), toNode(item)));
    return node;
  }
  return new Scalar(value);
}

function fromNode(node: unknown, depth: number): YamlValue {
  if (depth > MAX_DEPTH) throw new Error("nested too deeply");
  if (node === null || node === undefined) return null;
  if (!isNode(node) || isAlias(node)) throw new Error("aliases are not supported");
  const value = fromContent(node, depth);
  const tag = node.tag;
  return tag?.startsWith("!") ? new Tagged(tag.slice(1), value) : value;
}

function fromContent(node: Node, depth: number): YamlValue {
  if (isSeq(node)) return node.items.map((item) => fromNode(item, depth + 1));
  if (isMap(node)) {
    const map = new Map<string, YamlValue>();
    for (const pair of node.items) map.set(keyText(pair.key), fromNode(pair.value, depth + 1));
    return map;
  }
  if (isScalar(node)) return scalarValue(node.value);
  throw new Error("unexpected YAML node");
}

function keyText(key: unknown): string {
  if (!isScalar(key) || key.value === null) throw new Error("a key is not text");
  return String(key.value);
}

function scalarValue(value: unknown): YamlValue {
  switch (typeof value) {
    case "boolean":
    case "number":
    case "bigint":
    case "string":
      return value;
    default:
      if (value === null) return null;
      throw new Error("unexpected YAML scalar");
  }
}
