// Functions inside of functions that use variables around them.

import type { Token } from "./tokens.ts";

interface Scope {
  /** Position of the first token of the function. */
  start: number;
  /** Position behind its last token. */
  end: number;
  /** Position of its body. */
  body: number;
  token: Token;
  declared: Set<string>;
}

/** Inner functions that use a variable of an outer one, with the first such variable. */
export function closures(tokens: readonly Token[]): { token: Token; name: string }[] {
  const scopes = findFunctions(tokens);
  const found: { token: Token; name: string }[] = [];
  for (const inner of scopes) {
    const around = scopes.filter((outer) => outer.start < inner.start && outer.end >= inner.end);
    if (around.length === 0) continue;
    const own = new Set(inner.declared);
    for (const scope of scopes) {
      if (scope.start > inner.start && scope.end <= inner.end)
        for (const name of scope.declared) own.add(name);
    }
    const name = usedNames(tokens, inner).find(
      (used) => !own.has(used) && around.some(({ declared }) => declared.has(used)),
    );
    if (name !== undefined) found.push({ token: inner.token, name });
  }
  return found;
}

function findFunctions(tokens: readonly Token[]): Scope[] {
  const scopes: Scope[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.text === "function" && token.kind === "word") {
      const open = tokens.findIndex((candidate, at) => at > index && candidate.text === "(");
      if (open >= 0) addScope(scopes, tokens, index, open, closing(tokens, open) + 1);
    } else if (token.text === "=>") {
      const close = index - 1;
      // `(a: T): R => …` has a type between the list and the arrow.
      const list = tokens[close]?.text === ")" ? opening(tokens, close) : listBeforeType(tokens, index);
      if (list === null) addArrow(scopes, tokens, index - 1, index);
      else addArrow(scopes, tokens, list, index);
    } else if (token.text === "(" && isMethod(tokens, index)) {
      addScope(scopes, tokens, index - 1, index, closing(tokens, index) + 1);
    }
  }
  return scopes;
}

function isMethod(tokens: readonly Token[], open: number): boolean {
  const name = tokens[open - 1];
  const before = tokens[open - 2]?.text ?? "";
  if (name?.kind !== "word" || before === "function" || before === "." || before === "new") return false;
  if (["if", "for", "while", "switch", "catch", "return", "function"].includes(name.text)) return false;
  let at = closing(tokens, open) + 1;
  if (tokens[at]?.text === ":") {
    at++;
    while (at < tokens.length && !["{", ";", "}", ")", ","].includes(tokens[at]!.text)) at++;
  }
  return tokens[at]?.text === "{" && closing(tokens, open) > open;
}

function addScope(
  scopes: Scope[],
  tokens: readonly Token[],
  start: number,
  open: number,
  after: number,
): void {
  let body = after;
  while (body < tokens.length && !["{", ";"].includes(tokens[body]!.text)) body++;
  if (tokens[body]?.text !== "{") return;
  const end = closing(tokens, body) + 1;
  scopes.push({ start, end, body, token: tokens[start]!, declared: declarations(tokens, open, body, end) });
}

function addArrow(scopes: Scope[], tokens: readonly Token[], start: number, arrow: number): void {
  const body = arrow + 1;
  let end = body;
  if (tokens[body]?.text === "{") end = closing(tokens, body) + 1;
  else {
    for (let depth = 0; end < tokens.length; end++) {
      const { text } = tokens[end]!;
      if (["(", "[", "{"].includes(text)) depth++;
      if ([")", "]", "}"].includes(text) && depth-- === 0) break;
      if (depth === 0 && (text === "," || text === ";")) break;
    }
  }
  scopes.push({ start, end, body, token: tokens[start]!, declared: declarations(tokens, start, arrow, end) });
}

/** Names of parameters, and of variables in the body. */
function declarations(tokens: readonly Token[], open: number, body: number, end: number): Set<string> {
  const names = new Set<string>();
  if (tokens[open]?.kind === "word" && body - open === 1) names.add(tokens[open]!.text);
  for (let at = open; at < body; at++) {
    const next = tokens[at + 1]?.text ?? "";
    if (
      tokens[at]!.kind === "word" &&
      [":", ",", ")", "=", "?"].includes(next) &&
      ["(", ",", "..."].includes(tokens[at - 1]?.text ?? "")
    ) {
      names.add(tokens[at]!.text);
    }
  }
  for (let at = body; at < end; at++) {
    const { text } = tokens[at]!;
    if ((text === "let" || text === "const" || text === "var") && tokens[at + 1]?.kind === "word") {
      names.add(tokens[at + 1]!.text);
    }
  }
  return names;
}

function usedNames(tokens: readonly Token[], { body, end }: Scope): string[] {
  const names: string[] = [];
  for (let at = body; at < end; at++) {
    const token = tokens[at]!;
    if (token.kind === "word" && tokens[at - 1]?.text !== "." && tokens[at - 1]?.text !== "?.")
      names.push(token.text);
    // `${name}` in a template is a use too.
    if (token.kind === "template") {
      for (const [, name] of token.text.matchAll(/\$\{\s*([A-Za-z_$][\w$]*)/g)) names.push(name!);
    }
  }
  return names;
}

function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const { text, kind } = tokens[at]!;
    if (kind !== "sign") continue;
    if (["(", "[", "{"].includes(text)) depth++;
    if ([")", "]", "}"].includes(text) && --depth === 0) return at;
  }
  return tokens.length - 1;
}

function opening(tokens: readonly Token[], close: number): number {
  let depth = 0;
  for (let at = close; at >= 0; at--) {
    const { text, kind } = tokens[at]!;
    if (kind !== "sign") continue;
    if ([")", "]", "}"].includes(text)) depth++;
    if (["(", "[", "{"].includes(text) && --depth === 0) return at;
  }
  return 0;
}

function listBeforeType(tokens: readonly Token[], arrow: number): number | null {
  for (let at = arrow - 1; at > Math.max(0, arrow - 12); at--) {
    const { text } = tokens[at]!;
    if (text === ":" && tokens[at - 1]?.text === ")") return opening(tokens, at - 1);
    if ([";", "{", "}", ",", "("].includes(text)) return null;
  }
  return null;
}
