// What TypeScript has and AssemblyScript does not, found by its tokens.

import { closures } from "./closures.ts";
import { type Finding, RULES, type RuleCode, type SourceText } from "./findings.ts";
import { type Token, tokenize } from "./tokens.ts";

const HINTS: Partial<Record<RuleCode, string>> = {
  SM101:
    "Name the type; for several kinds of value write a class with a field for each, or a generic function.",
  SM102: "Use one type. Only `T | null` exists, for classes and strings.",
  SM103: "Write a class that has the fields of both.",
  SM104:
    "Check before you call: `isNumber`, `get(…) === null`. A throw that nobody catches is reported with its record.",
  SM106: "Take an array: `function join(parts: string[]): string`.",
  SM107: "Use `a.concat(b)`, or push in a loop.",
  SM108: "Count: `for (let i = 0; i < list.length; i++) { const item = list[i]; … }`.",
  SM109: "Use a Map and go through `map.keys()` with a counting loop.",
  SM110: "Compare with null first: `if (key !== null) { … key.length … }`.",
  SM111: "Write it out: `key === null ? other : key`.",
  SM112: "Take the fields one by one: `const a = point.a;`.",
  SM113: "A SmartModule runs to its end for each record: write plain functions.",
  SM114: "Collect the values in an array and return it.",
  SM115: "Use null, for classes and strings; numbers need a value that cannot occur otherwise.",
  SM116: "Read with `record.value.json()`, and build text with a string or the JSON writer of the library.",
  SM117: "Write a class with a field for each part.",
  SM118: "Use a `Map<string, T>`.",
  SM119: "Write `private x` instead of `#x`.",
  SM120: "Use `i64` or `u64`: `let n: i64 = 10;`.",
  SM121: "Give the members numbers, and write a function that names them.",
  SM122: 'Import at the top of the file: `import { x } from "./file";`.',
  SM123: "Use a Map and `map.delete(key)`, or set the field to null.",
  SM124: "Write the type out.",
};

const TYPE_END = new Set([";", ",", ")", "=", "{", "}", "=>", "]"]);

/** Finds the constructs in one file. */
export function lintSubset(source: SourceText): Finding[] {
  const tokens = tokenize(source.text);
  const findings: Finding[] = [];
  const add = (rule: RuleCode, token: Token, message: string = RULES[rule][2]): void => {
    const hint = HINTS[rule];
    findings.push(source.finding(rule, token.start, message, hint === undefined ? {} : { hint }));
  };
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1];
    const previous = tokens[index - 1];
    if (token.kind === "sign") {
      if (token.text === "?.") add("SM110", token);
      else if (token.text === "??" || token.text === "??=") add("SM111", token);
      else if (token.text === "..." && previous?.text !== ".") {
        add(isParameter(tokens, index) ? "SM106" : "SM107", token);
      } else if (token.text === "#" && next?.kind === "word" && next.start === token.end) add("SM119", token);
      else if (token.text === "[" && next?.kind === "word" && isIndexSignature(tokens, index))
        add("SM118", token);
    } else if (token.kind === "number" && token.text.endsWith("n") && !token.text.startsWith("0x")) {
      add("SM120", token);
    } else if (token.kind === "word" && previous?.text !== ".") {
      const rule = wordRule(tokens, index);
      if (rule !== null) add(rule, token);
    }
  }
  for (const { tokens: type } of annotations(tokens)) {
    for (const [rule, token] of typeRules(type)) add(rule, token);
  }
  for (const { token, name } of closures(tokens)) {
    findings.push(
      source.finding(
        "SM105",
        token.start,
        `AssemblyScript has no closures: this function uses ${name} from around it`,
        {
          hint: `Use a \`for\` loop, or move ${name} to the top level of the file.`,
        },
      ),
    );
  }
  return dedupe(findings);
}

function wordRule(tokens: readonly Token[], index: number): RuleCode | null {
  const token = tokens[index]!;
  const next = tokens[index + 1]?.text;
  const previous = tokens[index - 1]?.text;
  // A field or method may be called as it likes.
  if (next === ":" && previous !== "case" && previous !== "?") return null;
  switch (token.text) {
    case "try":
      return next === "{" ? "SM104" : null;
    case "of":
      return inForHead(tokens, index) ? "SM108" : null;
    case "in":
      return inForHead(tokens, index) ? "SM109" : null;
    case "async":
      return next === "function" || next === "(" || tokens[index + 2]?.text === "=>" ? "SM113" : null;
    case "await":
      return "SM113";
    case "Promise":
      return "SM113";
    case "yield":
      return "SM114";
    case "function":
      return next === "*" ? "SM114" : null;
    case "undefined":
      return "SM115";
    case "JSON":
      return next === "." ? "SM116" : null;
    case "bigint":
    case "BigInt":
      return "SM120";
    case "enum":
      return hasTextMembers(tokens, index) ? "SM121" : null;
    case "require":
      return next === "(" ? "SM122" : null;
    case "import":
      return next === "(" ? "SM122" : null;
    case "delete":
      return next !== "(" && next !== ";" ? "SM123" : null;
    case "keyof":
    case "infer":
      return "SM124";
    case "const":
    case "let":
    case "var":
      return next === "{" || next === "[" ? "SM112" : null;
    default:
      return null;
  }
}

function isParameter(tokens: readonly Token[], index: number): boolean {
  // `...name` in the list of a declaration is followed by a type or by the end of a parameter list with a body.
  const after = tokens[index + 2]?.text;
  if (after === ":") return true;
  let depth = 0;
  for (let at = index + 1; at < tokens.length; at++) {
    const { text } = tokens[at]!;
    if (text === "(" || text === "[") depth++;
    if (text === ")" || text === "]") depth--;
    if (depth < 0) return text === ")" && ["{", "=>", ":"].includes(tokens[at + 1]?.text ?? "");
  }
  return false;
}

function isIndexSignature(tokens: readonly Token[], index: number): boolean {
  const [, name, colon, type, close, after] = tokens.slice(index, index + 6);
  return (
    name?.kind === "word" &&
    colon?.text === ":" &&
    type?.kind === "word" &&
    close?.text === "]" &&
    after?.text === ":"
  );
}

function inForHead(tokens: readonly Token[], index: number): boolean {
  for (let at = index - 1; at >= Math.max(0, index - 12); at--) {
    const { text } = tokens[at]!;
    if (text === ";" || text === "{" || text === "}" || text === ")") {
      // `for (const { a } of list)` has braces of its own.
      if (text !== "}" || tokens[index - 1]?.text !== "}") return false;
      continue;
    }
    if (text === "for") return true;
  }
  return false;
}

function hasTextMembers(tokens: readonly Token[], index: number): boolean {
  for (let at = index; at < tokens.length && tokens[at]!.text !== "}"; at++) {
    if (tokens[at]!.text === "=" && tokens[at + 1]?.kind === "string") return true;
  }
  return false;
}

/** Types as written: behind the colons of declarations, behind `as`, and what `type X =` names. */
function* annotations(tokens: readonly Token[]): Generator<{ tokens: Token[] }> {
  /** Conditions that wait for their colon, by depth of brackets. */
  const conditions: number[] = [];
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    const previous = tokens[index - 1];
    if (["(", "[", "{"].includes(token.text)) depth++;
    if ([")", "]", "}"].includes(token.text)) depth--;
    while ((conditions.at(-1) ?? 0) > depth) conditions.pop();
    if (token.text === "?" && ![":", ",", ")"].includes(tokens[index + 1]?.text ?? ""))
      conditions.push(depth);
    if (token.text === "as" && token.kind === "word" && previous?.text !== ".") {
      yield { tokens: typeFrom(tokens, index + 1) };
    } else if (token.text === "=" && tokens[index - 2]?.text === "type") {
      yield { tokens: typeFrom(tokens, index + 1) };
    } else if (token.text === ":") {
      if (conditions.at(-1) === depth) {
        conditions.pop();
        continue;
      }
      if (previous?.text === "default" || isCase(tokens, index)) continue;
      yield { tokens: typeFrom(tokens, index + 1) };
    }
  }
}

function isCase(tokens: readonly Token[], index: number): boolean {
  for (let at = index - 1; at >= Math.max(0, index - 6); at--) {
    if (tokens[at]!.text === "case") return true;
    if ([";", "{", "}", "(", ","].includes(tokens[at]!.text)) return false;
  }
  return false;
}

function typeFrom(tokens: readonly Token[], start: number): Token[] {
  const type: Token[] = [];
  let depth = 0;
  for (let at = start; at < tokens.length && type.length < 64; at++) {
    const token = tokens[at]!;
    if (depth === 0 && TYPE_END.has(token.text) && !(token.text === "{" && type.length === 0)) break;
    if (depth === 0 && token.kind === "word" && type.at(-1)?.kind === "word" && !isTypeWord(type.at(-1)!))
      break;
    if (["(", "[", "{", "<"].includes(token.text)) depth++;
    if ([")", "]", "}", ">"].includes(token.text) && depth-- === 0) break;
    type.push(token);
  }
  return type;
}

function isTypeWord({ text }: Token): boolean {
  return (
    text === "keyof" || text === "typeof" || text === "readonly" || text === "extends" || text === "infer"
  );
}

function* typeRules(type: readonly Token[]): Generator<[RuleCode, Token]> {
  const [first] = type;
  if (first === undefined) return;
  // An object literal or an array is a value, not a type.
  if (first.text === "{") return;
  if (["string", "number", "template", "regex"].includes(first.kind) && type[1]?.text !== "|") return;
  if (
    first.text === "[" &&
    type.some(({ text, kind }) => text === "," && kind === "sign") &&
    type.every(isTypeToken)
  ) {
    yield ["SM117", first];
  }
  for (const [index, token] of type.entries()) {
    if (token.kind === "word" && (token.text === "any" || token.text === "unknown")) yield ["SM101", token];
    if (token.text === "extends") yield ["SM124", token];
    const [before, after] = [type[index - 1], type[index + 1]];
    if (token.text === "|" && before?.text !== "null" && after !== undefined && after.text !== "null") {
      yield ["SM102", before ?? token];
      return;
    }
    if (token.text === "&" && before !== undefined && after !== undefined) {
      yield ["SM103", before];
      return;
    }
  }
}

function isTypeToken({ kind, text }: Token): boolean {
  return kind === "word" ? text !== "new" : ["[", "]", ",", "<", ">", "|", "."].includes(text);
}

function dedupe(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ rule, line, column }) => {
    const key = `${rule}:${line}:${column}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
