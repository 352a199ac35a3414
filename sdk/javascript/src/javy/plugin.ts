// Javy's plugin: QuickJS in a WASI module that compiles JavaScript to bytecode and runs bytecode.

import { LinkError } from "../link/code.ts";
import { findExport, typeOf } from "../link/link.ts";
import { KIND, type ParsedModule, parseModule, typeText } from "../link/module.ts";

/** Something about a Javy plugin, or the lack of one. Recognise it by `code`. */
export class JavyError extends Error {
  override readonly name = "JavyError";
  readonly code: `SMDK_BUILD_JAVY_${string}`;
  readonly hint?: string;

  constructor(code: `SMDK_BUILD_JAVY_${string}`, message: string, hint?: string) {
    super(message);
    this.code = code;
    if (hint !== undefined) this.hint = hint;
  }
}

/** A plugin that was looked at. */
export interface Plugin {
  readonly module: ParsedModule;
  /** What it calls itself. */
  readonly namespace: string;
  /** Functions that it wants from a host of its own: they do nothing in a SmartModule. */
  readonly foreign: readonly string[];
}

const WASI = "wasi_snapshot_preview1";
const TYPES: Readonly<Record<string, string>> = {
  "initialize-runtime": "() -> ()",
  "compile-src": "(i32, i32) -> i32",
  invoke: "(i32, i32, i32, i32, i32) -> ()",
  cabi_realloc: "(i32, i32, i32, i32) -> i32",
};

/** Looks at a plugin. Throws `SMDK_BUILD_JAVY_PLUGIN`. */
export function readPlugin(bytes: Uint8Array): Plugin {
  const wrong = (why: string, hint?: string): JavyError =>
    new JavyError("SMDK_BUILD_JAVY_PLUGIN", `this is no plugin of Javy: ${why}`, hint ?? HOW_TO_GET);
  if (bytes.length < 8 || [0, 0x61, 0x73, 0x6d].some((byte, at) => bytes[at] !== byte)) {
    throw wrong("it is not WebAssembly");
  }
  if (bytes[6] === 1) {
    throw wrong(
      "it is a component",
      "`javy init-plugin PLUGIN.wasm -o INITIALISED.wasm` makes a core module of it.",
    );
  }
  let module: ParsedModule;
  try {
    module = parseModule(bytes);
  } catch (error) {
    if (error instanceof LinkError || error instanceof RangeError || error instanceof TypeError) {
      throw wrong(error.message);
    }
    throw error;
  }
  if (findExport(module, "compile_src", KIND.function)) {
    throw wrong("it is made for a Javy before version 5", "Take a plugin of a newer Javy.");
  }
  for (const [name, type] of Object.entries(TYPES)) {
    const found = findExport(module, name, KIND.function);
    if (found === undefined) throw wrong(`it does not export ${name}`);
    const own = typeText(typeOf(module, found.index));
    if (own !== type) throw wrong(`its export ${name} is ${own}, not ${type}`);
  }
  if (
    module.memory === null ||
    !module.exports.some(({ name, kind }) => name === "memory" && kind === KIND.memory)
  ) {
    throw wrong("it does not export its memory");
  }
  const section = module.custom.get("import_namespace");
  if (section === undefined) throw wrong("it has no section import_namespace");
  if (module.tables.length === 0) throw wrong("it has no table");
  const others = module.imports.filter(({ kind }) => kind !== KIND.function);
  if (others.length > 0)
    throw wrong(`it imports ${others.map(({ module: from, name }) => `${from}.${name}`).join(", ")}`);
  const foreign = module.imports
    .filter((entry) => entry.module !== WASI)
    .map(({ module: from, name }) => `${from}.${name}`);
  return { module, namespace: new TextDecoder().decode(section), foreign };
}

/** What to do without Javy. */
export const HOW_TO_GET =
  "Javy is a program of its own: get it from the releases of github.com/bytecodealliance/javy and put `javy` into the PATH, or name it, or the plugin that `javy emit-plugin -o plugin.wasm` writes, by --javy FILE, by the variable SMDK_JAVY or SMDK_JAVY_PLUGIN, or as `javy` in [build] of SmartModule.toml. The default engine needs no Javy: leave out --engine javy.";
