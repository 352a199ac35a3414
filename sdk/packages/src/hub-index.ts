/** The signed index of a group on a hub: protects against old answers given for new ones. */
import * as z from "zod";
import { isDigest } from "./digest.ts";
import { type Envelope, seal, unseal } from "./dsse.ts";
import { PackageError } from "./error.ts";
import type { SigningKey } from "./keys.ts";

const PAYLOAD_TYPE = "application/vnd.smdk.hub-index+json";

const indexSchema = z.object({
  group: z.string(),
  /** Grows with every change of the group. */
  revision: z.number().int().min(0),
  /** RFC 3339; after that the index proves nothing. */
  expires: z.iso.datetime(),
  versions: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      digest: z.string().refine(isDigest),
      size: z.number().int(),
      signer: z.string(),
      yanked: z.boolean(),
    }),
  ),
  /** Name of the package → tag → version. */
  tags: z.record(z.string(), z.record(z.string(), z.string())),
});

export type HubIndex = z.infer<typeof indexSchema>;

export function sealIndex(index: HubIndex, key: SigningKey): Envelope {
  return seal(PAYLOAD_TYPE, index, [key]);
}

/** What the reader knows already. */
export interface IndexExpectation {
  readonly group: string;
  /** The hub's key, in hex. */
  readonly hubKey: string;
  /** The highest revision seen so far. */
  readonly minRevision: number;
  /** Now, ms since the epoch. */
  readonly nowMs: number;
}

/**
 * @throws `SMDK_INDEX_FORMAT`, `SMDK_INDEX_SIGNATURE`, `SMDK_INDEX_ROLLBACK` (older than one seen before),
 * `SMDK_INDEX_EXPIRED`
 */
export function openIndex(envelope: unknown, expected: IndexExpectation): HubIndex {
  let opened: ReturnType<typeof unseal>;
  try {
    opened = unseal(envelope, PAYLOAD_TYPE);
  } catch (cause) {
    const isSignature = cause instanceof PackageError && cause.code === "SMDK_DSSE_SIGNATURE";
    const code = isSignature ? "SMDK_INDEX_SIGNATURE" : "SMDK_INDEX_FORMAT";
    throw new PackageError(code, "the hub's index is damaged or not signed by it", { cause });
  }
  if (!opened.signers.includes(expected.hubKey)) {
    throw new PackageError("SMDK_INDEX_SIGNATURE", "the hub's index is signed by another key than before", {
      hint: "ask who runs the hub; smdk hub login accepts a new key",
    });
  }
  const result = indexSchema.safeParse(opened.value);
  if (!result.success || result.data.group !== expected.group) {
    throw new PackageError("SMDK_INDEX_FORMAT", "the hub's index is not about this group");
  }
  if (result.data.revision < expected.minRevision) {
    throw new PackageError(
      "SMDK_INDEX_ROLLBACK",
      `the hub shows revision ${result.data.revision} of ${expected.group}, but ${expected.minRevision} was seen before`,
    );
  }
  if (Date.parse(result.data.expires) < expected.nowMs) {
    throw new PackageError(
      "SMDK_INDEX_EXPIRED",
      `the hub's index of ${expected.group} expired on ${result.data.expires}`,
      {
        hint: `here it is ${new Date(expected.nowMs).toISOString()}: if that is right, the hub gives old answers`,
      },
    );
  }
  return result.data;
}
