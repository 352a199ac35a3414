/** Which API version to send: the rule of Fluvio's clients, made safe for APIs that servers do not advertise. */
import type { ApiVersionKey } from "@smdk/protocol";

/** The part of an API declaration that matters here. */
export interface VersionRange {
  readonly key: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** The API whose range every SPU advertises, and which all other SPU APIs share their numbering with. */
const PRODUCE_KEY = 0;

export class VersionTable {
  private readonly entries: readonly ApiVersionKey[];

  constructor(entries: readonly ApiVersionKey[]) {
    this.entries = entries;
  }

  /** The highest version both sides know; null if the server lists none that we know. */
  lookup(api: VersionRange): number | null {
    const entry = this.entries.find(
      ({ apiKey, minVersion, maxVersion }) =>
        apiKey === api.key && maxVersion >= api.minVersion && minVersion <= api.maxVersion,
    );
    return entry === undefined ? null : Math.min(api.maxVersion, entry.maxVersion);
  }

  /**
   * The same, with a fallback for what servers speak without listing it (the consumer offset APIs): the version that
   * the SPU gives for Produce, as far as we know it, else our own highest.
   */
  lookupOrDefault(api: VersionRange): number {
    const found = this.lookup(api);
    if (found !== null) return found;
    const common = this.entries.find(({ apiKey }) => apiKey === PRODUCE_KEY)?.maxVersion;
    if (common === undefined) return api.maxVersion;
    return Math.max(api.minVersion, Math.min(api.maxVersion, common));
  }
}
