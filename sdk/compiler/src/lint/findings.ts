// What lint says: findings with a rule, a place and sometimes a fix; and the catalogue of all rules.

export type Severity = "error" | "warning";

/** One thing to look at. */
export interface Finding {
  /** Code of the rule, for example `SM104`. */
  readonly rule: RuleCode;
  readonly severity: Severity;
  readonly message: string;
  readonly hint?: string;
  /** Absolute path. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** A change that is safe to make without asking: UTF-16 positions in the file. */
  readonly fix?: { readonly start: number; readonly end: number; readonly text: string };
}

/** All rules: code, name, severity, what it is about. Each has a page in `docs/lint`. */
export const RULES = {
  SM001: ["manifest-missing", "error", "there is no SmartModule.toml"],
  SM002: ["manifest-syntax", "error", "SmartModule.toml is no TOML"],
  SM003: ["manifest-params-missing", "error", "the key params is missing"],
  SM004: ["manifest-package-missing", "error", "the table [package] is missing"],
  SM005: ["manifest-field-missing", "error", "a required field of [package] or of a param is missing"],
  SM006: ["manifest-field-type", "error", "a field has the wrong type, or is empty"],
  SM007: ["manifest-version", "error", "a version is not strict semver"],
  SM008: ["manifest-visibility", "error", "visibility is neither private nor public"],
  SM009: ["manifest-unknown-key", "warning", "a key that nobody reads"],
  SM010: ["manifest-duplicate-param", "warning", "a param is declared twice"],
  SM011: ["manifest-name", "warning", "a name that a hub does not take"],
  SM012: ["manifest-description", "warning", "the package does not say what it does"],
  SM013: ["manifest-license", "warning", "a package for the public has no license"],
  SM014: ["entry-missing", "error", "the entry file is not there"],
  SM015: ["build", "error", "the module cannot be built"],
  SM101: ["as-any", "error", "AssemblyScript has no any and unknown"],
  SM102: ["as-union", "error", "AssemblyScript has no union types"],
  SM103: ["as-intersection", "error", "AssemblyScript has no intersection types"],
  SM104: ["as-try", "error", "AssemblyScript has no try/catch"],
  SM105: ["as-closure", "error", "AssemblyScript has no closures"],
  SM106: ["as-rest", "error", "AssemblyScript has no rest arguments"],
  SM107: ["as-spread", "error", "AssemblyScript has no spread"],
  SM108: ["as-for-of", "error", "AssemblyScript has no for…of"],
  SM109: ["as-for-in", "error", "AssemblyScript has no for…in"],
  SM110: ["as-optional-chaining", "error", "AssemblyScript has no optional chaining"],
  SM111: ["as-nullish", "error", "AssemblyScript has no ??"],
  SM112: ["as-destructuring", "error", "AssemblyScript has no destructuring"],
  SM113: ["as-async", "error", "AssemblyScript has no async functions and promises"],
  SM114: ["as-generator", "error", "AssemblyScript has no generators"],
  SM115: ["as-undefined", "error", "AssemblyScript has no undefined"],
  SM116: ["as-json-object", "error", "AssemblyScript has no JSON object"],
  SM117: ["as-tuple", "error", "AssemblyScript has no tuples"],
  SM118: ["as-index-signature", "error", "AssemblyScript has no index signatures"],
  SM119: ["as-private-name", "error", "AssemblyScript has no private names (#x)"],
  SM120: ["as-bigint", "error", "AssemblyScript has no bigint"],
  SM121: ["as-string-enum", "error", "AssemblyScript's enums are numbers"],
  SM122: ["as-dynamic-import", "error", "AssemblyScript has no import() and require"],
  SM123: ["as-delete", "error", "AssemblyScript has no delete"],
  SM124: ["as-advanced-type", "error", "AssemblyScript has no keyof, mapped or conditional types"],
  SM125: ["as-untyped", "error", "AssemblyScript needs a type there"],
  SM126: [
    "as-optional",
    "error",
    "AssemblyScript has no optional fields, and optional parameters need a value",
  ],
  SM127: ["as-object-type", "error", "AssemblyScript has no objects without a class"],
  SM128: ["as-overload", "error", "AssemblyScript has no overloads"],
  SM129: ["as-label", "error", "AssemblyScript has no labels"],
  SM130: ["as-class-form", "error", "AssemblyScript has classes and generic functions at the top level only"],
  SM131: ["as-logical-assignment", "error", "AssemblyScript has no ||= and &&="],
  SM132: ["as-type-guard", "error", "AssemblyScript has no type guards"],
  SM133: ["as-tagged-template", "error", "AssemblyScript has no tagged templates"],
  SM134: ["as-decorator", "error", "AssemblyScript has no decorators of one's own"],
  SM135: ["as-javascript", "error", "a part of JavaScript that AssemblyScript does not have"],
  SM136: ["as-host", "error", "a SmartModule has no network, no timers and nothing of Node.js or a browser"],
  SM137: ["as-import", "error", "AssemblyScript cannot import that"],
  SM138: ["as-number", "warning", "numbers that are not calculated as in TypeScript"],
  SM139: ["as-statement", "error", "a statement that AssemblyScript does not have"],
  SM140: ["handler", "error", "the entry file's functions do not make a SmartModule"],
  SM201: ["clock", "warning", "the result depends on the clock"],
  SM202: ["random", "warning", "the result depends on chance"],
  SM203: ["unbounded-state", "warning", "a collection that only ever grows"],
  SM301: ["param-undeclared", "warning", "a param is read that the manifest does not declare"],
  SM302: ["param-unused", "warning", "a param is declared that nobody reads"],
  SM401: ["abi-not-wasm", "error", "the module is no WebAssembly module that a cluster takes"],
  SM402: ["abi-copy-records", "error", "the import copy_records is missing, or has the wrong type"],
  SM403: ["abi-import", "error", "an import that the engine does not offer"],
  SM404: ["abi-transform", "error", "there is no transform, or it has the wrong type"],
  SM405: ["abi-memory", "error", "the memory is not exported, or shared, or imported"],
  SM406: ["abi-alloc", "error", "alloc is missing or has the wrong type"],
  SM407: ["abi-several-transforms", "warning", "only the first of several transforms is used"],
  SM501: ["budget-size", "error", "the module is larger than its budget"],
  SM502: ["budget-fuel", "error", "a record costs more fuel than its budget"],
  SM503: ["budget-growth", "error", "size or fuel grew more than is allowed"],
  SM504: ["size", "warning", "the module is large"],
  SM505: ["budget-unmeasured", "error", "a budget that cannot be measured"],
  SM601: ["transforms-file", "error", "a transforms file that a cluster would refuse"],
  SM602: ["transforms-required-param", "error", "a step lacks a param that the module requires"],
  SM603: ["transforms-unknown-param", "warning", "a step gives a param that the module does not know"],
  SM604: ["transforms-version", "warning", "a step names another version than is here"],
} as const satisfies Record<string, readonly [name: string, severity: Severity, summary: string]>;

export type RuleCode = keyof typeof RULES;

/** A text with its path, that knows lines. */
export class SourceText {
  readonly file: string;
  readonly text: string;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  /** A finding at a position of the text. */
  finding(rule: RuleCode, index: number, message: string, more: Pick<Finding, "hint" | "fix"> = {}): Finding {
    const before = this.text.slice(0, index);
    const start = before.lastIndexOf("\n") + 1;
    const line = before.split("\n").length;
    return {
      rule,
      severity: RULES[rule][1],
      message,
      file: this.file,
      line,
      column: index - start + 1,
      ...more,
    };
  }
}
