// Every rule of SmartModule.toml, each with its place; unlike the loader it does not stop at the first fault.

import { parse, TomlError } from "smol-toml";
import { BUILD_KEYS, isVersion } from "../manifest.ts";
import { type TomlPath, type TomlPlaces, tomlPlaces } from "../toml-places.ts";
import type { Finding, RuleCode, SourceText } from "./findings.ts";

type Table = Readonly<Record<string, unknown>>;

const REQUIRED = ["name", "group", "version", "apiVersion"] as const;
const PACKAGE_KEYS = [...REQUIRED, "description", "license", "visibility", "repository"];
const PARAM_KEYS = ["name", "description", "optional"];
/** `build` and `budgets` are ours; Fluvio ignores them. */
const TOP_KEYS = ["package", "params", "build", "budgets"];
/** Keys of [budgets]: numbers, but for the input and the parameters it is run with. */
const BUDGETS: Readonly<Record<string, "number" | "text" | "table">> = {
  maxSize: "number",
  maxFuel: "number",
  maxGrowth: "number",
  input: "text",
  params: "table",
};
/** What a hub takes as a name. */
const HUB_NAME = /^[a-z0-9:_-]+$/;

/** Checks the text of a manifest. */
export function lintManifest(source: SourceText): Finding[] {
  let data: Table;
  try {
    data = parse(source.text) as Table;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const index = offsetOf(source.text, error.line, error.column);
    const what = (error.message.split("\n")[0] ?? "").replace(/^Invalid TOML document: /, "");
    const line = source.text.split("\n")[error.line - 1] ?? "";
    const isTwice =
      /redefine/.test(what) &&
      /^\s*\[*\s*params\b/.test(line) &&
      /^\s*params\s*=\s*\[\s*\]/m.test(source.text);
    const hint = "Take out `params = []`: it is for modules without any [[params]].";
    return [source.finding("SM002", index, what, isTwice ? { hint } : {})];
  }
  return new ManifestLinter(source, data).run();
}

class ManifestLinter {
  readonly #source: SourceText;
  readonly #data: Table;
  readonly #places: TomlPlaces;
  readonly #findings: Finding[] = [];

  constructor(source: SourceText, data: Table) {
    this.#source = source;
    this.#data = data;
    this.#places = tomlPlaces(source.text);
  }

  run(): Finding[] {
    const about = this.#data.package;
    if (!isTable(about)) {
      const hint = "It has name, group, version and apiVersion.";
      this.#add("SM004", ["package"], "the table [package] is missing", hint);
    } else this.#package(about);
    this.#params(this.#data.params);
    this.#tables();
    return this.#findings;
  }

  #package(about: Table): void {
    for (const key of REQUIRED) {
      const value = about[key];
      const path = ["package", key];
      if (value === undefined) this.#add("SM005", ["package"], `\`${key}\` is missing in [package]`);
      else if (typeof value !== "string") this.#add("SM006", path, `\`${key}\` must be a text in quotes`);
      else if (value === "") this.#add("SM006", path, `\`${key}\` must not be empty`);
      else if (key === "version" || key === "apiVersion") {
        if (!isVersion(value)) this.#version(key, value, path);
      } else if (!HUB_NAME.test(value)) {
        const hint = "Use a-z, 0-9, - and _ only.";
        this.#add("SM011", path, `a hub does not take the ${key} "${value}"`, hint);
      }
    }
    for (const key of ["description", "license", "repository"]) this.#text(about, ["package", key]);
    this.#visibility(about);
    if (!about.description) {
      const hint = "Say in one sentence what the module does.";
      this.#add("SM012", ["package"], "the package has no description", hint);
    }
    if (about.visibility === "public" && !about.license) {
      const hint = 'For example license = "Apache-2.0".';
      this.#add("SM013", ["package"], "a package for the public has no license", hint);
    }
    this.#unknownKeys(about, ["package"], PACKAGE_KEYS);
  }

  #version(key: string, value: string, path: TomlPath): void {
    const better = completed(value);
    const fix = better === undefined ? undefined : this.#replaceValue(path, better);
    const hint = `Write all three numbers, as in "${better ?? "0.1.0"}".`;
    this.#add("SM007", path, `\`${key}\` "${value}" is no version`, hint, fix);
  }

  #visibility({ visibility }: Table): void {
    if (visibility === undefined || visibility === "private" || visibility === "public") return;
    const path = ["package", "visibility"];
    const lower = typeof visibility === "string" ? visibility.toLowerCase() : "";
    const fix = /^(?:private|public)$/.test(lower) ? this.#replaceValue(path, lower) : undefined;
    const message = `visibility is ${JSON.stringify(visibility)}, not "private" or "public"`;
    this.#add("SM008", path, message, 'Without it the package is "private".', fix);
  }

  #params(params: unknown): void {
    if (params === undefined) {
      const hint =
        "Write `params = []` above [package], or one [[params]] table for each. Fluvio insists on it.";
      const start = this.#source.text.startsWith("\ufeff") ? 1 : 0;
      const lineEnd = this.#source.text.includes("\r\n") ? "\r\n" : "\n";
      // Under a name that is nearly right it has a fix of its own.
      const isMisspelt = Object.keys(this.#data).some(
        (key) => !TOP_KEYS.includes(key) && isAlike(key, "params"),
      );
      const fix = isMisspelt ? undefined : { start, end: start, text: `params = []${lineEnd}${lineEnd}` };
      this.#add("SM003", [], "the key `params` is missing", hint, fix);
      return;
    }
    if (!Array.isArray(params)) {
      const hint = "Write one [[params]] table for each, with two brackets.";
      this.#add("SM006", ["params"], "`params` must be a list of tables", hint);
      return;
    }
    const names = new Set<string>();
    for (const [position, param] of params.entries()) {
      const path = ["params", position];
      if (!isTable(param)) {
        this.#add("SM006", path, "a param must be a table", 'As in { name = "key" }.');
        continue;
      }
      const { name, optional } = param;
      const at = [...path, "name"];
      if (name === undefined) this.#add("SM005", path, "`name` is missing in [[params]]");
      else if (typeof name !== "string") this.#add("SM006", at, "`name` must be a text in quotes");
      else if (name === "") this.#add("SM006", at, "`name` must not be empty");
      else if (names.has(name)) {
        const hint = "Take one of them out, or name it otherwise.";
        this.#add("SM010", at, `the param "${name}" is declared twice; the last one counts`, hint);
      } else names.add(name);
      this.#text(param, [...path, "description"]);
      if (optional !== undefined && typeof optional !== "boolean") {
        this.#add("SM006", [...path, "optional"], "`optional` must be true or false");
      }
      this.#unknownKeys(param, path, PARAM_KEYS, "params");
    }
  }

  /** The tables of ours, and those that nobody knows. The loader checks the values of [build]. */
  #tables(): void {
    const { build, budgets } = this.#data;
    this.#unknownKeys(this.#data, [], TOP_KEYS);
    if (isTable(build)) this.#unknownKeys(build, ["build"], BUILD_KEYS);
    if (budgets !== undefined && !isTable(budgets))
      this.#add("SM006", ["budgets"], "`budgets` must be a table");
    if (!isTable(budgets)) return;
    this.#unknownKeys(budgets, ["budgets"], Object.keys(BUDGETS));
    for (const [key, kind] of Object.entries(BUDGETS)) {
      const value = budgets[key];
      if (value === undefined) continue;
      const path = ["budgets", key];
      const isRight =
        kind === "number"
          ? typeof value === "number" && value >= 0
          : kind === "text"
            ? typeof value === "string"
            : isTable(value) && Object.values(value).every((item) => typeof item === "string");
      const wanted = {
        number: "a number of at least 0",
        text: "a text in quotes",
        table: "a table of texts",
      };
      if (!isRight) this.#add("SM006", path, `\`budgets.${key}\` must be ${wanted[kind]}`);
    }
    if (budgets.maxFuel !== undefined && budgets.input === undefined) {
      const hint = 'Name a file whose lines are the records: input = "fixtures/lines.txt".';
      this.#add("SM005", ["budgets"], "`maxFuel` needs `input` in [budgets]", hint);
    }
  }

  #text(table: Table, path: TomlPath): void {
    const key = String(path.at(-1));
    if (table[key] !== undefined && typeof table[key] !== "string") {
      this.#add("SM006", path, `\`${key}\` must be a text in quotes`);
    }
  }

  #unknownKeys(table: Table, path: TomlPath, known: readonly string[], shown = path.join(".")): void {
    const taken = new Set(Object.keys(table));
    for (const key of Object.keys(table)) {
      if (known.includes(key)) continue;
      const better = known.find((name) => !taken.has(name) && isAlike(key, name));
      if (better !== undefined) taken.add(better);
      const place = this.#places.at([...path, key]);
      const fix =
        better === undefined || place?.value === null || place === undefined
          ? undefined
          : { start: place.start, end: place.keyEnd, text: better };
      const hint =
        better === undefined
          ? "Fluvio ignores it without a word; see whether it is misspelt."
          : `It is called \`${better}\`; Fluvio ignores other names without a word.`;
      const name = shown === "" ? key : `${shown}.${key}`;
      this.#add("SM009", [...path, key], `nobody reads the key \`${name}\``, hint, fix);
    }
  }

  #add(rule: RuleCode, path: TomlPath, message: string, hint?: string, fix?: Finding["fix"]): void {
    const more = { ...(hint === undefined ? {} : { hint }), ...(fix === undefined ? {} : { fix }) };
    this.#findings.push(this.#source.finding(rule, this.#places.near(path), message, more));
  }

  #replaceValue(path: TomlPath, text: string): Finding["fix"] {
    const value = this.#places.at(path)?.value;
    return value ? { start: value.start, end: value.end, text: JSON.stringify(text) } : undefined;
  }
}

/** A version with the numbers that it lacks, without what some write in front; undefined for all else. */
function completed(value: string): string | undefined {
  const [, numbers, rest] = /^\s*[v=]?\s*(\d+(?:\.\d+){0,2})([-+]\S+)?\s*$/i.exec(value) ?? [];
  if (numbers === undefined) return undefined;
  const version = [...numbers.split("."), "0", "0"].slice(0, 3).join(".") + (rest ?? "");
  return isVersion(version) ? version : undefined;
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Whether one name is the other but for case, dashes and at most two letters. */
function isAlike(name: string, known: string): boolean {
  const [a, b] = [name, known].map((text) => text.toLowerCase().replace(/[-_]/g, ""));
  return a === b || (known.length > 4 && distance(a!, b!) <= 2);
}

/** How many letters have to be put in, taken out or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split("\n").slice(0, line - 1);
  return lines.reduce((sum, { length }) => sum + length + 1, 0) + column - 1;
}
