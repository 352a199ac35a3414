/** What a declaration is: an encoder, a decoder, a default value, and a description of itself as data. */
import { DecodeError, EncodeError } from "./error.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** Integer and float types of the wire, by their Rust names. */
export type NumberType = "i8" | "u8" | "i16" | "u16" | "i32" | "u32" | "f32" | "f64";
/** 64-bit integer types: bigint in TypeScript. */
export type BigIntType = "i64" | "u64";
/** What a variant tag can be: an integer, or (once) text. */
export type TagType = "u8" | "i16" | "u16" | "i32" | "string";

/** One field of a struct or variant; on the wire when `min <= version` and `version <= max`. */
export interface FieldShape {
  readonly name: string;
  readonly codec: Codec<unknown>;
  readonly min: number;
  readonly max: number;
  /** The value where it is not on the wire. */
  readonly initial: () => unknown;
}

/** One variant of a union. `fields` spread into the value; `value` is the payload of a newtype variant. */
export interface VariantShape {
  readonly name: string;
  readonly tag: number | string;
  readonly fields?: readonly FieldShape[];
  readonly value?: Codec<unknown>;
}

/**
 * A codec described as data. Documentation, arbitraries for tests and other walks over declarations use this and
 * nothing else.
 */
export type Shape =
  /** `min` is a limit beyond that of the type. */
  | { readonly type: "number"; readonly number: NumberType; readonly min?: number }
  | { readonly type: "bigint"; readonly number: BigIntType }
  | { readonly type: "bool" }
  | { readonly type: "string"; readonly format?: "semver" }
  | { readonly type: "duration" }
  /** `prefix` says how the length is written: `i32`, or `varint` for a record's key and value. */
  | { readonly type: "bytes"; readonly prefix: "u32" | "varint" }
  | { readonly type: "option"; readonly item: Codec<unknown> }
  | { readonly type: "list"; readonly item: Codec<unknown> }
  | { readonly type: "map"; readonly key: Codec<unknown>; readonly value: Codec<unknown> }
  | { readonly type: "struct"; readonly name: string; readonly fields: readonly FieldShape[] }
  | {
      readonly type: "enum";
      readonly name: string;
      readonly tag: TagType;
      readonly variants: ReadonlyMap<string, number>;
    }
  | {
      readonly type: "union";
      readonly name: string;
      readonly tag: TagType;
      readonly variants: readonly VariantShape[];
    }
  /** A content that depends on a text label in front of it (section "type envelope" of the protocol). */
  | {
      readonly type: "envelope";
      readonly name: string;
      readonly contents: ReadonlyMap<string, Codec<unknown>>;
    };

/**
 * The declaration of a wire type. `read` and `write` get the API version of the enclosing message and hand it down
 * unchanged.
 */
export interface Codec<T> {
  readonly shape: Shape;
  write(writer: Writer, value: T, version: number): void;
  read(reader: Reader, version: number): T;
  /** The value of an absent field: what Rust's `Default` gives. A fresh object each time. */
  initial(): T;
}

/** The TypeScript type of a declaration. */
export type Infer<C> = C extends Codec<infer T> ? T : never;

/** Name of a declaration for messages and docs. */
export function nameOf(codec: Codec<unknown>): string {
  const { shape } = codec;
  return "name" in shape ? shape.name : shape.type;
}

/**
 * Encodes `value` as the declared type at an API version.
 * Throws EncodeError if the value has no encoding (for instance text of more than 32767 bytes).
 */
export function encode<T>(codec: Codec<T>, value: T, version: number): Uint8Array {
  const writer = new Writer();
  encodeInto(writer, codec, value, version);
  return writer.finish();
}

/** As `encode`, behind what `writer` already holds. */
export function encodeInto<T>(writer: Writer, codec: Codec<T>, value: T, version: number): void {
  try {
    codec.write(writer, value, version);
  } catch (error) {
    if (error instanceof EncodeError) throw error.within(nameOf(codec));
    if (error instanceof TypeError)
      throw new EncodeError(`wrong shape (${error.message})`).within(nameOf(codec));
    throw error;
  }
}

/**
 * Decodes the declared type at an API version from the start of `bytes`. Bytes behind it are ignored, as Fluvio does.
 * Byte fields of the result are views into `bytes`. Throws DecodeError.
 */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array, version: number): T {
  return decodeFrom(new Reader(bytes), codec, version);
}

/** As `decode`, from where `reader` stands. */
export function decodeFrom<T>(reader: Reader, codec: Codec<T>, version: number): T {
  try {
    return codec.read(reader, version);
  } catch (error) {
    throw error instanceof DecodeError ? error.within(nameOf(codec)) : error;
  }
}
