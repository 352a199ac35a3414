/** Keeps the log of the local cluster from growing for ever. */
import { fstatSync, ftruncateSync } from "node:fs";

/** A log larger than this begins anew. */
const maxLogBytes = 16 * 1024 * 1024;

/** Empties a log file that has become too large. It must be open for appending. */
export function boundLog(fd: number, maxBytes = maxLogBytes): void {
  const stats = fstatSync(fd);
  if (stats.isFile() && stats.size > maxBytes) ftruncateSync(fd);
}
