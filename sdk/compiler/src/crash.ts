// When the AssemblyScript compiler itself fails, it says nothing of where; and what does not fit into a class of the
// library is reported there. This finds the user's part: parts are left out, one after the other and ever smaller ones,
// until the compiler gets through.

import path from "node:path";
import type { CompileOptions, CompileResult } from "@smdk/assemblyscript/compiler";
import type { BuildDiagnostic } from "./errors.ts";
import { codeFrame, positionOf } from "./frame.ts";
import { type Token, tokenize } from "./lint/tokens.ts";
import { isFunction } from "./subset/scopes.ts";
import { blank, child, children, type Node, nameOf, nodesBelow, parseSource } from "./subset/syntax.ts";

/** Compilations that a search may take: each is a fraction of a second. */
const MAX_TRIES = 80;
const FRAME_LENGTH = 80;

export type Compile = (options: CompileOptions) => CompileResult;

/** The user's files: absolute path to text. */
export type Texts = ReadonlyMap<string, string>;

interface Body {
  file: string;
  text: string;
  name: string;
  /** Where the declaration begins. */
  start: number;
  /** The body, braces included. */
  open: number;
  end: number;
}

interface Part {
  readonly file: string;
  readonly text: string;
  /** What a person calls it. */
  readonly what: string;
  readonly start: number;
  readonly end: number;
  /** The file without it. */
  readonly without: string;
}

/** A diagnostic for a compiler that threw. `compile` is tried again with parts of the sources left out. */
export function explainCrash(
  error: unknown,
  options: CompileOptions,
  compile: Compile,
  texts: Texts,
): BuildDiagnostic {
  const message = `the AssemblyScript compiler failed: ${reasonOf(error)}`;
  const part = search(options, compile, texts, null);
  if (part === null) {
    return {
      severity: "error",
      file: path.resolve(options.projectDir, options.entry),
      line: 1,
      column: 1,
      message,
      hint: "No single part is to blame. Leave out parts of the file to find what it stumbles over.",
      frame: "",
    };
  }
  return {
    severity: "error",
    ...placeOf(part),
    message,
    hint: `It gets through without ${part.what}: write that in another way, for example in smaller steps with types spelled out.`,
  };
}

/** Complaints about the library's own files, with the place of the user's part that they come from. */
export function locateInUsers(
  diagnostics: readonly BuildDiagnostic[],
  options: CompileOptions,
  compile: Compile,
  texts: Texts,
): BuildDiagnostic[] {
  const isStray = ({ severity, file }: BuildDiagnostic): boolean =>
    severity === "error" && (file === "" || file.startsWith("~lib/"));
  const strays = diagnostics.filter(isStray);
  const [first] = strays;
  // Whatever else is wrong has a place, and may well be the reason.
  if (first === undefined || diagnostics.some((other) => other.severity === "error" && !isStray(other))) {
    return [...diagnostics];
  }
  const part = search(options, compile, texts, first.file);
  if (part === null) return [...diagnostics];
  const where = first.file === "" ? "" : ` (in ${first.file}:${first.line})`;
  const located: BuildDiagnostic = {
    ...first,
    ...placeOf(part),
    message: `${first.message}${where}`,
    hint: first.hint ?? `It comes from ${part.what}: a type there does not fit into the library.`,
  };
  return [located, ...diagnostics.filter((diagnostic) => !isStray(diagnostic))];
}

function reasonOf(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown };
  const text = typeof message === "string" ? message : typeof error === "string" ? error : "";
  if (/call stack/.test(text)) return "something refers to itself without end, or is nested too deep";
  const first = text
    .split("\n")[0]
    ?.replace(/^Aborted\((.*)\).*$/, "$1")
    .replace(/,? at: \S+$/, "")
    .slice(0, 200);
  return first || "an assertion of its own did not hold";
}

function placeOf({
  file,
  text,
  start,
  end,
}: Part): Pick<BuildDiagnostic, "file" | "line" | "column" | "frame"> {
  return {
    file,
    ...positionOf(text, start),
    frame: codeFrame(text, start, Math.min(end, start + FRAME_LENGTH)),
  };
}

/** The smallest part without which the compiler does not throw, or does not complain of that file of the library. */
function search(options: CompileOptions, compile: Compile, texts: Texts, stray: string | null): Part | null {
  let tries = 0;
  /** `true`: it gets through. `null`: it stops early, for want of what was left out. */
  const passes = (part: Part): boolean | null => {
    if (++tries > MAX_TRIES) return false;
    const outer = options.readFile;
    const readFile = (file: string): string | null =>
      path.resolve(file) === part.file
        ? part.without
        : (outer?.(file) ?? texts.get(path.resolve(file)) ?? null);
    try {
      const { wasm, diagnostics } = compile({ ...options, readFile });
      if (stray !== null && diagnostics.some(({ severity, file }) => severity === "error" && file === stray))
        return false;
      return wasm === undefined || wasm !== null ? true : null;
    } catch {
      return false;
    }
  };
  const first = (parts: readonly Part[], isEnough: (passed: boolean | null) => boolean): Part | null =>
    parts.find((part) => isEnough(passes(part))) ?? null;

  const files = [...texts];
  const bodies = files.flatMap(([file, text]) => functionBodies(file, text));
  const hollow = bodies.map((body) => withoutBody(body));
  const whole = files.flatMap(([file, text]) => topLevel(file, text));
  let found =
    first(hollow, (passed) => passed === true) ??
    first(hollow, (passed) => passed === null) ??
    first(whole, (passed) => passed === true) ??
    first(whole, (passed) => passed === null);
  for (let inner = found; inner !== null; ) {
    found = inner;
    inner = first(statementsIn(inner), (passed) => passed !== false);
  }
  return found;
}

function withoutBody({ file, text, name, start, open, end }: Body): Part {
  const without = `${text.slice(0, open)}{ throw new Error("left out"); }${text.slice(end)}`;
  return { file, text, what: `the body of ${name}`, start, end, without };
}

/** Declarations of a file other than functions and imports. */
function topLevel(file: string, text: string): Part[] {
  const program = parseSource(text);
  return children(program, "body")
    .filter(({ type }) => type !== "ImportDeclaration")
    .map((node) => partOf(file, text, node));
}

/** The statements, members or parts of a declaration that are right below a part. */
function statementsIn({ file, text, start, end }: Part): Part[] {
  const program = parseSource(text);
  if (program === null) return [];
  let at: Node = program;
  for (let deeper: Node | undefined = program; deeper !== undefined; ) {
    at = deeper;
    deeper = nodesBelow(at).find(
      (node) => node.start <= start && node.end >= end && !(at.start === start && at.end === end),
    );
  }
  const lists: Node[] = [];
  const collect = (node: Node): void => {
    for (const below of nodesBelow(node)) {
      if (PARTS.test(below.type)) lists.push(below);
      else if (!below.type.startsWith("TS")) collect(below);
    }
  };
  collect(at);
  return lists.filter((node) => node.end - node.start < end - start).map((node) => partOf(file, text, node));
}

const PARTS =
  /^(?:(?:Variable|Class|Function)Declaration|\w*Statement|Class(?:Method|Property)|TSEnumMember|TSDeclareMethod)$/;
const BLOCK = "BlockStatement";

function partOf(file: string, text: string, node: Node): Part {
  const declared = child(node, "declaration") ?? node;
  const name = nameOf(child(declared, "id") ?? child(declared, "key"));
  const what = name !== "" ? `the declaration of ${name}` : isFunction(node) ? "this function" : "this line";
  const without =
    node.type === BLOCK
      ? `${text.slice(0, node.start)}{}${text.slice(node.end)}`
      : blank(text, node.start, node.end);
  return {
    file,
    text,
    what: node.type === BLOCK ? "this block" : what,
    start: node.start,
    end: node.end,
    without,
  };
}

/** Functions and methods of a file, those inside of others left out. */
export function functionBodies(file: string, text: string): Body[] {
  const tokens = tokenize(text);
  const bodies: Body[] = [];
  let classEnd = -1;
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!;
    const opensClass = token.text === "class" || token.text === "namespace";
    if (opensClass && index > classEnd) {
      const open = tokens.findIndex((candidate, at) => at > index && candidate.text === "{");
      if (open < 0) break;
      classEnd = closing(tokens, open);
      index = open;
      continue;
    }
    const isFunction = token.text === "function" && tokens[index + 1]?.kind === "word";
    const isMethod = index < classEnd && token.kind === "word" && tokens[index + 1]?.text === "(";
    if (!isFunction && !isMethod) continue;
    const list = tokens.findIndex((candidate, at) => at > index && candidate.text === "(");
    let open = closing(tokens, list) + 1;
    while (open < tokens.length && !["{", ";"].includes(tokens[open]!.text)) open++;
    if (tokens[open]?.text !== "{") continue;
    const end = closing(tokens, open);
    bodies.push({
      file,
      text,
      name: isFunction ? tokens[index + 1]!.text : token.text,
      start: token.start,
      open: tokens[open]!.start,
      end: tokens[end]!.end,
    });
    index = end;
  }
  return bodies;
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
