// Finds Javy, which users bring themselves: its plugin as a file, or the executable that has the plugin inside.

import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdtemp, open, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { HOW_TO_GET, JavyError } from "@smdk/javascript/javy";

/** Where to look for Javy, the first that is given counts. */
export interface JavySources {
  /** Plugin or executable that the caller names; relative to the working directory. */
  readonly given?: string | undefined;
  /** What SmartModule.toml names; relative to the project. */
  readonly configured?: string | undefined;
  readonly projectDir: string;
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Variables that name a plugin or an executable. */
const VARIABLES = ["SMDK_JAVY_PLUGIN", "SMDK_JAVY"];
/** Bytes of the largest file that is read as a plugin. */
const MOST_BYTES = 64 * 2 ** 20;
const RUN_TIMEOUT_MS = 60_000;

/**
 * Bytes of Javy's plugin. Throws `JavyError`: `SMDK_BUILD_JAVY_MISSING` when there is no Javy,
 * `SMDK_BUILD_JAVY_PLUGIN` when a named file cannot be used, `SMDK_BUILD_JAVY_FAILED` when the executable fails.
 */
export async function findJavyPlugin({
  given,
  configured,
  projectDir,
  env = process.env,
}: JavySources): Promise<Uint8Array> {
  if (given !== undefined) return read(path.resolve(given), "--javy");
  for (const name of VARIABLES) {
    const value = env[name];
    if (value !== undefined && value !== "") return read(path.resolve(value), name);
  }
  if (configured !== undefined)
    return read(path.resolve(projectDir, configured), "`javy` in SmartModule.toml");
  const executable = await inPath("javy", env);
  if (executable !== null) return emit(executable);
  throw new JavyError("SMDK_BUILD_JAVY_MISSING", "the engine is javy, and there is no Javy here", HOW_TO_GET);
}

async function read(file: string, source: string): Promise<Uint8Array> {
  const found = await stat(file).catch(() => null);
  if (found === null || !found.isFile()) {
    throw new JavyError(
      "SMDK_BUILD_JAVY_MISSING",
      `${source} names ${file}, and there is no such file`,
      HOW_TO_GET,
    );
  }
  const handle = await open(file);
  const start = Buffer.alloc(4);
  try {
    await handle.read(start, 0, 4, 0);
  } finally {
    await handle.close();
  }
  if (start.toString("latin1") !== "\0asm") {
    const isExecutable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isExecutable && !file.endsWith(".wasm")) return emit(file);
    throw new JavyError(
      "SMDK_BUILD_JAVY_PLUGIN",
      `${source} names ${file}, which is neither a plugin of Javy (a .wasm file) nor an executable`,
      HOW_TO_GET,
    );
  }
  if (found.size > MOST_BYTES) {
    throw new JavyError("SMDK_BUILD_JAVY_PLUGIN", `${file} is too large for a plugin of Javy`);
  }
  return readFile(file);
}

/** Has the executable write its plugin. */
async function emit(executable: string): Promise<Uint8Array> {
  const dir = await mkdtemp(path.join(tmpdir(), "smdk-javy-"));
  const file = path.join(dir, "plugin.wasm");
  try {
    await promisify(execFile)(executable, ["emit-plugin", "-o", file], { timeout: RUN_TIMEOUT_MS });
    return await readFile(file);
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    const why = (stderr || message).trim().split("\n")[0];
    throw new JavyError(
      "SMDK_BUILD_JAVY_FAILED",
      `${executable} does not give its plugin (emit-plugin): ${why}`,
      "It takes a Javy of version 5 or later.",
    );
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function inPath(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  const endings = process.platform === "win32" ? [".exe", ".cmd", ""] : [""];
  for (const dir of (env.PATH ?? env.Path ?? "").split(path.delimiter)) {
    for (const ending of dir === "" ? [] : endings) {
      const file = path.join(dir, name + ending);
      const isThere = await access(file, constants.X_OK).then(
        () => stat(file).then((found) => found.isFile()),
        () => false,
      );
      if (isThere) return file;
    }
  }
  return null;
}
