// When the AssemblyScript compiler itself fails, it says nothing of where. This finds the declaration: bodies of the
// user's functions are left out, one after the other, until the compiler gets through.

import { readFileSync } from "node:fs";
import path from "node:path";
import type { CompileOptions, CompileResult } from "@smdk/assemblyscript/compiler";
import type { BuildDiagnostic } from "./errors.ts";
import { codeFrame, positionOf } from "./frame.ts";
import { type Token, tokenize } from "./lint/tokens.ts";

/** Compilations that a search may take: each is a fraction of a second. */
const MAX_TRIES = 60;
const FRAME_LENGTH = 80;

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

/** A diagnostic for a compiler that threw. `compile` is tried again with parts of the sources left out. */
export function explainCrash(
  error: unknown,
  options: CompileOptions,
  compile: (options: CompileOptions) => CompileResult,
  files: readonly string[],
): BuildDiagnostic {
  const reason = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
  const message = `the AssemblyScript compiler failed: ${reason}`;
  const culprit = findCulprit(options, compile, files);
  if (culprit === null) {
    return {
      severity: "error",
      file: path.resolve(options.projectDir, options.entry),
      line: 1,
      column: 1,
      message,
      hint: "No single function is to blame. Leave out parts of the file to find what it stumbles over.",
      frame: "",
    };
  }
  const { file, text, name, start, open } = culprit;
  return {
    severity: "error",
    file,
    ...positionOf(text, start),
    message,
    hint: `It gets through without the body of ${name}: write that in another way, for example in smaller steps with types spelled out.`,
    frame: codeFrame(text, start, Math.min(open, start + FRAME_LENGTH)),
  };
}

function findCulprit(
  options: CompileOptions,
  compile: (options: CompileOptions) => CompileResult,
  files: readonly string[],
): Body | null {
  const bodies = files.flatMap((file) => {
    const absolute = path.resolve(options.projectDir, file);
    try {
      return functionBodies(absolute, readFileSync(absolute, "utf8"));
    } catch {
      return [];
    }
  });
  for (const body of bodies.slice(0, MAX_TRIES)) {
    const readFile = (wanted: string): string | null => {
      if (path.resolve(wanted) === body.file) {
        return `${body.text.slice(0, body.open)}{ throw new Error("left out"); }${body.text.slice(body.end)}`;
      }
      try {
        return readFileSync(wanted, "utf8");
      } catch {
        return null;
      }
    };
    try {
      compile({ ...options, readFile });
      return body;
    } catch {
      // Not this one.
    }
  }
  return null;
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
