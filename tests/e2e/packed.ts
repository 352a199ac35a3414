/** The packages as a user would get them: packed to tarballs. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The packages of a generated project, and everything of ours that they need: name to directory. */
function neededPackages(): Map<string, string> {
  const directories = [
    ...readdirSync(join(root, "sdk")).map((name) => `sdk/${name}`),
    "runtime",
    "server",
    "templates",
    "cli",
  ];
  const manifests = new Map(
    directories
      .filter((directory) => existsSync(join(root, directory, "package.json")))
      .map((directory) => [
        directory,
        JSON.parse(readFileSync(join(root, directory, "package.json"), "utf8")),
      ]),
  );
  const byName = new Map([...manifests].map(([directory, { name }]) => [name as string, directory]));
  const needed = new Map<string, string>();
  const add = (name: string): void => {
    const directory = byName.get(name);
    if (directory === undefined || needed.has(name)) return;
    needed.set(name, directory);
    Object.keys(manifests.get(directory).dependencies ?? {}).forEach(add);
  };
  for (const name of ["smdk", "@smdk/assemblyscript", "@smdk/javascript", "@smdk/testing"]) add(name);
  return needed;
}

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

/** Packs the packages that a project needs into `directory`, workspace and catalog references resolved. */
export async function packWorkspace(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const [command, ...before] = pnpm();
  for (const source of neededPackages().values()) {
    await succeed(command, [...before, "pack", "--pack-destination", directory], { cwd: join(root, source) });
  }
}

/** The pnpm that runs these tests, else the one on the path. */
function pnpm(): [string, ...string[]] {
  const path = process.env["npm_execpath"] ?? "";
  if (!path.includes("pnpm")) return ["pnpm"];
  return /\.[cm]?js$/.test(path) ? [process.execPath, path] : [path];
}
