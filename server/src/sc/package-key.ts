// How a SmartModule is named in list filters, delete keys and deduplication settings: `group/name@version`,
// where only a name with a group can have a version (manifest-and-packages 3).
import type { SmartModuleSpec } from "@smdk/protocol";

export interface PackageKey {
  readonly name: string;
  readonly group: string | null;
  /** Normalised: three numbers and what follows them. */
  readonly version: string | null;
}

/** The key in a text, or why it is none, in Fluvio's words. */
export function parsePackageKey(text: string): PackageKey | { error: string } {
  const [first = "", rest] = text.split("/");
  if (rest === undefined) return { name: text, group: null, version: null };
  const [name = "", versionText] = rest.split("@");
  if (versionText === undefined) return { name, group: first, version: null };
  const version = lenientVersion(versionText);
  if (version !== null) return { name, group: first, version };
  const reason =
    versionText === "" ? "Could not parse the major identifier: No input" : `Unexpected \`${versionText}\``;
  return { error: `SmartModule version\`${versionText}\` is not valid because ${reason}` };
}

/** The key under which a module of this name would be stored. */
export function storeIdOf(key: PackageKey): string {
  return [key.name, key.group, key.version].filter((part) => part !== null).join("-");
}

/** Whether the key names the object `objectKey` with this spec. */
export function matchesPackage(key: PackageKey, objectKey: string, spec: SmartModuleSpec): boolean {
  if (spec.meta === null) return key.name === objectKey;
  const { name, group, version } = spec.meta.package;
  if (key.version !== null && key.version !== lenientVersion(version)) return false;
  if (key.group !== null && key.group !== group) return false;
  return key.name === name;
}

const VERSION =
  /^v?(\d{1,19})(?:\.(\d{1,19}))?(?:\.(\d{1,19}))?(?:-([0-9A-Za-z.-]+)|\.?([A-Za-z][0-9A-Za-z.-]*))?(\+[0-9A-Za-z.-]+)?$/;

/** `1` → `1.0.0`, `v1.2` → `1.2.0`, `1.rc1` → `1.0.0-rc1`; null if it is no version. */
function lenientVersion(text: string): string | null {
  const match = VERSION.exec(text);
  if (match === null) return null;
  const [major, minor = "0", patch = "0"] = match.slice(1, 4);
  const preRelease = match[4] ?? match[5];
  const suffix = (preRelease === undefined ? "" : `-${preRelease}`) + (match[6] ?? "");
  return `${BigInt(major!)}.${BigInt(minor)}.${BigInt(patch)}${suffix}`;
}
