// State that only ever grows: a chain lives as long as its stream.

import type { Finding, SourceText } from "./findings.ts";
import { type Token, tokenize } from "./tokens.ts";

const GROWING = new Set(["set", "add", "push", "unshift"]);
const SHRINKING = new Set(["delete", "clear", "pop", "shift", "splice"]);

/** Top-level collections, objects and texts that functions add to and nobody takes from. */
export function lintState(sources: readonly SourceText[]): Finding[] {
  const files = sources.map((source) => ({ source, ...partsOf(source) }));
  const once = runOnce(files.flatMap(({ parts }) => parts));
  return files.flatMap(({ source, tokens, parts }) => {
    const later = parts.filter(({ name }) => name !== null && !once.has(name)).flatMap((part) => part.tokens);
    return lintFile(source, tokens, later);
  });
}

/** A declaration at the top of a file; the name is null for code that runs when the module is loaded. */
interface Part {
  readonly name: string | null;
  readonly tokens: readonly Token[];
}

/** The functions and classes of a file, and what is between them. */
function partsOf(source: SourceText): { tokens: readonly Token[]; parts: Part[] } {
  const tokens = tokenize(source.text);
  const parts: Part[] = [];
  let depth = 0;
  let start = 0;
  for (const [index, { text }] of tokens.entries()) {
    if (["{", "(", "["].includes(text)) depth++;
    if (["}", ")", "]"].includes(text)) depth--;
    const isEnd = depth === 0 && (text === ";" || (text === "}" && tokens[index + 1]?.text !== ")"));
    if (!isEnd && index < tokens.length - 1) continue;
    const part = tokens.slice(start, index + 1);
    parts.push({ name: nameOf(part), tokens: part });
    start = index + 1;
  }
  return { tokens, parts };
}

function nameOf(part: readonly Token[]): string | null {
  const words = part.slice(0, 6).map(({ text }) => text);
  const at = words.findIndex((word) => ["function", "class", "const", "let", "var"].includes(word));
  if (at < 0) return words.includes("default") ? "default" : null;
  const isValue = !["function", "class"].includes(words[at]!);
  if (isValue && !part.some(({ text }) => text === "=>" || text === "function")) return null;
  const name = words.slice(at + 1).find((word) => /^[\w$]+$/.test(word));
  return name ?? null;
}

/** Names of functions that only run while the module starts: `init`, and what nothing else calls. */
function runOnce(parts: readonly Part[]): ReadonlySet<string> {
  const once = new Set(["init"]);
  const callers = new Map<string, Set<string | null>>();
  for (const { name: caller, tokens } of parts) {
    for (const [index, token] of tokens.entries()) {
      if (token.kind !== "word" || token.text === caller) continue;
      if (["function", "class", ".", "import"].includes(tokens[index - 1]?.text ?? "")) continue;
      // Imports and exports name functions without calling them.
      if (caller === null && tokens.some(({ text }) => text === "import" || text === "export")) continue;
      callers.set(token.text, (callers.get(token.text) ?? new Set()).add(caller));
    }
  }
  for (let grown = true; grown; ) {
    grown = false;
    for (const { name } of parts) {
      const known = name === null ? undefined : callers.get(name);
      if (name === null || once.has(name) || known === undefined) continue;
      if (![...known].every((caller) => caller === null || once.has(caller))) continue;
      once.add(name);
      grown = true;
    }
  }
  return once;
}

function lintFile(source: SourceText, tokens: readonly Token[], later: readonly Token[]): Finding[] {
  const findings: Finding[] = [];
  for (const { name, token } of topLevelCollections(tokens)) {
    const calls = methodCalls(tokens, name);
    const bounded =
      calls.some((method) => SHRINKING.has(method)) ||
      isAssigned(tokens, name) ||
      usesSize(tokens, name) ||
      isDeletedFrom(tokens, name);
    const grows =
      methodCalls(later, name).some((method) => GROWING.has(method)) ||
      isFilled(later, name) ||
      isAppended(later, name);
    if (bounded || !grows) continue;
    findings.push(
      source.finding("SM203", token.start, `${name} only ever grows, for as long as the stream lasts`, {
        hint: `Bound it: forget the oldest entries, or start anew at a certain size (\`if (${name}.size > 10000) ${name}.clear()\`).`,
      }),
    );
  }
  return findings;
}

/** `name[key] = value`, of an object that is used as a map. */
function isFilled(tokens: readonly Token[], name: string): boolean {
  return tokens.some((token, index) => {
    if (token.text !== name || tokens[index + 1]?.text !== "[" || tokens[index - 1]?.text === ".")
      return false;
    let depth = 0;
    for (let at = index + 1; at < tokens.length; at++) {
      if (tokens[at]!.text === "[") depth++;
      if (tokens[at]!.text === "]" && --depth === 0) {
        // A constant index adds nothing a second time.
        return (
          !(at === index + 3 && tokens[index + 2]!.kind !== "word") && ASSIGNS.has(tokens[at + 1]?.text ?? "")
        );
      }
    }
    return false;
  });
}

const ASSIGNS = new Set(["=", "??=", "||="]);

/** `name += text`. */
function isAppended(tokens: readonly Token[], name: string): boolean {
  return tokens.some(
    (token, index) =>
      token.text === name && tokens[index + 1]?.text === "+=" && tokens[index - 1]?.text !== ".",
  );
}

function isDeletedFrom(tokens: readonly Token[], name: string): boolean {
  return tokens.some((token, index) => token.text === "delete" && tokens[index + 1]?.text === name);
}

function topLevelCollections(tokens: readonly Token[]): { name: string; token: Token }[] {
  const found: { name: string; token: Token }[] = [];
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.text === "{" || token.text === "(") depth++;
    if (token.text === "}" || token.text === ")") depth--;
    if (depth !== 0 || !["let", "const", "var"].includes(token.text)) continue;
    const name = tokens[index + 1];
    const rest = tokens.slice(index + 2, index + 24);
    const end = rest.findIndex(({ text }) => text === ";");
    const statement = rest.slice(0, end < 0 ? rest.length : end).map(({ text }) => text);
    const value = statement.slice(statement.indexOf("=") + 1);
    const isCollection =
      statement.some((text, at) => text === "new" && /^(?:Map|Set|Array)$/.test(statement[at + 1] ?? "")) ||
      /^(?:\[\]|\{\}|""|''|``|Object\.create\(null\))/.test(value.join(""));
    if (isCollection && name?.kind === "word") found.push({ name: name.text, token: name });
  }
  return found;
}

function methodCalls(tokens: readonly Token[], name: string): string[] {
  return tokens.flatMap((token, index) =>
    token.text === name && tokens[index + 1]?.text === "." ? [tokens[index + 2]?.text ?? ""] : [],
  );
}

function isAssigned(tokens: readonly Token[], name: string): boolean {
  return tokens.some(
    (token, index) =>
      token.text === name &&
      (tokens[index + 1]?.text === "=" ||
        (tokens[index + 1]?.text === "." &&
          tokens[index + 2]?.text === "length" &&
          tokens[index + 3]?.text === "=")) &&
      !["let", "const", "var"].includes(tokens[index - 1]?.text ?? ""),
  );
}

function usesSize(tokens: readonly Token[], name: string): boolean {
  return tokens.some(
    (token, index) =>
      token.text === name &&
      tokens[index + 1]?.text === "." &&
      ["size", "length"].includes(tokens[index + 2]?.text ?? "") &&
      ["<", "<=", ">", ">=", "==", "==="].includes(tokens[index + 3]?.text ?? ""),
  );
}
