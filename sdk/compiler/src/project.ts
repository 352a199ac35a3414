// A SmartModule project on disk: where its parts are.

import { rm, stat } from "node:fs/promises";
import path from "node:path";
import { loadManifest, type Manifest } from "./manifest.ts";

/** A project: a folder with a SmartModule.toml. */
export interface Project {
  /** Absolute path of the folder. */
  readonly dir: string;
  readonly manifest: Manifest;
  /** Entry file, relative to the folder, with forward slashes. */
  readonly entry: string;
  /** Absolute path of the folder for what a build makes. */
  readonly outDir: string;
  /** Absolute path of the module a build makes: the package's name with underscores. */
  readonly wasmPath: string;
}

/** Folder of build results in a project. */
export const OUT_DIR = "build";

/** Reads a project. Throws as `loadManifest` does. */
export async function loadProject(dir: string): Promise<Project> {
  const absolute = path.resolve(dir);
  const manifest = await loadManifest(absolute);
  const outDir = path.join(absolute, OUT_DIR);
  return {
    dir: absolute,
    manifest,
    entry: path.posix.normalize(manifest.build.entry.replaceAll("\\", "/")),
    outDir,
    wasmPath: path.join(outDir, `${wasmName(manifest.package.name)}.wasm`),
  };
}

/** Name of a package's module without `.wasm`, as Fluvio's own kit names it. */
export function wasmName(packageName: string): string {
  return packageName.replace(/[^A-Za-z0-9_.]/g, "_");
}

/** Removes what builds have made. Returns the removed folder, or null when there was none. */
export async function clean(dir: string): Promise<string | null> {
  const outDir = path.join(path.resolve(dir), OUT_DIR);
  const exists = await stat(outDir).then(
    () => true,
    () => false,
  );
  if (!exists) return null;
  await rm(outDir, { recursive: true, force: true });
  return outDir;
}
