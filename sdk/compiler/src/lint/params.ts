// Params: what the sources read against what the manifest declares.

import { parse } from "smol-toml";
import type { Manifest } from "../manifest.ts";
import { tomlPlaces } from "../toml-places.ts";
import type { Finding, SourceText } from "./findings.ts";
import { type Token, tokenize } from "./tokens.ts";

const READERS = new Set(
  "get has required optional int requiredInt float requiredFloat bool requiredBool oneOf requiredOneOf list duration requiredDuration json".split(
    " ",
  ),
);

/** What the sources say about params. */
interface Reading {
  /** Names that are read, with the places of the first time. */
  readonly read: ReadonlyMap<string, { source: SourceText; start: number }>;
  /** Whether names are read that are not written out: then nobody can tell what is unused. */
  readonly isOpen: boolean;
}

/** Params that the sources read and the manifest does not declare, and the reverse. */
export function lintParams(sources: readonly SourceText[], manifest: Manifest, toml: SourceText): Finding[] {
  const { read, isOpen } = readingOf(sources);
  const declared = new Set(manifest.params.map(({ name }) => name));
  const findings: Finding[] = [];
  for (const [name, { source, start }] of read) {
    if (declared.has(name)) continue;
    const message = `the param "${name}" is not declared in SmartModule.toml`;
    const hint = `Add a table: [[params]] with name = "${name}".`;
    findings.push(source.finding("SM301", start, message, { hint }));
  }
  if (isOpen) return findings;
  const places = tomlPlaces(toml.text);
  const { params = [] } = parse(toml.text) as { params?: { name: string }[] };
  for (const { name } of manifest.params) {
    if (read.has(name)) continue;
    const index = params.findLastIndex((param) => param.name === name);
    const hint = "Read it in `init`, or take it out of the manifest.";
    const message = `the param "${name}" is declared, but nothing reads it`;
    findings.push(toml.finding("SM302", places.near(["params", index, "name"]), message, { hint }));
  }
  return findings;
}

function readingOf(sources: readonly SourceText[]): Reading {
  const read = new Map<string, { source: SourceText; start: number }>();
  let isOpen = false;
  let takers = 0;
  let isPassedOn = false;
  const files = sources.map((source) => ({ source, tokens: withoutChaining(tokenize(source.text)) }));
  const constants = new Map(files.flatMap(({ tokens }) => textConstants(tokens)));
  for (const { source, tokens } of files) {
    const { names, outside } = paramsNames(tokens);
    takers += outside;
    const note = ({ text, start }: Token): void => {
      const name = unquoted(text);
      if (!read.has(name)) read.set(name, { source, start });
    };
    for (const [index, token] of tokens.entries()) {
      if (token.kind !== "word") continue;
      if (token.text === "defineSmartModule") declaredIn(tokens, index).forEach(note);
      if (!names.has(token.text) || tokens[index - 1]?.text === ".") continue;
      const [dot, method, open, argument] = tokens.slice(index + 1, index + 5);
      if (dot?.text === ":" || tokens[index - 1]?.text === "function") continue;
      if (dot?.text !== ".") {
        const before = tokens[index - 1]?.text;
        const isArgument = (before === "(" || before === ",") && (dot?.text === ")" || dot?.text === ",");
        if (isArgument && !isParameter(tokens, index)) isPassedOn = true;
        else if ((before === "=" && !names.has(assignedAt(tokens, index - 1))) || before === "return")
          isOpen = true;
      } else if (READERS.has(method?.text ?? "") && open?.text === "(") {
        const constant = argument?.kind === "word" ? constants.get(argument.text) : undefined;
        const isText =
          argument?.kind === "string" || (argument?.kind === "template" && !argument.text.endsWith("${"));
        const isAll = [")", ","].includes(tokens[index + 5]?.text ?? "");
        if (isText && isAll) note(argument);
        else if (constant !== undefined && isAll) note({ ...argument!, text: constant });
        else isOpen = true;
      } else if (["names", "keys", "toJSON"].includes(method?.text ?? "")) isOpen = true;
    }
  }
  // Handed to a library, whose sources are not looked at.
  return { read, isOpen: isOpen || (isPassedOn && takers === 0) };
}

/** `params?.get?.("a")` as `params.get("a")`. */
function withoutChaining(tokens: readonly Token[]): Token[] {
  return tokens.flatMap((token, index) =>
    token.text !== "?." ? [token] : tokens[index + 1]?.text === "(" ? [] : [{ ...token, text: "." }],
  );
}

function unquoted(text: string): string {
  return text.replace(/^["'`]|["'`]$/g, "");
}

/** `const NAME = "text"`, with or without a type. */
function textConstants(tokens: readonly Token[]): [name: string, text: string][] {
  return tokens.flatMap((token, index) => {
    if (token.text !== "const") return [];
    const value = tokens[index + (tokens[index + 2]?.text === ":" ? 5 : 3)];
    const equals = tokens[index + (tokens[index + 2]?.text === ":" ? 4 : 2)]?.text;
    return equals === "=" && value?.kind === "string" ? [[tokens[index + 1]!.text, value.text]] : [];
  });
}

/** The name in front of an equals sign, its type left out; empty for anything else, such as a member. */
function assignedAt(tokens: readonly Token[], equals: number): string {
  const at = tokens[equals - 2]?.text === ":" ? equals - 3 : equals - 1;
  return tokens[at]?.kind === "word" && tokens[at - 1]?.text !== "." ? tokens[at]!.text : "";
}

/** Names that stand for the parameters: those of the type Params, and what `init` takes. */
function paramsNames(tokens: readonly Token[]): { names: ReadonlySet<string>; outside: number } {
  const names = new Set(["params"]);
  let outside = 0;
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1]?.text;
    if (token.kind === "word" && next === ":" && tokens[index + 2]?.text === "Params") {
      names.add(token.text);
      if (tokens[index - 2]?.text !== "init") outside++;
    }
    if (token.text !== "init") continue;
    // init(params), init: (params) =>, init = params =>
    const open = tokens.slice(index + 1, index + 6).findIndex(({ text }) => text === "(");
    const first = tokens[index + 2 + open];
    if (open >= 0 && first?.kind === "word" && isParameter(tokens, index + 2 + open)) names.add(first.text);
  }
  // Other names for the same: `const p = params`.
  for (const [index, { text }] of tokens.entries()) {
    if (!names.has(text) || tokens[index - 1]?.text !== "=") continue;
    if ([".", "["].includes(tokens[index + 1]?.text ?? "")) continue;
    const name = assignedAt(tokens, index - 1);
    if (name !== "") names.add(name);
  }
  return { names, outside };
}

/** Whether a word in parentheses is declared there: a body or an arrow follows. */
function isParameter(tokens: readonly Token[], index: number): boolean {
  let depth = 0;
  for (let at = index; at < tokens.length && at < index + 200; at++) {
    const { text } = tokens[at]!;
    if (text === "(") depth++;
    if (text === ")" && depth-- === 0) {
      const next = tokens[at + 1]?.text;
      return next === "{" || next === "=>" || next === ":";
    }
  }
  return false;
}

/** Names in `params: { … }` of a `defineSmartModule({ … })`. */
function declaredIn(tokens: readonly Token[], from: number): Token[] {
  const found: Token[] = [];
  const start = tokens.findIndex(
    (token, index) =>
      index > from &&
      token.text === "params" &&
      tokens[index + 1]?.text === ":" &&
      tokens[index + 2]?.text === "{",
  );
  if (start < 0) return found;
  let depth = 0;
  for (let at = start + 2; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (["{", "(", "["].includes(token.text)) depth++;
    if (["}", ")", "]"].includes(token.text) && --depth === 0) break;
    const isKey =
      depth === 1 && tokens[at + 1]?.text === ":" && ["{", ","].includes(tokens[at - 1]?.text ?? "");
    if (isKey && (token.kind === "word" || token.kind === "string")) found.push(token);
  }
  return found;
}
