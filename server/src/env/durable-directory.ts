/** Directories that outlive a power cut. */

import { dirname, resolve } from "node:path";
import { errorCode } from "../error.ts";
import type { Disk } from "./types.ts";

/** What syncing a directory gives that is somebody else's, or lies on a file system that has nothing to sync. */
const NOT_OURS = new Set<string | undefined>(["EACCES", "EPERM", "EROFS", "EINVAL"]);

/**
 * Makes the directory and its missing parents. When this resolves they outlive a power cut, also where an earlier run
 * made them and was killed before it could sync them: what is synced inside of a directory is only as durable as its
 * name, and those of all above it.
 */
export async function makeDurableDirectory(disk: Disk, path: string): Promise<void> {
  const directory = resolve(path);
  await disk.mkdir(directory);
  for (let above = dirname(directory); ; above = dirname(above)) {
    try {
      await disk.syncDirectory(above);
    } catch (error) {
      if (!NOT_OURS.has(errorCode(error))) throw error;
    }
    if (above === dirname(above)) return;
  }
}
