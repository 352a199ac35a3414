/** What each kind's template does: the words for its README and the cases for its tests. */
import type { SmartModuleKind, Variant } from "./options.ts";

export interface TemplateParam {
  name: string;
  description: string;
  optional: boolean;
}

/** One run of the module, shown in the README and checked by the project's own tests. */
export interface TemplateCase {
  title: string;
  params?: Record<string, string>;
  /** Values that are in the topic already, for look-back. */
  before?: string[];
  input: string[];
  output: string[];
  /** Part of the message of the error that ends the run, after `output`. */
  error?: string;
  /** Part of the message with which `init` refuses to start at all. */
  refusal?: string;
}

export interface KindFacts {
  /** What the module does, as a sentence without its full stop. */
  does: string;
  params: TemplateParam[];
  cases: TemplateCase[];
}

/** The facts of one variant. The first case is the one the README shows. */
export function factsOf(variant: Variant): KindFacts {
  const { does, param, cases } = kinds[variant.kind](variant);
  return { does, params: variant.withParams ? [param] : [], cases };
}

/** What a variant's module does, as runs with their results. */
export function templateCases(variant: Variant): TemplateCase[] {
  return factsOf(variant).cases;
}

type Facts = Omit<KindFacts, "params"> & { param: TemplateParam };

const kinds: Record<SmartModuleKind, (variant: Variant) => Facts> = {
  filter({ withParams, lookBack }) {
    const cases: TemplateCase[] = withParams
      ? [
          {
            title: "keeps values that contain the key",
            params: { key: "pl" },
            input: ["apple", "pear"],
            output: ["apple"],
          },
          { title: "asks for its parameter", input: ["apple"], output: [], refusal: "key" },
        ]
      : [{ title: "keeps values that contain an a", input: ["apple", "plum"], output: ["apple"] }];
    if (lookBack) {
      cases.push({
        title: "drops a repetition of the last value, also of one from before",
        ...(withParams && { params: { key: "a" } }),
        before: ["banana"],
        input: ["banana", "pear", "pear"],
        output: ["pear"],
      });
    }
    return {
      does: `keeps records whose value contains ${withParams ? "the text of the parameter `key`" : "the letter a"}${
        lookBack ? ", except repetitions of the value before" : ""
      }`,
      param: { name: "key", description: "text that a value must contain", optional: false },
      cases,
    };
  },

  map({ withParams, lookBack }) {
    const cases: TemplateCase[] = [
      lookBack
        ? { title: "doubles the change since the number before", input: ["3", "10"], output: ["6", "14"] }
        : { title: "doubles numbers", input: ["21", "-4"], output: ["42", "-8"] },
      {
        title: "reports a value that is no number",
        input: ["1", "one"],
        output: ["2"],
        error: "invalid digit",
      },
    ];
    if (withParams) {
      cases.push({
        title: "multiplies by the factor",
        params: { factor: "10" },
        input: ["7"],
        output: ["70"],
      });
    }
    if (lookBack) {
      cases.push({ title: "knows the number before", before: ["1", "5"], input: ["6"], output: ["2"] });
    }
    return {
      does: `multiplies ${lookBack ? "the change since the number before" : "numbers"} by ${
        withParams ? "the parameter `factor`" : "two"
      }`,
      param: { name: "factor", description: "what to multiply by; 2 when absent", optional: true },
      cases,
    };
  },

  "filter-map"({ withParams, lookBack }) {
    const cases: TemplateCase[] = [
      { title: "halves even numbers and drops odd ones", input: ["10", "7", "12"], output: ["5", "6"] },
      {
        title: "reports a value that is no number",
        input: ["2", "two"],
        output: ["1"],
        error: "invalid digit",
      },
    ];
    if (withParams) {
      cases.push({
        title: "divides by the divisor",
        params: { divisor: "5" },
        input: ["10", "12", "15"],
        output: ["2", "3"],
      });
    }
    if (lookBack) {
      cases.push({
        title: "drops numbers that are not larger than all before",
        before: ["4", "20"],
        input: ["10", "22", "22", "24"],
        output: ["11", "12"],
      });
    }
    return {
      does: `keeps multiples of ${withParams ? "the parameter `divisor`" : "two"}${
        lookBack ? " that are larger than all numbers before" : ""
      } and divides them by it`,
      param: { name: "divisor", description: "what to divide by; 2 when absent", optional: true },
      cases,
    };
  },

  "array-map"({ withParams, lookBack }) {
    const cases: TemplateCase[] = [
      { title: "makes a record of every part", input: ["a,b", "c"], output: ["a", "b", "c"] },
      { title: "makes nothing of nothing", input: ["", ","], output: [] },
    ];
    if (withParams) {
      cases.push({
        title: "splits at the separator",
        params: { separator: " " },
        input: ["a b,c"],
        output: ["a", "b,c"],
      });
    }
    if (lookBack) {
      cases.push({
        title: "leaves out parts seen before",
        before: ["a,b"],
        input: ["b,c", "c,d"],
        output: ["c", "d"],
      });
    }
    return {
      does: `splits values at ${withParams ? "the parameter `separator`" : "commas"} into a record for every part${
        lookBack ? " not seen before" : ""
      }`,
      param: { name: "separator", description: "where to split; a comma when absent", optional: true },
      cases,
    };
  },

  aggregate({ withParams, lookBack }) {
    const cases: TemplateCase[] = [
      { title: "adds numbers up", input: ["1", "2", "3"], output: ["1", "3", "6"] },
      {
        title: "reports a value that is no number",
        input: ["4", "four"],
        output: ["4"],
        error: "invalid digit",
      },
    ];
    if (withParams) {
      cases.push({
        title: "leaves out numbers below the minimum",
        params: { minimum: "10" },
        input: ["10", "9", "12"],
        output: ["10", "10", "22"],
      });
    }
    if (lookBack) {
      cases.push({
        title: "counts a repeated number once, also one from before",
        before: ["5"],
        input: ["5", "6", "6"],
        output: ["0", "6", "6"],
      });
    }
    return {
      does: `adds numbers up${withParams ? ", those below the parameter `minimum` left out" : ""}${
        lookBack ? ", a repetition of the number before counted once" : ""
      }`,
      param: {
        name: "minimum",
        description: "smallest number that counts; all count when absent",
        optional: true,
      },
      cases,
    };
  },
};
