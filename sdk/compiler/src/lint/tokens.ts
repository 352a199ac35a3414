// Cuts TypeScript into tokens: enough to recognise constructs without loading a compiler, which takes a second.

export interface Token {
  readonly kind: "word" | "number" | "string" | "template" | "regex" | "sign";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const SIGNS = [
  "...",
  "===",
  "!==",
  "**=",
  "<<=",
  "&&=",
  "||=",
  "??=",
  "=>",
  "?.",
  "??",
  "&&",
  "||",
  "==",
  "!=",
];
const SIGNS_TWO = new Set([
  "<=",
  ">=",
  "++",
  "--",
  "+=",
  "-=",
  "*=",
  "/=",
  "%=",
  "&=",
  "|=",
  "^=",
  "<<",
  "**",
]);
/** Words after which a slash begins a regular expression. */
const OPERATOR_WORDS = new Set(["return", "typeof", "case", "in", "of", "delete", "void", "throw", "new"]);

/**
 * Tokens of a text, comments left out. Never fails: what is not understood is a sign. What a template holds in `${…}`
 * stands between its parts, in round brackets of no width.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  /** How many braces were open where each template that is open was left. */
  const templates: number[] = [];
  let braces = 0;
  let at = 0;
  const push = (kind: Token["kind"], end: number, shown = text.slice(at, end)): void => {
    tokens.push({ kind, text: shown, start: at, end });
    at = end;
  };
  while (at < text.length) {
    const char = text[at]!;
    if (/\s/.test(char)) {
      at++;
    } else if (text.startsWith("//", at)) {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    } else if (text.startsWith("/*", at)) {
      const end = text.indexOf("*/", at + 2);
      at = end < 0 ? text.length : end + 2;
    } else if (/[A-Za-z_$\u0080-\uffff]/.test(char)) {
      push("word", matchEnd(/[\w$\u0080-\uffff]*/y, text, at));
    } else if (/[0-9]/.test(char)) {
      push("number", matchEnd(/(?:0[xXbBoO][\da-fA-F_]+|[\d_]*\.?[\d_]+(?:[eE][+-]?\d+)?)n?/y, text, at));
    } else if (char === '"' || char === "'") {
      push("string", stringEnd(text, at, char));
    } else if (char === "`" || (char === "}" && templates.at(-1) === braces)) {
      if (char === "}") {
        templates.pop();
        push("sign", at, ")");
      }
      push("template", templatePartEnd(text, at));
      if (text.endsWith("${", at)) {
        templates.push(braces);
        push("sign", at, "(");
      }
    } else if (char === "/" && startsRegex(tokens.at(-1))) {
      push("regex", matchEnd(/\/(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\n\\[])+\/[a-z]*|\//y, text, at));
    } else {
      if (char === "{") braces++;
      if (char === "}") braces--;
      const long = SIGNS.find((sign) => text.startsWith(sign, at));
      const two = text.slice(at, at + 2);
      // `?.5` is a condition and a number.
      const isChain = long === "?." && /[0-9]/.test(text[at + 2] ?? "");
      push("sign", at + (long !== undefined && !isChain ? long.length : SIGNS_TWO.has(two) ? 2 : 1));
    }
  }
  return tokens;
}

function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + Math.max(1, pattern.exec(text)?.[0].length ?? 1);
}

function stringEnd(text: string, at: number, quote: string): number {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === "\\") end++;
    else if (text[end] === quote) return end + 1;
    else if (text[end] === "\n" && quote !== "`") return end;
  }
  return text.length;
}

/** The end of a part of a template: behind its last quote, or behind the next `${`. */
function templatePartEnd(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === "\\") end++;
    else if (text[end] === "`") return end + 1;
    else if (text.startsWith("${", end)) return end + 2;
  }
  return text.length;
}

function startsRegex(previous: Token | undefined): boolean {
  if (previous === undefined) return true;
  if (previous.kind === "word") return OPERATOR_WORDS.has(previous.text);
  return previous.kind === "sign" && ![")", "]", "}", "++", "--"].includes(previous.text);
}
