/** WebAssembly text to binary. The assembler is loaded on first use: few SmartModules come as text. */
import { EngineError } from "../error.ts";

const FEATURES = {
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

/** Assembles a module; the failure of anything that is no WebAssembly text has upstream's first line. */
export async function assembleText(bytes: Uint8Array): Promise<Uint8Array> {
  const source = decode(bytes);
  const fault = firstFault(source);
  if (fault !== null) throw fault;
  const { default: load } = await import("wabt");
  const wabt = await load();
  let module: ReturnType<typeof wabt.parseWat> | undefined;
  try {
    module = wabt.parseWat("module.wat", source, FEATURES);
    module.resolveNames();
    return module.toBinary({ write_debug_names: true }).buffer.slice();
  } catch (error) {
    throw new EngineError("SMDK_ENGINE_PARSE", assemblerText(error));
  } finally {
    module?.destroy();
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
  const hint = "A SmartModule is a WebAssembly module (.wasm) or its text form (.wat).";
  if (start === source.length) {
    return new EngineError(
      "SMDK_ENGINE_PARSE",
      located("expected at least one module field", source, start),
      { hint },
    );
  }
  if (source[start] !== "(") {
    return new EngineError("SMDK_ENGINE_PARSE", located("expected `(`", source, start), { hint });
  }
  return null;
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

function located(message: string, source: string, at: number): string {
  const before = source.slice(0, at);
  const line = before.split("\n").length;
  const column = at - (before.lastIndexOf("\n") + 1) + 1;
  const text = source.split("\n")[line - 1] ?? "";
  return [
    message,
    `     --> <anon>:${line}:${column}`,
    "      |",
    ` ${String(line).padStart(4)} | ${text.slice(0, 200)}`,
    `      | ${" ".repeat(Math.min(column - 1, 200))}^`,
  ].join("\n");
}

function assemblerText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^parseWat failed:\s*/, "").trim();
}
