/** Lists, searches, shows and downloads. */
import { stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parsePackageName } from "@smdk/packages";
import { HubClient, type HubPackage, type HubVersion, packagePath } from "./client.ts";
import { checkedText, fetchNamed, localRules } from "./named.ts";

const PAGE = 100;

/** All pages. */
export async function listPackages(
  flag: string | undefined,
  group: string | undefined,
): Promise<HubPackage[]> {
  const hub = new HubClient(flag);
  const found: HubPackage[] = [];
  for (let after = ""; ; ) {
    const query = new URLSearchParams({ limit: String(PAGE), after, ...(group !== undefined && { group }) });
    const page = await hub.json<{ packages: HubPackage[]; next: string | null }>(
      "GET",
      `/api/v1/packages?${query}`,
    );
    found.push(...page.packages);
    if (page.next === null) return found;
    after = page.next;
  }
}

export async function searchPackages(flag: string | undefined, words: string): Promise<HubPackage[]> {
  const query = new URLSearchParams({ q: words, limit: "50" });
  return (await new HubClient(flag).json<{ packages: HubPackage[] }>("GET", `/api/v1/packages?${query}`))
    .packages;
}

export interface ShownPackage {
  group: string;
  name: string;
  tags: Record<string, string>;
  versions: HubVersion[];
  versionCount: number;
  /** The version that was asked for, or the newest; null when all are yanked. */
  version: HubVersion | null;
}

export async function showPackage(flag: string | undefined, text: string): Promise<ShownPackage> {
  const hub = new HubClient(flag);
  const wanted = parsePackageName(text);
  const all = await hub.json<Omit<ShownPackage, "version"> & { latest: string | null }>(
    "GET",
    `${packagePath({ group: wanted.group, name: wanted.name })}?limit=${PAGE}`,
  );
  const number = wanted.version ?? all.latest ?? all.versions[0]?.version;
  const version =
    number === undefined
      ? null
      : await hub.json<HubVersion>("GET", packagePath({ ...wanted, version: number }));
  const { group, name, tags, versions, versionCount } = all;
  return { group, name, tags, versions, versionCount, version };
}

export interface DownloadOptions {
  name: string;
  hub: string | undefined;
  output: string | undefined;
  policy: string | undefined;
  quiet: boolean;
  tell: (line: string) => void;
}

export interface Downloaded {
  path: string;
  name: string;
  version: string;
  digest: string;
  signers: readonly string[];
  /** The hub says that it is not to be used any more. */
  yanked: boolean;
}

/** The file appears only after all checks. */
export async function download(options: DownloadOptions): Promise<Downloaded> {
  const near = process.cwd();
  const rules = localRules(near, { policy: options.policy, mayCreate: false });
  const named = await fetchNamed(options.name, rules, options);
  const { found } = named;
  const { group, name, version, digest, signers, yanked } = found;
  options.tell(checkedText(named));
  const fileName = `${group}-${name}-${version}.ipkg`;
  const path = await targetPath(options.output, fileName);
  options.tell(`downloading ${group}/${name}@${version} to ${path}`);
  await writeFile(path, found.bytes);
  return { path, name: `${group}/${name}`, version, digest, signers, yanked };
}

async function targetPath(output: string | undefined, fileName: string): Promise<string> {
  if (output === undefined) return resolve(fileName);
  const isDirectory = await stat(output).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return resolve(isDirectory ? join(output, fileName) : output);
}
