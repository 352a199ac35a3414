/** `smdk.lock`: which bytes a chain's module names stand for. */
import * as z from "zod";
import { isDigest } from "./digest.ts";
import { PackageError } from "./error.ts";
import { isPublicKey } from "./keys.ts";
import { isVersion } from "./names.ts";
import { followKeys, type KeyChange } from "./rotation.ts";

/** Name of the lock file in a project's folder. */
export const LOCK_FILE = "smdk.lock";

const entrySchema = z.strictObject({
  version: z.string().refine(isVersion),
  digest: z.string().refine(isDigest),
  signer: z.string().refine(isPublicKey),
  hub: z.string(),
});

const lockSchema = z.strictObject({ version: z.literal(1), modules: z.record(z.string(), entrySchema) });

export type LockEntry = z.infer<typeof entrySchema>;
/** Keys are `group/name`, or `group/name@version` for further versions of the same that a chain uses. */
export type Lock = z.infer<typeof lockSchema>;

export const EMPTY_LOCK: Lock = { version: 1, modules: {} };

/** @throws `SMDK_LOCK_FILE` */
export function parseLock(text: string, file = LOCK_FILE): Lock {
  try {
    return lockSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new PackageError("SMDK_LOCK_FILE", `${file} is not readable`, {
      hint: "bring back the committed file, or remove it and load again",
      cause,
    });
  }
}

/** Sorted by name, so that differences stay small. */
export function writeLock({ modules }: Lock): string {
  const sorted = Object.fromEntries(Object.entries(modules).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ version: 1, modules: sorted }, null, 2)}\n`;
}

/** What the lock says about a name: about that version if there is one, else about the name as such. */
export function pinnedIn(lock: Lock, name: string, version?: string | undefined): LockEntry | undefined {
  const { modules } = lock;
  const exact = `${name}@${version}`;
  if (version !== undefined && Object.hasOwn(modules, exact)) return modules[exact];
  return Object.hasOwn(modules, name) ? modules[name] : undefined;
}

/**
 * Holds a package against what the lock says: the pinned version must have the pinned bytes, and another version
 * must be signed by the pinned key, or by one that `keyChanges` lead to from there. `signersNamed`: the trust policy
 * names the group's signers, which then decides about other versions.
 * @throws `SMDK_LOCK_DIGEST`, `SMDK_LOCK_SIGNER` or `SMDK_ROTATION_FORK`
 */
export function enforceLock(
  lock: Lock,
  found: { name: string; version: string; digest: string; signers: readonly string[] },
  {
    keyChanges = [],
    signersNamed = false,
  }: { keyChanges?: readonly KeyChange[]; signersNamed?: boolean } = {},
): void {
  const pinned = pinnedIn(lock, found.name, found.version);
  if (pinned === undefined) return;
  const label = `${found.name}@${found.version}`;
  if (pinned.version === found.version) {
    if (pinned.digest !== found.digest) {
      throw new PackageError("SMDK_LOCK_DIGEST", `${label} has other bytes than smdk.lock pins`, {
        hint: "a published version never changes: ask who runs the hub",
      });
    }
    if (found.signers.includes(pinned.signer)) return;
    throw new PackageError("SMDK_LOCK_SIGNER", `${label} is not signed by the key that smdk.lock pins`);
  }
  if (signersNamed) return;
  const group = found.name.slice(0, found.name.indexOf("/"));
  const known = followKeys(group, [pinned.signer], keyChanges);
  if (found.signers.some((key) => known.has(key))) return;
  throw new PackageError(
    "SMDK_LOCK_SIGNER",
    `${label} is signed by another key than ${pinned.version}, and nothing leads from the one to the other`,
    { hint: `ask ${group} whose key it is; then name it in smdk-trust.yaml` },
  );
}
