/** Where smdk keeps what it needs between runs. */
import { homedir } from "node:os";
import { join } from "node:path";

/** `SMDK_HOME`, else `~/.smdk`. */
export function smdkHome(): string {
  return process.env["SMDK_HOME"] || join(homedir(), ".smdk");
}
