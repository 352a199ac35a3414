/** The type envelope of the SC's API: a text label, a length, and a content whose type the label names. */
import type { Codec, FieldShape, Infer } from "./codec.ts";
import { readFields, writeFields } from "./composite.ts";
import { decodeErrorWithin, EncodeError } from "./error.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** The API version from which the content carries its length. */
export const ENVELOPE_LENGTH_SINCE = 11;

/** Structs by label. */
export type Contents = { readonly [label: string]: Codec<object> };

/** What stands for a label that the declaration does not know; `content` is a view of the undecoded bytes. */
export interface UnknownContent {
  type: "Unknown";
  label: string;
  content: Uint8Array;
}

type Flat<T> = { [K in keyof T]: T[K] };

/** A union discriminated by `type`, the label. */
export type EnvelopeValue<C extends Contents> =
  | { [L in keyof C & string]: Flat<{ type: L } & Infer<C[L]>> }[keyof C & string]
  | UnknownContent;

/** A content struct that can be read into and written from an object that already has a `type`. */
export interface CompiledContent {
  readonly name: string;
  readonly fields: readonly FieldShape[];
}

/** The fields of the struct behind each label. */
export function compileContents(contents: Contents): Map<string, CompiledContent> {
  const compiled = new Map<string, CompiledContent>();
  for (const [label, { shape }] of Object.entries(contents)) {
    if (shape.type !== "struct") throw new TypeError(`content ${label} is not a struct`);
    compiled.set(label, { name: shape.name, fields: shape.fields });
  }
  return compiled;
}

/**
 * `label | u32 length | content` from version 11, `label | content` below unless `options.alwaysLength`.
 * The first label, with default content, is the default. Unknown labels decode to `UnknownContent` where there is a
 * length to skip by, and are an error where there is none.
 */
export function envelope<const C extends Contents>(
  name: string,
  contents: C,
  options: { readonly alwaysLength?: boolean } = {},
): Codec<EnvelopeValue<C>> {
  type T = EnvelopeValue<C>;
  const compiled = compileContents(contents);
  const hasLength = (version: number) => options.alwaysLength === true || version >= ENVELOPE_LENGTH_SINCE;
  return {
    shape: { type: "envelope", name, contents: new Map(Object.entries(contents)) },
    write(writer: Writer, value, version) {
      const content = compiled.get(value.type);
      if (content === undefined && value.type !== "Unknown") {
        throw new EncodeError(`${name} has no type ${String(value.type)}`);
      }
      if (content === undefined && !hasLength(version)) {
        throw new EncodeError(`an unknown type needs an API version of ${ENVELOPE_LENGTH_SINCE} or more`);
      }
      writer.string(content === undefined ? (value as UnknownContent).label : value.type);
      if (content === undefined) {
        writer.lengthPrefixed((value as UnknownContent).content);
      } else if (hasLength(version)) {
        const lengthAt = writer.reserve(4);
        const before = writer.size;
        writeFields(content.fields, writer, value as unknown as Record<string, unknown>, version);
        writer.patchU32(lengthAt, writer.size - before);
      } else {
        writeFields(content.fields, writer, value as unknown as Record<string, unknown>, version);
      }
    },
    read(reader: Reader, version) {
      const labelAt = reader.offset;
      const label = reader.string();
      const content = compiled.get(label);
      if (!hasLength(version)) {
        if (content === undefined)
          throw reader.error(`${name} has no type ${JSON.stringify(label)}`, labelAt);
        return readContent(content, label, reader, version) as T;
      }
      const length = reader.u32();
      const at = reader.advance(length);
      if (content === undefined) {
        return { type: "Unknown", label, content: reader.bytes.subarray(at, at + length) };
      }
      const { end } = reader;
      reader.offset = at;
      reader.end = at + length;
      const value = readContent(content, label, reader, version);
      reader.offset = reader.end;
      reader.end = end;
      return value as T;
    },
    initial() {
      const [label, codec] = Object.entries(contents)[0]!;
      return { type: label, ...codec.initial() } as T;
    },
  };
}

/** Reads one content; errors get the label as the path segment. */
function readContent(content: CompiledContent, label: string, reader: Reader, version: number): object {
  const value: Record<string, unknown> = { type: label };
  try {
    readFields(content.fields, reader, value, version);
  } catch (error) {
    throw decodeErrorWithin(error, `<${label}>`);
  }
  return value;
}
