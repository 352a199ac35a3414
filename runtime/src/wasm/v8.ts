/**
 * The part of the WebAssembly JavaScript interface the engine uses, with types of its own: the compiler is not
 * told about the DOM, and Node's types do not declare it.
 */

declare const opaque: unique symbol;

/** A compiled module. */
export interface V8Module {
  readonly [opaque]: "module";
}

export interface V8Memory {
  readonly buffer: ArrayBufferLike;
}

export interface V8Global {
  value: unknown;
}

export interface V8Table {
  set(index: number, value: unknown): void;
}

export type V8Function = (...args: never[]) => unknown;
export type V8Export = V8Memory | V8Global | V8Table | V8Function;
export type V8Exports = Readonly<Record<string, V8Export>>;
export type V8Imports = Record<string, Record<string, V8Function | V8Memory>>;

interface V8WebAssembly {
  compile(bytes: Uint8Array): Promise<V8Module>;
  Module: new (bytes: Uint8Array) => V8Module;
  Instance: new (module: V8Module, imports: V8Imports) => { readonly exports: V8Exports };
  RuntimeError: new (message?: string) => Error;
}

export const V8: V8WebAssembly = (globalThis as unknown as { WebAssembly: V8WebAssembly }).WebAssembly;
