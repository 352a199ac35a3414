// Packages of SmartModules: pack, sign, read, verify, trust.

export { type Digest, digestOf, isDigest, sha256Hex, sha512Hex } from "./digest.ts";
export { type Envelope, seal, unseal } from "./dsse.ts";
export { PackageError } from "./error.ts";
export { type FuelFigures, fuelOf, fuelTags } from "./fuel.ts";
export { gunzip, gzip } from "./gzip.ts";
export { type HubIndex, type IndexExpectation, openIndex, sealIndex } from "./hub-index.ts";
export {
  addSignature,
  DEFAULT_LIMITS,
  MANIFEST_ENTRY,
  META_ENTRY,
  type Package,
  type PackageContent,
  type PackagedSmartModule,
  type PackageLimits,
  PROVENANCE_ENTRY,
  packageFileName,
  packPackage,
  packSource,
  readPackage,
  SBOM_ENTRY,
  SOURCE_ENTRY,
  smartModuleOf,
  sourceDigest,
  sourceOf,
} from "./ipkg.ts";
export {
  generateKey,
  isPublicKey,
  keyFromHex,
  keyFromPem,
  publicKeyFromPem,
  publicKeyPem,
  SigningKey,
  verifySignature,
} from "./keys.ts";
export {
  EMPTY_LOCK,
  enforceLock,
  LOCK_FILE,
  type Lock,
  type LockEntry,
  parseLock,
  pinnedIn,
  writeLock,
} from "./lock.ts";
export { PACKAGE_FORMAT, type PackageMeta, type PackageTag, parseMeta, writeMeta } from "./meta.ts";
export {
  checkPackageId,
  compareVersions,
  isPrerelease,
  isVersion,
  namingComplaints,
  type PackageId,
  parsePackageName,
  skeleton,
} from "./names.ts";
export {
  type Descriptor,
  IPKG_TYPE,
  OCI_INDEX,
  OCI_MANIFEST,
  type OciArtifacts,
  type OciObject,
  ociArtifacts,
  ociTag,
  PROVENANCE_TYPE,
  referrerDescriptor,
  WASM_CONFIG,
  WASM_LAYER,
} from "./oci.ts";
export { type HubProfile, hubDirectory, loadHubProfile, saveHubProfile, writePrivate } from "./profile.ts";
export {
  type BuildFacts,
  type Component,
  type Provenance,
  type ProvenanceStatement,
  readProvenance,
  writeProvenance,
  writeSbom,
} from "./provenance.ts";
export { followKeys, type KeyChange, openKeyChange, sealGrant, sealRotation } from "./rotation.ts";
export type { PackageSignature } from "./signature.ts";
export { readTar, type TarEntry, writeTar } from "./tar.ts";
export {
  enforceTrust,
  NO_POLICY,
  parseTrustPolicy,
  rulesFor,
  TRUST_FILE,
  type TrustPolicy,
  type TrustSubject,
} from "./trust.ts";
export { isWasm } from "./wasm.ts";
