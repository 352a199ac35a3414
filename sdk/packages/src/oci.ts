/**
 * A package in the terms of container registries: the module as a wasm artifact of the CNCF's form, the package
 * itself and its provenance as artifacts that refer to it.
 */
import { type Digest, digestOf } from "./digest.ts";
import { type Package, type PackagedSmartModule, PROVENANCE_ENTRY } from "./ipkg.ts";

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const WASM_CONFIG = "application/vnd.wasm.config.v0+json";
export const WASM_LAYER = "application/wasm";
export const IPKG_TYPE = "application/vnd.fluvio.ipkg.v0.3+tar";
export const PROVENANCE_TYPE = "application/vnd.in-toto+json";
const EMPTY_TYPE = "application/vnd.oci.empty.v1+json";
const EMPTY = Buffer.from("{}");

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface OciObject {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

export interface OciArtifacts {
  /** The wasm artifact; what a tag points to. */
  readonly manifest: OciObject;
  /** Manifests that refer to it: the package, and the provenance when there is one. */
  readonly referrers: readonly OciObject[];
  /** Everything the manifests name. */
  readonly blobs: readonly OciObject[];
}

/** The same package always gives the same artifacts, whoever makes them. */
export function ociArtifacts(ipkg: Uint8Array, pkg: Package, module: PackagedSmartModule): OciArtifacts {
  const { group, name, version, description, license, repository_url } = pkg.meta;
  const wasm = object(WASM_LAYER, module.wasm);
  // What tools call the file when they pull it.
  const wasmName = [...pkg.files.keys()].find((file) => file.endsWith(".wasm")) ?? "module.wasm";
  const config = json(WASM_CONFIG, {
    architecture: "wasm",
    os: "wasip1",
    layerDigests: [wasm.digest],
  });
  const whole = object(IPKG_TYPE, ipkg);
  const empty = object(EMPTY_TYPE, EMPTY);
  const manifest = json(OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptor(config),
    layers: [{ ...descriptor(wasm), annotations: { "org.opencontainers.image.title": wasmName } }],
    annotations: {
      "org.opencontainers.image.title": `${group}/${name}`,
      "org.opencontainers.image.version": version,
      ...(description !== "" && { "org.opencontainers.image.description": description }),
      ...(license !== "" && { "org.opencontainers.image.licenses": license }),
      ...(repository_url !== null && { "org.opencontainers.image.source": repository_url }),
    },
  });
  const referring = (blob: OciObject, title: string): OciObject =>
    json(OCI_MANIFEST, {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: blob.mediaType,
      config: descriptor(empty),
      layers: [{ ...descriptor(blob), annotations: { "org.opencontainers.image.title": title } }],
      subject: descriptor(manifest),
    });
  const provenance = pkg.entries.get(PROVENANCE_ENTRY);
  const statement = provenance && object(PROVENANCE_TYPE, provenance);
  return {
    manifest,
    referrers: [
      referring(whole, `${name}-${version}.ipkg`),
      ...(statement === undefined ? [] : [referring(statement, PROVENANCE_ENTRY)]),
    ],
    blobs: [wasm, config, whole, empty, ...(statement === undefined ? [] : [statement])],
  };
}

/** Registries allow no `+` in tags. */
export function ociTag(version: string): string {
  return version.replaceAll("+", "_");
}

/** The form of a descriptor in a list of referrers. */
export function referrerDescriptor(manifest: OciObject): Descriptor {
  const { artifactType } = JSON.parse(Buffer.from(manifest.bytes).toString("utf8")) as {
    artifactType?: string;
  };
  return { ...descriptor(manifest), ...(artifactType !== undefined && { artifactType }) };
}

function descriptor({ mediaType, digest, bytes }: OciObject): Descriptor {
  return { mediaType, digest, size: bytes.length };
}

function object(mediaType: string, bytes: Uint8Array): OciObject {
  return { mediaType, bytes, digest: digestOf(bytes) };
}

function json(mediaType: string, value: unknown): OciObject {
  return object(mediaType, Buffer.from(JSON.stringify(value)));
}
