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

/** A span of time: `seconds` from 0 to 2^64-1, `nanos` below 1e9. */
export interface Duration {
  seconds: bigint;
  nanos: number;
}

const NANOS_PER_SECOND = 1_000_000_000;

const durationCodec: Codec<Duration> = {
  shape: { type: "duration" },
  write(writer, { seconds, nanos }) {
    if (nanos >= NANOS_PER_SECOND) throw new EncodeError(`${nanos} nanoseconds are a second or more`);
    writer.u64(seconds);
    writer.u32(nanos);
  },
  read(reader) {
    const at = reader.offset;
    let seconds = reader.u64();
    let nanos = reader.u32();
    if (nanos >= NANOS_PER_SECOND) {
      // carried over into seconds, as Rust's Duration does
      seconds += BigInt(Math.floor(nanos / NANOS_PER_SECOND));
      nanos %= NANOS_PER_SECOND;
      if (seconds !== BigInt.asUintN(64, seconds)) throw reader.error("duration out of range", at);
    }
    return { seconds, nanos };
  },
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
