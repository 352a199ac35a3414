/** Packages as upstream's tools make and read them, and ours. */
import { createPublicKey, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  addSignature,
  gunzip,
  gzip,
  packPackage,
  packSource,
  readPackage,
  readProvenance,
  readTar,
  smartModuleOf,
  sourceOf,
  writeTar,
} from "../src/index.ts";
import { content, key, manifestText, otherKey, text, upstreamKey, upstreamPackage, wasm } from "./support.ts";

const limits = { entries: 100, entryBytes: 1e8 };

describe("a package made by upstream's own tool", () => {
  test("is read, and its signature verifies", () => {
    const found = readPackage(upstreamPackage);
    expect(found.meta).toMatchObject({
      name: "word-filter",
      group: "acme",
      version: "0.1.0",
      visibility: "private",
    });
    expect(found.signers).toEqual([upstreamKey]);
    expect([...found.files.keys()]).toEqual(["SmartModule.toml", "word_filter.wasm", "README.md"]);
    expect(Buffer.from(smartModuleOf(found).wasm).equals(wasm)).toBe(true);
  });
});

describe("a package of ours", () => {
  const ipkg = packPackage(content(), key);

  test("has the same bytes each time it is packed", () => {
    expect(Buffer.from(packPackage(content(), key)).equals(ipkg)).toBe(true);
  });

  test("holds its entries in upstream's order, ends with two empty blocks, carries GNU marks", () => {
    expect(readTar(ipkg, limits).map(({ name }) => name)).toEqual([
      "package-meta.yaml",
      "manifest.tar.gz",
      "provenance.intoto.json",
      "sbom.cdx.json",
      "source.tar.gz",
      "signature.0",
    ]);
    expect(Buffer.from(ipkg.subarray(257, 265)).toString("latin1")).toBe("ustar  \0");
    expect(ipkg.subarray(-1024).every((byte) => byte === 0)).toBe(true);
  });

  test("verifies with plain Ed25519 over each entry", () => {
    const entries = new Map(readTar(ipkg, limits).map(({ name, bytes }) => [name, bytes]));
    const signature = JSON.parse(Buffer.from(entries.get("signature.0")!).toString());
    const spki = Buffer.concat([
      Buffer.from("302a300506032b6570032100", "hex"),
      Buffer.from(signature.pubkey, "hex"),
    ]);
    const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" });
    for (const { name, sig, len } of signature.files) {
      const bytes = entries.get(name)!;
      expect(bytes.length).toBe(len);
      expect(verify(null, bytes, publicKey, Buffer.from(sig, "hex"))).toBe(true);
    }
  });

  test("unpacked and packed again is the same", () => {
    const entries = readTar(ipkg, limits);
    expect(Buffer.from(writeTar(entries)).equals(ipkg)).toBe(true);
    const manifest = entries.find(({ name }) => name === "manifest.tar.gz")!.bytes;
    const files = readTar(gunzip(manifest, 1e7), limits);
    expect(Buffer.from(gzip(writeTar(files), "manifest.tar.gz")).equals(manifest)).toBe(true);
  });

  test("gives back the module, its manifest, provenance and sources", () => {
    const found = readPackage(ipkg);
    expect(smartModuleOf(found)).toMatchObject({ manifest: manifestText, readme: "# word-filter\n" });
    const { signers, statement } = readProvenance(found.entries.get("provenance.intoto.json")!, wasm);
    expect(signers).toEqual([key.publicKey]);
    // SLSA wants addresses for both.
    const { buildDefinition, runDetails } = statement.predicate;
    for (const uri of [buildDefinition.buildType, runDetails.builder.id])
      expect(URL.canParse(uri)).toBe(true);
    expect([...sourceOf(found)!.keys()]).toEqual(["src/index.ts"]);
  });

  test("takes sources as projects name them, and none that it would not give back", () => {
    const files = (paths: string[]) => new Map(paths.map((path) => [path, text(path)]));
    const paths = ["src/a b.ts", "src/größe/[id].ts", "src/index.ts", "src/名前 (1).ts"].sort();
    const packed = packPackage(content({ extra: [packSource(files(paths))] }), key);
    expect([...sourceOf(readPackage(packed))!.keys()]).toEqual(paths);
    for (const bad of ["../x", "src/a\nb.ts", "src/a\u202eb.ts", "src\\x.ts", "c:/x", "src/con. ", "/x"]) {
      expect(() => packSource(files([bad])), bad).toThrow(
        expect.objectContaining({ code: "SMDK_PKG_SOURCE" }),
      );
    }
    const many = Array.from({ length: 1001 }, (_, i) => `f${i}`);
    expect(() => packSource(files(many))).toThrow(/1000/);
  });

  test("takes a second signature, which covers the first", () => {
    const twice = addSignature(ipkg, otherKey);
    expect(readPackage(twice).signers).toEqual([key.publicKey, otherKey.publicKey]);
    expect(readTar(twice, limits).at(-1)!.name).toBe("signature.1");
  });

  test.each([
    [{ name: "Word" }, "should be lowercase"],
    [{ group: "" }, "group is empty"],
    [{ name: "a.b" }, "should be alphanumeric, ':', '-' or '_'"],
    [{ version: "1.0" }, "is no version"],
  ])("is not made with %j", (change, message) => {
    const { meta, ...rest } = content();
    expect(() => packPackage({ ...rest, meta: { ...meta, ...change } }, key)).toThrow(message);
  });
});
