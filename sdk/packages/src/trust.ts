/** The trust policy: whose packages may be downloaded and loaded. */
import { parse } from "yaml";
import * as z from "zod";
import { PackageError } from "./error.ts";
import { isPublicKey } from "./keys.ts";
import { compareVersions } from "./names.ts";
import { followKeys, type KeyChange } from "./rotation.ts";

/** Name of the policy in a project's folder. */
export const TRUST_FILE = "smdk-trust.yaml";

const rulesSchema = z.strictObject({
  signers: z.array(z.string().refine(isPublicKey, { error: "is no public key of 64 hex digits" })).optional(),
  provenance: z.enum(["optional", "required"]).optional(),
  downgrade: z.enum(["refuse", "allow"]).optional(),
  /** Whether keys that a named signer vouched for, by a rotation or a grant, count as named; default `follow`. */
  rotation: z.enum(["follow", "refuse"]).optional(),
});

const policySchema = z.strictObject({
  version: z.literal(1),
  /** What holds for groups that are not named; `refuse` lets only named groups in. */
  others: z.enum(["allow", "refuse"]).default("allow"),
  default: rulesSchema.default({}),
  groups: z.record(z.string(), rulesSchema).default({}),
});

export type TrustPolicy = z.infer<typeof policySchema>;

export const NO_POLICY: TrustPolicy = { version: 1, others: "allow", default: {}, groups: {} };

/** @throws `SMDK_TRUST_FILE` */
export function parseTrustPolicy(text: string, file = TRUST_FILE): TrustPolicy {
  let data: unknown;
  try {
    data = parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    throw new PackageError("SMDK_TRUST_FILE", `${file} is no readable YAML`, { cause });
  }
  const result = policySchema.safeParse(data);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new PackageError("SMDK_TRUST_FILE", `${file}: ${issue?.path.join(".")} ${issue?.message}`);
}

export interface TrustSubject {
  readonly group: string;
  readonly name: string;
  readonly version: string;
  /** Keys whose signatures of the package were found to fit. */
  readonly signers: readonly string[];
  /** Keys that signed a provenance which was found to fit; none when there is no provenance. */
  readonly provenanceSigners: readonly string[];
  /** The version used before, if any. */
  readonly previous?: string | undefined;
  /** What is known about changes of the group's keys, each read by `openKeyChange`. */
  readonly keyChanges?: readonly KeyChange[];
}

type Rules = z.infer<typeof rulesSchema>;

/** The rules for a group: its own before the default ones. */
export function rulesFor(policy: TrustPolicy, group: string): Rules {
  return { ...policy.default, ...(Object.hasOwn(policy.groups, group) ? policy.groups[group] : undefined) };
}

/**
 * Refuses what the policy does not allow: `SMDK_TRUST_UNSIGNED`, `SMDK_TRUST_GROUP`, `SMDK_TRUST_SIGNER`,
 * `SMDK_TRUST_PROVENANCE`, `SMDK_TRUST_DOWNGRADE` or `SMDK_ROTATION_FORK`. A package without signature is refused by every policy.
 */
export function enforceTrust(policy: TrustPolicy, subject: TrustSubject): void {
  const label = `${subject.group}/${subject.name}@${subject.version}`;
  if (subject.signers.length === 0) throw new PackageError("SMDK_TRUST_UNSIGNED", `${label} is not signed`);
  if (!Object.hasOwn(policy.groups, subject.group) && policy.others === "refuse") {
    throw new PackageError("SMDK_TRUST_GROUP", `the trust policy does not know the group ${subject.group}`);
  }
  const rules = rulesFor(policy, subject.group);
  const follows = rules.rotation !== "refuse";
  const signers =
    rules.signers &&
    (follows ? [...followKeys(subject.group, rules.signers, subject.keyChanges ?? [])] : rules.signers);
  if (signers !== undefined && !subject.signers.some((key) => signers.includes(key))) {
    throw new PackageError(
      "SMDK_TRUST_SIGNER",
      `${label} is signed by ${short(subject.signers[0]!)}, whom the trust policy does not name for ${subject.group}`,
      { hint: "add the key to the policy only if you know whose it is" },
    );
  }
  if (rules.provenance === "required") {
    const allowed = signers ?? subject.signers;
    if (!subject.provenanceSigners.some((key) => allowed.includes(key))) {
      throw new PackageError("SMDK_TRUST_PROVENANCE", `${label} has no provenance by a trusted key`);
    }
  }
  if (
    (rules.downgrade ?? "refuse") === "refuse" &&
    subject.previous !== undefined &&
    compareVersions(subject.version, subject.previous) < 0
  ) {
    throw new PackageError(
      "SMDK_TRUST_DOWNGRADE",
      `${label} is older than ${subject.previous}, which was used before`,
      {
        hint: "set downgrade: allow in the trust policy, or remove the entry from smdk.lock",
      },
    );
  }
}

function short(key: string): string {
  return `${key.slice(0, 16)}…`;
}
