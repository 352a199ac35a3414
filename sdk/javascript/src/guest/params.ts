// Parameters declared once: types, checks at the module's start, and the text for SmartModule.toml.

import type { Params } from "./index.ts";

/** One declared parameter, with the type of its value. */
export interface Param<T> {
  /** A text for people, which belongs into SmartModule.toml. */
  describe(text: string): Param<T>;
  /** May be missing: the value is then undefined. */
  optional(): Param<T | undefined>;
  /** May be missing: the value is then this one. */
  default(value: T): Param<T>;
  /** A further condition; `message` says what is wrong, as in "must be even". */
  check(condition: (value: T) => boolean, message: string): Param<T>;
}

/** Parameters by name. */
export type ParamShape = { readonly [name: string]: Param<unknown> };

/** The values of declared parameters. */
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
  return Number.isNaN(value) ? NONE : value;
}

/** Makes parameters for `defineSmartModule`. */
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
  /** A number. */
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
      else faults.push(`Missing param ${name}`);
      continue;
    }
    const value = spec.read(text);
    if (value === NONE) {
      faults.push(`Param ${name}: ${spec.wanted}, not "${text}"`);
      continue;
    }
    const failed = spec.checks.find((check) => !check.condition(value as never));
    if (failed) faults.push(`Param ${name}: ${failed.message}, not "${text}"`);
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
