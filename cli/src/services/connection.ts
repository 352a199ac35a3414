/** Connects to the cluster that the flags, the profile or the default name. */
import type { Fluvio, TlsPolicy } from "@smdk/client";
import { messageOf, usage } from "../errors.ts";
import type { ClusterOptions } from "../flags.ts";

/** Flags that contradict one another are a usage error, in upstream's words. */
export function checkClusterOptions(options: ClusterOptions): void {
  if (options.profile !== undefined && options.cluster !== undefined) {
    throw usage("cluster addr is not valid when profile is used", "give one of --cluster and --profile");
  }
  if (options.tls && options.profile !== undefined) {
    throw usage("tls is not valid when profile is is used", "the profile says whether TLS is used");
  }
  if (options.tls && options.cluster === undefined) {
    throw usage("tls is only valid if cluster addr is used", "--cluster host:port --tls");
  }
}

/** The TLS policy the flags describe; undefined without `--tls`. */
export function tlsPolicy(options: ClusterOptions): TlsPolicy | undefined {
  if (!options.tls) return undefined;
  const { domain, "ca-cert": caCert, "client-cert": cert, "client-key": key } = options;
  const wanted = options["enable-client-cert"] || domain || caCert || cert || key;
  if (!wanted) return { policy: "anonymous" };
  if (!domain || !caCert || !cert || !key) {
    throw usage("a client certificate needs --domain, --ca-cert, --client-cert and --client-key");
  }
  return { policy: "verified", source: "files", certs: { domain, caCert, cert, key } };
}

/** The address that `connect` will use. */
export async function targetAddress({ cluster, profile }: ClusterOptions): Promise<string> {
  if (cluster !== undefined) return cluster;
  const { loadConfig } = await import("@smdk/client");
  return loadConfig().clusterOf(profile).endpoint;
}

/** A client of that cluster. The caller closes it. */
export async function connect(options: ClusterOptions): Promise<Fluvio> {
  checkClusterOptions(options);
  const tls = tlsPolicy(options);
  const { Fluvio, parseAddress } = await import("@smdk/client");
  if (options.cluster !== undefined) {
    try {
      parseAddress(options.cluster);
    } catch (error) {
      throw usage(messageOf(error), "--cluster host:port, for example --cluster localhost:9003");
    }
  }
  return await Fluvio.connect({
    ...(options.cluster !== undefined && { cluster: options.cluster }),
    ...(options.profile !== undefined && { profile: options.profile }),
    ...(tls && { tls }),
    clientId: process.env["FLUVIO_CLIENT_ID"] ?? "smdk",
  });
}

/** Runs `work` with a client and closes it afterwards, whatever happens. */
export async function withCluster<T>(
  options: ClusterOptions,
  work: (fluvio: Fluvio) => Promise<T>,
): Promise<T> {
  const fluvio = await connect(options);
  try {
    return await work(fluvio);
  } finally {
    await fluvio.close();
  }
}
