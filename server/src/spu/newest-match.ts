// Which of several stored SmartModules a key in a request means.
import type { SmartModuleSpec } from "@smdk/protocol";
import { matchesPackage, type PackageKey } from "../sc/package-key.ts";

/**
 * The object that `key` names. Where several versions match, the newest is taken, and between equal versions the
 * lower object key.
 */
export function newestMatch<T extends { name: string; spec: SmartModuleSpec }>(
  key: PackageKey,
  objects: Iterable<T>,
): T | undefined {
  let best: T | undefined;
  for (const object of objects) {
    if (!matchesPackage(key, object.name, object.spec)) continue;
    if (best === undefined) {
      best = object;
      continue;
    }
    const order = compareVersions(versionOf(object.spec), versionOf(best.spec));
    if (order > 0 || (order === 0 && object.name < best.name)) best = object;
  }
  return best;
}

/** The parts of a version; a release has an infinitely late "pre-release", so that it sorts behind its candidates. */
type Version = { numbers: number[]; pre: (number | string)[] };

function versionOf(spec: SmartModuleSpec): Version {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([^+]*))?/.exec(spec.meta?.package.version ?? "");
  return {
    numbers: [1, 2, 3].map((group) => Number(match?.[group] ?? -1)),
    pre:
      match?.[4] === undefined
        ? [Number.POSITIVE_INFINITY]
        : match[4].split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
  };
}

function compareVersions(a: Version, b: Version): number {
  for (let i = 0; i < 3; i++) {
    const difference = a.numbers[i]! - b.numbers[i]!;
    if (difference !== 0) return difference;
  }
  for (let i = 0; i < Math.max(a.pre.length, b.pre.length); i++) {
    const order = comparePre(a.pre[i], b.pre[i]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Semantic versioning: fewer parts before more, numbers before words, and a release behind all of them. */
function comparePre(a: number | string | undefined, b: number | string | undefined): number {
  if (a === b) return 0;
  if (a === Number.POSITIVE_INFINITY || b === undefined) return 1;
  if (b === Number.POSITIVE_INFINITY || a === undefined) return -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return a < b ? -1 : 1;
}
