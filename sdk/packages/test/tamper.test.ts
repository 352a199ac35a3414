/** Nothing in a package can be changed unnoticed, and each kind of fault has its own error. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  enforceTrust,
  openIndex,
  packPackage,
  readPackage,
  readTar,
  sealIndex,
  writeTar,
} from "../src/index.ts";
import { content, key, otherKey, upstreamPackage } from "./support.ts";

const limits = { entries: 100, entryBytes: 1e8 };
const ipkg = packPackage(content(), key);

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code ?? `no code: ${String(error)}`;
  }
}

describe.each([
  ["ours", ipkg],
  ["upstream's", upstreamPackage],
])("one flipped bit in %s package", (_, original) => {
  const flip = (byte: number, bit: number): string | undefined => {
    const copy = original.slice();
    copy[byte]! ^= 1 << bit;
    return codeOf(() => readPackage(copy));
  };

  test("is refused at every byte of the headers and of the signature", () => {
    const codes = new Set<string>();
    let at = 0;
    let tried = 0;
    for (const { name, bytes } of readTar(original, limits)) {
      const until = name.startsWith("signature") ? at + 512 + bytes.length : at + 512;
      for (let byte = at; byte < until; byte++) {
        const code = flip(byte, byte % 8);
        expect(code, `byte ${byte} of ${name}`).toMatch(/^SMDK_PKG_/);
        codes.add(code!);
        tried++;
      }
      at += 512 + Math.ceil(bytes.length / 512) * 512;
    }
    expect(tried).toBeGreaterThan(2000);
    expect(codes.size).toBeGreaterThan(3);
  });

  test("is refused at a thousand places anywhere", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: original.length * 8 - 1 }), (bit) => {
        expect(flip(Math.floor(bit / 8), bit % 8), `bit ${bit}`).toMatch(/^SMDK_PKG_/);
      }),
      { numRuns: 1000 },
    );
  });

  test("cut off anywhere is refused", () => {
    for (let length = 0; length < original.length; length += 97) {
      expect(codeOf(() => readPackage(original.subarray(0, length)))).toMatch(/^SMDK_PKG_/);
    }
  });
});

describe("other tampering", () => {
  const entries = readTar(ipkg, limits);
  const without = (name: string): Uint8Array => writeTar(entries.filter((entry) => entry.name !== name));
  const changed = packPackage(content({ meta: { ...content().meta, description: "other" } }), key);
  const foreign = packPackage(content(), otherKey);
  const signatureOf = (from: Uint8Array) => readTar(from, limits).at(-1)!;

  test.each<[string, () => unknown, string]>([
    [
      "a signature of another package",
      () => readPackage(writeTar([...entries.slice(0, -1), signatureOf(changed)])),
      "SMDK_PKG_HASH",
    ],
    [
      "signatures swapped between two entries",
      () => {
        const list = JSON.parse(Buffer.from(signatureOf(ipkg).bytes).toString());
        [list.files[0].sig, list.files[1].sig] = [list.files[1].sig, list.files[0].sig];
        return readPackage(
          writeTar([
            ...entries.slice(0, -1),
            { name: "signature.0", bytes: Buffer.from(JSON.stringify(list)) },
          ]),
        );
      },
      "SMDK_PKG_SIGNATURE",
    ],
    [
      "another key's name over the same signatures",
      () => {
        const list = JSON.parse(Buffer.from(signatureOf(ipkg).bytes).toString());
        list.pubkey = otherKey.publicKey;
        return readPackage(
          writeTar([
            ...entries.slice(0, -1),
            { name: "signature.0", bytes: Buffer.from(JSON.stringify(list)) },
          ]),
        );
      },
      "SMDK_PKG_SIGNATURE",
    ],
    ["no signature", () => readPackage(without("signature.0")), "SMDK_PKG_UNSIGNED"],
    ["no metadata", () => readPackage(without("package-meta.yaml")), "SMDK_PKG_MISSING_ENTRY"],
    ["no files", () => readPackage(without("manifest.tar.gz")), "SMDK_PKG_MISSING_ENTRY"],
    ["a signed entry taken away", () => readPackage(without("sbom.cdx.json")), "SMDK_PKG_MISSING_ENTRY"],
    [
      "an entry nobody signed",
      () =>
        readPackage(
          writeTar([...entries.slice(0, -1), { name: "more", bytes: new Uint8Array(3) }, entries.at(-1)!]),
        ),
      "SMDK_PKG_UNSIGNED_ENTRY",
    ],
    [
      "an entry behind the signatures",
      () => readPackage(writeTar([...entries, { name: "more", bytes: new Uint8Array(3) }])),
      "SMDK_PKG_UNSIGNED_ENTRY",
    ],
    [
      "a signer outside the policy",
      () => {
        const { meta, signers } = readPackage(foreign);
        enforceTrust(
          { version: 1, others: "allow", default: {}, groups: { acme: { signers: [key.publicKey] } } },
          { ...meta, signers, provenanceSigners: [] },
        );
      },
      "SMDK_TRUST_SIGNER",
    ],
    [
      "an older version than before",
      () =>
        enforceTrust(
          { version: 1, others: "allow", default: {}, groups: {} },
          {
            group: "a",
            name: "b",
            version: "1.0.0",
            signers: [key.publicKey],
            provenanceSigners: [],
            previous: "1.1.0",
          },
        ),
      "SMDK_TRUST_DOWNGRADE",
    ],
  ])("%s", (_, work, code) => expect(codeOf(work)).toBe(code));

  const index = { group: "acme", revision: 4, expires: "2030-01-01T00:00:00Z", versions: [], tags: {} };
  const expected = {
    group: "acme",
    hubKey: key.publicKey,
    minRevision: 4,
    nowMs: Date.parse("2029-01-01T00:00:00Z"),
  };

  test.each<[string, unknown, object, string | undefined]>([
    ["the newest index", sealIndex(index, key), {}, undefined],
    ["an older index than one seen before", sealIndex(index, key), { minRevision: 5 }, "SMDK_INDEX_ROLLBACK"],
    [
      "an index past its time",
      sealIndex(index, key),
      { nowMs: Date.parse("2031-01-01T00:00:00Z") },
      "SMDK_INDEX_EXPIRED",
    ],
    ["an index signed by someone else", sealIndex(index, otherKey), {}, "SMDK_INDEX_SIGNATURE"],
    ["another group's index", sealIndex({ ...index, group: "evil" }, key), {}, "SMDK_INDEX_FORMAT"],
    [
      "an index with a changed text",
      { ...sealIndex(index, key), payload: sealIndex({ ...index, revision: 9 }, key).payload },
      {},
      "SMDK_INDEX_SIGNATURE",
    ],
  ])("%s", (_, envelope, change, code) =>
    expect(codeOf(() => openIndex(envelope, { ...expected, ...change }))).toBe(code),
  );
});
