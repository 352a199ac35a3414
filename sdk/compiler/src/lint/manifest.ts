// Every rule of SmartModule.toml, each with its place; unlike the loader it does not stop at the first fault.

import semver from "semver";
import { parse, TomlError } from "smol-toml";
import type { Finding, RuleCode, SourceText } from "./findings.ts";

type Table = Readonly<Record<string, unknown>>;

const REQUIRED = ["name", "group", "version", "apiVersion"] as const;
const PACKAGE_KEYS = new Set([...REQUIRED, "description", "license", "visibility", "repository"]);
const PARAM_KEYS = new Set(["name", "description", "optional"]);
/** Tables of ours; Fluvio ignores them. */
const TOP_KEYS = new Set(["package", "params", "build", "budgets"]);
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
    return [source.finding("SM002", index, what)];
  }
  return new ManifestLinter(source, data).run();
}

class ManifestLinter {
  readonly #source: SourceText;
  readonly #data: Table;
  readonly #findings: Finding[] = [];

  constructor(source: SourceText, data: Table) {
    this.#source = source;
    this.#data = data;
  }

  run(): Finding[] {
    const about = this.#data.package;
    if (!isTable(about))
      this.#add("SM004", 0, "the table [package] is missing", "It has name, group, version and apiVersion.");
    else this.#package(about);
    this.#params(this.#data.params);
    for (const key of Object.keys(this.#data)) if (!TOP_KEYS.has(key)) this.#unknown(key, this.#topKey(key));
    return this.#findings;
  }

  #package(about: Table): void {
    const at = (key: string): number => this.#keyIn("package", 0, key);
    for (const key of REQUIRED) {
      const value = about[key];
      if (value === undefined) {
        this.#add("SM005", this.#header("package", 0), `\`${key}\` is missing in [package]`);
      } else if (typeof value !== "string") {
        this.#add("SM006", at(key), `\`${key}\` must be a text in quotes`);
      } else if (value === "") {
        this.#add("SM006", at(key), `\`${key}\` must not be empty`);
      } else if (key === "version" || key === "apiVersion") {
        if (semver.parse(value)?.raw !== value || /^[v=]/.test(value)) this.#version(key, value, at(key));
      } else if (!HUB_NAME.test(value)) {
        this.#add(
          "SM011",
          at(key),
          `a hub does not take the ${key} "${value}"`,
          "Use a-z, 0-9, - and _ only.",
        );
      }
    }
    for (const key of ["description", "license", "repository"]) {
      if (about[key] !== undefined && typeof about[key] !== "string") {
        this.#add("SM006", at(key), `\`${key}\` must be a text in quotes`);
      }
    }
    this.#visibility(about, at("visibility"));
    if (!about.description) {
      this.#add(
        "SM012",
        this.#header("package", 0),
        "the package has no description",
        "Say in one sentence what the module does.",
      );
    }
    if (about.visibility === "public" && !about.license) {
      this.#add("SM013", this.#header("package", 0), "a package for the public has no license");
    }
    for (const key of Object.keys(about))
      if (!PACKAGE_KEYS.has(key)) this.#unknown(`package.${key}`, at(key));
  }

  #version(key: string, value: string, index: number): void {
    const better = semver.coerce(value)?.version;
    const fix = better === undefined ? undefined : this.#replaceValue(index, `"${better}"`);
    const hint = `Write all three numbers, as in "${better ?? "0.1.0"}".`;
    this.#add("SM007", index, `\`${key}\` "${value}" is no version`, hint, fix);
  }

  #visibility({ visibility }: Table, index: number): void {
    if (visibility === undefined || visibility === "private" || visibility === "public") return;
    const lower = typeof visibility === "string" ? visibility.toLowerCase() : "";
    const fix = /^(?:private|public)$/.test(lower) ? this.#replaceValue(index, `"${lower}"`) : undefined;
    this.#add(
      "SM008",
      index,
      `visibility is ${JSON.stringify(visibility)}, not "private" or "public"`,
      undefined,
      fix,
    );
  }

  #params(params: unknown): void {
    if (params === undefined) {
      const hint =
        "Write `params = []` above [package], or one [[params]] table for each. Fluvio insists on it.";
      this.#add("SM003", 0, "the key `params` is missing", hint, {
        start: 0,
        end: 0,
        text: "params = []\n\n",
      });
      return;
    }
    if (!Array.isArray(params)) {
      this.#add("SM006", this.#topKey("params"), "`params` must be a list of tables");
      return;
    }
    const names = new Set<string>();
    for (const [position, param] of params.entries()) {
      const at = (key: string): number => this.#keyIn("params", position, key);
      const header = this.#header("params", position);
      if (!isTable(param)) {
        this.#add("SM006", header, "a param must be a table");
        continue;
      }
      const { name, description, optional } = param;
      if (name === undefined) this.#add("SM005", header, "`name` is missing in [[params]]");
      else if (typeof name !== "string") this.#add("SM006", at("name"), "`name` must be a text in quotes");
      else if (names.has(name)) {
        this.#add("SM010", at("name"), `the param "${name}" is declared twice; the last one counts`);
      } else names.add(name);
      if (description !== undefined && typeof description !== "string") {
        this.#add("SM006", at("description"), "`description` must be a text in quotes");
      }
      if (optional !== undefined && typeof optional !== "boolean") {
        this.#add("SM006", at("optional"), "`optional` must be true or false");
      }
      for (const key of Object.keys(param)) if (!PARAM_KEYS.has(key)) this.#unknown(`params.${key}`, at(key));
    }
  }

  #unknown(key: string, index: number): void {
    this.#add(
      "SM009",
      index,
      `nobody reads the key \`${key}\``,
      "Fluvio ignores it without a word; see whether it is misspelt.",
    );
  }

  #add(rule: RuleCode, index: number, message: string, hint?: string, fix?: Finding["fix"]): void {
    const more = { ...(hint === undefined ? {} : { hint }), ...(fix === undefined ? {} : { fix }) };
    this.#findings.push(this.#source.finding(rule, index, message, more));
  }

  /** The value of the key at an index, replaced. */
  #replaceValue(index: number, text: string): Finding["fix"] {
    const line = /^[^\n=]*=[ \t]*("[^"\n]*"|'[^'\n]*'|[^\s#]+)/.exec(this.#source.text.slice(index));
    if (line === null) return undefined;
    const end = index + line[0].length;
    return { start: end - line[1]!.length, end, text };
  }

  /** Offset of the nth header of a table; 0 when it has none. */
  #header(table: string, position: number): number {
    const headers = [
      ...this.#source.text.matchAll(new RegExp(`^[ \\t]*\\[\\[?[ \\t]*${table}[ \\t]*\\]`, "gm")),
    ];
    const found = headers[position];
    return found === undefined ? Math.max(0, this.#topKey(table)) : found.index + found[0].indexOf("[");
  }

  /** Offset of a key in the nth table; the header's when the key is not found. */
  #keyIn(table: string, position: number, key: string): number {
    const header = this.#header(table, position);
    const after = this.#source.text.slice(header + 1);
    const length = after.search(/^[ \t]*\[/m);
    const found = new RegExp(`^([ \\t]*)["']?${key}["']?[ \\t]*=`, "m").exec(
      length < 0 ? after : after.slice(0, length),
    );
    return found === null ? header : header + 1 + found.index + found[1]!.length;
  }

  #topKey(key: string): number {
    const found = new RegExp(`^([ \\t]*\\[{0,2})["']?${key}["']?[ \\t]*[=\\].]`, "m").exec(this.#source.text);
    return found === null ? 0 : found.index;
  }
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split("\n").slice(0, line - 1);
  return lines.reduce((sum, { length }) => sum + length + 1, 0) + column - 1;
}
