/**
 * Write a SmartModule as plain exported functions: the name says what it does with records.
 *
 * ```ts
 * import type { Record } from "@smdk/javascript";
 *
 * export function filter(record: Record): boolean {
 *   return record.value.includes("error");
 * }
 * ```
 *
 * | export | returns |
 * | --- | --- |
 * | `filter(record)` | whether the record stays |
 * | `map(record)` | the new value; the key stays unless the result is `{ key, value }` |
 * | `filterMap(record)` | the new value, or null to drop the record |
 * | `arrayMap(record)` | an array (or another iterable) of values |
 * | `aggregate(state, record)` | the new state, which is also the record's new value |
 * | `init(params)` | nothing; runs once before everything else |
 * | `lookBack(record)` | nothing; runs for the records read back before the first one |
 *
 * All may be async as long as nothing they wait for comes from outside. What they throw ends the batch at that
 * record: the records before it are delivered, and the user sees the message with offset, key and value.
 * @packageDocumentation
 */

import type { ParamShape, ParamValues } from "./params.ts";
import { describeParams, readParams } from "./params.ts";

export { type Param, type ParamShape, type ParamValues, param } from "./params.ts";

/**
 * One record of a topic. The object is used again for the next record, except when you keep it.
 *
 * ```ts
 * import type { Record } from "@smdk/javascript";
 *
 * export function map({ key, value, offset, timestamp }: Record): string {
 *   return `${offset} ${new Date(timestamp).toISOString()} ${key?.text ?? "-"}: ${value.text}`;
 * }
 * ```
 */
export interface Record {
  /** The value: lazy, nothing is decoded before you ask. */
  readonly value: Value;
  /** The key, or null. */
  readonly key: Value | null;
  /** Position of the record in its partition; in `lookBack` counted from the first record read back. */
  readonly offset: number;
  /** Milliseconds since 1970, as the producer set it. */
  readonly timestamp: number;
}

/**
 * Bytes of a record, its value or its key. What works on bytes is fast; `text` and `json()` decode.
 *
 * ```ts
 * import type { Record, Value } from "@smdk/javascript";
 *
 * const isJson = (value: Value): boolean => value.startsWith("{") && value.endsWith("}");
 *
 * export function filter({ value }: Record): boolean {
 *   return isJson(value) && value.includes("timeout") && value.field("level") === "error";
 * }
 * ```
 */
export interface Value {
  /** The bytes as UTF-8 text; what is no UTF-8 becomes U+FFFD. */
  readonly text: string;
  /** A copy of the bytes. */
  readonly bytes: Uint8Array;
  /** Number of bytes. */
  readonly length: number;
  /**
   * The value as JSON, as `JSON.parse(value.text)` but straight from the bytes.
   * Throws a SyntaxError when it is none. Name the type you expect: `value.json<Order>()`.
   */
  json<T = unknown>(): T;
  /**
   * One member of a JSON value, found without parsing the rest: `value.field("user.address.city")`,
   * `value.field("items.0.price")`, or `value.field(["a.b", "c"])` for names with dots. Undefined when there is
   * none. Of several members of one name the first counts; what is not on the way is not checked.
   */
  field<T = Json | undefined>(path: string | readonly (string | number)[]): T;
  /** A decimal integer of at most 16 digits, with a sign or without, white space around it allowed. Throws on anything else. */
  toInt(): number;
  /** A decimal number. Throws on anything else. */
  toFloat(): number;
  /** Whether the text or bytes occur. */
  includes(part: string | Uint8Array | Value): boolean;
  /** Position in bytes of the first occurrence from `from` on, or -1. */
  indexOf(part: string | Uint8Array | Value, from?: number): number;
  /** Whether the bytes begin so. */
  startsWith(part: string | Uint8Array | Value): boolean;
  /** Whether the bytes end so. */
  endsWith(part: string | Uint8Array | Value): boolean;
  /** Whether the bytes are the same. */
  equals(other: string | Uint8Array | Value): boolean;
  /** As `text`. */
  toString(): string;
  /** As `text`: a value inside an object that becomes JSON is a text there. */
  toJSON(): string;
}

/**
 * What JSON can express.
 *
 * ```ts
 * import type { Json, Record } from "@smdk/javascript";
 *
 * export function map(record: Record): { [name: string]: Json } {
 *   return { seen: record.offset, order: record.value.json<Json>() };
 * }
 * ```
 */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/**
 * What a value can be made of: text, bytes, a record's key or value as it is, or anything else that
 * `JSON.stringify` takes. A bigint becomes its digits.
 *
 * ```ts
 * import type { Content, Record } from "@smdk/javascript";
 *
 * export function map({ value }: Record): Content {
 *   if (value.length === 0) return "empty";
 *   return value.length > 1000 ? value.bytes.subarray(0, 1000) : value;
 * }
 * ```
 */
export type Content = string | Uint8Array | ArrayBuffer | Value | number | boolean | bigint | object;

/**
 * A result with a key. Without `key` the record keeps its own (in `arrayMap`: has none), null removes it.
 * An object counts as one when it has `value` and nothing besides but `key`.
 *
 * ```ts
 * import type { Keyed, Record } from "@smdk/javascript";
 *
 * export function map(record: Record): Keyed {
 *   return { key: record.value.field<string>("customer"), value: record.value };
 * }
 * ```
 */
export interface Keyed {
  /** The new key; null for none. */
  readonly key?: Content | null;
  /** The new value. */
  readonly value: Content;
}

/**
 * What `map` may return, and `filterMap` beside null; `arrayMap` returns several.
 *
 * ```ts
 * import type { Record, Result } from "@smdk/javascript";
 *
 * export function* arrayMap(record: Record): Generator<Result> {
 *   yield record.value;
 *   yield { key: "length", value: record.value.length };
 * }
 * ```
 */
export type Result = Content | Keyed | Record;

/**
 * A result, or a promise of one. There are no timers and no network: what it waits for comes from inside.
 *
 * ```ts
 * import type { Awaitable, Record } from "@smdk/javascript";
 *
 * export async function map(record: Record): Promise<string> {
 *   const hash: Awaitable<ArrayBuffer> = crypto.subtle.digest("SHA-256", record.value.bytes);
 *   return new Uint8Array(await hash).toHex();
 * }
 * ```
 */
export type Awaitable<T> = T | Promise<T>;

/**
 * The parameters a SmartModule is started with, in a plain `init(params)`. With `defineSmartModule` they can be
 * declared with their types instead.
 *
 * ```ts
 * import type { Params, Record } from "@smdk/javascript";
 *
 * let limit = 0;
 * let word = "";
 *
 * export function init(params: Params): void {
 *   limit = params.int("limit", 100);
 *   word = params.required("word");
 * }
 *
 * export const filter = ({ value }: Record): boolean => value.length <= limit && value.includes(word);
 * ```
 */
export interface Params {
  /** Number of parameters. */
  readonly size: number;
  /** All names, sorted by their bytes. */
  names(): string[];
  /** Whether there is a parameter of this name. */
  has(name: string): boolean;
  /** The value, or null. */
  get(name: string): string | null;
  /** The value; throws `Missing param NAME` without it. */
  required(name: string): string;
  /** The value, or `otherwise` (an empty string if not given). */
  optional(name: string, otherwise?: string): string;
  /** A decimal integer from `least` to `most`, or `otherwise` (0 if not given); throws when the value is none. */
  int(name: string, otherwise?: number, least?: number, most?: number): number;
  /** A decimal integer from `least` to `most`; throws without a value or when it is none. */
  requiredInt(name: string, least?: number, most?: number): number;
  /** A number, or `otherwise` (0 if not given); throws when the value is none. */
  float(name: string, otherwise?: number): number;
  /** A number; throws without a value or when it is none. */
  requiredFloat(name: string): number;
  /** `true` or `false`, or `otherwise` (false if not given); throws on any other value. */
  bool(name: string, otherwise?: boolean): boolean;
  /** `true` or `false`; throws without a value or on any other. */
  requiredBool(name: string): boolean;
  /** One of these texts, or `otherwise` (an empty string if not given); throws on any other value. */
  oneOf<const T extends string>(name: string, choices: readonly T[]): T | "";
  oneOf<const T extends string>(name: string, choices: readonly T[], otherwise: NoInfer<T>): T;
  /** One of these texts; throws without a value or on any other. */
  requiredOneOf<const T extends string>(name: string, choices: readonly T[]): T;
  /**
   * The texts between separators (commas if not given), without white space around them and without empty ones; none
   * without a value.
   */
  list(name: string, separator?: string): string[];
  /**
   * A length of time in milliseconds, or `otherwise` (0 if not given); throws when the value is none. It is written with
   * the units ms, s, m, h and d: `500ms`, `1h30m`.
   */
  duration(name: string, otherwise?: number): number;
  /** A length of time in milliseconds; throws without a value or when it is none. */
  requiredDuration(name: string): number;
  /** A value in JSON, parsed; throws without one or when it is no JSON. */
  json<T = unknown>(name: string): T;
}

interface Common<P extends ParamShape> {
  /**
   * The parameters, declared once: their types, their checks when the module starts, and the `[[params]]` of
   * SmartModule.toml, where a build adds those that are not there. Every function gets the values as its last
   * argument.
   */
  readonly params?: P;
  /** Runs once before everything else, after the parameters were checked. */
  init?(params: ParamValues<P>): Awaitable<void>;
  /** Runs for every record read back before the first one. */
  lookBack?(record: Record, params: ParamValues<P>): Awaitable<void>;
}

type Transform = "filter" | "map" | "filterMap" | "arrayMap" | "aggregate" | "initial";

/** T, and none of the other transforms. */
type Only<T> = T & { readonly [K in Exclude<Transform, keyof T>]?: never };

// biome-ignore lint/complexity/noBannedTypes: no parameters at all
type NoParams = {};

/**
 * A SmartModule as one object, with exactly one transform: what `defineSmartModule` takes.
 *
 * ```ts
 * import { defineSmartModule, type SmartModuleOptions } from "@smdk/javascript";
 *
 * // A library that makes SmartModules.
 * const containing = (word: string): SmartModuleOptions<{}, string> => ({
 *   filter: (record) => record.value.includes(word),
 * });
 *
 * export default defineSmartModule(containing("error"));
 * ```
 */
export type SmartModuleOptions<P extends ParamShape, S> = Common<P> &
  (
    | Only<{
        /** Whether the record stays. */
        filter(record: Record, params: ParamValues<P>): Awaitable<boolean>;
      }>
    | Only<{
        /** The record's new value; the key stays unless the result is `{ key, value }`. */
        map(record: Record, params: ParamValues<P>): Awaitable<Result>;
      }>
    | Only<{
        /** The record's new value, or null to drop it. */
        filterMap(record: Record, params: ParamValues<P>): Awaitable<Result | null | undefined>;
      }>
    | Only<{
        /** Any number of values, each a record of its own. */
        arrayMap(record: Record, params: ParamValues<P>): Awaitable<Iterable<Result>>;
      }>
    | Only<{
        /** The state before the first record; its type decides how the accumulator is read. */
        readonly initial: S;
        /** The new state, which is also the record's new value. */
        aggregate(state: S, record: Record, params: ParamValues<P>): Awaitable<S>;
      }>
  );

/**
 * What `defineSmartModule` returns, to be exported as default.
 *
 * ```ts
 * import { defineSmartModule, type SmartModuleDefinition } from "@smdk/javascript";
 *
 * const definition: SmartModuleDefinition = defineSmartModule({ map: (record) => record.value.text.trim() });
 * export default definition;
 * ```
 */
export interface SmartModuleDefinition {
  /** For the compiler. */
  readonly smdkModule: object;
}

/**
 * Defines a SmartModule as one object: parameters with types and checks, and functions that get their values.
 *
 * ```ts
 * import { defineSmartModule, param } from "@smdk/javascript";
 *
 * export default defineSmartModule({
 *   params: {
 *     level: param.enum(["info", "warn", "error"]).default("error"),
 *     limit: param.int().optional().describe("how many records to keep"),
 *   },
 *   init({ level, limit }) {
 *     console.log("keeping %s, %s", limit ?? "all", level);
 *   },
 *   filter: (record, { level }) => record.value.field("level") === level,
 * });
 * ```
 */
export function defineSmartModule<const P extends ParamShape = NoParams, S = string>(
  options: SmartModuleOptions<P, S>,
): SmartModuleDefinition {
  const { params } = options;
  const helpers = params && {
    readParams: (given: Params) => readParams(params, given),
    describeParams: () => describeParams(params),
  };
  return { smdkModule: { ...options, ...helpers } };
}
