/** Packages made to do harm: refused with a message, and without taking memory for what they only claim. */
import { describe, expect, test } from "vitest";
import { readPackage, readTar, smartModuleOf, sourceOf, writeTar } from "../src/index.ts";
import { goodFiles, hostilePackages, metaEntry, signed } from "./hostile-packages.ts";
import { key, packedFiles, rawTar } from "./support.ts";

describe("refused", () => {
  test.each(hostilePackages)("%s", (_, make, code) => {
    const made = make();
    const before = process.memoryUsage();
    let found: unknown;
    try {
      const pkg = readPackage(made);
      smartModuleOf(pkg);
      sourceOf(pkg);
    } catch (error) {
      found = error;
    }
    const after = process.memoryUsage();
    expect(found, "was accepted").toBeInstanceOf(Error);
    expect((found as { code?: string }).code, String(found)).toMatch(/^SMDK_PKG_/);
    expect((found as { code?: string }).code).toMatch(code);
    // What zlib had unpacked up to the limit may not have been collected yet.
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(100 * 1024 * 1024);
  });

  test("more than thirty of them", () => expect(hostilePackages.length).toBeGreaterThan(30));

  test("a plain archive made by hand is fine, so the others fail for their fault", () => {
    expect(readTar(writeTar(goodFiles), { entries: 9, entryBytes: 1e6 })).toHaveLength(2);
    expect(readPackage(signed([metaEntry(), packedFiles(rawTar(goodFiles))])).signers).toEqual([
      key.publicKey,
    ]);
  });
});
