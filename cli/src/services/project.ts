/** Finds the SmartModule project that a command works on. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { CliError, usage } from "../errors.ts";

export const manifestName = "SmartModule.toml";

/** The directory with SmartModule.toml: `start` itself, or the nearest one above it. */
export function findProject(start: string = process.cwd()): string {
  const first = resolve(start);
  if (!existsSync(first)) {
    throw new CliError("config", `${first}: No such file or directory`, { hint: "check the path" });
  }
  for (let directory = first; ; directory = dirname(directory)) {
    if (existsSync(join(directory, manifestName))) return directory;
    if (dirname(directory) === directory) break;
  }
  throw new CliError("config", `Could not find a ${manifestName} in ${first} or above it`, {
    code: "SMDK_CLI_NO_PROJECT",
    hint: "run this in a project, or make one: smdk generate NAME",
  });
}

/** Flags that speak of cargo, where they are given. */
export interface CargoOptions {
  "package-name"?: string | undefined;
  release?: string | undefined;
}

/** Refuses cargo's flags when they ask for another package or profile than the one there is. */
export async function checkCargoFlags(options: CargoOptions, projectDir: string): Promise<void> {
  const { release, "package-name": name } = options;
  if (release !== undefined && !/^release(-|$)/.test(release)) {
    throw usage(
      `there are no cargo profiles here, so no "${release}"`,
      "smdk build --debug, or neither for a release",
    );
  }
  if (name === undefined) return;
  const { loadManifest } = await import("@smdk/compiler");
  const manifest = await loadManifest(projectDir);
  if (manifest.package.name !== name) {
    throw usage(
      `the project in ${projectDir} is called ${manifest.package.name}, not ${name}`,
      "run this in the project's directory, or say which directory with --path DIR",
    );
  }
}
