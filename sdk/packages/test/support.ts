/** A package like one a project would make, and ways to build broken ones. */
import { readFileSync } from "node:fs";
import {
  gzip,
  keyFromHex,
  type PackageContent,
  packSource,
  type SigningKey,
  writeProvenance,
  writeSbom,
} from "../src/index.ts";
import type { TarEntry } from "../src/tar.ts";

export const key: SigningKey = keyFromHex("11".repeat(32));
export const otherKey: SigningKey = keyFromHex("22".repeat(32));
export const wasm = new Uint8Array(readFileSync(new URL("fixtures/word_filter.wasm", import.meta.url)));
export const upstreamPackage = new Uint8Array(
  readFileSync(new URL("fixtures/upstream-word-filter-0.1.0.ipkg", import.meta.url)),
);
export const upstreamKey = "30f4f37e8079cf25e1d31c4462ffa3907c86ee29ad73b85281637932fb070c43";

export const manifestText = `params = []

[package]
name = "word-filter"
group = "acme"
version = "0.1.0"
apiVersion = "0.1.0"
`;

export const meta = {
  package_format_version: "0.3",
  name: "word-filter",
  version: "0.1.0",
  group: "acme",
  description: "keeps records with a word",
  license: "Apache-2.0",
  manifest: [],
  repository_url: null,
  tags: null,
  visibility: "private",
} as const;

export const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));

export function content(change: Partial<PackageContent> = {}): PackageContent {
  const source = packSource(
    new Map([["src/index.ts", text("export function filter(): bool { return true }\n")]]),
  );
  const provenance = writeProvenance(
    {
      wasmName: "word_filter.wasm",
      wasm,
      sourceSha256: "0".repeat(64),
      lockSha256: undefined,
      tools: { smdk: "0.1.0" },
      flags: { release: true },
      repository: undefined,
    },
    key,
  );
  return {
    meta,
    files: [
      { name: "SmartModule.toml", bytes: text(manifestText) },
      { name: "word_filter.wasm", bytes: wasm },
      { name: "README.md", bytes: text("# word-filter\n") },
    ],
    extra: [
      { name: "provenance.intoto.json", bytes: provenance },
      { name: "sbom.cdx.json", bytes: writeSbom(meta, [{ name: "@x/y", version: "1.0.0" }]) },
      source,
    ],
    ...change,
  };
}

/** Tar blocks by hand: whatever header the test wants, with a true checksum. */
export function rawTar(
  entries: {
    name: string | Uint8Array;
    bytes?: Uint8Array;
    kind?: string;
    link?: string;
    size?: number;
    prefix?: string;
  }[],
  end = true,
): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (const { name, bytes = new Uint8Array(), kind = "0", link = "", size, prefix = "" } of entries) {
    const head = Buffer.alloc(512);
    Buffer.from(typeof name === "string" ? Buffer.from(name) : name).copy(head, 0, 0, 100);
    head.write("0100644\0", 100);
    head.write("0000000\0", 108);
    head.write("0000000\0", 116);
    head.write(`${(size ?? bytes.length).toString(8).padStart(11, "0")}\0`, 124);
    head.write("00000000000\0", 136);
    head.write("        ", 148);
    head.write(kind, 156);
    head.write(link, 157);
    head.write("ustar  \0", 257);
    head.write(prefix, 345);
    const sum = head.reduce((total, byte) => total + byte, 0);
    head.write(`${sum.toString(8).padStart(7, "0")}\0`, 148);
    blocks.push(head, bytes, new Uint8Array((512 - (bytes.length % 512)) % 512));
  }
  if (end) blocks.push(new Uint8Array(1024));
  return new Uint8Array(Buffer.concat(blocks));
}

export const packedFiles = (tar: Uint8Array): TarEntry => ({
  name: "manifest.tar.gz",
  bytes: gzip(tar, "manifest.tar.gz"),
});
