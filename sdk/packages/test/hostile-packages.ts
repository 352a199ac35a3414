/** Packages made to do harm, each with a true signature where that is possible. */
import { gzipSync } from "node:zlib";
import { gzip, packPackage, writeMeta, writeTar } from "../src/index.ts";
import { signEntries } from "../src/signature.ts";
import type { TarEntry } from "../src/tar.ts";
import { content, key, manifestText, meta, otherKey, packedFiles, rawTar, text, wasm } from "./support.ts";

/** A package with these entries and a true signature over them. */
export function signed(entries: TarEntry[]): Uint8Array {
  return rawTar([...entries, { name: "signature.0", bytes: signEntries(entries, key) }]);
}

export const metaEntry = (change: object = {}): TarEntry => ({
  name: "package-meta.yaml",
  bytes: writeMeta({ ...meta, manifest: ["SmartModule.toml", "word_filter.wasm"], ...change }),
});
export const goodFiles = [
  { name: "SmartModule.toml", bytes: text(manifestText) },
  { name: "word_filter.wasm", bytes: wasm },
];
/** A true package around a hostile inner archive. */
const inner = (tar: Uint8Array): Uint8Array => signed([metaEntry(), packedFiles(tar)]);
const outer = (...entries: Parameters<typeof rawTar>[0]): Uint8Array => rawTar(entries);
const yaml = (source: string | Uint8Array): Uint8Array =>
  signed([
    { name: "package-meta.yaml", bytes: typeof source === "string" ? text(source) : source },
    packedFiles(rawTar(goodFiles)),
  ]);
const module = (bytes: Uint8Array, manifest = manifestText): Uint8Array =>
  inner(
    rawTar([
      { name: "SmartModule.toml", bytes: text(manifest) },
      { name: "word_filter.wasm", bytes },
    ]),
  );
const readme = (bytes: string | Uint8Array): Uint8Array =>
  packPackage(
    {
      ...content(),
      files: [...goodFiles, { name: "README.md", bytes: typeof bytes === "string" ? text(bytes) : bytes }],
    },
    key,
  );
const bigZeros = gzipSync(Buffer.alloc(200 * 1024 * 1024));
const claimed = (size: number): Uint8Array => {
  const copy = new Uint8Array(gzip(rawTar(goodFiles), "manifest.tar.gz"));
  new DataView(copy.buffer, copy.byteOffset).setUint32(copy.length - 4, size, true);
  return copy;
};

/** What is wrong, the package, and the code that says so. */
type HostilePackage = [string, () => Uint8Array, RegExp];

export const hostilePackages: HostilePackage[] = [
  ["path traversal in the package", () => outer({ name: "../evil" }), /TAR_NAME/],
  ["path traversal inside", () => inner(rawTar([{ name: "../../evil.toml" }])), /TAR_NAME/],
  ["an absolute path", () => inner(rawTar([{ name: "/etc/passwd" }])), /TAR_NAME/],
  ["a Windows path", () => inner(rawTar([{ name: "C:\\evil" }])), /TAR_NAME/],
  ["a folder in a name", () => inner(rawTar([{ name: "a/b.toml" }])), /TAR_NAME/],
  ["the folder itself", () => inner(rawTar([{ name: "." }])), /TAR_NAME/],
  ["an empty name", () => inner(rawTar([{ name: "" }])), /TAR_NAME/],
  ["a name with a line end", () => inner(rawTar([{ name: "a\nb" }])), /TAR_NAME/],
  ["a name that looks like a flag", () => inner(rawTar([{ name: "--checkpoint" }])), /TAR_NAME/],
  ["a name with hidden bytes", () => inner(rawTar([{ name: Buffer.from("a.toml\0b") }])), /TAR_NAME/],
  ["a name that is not UTF-8", () => inner(rawTar([{ name: Buffer.from([0xff, 0xfe]) }])), /TAR_NAME/],
  ["a name with a prefix", () => inner(rawTar([{ name: "a.toml", prefix: "/etc" }])), /TAR_NAME/],
  ["a name of right-to-left letters", () => inner(rawTar([{ name: "a\u202etxt.wasm" }])), /TAR_NAME/],
  [
    "a giant name",
    () => inner(rawTar([{ name: "././@LongLink", kind: "L", bytes: new Uint8Array(100_000).fill(97) }])),
    /TAR_/,
  ],
  [
    "extended headers",
    () => inner(rawTar([{ name: "pax", kind: "x", bytes: text("20 path=../evil\n") }])),
    /TAR_KIND/,
  ],
  ["a symbolic link", () => inner(rawTar([{ name: "a.wasm", kind: "2", link: "/etc/passwd" }])), /TAR_KIND/],
  [
    "a hard link",
    () => inner(rawTar([{ name: "a.wasm", kind: "1", link: "package-meta.yaml" }])),
    /TAR_KIND/,
  ],
  ["a file with a link target", () => inner(rawTar([{ name: "a.wasm", link: "/etc/passwd" }])), /TAR_KIND/],
  ["a device", () => inner(rawTar([{ name: "null", kind: "3" }])), /TAR_KIND/],
  ["a pipe", () => inner(rawTar([{ name: "p", kind: "6" }])), /TAR_KIND/],
  ["a directory", () => inner(rawTar([{ name: "d", kind: "5" }])), /TAR_KIND/],
  ["a sparse file", () => inner(rawTar([{ name: "s", kind: "S" }])), /TAR_KIND/],
  ["one name twice", () => inner(rawTar([...goodFiles, goodFiles[1]!])), /TAR_DUPLICATE/],
  ["the metadata twice", () => outer(metaEntry(), metaEntry()), /TAR_DUPLICATE/],
  ["a size beyond the end", () => outer({ name: "a", size: 5000 }), /TAR_END/],
  ["a size of 8 GiB", () => outer({ name: "a", size: 0o77777777777 }), /TAR_LIMIT/],
  [
    "ten thousand entries",
    () => outer(...Array.from({ length: 10_000 }, (_, i) => ({ name: `f${i}` }))),
    /TAR_LIMIT/,
  ],
  [
    "ten thousand files inside",
    () => inner(rawTar(Array.from({ length: 10_000 }, (_, i) => ({ name: `f${i}` })))),
    /TAR_LIMIT/,
  ],
  ["a gzip bomb", () => signed([metaEntry(), { name: "manifest.tar.gz", bytes: bigZeros }]), /GZIP_LIMIT/],
  [
    "a gzip bomb that lies about its size",
    () => {
      const copy = new Uint8Array(bigZeros);
      copy.set([0, 0, 0, 0], copy.length - 4);
      return signed([metaEntry(), { name: "manifest.tar.gz", bytes: copy }]);
    },
    /GZIP_LIMIT/,
  ],
  [
    "a bomb in a bomb",
    () =>
      inner(
        rawTar([
          { name: "SmartModule.toml", bytes: bigZeros },
          { name: "word_filter.wasm", bytes: wasm },
        ]),
      ),
    /.*/,
  ],
  [
    "a gzip tail that claims 4 GiB",
    () => signed([metaEntry(), { name: "manifest.tar.gz", bytes: claimed(0xffffffff) }]),
    /GZIP_LIMIT/,
  ],
  [
    "a gzip tail that claims nothing",
    () => signed([metaEntry(), { name: "manifest.tar.gz", bytes: claimed(0) }]),
    /GZIP$/,
  ],
  [
    "two gzip members",
    () =>
      signed([
        metaEntry(),
        {
          name: "manifest.tar.gz",
          bytes: Buffer.concat([gzip(rawTar(goodFiles), "x"), gzip(text("x"), "x")]),
        },
      ]),
    /GZIP/,
  ],
  [
    "files that are no gzip",
    () => signed([metaEntry(), { name: "manifest.tar.gz", bytes: text("hello".repeat(20)) }]),
    /GZIP/,
  ],
  [
    "files that are gzip of no tar",
    () => signed([metaEntry(), { name: "manifest.tar.gz", bytes: gzip(text("x".repeat(2000)), "x") }]),
    /TAR_/,
  ],
  [
    "bytes behind the end",
    () => Buffer.concat([packPackage(content(), key), Buffer.alloc(512, 1)]),
    /TAR_TRAILING/,
  ],
  [
    "megabytes of zeros behind the end",
    () => Buffer.concat([packPackage(content(), key), Buffer.alloc(1024 * 1024)]),
    /TAR_TRAILING/,
  ],
  ["more than the largest package", () => new Uint8Array(33 * 1024 * 1024), /PKG_LIMIT/],
  ["metadata of a megabyte", () => yaml(`name: ${"a".repeat(1024 * 1024)}`), /PKG_META/],
  ["metadata that is not UTF-8", () => yaml(new Uint8Array([0xff, 0xff, 0xff])), /PKG_META/],
  ["metadata with the billion laughs", () => yaml(`a: &a [x,x]\nb: &b [*a,*a]\nname: [*b,*b]\n`), /PKG_META/],
  ["metadata that is a list", () => yaml("- 1\n- 2\n"), /PKG_META/],
  [
    "metadata with a key twice",
    () => yaml(`${Buffer.from(metaEntry().bytes).toString()}\nname: other\n`),
    /PKG_META/,
  ],
  [
    "metadata of a later format",
    () => signed([metaEntry({ package_format_version: "9.9" }), packedFiles(rawTar(goodFiles))]),
    /PKG_META/,
  ],
  ["metadata nested a thousand deep", () => yaml(`name: ${"[".repeat(1000)}${"]".repeat(1000)}`), /PKG_META/],
  // Without a bound on the depth, these end the process: no memory is left where a pattern is compiled deep in a stack.
  ...["- ", "? ", "[", "{", "[{a: ", "a: ", "? - ", "- ? "].map(
    (unit): HostilePackage => [
      `metadata of nothing but ${JSON.stringify(unit)}`,
      () => yaml(unit.repeat(60_000 / unit.length)),
      /PKG_META/,
    ],
  ),
  [
    "metadata that goes in and in",
    () => yaml(Array.from({ length: 340 }, (_, i) => `${" ".repeat(i)}a:\n`).join("")),
    /PKG_META/,
  ],
  [
    "a name in capitals",
    () => signed([metaEntry({ name: "Evil" }), packedFiles(rawTar(goodFiles))]),
    /PKG_NAME/,
  ],
  [
    "a group with a slash",
    () => signed([metaEntry({ group: "a/b" }), packedFiles(rawTar(goodFiles))]),
    /PKG_NAME/,
  ],
  [
    "a version that climbs",
    () => signed([metaEntry({ version: "../1.0.0" }), packedFiles(rawTar(goodFiles))]),
    /PKG_VERSION/,
  ],
  [
    "a list of other files",
    () => signed([metaEntry({ manifest: ["x.toml"] }), packedFiles(rawTar(goodFiles))]),
    /PKG_MANIFEST/,
  ],
  [
    "a signature of ten megabytes",
    () =>
      rawTar([
        metaEntry(),
        packedFiles(rawTar(goodFiles)),
        { name: "signature.0", bytes: new Uint8Array(10_000_000).fill(32) },
      ]),
    /SIGNATURE_FORMAT/,
  ],
  [
    "no module",
    () => signed([metaEntry({ manifest: ["SmartModule.toml"] }), packedFiles(rawTar([goodFiles[0]!]))]),
    /NO_MODULE/,
  ],
  ["a module that is text", () => module(text("(module)")), /PKG_WASM/],
  ["a module cut in half", () => module(wasm.subarray(0, wasm.length / 2)), /PKG_WASM/],
  [
    "a component instead of a module",
    () => module(new Uint8Array([0, 97, 115, 109, 13, 0, 1, 0])),
    /PKG_WASM/,
  ],
  [
    "a section of 4 GiB",
    () => module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 255, 255, 255, 255, 15])),
    /PKG_WASM/,
  ],
  [
    "a manifest of another module",
    () => module(wasm, manifestText.replace("word-filter", "other")),
    /DISAGREES/,
  ],
  [
    "a manifest of another version",
    () => module(wasm, manifestText.replace('"0.1.0"', '"0.2.0"')),
    /DISAGREES/,
  ],
  ["a manifest that is no TOML", () => module(wasm, "= = ="), /DISAGREES/],
  [
    "a manifest of four megabytes",
    () => module(wasm, `${manifestText}[${"a.".repeat(2 * 1024 * 1024)}a]\n`),
    /PKG_LIMIT/,
  ],
  ["a readme of two megabytes", () => readme("x".repeat(2 * 1024 * 1024)), /PKG_LIMIT/],
  ["a readme that is not UTF-8", () => readme(new Uint8Array([0xc3, 0x28])), /PKG_UTF8/],
  [
    "sources that somebody else put behind the author's signature",
    () => {
      const [first, second] = [metaEntry(), packedFiles(rawTar(goodFiles))] as const;
      const entries = [first, second, { name: "signature.0", bytes: signEntries([first, second], key) }];
      const more = [...entries, { name: "source.tar.gz", bytes: gzip(rawTar([]), "source.tar.gz") }];
      return writeTar([...more, { name: "signature.1", bytes: signEntries(more, otherKey) }]);
    },
    /UNSIGNED_ENTRY/,
  ],
  ["sources that climb out of their folder", () => sources(["../../.bashrc"]), /PKG_SOURCE/],
  ["sources in a hidden place", () => sources(["node_modules/x.js"]), /PKG_SOURCE/],
  [
    "sources that are a bomb",
    () => packPackage({ ...content(), extra: [{ name: "source.tar.gz", bytes: bigZeros }] }, key),
    /GZIP_LIMIT/,
  ],
];

function sources(paths: string[]): Uint8Array {
  const tar = rawTar([
    { name: "paths.json", bytes: text(JSON.stringify(paths)) },
    { name: "file.0", bytes: text("x") },
  ]);
  const entry = { name: "source.tar.gz", bytes: gzip(tar, "source.tar.gz") };
  return packPackage({ ...content(), extra: [entry] }, key);
}
