/** Declarations as tables of names, types and versions: the source of the generated reference. */
import type { Codec, FieldShape, Shape } from "./codec/index.ts";
import type { Api } from "./frame.ts";

/** One row: a field of a struct, or a variant with its tag. */
export interface DescriptionRow {
  name: string;
  type: string;
  /** `all`, `14+`, `up to 18`, `11 to 18`; tags for variants. */
  versions: string;
}

/** A named declaration. */
export interface Description {
  name: string;
  kind: "struct" | "enum" | "union" | "envelope";
  /** Type of the tag in front of an enum or union. */
  tag: string | null;
  rows: DescriptionRow[];
}

function versionsOf({ min, max }: FieldShape): string {
  if (min <= 0) return max === Number.POSITIVE_INFINITY ? "all" : `up to ${max}`;
  if (max === Number.POSITIVE_INFINITY) return `${min}+`;
  return min === max ? `${min} only` : `${min} to ${max}`;
}

/** A codec in a few words, as `list<option<string>>`; named declarations by name. */
export function typeText(codec: Codec<unknown>): string {
  const { shape } = codec;
  switch (shape.type) {
    case "number":
    case "bigint":
      return shape.number;
    case "bool":
    case "duration":
      return shape.type;
    case "string":
      return shape.format ?? "string";
    case "bytes":
      return shape.prefix === "varint" ? "bytes (varint length)" : "bytes";
    case "option":
      return `option<${typeText(shape.item)}>`;
    case "list":
      return `list<${typeText(shape.item)}>`;
    case "map":
      return `map<${typeText(shape.key)}, ${typeText(shape.value)}>`;
    default:
      return shape.name;
  }
}

function fieldsText(fields: readonly FieldShape[]): string {
  return fields
    .map((field) => {
      const versions = versionsOf(field);
      return `${field.name}: ${typeText(field.codec)}${versions === "all" ? "" : ` (${versions})`}`;
    })
    .join(", ");
}

/** The table of a named declaration; null for what has no name (numbers, lists, …). */
export function describe(codec: Codec<unknown>): Description | null {
  const { shape } = codec;
  switch (shape.type) {
    case "struct":
      return {
        name: shape.name,
        kind: "struct",
        tag: null,
        rows: shape.fields.map((field) => ({
          name: field.name,
          type: typeText(field.codec),
          versions: versionsOf(field),
        })),
      };
    case "enum":
      return {
        name: shape.name,
        kind: "enum",
        tag: shape.tag,
        rows: [...shape.variants].map(([name, tag]) => ({ name, type: "", versions: String(tag) })),
      };
    case "union":
      return {
        name: shape.name,
        kind: "union",
        tag: shape.tag,
        rows: shape.variants.map(({ name, tag, fields, value }) => ({
          name,
          type: value === undefined ? fieldsText(fields ?? []) : `value: ${typeText(value)}`,
          versions: String(tag),
        })),
      };
    case "envelope":
      return {
        name: shape.name,
        kind: "envelope",
        tag: "string",
        rows: [...shape.contents].map(([name, content]) => ({
          name,
          type: typeText(content),
          versions: JSON.stringify(name),
        })),
      };
    default:
      return null;
  }
}

/** The codecs directly inside a shape. */
function inner(shape: Shape): readonly Codec<unknown>[] {
  switch (shape.type) {
    case "option":
    case "list":
      return [shape.item];
    case "map":
      return [shape.key, shape.value];
    case "struct":
      return shape.fields.map((field) => field.codec);
    case "union":
      return shape.variants.flatMap(({ fields, value }) =>
        value === undefined ? (fields ?? []).map((field) => field.codec) : [value],
      );
    case "envelope":
      return [...shape.contents.values()];
    default:
      return [];
  }
}

/**
 * Every named declaration that can be reached from `roots`, roots included, in order of name.
 * Throws TypeError where two different declarations share a name.
 */
export function describeAll(roots: Iterable<Codec<unknown>>): Description[] {
  const found = new Map<string, Description>();
  const seen = new Set<Codec<unknown>>();
  const queue = [...roots];
  for (let codec = queue.pop(); codec !== undefined; codec = queue.pop()) {
    if (seen.has(codec)) continue;
    seen.add(codec);
    const description = describe(codec);
    if (description !== null) {
      const other = found.get(description.name);
      if (other !== undefined && JSON.stringify(other) !== JSON.stringify(description)) {
        throw new TypeError(`two declarations are called ${description.name}`);
      }
      found.set(description.name, description);
    }
    queue.push(...inner(codec.shape));
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll(/</g, "&lt;");

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

/** Groups of APIs and their declarations as one Markdown page. */
export function wireTypesPage(groups: readonly { title: string; apis: Iterable<Api> }[]): string {
  const parts = [
    "# Wire types",
    "Generated from the declarations in `sdk/protocol` by `node sdk/protocol/scripts/docs.js`; do not edit.",
    "Integers are big endian. `string` has a 16-bit length, `list` and `bytes` a 32-bit one, `map` a 16-bit count; " +
      "`option` has a flag byte. A field is on the wire at the API versions given. The tag of an enum or union " +
      "stands in front of it; an envelope is a label, a 32-bit length (from version 11), and the content.",
    "## APIs",
  ];
  const roots: Codec<unknown>[] = [];
  for (const { title, apis } of groups) {
    const rows = [...apis].map((api) => {
      roots.push(api.request, api.response);
      const versions =
        api.minVersion === api.maxVersion ? `${api.minVersion}` : `${api.minVersion} to ${api.maxVersion}`;
      const { shape } = api.response;
      const answered = shape.type !== "struct" || shape.fields.length > 0;
      const kind = !answered ? "one-way" : api.stream ? "stream" : "serial";
      const response = answered ? typeText(api.response) : "";
      return [String(api.key), api.name, versions, kind, typeText(api.request), response];
    });
    parts.push(`### ${title}`, table(["Key", "Name", "Versions", "Kind", "Request", "Response"], rows));
  }
  parts.push("## Types");
  for (const { name, kind, tag, rows } of describeAll(roots)) {
    parts.push(`### ${cell(name)}`);
    if (rows.length === 0) parts.push("No fields, no bytes.");
    else if (kind === "struct") {
      parts.push(
        table(
          ["Field", "Type", "Versions"],
          rows.map((row) => [row.name, row.type, row.versions]),
        ),
      );
    } else if (kind === "enum") {
      parts.push(
        `Enum, tag ${tag}.`,
        table(
          ["Tag", "Variant"],
          rows.map((row) => [row.versions, row.name]),
        ),
      );
    } else {
      const head = kind === "union" ? `Union, tag ${tag}.` : "Envelope.";
      const columns = kind === "union" ? ["Tag", "Variant", "Content"] : ["Label", "Type", "Content"];
      parts.push(
        head,
        table(
          columns,
          rows.map((row) => [row.versions, row.name, row.type]),
        ),
      );
    }
  }
  return `${parts.join("\n\n")}\n`;
}
