// The user's files of a module: the entry and what it imports of its own project. Each is looked through before the
// compiler sees it, and the few things it need not know are taken out: `import type`, `satisfies`, `as const`.

import { readFileSync } from "node:fs";
import path from "node:path";
import { checkProgram } from "./check.ts";
import type { Complaint } from "./complaint.ts";
import { checkEntry } from "./entry.ts";
import { blank, child, children, isNode, type Node, nameOf, parseSource, walk } from "./syntax.ts";

/** One of the user's files. */
export interface CheckedSource {
  /** Absolute path. */
  readonly file: string;
  readonly text: string;
  /** The text for the compiler: as long, with blanks in place of what it need not know. */
  readonly plain: string;
  readonly complaints: readonly Complaint[];
}

/** A project has a handful. */
const MAX_FILES = 500;

/** Reads and checks the entry file and all files that it reaches, by absolute path. Missing files are left out. */
export function checkSources(dir: string, entry: string): Map<string, CheckedSource> {
  const sources = new Map<string, CheckedSource>();
  const waiting = [path.resolve(dir, entry)];
  for (let file = waiting.pop(); file !== undefined && sources.size < MAX_FILES; file = waiting.pop()) {
    if (sources.has(file)) continue;
    const text = read(file);
    if (text === null) continue;
    const program = parseSource(text);
    const isEntry = sources.size === 0;
    const complaints =
      program === null ? [] : [...checkProgram(program, text, isEntry ? checkEntry : undefined)];
    const plain = program === null ? text : withoutTypeOnly(program, text, file);
    sources.set(file, { file, text, plain, complaints });
    if (program !== null) waiting.push(...importsOf(program, file));
  }
  return sources;
}

function importsOf(program: Node, file: string): string[] {
  const files: string[] = [];
  for (const statement of children(program, "body")) {
    const source = child(statement, "source");
    if (source?.type !== "StringLiteral") continue;
    const found = resolve(file, String(source.value));
    if (found !== null) files.push(found);
  }
  return files;
}

/** The file of the project that an import names, or null. */
function resolve(from: string, specifier: string): string | null {
  if (!/^\.\.?\//.test(specifier)) return null;
  const target = path.resolve(path.dirname(from), specifier.replace(/\.[jt]s$/, ""));
  for (const candidate of [`${target}.ts`, path.join(target, "index.ts")]) {
    if (read(candidate) !== null) return candidate;
  }
  return null;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

function withoutTypeOnly(program: Node, text: string, file: string): string {
  let plain = text;
  const erase = (start: number, end: number): void => {
    plain = blank(plain, start, end);
  };
  const eraseWord = (word: string, from: number, to: number): void => {
    const at = text.slice(from, to).search(new RegExp(`\\b${word}\\b`));
    if (at >= 0) erase(from + at, from + at + word.length);
  };
  walk(program, (node) => {
    const isModule = node.type === "ImportDeclaration" || /^Export(?:Named|All)Declaration$/.test(node.type);
    const source = isModule ? child(node, "source") : null;
    if (
      isModule &&
      (node.importKind === "type" || (node.exportKind === "type" && child(node, "declaration") === null))
    ) {
      eraseWord("type", node.start, node.end);
    }
    if (source?.type === "StringLiteral") {
      const specifier = String(source.value);
      // As TypeScript wants it where modules are those of Node.js.
      if (/\.js$/.test(specifier) && resolve(file, specifier) !== null) {
        const quote = text[source.start] ?? '"';
        plain = `${plain.slice(0, source.end - 4)}${quote}   ${plain.slice(source.end)}`;
      }
    }
    if (
      /^(?:Im|Ex)portSpecifier$/.test(node.type) &&
      (node.importKind === "type" || node.exportKind === "type")
    ) {
      eraseWord("type", node.start, node.end);
    }
    if (node.type === "TSSatisfiesExpression") erase((child(node, "expression") ?? node).end, node.end);
    if (node.type === "TSAsExpression") {
      const type = child(node, "typeAnnotation");
      if (isNode(type) && nameOf(child(type, "typeName")) === "const") {
        erase((child(node, "expression") ?? node).end, node.end);
      }
    }
    return undefined;
  });
  return plain;
}
