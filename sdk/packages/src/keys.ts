/** Ed25519 keys in the forms of Fluvio's hub: 32 raw bytes, in hex or as the body of a PEM file. */
import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign as signBytes,
  verify as verifyBytes,
} from "node:crypto";
import { PackageError } from "./error.ts";

/** DER of an Ed25519 key up to its 32 raw bytes. */
const PRIVATE_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** A signing key. The seed is secret: it is not shown by `console.log` or `JSON.stringify`. */
export class SigningKey {
  /** Public key, 64 lower case hex digits. */
  readonly publicKey: string;
  readonly #seed: Uint8Array;
  readonly #key: KeyObject;

  constructor(seed: Uint8Array) {
    if (seed.length !== 32) throw new PackageError("SMDK_KEY_INVALID", "a signing key has 32 bytes");
    this.#seed = seed.slice();
    this.#key = createPrivateKey({
      key: Buffer.concat([PRIVATE_PREFIX, seed]),
      format: "der",
      type: "pkcs8",
    });
    this.publicKey = createPublicKey(this.#key)
      .export({ format: "der", type: "spki" })
      .subarray(-32)
      .toString("hex");
  }

  /** Ed25519 signature of the bytes themselves, 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array {
    return new Uint8Array(signBytes(null, bytes, this.#key));
  }

  /** The secret, 64 hex digits: for files that nobody else can read. */
  secretHex(): string {
    return Buffer.from(this.#seed).toString("hex");
  }

  /** PEM text with the label `PRIVATE KEY` around the raw bytes, as upstream's key files. */
  secretPem(): string {
    return pem("PRIVATE KEY", this.#seed);
  }
}

export function generateKey(): SigningKey {
  return new SigningKey(randomBytes(32));
}

/** @throws `SMDK_KEY_INVALID` unless the text is 64 hex digits. */
export function keyFromHex(hex: string): SigningKey {
  return new SigningKey(hexBytes(hex, "signing key"));
}

/**
 * Reads a signing key: upstream's PEM (32 raw bytes), PKCS#8 PEM, or an unencrypted OpenSSH key file.
 * @throws `SMDK_KEY_INVALID`
 */
export function keyFromPem(text: string): SigningKey {
  const { label, body } = readPem(text);
  if (label === "PRIVATE KEY" && body.length === 32) return new SigningKey(body);
  if (label === "PRIVATE KEY" && body.length === 48 && PRIVATE_PREFIX.equals(body.subarray(0, 16))) {
    return new SigningKey(body.subarray(16));
  }
  if (label === "OPENSSH PRIVATE KEY") return new SigningKey(openSshSeed(body));
  throw new PackageError("SMDK_KEY_INVALID", "this is no Ed25519 signing key", {
    hint: "expected is a PRIVATE KEY of 32 raw bytes, or an OpenSSH ed25519 key without passphrase",
  });
}

/** PEM text of a public key given in hex. */
export function publicKeyPem(hex: string): string {
  return pem("PUBLIC KEY", hexBytes(hex, "public key"));
}

/** The public key in a PEM file of upstream (32 raw bytes) or SPKI form, as hex. */
export function publicKeyFromPem(text: string): string {
  const { label, body } = readPem(text);
  if (label === "PUBLIC KEY") {
    if (body.length === 32) return body.toString("hex");
    if (body.length === 44 && PUBLIC_PREFIX.equals(body.subarray(0, 12)))
      return body.subarray(12).toString("hex");
  }
  throw new PackageError("SMDK_KEY_INVALID", "this is no Ed25519 public key");
}

export function isPublicKey(hex: string): boolean {
  return /^[0-9a-f]{64}$/.test(hex);
}

/** False also for keys and signatures that are none. */
export function verifySignature(publicKey: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (!isPublicKey(publicKey) || signature.length !== 64) return false;
  try {
    const key = createPublicKey({
      key: Buffer.concat([PUBLIC_PREFIX, Buffer.from(publicKey, "hex")]),
      format: "der",
      type: "spki",
    });
    return verifyBytes(null, bytes, key, signature);
  } catch {
    return false;
  }
}

function hexBytes(hex: string, what: string): Buffer {
  if (!/^[0-9a-fA-F]{64}$/.test(hex))
    throw new PackageError("SMDK_KEY_INVALID", `a ${what} has 64 hex digits`);
  return Buffer.from(hex, "hex");
}

/** Upstream's PEM writer ends lines with CR LF. */
function pem(label: string, bytes: Uint8Array): string {
  const body = Buffer.from(bytes)
    .toString("base64")
    .replace(/.{64}(?=.)/g, "$&\r\n");
  return `-----BEGIN ${label}-----\r\n${body}\r\n-----END ${label}-----\r\n`;
}

function readPem(text: string): { label: string; body: Buffer } {
  const found = /-----BEGIN ([A-Z0-9 ]{1,40})-----\s+([A-Za-z0-9+/=\s]{1,8192})-----END \1-----/.exec(text);
  if (found === null) throw new PackageError("SMDK_KEY_INVALID", "this is no PEM file");
  return { label: found[1]!, body: Buffer.from(found[2]!, "base64") };
}

/** Walks the `openssh-key-v1` form: cipher, kdf and its options, count, public part, private part. */
function openSshSeed(body: Buffer): Uint8Array {
  const refuse = (why: string): PackageError =>
    new PackageError("SMDK_KEY_INVALID", `the OpenSSH key ${why}`);
  const magic = "openssh-key-v1\0";
  if (body.subarray(0, magic.length).toString("latin1") !== magic) throw refuse("is not readable");
  let at = magic.length;
  const u32 = (from: Buffer): number => {
    if (at + 4 > from.length) throw refuse("is cut off");
    at += 4;
    return from.readUInt32BE(at - 4);
  };
  const part = (from: Buffer): Buffer => {
    const length = u32(from);
    if (at + length > from.length) throw refuse("is cut off");
    at += length;
    return from.subarray(at - length, at);
  };
  const cipher = part(body).toString("latin1");
  part(body);
  part(body);
  if (cipher !== "none") throw refuse("has a passphrase; remove it first with ssh-keygen -p");
  if (u32(body) !== 1) throw refuse("file holds more than one key");
  part(body);
  const secret = part(body);
  at = 8;
  if (part(secret).toString("latin1") !== "ssh-ed25519") throw refuse("is not of type ed25519");
  const publicPart = part(secret);
  const pair = part(secret);
  if (pair.length !== 64 || !pair.subarray(32).equals(publicPart)) throw refuse("is damaged");
  return new Uint8Array(pair.subarray(0, 32));
}
