// State that only ever grows: a chain lives as long as its stream.

import type { Finding, SourceText } from "./findings.ts";
import { type Token, tokenize } from "./tokens.ts";

const GROWING = new Set(["set", "add", "push", "unshift"]);
/** With a constant key they add nothing a second time. */
const KEYED = new Set(["set", "add"]);
const SHRINKING = new Set(["delete", "clear", "pop", "shift", "splice"]);

/** Top-level collections, objects and texts that functions add to and nobody takes from. */
export function lintState(sources: readonly SourceText[]): Finding[] {
  const files = sources.map((source) => ({ source, ...partsOf(source) }));
  const once = runOnce(files.flatMap(({ parts }) => parts));
  const later = (parts: readonly Part[]): Token[] =>
    parts.filter(({ name }) => name !== null && !once.has(name)).flatMap((part) => part.tokens);
  return files.flatMap((file) =>
    topLevelCollections(file.tokens).flatMap(({ name, token }) => {
      const others = files.filter((other) => other !== file && imports(other.tokens, name));
      const all = [file, ...others];
      const grows = all.some(({ parts }) => isGrowing(later(parts), name));
      if (!grows || all.some(({ tokens }) => isBounded(tokens, name))) return [];
      return [
        file.source.finding(
          "SM203",
          token.start,
          `${name} only ever grows, for as long as the stream lasts`,
          {
            hint: `Bound it: forget the oldest entries, or start anew at a certain size (\`if (${name}.size > 10000) ${name}.clear()\`).`,
          },
        ),
      ];
    }),
  );
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

/** Names of functions that only run while the module starts: those of its beginning, and what nothing else calls. */
function runOnce(parts: readonly Part[]): ReadonlySet<string> {
  const once = new Set(["init", "lookBack", "look_back"]);
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

/** Whether a file takes a name from another one. */
function imports(tokens: readonly Token[], name: string): boolean {
  return tokens.some(({ text }, index) => {
    if (text !== "import" || tokens[index + 1]?.text !== "{") return false;
    const end = tokens.findIndex((token, at) => at > index && token.text === "}");
    return tokens.slice(index, end).some((token) => token.text === name);
  });
}

function isGrowing(later: readonly Token[], name: string): boolean {
  return (
    methodCalls(later, name).some(
      ({ method, isConstant }) => GROWING.has(method) && !(isConstant && KEYED.has(method)),
    ) ||
    isFilled(later, name) ||
    isAppended(later, name)
  );
}

function isBounded(tokens: readonly Token[], name: string): boolean {
  return (
    methodCalls(tokens, name).some(({ method }) => SHRINKING.has(method)) ||
    isAssigned(tokens, name) ||
    usesSize(tokens, name) ||
    isDeletedFrom(tokens, name)
  );
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

/** `name += text`, or `name = name + text` in one of its forms. */
function isAppended(tokens: readonly Token[], name: string): boolean {
  return tokens.some(
    (token, index) =>
      token.text === name &&
      tokens[index - 1]?.text !== "." &&
      (tokens[index + 1]?.text === "+=" || isExtension(tokens, index)),
  );
}

/** Whether the value that is assigned at a name is the old one and more. */
function isExtension(tokens: readonly Token[], index: number): boolean {
  if (tokens[index + 1]?.text !== "=") return false;
  const name = tokens[index]!.text;
  const value = tokens.slice(index + 2, index + 7).map(({ text }) => text);
  // `${name}…` begins with an empty part and a bracket of no width; [...name, x] and { ...name, x } with a sign.
  if (value[0] === "`${" || ((value[0] === "[" || value[0] === "{") && value[1] === "..."))
    value.splice(0, 2);
  else if (value[0] === name) return value[1] === "+" || (value[1] === "." && value[2] === "concat");
  return value[0] === name && value[1] !== ".";
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

function methodCalls(tokens: readonly Token[], name: string): { method: string; isConstant: boolean }[] {
  return tokens.flatMap((token, index) => {
    if (token.text !== name || tokens[index + 1]?.text !== ".") return [];
    const [method, , first, next] = tokens.slice(index + 2, index + 6);
    const isConstant =
      (first?.kind === "string" || first?.kind === "number") && [",", ")"].includes(next?.text ?? "");
    return [{ method: method?.text ?? "", isConstant }];
  });
}

function isAssigned(tokens: readonly Token[], name: string): boolean {
  return tokens.some(
    (token, index) =>
      token.text === name &&
      ((tokens[index + 1]?.text === "=" && !isExtension(tokens, index)) ||
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
