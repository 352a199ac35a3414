/** The doors to the outside world, and their real implementations. */

import { nodeClock, nodeRandom } from "./node-clock.ts";
import { nodeDisk } from "./node-disk.ts";
import { nodeNetwork } from "./node-network.ts";
import type { Env } from "./types.ts";

export { nodeClock, nodeRandom } from "./node-clock.ts";
export { nodeDisk } from "./node-disk.ts";
export { nodeHttp } from "./node-http.ts";
export { nodeNetwork } from "./node-network.ts";
export type * from "./types.ts";

/** The real clock, randomness, disk and network of this machine. */
export function nodeEnv(): Env {
  return { clock: nodeClock(), random: nodeRandom(), disk: nodeDisk(), network: nodeNetwork() };
}
