import fc from "fast-check";
import type { Codec, FieldShape, VariantShape } from "../../src/codec/index.ts";

/** Any value of a declared type that its encoding at `version` can carry: absent fields have their defaults. */
export function arbitraryOf<T>(codec: Codec<T>, version: number): fc.Arbitrary<T> {
  return arbitrary(codec as Codec<unknown>, version) as fc.Arbitrary<T>;
}

const text = fc.oneof(
  { arbitrary: fc.string({ unit: "grapheme-ascii", maxLength: 40 }), weight: 4 },
  { arbitrary: fc.string({ unit: "binary", maxLength: 60 }), weight: 2 },
  { arbitrary: fc.constantFrom("", "\ufeff", "é".repeat(400), "\u{1f600}"), weight: 1 },
);

const semver = fc
  .tuple(fc.nat(), fc.nat(), fc.nat(), fc.constantFrom("", "-dev-1", "-rc.1+b5", "+x"))
  .map(([major, minor, patch, rest]) => `${major}.${minor}.${patch}${rest}`);

const bytes = fc.uint8Array({ maxLength: 80 });

const ranges = { i8: 7, u8: 8, i16: 15, u16: 16, i32: 31, u32: 32 } as const;

function arbitrary(codec: Codec<unknown>, version: number): fc.Arbitrary<unknown> {
  const { shape } = codec;
  switch (shape.type) {
    case "number": {
      const type = shape.number;
      if (type === "f32") return fc.float({ noNaN: true });
      if (type === "f64") return fc.double({ noNaN: true });
      const min = shape.min ?? (type.startsWith("i") ? -(2 ** ranges[type]) : 0);
      return fc.integer({ min, max: 2 ** ranges[type] - 1 });
    }
    case "bigint":
      return shape.number === "i64"
        ? fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
        : fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    case "bool":
      return fc.boolean();
    case "string":
      return shape.format === "semver" ? semver : text;
    case "duration":
      return fc
        .tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(999_999_999))
        .map(([seconds, nanos]) => ({ seconds, nanos }));
    case "bytes":
      return bytes;
    case "option":
      return fc.option(arbitrary(shape.item, version), { nil: null });
    case "list":
      return fc.array(arbitrary(shape.item, version), { maxLength: 4 });
    case "map":
      return fc
        .array(fc.tuple(arbitrary(shape.key, version), arbitrary(shape.value, version)), { maxLength: 4 })
        .map((entries) => new Map(entries));
    case "struct":
      return record(shape.fields, version);
    case "enum":
      return fc.constantFrom(...shape.variants.keys());
    case "union":
      return fc.oneof(...shape.variants.map((variant) => variantOf(variant, version)));
    case "envelope": {
      const known = [...shape.contents].map(([type, content]) =>
        arbitrary(content, version).map((value) => ({ type, ...(value as object) })),
      );
      const label = text.filter((value) => !shape.contents.has(value));
      const unknown = fc.tuple(label, bytes).map(([unknownLabel, content]) => {
        return { type: "Unknown", label: unknownLabel, content };
      });
      return fc.oneof(...known, ...(version >= 11 ? [unknown] : []));
    }
  }
}

function record(fields: readonly FieldShape[], version: number): fc.Arbitrary<object> {
  return fc.record(
    Object.fromEntries(
      fields.map(({ name, codec, min, max, initial }) => [
        name,
        version >= min && version <= max ? arbitrary(codec, version) : fc.constant(null).map(initial),
      ]),
    ),
    { noNullPrototype: true },
  );
}

function variantOf(variant: VariantShape, version: number): fc.Arbitrary<unknown> {
  const kind = variant.name;
  if (variant.value !== undefined) {
    return arbitrary(variant.value, version).map((value) => ({ kind, value }));
  }
  return record(variant.fields ?? [], version).map((fields) => ({ kind, ...fields }));
}
