/** Declarations made of others: option, list, map, struct with versioned fields. */
import type { Codec, FieldShape } from "./codec.ts";
import { decodeErrorWithin, EncodeError, encodeErrorWithin } from "./error.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** Flag byte, then the value if the flag is 1. */
export function option<T>(item: Codec<T>): Codec<T | null> {
  return {
    shape: { type: "option", item: item as Codec<unknown> },
    write(writer, value, version) {
      if (value === undefined) throw new EncodeError("missing (null stands for none)");
      writer.bool(value !== null);
      if (value !== null) item.write(writer, value, version);
    },
    read: (reader, version) => (reader.bool() ? item.read(reader, version) : null),
    initial: () => null,
  };
}

/** u32 count, then the elements. A count that the rest of the input cannot hold is an error before any allocation. */
export function list<T>(item: Codec<T>): Codec<T[]> {
  return {
    shape: { type: "list", item: item as Codec<unknown> },
    write(writer, value, version) {
      if (!Array.isArray(value)) throw new EncodeError("not an array");
      writer.count(value.length);
      let i = 0;
      try {
        for (; i < value.length; i++) item.write(writer, value[i]!, version);
      } catch (error) {
        throw encodeErrorWithin(error, `[${i}]`);
      }
    },
    read(reader, version) {
      const at = reader.offset;
      const count = reader.count();
      reader.claim(count, at);
      const values: T[] = [];
      try {
        for (let i = 0; i < count; i++) values.push(item.read(reader, version));
      } catch (error) {
        throw decodeErrorWithin(error, `[${values.length}]`);
      }
      return values;
    },
    initial: () => [],
  };
}

/** Order of `BTreeMap` keys: numbers by value, text by its UTF-8 bytes (which is the order of code points). */
function compareKeys(a: string | number, b: string | number): number {
  if (typeof a === "number" || typeof b === "number") return Number(a) - Number(b);
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      // surrogates stand for code points above every other unit
      const xs = (x & 0xf800) === 0xd800;
      const ys = (y & 0xf800) === 0xd800;
      return xs === ys ? x - y : xs ? 1 : -1;
    }
  }
  return a.length - b.length;
}

/** **u16** pair count, then pairs in ascending key order; any order is accepted, the last of equal keys wins. */
export function map<K extends string | number, V>(key: Codec<K>, value: Codec<V>): Codec<Map<K, V>> {
  return {
    shape: { type: "map", key: key as Codec<unknown>, value: value as Codec<unknown> },
    write(writer, entries, version) {
      if (!(entries instanceof Map)) throw new EncodeError("not a Map");
      if (entries.size > 0xffff) throw new EncodeError(`${entries.size} entries, at most ${0xffff} fit`);
      writer.u16(entries.size);
      for (const k of [...entries.keys()].sort(compareKeys)) {
        try {
          key.write(writer, k, version);
          value.write(writer, entries.get(k) as V, version);
        } catch (error) {
          throw encodeErrorWithin(error, `[${JSON.stringify(k)}]`);
        }
      }
    },
    read(reader, version) {
      const countAt = reader.offset;
      const count = reader.u16();
      reader.claim(count, countAt);
      const entries = new Map<K, V>();
      for (let i = 0; i < count; i++) {
        let at: string | number = i;
        try {
          const k = key.read(reader, version);
          at = JSON.stringify(k);
          entries.set(k, value.read(reader, version));
        } catch (error) {
          throw decodeErrorWithin(error, `[${at}]`);
        }
      }
      return entries;
    },
    initial: () => new Map(),
  };
}

/** A struct field with version limits or a default of its own. */
export interface Field<T> {
  readonly codec: Codec<T>;
  readonly min: number;
  readonly max: number;
  readonly initial: () => T;
}

/** Fields of a struct: a bare codec is a field of every version from 0. */
export type Fields = { readonly [name: string]: Codec<unknown> | Field<unknown> };

/** The value type of one field. */
export type FieldValue<F> = F extends Codec<infer T> ? T : F extends Field<infer T> ? T : never;

/** The value type of a field table. */
export type FieldValues<F> = { -readonly [K in keyof F]: FieldValue<F[K]> };

/** On the wire at API version `min` and above; `initial` (default: that of the codec) below. */
export function since<T>(min: number, codec: Codec<T>, initial: () => T = codec.initial): Field<T> {
  return { codec, min, max: Number.POSITIVE_INFINITY, initial };
}

/** On the wire up to and including API version `max`. */
export function until<T>(max: number, codec: Codec<T>, initial: () => T = codec.initial): Field<T> {
  return { codec, min: 0, max, initial };
}

/** On the wire from API version `min` to `max`, both included. */
export function between<T>(
  min: number,
  max: number,
  codec: Codec<T>,
  initial: () => T = codec.initial,
): Field<T> {
  return { codec, min, max, initial };
}

/** On the wire at every version there is, negative ones too: fields of codecs that are hand-written upstream. */
export function always<T>(codec: Codec<T>, initial: () => T = codec.initial): Field<T> {
  return { codec, min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY, initial };
}

/** A field of every version from 0 with a default of its own. */
export function withDefault<T>(codec: Codec<T>, initial: () => T): Field<T> {
  return { codec, min: 0, max: Number.POSITIVE_INFINITY, initial };
}

/** Fields in declaration order, made ready once for all reads and writes. */
export function compileFields(fields: Fields, min = 0): FieldShape[] {
  return Object.entries(fields).map(([name, entry]) => {
    const field =
      "codec" in entry ? entry : { codec: entry, min, max: Number.POSITIVE_INFINITY, initial: entry.initial };
    return {
      name,
      codec: field.codec as Codec<unknown>,
      min: field.min,
      max: field.max,
      initial: field.initial,
    };
  });
}

type Values = Record<string, unknown>;

/** Writes the fields that exist at `version`. */
export function writeFields(
  fields: readonly FieldShape[],
  writer: Writer,
  value: Values,
  version: number,
): void {
  let i = 0;
  try {
    for (; i < fields.length; i++) {
      const field = fields[i]!;
      if (version >= field.min && version <= field.max) field.codec.write(writer, value[field.name], version);
    }
  } catch (error) {
    throw encodeErrorWithin(error, fields[i]!.name);
  }
}

/** Reads the fields that exist at `version` into `target`; the others get their defaults. */
export function readFields(
  fields: readonly FieldShape[],
  reader: Reader,
  target: Values,
  version: number,
): void {
  let i = 0;
  try {
    for (; i < fields.length; i++) {
      const field = fields[i]!;
      target[field.name] =
        version >= field.min && version <= field.max ? field.codec.read(reader, version) : field.initial();
    }
  } catch (error) {
    throw decodeErrorWithin(error, fields[i]!.name);
  }
}

/** Fields one after the other in the order of declaration: no tags, no padding, no length. */
export function struct<const F extends Fields>(name: string, fields: F): Codec<FieldValues<F>> {
  type T = FieldValues<F>;
  const compiled = compileFields(fields);
  // cloning one prepared object gives all results one hidden class, whatever the number of fields
  const blank: Values = Object.fromEntries(compiled.map((field) => [field.name, undefined]));
  return {
    shape: { type: "struct", name, fields: compiled },
    write: (writer, value, version) => writeFields(compiled, writer, value as Values, version),
    read(reader, version) {
      const value = { ...blank };
      readFields(compiled, reader, value, version);
      return value as T;
    },
    initial() {
      const value = { ...blank };
      for (const field of compiled) value[field.name] = field.initial();
      return value as T;
    },
  };
}
