// The part of WebAssembly's JavaScript interface that the builder uses: the compiler's own declarations of it
// come with the whole browser.

export interface Memory {
  readonly buffer: ArrayBuffer;
}

export interface Global {
  value: number | bigint;
}

/** A compiled module; only good for making instances. */
export type Module = object;

export interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface Interface {
  compile(bytes: Uint8Array): Promise<Module>;
  Instance: new (module: Module, imports: Readonly<Record<string, Record<string, unknown>>>) => Instance;
}

export const wasm: Interface = (globalThis as unknown as { WebAssembly: Interface }).WebAssembly;
