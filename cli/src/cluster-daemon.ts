/** The process behind `smdk cluster start`: runs the embedded cluster until it gets SIGTERM. */
import module from "node:module";
import { boundLog } from "./services/cluster-log.ts";
import type { DaemonOptions, DaemonReport, FailedStart } from "./services/local-cluster.ts";

const logCheckMs = 60_000;

await run(JSON.parse(process.argv[2] ?? "{}") as DaemonOptions);

async function run(options: DaemonOptions): Promise<void> {
  // Node 22.8 and later; the types are those of Node 20.
  (module as { enableCompileCache?: () => void }).enableCompileCache?.();
  try {
    const { runCluster } = await import("./services/run-cluster.ts");
    const running = await runCluster(options, "info");
    // Its starter is gone before it could hear of it: nobody would know of this cluster.
    if (!process.connected) process.kill(process.pid, "SIGTERM");
    else tell({ ready: running.state });
    // The starter has heard; its terminal may close without ending us.
    if (process.connected) process.disconnect();
    process.on("SIGHUP", () => undefined);
    // Standard error is the log.
    setInterval(() => boundLog(process.stderr.fd), logCheckMs).unref();
    await running.stopped;
    process.exit(0);
  } catch (error) {
    const { message, code, port, hint } = error as FailedStart;
    process.stderr.write(`${(error as Error).stack}\n`);
    tell({ failed: { message, code, port, hint } });
    process.exitCode = 1;
    if (process.connected) process.disconnect();
  }
}

function tell(report: DaemonReport): void {
  process.send?.(report);
}
