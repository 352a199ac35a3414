// A cluster of ours in a process of its own, so that a test can kill it and measure it.
// argv: DIR [SC-PORT [SPU-PORT]]. Sends { scAddress, spus } once ready, and { rss } whenever asked with "memory".
import { startCluster } from "@smdk/server";

const [dir, scPort = "0", spuPort = "0"] = process.argv.slice(2);
const cluster = await startCluster({ dir, scPort: Number(scPort), spuPorts: [Number(spuPort)] });
process.on("message", (message) => {
  if (message === "memory") {
    globalThis.gc?.();
    process.send({ rss: process.memoryUsage().rss });
  }
});
process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => cluster.close().then(() => process.exit(0)));
process.send({ scAddress: cluster.scAddress, spus: cluster.spus });
