/** Profiles as Fluvio's tools print them. */
import type { ProfileInfo } from "@smdk/client";
import { table } from "../output.ts";

export function profileJson({ name, current, clusterName, cluster }: ProfileInfo): Record<string, unknown> {
  return {
    name,
    current,
    cluster: clusterName,
    address: cluster?.endpoint ?? null,
    tls: cluster?.tls.policy ?? null,
    installation: installationOf(cluster?.metadata),
  };
}

/** The table of `profile list`; the current one carries a star. */
export function profileTable(profiles: readonly ProfileInfo[]): string {
  return table(
    ["", "PROFILE", "CLUSTER", "ADDRESS", "TLS", "INSTALLATION"],
    profiles.map(({ name, current, clusterName, cluster }) => [
      current ? "*" : "",
      name,
      clusterName,
      cluster?.endpoint ?? "",
      cluster === null ? "" : tlsText(cluster.tls.policy),
      installationOf(cluster?.metadata) ?? "",
    ]),
  );
}

function tlsText(policy: string): string {
  return policy.charAt(0).toUpperCase() + policy.slice(1);
}

function installationOf(metadata: Record<string, unknown> | undefined): string | null {
  const entry = metadata?.["installation"];
  return typeof entry === "string" ? entry : null;
}
