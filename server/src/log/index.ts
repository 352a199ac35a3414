/** The partition log on disk. */

export { LogError, OffsetOutOfRangeError } from "./error.ts";
export { LOG_DEFAULTS, openLog } from "./partition-log.ts";
export type * from "./types.ts";
