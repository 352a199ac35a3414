/** The module of a project as built, building it first when its sources are newer. */
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build, loadProject, readSourceMap } from "@smdk/compiler";
import { sourceMapOf } from "./source-maps.ts";

export interface BuiltModule {
  name: string;
  wasmPath: string;
  bytes: Uint8Array;
  /** Text of the source map; null without one. */
  sourceMap: string | null;
}

/** Builds only when there is no module yet, or when a source or the manifest has changed since. */
export async function builtModule(projectDir: string): Promise<BuiltModule> {
  const project = await loadProject(projectDir);
  const { name } = project.manifest.package;
  const { wasmPath } = project;
  const sources = [project.manifest.path, ...(await filesBelow(join(project.dir, dirname(project.entry))))];
  const [built, ...changed] = await Promise.all([wasmPath, ...sources].map(changeTime));
  if (built !== undefined && built > 0 && changed.every((time) => time <= built)) {
    const bytes = await readFile(wasmPath);
    return { name, wasmPath, bytes, sourceMap: await sourceMapOf(wasmPath, bytes) };
  }
  const { bytes } = await build({ projectDir });
  return { name, wasmPath, bytes, sourceMap: await readSourceMap(wasmPath, bytes) };
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Milliseconds; 0 for a file that is not there. */
async function changeTime(path: string): Promise<number> {
  return await stat(path).then(
    (found) => found.mtimeMs,
    () => 0,
  );
}
