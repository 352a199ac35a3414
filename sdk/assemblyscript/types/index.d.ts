/// <reference types="@smdk/assemblyscript/std" />

/**
 * Write a SmartModule as plain exported functions: the name says what it does with records.
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
 * A value is a `string`, `Bytes`, `Uint8Array`, a class marked with `@json`, or a `Record` to change the key too. The
 * state of an aggregate is an integer, `f64`, `string`, `Bytes`, `Uint8Array` or such a class; an empty one starts as
 * zero, or as a new object.
 *
 * `throw new Error("…")`, anywhere and however deep, ends the batch at that record: the records before it
 * are delivered, and the user sees the message with the record's offset, key and value.
 *
 * @example
 * ```ts
 * import { Record } from "@smdk/assemblyscript";
 *
 * export function filter(record: Record): bool {
 *   return record.value.includes("error");
 * }
 * ```
 * @packageDocumentation
 */

/**
 * One record of a topic.
 *
 * @example
 * ```ts
 * export function filter(record: Record): bool {
 *   return record.key !== null && record.value.length > 0;
 * }
 * ```
 */
export class Record {
  /**
   * A record without a key, to return from a handler.
   *
   * @example const made = Record.of("value");
   */
  static of(value: string | Bytes | Uint8Array): Record;
  /**
   * A record with this key, to return from a handler.
   *
   * @example const made = Record.withKey(record.value.slice(0, 8), record.value);
   */
  static withKey(key: string | Bytes | Uint8Array, value: string | Bytes | Uint8Array): Record;
  /**
   * The value. A view that is valid while the handler runs for this record: `copy()` what you keep.
   *
   * @example const isError = record.value.includes("error");
   */
  value: Bytes;
  /**
   * The key, or null. A view, as the value.
   *
   * @example
   * ```ts
   * const key = record.key;
   * const name = key !== null ? key.text : "none";
   * ```
   */
  key: Bytes | null;
  /**
   * Position of the record in its partition; in `lookBack` counted from the first record read back.
   *
   * @example const isEven = record.offset % 2 == 0;
   */
  readonly offset: i64;
  /**
   * Milliseconds since 1970, as the producer set it.
   *
   * @example const at = Time.format(record.timestamp);
   */
  readonly timestamp: i64;
}

/**
 * Bytes somewhere in memory: mostly a view over the records of the call, never a copy unless it says so.
 * Most SmartModules get by without ever making a `string`, which costs a conversion to UTF-16.
 *
 * @example
 * ```ts
 * let kept = new Bytes();
 *
 * export function filter(record: Record): bool {
 *   const isNew = !record.value.equals(kept);
 *   if (isNew) kept = record.value.copy();
 *   return isNew;
 * }
 * ```
 */
export class Bytes {
  /**
   * No bytes.
   *
   * @example const nothing = new Bytes();
   */
  constructor();
  /**
   * The UTF-8 bytes of a string, or a view over the other kinds.
   *
   * @example const needle = Bytes.of("grün");
   */
  static of(value: string | Bytes | Uint8Array): Bytes;
  /**
   * Bytes one behind the other, with a text in between: a copy.
   *
   * @example const line = Bytes.join([record.value.slice(0, 3), Bytes.of("x")], ";");
   */
  static join(parts: Bytes[], separator?: string): Bytes;
  /**
   * Number of bytes.
   *
   * @example const isEmpty = record.value.length == 0;
   */
  get length(): i32;
  /**
   * The bytes as UTF-8 text; what is not UTF-8 becomes U+FFFD.
   *
   * @example const name = record.value.text.trim();
   */
  get text(): string;
  /**
   * A copy as a `Uint8Array`.
   *
   * @example const reversed = record.value.bytes.reverse();
   */
  get bytes(): Uint8Array;
  /**
   * The byte at a position; throws when there is none.
   *
   * @example const first = record.value.length > 0 ? record.value.at(0) : 0;
   */
  at(index: i32): u8;
  [index: number]: u8;
  /**
   * As `text`.
   *
   * @example const name = record.value.toString();
   */
  toString(): string;
  /**
   * As `text`, but throws when the bytes are not UTF-8.
   *
   * @example const name = record.value.utf8();
   */
  utf8(): string;
  /**
   * Whether the bytes are UTF-8.
   *
   * @example const isText = record.value.isUtf8();
   */
  isUtf8(): bool;
  /**
   * These bytes; throws, saying where, when they are not UTF-8.
   *
   * @example const upper = record.value.checkUtf8().toUpperCase();
   */
  checkUtf8(): Bytes;
  /**
   * A copy as a `Uint8Array`.
   *
   * @example const array = record.value.toUint8Array();
   */
  toUint8Array(): Uint8Array;
  /**
   * Bytes of their own, to keep beyond the handler's call: in a global, a `Map`, an array.
   *
   * @example const mine = record.value.slice(0, 10).copy();
   */
  copy(): Bytes;
  /**
   * The JSON value that these bytes are; throws when they are not strict JSON.
   *
   * @example const level = record.value.json().required("level").toInt();
   */
  json(): Json;
  /**
   * A view over a part. Negative positions count from the end.
   *
   * @example const last = record.value.slice(-4);
   */
  slice(from?: i32, to?: i32): Bytes;
  /**
   * Position of the first occurrence from `from` on, or -1.
   *
   * @example const colon = record.value.indexOf(":");
   */
  indexOf(needle: string | Bytes | u8, from?: i32): i32;
  /**
   * Position of the last occurrence, or -1.
   *
   * @example const dot = record.value.lastIndexOf(".");
   */
  lastIndexOf(needle: string | Bytes | u8): i32;
  /**
   * Whether the text, bytes or byte occur.
   *
   * @example const isError = record.value.includes("error");
   */
  includes(needle: string | Bytes | u8): bool;
  /**
   * Whether the bytes begin with these.
   *
   * @example const isObject = record.value.startsWith("{");
   */
  startsWith(prefix: string | Bytes | Uint8Array): bool;
  /**
   * Whether the bytes end with these.
   *
   * @example const isLine = record.value.endsWith("\n");
   */
  endsWith(suffix: string | Bytes | Uint8Array): bool;
  /**
   * Whether the bytes are the same. (`==` compares views by identity.)
   *
   * @example const isPing = record.value.equals("ping");
   */
  equals(other: string | Bytes | Uint8Array): bool;
  /**
   * Below 0 when these bytes come before the others, above 0 when behind, 0 when they are the same.
   *
   * @example const isLater = record.value.compareTo("m") > 0;
   */
  compareTo(other: string | Bytes | Uint8Array): i32;
  /**
   * A view without the white space at both ends.
   *
   * @example const word = record.value.trim();
   */
  trim(): Bytes;
  /**
   * A copy with the letters a to z in upper case.
   *
   * @example const loud = record.value.toUpperCase();
   */
  toUpperCase(): Bytes;
  /**
   * A copy with the letters A to Z in lower case.
   *
   * @example const isError = record.value.toLowerCase().includes("error");
   */
  toLowerCase(): Bytes;
  /**
   * A copy with every occurrence of some bytes replaced by others; these bytes when there is none.
   *
   * @example const clean = record.value.replaceAll("secret", "***");
   */
  replaceAll(what: string | Bytes, by: string | Bytes): Bytes;
  /**
   * A decimal integer, with a sign or without, white space around it allowed. Throws on anything else.
   *
   * @example const twice = record.value.toInt() * 2;
   */
  toInt(): i64;
  /**
   * A decimal number, the double nearest to it. Throws on anything else.
   *
   * @example const half = record.value.toFloat() / 2;
   */
  toFloat(): f64;
  /**
   * Two lower-case hexadecimal digits for each byte.
   *
   * @example const digits = record.value.toHex();
   */
  toHex(): string;
  /**
   * The bytes that hexadecimal digits of either case stand for; throws on anything else.
   *
   * @example const bytes = Bytes.fromHex("00ff");
   */
  static fromHex(text: string | Bytes | Uint8Array): Bytes;
  /**
   * Base64 (RFC 4648) with padding.
   *
   * @example const packed = record.value.toBase64();
   */
  toBase64(): string;
  /**
   * The bytes that Base64 stands for: of the usual or the URL alphabet, padded or not; throws on anything else.
   *
   * @example const bytes = Bytes.fromBase64("aGk=");
   */
  static fromBase64(text: string | Bytes | Uint8Array): Bytes;
  /**
   * The 32 bytes of the SHA-256 of these.
   *
   * @example const digest = record.value.sha256().toHex();
   */
  sha256(): Bytes;
  /**
   * A fast hash of 64 bits (XXH64), for tables and sampling; anybody can make values that collide.
   *
   * @example const isSample = record.value.hash() % 100 == 0;
   */
  hash(seed?: u64): u64;
  /**
   * Views over the parts between separators; one part when there is none.
   *
   * @example const fields = record.value.split(",");
   */
  split(separator: string): Bytes[];
  /**
   * The same parts one after the other, without an array: one view that moves.
   *
   * @example
   * ```ts
   * const lines = record.value.parts("\n");
   * while (lines.next()) out.push(lines.value);
   * ```
   */
  parts(separator: string): Parts;
}

/**
 * The parts of bytes between separators, one after the other: what `Bytes.parts` returns.
 *
 * @example
 * ```ts
 * const fields = record.value.parts(",");
 * let sum: i64 = 0;
 * while (fields.next()) sum += fields.value.toInt();
 * ```
 */
export class Parts {
  private constructor();
  /**
   * The current part: a view that moves on with `next()`.
   *
   * @example
   * ```ts
   * const words = record.value.parts(" ");
   * const first = words.next() ? words.value.copy() : new Bytes();
   * ```
   */
  readonly value: Bytes;
  /**
   * Goes to the next part, the first one at first; false when there is none left.
   *
   * @example
   * ```ts
   * const words = record.value.parts(" ");
   * let count = 0;
   * while (words.next()) count++;
   * ```
   */
  next(): bool;
}

/**
 * Where `arrayMap` puts its records when it does not build an array of them.
 *
 * @example
 * ```ts
 * export function arrayMap(record: Record, out: Output): void {
 *   const words = record.value.split(" ");
 *   for (let i = 0; i < words.length; i++) out.push(words[i]);
 * }
 * ```
 */
export class Output {
  private constructor();
  /**
   * Puts out a record without a key; a `Record` keeps its own.
   *
   * @example out.push(record.value.trim());
   */
  push(value: string | Bytes | Uint8Array | Record): void;
  /**
   * Puts out a record with a key.
   *
   * @example out.pushWithKey("first", record.value.slice(0, 1));
   */
  pushWithKey(key: string | Bytes | Uint8Array, value: string | Bytes | Uint8Array): void;
}

/**
 * The parameters a SmartModule is started with. A value that does not fit throws, and so keeps the module from
 * starting, with the name, what the value must be, and the value: `Param count: must be an integer, not "many"`.
 *
 * @example
 * ```ts
 * let least: i64 = 0;
 *
 * export function init(params: Params): void {
 *   least = params.int("least", 10);
 * }
 *
 * export function filter(record: Record): bool {
 *   return record.value.toInt() >= least;
 * }
 * ```
 */
export class Params {
  private constructor();
  /**
   * Number of parameters.
   *
   * @example const isPlain = params.size == 0;
   */
  get size(): i32;
  /**
   * All names, sorted by their bytes.
   *
   * @example const names = params.names();
   */
  names(): string[];
  /**
   * Whether there is a parameter of that name.
   *
   * @example const isStrict = params.has("strict");
   */
  has(name: string): bool;
  /**
   * The value, or null.
   *
   * @example
   * ```ts
   * const word = params.get("word");
   * if (word !== null) log.info(`only ${word}`);
   * ```
   */
  get(name: string): string | null;
  /**
   * The value; throws `Missing param NAME` without it.
   *
   * @example const word = params.required("word");
   */
  required(name: string): string;
  /**
   * The value, or `otherwise` (an empty string if not given).
   *
   * @example const field = params.optional("field", "name");
   */
  optional(name: string, otherwise?: string): string;
  /**
   * A decimal integer from `least` to `most`, or `otherwise` (0 if not given); throws when the value is none.
   *
   * @example const count = params.int("count", 10, 1, 1000);
   */
  int(name: string, otherwise?: i64, least?: i64, most?: i64): i64;
  /**
   * A decimal integer from `least` to `most`; throws without a value or when it is none.
   *
   * @example const count = params.requiredInt("count", 1);
   */
  requiredInt(name: string, least?: i64, most?: i64): i64;
  /**
   * A number, or `otherwise` (0 if not given); throws when the value is none.
   *
   * @example const share = params.float("share", 0.5);
   */
  float(name: string, otherwise?: f64): f64;
  /**
   * A number; throws without a value or when it is none.
   *
   * @example const share = params.requiredFloat("share");
   */
  requiredFloat(name: string): f64;
  /**
   * `true` or `false`, or `otherwise` (false if not given); throws on any other value.
   *
   * @example const isStrict = params.bool("strict", true);
   */
  bool(name: string, otherwise?: bool): bool;
  /**
   * `true` or `false`; throws without a value or on any other.
   *
   * @example const isStrict = params.requiredBool("strict");
   */
  requiredBool(name: string): bool;
  /**
   * One of these texts, or `otherwise` (an empty string if not given); throws on any other value.
   *
   * @example const unit = params.oneOf("unit", ["ms", "s"], "ms");
   */
  oneOf(name: string, choices: string[], otherwise?: string): string;
  /**
   * One of these texts; throws without a value or on any other.
   *
   * @example const unit = params.requiredOneOf("unit", ["ms", "s"]);
   */
  requiredOneOf(name: string, choices: string[]): string;
  /**
   * The texts between separators (commas if not given), without white space around them and without empty ones; none
   * without a value.
   *
   * @example const names = params.list("names");
   */
  list(name: string, separator?: string): string[];
  /**
   * A length of time in milliseconds, or `otherwise` (0 if not given); throws when the value is none. It is written with
   * the units ms, s, m, h and d: `500ms`, `1h30m`.
   *
   * @example const window = params.duration("window", 60000);
   */
  duration(name: string, otherwise?: i64): i64;
  /**
   * A length of time in milliseconds; throws without a value or when it is none.
   *
   * @example const window = params.requiredDuration("window");
   */
  requiredDuration(name: string): i64;
  /**
   * A value in JSON; throws without one or when it is no JSON.
   *
   * @example const rules = params.json("rules").values();
   */
  json(name: string): Json;
}

/**
 * A JSON value, read where it stands: parsing checks the text once and copies nothing.
 *
 * @example
 * ```ts
 * const event = record.value.json();
 * const level = event.required("level").toInt();
 * const city = event.get("city");
 * const place = city !== null ? city.text : "nowhere";
 * ```
 */
export class Json {
  private constructor();
  /**
   * Reads a whole JSON text; throws, saying where, when it is not strict JSON in UTF-8.
   *
   * @example const event = Json.parse('{"level": 3}');
   */
  static parse(text: string | Bytes | Uint8Array): Json;
  /**
   * Reads a whole JSON text; null when it is not strict JSON in UTF-8.
   *
   * @example
   * ```ts
   * const event = Json.tryParse(record.value);
   * const isJson = event !== null;
   * ```
   */
  static tryParse(text: string | Bytes | Uint8Array): Json | null;
  /**
   * Whether this is an object.
   *
   * @example const isEvent = record.value.json().isObject;
   */
  get isObject(): bool;
  /**
   * Whether this is an array.
   *
   * @example const isList = record.value.json().isArray;
   */
  get isArray(): bool;
  /**
   * Whether this is a string.
   *
   * @example const isText = record.value.json().isString;
   */
  get isString(): bool;
  /**
   * Whether this is a number.
   *
   * @example const isNumber = record.value.json().isNumber;
   */
  get isNumber(): bool;
  /**
   * Whether this is true or false.
   *
   * @example const isFlag = record.value.json().isBool;
   */
  get isBool(): bool;
  /**
   * Whether this is null.
   *
   * @example const isNothing = record.value.json().isNull;
   */
  get isNull(): bool;
  /**
   * The member of that name, or null when there is none or this is no object. Of several, the last.
   *
   * @example
   * ```ts
   * const city = record.value.json().get("city");
   * const name = city !== null ? city.text : "nowhere";
   * ```
   */
  get(name: string): Json | null;
  /**
   * Whether there is a member of that name.
   *
   * @example const isTagged = record.value.json().has("tag");
   */
  has(name: string): bool;
  /**
   * The member of that name; throws when there is none.
   *
   * @example const level = record.value.json().required("level").toInt();
   */
  required(name: string): Json;
  /**
   * Names of an object's members, in their order; none for anything else.
   *
   * @example const names = record.value.json().keys();
   */
  keys(): string[];
  /**
   * Elements of an array or values of an object's members, in their order; none for anything else.
   *
   * @example const elements = record.value.json().values();
   */
  values(): Json[];
  /**
   * An integer; throws on anything else, fractions and exponents included.
   *
   * @example const level = record.value.json().required("level").toInt();
   */
  toInt(): i64;
  /**
   * A number; throws on anything else.
   *
   * @example const price = record.value.json().required("price").toFloat();
   */
  toFloat(): f64;
  /**
   * True or false; throws on anything else.
   *
   * @example const isOn = record.value.json().required("on").toBool();
   */
  toBool(): bool;
  /**
   * The value as a type: a number, bool, string, `Bytes`, an array of these, or a class marked with `@json`. Throws on
   * any other value, a missing field that cannot be null, and a number that does not fit.
   *
   * @example const scores = record.value.json().required("scores").to<i32[]>();
   */
  to<T>(): T;
  /**
   * The text of a string without quotes and escapes; of anything else its JSON text.
   *
   * @example const name = record.value.json().required("name").toString();
   */
  toString(): string;
  /**
   * As `toString()`.
   *
   * @example const name = record.value.json().required("name").text;
   */
  get text(): string;
  /**
   * The bytes of a string, a view if it has no escapes; throws on anything else.
   *
   * @example const name = record.value.json().required("name").bytes();
   */
  bytes(): Bytes;
  /**
   * The JSON text of this value: a view.
   *
   * @example const part = record.value.json().required("payload").raw;
   */
  get raw(): Bytes;
}

/**
 * Writes JSON: commas, quotes and escapes are put where they belong. Throws when what is written would be no JSON.
 *
 * @example
 * ```ts
 * export function map(record: Record): Bytes {
 *   return new JsonWriter()
 *     .beginObject()
 *     .member("at", record.offset)
 *     .name("tags").beginArray().string("a").string(record.value).endArray()
 *     .endObject().bytes;
 * }
 * ```
 */
export class JsonWriter {
  /**
   * Compact without a number; else with that many blanks for each level. At most 127 levels, as many as are read.
   *
   * @example const pretty = new JsonWriter(2);
   */
  constructor(indent?: i32);
  /**
   * What is written: a view until the writer goes on. Throws when something is still open.
   *
   * @example const bytes = new JsonWriter().int(1).bytes;
   */
  get bytes(): Bytes;
  /**
   * As text. Throws when something is still open.
   *
   * @example const text = new JsonWriter().string("a").toString();
   */
  toString(): string;
  /**
   * Starts anew in the same memory: for a writer in a global.
   *
   * @example
   * ```ts
   * const writer = new JsonWriter();
   *
   * export function map(record: Record): Bytes {
   *   return writer.clear().string(record.value).bytes;
   * }
   * ```
   */
  clear(): JsonWriter;
  /**
   * Begins an object.
   *
   * @example const empty = new JsonWriter().beginObject().endObject().bytes;
   */
  beginObject(): JsonWriter;
  /**
   * Ends an object.
   *
   * @example const one = new JsonWriter().beginObject().member("n", 1).endObject().bytes;
   */
  endObject(): JsonWriter;
  /**
   * Begins an array.
   *
   * @example const empty = new JsonWriter().beginArray().endArray().bytes;
   */
  beginArray(): JsonWriter;
  /**
   * Ends an array.
   *
   * @example const list = new JsonWriter().beginArray().int(1).int(2).endArray().bytes;
   */
  endArray(): JsonWriter;
  /**
   * The name of the member whose value comes next.
   *
   * @example const one = new JsonWriter().beginObject().name("n").int(1).endObject().bytes;
   */
  name(text: string | Bytes): JsonWriter;
  /**
   * A member of an object: a text, integer, number, truth value, `Json`, a class marked with `@json`, or an array of
   * these; null is null.
   *
   * @example const one = new JsonWriter().beginObject().member("ok", true).endObject().bytes;
   */
  member<T>(name: string, value: T): JsonWriter;
  /**
   * A value of these kinds, in an array or alone.
   *
   * @example const list = new JsonWriter().value(["a", "b"]).bytes;
   */
  value<T>(value: T): JsonWriter;
  /**
   * Text in UTF-8; throws when it is none.
   *
   * @example const text = new JsonWriter().string(record.value).bytes;
   */
  string(value: string | Bytes): JsonWriter;
  /**
   * An integer.
   *
   * @example const number = new JsonWriter().int(record.offset).bytes;
   */
  int(value: i64): JsonWriter;
  /**
   * A number, a whole one with `.0` as Rust's modules write it (`int` writes none); NaN and infinities become null.
   *
   * @example const number = new JsonWriter().float(0.5).bytes;
   */
  float(value: f64): JsonWriter;
  /**
   * True or false.
   *
   * @example const flag = new JsonWriter().bool(record.offset > 5).bytes;
   */
  bool(value: bool): JsonWriter;
  /**
   * Null.
   *
   * @example const nothing = new JsonWriter().null().bytes;
   */
  null(): JsonWriter;
  /**
   * A value that was read, as it was written.
   *
   * @example const same = new JsonWriter().json(record.value.json()).bytes;
   */
  json(value: Json): JsonWriter;
  /**
   * JSON text as it is: nothing is checked.
   *
   * @example const big = new JsonWriter().raw("1e400").bytes;
   */
  raw(text: string | Bytes): JsonWriter;
}

/**
 * Points in time as text; all numbers are milliseconds since 1970.
 *
 * @example const day = Time.format(record.timestamp).slice(0, 10);
 */
export namespace Time {
  /**
   * `2023-11-14T22:13:20Z`, with `.mmm` when there are milliseconds. Throws outside of the years 0 to 9999.
   *
   * @example const at = Time.format(record.timestamp);
   */
  function format(milliseconds: i64): string;
  /**
   * `2023-11-14 22:13:20 UTC`, as Fluvio prints it.
   *
   * @example const at = Time.formatUtc(record.timestamp);
   */
  function formatUtc(milliseconds: i64): string;
  /**
   * Reads RFC 3339; digits behind the third of a fraction are dropped. Throws on anything else.
   *
   * @example const at = Time.parse(record.value.json().required("time").text);
   */
  function parse(text: string | Bytes): i64;
}

/**
 * Lines for people, with a level and the offset of the record, to the log of `smdk test`, `smdk dev` or the SPU.
 * Below the level of the build (`log = "info"` in the table [build] of SmartModule.toml; a debug build has them all)
 * neither the call nor its message is compiled: it costs nothing.
 *
 * @example log.debug(`skipped ${record.value}`);
 */
export namespace log {
  /**
   * To standard output.
   *
   * @example log.trace(`saw ${record.value}`);
   */
  function trace(message: string): void;
  /**
   * To standard output.
   *
   * @example log.debug(`skipped ${record.value}`);
   */
  function debug(message: string): void;
  /**
   * To standard output.
   *
   * @example log.info("started");
   */
  function info(message: string): void;
  /**
   * To standard error.
   *
   * @example log.warn(`no level in ${record.value}`);
   */
  function warn(message: string): void;
  /**
   * To standard error.
   *
   * @example log.error(`cannot read ${record.value}`);
   */
  function error(message: string): void;
}

declare global {
  /**
   * Marks a class whose objects are JSON: `json.to<Event>()` reads one, handlers can return one, an aggregate can have
   * one as its state, and `JsonWriter.value` writes one. Fields are numbers, bools, strings, `Bytes`, other such classes,
   * and arrays of these; one that may be null may also be missing. The constructor must do without arguments.
   *
   * @example
   * ```ts
   * @json class Place {
   *   city: string = "";
   * }
   *
   * @json class Event {
   *   level: i32 = 0;
   *   name: string = "";
   *   place: Place | null = null;
   * }
   *
   * export function filter(record: Record): bool {
   *   const event = record.value.json().to<Event>();
   *   return event.level > 3 && event.place !== null;
   * }
   * ```
   */
  function json(target: unknown): void;
  /**
   * A regular expression. Of a literal `/…/`, with the flags g, i and m, the build makes a table, so that matching takes
   * no time to start; `new RegExp(pattern)` is for patterns that are only known when the module runs, has the flags s and
   * u too, and makes it some 40 KB larger. Both match as JavaScript does, over UTF-8, in a time that grows with the text and not faster.
   * Look-around and back-references cannot be had.
   *
   * @example
   * ```ts
   * const number = /\d{3}-\d{2}-\d{4}/;
   *
   * export function map(record: Record): Bytes {
   *   return number.replaceAll(record.value, "***-**-****");
   * }
   * ```
   */
  interface RegExp {
    /**
     * Whether there is a match anywhere.
     *
     * @example const isNumber = /^\d+$/.test(record.value);
     */
    test(value: string | Bytes): bool;
    /**
     * The first match from a position (in bytes) on, as a view, or null.
     *
     * @example
     * ```ts
     * const digits = /\d+/.match(record.value);
     * const number = digits !== null ? digits.toInt() : 0;
     * ```
     */
    match(value: string | Bytes, from?: i32): Bytes | null;
    /**
     * The first match from a position (in bytes) on with its groups, or null.
     *
     * @example
     * ```ts
     * const found = /(?<name>\w+)=(\d+)/.exec(record.value);
     * if (found !== null) log.info(`${found.group("name")!} is ${found[2]!}`);
     * ```
     */
    exec(value: string | Bytes, from?: i32): RegExpMatch | null;
    /**
     * Position (in bytes) of the first match, or -1.
     *
     * @example const at = /[aeiou]/.search(record.value);
     */
    search(value: string | Bytes): i32;
    /**
     * All matches that do not overlap, as views.
     *
     * @example const words = /\w+/.matchAll(record.value);
     */
    matchAll(value: string | Bytes): Bytes[];
    /**
     * The parts between the matches, as views.
     *
     * @example const fields = / ?[,;] ?/.split(record.value);
     */
    split(value: string | Bytes): Bytes[];
    /**
     * The bytes with the first match replaced; themselves when there is none. In the replacement `$1` to `$99` and
     * `$<name>` stand for groups, `$&` for the match, `` $` `` and `$'` for what is around it, `$$` for `$`.
     *
     * @example const swapped = /(\w+) (\w+)/.replace(record.value, "$2 $1");
     */
    replace(value: string | Bytes, replacement: string | Bytes): Bytes;
    /**
     * The bytes with every match replaced; themselves when there is none. The replacement is as in `replace`.
     *
     * @example const masked = /\d/.replaceAll(record.value, "#");
     */
    replaceAll(value: string | Bytes, replacement: string | Bytes): Bytes;
  }
  /**
   * Makes regular expressions of patterns that are only known when the module runs. Throws, with what the build would
   * say of a literal and the place in the pattern, when it is none or cannot be had.
   *
   * @example
   * ```ts
   * let pattern = new RegExp("");
   *
   * export function init(params: Params): void {
   *   pattern = new RegExp(params.required("regex"), params.optional("flags"));
   * }
   *
   * export function filter(record: Record): bool {
   *   return pattern.test(record.value);
   * }
   * ```
   */
  // biome-ignore lint/suspicious/noShadowRestrictedNames: it takes the place of that one
  const RegExp: { new (pattern: string, flags?: string): RegExp };
  /**
   * A match with its groups: `found[1]` is the first, a view, or null when it has no part in the match.
   *
   * @example
   * ```ts
   * const found = /(\d+)-(\d+)?/.exec(record.value);
   * const isRange = found !== null && found[2] !== null;
   * ```
   */
  interface RegExpMatch {
    readonly [group: number]: Bytes | null;
    /**
     * Position of the match in the bytes.
     *
     * @example
     * ```ts
     * const found = /b+/.exec(record.value);
     * const before = found !== null ? record.value.slice(0, found.index) : record.value;
     * ```
     */
    readonly index: i32;
    /**
     * Position behind the match.
     *
     * @example
     * ```ts
     * const found = /b+/.exec(record.value);
     * const after = found !== null ? record.value.slice(found.end) : record.value;
     * ```
     */
    readonly end: i32;
    /**
     * Number of groups, the whole match included.
     *
     * @example
     * ```ts
     * const found = /(a)|(b)/.exec(record.value);
     * const count = found !== null ? found.length : 0;
     * ```
     */
    readonly length: i32;
    /**
     * The whole match: a view.
     *
     * @example
     * ```ts
     * const found = /b+/.exec(record.value);
     * const value = found !== null ? found.value : record.value;
     * ```
     */
    readonly value: Bytes;
    /**
     * The group of that name, or null when it has no part in the match; throws when there is no such group.
     *
     * @example
     * ```ts
     * const found = /(?<year>\d{4})/.exec(record.value);
     * const year = found !== null ? found.group("year")!.toInt() : 0;
     * ```
     */
    group(name: string): Bytes | null;
  }
}
