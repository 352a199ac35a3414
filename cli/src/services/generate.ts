/** Writes a new project from a template. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { renderTemplate } from "@smdk/templates";
import { CliError, fileErrorHint, fileErrorText, usage } from "../errors.ts";
import type { Answers } from "./interview.ts";

export interface GenerateOptions extends Answers {
  /** Directory that gets the project's directory. */
  destination: string;
  /** Directory with packed smdk packages; the registry is used when undefined. */
  sdkPath: string | undefined;
  sdkVersion: string;
  git: boolean;
}

export interface GenerateResult {
  name: string;
  kind: string;
  directory: string;
  /** As short as it can be said from the current directory. */
  shortDirectory: string;
  files: string[];
}

/** Writes the project; refuses a directory that exists. */
export async function generate(options: GenerateOptions): Promise<GenerateResult> {
  const { destination, sdkPath, git, ...template } = options;
  const directory = resolve(destination, options.name);
  const sources = sdkPath === undefined ? undefined : await packedPackages(resolve(sdkPath));
  const files = renderTemplate({ ...template, ...(sources && { sources }) });
  writeProject(directory, files);
  if (git) initialiseGit(directory);
  return {
    name: options.name,
    kind: options.kind,
    directory,
    shortDirectory: relative(process.cwd(), directory) || ".",
    files: files.map((file) => file.path),
  };
}

/** Makes the directory with all files, or leaves nothing behind. In one go: Ctrl-C comes before or after it. */
function writeProject(directory: string, files: readonly { path: string; contents: string }[]): void {
  const parent = dirname(directory);
  if (statSync(parent, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new CliError("config", `${parent} is not a directory`, {
      hint: "--destination DIR names a directory",
    });
  }
  try {
    mkdirSync(parent, { recursive: true });
    mkdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") fail(directory)(error);
    throw new CliError("failed", `the directory ${directory} exists already`, {
      hint: "choose another name, or --destination DIR",
      code: "SMDK_CLI_EXISTS",
    });
  }
  try {
    for (const { path, contents } of files) {
      const target = join(directory, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, contents);
    }
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    fail(directory)(error);
  }
}

/** The `.tgz` files of a directory by package name: `smdk-client-0.1.0.tgz` is `@smdk/client`. */
async function packedPackages(directory: string): Promise<Record<string, string>> {
  const names = await readdir(directory).catch(fail(directory));
  const found: Record<string, string> = {};
  for (const file of names) {
    const match = /^smdk(?:-([a-z-]+))?-\d+\.\d+\.\d+[^/]*\.tgz$/.exec(file);
    if (match) found[match[1] ? `@smdk/${match[1]}` : "smdk"] = `file:${join(directory, file)}`;
  }
  if (found["smdk"] === undefined) {
    throw usage(
      `no packed smdk packages in ${directory}`,
      "pnpm -r pack --pack-destination DIR puts them there",
    );
  }
  return found;
}

/** A fresh repository, unless the directory is inside one or git is missing. */
function initialiseGit(directory: string): void {
  const inside = spawnSync("git", ["rev-parse", "--is-inside-work-tree"], {
    cwd: directory,
    stdio: "ignore",
  });
  if (inside.error === undefined && inside.status !== 0) {
    spawnSync("git", ["init", "--quiet"], { cwd: directory, stdio: "ignore" });
  }
}

function fail(path: string): (error: unknown) => never {
  return (error) => {
    throw new CliError("config", `${path}: ${fileErrorText(error)}`, {
      hint: fileErrorHint(error) ?? "--destination DIR chooses another place",
      cause: error,
    });
  };
}
