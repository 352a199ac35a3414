/** `.ipkg` files: made from files and keys, read with suspicion. */
import { parse as parseToml } from "smol-toml";
import { type Digest, digestOf, sha256Hex } from "./digest.ts";
import { PackageError } from "./error.ts";
import { gunzip, gzip } from "./gzip.ts";
import type { SigningKey } from "./keys.ts";
import { type PackageMeta, parseMeta, writeMeta } from "./meta.ts";
import { checkPackageId } from "./names.ts";
import { checkSignature, isSignatureName, parseSignature, signEntries } from "./signature.ts";
import { readTar, type TarEntry, writeTar } from "./tar.ts";
import { isWasm } from "./wasm.ts";

export const META_ENTRY = "package-meta.yaml";
export const MANIFEST_ENTRY = "manifest.tar.gz";
/** Entries that old clients do not know and pass over. */
export const PROVENANCE_ENTRY = "provenance.intoto.json";
export const SBOM_ENTRY = "sbom.cdx.json";
export const SOURCE_ENTRY = "source.tar.gz";

export interface PackageLimits {
  /** The package as it is, and what any of its compressed parts unpacks to. Default 32 MiB each. */
  readonly packageBytes: number;
  readonly unpackedBytes: number;
  /** Entries of the package, and files in any of its compressed parts. */
  readonly entries: number;
  readonly files: number;
}

export const DEFAULT_LIMITS: PackageLimits = {
  packageBytes: 32 * 1024 * 1024,
  unpackedBytes: 32 * 1024 * 1024,
  entries: 16,
  files: 64,
};
/** A project has more source files than a package has parts. */
const MAX_SOURCE_FILES = 1000;
/** Texts that are parsed and shown; reading a manifest takes far longer than unpacking it. */
const MAX_MANIFEST_BYTES = 256 * 1024;
const MAX_README_BYTES = 1024 * 1024;

export interface PackageContent {
  /** Its `manifest` is replaced by the names of `files`. */
  readonly meta: PackageMeta;
  /** What goes into `manifest.tar.gz`, in order: for a SmartModule the manifest, the module, the readme. */
  readonly files: readonly TarEntry[];
  /** Further entries, such as the provenance; signed with the others. */
  readonly extra?: readonly TarEntry[];
}

/** Bytes of a signed package; the same content and key give the same bytes. */
export function packPackage(content: PackageContent, key: SigningKey): Uint8Array {
  checkPackageId(content.meta);
  const meta = writeMeta({ ...content.meta, manifest: content.files.map(({ name }) => name) });
  const manifest = gzip(writeTar(content.files), MANIFEST_ENTRY);
  const entries = [
    { name: META_ENTRY, bytes: meta },
    { name: MANIFEST_ENTRY, bytes: manifest },
    ...(content.extra ?? []),
  ];
  return writeTar([...entries, { name: "signature.0", bytes: signEntries(entries, key) }]);
}

/** Adds a signature of another key over everything that is there, earlier signatures included. */
export function addSignature(ipkg: Uint8Array, key: SigningKey): Uint8Array {
  const entries = readTar(ipkg, tarLimits(DEFAULT_LIMITS));
  const count = entries.filter(({ name }) => isSignatureName(name)).length;
  return writeTar([...entries, { name: `signature.${count}`, bytes: signEntries(entries, key) }]);
}

export interface Package {
  readonly meta: PackageMeta;
  /** Every entry by its name. */
  readonly entries: ReadonlyMap<string, Uint8Array>;
  /** The files of `manifest.tar.gz`, in order. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Public keys whose signatures fit, in the order of the entries; the first one is the author's. */
  readonly signers: readonly string[];
  /** Of the package as a whole. */
  readonly digest: Digest;
  readonly size: number;
}

/**
 * Reads a package and checks all that can be checked without trusting anyone: the form, every signature, that each
 * signature covers all that stands before it and nothing but signatures stands behind the first, and that the list of
 * files is true. Whether a signer is welcome is the caller's question. Throws a `PackageError`, each kind of fault with its own `SMDK_PKG_*` code.
 */
export function readPackage(ipkg: Uint8Array, limits: PackageLimits = DEFAULT_LIMITS): Package {
  if (ipkg.length > limits.packageBytes) {
    throw new PackageError("SMDK_PKG_LIMIT", `the package is larger than ${limits.packageBytes} bytes`);
  }
  const list = readTar(ipkg, tarLimits(limits));
  const entries = new Map(list.map(({ name, bytes }) => [name, bytes]));
  const metaBytes = required(entries, META_ENTRY);
  const manifest = required(entries, MANIFEST_ENTRY);
  const signatures = list.filter(({ name }) => isSignatureName(name));
  if (signatures.length === 0) throw new PackageError("SMDK_PKG_UNSIGNED", "the package has no signature");
  const signers = signatures.map((entry, index) => {
    if (entry.name !== `signature.${index}`) {
      throw new PackageError(
        "SMDK_PKG_SIGNATURE_FORMAT",
        `${entry.name} stands where signature.${index} belongs`,
      );
    }
    const signature = parseSignature(entry);
    checkSignature(entry.name, signature, entries);
    const covered = new Set(signature.files.map(({ name }) => name));
    for (const { name } of list.slice(0, list.indexOf(entry))) {
      if (!covered.has(name)) {
        throw new PackageError("SMDK_PKG_UNSIGNED_ENTRY", `${entry.name} does not cover ${name}`);
      }
    }
    return signature.pubkey;
  });
  // What came later was not there when the author signed, whoever else signed it.
  const late = list.slice(list.indexOf(signatures[0]!)).find(({ name }) => !isSignatureName(name));
  if (late !== undefined)
    throw new PackageError("SMDK_PKG_UNSIGNED_ENTRY", `signature.0 does not cover ${late.name}`);
  const meta = parseMeta(metaBytes);
  checkPackageId(meta);
  const files = unpackFiles(manifest, limits.unpackedBytes, limits.files);
  if ([...files.keys()].join("\n") !== meta.manifest.join("\n")) {
    throw new PackageError("SMDK_PKG_MANIFEST", "the package lists other files than it holds");
  }
  return { meta, entries, files, signers, digest: digestOf(ipkg), size: ipkg.length };
}

/** The first `.toml` and the first `.wasm` of a package, as Fluvio picks them, and the readme. */
export interface PackagedSmartModule {
  readonly manifest: string;
  readonly wasm: Uint8Array;
  readonly readme: string | undefined;
}

/**
 * The SmartModule in a package. Its manifest must agree with the package's name, group and version.
 * @throws `SMDK_PKG_NO_MODULE`, `SMDK_PKG_WASM`, `SMDK_PKG_DISAGREES`, `SMDK_PKG_UTF8`, or `SMDK_PKG_LIMIT` for a
 * manifest above 256 KiB or a readme above 1 MiB
 */
export function smartModuleOf({ meta, files }: Package): PackagedSmartModule {
  const first = (ending: string): Uint8Array | undefined =>
    [...files].find(([name]) => name.endsWith(ending))?.[1];
  const toml = first(".toml");
  if (toml === undefined) throw new PackageError("SMDK_PKG_NO_MODULE", "package missing SmartModule toml");
  const wasm = first(".wasm");
  if (wasm === undefined) throw new PackageError("SMDK_PKG_NO_MODULE", "package missing wasm file");
  if (!isWasm(wasm)) throw new PackageError("SMDK_PKG_WASM", "the packaged module is not WebAssembly");
  const manifest = utf8(toml, "the packaged SmartModule.toml", MAX_MANIFEST_BYTES);
  let about: Record<string, unknown>;
  try {
    about = (parseToml(manifest)["package"] ?? {}) as Record<string, unknown>;
  } catch {
    throw new PackageError("SMDK_PKG_DISAGREES", "the packaged SmartModule.toml is not readable");
  }
  for (const key of ["name", "group", "version"] as const) {
    if (about[key] !== meta[key]) {
      throw new PackageError("SMDK_PKG_DISAGREES", `package and SmartModule.toml name a different ${key}`);
    }
  }
  if ((about["visibility"] ?? "private") !== meta.visibility) {
    throw new PackageError("SMDK_PKG_DISAGREES", "package and SmartModule.toml name a different visibility");
  }
  const readme = [...files].find(([name]) => /^readme(\.md|\.txt)?$/i.test(name))?.[1];
  return { manifest, wasm, readme: readme && utf8(readme, "the packaged readme", MAX_README_BYTES) };
}

/**
 * Source files as one entry. Their paths, which may have folders, become flat names with a list beside them.
 * @throws `SMDK_PKG_SOURCE` for more than 1000 files, or a path that no reader would unpack
 */
export function packSource(files: ReadonlyMap<string, Uint8Array>): TarEntry {
  checkSource([...files.keys()]);
  return sourceEntry(files);
}

/** Hex SHA-256 of what `packSource` makes, also of sources that do not go into a package. */
export function sourceDigest(files: ReadonlyMap<string, Uint8Array>): string {
  return sha256Hex(sourceEntry(files).bytes);
}

function sourceEntry(files: ReadonlyMap<string, Uint8Array>): TarEntry {
  const paths = [...files.keys()].sort();
  const flat = paths.map((path, index) => ({ name: `file.${index}`, bytes: files.get(path)! }));
  const list = { name: "paths.json", bytes: Buffer.from(JSON.stringify(paths)) };
  return { name: SOURCE_ENTRY, bytes: gzip(writeTar([list, ...flat]), SOURCE_ENTRY) };
}

function checkSource(paths: readonly string[]): void {
  const refuse = (why: string): PackageError =>
    new PackageError("SMDK_PKG_SOURCE", why, { hint: "publish --no-source leaves the sources out" });
  const bad = paths.find((path) => !isInnerPath(path));
  if (bad !== undefined) throw refuse(`a source file cannot be packed under the name ${JSON.stringify(bad)}`);
  if (paths.length > MAX_SOURCE_FILES) throw refuse(`the sources have more than ${MAX_SOURCE_FILES} files`);
}

/**
 * The packaged sources by their relative path, or undefined when there are none.
 * @throws `SMDK_PKG_SOURCE` for paths that lead out of a folder
 */
export function sourceOf({ entries }: Package, limits = DEFAULT_LIMITS): Map<string, Uint8Array> | undefined {
  const packed = entries.get(SOURCE_ENTRY);
  if (packed === undefined) return undefined;
  const flat = unpackFiles(packed, limits.unpackedBytes, MAX_SOURCE_FILES + 1);
  const refuse = (why: string): PackageError =>
    new PackageError("SMDK_PKG_SOURCE", `the packaged sources ${why}`);
  let paths: unknown;
  try {
    paths = JSON.parse(utf8(required(flat, "paths.json"), "paths.json"));
  } catch {
    throw refuse("have no readable list");
  }
  if (!Array.isArray(paths) || paths.length !== flat.size - 1) throw refuse("do not fit their list");
  const files = new Map<string, Uint8Array>();
  for (const [index, path] of (paths as unknown[]).entries()) {
    if (typeof path !== "string" || !isInnerPath(path) || files.has(path))
      throw refuse("have a forbidden path");
    files.set(path, required(flat, `file.${index}`));
  }
  return files;
}

function isInnerPath(path: string): boolean {
  const parts = path.split("/");
  return (
    path.length <= 500 &&
    parts.length <= 20 &&
    parts.every((part) => SOURCE_PART.test(part) && part !== "node_modules")
  );
}

/** What every system takes as the name of a file: no marks that mean something there, no blank or dot at its end. */
const SOURCE_PART = /^[\p{L}\p{M}\p{N} _@.+,()[\]{}~=!#$%&'^-]*[\p{L}\p{M}\p{N}_@+,()[\]{}~=!#$%&'^-]$/u;

function unpackFiles(packed: Uint8Array, maxBytes: number, maxFiles: number): Map<string, Uint8Array> {
  const tar = gunzip(packed, maxBytes);
  const entries = readTar(tar, { entries: maxFiles, entryBytes: maxBytes });
  return new Map(entries.map(({ name, bytes }) => [name, bytes]));
}

function tarLimits(limits: PackageLimits): { entries: number; entryBytes: number } {
  return { entries: limits.entries, entryBytes: limits.packageBytes };
}

function required(entries: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const bytes = entries.get(name);
  if (bytes === undefined) throw new PackageError("SMDK_PKG_MISSING_ENTRY", `the package has no ${name}`);
  return bytes;
}

function utf8(bytes: Uint8Array, what: string, maxBytes = Number.POSITIVE_INFINITY): string {
  if (bytes.length > maxBytes)
    throw new PackageError("SMDK_PKG_LIMIT", `${what} is larger than ${maxBytes} bytes`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new PackageError("SMDK_PKG_UTF8", `${what} is not UTF-8`);
  }
}

/** `{name}-{version}.ipkg`: the only file name that upstream's tools upload. */
export function packageFileName({ name, version }: { name: string; version: string }): string {
  return `${name}-${version}.ipkg`;
}
