/** All packages in memory, in the orders in which they are asked for: by name, by version, by word. */
import { compareVersions, isPrerelease, skeleton } from "@smdk/packages";
import type { TagsRecord, VersionRecord } from "./records.ts";

/** Of a search's hits only so many are looked at, names first; who wants the others asks for more words. */
const MAX_CANDIDATES = 200;
/** Marks words of names in the list of words. */
const NAME_MARK = "\u0001";

export interface PackageEntry {
  readonly group: string;
  readonly name: string;
  readonly nameWords: readonly string[];
  /** Oldest version first. */
  readonly versions: VersionRecord[];
  readonly byVersion: Map<string, VersionRecord>;
  tags: Record<string, string>;
  tagsRevision: number;
}

/** Who is asking: true when versions of the group that are not public may be seen too. */
export type Sees = (group: string) => boolean;

export class Catalog {
  readonly #packages = new Map<string, PackageEntry>();
  /** Keys of all packages, sorted. */
  readonly #keys: string[] = [];
  readonly #byGroup = new Map<string, Set<string>>();
  /** Group and skeleton of each package, for names that look alike. */
  readonly #skeletons = new Map<string, string>();
  readonly #words = new Map<string, Set<string>>();
  readonly #sortedWords: string[] = [];

  /** Adds a version, or replaces it. */
  put(record: VersionRecord): void {
    const entry = this.#entry(record.group, record.name);
    const at = position(entry.versions, (other) => compareVersions(other.version, record.version));
    const known = entry.versions[at]?.version === record.version;
    entry.versions.splice(at, known ? 1 : 0, record);
    entry.byVersion.set(record.version, record);
    for (const word of wordsOf(record)) this.#index(word, keyOf(record));
    for (const word of entry.nameWords) this.#index(NAME_MARK + word, keyOf(record));
  }

  putTags(group: string, name: string, { revision, tags }: TagsRecord): void {
    const entry = this.#entry(group, name);
    entry.tags = tags;
    entry.tagsRevision = revision;
  }

  get(group: string, name: string): PackageEntry | undefined {
    return this.#packages.get(`${group}/${name}`);
  }

  version(group: string, name: string, version: string): VersionRecord | undefined {
    return this.get(group, name)?.byVersion.get(version);
  }

  /** Packages of a group, in order. */
  ofGroup(group: string): PackageEntry[] {
    return [...(this.#byGroup.get(group) ?? [])].sort().map((key) => this.#packages.get(key)!);
  }

  /** Every package, in order of name. */
  *all(): IterableIterator<PackageEntry> {
    for (const key of this.#keys) yield this.#packages.get(key)!;
  }

  /** Another package of the group with a name that is taken for this one. */
  lookalike(group: string, name: string): string | undefined {
    const known = this.#skeletons.get(`${group}/${skeleton(name)}`);
    return known === undefined || known === name ? undefined : known;
  }

  /** A page of packages in order of name, beginning behind `after`. */
  page(sees: Sees, after: string, limit: number, group?: string): PackageEntry[] {
    const found: PackageEntry[] = [];
    const from = group === undefined || after > `${group}/` ? after : `${group}/`;
    let at = position(this.#keys, (key) => (key <= from ? -1 : 1));
    for (; at < this.#keys.length && found.length < limit; at++) {
      const entry = this.#packages.get(this.#keys[at]!)!;
      if (group !== undefined && entry.group !== group) break;
      if (isVisible(entry, sees)) found.push(entry);
    }
    return found;
  }

  /** Packages whose name, group or description has all words, each at least in its beginning; best first. */
  search(sees: Sees, query: string, limit: number): PackageEntry[] {
    const wanted = words(query).slice(0, 8);
    if (wanted.length === 0) return [];
    // The rarest word first, so that few candidates remain to be held against the others.
    const sets = wanted.map((word) => this.#withPrefix(word)).sort((a, b) => a.length - b.length);
    const others = sets.slice(1).map((keys) => new Set(keys));
    const found: { entry: PackageEntry; rank: number }[] = [];
    for (const key of sets[0]!) {
      if (!others.every((keys) => keys.has(key))) continue;
      const entry = this.#packages.get(key)!;
      if (isVisible(entry, sees)) found.push({ entry, rank: rank(entry, wanted) });
    }
    found.sort((a, b) => b.rank - a.rank || (keyOf(a.entry) < keyOf(b.entry) ? -1 : 1));
    return found.slice(0, limit).map(({ entry }) => entry);
  }

  #withPrefix(prefix: string): string[] {
    const keys = new Set<string>();
    for (const start of [NAME_MARK + prefix, prefix]) {
      let at = position(this.#sortedWords, (word) => (word < start ? -1 : 1));
      for (; keys.size < MAX_CANDIDATES && this.#sortedWords[at]?.startsWith(start); at++) {
        for (const key of this.#words.get(this.#sortedWords[at]!)!) {
          keys.add(key);
          if (keys.size === MAX_CANDIDATES) break;
        }
      }
    }
    return [...keys];
  }

  #entry(group: string, name: string): PackageEntry {
    const key = `${group}/${name}`;
    const known = this.#packages.get(key);
    if (known !== undefined) return known;
    const entry: PackageEntry = {
      group,
      name,
      nameWords: words(name),
      versions: [],
      byVersion: new Map(),
      tags: {},
      tagsRevision: 0,
    };
    this.#packages.set(key, entry);
    this.#keys.splice(
      position(this.#keys, (other) => (other < key ? -1 : 1)),
      0,
      key,
    );
    const keys = this.#byGroup.get(group) ?? new Set();
    this.#byGroup.set(group, keys.add(key));
    this.#skeletons.set(`${group}/${skeleton(name)}`, name);
    return entry;
  }

  #index(word: string, key: string): void {
    const keys = this.#words.get(word);
    if (keys !== undefined) {
      keys.add(key);
      return;
    }
    this.#words.set(word, new Set([key]));
    this.#sortedWords.splice(
      position(this.#sortedWords, (other) => (other < word ? -1 : 1)),
      0,
      word,
    );
  }
}

export function keyOf({ group, name }: { group: string; name: string }): string {
  return `${group}/${name}`;
}

/** The versions that may be seen, newest first. */
export function visibleVersions(entry: PackageEntry, sees: Sees): VersionRecord[] {
  const all = sees(entry.group);
  return entry.versions.filter(({ visibility }) => all || visibility === "public").reverse();
}

/** The tags that point to versions which may be seen. */
export function visibleTags(entry: PackageEntry, sees: Sees): Record<string, string> {
  const all = sees(entry.group);
  return Object.fromEntries(
    Object.entries(entry.tags).filter(
      ([, version]) => all || entry.byVersion.get(version)?.visibility === "public",
    ),
  );
}

export function isVisible(entry: PackageEntry, sees: Sees): boolean {
  if (entry.versions.length === 0) return false;
  return sees(entry.group) || entry.versions.some(({ visibility }) => visibility === "public");
}

/** What a name without version means: the newest visible one that is neither yanked nor a pre-release. */
export function latestVersion(entry: PackageEntry, sees: Sees): VersionRecord | undefined {
  const all = sees(entry.group);
  let fallback: VersionRecord | undefined;
  for (let at = entry.versions.length - 1; at >= 0; at--) {
    const record = entry.versions[at]!;
    if (record.yanked !== null || !(all || record.visibility === "public")) continue;
    if (!isPrerelease(record.version)) return record;
    fallback ??= record;
  }
  return fallback;
}

/** Index of the first item that `compare` does not put before the wanted place. */
function position<T>(sorted: readonly T[], compare: (item: T) => number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(sorted[middle]!) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rank({ group, name, nameWords }: PackageEntry, wanted: readonly string[]): number {
  let score = name === wanted.join("-") || name === wanted.join("") ? 100 : 0;
  for (const word of wanted) {
    if (nameWords.includes(word)) score += 10;
    else if (name.includes(word)) score += 5;
    else if (group === word) score += 3;
  }
  return score;
}

function wordsOf({ group, name, description }: VersionRecord): Set<string> {
  return new Set([name, group, ...words(name), ...words(group), ...words(description).slice(0, 100)]);
}

function words(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "" && word.length <= 64);
}
