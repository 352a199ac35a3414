// The public face of the server package: the embedded cluster, and what is needed to configure and observe it.
export {
  type Cluster,
  type ClusterOptions,
  type ClusterSpu,
  startCluster,
} from "./cluster.ts";
export { nodeEnv } from "./env/index.ts";
export type * from "./env/types.ts";
export { ServerError } from "./error.ts";
export { eventChannel, type ServerEvents } from "./events.ts";
export { type Hub, type HubOptions, startHub } from "./hub/hub.ts";
export type { HubLimits } from "./hub/limits.ts";
export type { Durability } from "./log/index.ts";
export { type Logger, silentLogger, stderrLogger } from "./logger.ts";
export type { ServeLimits } from "./net/index.ts";
export { PLATFORM_VERSION } from "./sc/public/routes.ts";
export type { MetadataProblem } from "./sc/store/object-files.ts";
