/** Declarations of single values: numbers, bool, text, durations, byte strings. */
import type { BigIntType, Codec, NumberType } from "./codec.ts";
import { EncodeError } from "./error.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

function number(name: NumberType): Codec<number> {
  return {
    shape: { type: "number", number: name },
    write: (writer: Writer, value) => writer[name](value),
    read: (reader: Reader) => reader[name](),
    initial: () => 0,
  };
}

function bigint(name: BigIntType): Codec<bigint> {
  return {
    shape: { type: "bigint", number: name },
    write: (writer: Writer, value) => writer[name](value),
    read: (reader: Reader) => reader[name](),
    initial: () => 0n,
  };
}

const codecs = {
  i8: number("i8"),
  u8: number("u8"),
  i16: number("i16"),
  u16: number("u16"),
  i32: number("i32"),
  u32: number("u32"),
  f32: number("f32"),
  f64: number("f64"),
  i64: bigint("i64"),
  u64: bigint("u64"),
};

export const i8 = (): Codec<number> => codecs.i8;
export const u8 = (): Codec<number> => codecs.u8;
export const i16 = (): Codec<number> => codecs.i16;
export const u16 = (): Codec<number> => codecs.u16;
export const i32 = (): Codec<number> => codecs.i32;
export const u32 = (): Codec<number> => codecs.u32;
export const f32 = (): Codec<number> => codecs.f32;
export const f64 = (): Codec<number> => codecs.f64;
export const i64 = (): Codec<bigint> => codecs.i64;
export const u64 = (): Codec<bigint> => codecs.u64;

const boolCodec: Codec<boolean> = {
  shape: { type: "bool" },
  write: (writer, value) => writer.bool(value),
  read: (reader) => reader.bool(),
  initial: () => false,
};

/** One byte, 0 or 1. */
export const bool = (): Codec<boolean> => boolCodec;

const stringCodec: Codec<string> = {
  shape: { type: "string" },
  write: (writer, value) => writer.string(value),
  read: (reader) => reader.string(),
  initial: () => "",
};

/** UTF-8 text of at most 32767 bytes. */
export const string = (): Codec<string> => stringCodec;

const SEMVER =
  /^(0|[1-9]\d{0,19})\.(0|[1-9]\d{0,19})\.(0|[1-9]\d{0,19})(-(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/**
 * Text that must be a semantic version; Fluvio refuses to decode anything else, so it is neither read nor written.
 * `initial` is the default.
 */
export function semver(initial: string): Codec<string> {
  return {
    shape: { type: "string", format: "semver" },
    write(writer, value) {
      if (!SEMVER.test(value)) throw new EncodeError(`not a semantic version: ${JSON.stringify(value)}`);
      writer.string(value);
    },
    read(reader) {
      const at = reader.offset;
      const value = reader.string();
      if (!SEMVER.test(value)) throw reader.error("not a semantic version", at);
      return value;
    },
    initial: () => initial,
  };
}

/** A span of time; `nanos` is below 1e9 in anything that Rust wrote, though the wire allows 32 bits. */
export interface Duration {
  seconds: bigint;
  nanos: number;
}

const durationCodec: Codec<Duration> = {
  shape: { type: "duration" },
  write(writer, value) {
    writer.u64(value.seconds);
    writer.u32(value.nanos);
  },
  read: (reader) => ({ seconds: reader.u64(), nanos: reader.u32() }),
  initial: () => ({ seconds: 0n, nanos: 0 }),
};

/** u64 seconds, u32 nanoseconds. */
export const duration = (): Codec<Duration> => durationCodec;

const bytesCodec: Codec<Uint8Array> = {
  shape: { type: "bytes", prefix: "u32" },
  write: (writer, value) => writer.lengthPrefixed(value),
  read: (reader) => reader.lengthPrefixed(),
  initial: () => new Uint8Array(0),
};

/** u32 byte count and bytes (`Vec<u8>`, `ByteBuf`); decoding gives a view. */
export const bytes = (): Codec<Uint8Array> => bytesCodec;

const recordSetCodec: Codec<Uint8Array> = {
  shape: { type: "bytes", prefix: "u32" },
  write: (writer, value) => writer.lengthPrefixed(value),
  read(reader) {
    const at = reader.offset;
    const length = reader.i32();
    if (length < 0) throw reader.error(`negative record set length ${length}`, at);
    return reader.take(length);
  },
  initial: () => new Uint8Array(0),
};

/** i32 byte length and that many bytes of batches, untouched; a negative length is an error. */
export const recordSet = (): Codec<Uint8Array> => recordSetCodec;

const recordDataCodec: Codec<Uint8Array> = {
  shape: { type: "bytes", prefix: "varint" },
  write: (writer, value) => writer.varintBytes(value),
  read: (reader) => reader.varintBytes(),
  initial: () => new Uint8Array(0),
};

/** Varint byte count and bytes: a record's key or value. */
export const recordData = (): Codec<Uint8Array> => recordDataCodec;
