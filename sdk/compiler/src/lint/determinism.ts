// Sources whose results depend on more than their records, or whose memory only ever grows; and params.

import type { Manifest } from "../manifest.ts";
import type { Finding, SourceText } from "./findings.ts";
import { type Token, tokenize } from "./tokens.ts";

const CLOCK_HINT =
  "A replayed or retried batch gives another result. Use the record's own timestamp: `record.timestamp`.";
const RANDOM_HINT =
  "A replayed or retried batch gives another result. Derive it from the record, such as a hash of its key.";

/** Clock and chance. */
export function lintDeterminism(source: SourceText): Finding[] {
  const findings: Finding[] = [];
  const tokens = tokenize(source.text);
  for (const [index, token] of tokens.entries()) {
    const [dot, member] = [tokens[index + 1]?.text, tokens[index + 2]?.text];
    const previous = tokens[index - 1]?.text;
    if (token.kind !== "word" || previous === ".") continue;
    const call = dot === "." ? `${token.text}.${member}` : "";
    if (call === "Date.now" || call === "performance.now") {
      findings.push(
        source.finding("SM201", token.start, `${call}() makes the result depend on the clock`, {
          hint: CLOCK_HINT,
        }),
      );
    } else if (token.text === "Date" && previous === "new" && dot === "(" && member === ")") {
      findings.push(
        source.finding("SM201", tokens[index - 1]!.start, "new Date() makes the result depend on the clock", {
          hint: CLOCK_HINT,
        }),
      );
    } else if (call === "Math.random" || call === "crypto.getRandomValues" || call === "crypto.randomUUID") {
      findings.push(
        source.finding("SM202", token.start, `${call}() makes the result depend on chance`, {
          hint: RANDOM_HINT,
        }),
      );
    }
  }
  return findings;
}

const GROWING = new Set(["set", "add", "push", "unshift"]);
const SHRINKING = new Set(["delete", "clear", "pop", "shift", "splice"]);

/** Top-level collections that functions put into and nobody takes from. */
export function lintState(source: SourceText): Finding[] {
  const tokens = tokenize(source.text);
  const findings: Finding[] = [];
  for (const { name, token } of topLevelCollections(tokens)) {
    const calls = methodCalls(tokens, name);
    const bounded =
      calls.some((method) => SHRINKING.has(method)) || isAssigned(tokens, name) || usesSize(tokens, name);
    if (bounded || !calls.some((method) => GROWING.has(method))) continue;
    findings.push(
      source.finding("SM203", token.start, `${name} only ever grows, for as long as the stream lasts`, {
        hint: `Bound it: forget the oldest entries, or start anew at a certain size (\`if (${name}.size > 10000) ${name}.clear()\`).`,
      }),
    );
  }
  return findings;
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
    const isCollection =
      statement.some((text, at) => text === "new" && /^(?:Map|Set|Array)$/.test(statement[at + 1] ?? "")) ||
      statement.join("").includes("=[]");
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

const READERS = new Set(["get", "has", "required", "optional", "int", "requiredInt", "float", "bool"]);

/** Params that the sources read and the manifest does not declare, and the reverse. */
export function lintParams(sources: readonly SourceText[], manifest: Manifest, toml: SourceText): Finding[] {
  const declared = new Set(manifest.params.map(({ name }) => name));
  const read = new Set<string>();
  const findings: Finding[] = [];
  let dynamic = false;
  for (const source of sources) {
    const tokens = tokenize(source.text);
    for (const [index, token] of tokens.entries()) {
      const [dot, method, open, argument] = tokens.slice(index + 1, index + 5);
      if (
        token.text !== "params" ||
        dot?.text !== "." ||
        !READERS.has(method?.text ?? "") ||
        open?.text !== "("
      )
        continue;
      if (argument?.kind !== "string") {
        dynamic = true;
        continue;
      }
      const name = argument.text.slice(1, -1);
      read.add(name);
      if (declared.has(name)) continue;
      findings.push(
        source.finding("SM301", argument.start, `the param "${name}" is not declared in SmartModule.toml`, {
          hint: `Add a table: [[params]] with name = "${name}".`,
        }),
      );
    }
    if (/\bparams\s*\.\s*(?:names|keys)\s*\(/.test(source.text)) dynamic = true;
  }
  if (dynamic) return findings;
  for (const name of declared) {
    if (read.has(name)) continue;
    const at = toml.text.search(
      new RegExp(`^\\s*name\\s*=\\s*["']${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}["']`, "m"),
    );
    const index = at < 0 ? 0 : at + (toml.text.slice(at).match(/^\s*/)?.[0].length ?? 0);
    findings.push(
      toml.finding("SM302", index, `the param "${name}" is declared, but nothing reads it`, {
        hint: "Read it in `init`, or take it out of the manifest.",
      }),
    );
  }
  return findings;
}
