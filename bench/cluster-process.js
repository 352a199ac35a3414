// The cluster of a bench in a process of its own. argv: DIR. Sends { scAddress }, and { rss } when asked for "memory".
import { startCluster } from "@smdk/server";

const cluster = await startCluster({ dir: process.argv[2] });
process.on("message", (message) => {
  if (message !== "memory") return;
  globalThis.gc?.();
  process.send({ rss: process.memoryUsage().rss });
});
process.on("disconnect", () => process.exit(0));
process.send({ scAddress: cluster.scAddress });
