/** A group's new key, vouched for by its old one. */
import * as z from "zod";
import { type Envelope, seal, unseal } from "./dsse.ts";
import { PackageError } from "./error.ts";
import { isPublicKey, type SigningKey } from "./keys.ts";

const PAYLOAD_TYPE = "application/vnd.smdk.key-rotation+json";

const rotationSchema = z.strictObject({
  group: z.string(),
  oldKey: z.string().refine(isPublicKey),
  newKey: z.string().refine(isPublicKey),
});

export type Rotation = z.infer<typeof rotationSchema>;

/** Signed by both: the old key says who follows, the new one that its holder agrees. */
export function sealRotation(group: string, oldKey: SigningKey, newKey: SigningKey): Envelope {
  return seal(PAYLOAD_TYPE, { group, oldKey: oldKey.publicKey, newKey: newKey.publicKey }, [oldKey, newKey]);
}

/** @throws `SMDK_ROTATION` */
export function openRotation(envelope: unknown): Rotation {
  const refuse = (cause?: unknown): PackageError =>
    new PackageError("SMDK_ROTATION", "the key change is not signed by the old and the new key", { cause });
  let opened: ReturnType<typeof unseal>;
  try {
    opened = unseal(envelope, PAYLOAD_TYPE);
  } catch (cause) {
    throw refuse(cause);
  }
  const result = rotationSchema.safeParse(opened.value);
  if (!result.success) throw refuse();
  const { oldKey, newKey } = result.data;
  if (oldKey === newKey || !opened.signers.includes(oldKey) || !opened.signers.includes(newKey))
    throw refuse();
  return result.data;
}
