/// <reference types="@smdk/assemblyscript/std" />

/**
 * Write a SmartModule as plain exported functions: the name says what it does with records.
 *
 * ```ts
 * import { Record } from "@smdk/assemblyscript";
 *
 * export function filter(record: Record): bool {
 *   return record.value.includes("error");
 * }
 * ```
 *
 * | export | returns |
 * | --- | --- |
 * | `filter(record)` | `bool`: whether the record stays |
 * | `map(record)` | the new value; the key stays |
 * | `filterMap(record)` | the new value, or null to drop the record |
 * | `arrayMap(record)` | an array of values; or `arrayMap(record, out: Output)` returns nothing |
 * | `aggregate(state, record)` | the new state, which is also the record's new value |
 * | `init(params)` | nothing; runs once before everything else |
 * | `lookBack(record)` | nothing; runs for the records read back before the first one |
 *
 * A value is a `string`, `Bytes`, `Uint8Array`, or a `Record` to change the key too. The state of an
 * aggregate is an integer, `f64`, `string` or `Bytes`; an empty one starts as zero.
 *
 * `throw new Error("…")`, anywhere and however deep, ends the batch at that record: the records before it
 * are delivered, and the user sees the message with the record's offset, key and value.
 * @packageDocumentation
 */

/** One record of a topic. */
export class Record {
  /**
   * A record without a key, to return from a handler.
   *
   * ```ts
   * return Record.of("value");
   * ```
   */
  static of(value: string | Bytes | Uint8Array): Record;
  /**
   * A record with this key, to return from a handler.
   *
   * ```ts
   * return Record.withKey(record.value.slice(0, 8), record.value);
   * ```
   */
  static withKey(key: string | Bytes | Uint8Array, value: string | Bytes | Uint8Array): Record;
  /** The value. A view that is valid while the handler runs for this record: `copy()` what you keep. */
  value: Bytes;
  /** The key, or null. A view, as the value. */
  key: Bytes | null;
  /** Position of the record in its partition; in `lookBack` counted from the first record read back. */
  readonly offset: i64;
  /** Milliseconds since 1970, as the producer set it. */
  readonly timestamp: i64;
}

/**
 * Bytes somewhere in memory: mostly a view over the records of the call, never a copy unless it says so.
 * Most SmartModules get by without ever making a `string`, which costs a conversion to UTF-16.
 */
export class Bytes {
  /** No bytes. */
  constructor();
  /** The UTF-8 bytes of a string, or a view over the other kinds. */
  static of(value: string | Bytes | Uint8Array): Bytes;
  /** Number of bytes. */
  get length(): i32;
  /** The bytes as UTF-8 text; what is not UTF-8 becomes U+FFFD. */
  get text(): string;
  /** A copy as a `Uint8Array`. */
  get bytes(): Uint8Array;
  /** The byte at a position; throws when there is none. */
  at(index: i32): u8;
  [index: number]: u8;
  /** As `text`. */
  toString(): string;
  /** As `text`, but throws when the bytes are not UTF-8. */
  utf8(): string;
  /** Whether the bytes are UTF-8. */
  isUtf8(): bool;
  /** These bytes; throws, saying where, when they are not UTF-8. */
  checkUtf8(): Bytes;
  /** A copy as a `Uint8Array`. */
  toUint8Array(): Uint8Array;
  /** Bytes of their own, to keep beyond the handler's call: in a global, a `Map`, an array. */
  copy(): Bytes;
  /** The JSON value that these bytes are; throws when they are not strict JSON. */
  json(): Json;
  /** A view over a part. Negative positions count from the end. */
  slice(from?: i32, to?: i32): Bytes;
  /** Position of the first occurrence from `from` on, or -1. */
  indexOf(needle: string | Bytes | u8, from?: i32): i32;
  /** Whether the text, bytes or byte occur. */
  includes(needle: string | Bytes | u8): bool;
  /** Whether the bytes begin with these. */
  startsWith(prefix: string | Bytes | Uint8Array): bool;
  /** Whether the bytes end with these. */
  endsWith(suffix: string | Bytes | Uint8Array): bool;
  /** Whether the bytes are the same. (`==` compares views by identity.) */
  equals(other: string | Bytes | Uint8Array): bool;
  /** A view without the white space at both ends. */
  trim(): Bytes;
  /** A copy with the letters a to z in upper case. */
  toUpperCase(): Bytes;
  /** A copy with the letters A to Z in lower case. */
  toLowerCase(): Bytes;
  /** A decimal integer, with a sign or without, white space around it allowed. Throws on anything else. */
  toInt(): i64;
  /** A decimal number, the double nearest to it. Throws on anything else. */
  toFloat(): f64;
  /** Two lower-case hexadecimal digits for each byte. */
  toHex(): string;
  /** The bytes that hexadecimal digits of either case stand for; throws on anything else. */
  static fromHex(text: string | Bytes | Uint8Array): Bytes;
  /** Base64 (RFC 4648) with padding. */
  toBase64(): string;
  /** The bytes that Base64 stands for: of the usual or the URL alphabet, padded or not; throws on anything else. */
  static fromBase64(text: string | Bytes | Uint8Array): Bytes;
  /**
   * The 32 bytes of the SHA-256 of these.
   *
   * ```ts
   * const digest = record.value.sha256().toHex();
   * ```
   */
  sha256(): Bytes;
  /** A fast hash of 64 bits (XXH64), for tables and sampling; anybody can make values that collide. */
  hash(seed?: u64): u64;
  /** Views over the parts between separators; one part when there is none. */
  split(separator: string): Bytes[];
  /**
   * The same parts one after the other, without an array: one view that moves.
   *
   * ```ts
   * const lines = record.value.parts("\n");
   * while (lines.next()) out.push(lines.value);
   * ```
   */
  parts(separator: string): Parts;
}

/** The parts of bytes between separators, one after the other: what `Bytes.parts` returns. */
export class Parts {
  private constructor();
  /** The current part: a view that moves on with `next()`. */
  readonly value: Bytes;
  /** Goes to the next part, the first one at first; false when there is none left. */
  next(): bool;
}

/**
 * Where `arrayMap` puts its records when it does not build an array of them.
 *
 * ```ts
 * export function arrayMap(record: Record, out: Output): void {
 *   const words = record.value.split(" ");
 *   for (let i = 0; i < words.length; i++) out.push(words[i]);
 * }
 * ```
 */
export class Output {
  private constructor();
  /** Puts out a record without a key; a `Record` keeps its own. */
  push(value: string | Bytes | Uint8Array | Record): void;
  /** Puts out a record with a key. */
  pushWithKey(key: string | Bytes | Uint8Array, value: string | Bytes | Uint8Array): void;
}

/**
 * The parameters a SmartModule is started with.
 *
 * ```ts
 * let least: i64 = 0;
 *
 * export function init(params: Params): void {
 *   least = params.int("least", 10);
 * }
 * ```
 */
export class Params {
  private constructor();
  /** Number of parameters. */
  get size(): i32;
  /** All names, sorted by their bytes. */
  names(): string[];
  /** Whether there is a parameter of that name. */
  has(name: string): bool;
  /** The value, or null. */
  get(name: string): string | null;
  /** The value; throws `Missing param NAME` without it. */
  required(name: string): string;
  /** The value, or `otherwise` (an empty string if not given). */
  optional(name: string, otherwise?: string): string;
  /** A decimal integer, or `otherwise` (0 if not given); throws when the value is none. */
  int(name: string, otherwise?: i64): i64;
  /** A decimal integer; throws without a value or when it is none. */
  requiredInt(name: string): i64;
  /** A number, or `otherwise` (0 if not given); throws when the value is none. */
  float(name: string, otherwise?: f64): f64;
  /** `true` or `false`, or `otherwise` (false if not given); throws on any other value. */
  bool(name: string, otherwise?: bool): bool;
}

/**
 * A JSON value, read where it stands: parsing checks the text once and copies nothing.
 *
 * ```ts
 * const event = record.value.json();
 * const level = event.required("level").toInt();
 * const city = event.get("city");                 // null when there is none
 * ```
 */
export class Json {
  private constructor();
  /** Reads a whole JSON text; throws, saying where, when it is not strict JSON in UTF-8. */
  static parse(text: string | Bytes | Uint8Array): Json;
  get isObject(): bool;
  get isArray(): bool;
  get isString(): bool;
  get isNumber(): bool;
  get isBool(): bool;
  get isNull(): bool;
  /** The member of that name, or null when there is none or this is no object. Of several, the last. */
  get(name: string): Json | null;
  /** Whether there is a member of that name. */
  has(name: string): bool;
  /** The member of that name; throws when there is none. */
  required(name: string): Json;
  /** Names of an object's members, in their order; none for anything else. */
  keys(): string[];
  /** Elements of an array or values of an object's members, in their order; none for anything else. */
  values(): Json[];
  /** An integer; throws on anything else, fractions and exponents included. */
  toInt(): i64;
  /** A number; throws on anything else. */
  toFloat(): f64;
  /** True or false; throws on anything else. */
  toBool(): bool;
  /**
   * The value as a type: a number, bool, string, `Bytes`, an array of these, or a class marked with `@json`. Throws on
   * any other value, a missing field that cannot be null, and a number that does not fit.
   *
   * ```ts
   * const event = record.value.json().to<Event>();
   * ```
   */
  to<T>(): T;
  /** The text of a string without quotes and escapes; of anything else its JSON text. */
  toString(): string;
  /** As `toString()`. */
  get text(): string;
  /** The bytes of a string, a view if it has no escapes; throws on anything else. */
  bytes(): Bytes;
  /** The JSON text of this value: a view. */
  get raw(): Bytes;
}

/**
 * Writes JSON: commas, quotes and escapes are put where they belong. Throws when what is written would be no JSON.
 *
 * ```ts
 * return new JsonWriter()
 *   .beginObject()
 *   .member("level", level)
 *   .name("tags").beginArray().string("a").string("b").endArray()
 *   .endObject().bytes;
 * ```
 */
export class JsonWriter {
  /** Compact without a number; else with that many blanks for each level. At most 64 levels. */
  constructor(indent?: i32);
  /** What is written: a view until the writer goes on. Throws when something is still open. */
  get bytes(): Bytes;
  /** As text. Throws when something is still open. */
  toString(): string;
  /** Starts anew in the same memory: for a writer in a global. */
  clear(): JsonWriter;
  beginObject(): JsonWriter;
  endObject(): JsonWriter;
  beginArray(): JsonWriter;
  endArray(): JsonWriter;
  /** The name of the member whose value comes next. */
  name(text: string | Bytes): JsonWriter;
  /** A member of an object: a text, integer, number, truth value, `Json`, or an array of these; null is null. */
  member<T>(name: string, value: T): JsonWriter;
  /** A value of these kinds, in an array or alone. */
  value<T>(value: T): JsonWriter;
  /** Text in UTF-8; throws when it is none. */
  string(value: string | Bytes): JsonWriter;
  int(value: i64): JsonWriter;
  /** A number; NaN and infinities become null. */
  float(value: f64): JsonWriter;
  bool(value: bool): JsonWriter;
  null(): JsonWriter;
  /** A value that was read, as it was written. */
  json(value: Json): JsonWriter;
  /** JSON text as it is: nothing is checked. */
  raw(text: string | Bytes): JsonWriter;
}

/** Points in time as text; all numbers are milliseconds since 1970. */
export namespace Time {
  /** `2023-11-14T22:13:20Z`, with `.mmm` when there are milliseconds. Throws outside of the years 0 to 9999. */
  function format(milliseconds: i64): string;
  /** `2023-11-14 22:13:20 UTC`, as Fluvio prints it. */
  function formatUtc(milliseconds: i64): string;
  /**
   * Reads RFC 3339; digits behind the third of a fraction are dropped. Throws on anything else.
   *
   * ```ts
   * const at = Time.parse(event.required("time").text);
   * ```
   */
  function parse(text: string | Bytes): i64;
}

/**
 * Lines for people, with a level and the offset of the record, to the log of `smdk test`, `smdk dev` or the SPU.
 * Below the level of the build (`log = "info"` in the table [build] of SmartModule.toml; a debug build has them all)
 * neither the call nor its message is compiled: it costs nothing.
 *
 * ```ts
 * log.debug(`skipped ${record.value}`);
 * ```
 */
export namespace log {
  /** To standard output. */
  function trace(message: string): void;
  /** To standard output. */
  function debug(message: string): void;
  /** To standard output. */
  function info(message: string): void;
  /** To standard error. */
  function warn(message: string): void;
  /** To standard error. */
  function error(message: string): void;
}

declare global {
  /**
   * Marks a class whose objects are JSON: `json.to<Event>()` reads one, handlers can return one, an aggregate can have
   * one as its state, and `JsonWriter.value` writes one. Fields are numbers, bools, strings, `Bytes`, other such classes,
   * and arrays of these; one that may be null may also be missing. The constructor must do without arguments.
   *
   * ```ts
   * @json class Event {
   *   level: i32 = 0;
   *   name: string = "";
   *   place: Place | null = null;
   * }
   * ```
   */
  function json(target: unknown): void;
  /**
   * A regular expression: a literal `/…/` with the flags g, i and m. The build makes a table of it, so that matching
   * takes no time to start. Look-around and back-references cannot be had, and groups only group.
   *
   * ```ts
   * const number = /\d{3}-\d{2}-\d{4}/;
   *
   * export function map(record: Record): Bytes {
   *   return number.replaceAll(record.value, "***-**-****");
   * }
   * ```
   */
  interface RegExp {
    /** Whether there is a match anywhere. */
    test(value: string | Bytes): bool;
    /** The first match from a position (in bytes) on, as a view, or null. */
    match(value: string | Bytes, from?: i32): Bytes | null;
    /** Position (in bytes) of the first match, or -1. */
    search(value: string | Bytes): i32;
    /** All matches that do not overlap, as views. */
    matchAll(value: string | Bytes): Bytes[];
    /** The bytes with the first match replaced, by this very text; themselves when there is none. */
    replace(value: string | Bytes, replacement: string | Bytes): Bytes;
    /** The bytes with every match replaced, by this very text; themselves when there is none. */
    replaceAll(value: string | Bytes, replacement: string | Bytes): Bytes;
  }
}
