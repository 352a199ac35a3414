// Parameters declared once: types, checks at the module's start, and the text for SmartModule.toml.

import type { Params } from "./index.ts";

/**
 * One declared parameter, with the type of its value. Made by `param`; each method returns a new one.
 *
 * ```ts
 * import { defineSmartModule, type Param, param } from "@smdk/javascript";
 *
 * const even: Param<number> = param.int().default(2).check((n) => n % 2 === 0, "must be even");
 *
 * export default defineSmartModule({
 *   params: { factor: even.describe("what to multiply by") },
 *   map: (record, { factor }) => record.value.toInt() * factor,
 * });
 * ```
 */
export interface Param<T> {
  /** A text for people: it becomes the description in SmartModule.toml. */
  describe(text: string): Param<T>;
  /** May be missing: the value is then undefined. */
  optional(): Param<T | undefined>;
  /** May be missing: the value is then this one. */
  default(value: T): Param<T>;
  /** A further condition; `message` says what is wrong, as in "must be even". */
  check(condition: (value: T) => boolean, message: string): Param<T>;
}

/**
 * Parameters by name: the `params` of `defineSmartModule`.
 *
 * ```ts
 * import { defineSmartModule, param, type ParamShape } from "@smdk/javascript";
 *
 * // Shared by several modules.
 * const range = { from: param.number().default(0), to: param.number() } satisfies ParamShape;
 *
 * export default defineSmartModule({
 *   params: { ...range, field: param.string() },
 *   filter(record, { from, to, field }) {
 *     const n = record.value.field(field);
 *     return typeof n === "number" && n >= from && n <= to;
 *   },
 * });
 * ```
 */
export type ParamShape = { readonly [name: string]: Param<unknown> };

/**
 * The values of declared parameters.
 *
 * ```ts
 * import { defineSmartModule, param, type ParamValues, type Record } from "@smdk/javascript";
 *
 * const params = { word: param.string(), limit: param.int().optional() };
 *
 * function fits(record: Record, { word, limit = 100 }: ParamValues<typeof params>): boolean {
 *   return record.value.length <= limit && record.value.includes(word);
 * }
 *
 * export default defineSmartModule({ params, filter: fits });
 * ```
 */
export type ParamValues<P extends ParamShape> = {
  readonly [K in keyof P]: P[K] extends Param<infer T> ? T : never;
};

interface Spec {
  readonly read: (text: string) => unknown;
  /** What a value must be, as in "must be a number". */
  readonly wanted: string;
  readonly description?: string;
  readonly isOptional?: boolean;
  readonly otherwise?: unknown;
  readonly checks: readonly { readonly condition: (value: never) => boolean; readonly message: string }[];
}

/** Where a parameter keeps its declaration. */
const SPEC = "__spec";

function make<T>(spec: Spec): Param<T> {
  const next = <U>(more: Partial<Spec>): Param<U> => make<U>({ ...spec, ...more });
  const result = {
    [SPEC]: spec,
    describe: (description: string) => next<T>({ description }),
    optional: () => next<T | undefined>({ isOptional: true }),
    default: (otherwise: T) => next<T>({ isOptional: true, otherwise }),
    check: (condition: (value: T) => boolean, message: string) =>
      next<T>({ checks: [...spec.checks, { condition, message }] }),
  };
  return result;
}

const NONE = Symbol("none");

function number(text: string): unknown {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : NONE;
}

/** A value in a message. */
function quoted(text: string): string {
  return text.length > 100 ? `"${text.slice(0, 100)}…"` : `"${text}"`;
}

/**
 * Makes parameters for `defineSmartModule`. Whoever starts the module gives texts; what is missing or does not fit
 * keeps the module from starting, with a message that names every fault:
 * `Param limit: must be an integer, not "many"`.
 *
 * ```ts
 * import { defineSmartModule, param } from "@smdk/javascript";
 *
 * export default defineSmartModule({
 *   params: {
 *     word: param.string().describe("what a record must contain"),
 *     limit: param.int().default(100).check((n) => n > 0, "must be positive"),
 *     share: param.number().optional(),
 *     strict: param.boolean().default(false),
 *     unit: param.enum(["ms", "s"]).default("ms"),
 *     names: param.json<string[]>().default([]).check(Array.isArray, "must be a list"),
 *   },
 *   filter: (record, { word, limit }) => record.value.length <= limit && record.value.includes(word),
 * });
 * ```
 */
export const param = {
  /** A text. */
  string: (): Param<string> => make({ read: (text) => text, wanted: "must be a text", checks: [] }),
  /** A whole number, exact up to 2^53. */
  int: (): Param<number> =>
    make({
      read: (text) => (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : NONE),
      wanted: "must be an integer",
      checks: [],
    }),
  /** A number, not infinite. */
  number: (): Param<number> => make({ read: number, wanted: "must be a number", checks: [] }),
  /** `true` or `false`. */
  boolean: (): Param<boolean> =>
    make({
      read: (text) => (text === "true" ? true : text === "false" ? false : NONE),
      wanted: "must be true or false",
      checks: [],
    }),
  /** One of these texts. */
  enum: <const T extends readonly string[]>(values: T): Param<T[number]> =>
    make({
      read: (text) => (values.includes(text) ? text : NONE),
      wanted: `must be one of ${values.join(", ")}`,
      checks: [],
    }),
  /** A JSON text, parsed. */
  json: <T = unknown>(): Param<T> =>
    make({
      read: (text) => {
        try {
          return JSON.parse(text);
        } catch {
          return NONE;
        }
      },
      wanted: "must be JSON",
      checks: [],
    }),
};

function specOf(of: Param<unknown>): Spec {
  return (of as unknown as { [SPEC]: Spec })[SPEC];
}

/** Reads all parameters; throws an error that names every fault. */
export function readParams(shape: ParamShape, given: Params): object {
  const values: { [name: string]: unknown } = {};
  const faults: string[] = [];
  for (const [name, of] of Object.entries(shape)) {
    const spec = specOf(of);
    const text = given.get(name);
    if (text === null) {
      if (spec.isOptional) values[name] = spec.otherwise;
      else faults.push(`Missing param ${name}${spec.description ? ` (${spec.description})` : ""}`);
      continue;
    }
    const value = spec.read(text);
    if (value === NONE) {
      faults.push(`Param ${name}: ${spec.wanted}, not ${quoted(text)}`);
      continue;
    }
    const failed = spec.checks.find((check) => !check.condition(value as never));
    if (failed) faults.push(`Param ${name}: ${failed.message}, not ${quoted(text)}`);
    values[name] = value;
  }
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return values;
}

/** The declaration as JSON: what `[[params]]` of SmartModule.toml should say. */
export function describeParams(shape: ParamShape): string {
  return JSON.stringify(
    Object.entries(shape).map(([name, of]) => {
      const { description, isOptional } = specOf(of);
      return { name, optional: Boolean(isOptional), ...(description === undefined ? {} : { description }) };
    }),
  );
}
