/**
 * How a group's keys change: a new key takes the place of an old one, or stands beside it. Either way a key that is
 * trusted already signs the statement, so that who trusts the one can find the way to the other without asking anyone.
 */
import * as z from "zod";
import { type Envelope, seal, unseal } from "./dsse.ts";
import { PackageError } from "./error.ts";
import { isPublicKey, type SigningKey } from "./keys.ts";

const ROTATION_TYPE = "application/vnd.smdk.key-rotation+json";
const GRANT_TYPE = "application/vnd.smdk.key-grant+json";

const publicKey = z.string().refine(isPublicKey);
const changeSchema = z.strictObject({ group: z.string(), oldKey: publicKey, newKey: publicKey });

export interface KeyChange {
  /** `rotation`: the new key takes over and the old one is retired. `grant`: both may sign from then on. */
  readonly kind: "rotation" | "grant";
  readonly group: string;
  /** The key that vouches. */
  readonly oldKey: string;
  readonly newKey: string;
}

/** Signed by both: the old key says who follows, the new one that its holder agrees. */
export function sealRotation(group: string, oldKey: SigningKey, newKey: SigningKey): Envelope {
  return seal(ROTATION_TYPE, { group, oldKey: oldKey.publicKey, newKey: newKey.publicKey }, [oldKey, newKey]);
}

/** Lets a further key sign for the group; `newKey` is a public key in hex, whose holder need not be there. */
export function sealGrant(group: string, oldKey: SigningKey, newKey: string): Envelope {
  return seal(GRANT_TYPE, { group, oldKey: oldKey.publicKey, newKey }, [oldKey]);
}

/** @throws `SMDK_ROTATION` unless it is a statement of either kind, with the signatures that its kind needs */
export function openKeyChange(envelope: unknown): KeyChange {
  const isGrant = (envelope as { payloadType?: unknown } | null)?.payloadType === GRANT_TYPE;
  const refuse = (cause?: unknown): PackageError => {
    const signers = isGrant ? "a key of the group" : "the old and the new key";
    return new PackageError("SMDK_ROTATION", `the key change is not signed by ${signers}`, { cause });
  };
  let opened: ReturnType<typeof unseal>;
  try {
    opened = unseal(envelope, isGrant ? GRANT_TYPE : ROTATION_TYPE);
  } catch (cause) {
    throw refuse(cause);
  }
  const result = changeSchema.safeParse(opened.value);
  if (!result.success) throw refuse();
  const { oldKey, newKey } = result.data;
  const needed = isGrant ? [oldKey] : [oldKey, newKey];
  if (oldKey === newKey || !needed.every((key) => opened.signers.includes(key))) throw refuse();
  return { kind: isGrant ? "grant" : "rotation", ...result.data };
}

/**
 * The keys that may be trusted for a group because `trusted` are: these and all that they vouched for, directly or
 * by others. Statements about other groups, or by keys that nobody vouched for, count for nothing.
 * @throws `SMDK_ROTATION_FORK` when a trusted key named two successors
 */
export function followKeys(
  group: string,
  trusted: readonly string[],
  changes: readonly KeyChange[],
): Set<string> {
  const own = changes.filter((change) => change.group === group);
  const found = new Set(trusted);
  const successors = new Map<string, string>();
  // A set hands out what is added to it while it is walked.
  for (const key of found) {
    for (const { kind, oldKey, newKey } of own) {
      if (oldKey !== key) continue;
      if (kind === "rotation") {
        const other = successors.get(key) ?? newKey;
        if (other !== newKey) {
          throw new PackageError(
            "SMDK_ROTATION_FORK",
            `the key ${key.slice(0, 16)}… of ${group} named two successors`,
            { hint: "it may have been stolen: ask the group, and name its key in the trust policy" },
          );
        }
        successors.set(key, newKey);
      }
      found.add(newKey);
    }
  }
  return found;
}
