// Virtual environments of Python with one package from PyPI each, kept in the workspace's .smdk folder: oracles and
// peers that tests and benches compare with.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const cache = join(dirname(fileURLToPath(import.meta.url)), "../../.smdk");

/** What the real engine is: the PyPI package in the version of the one an SPU has. */
export const WASMTIME = "wasmtime==34.0.0";

/** The interpreter of an environment that has `requirement` (`name==version`), or the reason why there is none. */
export async function pythonEnv(requirement) {
  const folder = join(cache, `python-${requirement.replaceAll(/[^\w.]+/g, "-")}`);
  const python = join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  if (existsSync(join(folder, "ready"))) return { python };
  const base = await findPython();
  if (base === null) return { reason: "Python 3.9 or later is not installed" };
  // Made aside, so that others who want the same at the same time never see half of it.
  const fresh = `${folder}.${process.pid}`;
  try {
    await mkdir(cache, { recursive: true });
    await rm(fresh, { recursive: true, force: true });
    await run(base, ["-m", "venv", fresh]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement];
    await run(join(fresh, python.slice(folder.length)), pip);
    await writeFile(join(fresh, "ready"), requirement);
    if (!existsSync(join(folder, "ready"))) {
      await rm(folder, { recursive: true, force: true });
      await rename(fresh, folder);
    }
    return { python };
  } catch (error) {
    if (existsSync(join(folder, "ready"))) return { python };
    return { reason: `${requirement} could not be installed: ${String(error).split("\n")[0]}` };
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** A Python with the real wasmtime: the one SMDK_WASMTIME_PYTHON names, or one of our own. */
export async function wasmtimePython() {
  const named = process.env.SMDK_WASMTIME_PYTHON;
  if (named === undefined || named === "") return pythonEnv(WASMTIME);
  try {
    const script = "import importlib.metadata as m; print(m.version('wasmtime'))";
    const { stdout } = await run(named, ["-c", script]);
    const [major] = WASMTIME.split("==")[1].split(".");
    if (stdout.startsWith(`${major}.`)) return { python: named };
    return { reason: `${named} has wasmtime ${stdout.trim()}, ${WASMTIME} is needed` };
  } catch {
    return { reason: `${named} does not have ${WASMTIME}` };
  }
}

async function findPython() {
  for (const name of ["python3", "python"]) {
    try {
      const { stdout } = await run(name, ["-c", "import sys; print(sys.version_info >= (3, 9))"]);
      if (stdout.trim() === "True") return name;
    } catch {
      // not this one
    }
  }
  return null;
}
