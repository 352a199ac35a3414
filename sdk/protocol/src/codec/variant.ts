/** Declarations of alternatives: C-like enums and unions with data, both with an explicit tag on the wire. */
import type { Codec, FieldShape, Shape, TagType, VariantShape } from "./codec.ts";
import { compileFields, type Fields, type FieldValues, readFields, writeFields } from "./composite.ts";
import { decodeErrorWithin, EncodeError, encodeErrorWithin } from "./error.ts";
import type { Writer } from "./writer.ts";

/**
 * An enum without data: string literals in TypeScript, a tag on the wire. The first variant is the default unless
 * `initial` names another. Version limits on variants do not exist: Fluvio ignores them.
 */
export function enumOf<const V extends { readonly [name: string]: number }>(
  name: string,
  variants: V,
  options: { readonly tag?: Exclude<TagType, "string">; readonly initial?: NoInfer<keyof V & string> } = {},
): Codec<keyof V & string> {
  type T = keyof V & string;
  const tag = options.tag ?? "u8";
  const tags = new Map<string, number>(Object.entries(variants));
  const names = new Map<number, T>(Object.entries(variants).map(([variant, value]) => [value, variant as T]));
  const initial = options.initial ?? ([...tags.keys()][0] as T);
  return {
    shape: { type: "enum", name, tag, variants: tags },
    write(writer, value) {
      const number = tags.get(value);
      if (number === undefined) throw new EncodeError(`${name} has no variant ${String(value)}`);
      writer[tag](number);
    },
    read(reader) {
      const at = reader.offset;
      const number = reader[tag]();
      const variant = names.get(number);
      if (variant === undefined) throw reader.error(`${name} has no tag ${number}`, at);
      return variant;
    },
    initial: () => initial,
  };
}

/** A tag value: a number, or text in a union whose tag is text. */
export type Tag = number | string;

/** A variant without data: `{ kind }`. */
export interface UnitVariant {
  readonly form: "unit";
  readonly tag: Tag;
}

/** A variant around one value: `{ kind, value }`. */
export interface ValueVariant<T> {
  readonly form: "value";
  readonly tag: Tag;
  readonly codec: Codec<T>;
}

/** A variant with named fields, spread into the value: `{ kind, ...fields }`. */
export interface FieldsVariant<F extends Fields> {
  readonly form: "fields";
  readonly tag: Tag;
  readonly fields: F;
}

/** A variant around a struct whose fields are spread into the value: `{ kind, ...T }`. */
export interface SpreadVariant<T> {
  readonly form: "spread";
  readonly tag: Tag;
  readonly codec: Codec<T>;
}

export const unit = (tag: Tag): UnitVariant => ({ form: "unit", tag });
export const newtype = <T>(tag: Tag, codec: Codec<T>): ValueVariant<T> => ({ form: "value", tag, codec });
export const fields = <const F extends Fields>(tag: Tag, members: F): FieldsVariant<F> => ({
  form: "fields",
  tag,
  fields: members,
});
/** The struct keeps its own version limits, as upstream where a struct sits inside a variant. */
export const spread = <T extends object>(tag: Tag, codec: Codec<T>): SpreadVariant<T> => ({
  form: "spread",
  tag,
  codec,
});

export type Variants = {
  readonly [kind: string]:
    | UnitVariant
    | ValueVariant<unknown>
    | FieldsVariant<Fields>
    | SpreadVariant<unknown>;
};

/** Shows an intersection as one object type. */
type Flat<T> = { [K in keyof T]: T[K] };

type VariantValue<K, V> = V extends UnitVariant
  ? { kind: K }
  : V extends ValueVariant<infer T>
    ? { kind: K; value: T }
    : V extends FieldsVariant<infer F>
      ? Flat<{ kind: K } & FieldValues<F>>
      : V extends SpreadVariant<infer T>
        ? Flat<{ kind: K } & T>
        : never;

/** The value type of a variant table: a union discriminated by `kind`. */
export type UnionValue<V> = { [K in keyof V & string]: VariantValue<K, V[K]> }[keyof V & string];

interface CompiledVariant {
  readonly kind: string;
  readonly tag: Tag;
  readonly value: Codec<unknown> | null;
  readonly fields: readonly FieldShape[];
}

function compileVariant(kind: string, variant: Variants[string]): CompiledVariant {
  const { tag } = variant;
  if (variant.form === "unit") return { kind, tag, value: null, fields: [] };
  if (variant.form === "value") return { kind, tag, value: variant.codec as Codec<unknown>, fields: [] };
  // upstream ignores version limits on fields that belong to a variant itself
  if (variant.form === "fields") {
    return { kind, tag, value: null, fields: compileFields(variant.fields, Number.NEGATIVE_INFINITY) };
  }
  const shape: Shape = variant.codec.shape;
  if (shape.type !== "struct") throw new TypeError(`variant ${kind} spreads something that is not a struct`);
  return { kind, tag, value: null, fields: shape.fields };
}

function variantShape({ kind, tag, value, fields }: CompiledVariant): VariantShape {
  if (value !== null) return { name: kind, tag, value };
  return fields.length === 0 ? { name: kind, tag } : { name: kind, tag, fields };
}

function writeTag(writer: Writer, type: TagType, tag: Tag): void {
  if (type === "string") writer.string(tag as string);
  else writer[type](tag as number);
}

/**
 * A tag, then the fields of that variant. The first variant, with default content, is the default unless `initial`
 * gives another value.
 */
export function union<const V extends Variants>(
  name: string,
  variants: V,
  options: { readonly tag?: TagType; readonly initial?: () => NoInfer<UnionValue<V>> } = {},
): Codec<UnionValue<V>> {
  type T = UnionValue<V>;
  const tag = options.tag ?? "u8";
  const compiled = Object.entries(variants).map(([kind, variant]) => compileVariant(kind, variant));
  const byKind = new Map(compiled.map((variant) => [variant.kind, variant]));
  const byTag = new Map(compiled.map((variant) => [variant.tag, variant]));
  const first = compiled[0]!;
  return {
    shape: { type: "union", name, tag, variants: compiled.map(variantShape) },
    write(writer, value, version) {
      const content = value as { kind: string; value?: unknown };
      const variant = byKind.get(content.kind);
      if (variant === undefined) throw new EncodeError(`${name} has no variant ${String(content.kind)}`);
      writeTag(writer, tag, variant.tag);
      if (variant.value === null) {
        writeFields(variant.fields, writer, content as Record<string, unknown>, version);
        return;
      }
      try {
        variant.value.write(writer, content.value, version);
      } catch (error) {
        throw encodeErrorWithin(error, "value");
      }
    },
    read(reader, version) {
      const at = reader.offset;
      const found = reader[tag]();
      const variant = byTag.get(found);
      if (variant === undefined) throw reader.error(`${name} has no tag ${JSON.stringify(found)}`, at);
      if (variant.value !== null) {
        try {
          return { kind: variant.kind, value: variant.value.read(reader, version) } as T;
        } catch (error) {
          throw decodeErrorWithin(error, "value");
        }
      }
      const value: Record<string, unknown> = { kind: variant.kind };
      readFields(variant.fields, reader, value, version);
      return value as T;
    },
    initial() {
      if (options.initial !== undefined) return options.initial();
      if (first.value !== null) return { kind: first.kind, value: first.value.initial() } as T;
      const value: Record<string, unknown> = { kind: first.kind };
      for (const field of first.fields) value[field.name] = field.initial();
      return value as T;
    },
  };
}
