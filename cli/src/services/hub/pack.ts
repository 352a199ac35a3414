/** Makes a signed package of a project: module, manifest, readme, provenance, list of contents, sources. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { build, loadManifest, type Manifest, wasmName } from "@smdk/compiler";
import {
  type Component,
  type FuelFigures,
  fuelTags,
  namingComplaints,
  PACKAGE_FORMAT,
  PROVENANCE_ENTRY,
  packageFileName,
  packPackage,
  packSource,
  SBOM_ENTRY,
  type SigningKey,
  sha256Hex,
  sourceDigest,
  writeProvenance,
  writeSbom,
} from "@smdk/packages";
import { CliError } from "../../errors.ts";

const LOCK_FILES = ["pnpm-lock.yaml", "package-lock.json", "yarn.lock"];
const SOURCE_FILES = ["SmartModule.toml", "package.json", "tsconfig.json", "asconfig.json", ...LOCK_FILES];
const MAX_SOURCE_BYTES = 8 * 1024 * 1024;

export interface PackOptions {
  readonly projectDir: string;
  readonly key: SigningKey;
  /** Readme of the package; default `README.md` of the project. */
  readonly readme: string | undefined;
  /** Whether the sources go into the package, so that others can rebuild it. */
  readonly withSource: boolean;
  /** Version of smdk, for the provenance. */
  readonly toolVersion: string;
  /** Fuel figures of the module, where they are known. */
  readonly measure?: (wasm: Uint8Array) => Promise<FuelFigures | undefined>;
}

export interface PackedProject {
  readonly manifest: Manifest;
  readonly fileName: string;
  readonly ipkg: Uint8Array;
  readonly wasm: Uint8Array;
  readonly components: readonly Component[];
  /** Paths of the packaged sources. */
  readonly sources: readonly string[];
}

/** Builds the project afresh, so that the provenance is about exactly this source. */
export async function packProject(options: PackOptions): Promise<PackedProject> {
  const { projectDir, key } = options;
  const manifest = await loadManifest(projectDir);
  const { name, group, version, description, license, visibility, repository } = manifest.package;
  const complaints = namingComplaints({ group, name });
  if (complaints.length > 0) {
    throw new CliError("config", complaints.join("\n"), {
      code: "SMDK_PKG_NAME",
      hint: `edit ${manifest.path}`,
    });
  }
  const readmePath = options.readme === undefined ? join(projectDir, "README.md") : resolve(options.readme);
  const readme = await readFile(readmePath).catch(() => {
    throw new CliError("config", `README file not found at "${options.readme ?? "./README.md"}"`, {
      hint: "write one: it is the module's page on the hub",
    });
  });
  const built = await build({ projectDir });
  const fuel = await options.measure?.(built.bytes);
  const files = await sourceFiles(
    projectDir,
    options.withSource ? MAX_SOURCE_BYTES : Number.POSITIVE_INFINITY,
  );
  const source = options.withSource ? [packSource(files)] : [];
  const components = await componentsOf(built.packageFiles);
  const wasmFile = `${wasmName(name)}.wasm`;
  const lock = lockFileOf(projectDir);
  const provenance = writeProvenance(
    {
      wasmName: wasmFile,
      wasm: built.bytes,
      sourceSha256: sourceDigest(files),
      lockSha256: lock === undefined ? undefined : sha256Hex(await readFile(lock)),
      tools: await toolVersions(options.toolVersion),
      flags: { release: true, lang: manifest.build.lang },
      repository,
    },
    key,
  );
  const ipkg = packPackage(
    {
      meta: {
        package_format_version: PACKAGE_FORMAT,
        name,
        version,
        group,
        description: description ?? "",
        license: license ?? "",
        manifest: [],
        repository_url: isUrl(repository) ? repository : null,
        tags: fuel === undefined ? null : fuelTags(fuel),
        visibility,
      },
      files: [
        { name: "SmartModule.toml", bytes: await readFile(manifest.path) },
        { name: wasmFile, bytes: built.bytes },
        { name: "README.md", bytes: readme },
      ],
      extra: [
        { name: PROVENANCE_ENTRY, bytes: provenance },
        { name: SBOM_ENTRY, bytes: writeSbom({ group, name, version }, components) },
        ...source,
      ],
    },
    key,
  );
  return {
    manifest,
    fileName: packageFileName({ name, version }),
    ipkg,
    wasm: built.bytes,
    components,
    sources: options.withSource ? [...files.keys()] : [],
  };
}

/** The files a build depends on: manifest, settings, lock file and everything beside and below the entry. */
async function sourceFiles(projectDir: string, maxBytes: number): Promise<Map<string, Uint8Array>> {
  const manifest = await loadManifest(projectDir);
  const root = resolve(projectDir);
  const entryDir = dirname(resolve(root, manifest.build.entry));
  const below = entryDir === root ? [] : await filesBelow(entryDir);
  const paths = [
    ...SOURCE_FILES.map((file) => join(root, file)).filter((path) => existsSync(path)),
    ...below,
  ];
  if (entryDir === root) paths.push(resolve(root, manifest.build.entry));
  const files = new Map<string, Uint8Array>();
  let total = 0;
  for (const path of paths) {
    const bytes = await readFile(path);
    total += bytes.length;
    if (total > maxBytes) {
      throw new CliError("config", "the sources are too large to go into the package", {
        hint: "--no-source leaves them out",
      });
    }
    files.set(relative(root, path).split(sep).join("/"), bytes);
  }
  return files;
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => relative(directory, path).split(sep).every(isSourcePart))
    .sort();
}

/** Hidden files may hold secrets, and installed packages are named by the lock file. */
function isSourcePart(part: string): boolean {
  return part !== "node_modules" && !part.startsWith(".");
}

/** The npm packages whose files went into the module. */
async function componentsOf(files: readonly string[]): Promise<Component[]> {
  const found = new Map<string, Component>();
  for (const file of files) {
    const at = file.split(sep).join("/").lastIndexOf("/node_modules/");
    if (at < 0) continue;
    const rest = file.slice(at + "/node_modules/".length).split(/[\\/]/);
    const name = rest[0]!.startsWith("@") ? `${rest[0]}/${rest[1]}` : rest[0]!;
    const path = join(file.slice(0, at), "node_modules", name, "package.json");
    if (found.has(path)) continue;
    try {
      const { version, license } = JSON.parse(await readFile(path, "utf8")) as {
        version: string;
        license?: unknown;
      };
      found.set(path, { name, version, ...(typeof license === "string" && { license }) });
    } catch {
      found.set(path, { name, version: "0.0.0" });
    }
  }
  return [...found.values()];
}

function lockFileOf(projectDir: string): string | undefined {
  for (let directory = resolve(projectDir); ; directory = dirname(directory)) {
    const found = LOCK_FILES.map((name) => join(directory, name)).find((path) => existsSync(path));
    if (found !== undefined || dirname(directory) === directory) return found;
  }
}

/** What takes part in a build; the same installation gives the same text. */
async function toolVersions(smdk: string): Promise<Record<string, string>> {
  const require = createRequire(import.meta.url);
  const versions: Record<string, string> = { smdk, node: process.versions.node };
  for (const name of ["@smdk/assemblyscript", "@smdk/compiler", "@smdk/runtime"]) {
    try {
      versions[name] = (require(`${name}/package.json`) as { version: string }).version;
    } catch {
      // A package that does not show its version is not worth failing for.
    }
  }
  return versions;
}

function isUrl(text: string | undefined): text is string {
  return text !== undefined && /^https?:\/\//.test(text) && URL.canParse(text);
}
