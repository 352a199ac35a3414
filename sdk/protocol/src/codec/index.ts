/** Declarations of wire types, and the cursors they read and write with. */
export {
  type BigIntType,
  type Codec,
  decode,
  decodeFrom,
  encode,
  encodeInto,
  type FieldShape,
  type Infer,
  type NumberType,
  nameOf,
  type Shape,
  type TagType,
  type VariantShape,
} from "./codec.ts";
export {
  always,
  between,
  type Field,
  type Fields,
  type FieldValues,
  list,
  map,
  option,
  since,
  struct,
  until,
  withDefault,
} from "./composite.ts";
export { type EnvelopeValue, envelope, type UnknownContent } from "./envelope.ts";
export { DecodeError, EncodeError } from "./error.ts";
export * from "./primitive.ts";
export { MAX_ELEMENTS, Reader } from "./reader.ts";
export { enumOf, fields, newtype, spread, type UnionValue, union, unit, type Variants } from "./variant.ts";
export { varintLength } from "./varint.ts";
export { MAX_STRING_BYTES, Writer } from "./writer.ts";
