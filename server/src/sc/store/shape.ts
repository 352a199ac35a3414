// Shapes: how a value of ours looks in a metadata file, declared once for both directions. Reading is strict
// about types and ranges, and lenient about fields it does not know, so newer files can still be read.
import { Tagged, type YamlValue } from "./yaml.ts";

/** Both directions between a value and its YAML form. */
export interface Shape<T> {
  write(value: T): YamlValue;
  /** @throws ShapeError if the YAML does not have this shape. */
  read(yaml: YamlValue, path: string): T;
}

/** A file's content is not what its kind requires; `message` begins with the path of the field. */
export class ShapeError extends Error {
  readonly code = "SMDK_METADATA_SHAPE";

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
    this.name = "ShapeError";
  }
}

function fail(path: string, wanted: string, found: YamlValue): never {
  throw new ShapeError(path, `expected ${wanted}, found ${describe(found)}`);
}

function describe(value: YamlValue): string {
  if (value === null) return "nothing";
  if (value instanceof Tagged) return `!${value.tag}`;
  if (Array.isArray(value)) return "a list";
  if (value instanceof Map) return "a map";
  return `${typeof value} ${String(value).slice(0, 40)}`;
}

function asMap(value: YamlValue): ReadonlyMap<string, YamlValue> | undefined {
  return value instanceof Map ? value : undefined;
}

/** A unit variant is written as a bare word, one with content as a map of one key. */
function asOnlyEntry(value: YamlValue): { tag: string | undefined; value: YamlValue } {
  if (typeof value === "string") return { tag: value, value: null };
  const [entry, ...more] = asMap(value) ?? [];
  return entry === undefined || more.length > 0
    ? { tag: undefined, value: null }
    : { tag: entry[0], value: entry[1] };
}

export const text: Shape<string> = {
  write: (value) => value,
  read: (yaml, path) => (typeof yaml === "string" ? yaml : fail(path, "text", yaml)),
};

export const flag: Shape<boolean> = {
  write: (value) => value,
  read: (yaml, path) => (typeof yaml === "boolean" ? yaml : fail(path, "true or false", yaml)),
};

/** A whole number in `[min, max]`. */
export function whole(min: number, max: number): Shape<number> {
  return {
    write: (value) => value,
    read: (yaml, path) =>
      typeof yaml === "bigint" && yaml >= BigInt(min) && yaml <= BigInt(max)
        ? Number(yaml)
        : fail(path, `a whole number from ${min} to ${max}`, yaml),
  };
}

export const u16 = whole(0, 0xffff);
export const u32 = whole(0, 0xffff_ffff);
export const i32 = whole(-0x8000_0000, 0x7fff_ffff);

function wide(min: bigint, max: bigint): Shape<bigint> {
  return {
    write: (value) => value,
    read: (yaml, path) =>
      typeof yaml === "bigint" && yaml >= min && yaml <= max ? yaml : fail(path, "a 64-bit number", yaml),
  };
}

export const i64 = wide(-(1n << 63n), (1n << 63n) - 1n);
export const u64 = wide(0n, (1n << 64n) - 1n);

/** One of the given words; `names` maps ours to the ones in the file where they differ. */
export function word<T extends string>(
  words: readonly T[],
  names: (value: T) => string = (value) => value,
): Shape<T> {
  const byName = new Map(words.map((value) => [names(value), value]));
  return {
    write: names,
    read: (yaml, path) =>
      (typeof yaml === "string" ? byName.get(yaml) : undefined) ??
      fail(path, [...byName.keys()].join(" or "), yaml),
  };
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return {
    write: (value) => (value === null ? null : shape.write(value)),
    read: (yaml, path) => (yaml === null ? null : shape.read(yaml, path)),
  };
}

export function list<T>(item: Shape<T>): Shape<T[]> {
  return {
    write: (values) => values.map(item.write),
    read: (yaml, path) =>
      Array.isArray(yaml)
        ? yaml.map((value: YamlValue, index) => item.read(value, `${path}[${index}]`))
        : fail(path, "a list", yaml),
  };
}

/** A map with text keys. */
export function textMap<V>(item: Shape<V>): Shape<Map<string, V>> {
  return keyedMap(item, (key) => key);
}

/** A map with keys that are whole numbers from 0. */
export function numberMap<V>(item: Shape<V>): Shape<Map<number, V>> {
  return keyedMap(item, (key, path) => u32.read(/^\d{1,10}$/.test(key) ? BigInt(key) : key, `${path} key`));
}

function keyedMap<K extends string | number, V>(
  item: Shape<V>,
  readKey: (key: string, path: string) => K,
): Shape<Map<K, V>> {
  return {
    write: (map) => new Map([...map].map(([key, value]) => [key, item.write(value)])),
    read: (yaml, path) => {
      const entries = asMap(yaml);
      if (entries === undefined) return fail(path, "a map", yaml);
      return new Map(
        [...entries].map(([key, value]) => [readKey(key, path), item.read(value, `${path}.${key}`)]),
      );
    },
  };
}

/** How one field of a struct is stored. */
export interface Field<T> {
  shape: Shape<T>;
  /** Name in the file, if it differs. */
  as?: string;
  /** Value of an absent field; without it, absence is an error. Null-able fields are null when absent. */
  absent?: T;
  /** Leave the field out of the file when this holds. */
  omit?: (value: T) => boolean;
}

/** A map with fixed keys. Unknown keys are ignored when reading. */
export function fields<T extends object>(declared: { [K in keyof T]-?: Field<T[K]> }): Shape<T> {
  const entries = Object.entries(declared) as [string, Field<unknown>][];
  return {
    write: (value) => {
      const map = new Map<string, YamlValue>();
      for (const [name, field] of entries) {
        const item = (value as Record<string, unknown>)[name];
        if (field.omit?.(item) !== true) map.set(field.as ?? name, field.shape.write(item));
      }
      return map;
    },
    read: (yaml, path) => {
      const stored = asMap(yaml);
      if (stored === undefined) return fail(path, "a map", yaml);
      const value: Record<string, unknown> = {};
      for (const [name, field] of entries) {
        const key = field.as ?? name;
        const item = stored.get(key);
        const isAbsent = item === undefined || (item === null && field.absent !== undefined);
        value[name] =
          isAbsent && field.absent !== undefined
            ? field.absent
            : field.shape.read(item ?? null, `${path}.${key}`);
      }
      return value as T;
    },
  };
}

/** One variant of an enum with data: the tag in the file, and how its content is stored. */
export interface Variant<T> {
  tag: string;
  shape: Shape<T>;
}

/**
 * An enum with data, discriminated by `kind`. With `"tag"` a variant is written as serde does by default
 * (`!remote {...}`), with `"key"` as a map of one key (`{ remote: {...} }`); both forms are read.
 */
export function variants<T extends { kind: string }>(
  form: "tag" | "key",
  declared: { [K in T["kind"]]: Variant<Extract<T, { kind: K }>> },
): Shape<T> {
  const all = Object.values(declared) as Variant<T>[];
  return {
    write: (value) => {
      const { tag, shape } = declared[value.kind as T["kind"]] as unknown as Variant<T>;
      const content = shape.write(value);
      return form === "tag" ? new Tagged(tag, content) : new Map([[tag, content]]);
    },
    read: (yaml, path) => {
      const { tag, value: content } = yaml instanceof Tagged ? yaml : asOnlyEntry(yaml);
      const variant = all.find((candidate) => candidate.tag === tag);
      if (variant === undefined) return fail(path, all.map((v) => `!${v.tag}`).join(" or "), yaml);
      return variant.shape.read(content, path);
    },
  };
}

/** A shape for a value that is stored as another one. */
export function via<T, U>(
  shape: Shape<U>,
  to: (value: T) => U,
  from: (stored: U, path: string) => T,
): Shape<T> {
  return {
    write: (value) => shape.write(to(value)),
    read: (yaml, path) => from(shape.read(yaml, path), path),
  };
}

/** The content of a variant: a struct plus the constant `kind`. */
export function kinded<T extends { kind: string }>(kind: T["kind"], shape: Shape<Omit<T, "kind">>): Shape<T> {
  return {
    write: (value) => shape.write(value),
    read: (yaml, path) => ({ kind, ...shape.read(yaml, path) }) as T,
  };
}

/** The content of a variant that wraps a single value. */
export function wrapped<K extends string, V>(kind: K, shape: Shape<V>): Shape<{ kind: K; value: V }> {
  return via(
    shape,
    (variant) => variant.value,
    (value) => ({ kind, value }),
  );
}
