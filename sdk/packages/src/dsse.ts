/** Signed statements: DSSE envelopes around JSON. */
import * as z from "zod";
import { PackageError } from "./error.ts";
import { isPublicKey, type SigningKey, verifySignature } from "./keys.ts";

const envelopeSchema = z.strictObject({
  payloadType: z.string().min(1).max(200),
  payload: z.string(),
  signatures: z
    .array(z.strictObject({ keyid: z.string(), sig: z.string() }))
    .min(1)
    .max(8),
});

export type Envelope = z.infer<typeof envelopeSchema>;

/** Signs the value's JSON with each key. The key's id is the public key in hex. */
export function seal(payloadType: string, value: unknown, keys: readonly SigningKey[]): Envelope {
  const payload = Buffer.from(JSON.stringify(value));
  const signed = preAuthEncoding(payloadType, payload);
  return {
    payloadType,
    payload: payload.toString("base64"),
    signatures: keys.map((key) => ({
      keyid: key.publicKey,
      sig: Buffer.from(key.sign(signed)).toString("base64"),
    })),
  };
}

/**
 * The value inside, with the keys that signed it: all signatures must fit.
 * @throws `SMDK_DSSE_FORMAT` or `SMDK_DSSE_SIGNATURE`
 */
export function unseal(envelope: unknown, payloadType: string): { value: unknown; signers: string[] } {
  const result = envelopeSchema.safeParse(envelope);
  if (!result.success) throw new PackageError("SMDK_DSSE_FORMAT", "this is no signed statement");
  const { payload, signatures, payloadType: found } = result.data;
  if (found !== payloadType)
    throw new PackageError("SMDK_DSSE_FORMAT", `a signed ${found} stands where a ${payloadType} belongs`);
  const bytes = Buffer.from(payload, "base64");
  if (bytes.toString("base64") !== payload)
    throw new PackageError("SMDK_DSSE_FORMAT", "the statement is no clean base64");
  const signed = preAuthEncoding(payloadType, bytes);
  for (const { keyid, sig } of signatures) {
    const raw = Buffer.from(sig, "base64");
    if (!isPublicKey(keyid) || raw.toString("base64") !== sig || !verifySignature(keyid, signed, raw)) {
      throw new PackageError("SMDK_DSSE_SIGNATURE", "a signature does not fit the statement");
    }
  }
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw new PackageError("SMDK_DSSE_FORMAT", "the statement is no JSON");
  }
  return { value, signers: signatures.map(({ keyid }) => keyid) };
}

function preAuthEncoding(type: string, payload: Uint8Array): Uint8Array {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `),
    payload,
  ]);
}
