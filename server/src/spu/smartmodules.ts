// The SPU's copy of the SmartModules, and the compiled modules that its streams share.
import { createHash } from "node:crypto";
import type { ErrorCode, SmartModuleInvocation, SmartModuleSpec } from "@smdk/protocol";
import type { SmartModule } from "@smdk/runtime";
import { errorCode, errorText } from "../error.ts";
import type { Named } from "../link.ts";
import { parsePackageKey } from "../sc/package-key.ts";
import type { ChainEngine } from "./chain-engine.ts";
import { clientText, otherError } from "./client-errors.ts";
import { newestMatch } from "./newest-match.ts";

/** Largest module after decompression: a JavaScript engine with its program takes a few MB. */
const MAX_MODULE_BYTES = 64 * 1024 * 1024;
/** Bounds of the cache of compiled modules. */
const MAX_CACHED_MODULES = 64;
const MAX_CACHED_BYTES = 128 * 1024 * 1024;

const GZIP_HEADER_BYTES = 10;

type Resolved = { module: SmartModule; name: string } | { error: ErrorCode };

type Loaded = { module: SmartModule } | { error: ErrorCode };

type CachedModule = { module: SmartModule; bytes: number; sourceMap: string | null };

export class SmartModules {
  #objects: readonly Named<SmartModuleSpec>[] = [];
  /** By digest of the compressed bytes; the order of the map is the order of use, oldest first. */
  readonly #cache = new Map<string, CachedModule>();
  #cachedBytes = 0;
  readonly #digests = new WeakMap<Uint8Array, string>();
  /** Modules on their way, by digest. */
  readonly #loading = new Map<string, Promise<Loaded>>();
  readonly #engine: ChainEngine;
  readonly #memoryLimit: number;
  readonly #sourceMapOf: (wasm: Uint8Array) => Promise<string | null>;

  /** `memoryLimit`: bytes of linear memory a module may use. `sourceMapOf` finds a module's source map. */
  constructor(
    engine: ChainEngine,
    memoryLimit: number,
    sourceMapOf: (wasm: Uint8Array) => Promise<string | null> = async () => null,
  ) {
    this.#engine = engine;
    this.#memoryLimit = memoryLimit;
    this.#sourceMapOf = sourceMapOf;
  }

  get memoryLimit(): number {
    return this.#memoryLimit;
  }

  /** Replaces the SPU's copy. Chains that run keep the code they were built from. */
  replace(objects: readonly Named<SmartModuleSpec>[]): void {
    this.#objects = objects;
  }

  /** The compiled module an invocation asks for, or the code that says why there is none. */
  async resolve(invocation: SmartModuleInvocation): Promise<Resolved> {
    const { wasm } = invocation;
    if (wasm.kind === "AdHoc") return this.#compile(wasm.value, invocation.name ?? "");
    const key = parsePackageKey(wasm.value);
    if ("error" in key) return { error: otherError(`error parsing SmartModule name: ${key.error}`) };
    const object = newestMatch(key, this.#objects);
    if (object === undefined) return { error: { kind: "SmartModuleNotFound", name: wasm.value } };
    return this.#compile(object.spec.wasm.payload, wasm.value);
  }

  async #compile(payload: Uint8Array, name: string): Promise<Resolved> {
    const digest = this.#digest(payload);
    const cached = this.#cache.get(digest);
    // The same module may have been built again from other lines.
    if (cached !== undefined && cached.sourceMap === (await this.#sourceMapOf(cached.module.bytes))) {
      this.#cache.delete(digest);
      this.#cache.set(digest, cached);
      return { module: cached.module, name };
    }
    let loading = this.#loading.get(digest);
    if (loading === undefined) {
      loading = this.#load(payload, digest, name).finally(() => this.#loading.delete(digest));
      this.#loading.set(digest, loading);
    }
    const loaded = await loading;
    return "error" in loaded ? loaded : { ...loaded, name };
  }

  async #load(payload: Uint8Array, digest: string, name: string): Promise<Loaded> {
    const bytes = await this.#decompress(payload);
    if (!(bytes instanceof Uint8Array)) return { error: bytes };
    try {
      const sourceMap = await this.#sourceMapOf(bytes);
      const module = await this.#engine.load(bytes, name, this.#memoryLimit, sourceMap);
      this.#remember(digest, { module, bytes: bytes.length, sourceMap });
      return { module };
    } catch (error) {
      return { error: chainBuildError(error) };
    }
  }

  /** The module in a gzip, bounded; or SmartModuleInvalid in Fluvio's words. */
  async #decompress(payload: Uint8Array): Promise<Uint8Array | ErrorCode> {
    if (payload.length < GZIP_HEADER_BYTES) return invalidModule("unexpected end of file");
    if (payload[0] !== 0x1f || payload[1] !== 0x8b) return invalidModule("invalid gzip header");
    try {
      return await this.#engine.gunzip(payload, MAX_MODULE_BYTES);
    } catch (error) {
      return invalidModule(
        errorCode(error) === "ERR_BUFFER_TOO_LARGE"
          ? `module is larger than ${MAX_MODULE_BYTES} bytes`
          : errorText(error),
      );
    }
  }

  #digest(payload: Uint8Array): string {
    let digest = this.#digests.get(payload);
    if (digest === undefined) {
      digest = createHash("sha256").update(payload).digest("base64");
      this.#digests.set(payload, digest);
    }
    return digest;
  }

  #remember(digest: string, entry: CachedModule): void {
    this.#cachedBytes += entry.bytes - (this.#cache.get(digest)?.bytes ?? 0);
    this.#cache.delete(digest);
    this.#cache.set(digest, entry);
    for (const [key, { bytes }] of this.#cache) {
      if (this.#cache.size <= MAX_CACHED_MODULES && this.#cachedBytes <= MAX_CACHED_BYTES) break;
      this.#cache.delete(key);
      this.#cachedBytes -= bytes;
    }
  }
}

function invalidModule(error: string): ErrorCode {
  return { kind: "SmartModuleInvalid", error, name: null };
}

/** The code for any failure while a chain is built. */
export function chainBuildError(error: unknown): ErrorCode {
  return engineWireError(error) ?? { kind: "SmartModuleChainInitError", value: clientText(errorText(error)) };
}

/** The code an engine failure carries; undefined for anything that is not one. */
export function engineWireError(error: unknown): ErrorCode | undefined {
  if (!errorCode(error)?.startsWith("SMDK_ENGINE_")) return undefined;
  const { wire } = error as { wire?: ErrorCode };
  if (wire === undefined) return undefined;
  return "value" in wire && typeof wire.value === "string"
    ? ({ ...wire, value: clientText(wire.value) } as ErrorCode)
    : wire;
}
