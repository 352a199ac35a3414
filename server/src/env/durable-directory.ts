/** Directories that outlive a power cut. */

import { dirname, resolve } from "node:path";
import { errorCode } from "../error.ts";
import type { Disk } from "./types.ts";

/** What syncing a directory gives that is somebody else's, or lies on a file system that has nothing to sync. */
const NOT_OURS = new Set<string | undefined>(["EACCES", "EPERM", "EROFS", "EINVAL"]);

/**
 * Makes the directory and its missing parents; they outlive a power cut when this resolves. What is synced inside of a
 * directory is only as durable as its name.
 */
export async function makeDurableDirectory(disk: Disk, path: string): Promise<void> {
  const directory = resolve(path);
  // An earlier run may have been killed between making the directory and syncing its name.
  const names = [directory];
  for (let above = dirname(directory); !(await disk.exists(above)); above = dirname(above)) names.push(above);
  await disk.mkdir(directory);
  for (const name of names.reverse()) {
    try {
      await disk.syncDirectory(dirname(name));
    } catch (error) {
      if (!NOT_OURS.has(errorCode(error))) throw error;
    }
  }
}
