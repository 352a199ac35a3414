/** Modules under test: built from a project, or read from a file. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, readSourceMap } from "@smdk/compiler";
import { loadSmartModule } from "@smdk/runtime";
import type { RecordInput } from "./records.ts";
import { type RunOptions, type RunResult, runModule } from "./run.ts";

/** A project directory or a file: a path or a `file:` URL. */
export type ModuleSource = string | URL;

/** A module that can be run any number of times; every run gets a fresh instance. */
export interface TestModule {
  readonly name: string;
  readonly kind: string;
  /** The WebAssembly module. */
  readonly bytes: Uint8Array;
  run(records: readonly RecordInput[], options?: RunOptions): Promise<RunResult>;
}

/** Builds a SmartModule project. Rejects with the compiler's error, diagnostics and all, when it does not compile. */
export async function loadProject(directory: ModuleSource): Promise<TestModule> {
  const { name, bytes, wasmPath } = await build({ projectDir: pathOf(directory) });
  return await testModule(wasmPath, name, bytes);
}

/** Loads a module from a `.wasm` file, whoever built it. */
export async function loadModule(file: ModuleSource): Promise<TestModule> {
  const path = pathOf(file);
  const bytes = await readFile(path);
  return await testModule(path, path, bytes);
}

async function testModule(path: string, name: string, bytes: Uint8Array): Promise<TestModule> {
  const sourceMap = await readSourceMap(path, bytes);
  const module = await loadSmartModule(bytes, { name, ...(sourceMap !== null && { sourceMap }) });
  return {
    name,
    kind: module.kind ?? "none",
    bytes,
    run: (records, options) => runModule(module, records, options),
  };
}

function pathOf(source: ModuleSource): string {
  return source instanceof URL || source.startsWith("file:") ? fileURLToPath(source) : source;
}
