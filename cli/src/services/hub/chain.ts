/** The packages that a chain `uses`: fetched, checked and sent along, so that a cluster need not have them. */

import { CliError } from "../../errors.ts";
import type { ClusterOptions } from "../../flags.ts";
import type { TransformStep } from "../transforms.ts";
import { checkedText, fetchLocked, fetchNamed, keepLocked, localRules, type NamedPackage } from "./named.ts";
import { hasHub } from "./settings.ts";

export interface ChainOptions {
  /** Folder of the transforms file, or the current one. */
  near: string;
  /** Whether the steps come from a file, beside which a lock is made. */
  fromFile: boolean;
  hub: string | undefined;
  policy: string | undefined;
  cluster: ClusterOptions;
  tell: (line: string) => void;
}

/**
 * The modules to send along, by what the steps call them. What smdk.lock pins is taken from there, whatever the
 * cluster has; a package that is not pinned is taken from the hub when the cluster lacks it, and pinned from then on.
 */
export async function packagedModules(
  steps: readonly TransformStep[],
  options: ChainOptions,
): Promise<Map<string, Uint8Array>> {
  const names = [...new Set(steps.map(({ uses }) => uses).filter(isPackageName))];
  const found = new Map<string, Uint8Array>();
  if (names.length === 0) return found;
  const rules = localRules(options.near, { policy: options.policy, mayCreate: options.fromFile });
  const used: NamedPackage[] = [];
  const open: string[] = [];
  for (const uses of names) {
    const locked = await fetchLocked(uses, rules, { hub: options.hub, quiet: false, offline: true });
    if (locked === undefined) open.push(uses);
    else used.push(locked);
    if (locked !== undefined) found.set(uses, locked.found.module.wasm);
  }
  const fresh = await missing(open, options);
  for (const uses of fresh) {
    const named = await fetchNamed(uses, rules, { hub: options.hub, quiet: false }).catch(
      (error: unknown) => {
        if ((error as { code?: string }).code !== "SMDK_HUB_NOT_FOUND") throw error;
        throw new CliError("failed", `${uses} is neither in the cluster nor on the hub`, {
          code: "SMDK_HUB_NOT_FOUND",
          hint: "smdk hub list shows what is there; private packages need smdk hub login",
        });
      },
    );
    options.tell(checkedText(named));
    used.push(named);
    found.set(uses, named.found.module.wasm);
  }
  if (fresh.length > 0) await keepLocked(rules, used);
  return found;
}

/** Those that the cluster does not have; none when there is no hub to ask. */
async function missing(names: readonly string[], { hub, cluster }: ChainOptions): Promise<string[]> {
  if (names.length === 0 || !hasHub(hub)) return [];
  const { withCluster } = await import("../connection.ts");
  const { matches } = await import("../registry.ts");
  const known = await withCluster(cluster, (fluvio) => fluvio.admin.smartModules.list());
  return names.filter((uses) => !known.some((module) => matches(uses, module)));
}

/** Plain names, and names that only an old cluster takes, are the cluster's business. */
export function isPackageName(uses: string): boolean {
  return /^[a-z0-9][a-z0-9:_-]*\/[a-z0-9:_-]+(@[^/@]+)?$/.test(uses);
}
