/** `signature.N`: who vouches for the entries of a package. */
import * as z from "zod";
import { sha512Hex } from "./digest.ts";
import { PackageError } from "./error.ts";
import { isPublicKey, type SigningKey, verifySignature } from "./keys.ts";
import type { TarEntry } from "./tar.ts";

const MAX_BYTES = 64 * 1024;

const signatureSchema = z.strictObject({
  files: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(100),
        hash: z.string().regex(/^[0-9a-f]{128}$/),
        len: z.number().int().min(0),
        sig: z.string().regex(/^[0-9a-f]{128}$/),
      }),
    )
    .min(1)
    .max(64),
  pubkey: z.string().refine(isPublicKey),
});

export type PackageSignature = z.infer<typeof signatureSchema>;

export function isSignatureName(name: string): boolean {
  return name === "signature" || name.startsWith("signature.");
}

/** One line of JSON: SHA-512, length and Ed25519 signature of each entry's bytes. */
export function signEntries(entries: readonly TarEntry[], key: SigningKey): Uint8Array {
  const signature: PackageSignature = {
    files: entries.map(({ name, bytes }) => ({
      name,
      hash: sha512Hex(bytes),
      len: bytes.length,
      sig: Buffer.from(key.sign(bytes)).toString("hex"),
    })),
    pubkey: key.publicKey,
  };
  return Buffer.from(JSON.stringify(signature));
}

/** @throws `SMDK_PKG_SIGNATURE_FORMAT` unless the text is exactly what the writer makes. */
export function parseSignature({ name, bytes }: TarEntry): PackageSignature {
  const refuse = (why: string): PackageError =>
    new PackageError("SMDK_PKG_SIGNATURE_FORMAT", `${name} could not be read: ${why}`);
  if (bytes.length > MAX_BYTES) throw refuse("it is too large");
  const text = Buffer.from(bytes).toString("utf8");
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw refuse("it is no JSON");
  }
  const result = signatureSchema.safeParse(data);
  if (!result.success) throw refuse(`${result.error.issues[0]?.path.join(".")} is wrong`);
  const names = result.data.files.map((file) => file.name);
  if (new Set(names).size !== names.length) throw refuse("it lists a file twice");
  // A second reading of the same bytes (a key given twice, other blanks) must not be possible.
  if (JSON.stringify(result.data) !== text) throw refuse("it is not written in the one accepted form");
  return result.data;
}

/**
 * Holds a signature against the entries of its package.
 * @throws `SMDK_PKG_MISSING_ENTRY`, `SMDK_PKG_HASH` or `SMDK_PKG_SIGNATURE`
 */
export function checkSignature(
  name: string,
  signature: PackageSignature,
  entries: ReadonlyMap<string, Uint8Array>,
): void {
  for (const file of signature.files) {
    const bytes = entries.get(file.name);
    if (bytes === undefined) {
      throw new PackageError(
        "SMDK_PKG_MISSING_ENTRY",
        `${name} covers ${file.name}, which is not in the package`,
      );
    }
    if (bytes.length !== file.len || sha512Hex(bytes) !== file.hash) {
      throw new PackageError("SMDK_PKG_HASH", `failed verify: ${file.name} is not what ${name} describes`);
    }
    if (!verifySignature(signature.pubkey, bytes, Buffer.from(file.sig, "hex"))) {
      throw new PackageError("SMDK_PKG_SIGNATURE", `failed verify: ${name} does not fit ${file.name}`);
    }
  }
}
