/** WebAssembly text to binary. The assembler is loaded on first use: few SmartModules come as text. */
import { EngineError } from "../error.ts";
import { PARSE_FAILED } from "./compile.ts";
import { ComponentError } from "./parse.ts";
import { V8 } from "./v8.ts";

/** What the assembler may be given: all that some supported V8 compiles, whatever upstream refuses later. */
export const TEXT_FEATURES = {
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  multi_value: true,
  bulk_memory: true,
  reference_types: true,
  tail_call: true,
  extended_const: true,
  relaxed_simd: true,
  threads: true,
  memory64: true,
  multi_memory: true,
};

/** True when the bytes cannot be a binary module and are therefore taken for text, as upstream does. */
export function isText(bytes: Uint8Array): boolean {
  return !(bytes[0] === 0x00 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d);
}

type Assembler = Awaited<ReturnType<typeof import("wabt")>>;
let assembler: Promise<Assembler> | null = null;

/** Runs something with the assembler, which is kept until it breaks. */
async function withAssembler<T>(run: (wabt: Assembler) => T): Promise<T> {
  assembler ??= import("wabt").then(({ default: load }) => load());
  const used = assembler;
  try {
    return run(await used);
  } catch (error) {
    if (isBroken(error) && assembler === used) assembler = null;
    throw error;
  }
}

/** The assembler recurses, in a stack of its own; what it was about to do it never finishes. */
function isBroken(error: unknown): boolean {
  return error instanceof V8.RuntimeError || error instanceof RangeError;
}

/** Assembles a module; the failure of anything that is no WebAssembly text has upstream's first line. */
export async function assembleText(bytes: Uint8Array): Promise<Uint8Array> {
  const source = decode(bytes);
  if (/^\(\s*component\b/.test(source.slice(skipBlank(source)))) {
    throw new EngineError("SMDK_ENGINE_PARSE", PARSE_FAILED, { causes: [new ComponentError().message] });
  }
  const fault = firstFault(source);
  if (fault !== null) throw fault;
  try {
    return await withAssembler((wabt) => {
      const module = wabt.parseWat("module.wat", source, TEXT_FEATURES);
      try {
        module.resolveNames();
        return module.toBinary({ write_debug_names: true }).buffer.slice();
      } finally {
        module.destroy();
      }
    });
  } catch (error) {
    throw new EngineError("SMDK_ENGINE_PARSE", assemblerText(error, source));
  }
}

/** A binary module as text, functions with their names. Throws EngineError for what the printer does not know. */
export async function wasmText(bytes: Uint8Array): Promise<string> {
  try {
    return await withAssembler((wabt) => {
      const module = wabt.readWasm(bytes, { readDebugNames: true, ...TEXT_FEATURES });
      try {
        module.generateNames();
        module.applyNames();
        return module.toText({ foldExprs: true, inlineExport: false });
      } finally {
        module.destroy();
      }
    });
  } catch (error) {
    const cause = error instanceof Error ? error.message.trim() : String(error);
    throw new EngineError("SMDK_ENGINE_PARSE", "the module cannot be printed", { causes: [cause] });
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new EngineError("SMDK_ENGINE_PARSE", "input bytes aren't valid utf-8", {
      hint: "A SmartModule is a WebAssembly module (.wasm) or its text form (.wat).",
    });
  }
}

/** The two faults that mean "this is not WebAssembly text at all". */
function firstFault(source: string): EngineError | null {
  const start = skipBlank(source);
  const before = source.slice(0, start).split("\n");
  const line = before.length;
  const column = before[line - 1]!.length + 1;
  const fault = (text: string): EngineError =>
    new EngineError("SMDK_ENGINE_PARSE", located(text, source, line, column), {
      hint: "A SmartModule is a WebAssembly module (.wasm) or its text form (.wat).",
    });
  if (start === source.length) return fault("expected at least one module field");
  return source[start] === "(" ? null : fault("expected `(`");
}

/** Offset of the first character that is neither white space nor comment. */
function skipBlank(source: string): number {
  let at = 0;
  for (;;) {
    while (at < source.length && " \t\r\n".includes(source[at]!)) at++;
    if (source.startsWith(";;", at)) {
      const end = source.indexOf("\n", at);
      at = end < 0 ? source.length : end + 1;
    } else if (source.startsWith("(;", at)) {
      let depth = 0;
      do {
        if (source.startsWith("(;", at)) depth++;
        else if (source.startsWith(";)", at)) depth--;
        else {
          at++;
          continue;
        }
        at += 2;
      } while (depth > 0 && at < source.length);
    } else {
      return at;
    }
  }
}

/** The message with the line it is about, as upstream prints it. Lines and columns count from 1. */
function located(message: string, source: string, line: number, column: number): string {
  const text = (source.split("\n")[line - 1] ?? "").replace(/\r$/, "");
  const gutter = "      |";
  return [
    message,
    `     --> <anon>:${line}:${column}`,
    gutter,
    `${String(line).padStart(5)} | ${text}`,
    `${gutter} ${" ".repeat(column - 1)}^`,
  ].join("\n");
}

const ASSEMBLER_FAULT = /^[^\n]*?:(\d+):(\d+): error: (.*)/m;

function assemblerText(error: unknown, source: string): string {
  if (isBroken(error)) return "item nesting too deep";
  const text = error instanceof Error ? error.message : String(error);
  const fault = ASSEMBLER_FAULT.exec(text);
  if (fault === null) return text.replace(/^parseWat failed:\s*/, "").trim();
  const [, line, column, reason] = fault;
  return located(upstreamReason(reason!), source, Number(line), Number(column));
}

function upstreamReason(reason: string): string {
  const bracket = /^unexpected token .*, expected ([()])\.$/.exec(reason);
  if (bracket !== null) return `expected \`${bracket[1]}\``;
  const unknown = /^undefined (\w+) variable "(.*)"$/.exec(reason);
  if (unknown !== null) {
    const what = unknown[1] === "function" ? "func" : unknown[1];
    return `unknown ${what}: failed to find name \`${unknown[2]}\``;
  }
  if (reason.endsWith("expected EOF.")) return "extra tokens remaining after parse";
  return reason.endsWith("expected a module field.") ? "expected valid module field" : reason;
}
