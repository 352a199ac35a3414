/** Names and versions of packages: the hub's rules, and names that look like others. */
import semver from "semver";
import { PackageError } from "./error.ts";

const MAX_NAME = 64;

export interface PackageId {
  readonly group: string;
  readonly name: string;
  readonly version: string;
}

/** All complaints of upstream's naming check about group and name, one a line; empty when there are none. */
export function namingComplaints({ group, name }: { group: string; name: string }): string[] {
  return [...complaintsAbout("group", group), ...complaintsAbout("package name", name)];
}

function complaintsAbout(what: string, text: string): string[] {
  return [
    ...(text.toLowerCase() === text ? [] : [`${what} ${text} should be lowercase`]),
    ...(/^[a-z0-9:_-]*$/.test(text) ? [] : [`${what} ${text} should be alphanumeric, ':', '-' or '_'`]),
    ...(text === "" ? [`${what} is empty`] : []),
    ...(text.length > MAX_NAME ? [`${what} is longer than ${MAX_NAME} characters`] : []),
  ];
}

/** @throws `SMDK_PKG_NAME` or `SMDK_PKG_VERSION` */
export function checkPackageId(id: PackageId): void {
  const complaints = namingComplaints(id);
  if (complaints.length > 0) throw new PackageError("SMDK_PKG_NAME", complaints.join("\n"));
  if (!isVersion(id.version)) {
    throw new PackageError(
      "SMDK_PKG_VERSION",
      `${JSON.stringify(id.version.slice(0, 80))} is no version: X.Y.Z is needed`,
    );
  }
}

/** Strict semantic version of at most 80 characters. */
export function isVersion(text: string): boolean {
  return text.length <= 80 && semver.parse(text)?.raw === text && /^\d/.test(text);
}

/** Newest last; build parts count as text, so that the order is total. */
export function compareVersions(a: string, b: string): number {
  return semver.compareBuild(a, b);
}

export function isPrerelease(version: string): boolean {
  return semver.prerelease(version) !== null;
}

/** Splits `group/name@version`; the version may also be a tag or missing. @throws `SMDK_PKG_NAME` */
export function parsePackageName(text: string): { group: string; name: string; version: string | undefined } {
  const found = /^([^/@]+)\/([^/@]+)(?:@([^/@]+))?$/.exec(text);
  if (found === null) {
    throw new PackageError("SMDK_PKG_NAME", `invalid package name format ${text}`, {
      hint: "write group/name@version, for example acme/word-filter@0.1.0",
    });
  }
  const [, group, name, version] = found;
  const complaints = namingComplaints({ group: group!, name: name! });
  if (complaints.length > 0) throw new PackageError("SMDK_PKG_NAME", complaints.join("\n"));
  return { group: group!, name: name!, version };
}

/**
 * What a name looks like at a glance. Two names with one skeleton are taken for one another, and a hub lets only
 * the first of them in: `json-sql`, `json_sql`, `jsonsql`, `js0n-sql` and `jsonsq1` share theirs.
 */
export function skeleton(name: string): string {
  return name
    .replace(/[-_:]/g, "")
    .replace(/rn/g, "m")
    .replace(/vv/g, "w")
    .replace(/cl/g, "d")
    .replace(/0/g, "o")
    .replace(/[1i]/g, "l")
    .replace(/5/g, "s");
}
