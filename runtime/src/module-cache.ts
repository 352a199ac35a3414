/** Keeps compiled modules by the hash of their bytes, so that a stream that asks for a known module starts at once. */
import { type LoadOptions, loadSmartModule, type SmartModule } from "./module.ts";

export interface ModuleCacheOptions {
  /** Most modules kept, default 64. */
  maxModules?: number;
  /** Most bytes of wasm kept, default 64 MiB. Compiled code takes several times that. */
  maxBytes?: number;
}

interface Entry {
  module: Promise<SmartModule>;
  size: number;
}

/** A bounded cache; what was used longest ago leaves first. Failures are not kept. */
export class ModuleCache {
  readonly #maxModules: number;
  readonly #maxBytes: number;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(options: ModuleCacheOptions = {}) {
    this.#maxModules = options.maxModules ?? 64;
    this.#maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** `loadSmartModule`, or what it gave for the same bytes, name and memory limit before. */
  async load(bytes: Uint8Array, options: LoadOptions = {}): Promise<SmartModule> {
    const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
    const hash = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const key = `${hash} ${options.memoryLimit ?? ""} ${options.name ?? ""}`;
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.module;
    }
    const entry: Entry = { module: loadSmartModule(bytes, options), size: bytes.length };
    this.#entries.set(key, entry);
    this.#bytes += entry.size;
    this.#evict();
    try {
      return await entry.module;
    } catch (error) {
      this.#remove(key, entry);
      throw error;
    }
  }

  #evict(): void {
    for (const [key, entry] of this.#entries) {
      const fits = this.#entries.size <= this.#maxModules && this.#bytes <= this.#maxBytes;
      if (fits || this.#entries.size === 1) return;
      this.#remove(key, entry);
    }
  }

  #remove(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.size;
  }
}
