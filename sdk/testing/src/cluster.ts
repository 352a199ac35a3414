/** A real cluster for a test: in this process, on free ports of 127.0.0.1, its data in a temporary directory. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fluvio } from "@smdk/client";
import { startCluster } from "@smdk/server";

export interface TestClusterOptions {
  /** Number of SPUs; default 1. */
  spus?: number;
}

export interface TestCluster extends AsyncDisposable {
  /** Address of the SC, `host:port`: what clients connect to. */
  readonly address: string;
  /** A client of this cluster; closed together with it. */
  connect(): Promise<Fluvio>;
  /** Closes clients and cluster and removes the data. */
  close(): Promise<void>;
}

/** Starts a cluster. Close it in `afterAll`, or write `await using cluster = await startTestCluster()`. */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const dir = await mkdtemp(join(tmpdir(), "smdk-cluster-"));
  const cluster = await startCluster({ dir, spus: options.spus ?? 1 });
  const clients: Fluvio[] = [];
  const close = async (): Promise<void> => {
    for (const client of clients.splice(0)) await client.close();
    await cluster.close();
    await rm(dir, { recursive: true, force: true });
  };
  return {
    address: cluster.scAddress,
    connect: async () => {
      const client = await Fluvio.connect({ cluster: cluster.scAddress });
      clients.push(client);
      return client;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
