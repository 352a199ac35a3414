/** What `smdk publish` does: pack, check, compare with the last version, send. */
import { writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import {
  digestOf,
  type FuelFigures,
  fuelOf,
  keyFromHex,
  keyFromPem,
  loadHubProfile,
  ociTag,
  packageFileName,
  readPackage,
  type SigningKey,
  smartModuleOf,
} from "@smdk/packages";
import { CliError, messageOf } from "../../errors.ts";
import type { ClusterOptions } from "../../flags.ts";
import { lintProject } from "../lint.ts";
import { HubClient, type HubVersion, packagePath } from "./client.ts";
import { currentIndex, examine, type FetchedPackage, fetchPackage, NO_RULES } from "./fetch-package.ts";
import { measureFuel } from "./fuel.ts";
import { compareVersionsOutput, enforceGate, type GateResult, previousVersion, saysEnough } from "./gate.ts";
import { PACKAGE_LIMITS } from "./limits.ts";
import { parseOciReference, pullPackage, pushPackage, tagsAt } from "./oci.ts";
import { packProject } from "./pack.ts";
import { transferProgress } from "./progress.ts";
import { fixtureFiles } from "./replay.ts";
import { hasHub } from "./settings.ts";
import { readPackageFile } from "./verify.ts";

export interface PublishOptions {
  projectDir: string | undefined;
  /** A package made before; nothing is built then. */
  ipkg: string | undefined;
  /** `oci://…`, `cluster`, or undefined for a hub. */
  target: string | undefined;
  hub: string | undefined;
  readme: string | undefined;
  withSource: boolean;
  /** Only make the file. */
  packOnly: boolean;
  dryRun: boolean;
  records: readonly string[];
  params: ReadonlyMap<string, string>;
  allowChanges: boolean;
  /** Asks whether a public package is meant; only for public ones. */
  confirmPublic: () => Promise<boolean>;
  cluster: ClusterOptions;
  toolVersion: string;
  tell: (line: string) => void;
}

export interface PublishResult {
  group: string;
  name: string;
  version: string;
  digest: string;
  size: number;
  signer: string;
  entries: string[];
  files: string[];
  gate: GateResult | null;
  /** Over the project's records; null when there are none, or the module cannot run without parameters. */
  fuel: FuelFigures | null;
  /** `file`, `cluster`, the address of the hub or the place in a registry; null when a dry run was told of none. */
  target: string | null;
  published: boolean;
  /** Path of the package when one was written. */
  path: string | null;
}

export async function publish(options: PublishOptions): Promise<PublishResult> {
  const { tell, target } = options;
  const { bytes, path } = options.ipkg === undefined ? await pack(options) : await existing(options.ipkg);
  const found = examine(bytes, NO_RULES);
  const { group, name, version, pkg, signers } = found;
  const isPlaceless = options.dryRun && !hasHub(options.hub);
  const isForHub = !options.packOnly && target === undefined && !isPlaceless;
  const hub = isForHub ? new HubClient(options.hub) : undefined;
  const gate = await releaseGate(options, hub, found);
  const result: PublishResult = {
    group,
    name,
    version,
    digest: found.digest,
    size: bytes.length,
    signer: signers[0]!,
    entries: [...pkg.entries.keys()],
    files: [...pkg.files.keys()],
    gate,
    fuel: fuelOf(pkg.meta.tags ?? []) ?? null,
    target: options.packOnly ? "file" : (target ?? hub?.address ?? null),
    published: false,
    path,
  };
  if (options.packOnly || options.dryRun) return result;
  if (pkg.meta.visibility === "public" && !(await options.confirmPublic())) {
    throw new CliError("failed", "publish stopped", {
      code: "SMDK_PUBLISH_STOPPED",
      hint: "--public-yes answers the question",
    });
  }
  if (hub !== undefined) await toHub(hub, found, tell);
  else if (target === "cluster") await toCluster(options, bytes);
  else await pushPackage(parseOciReference(target!), bytes, pkg, smartModuleOf(pkg), tell);
  return { ...result, published: true };
}

async function pack(options: PublishOptions): Promise<{ bytes: Uint8Array; path: string | null }> {
  const projectDir = options.projectDir!;
  const errors = (await lintProject(projectDir)).findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    throw new CliError("failed", `lint found ${errors.length} ${errors.length === 1 ? "error" : "errors"}`, {
      code: "SMDK_PUBLISH_LINT",
      causes: errors.map(({ rule, message }) => `${rule}: ${message}`),
      hint: "smdk lint shows all findings",
    });
  }
  const files = [...(await fixtureFiles(projectDir)), ...options.records];
  const packed = await packProject({
    projectDir,
    key: signingKey(),
    readme: options.readme,
    withSource: options.withSource,
    toolVersion: options.toolVersion,
    measure: (wasm) => measureFuel(wasm, files, options.params),
  });
  const { group, name, version } = packed.manifest.package;
  options.tell(`Creating package ${group}/${name}@${version}`);
  if (!options.packOnly) return { bytes: packed.ipkg, path: null };
  const path = join(projectDir, packed.fileName);
  await writeFile(path, packed.ipkg);
  options.tell(`Package ${path} created`);
  return { bytes: packed.ipkg, path };
}

/** The file must have the name that upstream's tools insist on. */
async function existing(file: string): Promise<{ bytes: Uint8Array; path: string }> {
  const bytes = await readPackageFile(file).catch((error: unknown) => {
    throw new CliError("failed", `reading package ${file}: ${messageOf(error)}`, { code: "SMDK_CLI_FILE" });
  });
  const expected = packageFileName(readPackage(bytes, PACKAGE_LIMITS).meta);
  if (basename(file) !== expected) {
    throw new CliError("failed", `${file} invalid name ${expected}`, { code: "SMDK_PKG_FILE_NAME" });
  }
  return { bytes, path: resolve(file) };
}

/** The key in `SMDK_SIGNING_KEY` (hex, PEM or OpenSSH, as CI keeps secrets), else that of the hub profile. */
function signingKey(): SigningKey {
  const text = process.env.SMDK_SIGNING_KEY?.trim();
  if (!text) return loadHubProfile().key;
  return /^[0-9a-fA-F]{64}$/.test(text) ? keyFromHex(text) : keyFromPem(text);
}

/** Null when there is nothing to compare with: no earlier version, or no records. */
async function releaseGate(
  options: PublishOptions,
  hub: HubClient | undefined,
  next: FetchedPackage,
): Promise<GateResult | null> {
  const files = [
    ...(options.projectDir === undefined ? [] : await fixtureFiles(options.projectDir)),
    ...options.records,
  ];
  if (options.packOnly || files.length === 0) return null;
  const previous = await lastPublished(options, hub, next);
  if (previous === undefined) return null;
  const gate = await compareVersionsOutput({
    previous,
    next: { version: next.version, wasm: next.module.wasm },
    files,
    params: options.params,
  });
  const { tell } = options;
  if (gate.failure !== null) {
    tell(`The records could not be replayed: ${gate.failure.split("\n")[0]}`);
    tell("  parameters are given with -e NAME=VALUE");
    return gate;
  }
  tell(
    `Replayed ${gate.records} records on ${gate.previous} and ${gate.next}: ${gate.changed} outputs changed`,
  );
  for (const [kind, count] of Object.entries(gate.classes)) tell(`  ${kind}: ${count}`);
  for (const example of gate.examples) {
    tell(`  ${example.file}:${example.line} ${example.class}: ${example.before} -> ${example.after}`);
  }
  if (gate.changed > 0) {
    const said = saysEnough(gate)
      ? "as the version says"
      : `which asks for ${gate.suggested}; the version says ${gate.claimed}`;
    tell(`  that is a ${gate.needed} change, ${said}`);
  }
  if (!options.allowChanges) enforceGate(gate);
  return gate;
}

/** The version before `next` at the place where it goes. */
async function lastPublished(
  options: PublishOptions,
  hub: HubClient | undefined,
  next: FetchedPackage,
): Promise<{ version: string; wasm: Uint8Array } | undefined> {
  const { group, name } = next;
  const wasmOf = ({ version, module }: FetchedPackage) => ({ version, wasm: module.wasm });
  try {
    if (hub !== undefined) {
      const { versions } = await currentIndex(hub, group);
      const open = versions.filter((each) => each.name === name && !each.yanked);
      const version = previousVersion(
        open.map((each) => each.version),
        next.version,
      );
      if (version === undefined) return undefined;
      return wasmOf(await fetchPackage(hub, `${group}/${name}@${version}`, NO_RULES));
    }
    if (options.target === "cluster") return await lastInCluster(options.cluster, next);
    if (options.target === undefined) return undefined;
    const place = parseOciReference(options.target);
    const tags = new Map((await tagsAt(place)).map((tag) => [tag.replaceAll("_", "+"), tag]));
    const version = previousVersion([...tags.keys()], next.version);
    if (version === undefined) return undefined;
    return wasmOf(examine(await pullPackage({ ...place, reference: tags.get(version)! }), NO_RULES));
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "SMDK_HUB_NOT_FOUND" || code === "SMDK_OCI_NO_PACKAGE") return undefined;
    throw error;
  }
}

async function lastInCluster(
  cluster: ClusterOptions,
  { group, name, version: next }: FetchedPackage,
): Promise<{ version: string; wasm: Uint8Array } | undefined> {
  const { withCluster } = await import("../connection.ts");
  const { findInCluster } = await import("../registry.ts");
  return await withCluster(cluster, async (fluvio) => {
    const versions = (await fluvio.admin.smartModules.list()).flatMap(({ spec: { meta } }) =>
      meta?.package.group === group && meta.package.name === name ? [meta.package.version] : [],
    );
    const version = previousVersion(versions, next);
    const wasm =
      version === undefined ? undefined : await findInCluster(fluvio, `${group}/${name}@${version}`);
    return wasm && { version: version!, wasm };
  });
}

/** Larger packages go to a hub in pieces, over the registries' protocol. */
const LARGE_BYTES = 4 * 1024 * 1024;

/** An answer that got lost is no harm: a version that is there with the same bytes is published. */
async function toHub(hub: HubClient, found: FetchedPackage, tell: (line: string) => void): Promise<void> {
  if (found.bytes.length > LARGE_BYTES) {
    const { group, name, version } = found;
    const target = { base: hub.address, repository: `${group}/${name}`, reference: ociTag(version) };
    const progress = transferProgress(`uploading ${group}/${name}@${version}`, true);
    const options = { password: hub.token, seen: progress.seen };
    await pushPackage(target, found.bytes, found.pkg, found.module, () => undefined, options);
    progress.end();
    return tell("Package uploaded!");
  }
  const path = packagePath(found);
  const isThere = async (): Promise<boolean> => {
    const known = await hub.json<HubVersion>("GET", path).catch(() => undefined);
    return known?.digest === digestOf(found.bytes);
  };
  for (let attempt = 1; ; attempt++) {
    try {
      await hub.send("PUT", path, found.bytes, { "content-type": "application/octet-stream" });
      break;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "SMDK_UNREACHABLE" && attempt < 3) {
        await new Promise((done) => setTimeout(done, 300 * attempt));
        continue;
      }
      if (attempt > 1 && code === "SMDK_HUB_EXISTS" && (await isThere())) break;
      throw error;
    }
  }
  tell("Package uploaded!");
}

async function toCluster({ cluster }: PublishOptions, bytes: Uint8Array): Promise<void> {
  const { parseManifest } = await import("@smdk/compiler");
  const { withCluster } = await import("../connection.ts");
  const { metadataOf } = await import("../load.ts");
  const { group, name, version, module } = examine(bytes, NO_RULES);
  const meta = metadataOf(parseManifest(module.manifest, "SmartModule.toml"));
  await withCluster(cluster, (fluvio) =>
    fluvio.admin.smartModules.create(`${name}-${group}-${version}`, { wasm: module.wasm, meta }),
  );
}
