/** Source maps of the modules built on this machine, so that the local cluster can say where one fails. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { smdkHome } from "./home.ts";

/** Maps kept; the oldest leave. */
const MAX_MAPS = 64;

function directory(): string {
  return join(smdkHome(), "source-maps");
}

function fileOf(wasm: Uint8Array): string {
  return join(directory(), `${createHash("sha256").update(wasm).digest("hex")}.json`);
}

/** The map of a module file: the one beside it, or the one kept when this machine built it. */
export async function sourceMapOf(wasmPath: string, wasm: Uint8Array): Promise<string | null> {
  return (await mapBeside(wasmPath, wasm)) ?? (await keptSourceMap(wasm));
}

async function mapBeside(wasmPath: string, wasm: Uint8Array): Promise<string | null> {
  // Looking first spares commands without a map the loading of the compiler's package.
  if (!existsSync(`${wasmPath}.map`)) return null;
  const { readSourceMap } = await import("@smdk/compiler/modules");
  return await readSourceMap(wasmPath, wasm);
}

/** Keeps the map beside a module file that is about to go to a cluster. */
export async function keepMapBeside(wasmPath: string, wasm: Uint8Array): Promise<void> {
  const map = await mapBeside(wasmPath, wasm);
  if (map !== null) await keepSourceMap(wasm, map);
}

/** Keeps a module's map. What goes wrong is not worth a complaint: only places in a log depend on it. */
export async function keepSourceMap(wasm: Uint8Array, sourceMap: string): Promise<void> {
  const file = fileOf(wasm);
  try {
    // The same module can come from other lines: a comment more, and only the map differs.
    if ((await readFile(file, "utf8").catch(() => null)) === sourceMap) return;
    await mkdir(directory(), { recursive: true });
    const temporary = `${file}.${process.pid}.tmp`;
    await writeFile(temporary, sourceMap);
    await rename(temporary, file);
    await removeOldest();
  } catch {
    // A full disk, or a home that cannot be written.
  }
}

/** The map of a module, if it was kept. */
export async function keptSourceMap(wasm: Uint8Array): Promise<string | null> {
  return await readFile(fileOf(wasm), "utf8").catch(() => null);
}

async function removeOldest(): Promise<void> {
  const names = await readdir(directory());
  if (names.length <= MAX_MAPS) return;
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(directory(), name);
      return { path, time: (await stat(path)).mtimeMs };
    }),
  );
  files.sort((a, b) => a.time - b.time);
  await Promise.all(files.slice(0, files.length - MAX_MAPS).map(({ path }) => rm(path, { force: true })));
}
