// Files that others may be reading.

import { rename, writeFile } from "node:fs/promises";

/** Readers see the old file or the new one, never half of one. */
export async function writeWhole(file: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, file);
}
