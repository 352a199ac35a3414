/**
 * Real Fluvio clients nobody here wrote, made ready to run: the PyPI package `fluvio` in a virtual
 * environment of its own, and the npm package `@fluvio/client` with its native addon.
 */
import { spawn } from "node:child_process";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { pythonEnv } from "../support/python-env.js";

const here = dirname(fileURLToPath(import.meta.url));
const cache = join(here, "../../.smdk");

/** What the PyPI client is pinned to: the newest one, built from Fluvio 0.17.3. */
const PYTHON_CLIENT = "fluvio==0.21.0";

/** A way to run one client command; rows are the JSON values it printed, one a line. */
export interface Peer {
  run(endpoint: string, ...args: string[]): Promise<{ exit: number | null; rows: unknown[]; stderr: string }>;
}

/** The peer, or the reason why it cannot run here. */
export type PeerOrReason = { peer: Peer } | { reason: string };

export async function pythonPeer(): Promise<PeerOrReason> {
  const found = await pythonEnv(PYTHON_CLIENT);
  if ("reason" in found) return found;
  return {
    peer: {
      run: (endpoint, ...args) =>
        runClient(found.python, [join(here, "clients/client.py"), endpoint, ...args]),
    },
  };
}

/** `wrap` turns the command into one that runs it somewhere else, such as in a network of its own. */
export async function npmPeer(
  wrap: (program: string, args: readonly string[]) => [string, string[]] = (program, args) => [
    program,
    [...args],
  ],
): Promise<PeerOrReason> {
  if (process.platform !== "linux" || process.arch !== "x64")
    return { reason: `@fluvio/client has no native addon for ${process.platform}-${process.arch}` };
  const client = await prepareNpmClient();
  return {
    peer: {
      run: (endpoint, ...args) => {
        const [host = "", port = ""] = endpoint.split(":");
        const script = join(here, "clients/client.cjs");
        return runClient(...wrap(process.execPath, [script, client, host, port, ...args]));
      },
    },
  };
}

/** The package compiles its one TypeScript file in a postinstall script, which installs here do not run. */
async function prepareNpmClient(): Promise<string> {
  const require = createRequire(import.meta.url);
  const root = dirname(require.resolve("@fluvio/client/package.json"));
  const { readFile } = await import("node:fs/promises");
  const source = await readFile(join(root, "src/index.ts"), "utf8");
  const { code } = await transform(source, { loader: "ts", format: "cjs", target: "node20" });
  const native = JSON.stringify(join(root, "dist/linux/index.node"));
  await mkdir(cache, { recursive: true });
  const target = join(cache, "npm-client.cjs");
  const temporary = `${target}.${process.pid}`;
  await writeFile(temporary, code.replace(/require\(`\$\{native_path\}`\)/, `require(${native})`));
  await rename(temporary, target);
  return target;
}

/** Runs one client process to its end, at most 60 s. */
function runClient(program: string, args: string[]): ReturnType<Peer["run"]> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (exit) => {
      const rows = stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line): unknown => JSON.parse(line));
      resolve({ exit, rows, stderr });
    });
  });
}
