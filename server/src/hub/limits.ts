/** Bounds on what others may make a hub do. */

export interface HubLimits {
  /** Largest package, and the most any compressed part of one may unpack to, bytes. */
  readonly packageBytes: number;
  readonly unpackedBytes: number;
  /** Largest module, bytes: checking it costs time. */
  readonly wasmBytes: number;
  /** Uploads being received at a time, and blob uploads that are begun but not ended. */
  readonly uploads: number;
  readonly sessions: number;
  /** Manifests, tags and blobs that one repository may get through the container registry's face. */
  readonly ociObjects: number;
  /** Requests of one sender: a second on average, and at once. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
}

export const DEFAULT_HUB_LIMITS: HubLimits = {
  packageBytes: 32 * 1024 * 1024,
  unpackedBytes: 32 * 1024 * 1024,
  wasmBytes: 16 * 1024 * 1024,
  uploads: 8,
  sessions: 64,
  ociObjects: 10_000,
  requestsPerSecond: 50,
  requestBurst: 500,
};
