// The cluster of a bench in a process of its own. argv: DIR. Sends { scAddress }, { rss } when asked for "memory", and
// { cpu } in microseconds when asked for "cpu".
import { startCluster } from "@smdk/server";

const cluster = await startCluster({ dir: process.argv[2] });
process.on("message", (message) => {
  if (message === "cpu") {
    const { user, system } = process.cpuUsage();
    process.send({ cpu: user + system });
  }
  if (message === "memory") {
    globalThis.gc?.();
    process.send({ rss: process.memoryUsage().rss });
  }
});
process.on("disconnect", () => process.exit(0));
process.send({ scAddress: cluster.scAddress });
