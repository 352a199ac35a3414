/** Finds the SmartModule project that a command works on. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { CliError } from "../errors.ts";

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
