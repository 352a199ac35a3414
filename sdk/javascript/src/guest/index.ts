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

import type { Param, ParamShape, ParamValues } from "./params.ts";
import { describeParams, readParams } from "./params.ts";

export { type Param, type ParamShape, type ParamValues, param } from "./params.ts";

/** One record of a topic. The object is used again for the next record, except when you keep it. */
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

/** Bytes of a record. What works on bytes is fast; `text` and `json()` decode. */
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
  /** Position in bytes of the first occurrence, or -1. */
  indexOf(part: string | Uint8Array | Value, from?: number): number;
  startsWith(part: string | Uint8Array | Value): boolean;
  endsWith(part: string | Uint8Array | Value): boolean;
  /** Whether the bytes are the same. */
  equals(other: string | Uint8Array | Value): boolean;
  /** As `text`. */
  toString(): string;
  /** As `text`. */
  toJSON(): string;
}

/** What JSON can express. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/**
 * What a value can be made of: text, bytes, a record's key or value as it is, or anything else that
 * `JSON.stringify` takes.
 */
export type Content = string | Uint8Array | ArrayBuffer | Value | number | boolean | bigint | object;

/**
 * A result with a key. Without `key` the record keeps its own (in `arrayMap`: has none), null removes it.
 * An object counts as one when it has `value` and nothing besides but `key`.
 */
export interface Keyed {
  readonly key?: Content | null;
  readonly value: Content;
}

/** What `map` may return. */
export type Result = Content | Keyed | Record;

/** A result, or a promise of one. */
export type Awaitable<T> = T | Promise<T>;

/** The parameters a SmartModule is started with, in a plain `init(params)`. */
export interface Params {
  /** Number of parameters. */
  readonly size: number;
  /** All names, sorted by their bytes. */
  names(): string[];
  has(name: string): boolean;
  /** The value, or null. */
  get(name: string): string | null;
  /** The value; throws `Missing param NAME` without it. */
  required(name: string): string;
  /** The value, or `otherwise` (an empty string if not given). */
  optional(name: string, otherwise?: string): string;
  /** A decimal integer, or `otherwise` (0 if not given); throws when the value is none. */
  int(name: string, otherwise?: number): number;
  /** A decimal integer; throws without a value or when it is none. */
  requiredInt(name: string): number;
  /** A number, or `otherwise` (0 if not given); throws when the value is none. */
  float(name: string, otherwise?: number): number;
  /** `true` or `false`, or `otherwise` (false if not given); throws on any other value. */
  bool(name: string, otherwise?: boolean): boolean;
}

interface Common<P extends ParamShape> {
  /**
   * The parameters, declared once: their types, their checks when the module starts, and what belongs into
   * SmartModule.toml. Every function gets the values as its last argument.
   */
  readonly params?: P;
  /** Runs once before everything else, after the parameters were checked. */
  init?(params: ParamValues<P>): Awaitable<void>;
  /** Runs for every record read back before the first one. */
  lookBack?(record: Record, params: ParamValues<P>): Awaitable<void>;
}

type NoParams = { readonly [name in never]: Param<unknown> };

/** A SmartModule as one object, with exactly one transform. */
export type SmartModuleOptions<P extends ParamShape, S> = Common<P> &
  (
    | { filter(record: Record, params: ParamValues<P>): Awaitable<boolean> }
    | { map(record: Record, params: ParamValues<P>): Awaitable<Result> }
    | { filterMap(record: Record, params: ParamValues<P>): Awaitable<Result | null | undefined> }
    | { arrayMap(record: Record, params: ParamValues<P>): Awaitable<Iterable<Result>> }
    | {
        /** The state before the first record; its type decides how the accumulator is read. Default "". */
        readonly initial: S;
        aggregate(state: S, record: Record, params: ParamValues<P>): Awaitable<S>;
      }
  );

/** What `defineSmartModule` returns, to be exported as default. */
export interface SmartModuleDefinition {
  readonly smdkModule: object;
}

/**
 * Defines a SmartModule as one object.
 *
 * ```ts
 * import { defineSmartModule, param } from "@smdk/javascript";
 *
 * export default defineSmartModule({
 *   params: { level: param.string().default("error") },
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
