/** The packages as a user would get them: packed to tarballs. */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

const packages = [
  "sdk/protocol",
  "sdk/assemblyscript",
  "sdk/compiler",
  "sdk/client",
  "sdk/testing",
  "runtime",
  "server",
  "templates",
  "cli",
];

export interface RunResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv; input?: string },
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}

/** Runs a program that must succeed and gives its standard output. */
export async function succeed(...call: Parameters<typeof run>): Promise<string> {
  const { code, stdout, stderr } = await run(...call);
  if (code !== 0) throw new Error(`${call[0]} ${call[1].join(" ")}: exit ${code}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Packs every package of the workspace into `directory`, workspace and catalog references resolved. */
export async function packWorkspace(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const [command, ...before] = pnpm();
  for (const name of packages) {
    await succeed(command, [...before, "pack", "--pack-destination", directory], { cwd: join(root, name) });
  }
}

/** The pnpm that runs these tests, else the one on the path. */
function pnpm(): [string, ...string[]] {
  const path = process.env["npm_execpath"] ?? "";
  if (!path.includes("pnpm")) return ["pnpm"];
  return /\.[cm]?js$/.test(path) ? [process.execPath, path] : [path];
}
