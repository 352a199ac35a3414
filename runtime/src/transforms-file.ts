/**
 * `transforms.yaml`, and the same steps as one-line JSON: which SmartModules form a chain, with which parameters
 * and lookback. Values are read as upstream reads them; complaints name the key and the place.
 */
import type { Lookback } from "@smdk/protocol";
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
  type YAMLMap,
} from "yaml";
import { parseDuration } from "./transforms/duration.ts";
import { compactJson, type Plain, plainScalar, plainText } from "./transforms/value.ts";

/** One step of a chain. */
export interface TransformStep {
  /** Name of the SmartModule: `group/name@version`, or a plain name. */
  uses: string;
  /** Parameters for `init`. Maps and lists of the file are compact JSON with sorted keys. */
  with: Map<string, string>;
  /** Null when the step has none; `last` is 0 when only an age is given. */
  lookback: Lookback | null;
}

export interface SourceLocation {
  file: string;
  line: number;
  column: number;
}

/** The file or line is not a list of transforms. */
export class TransformsError extends Error {
  override readonly name = "TransformsError";
  readonly code = "SMDK_TRANSFORMS_INVALID";
  readonly location: SourceLocation | undefined;
  readonly hint: string | undefined;

  constructor(message: string, location?: SourceLocation, hint?: string) {
    super(message);
    this.location = location;
    this.hint = hint;
  }
}

/** Reads the text of a `transforms.yaml`. Unknown keys are ignored. Throws TransformsError. */
export function parseTransforms(text: string, file = "transforms.yaml"): TransformStep[] {
  const source = new Source(text, file, false);
  const root = source.root();
  if (root === null) throw source.fault("missing field `transforms`", null);
  if (!isMap(root)) throw source.wrongType("", root, "struct TransformationConfig");
  const list = source.field(root, "transforms", "");
  if (list === undefined) throw source.fault("missing field `transforms`", root);
  if (list === null || (isScalar(list) && source.plain(list).type === "null")) return [];
  if (!isSeq(list)) throw source.wrongType("transforms", list, "a sequence");
  return list.items.map((item, index) => readStep(source, item as Node, `transforms[${index}]`));
}

/** Reads one step given as JSON (`--transforms-line`). Throws TransformsError. */
export function parseTransformLine(text: string, file = "transforms-line"): TransformStep {
  try {
    JSON.parse(text);
  } catch (error) {
    throw new TransformsError(
      `not a JSON object: ${error instanceof Error ? error.message : String(error)}`,
      { file, line: 1, column: 1 },
      'A step looks like {"uses":"group/name@0.1.0","with":{"key":"value"}}.',
    );
  }
  const source = new Source(text, file, true);
  return readStep(source, source.root(), "");
}

function readStep(source: Source, given: Node | null, path: string): TransformStep {
  const node = source.resolve(given);
  if (!isMap(node)) throw source.wrongType(path, node, "struct TransformationStep");
  const uses = source.field(node, "uses", path);
  if (uses === undefined) throw source.fault(prefixed(path, "missing field `uses`"), node);
  return {
    uses: source.string(uses, join(path, "uses")),
    with: readParams(source, source.field(node, "with", path), join(path, "with")),
    lookback: readLookback(source, source.field(node, "lookback", path), join(path, "lookback")),
  };
}

function readParams(source: Source, node: Node | null | undefined, path: string): Map<string, string> {
  const params = new Map<string, string>();
  if (node === undefined) return params;
  if (!source.json && source.isNull(node)) return params;
  if (!isMap(node)) throw source.wrongType(path, node, "a map");
  for (const { key, value } of node.items) {
    const name = source.key(key);
    params.set(name, readParam(source, source.resolve(value as Node | null), join(path, name), key as Node));
  }
  return params;
}

function readParam(source: Source, node: Node | null, path: string, at: Node): string {
  if (isMap(node) || isSeq(node)) {
    try {
      return compactJson(node, (inner) => source.resolve(inner), source.json);
    } catch (error) {
      throw source.fault(prefixed(path, error instanceof Error ? error.message : String(error)), node);
    }
  }
  const plain = source.plain(node);
  if (plain.type === "string") return plain.value;
  throw source.wrongType(path, node ?? at, "str, string, sequence or map", plain);
}

function readLookback(source: Source, node: Node | null | undefined, path: string): Lookback | null {
  if (node === undefined || source.isNull(node)) return null;
  if (!isMap(node)) throw source.wrongType(path, node, "struct Lookback");
  const last = source.field(node, "last", path);
  const age = source.field(node, "age", path);
  return {
    last: last === undefined ? 0n : readLast(source, last, join(path, "last")),
    age: age === undefined || source.isNull(age) ? null : readAge(source, age, join(path, "age")),
  };
}

function readLast(source: Source, node: Node | null, path: string): bigint {
  const plain = source.plain(node);
  if (plain.type === "integer" && plain.value >= 0n && plain.value < 1n << 64n) return plain.value;
  throw source.wrongType(path, node, "u64", plain);
}

function readAge(source: Source, node: Node | null, path: string): Lookback["age"] {
  const text = source.string(node, path);
  const age = parseDuration(text);
  if (age === null) {
    throw source.fault(
      prefixed(path, `invalid value: string ${JSON.stringify(text)}, expected a duration`),
      node,
      "A duration is a number with a unit: 30s, 5m, 1h 30m, 7days, 2weeks.",
    );
  }
  return age;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function prefixed(path: string, message: string): string {
  return path === "" ? message : `${path}: ${message}`;
}

/** What each alias stands for: the last node before it with that anchor. */
function aliasTargets(document: Document.Parsed): Map<Node, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor !== undefined) {
        anchors.set(node.anchor, node);
      }
    },
  });
  return targets;
}

/** A parsed text, with what is needed to point into it. */
class Source {
  readonly json: boolean;
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed | null;
  #targets: ReadonlyMap<Node, Node> = new Map();

  constructor(text: string, file: string, json: boolean) {
    this.json = json;
    this.#file = file;
    const parsed = parseAllDocuments(text, {
      lineCounter: this.#lines,
      uniqueKeys: false,
      keepSourceTokens: false,
      logLevel: "silent",
      prettyErrors: false,
    });
    const documents = Array.isArray(parsed) ? parsed : [];
    this.#document = (documents[0] as Document.Parsed | undefined) ?? null;
    const fault = documents.flatMap((document) => document.errors)[0];
    if (fault !== undefined) {
      throw new TransformsError(fault.message, this.#location(fault.pos[0]));
    }
    if (this.#document !== null) this.#targets = aliasTargets(this.#document);
    if (documents.length > 1) {
      throw new TransformsError("deserializing from YAML containing more than one document is not supported");
    }
  }

  root(): Node | null {
    return this.#document === null ? null : this.resolve(this.#document.contents as Node | null);
  }

  /** Follows an alias. */
  resolve(node: Node | null | undefined): Node | null {
    if (!isAlias(node)) return node ?? null;
    return this.#targets.get(node) ?? null;
  }

  /** The value of a key: undefined when it is missing. The same key twice is a fault. */
  field(map: YAMLMap, name: string, path: string): Node | null | undefined {
    const found = map.items.filter((item) => this.key(item.key) === name);
    if (found.length > 1) throw this.fault(prefixed(path, `duplicate field \`${name}\``), map);
    return found[0] === undefined ? undefined : this.resolve(found[0].value as Node | null);
  }

  key(node: unknown): string {
    const resolved = this.resolve(node as Node | null);
    return isScalar(resolved) ? plainText(resolved) : "";
  }

  plain(node: Node | null): Plain {
    return plainScalar(node, this.json);
  }

  isNull(node: Node | null): boolean {
    return node === null || (isScalar(node) && this.plain(node).type === "null");
  }

  /** A text; in YAML every plain scalar is one. */
  string(node: Node | null, path: string): string {
    const plain = this.plain(node);
    if (plain.type === "string") return plain.value;
    if (this.json || (node !== null && !isScalar(node))) throw this.wrongType(path, node, "a string", plain);
    return isScalar(node) ? plainText(node) : "";
  }

  wrongType(path: string, node: Node | null, expected: string, plain = this.plain(node)): TransformsError {
    const hint =
      plain.type === "integer" || plain.type === "float" || plain.type === "boolean"
        ? "Put the value in quotes to pass it as text."
        : undefined;
    return this.fault(prefixed(path, `invalid type: ${plain.described}, expected ${expected}`), node, hint);
  }

  fault(message: string, node: Node | null, hint?: string): TransformsError {
    const start = node?.range?.[0];
    return new TransformsError(message, start === undefined ? undefined : this.#location(start), hint);
  }

  #location(offset: number): SourceLocation {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}
