/** Manifests that registries' clients push, and the errors of their protocol. */
import { type Digest, isDigest, OCI_INDEX, OCI_MANIFEST } from "@smdk/packages";
import * as z from "zod";
import { HubError } from "../error.ts";

const MANIFEST_TYPES = new Set([
  OCI_MANIFEST,
  OCI_INDEX,
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
]);

const digestSchema = z.string().refine((text): text is Digest => isDigest(text));
const descriptorSchema = z.object({
  mediaType: z.string(),
  digest: digestSchema,
  size: z.number().int().min(0),
});
const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().max(256).optional(),
  config: descriptorSchema.optional(),
  layers: z.array(descriptorSchema).max(100).default([]),
  manifests: z.array(descriptorSchema).max(1000).default([]),
  subject: descriptorSchema.optional(),
  annotations: z.record(z.string(), z.string()).default({}),
});

type PushedManifest = z.infer<typeof manifestSchema> & { readonly type: string };

/** @throws 400 for anything but the manifest of an image, an artifact or an index */
export function readManifest(bytes: Uint8Array, contentType: string | undefined): PushedManifest {
  let data: unknown;
  try {
    data = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    throw new OciError(400, "MANIFEST_INVALID", "the manifest is no JSON");
  }
  const result = manifestSchema.safeParse(data);
  if (!result.success) {
    throw new OciError(
      400,
      "MANIFEST_INVALID",
      `the manifest's ${result.error.issues[0]?.path.join(".")} is wrong`,
    );
  }
  const type = result.data.mediaType ?? contentType?.split(";")[0]?.trim() ?? OCI_MANIFEST;
  if (!MANIFEST_TYPES.has(type)) throw new OciError(400, "MANIFEST_INVALID", `a ${type} is not kept here`);
  return { ...result.data, type };
}

/** Codes of the protocol for the hub's own refusals, by status. */
export const OCI_CODES: Readonly<Record<number, string>> = {
  400: "MANIFEST_INVALID",
  401: "UNAUTHORIZED",
  403: "DENIED",
  404: "NAME_UNKNOWN",
  409: "DENIED",
  413: "SIZE_INVALID",
  422: "MANIFEST_INVALID",
  429: "TOOMANYREQUESTS",
};

/** A refusal with a code of the protocol. */
export class OciError extends HubError {
  readonly ociCode: string;

  constructor(status: HubError["status"], ociCode: string, message: string) {
    super(status, `SMDK_HUB_${ociCode}`, message);
    this.ociCode = ociCode;
  }
}
