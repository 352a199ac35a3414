/**
 * Fluvio's profile file (TOML): which clusters there are and which one is meant. Shared with Fluvio's own programs,
 * so everything not understood here is kept as it was.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parse, stringify } from "smol-toml";
import { z } from "zod";
import { ClientError } from "../error.ts";
import type { TlsPolicy } from "./tls.ts";

const CONFIG_VERSION = "2.0";

const certs = z.object({ domain: z.string(), key: z.string(), cert: z.string(), ca_cert: z.string() });

const verifiedTable = z.object({
  tls_policy: z.enum(["verified", "verify"]),
  tls_source: z.enum(["inline", "files", "file"]),
  certs,
});

const tlsTable = z.union([
  verifiedTable,
  z.object({ tls_policy: z.enum(["anonymous", "disabled", "disable"]) }),
]);

const clusterTable = z
  .object({
    endpoint: z.string().optional(),
    addr: z.string().optional(),
    use_spu_local_address: z.boolean().optional(),
    tls: tlsTable.optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
  })
  .loose()
  .refine((table) => table.endpoint !== undefined || table.addr !== undefined, "endpoint is missing");

const configTable = z
  .object({
    version: z.string(),
    current_profile: z.string().optional(),
    client_id: z.string().optional(),
    profile: z.record(z.string(), z.object({ cluster: z.string() }).loose()).default({}),
    cluster: z.record(z.string(), clusterTable).default({}),
  })
  .loose();

/** A cluster as the file describes it. */
export interface ClusterConfig {
  /** `host:port` of the SC. */
  endpoint: string;
  /** Reach SPUs by their local address where they have one. */
  useSpuLocalAddress: boolean;
  tls: TlsPolicy;
  /** Free-form tables, such as `installation`. */
  metadata: Record<string, unknown>;
}

/** One line of a profile list. */
export interface ProfileInfo {
  name: string;
  current: boolean;
  clusterName: string;
  /** null where the profile names a cluster that the file does not have. */
  cluster: ClusterConfig | null;
}

type Table = Record<string, unknown>;

/** `FLV_PROFILE_PATH`, else `~/.fluvio/config`. */
export function defaultConfigPath(env: NodeJS.ProcessEnv = process.env): string {
  return env.FLV_PROFILE_PATH || join(homedir(), ".fluvio", "config");
}

/** Reads the file; one that does not exist gives an empty configuration. Fails with SMDK_CONFIG. */
export function loadConfig(path: string = defaultConfigPath()): Config {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT")
      return new Config(path, { version: CONFIG_VERSION }, false);
    throw new ClientError("SMDK_CONFIG", `can't read ${path}: ${(cause as Error).message}`, { cause });
  }
  let tree: Table;
  try {
    tree = parse(text) as Table;
  } catch (cause) {
    throw new ClientError("SMDK_CONFIG", `${path} is not TOML: ${(cause as Error).message}`, { cause });
  }
  return new Config(path, tree, true);
}

export class Config {
  readonly path: string;
  /** Whether the file existed when it was read. */
  readonly exists: boolean;
  private readonly tree: Table;

  constructor(path: string, tree: Table, exists: boolean) {
    this.path = path;
    this.exists = exists;
    this.tree = tree;
    const checked = configTable.safeParse(tree);
    if (!checked.success) {
      const issue = checked.error.issues[0]!;
      const place = issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
      throw new ClientError("SMDK_CONFIG", `${path}: ${place}${issue.message}`, { cause: checked.error });
    }
  }

  get currentProfile(): string | null {
    return typeof this.tree.current_profile === "string" ? this.tree.current_profile : null;
  }

  get clientId(): string | null {
    return typeof this.tree.client_id === "string" ? this.tree.client_id : null;
  }

  /** All profiles, in the order of the file. */
  profiles(): ProfileInfo[] {
    return Object.entries(this.table("profile")).map(([name, entry]) => {
      const clusterName = (entry as { cluster: string }).cluster;
      return { name, current: name === this.currentProfile, clusterName, cluster: this.cluster(clusterName) };
    });
  }

  clusterNames(): string[] {
    return Object.keys(this.table("cluster"));
  }

  /** The named cluster (not profile), or null. */
  cluster(name: string): ClusterConfig | null {
    const entry = own(this.table("cluster"), name);
    if (entry === undefined) return null;
    const table = clusterTable.parse(entry);
    return {
      endpoint: (table.endpoint ?? table.addr)!,
      useSpuLocalAddress: table.use_spu_local_address ?? false,
      tls: readTls(table.tls),
      metadata: table.metadata ?? {},
    };
  }

  /** The cluster of a profile, by default of the current one. Fails with SMDK_PROFILE_NOT_FOUND. */
  clusterOf(profile: string | null = this.currentProfile): ClusterConfig {
    if (profile === null) {
      throw new ClientError("SMDK_PROFILE_NOT_FOUND", "no current profile set", {
        hint: "name a cluster (host:port) or a profile, or start a local cluster, which makes one",
      });
    }
    const entry = own(this.table("profile"), profile) as { cluster: string } | undefined;
    if (entry === undefined) {
      const known = Object.keys(this.table("profile"));
      throw new ClientError("SMDK_PROFILE_NOT_FOUND", `profile ${profile} not found`, {
        hint: known.length > 0 ? `known profiles: ${known.join(", ")}` : `${this.path} has no profiles`,
      });
    }
    const cluster = this.cluster(entry.cluster);
    if (cluster === null) {
      throw new ClientError(
        "SMDK_CONFIG",
        `profile ${profile} names cluster ${entry.cluster}, which ${this.path} lacks`,
      );
    }
    return cluster;
  }

  /**
   * Adds a profile with a cluster of the same name, or gives an existing one a new address and TLS policy, and makes
   * it current.
   */
  addProfile(
    name: string,
    cluster: {
      endpoint: string;
      tls?: TlsPolicy;
      useSpuLocalAddress?: boolean;
      metadata?: Record<string, unknown>;
    },
  ): void {
    const clusters = this.ensure("cluster");
    const entry = (own(clusters, name) as Table | undefined) ?? {};
    delete entry.addr;
    entry.endpoint = cluster.endpoint;
    entry.use_spu_local_address = cluster.useSpuLocalAddress ?? entry.use_spu_local_address ?? false;
    entry.tls = writeTls(cluster.tls ?? { policy: "disabled" });
    if (cluster.metadata !== undefined)
      entry.metadata = { ...(entry.metadata as Table), ...cluster.metadata };
    set(clusters, name, entry);
    const profiles = this.ensure("profile");
    const profile = (own(profiles, name) as Table | undefined) ?? {};
    profile.cluster = name;
    set(profiles, name, profile);
    this.tree.current_profile = name;
  }

  /** Makes a profile current; false if there is none of that name. */
  switchProfile(name: string): boolean {
    if (own(this.table("profile"), name) === undefined) return false;
    this.tree.current_profile = name;
    return true;
  }

  /** Renames a profile (not its cluster), staying current if it was; false if there is none of that name. */
  renameProfile(from: string, to: string): boolean {
    const profiles = this.table("profile");
    const entry = own(profiles, from);
    if (entry === undefined) return false;
    delete profiles[from];
    set(profiles, to, entry);
    if (this.currentProfile === from) this.tree.current_profile = to;
    return true;
  }

  /** Deletes a profile, leaving its cluster; no profile is current afterwards if it was this one. */
  deleteProfile(name: string): boolean {
    const profiles = this.table("profile");
    if (own(profiles, name) === undefined) return false;
    delete profiles[name];
    if (this.currentProfile === name) delete this.tree.current_profile;
    return true;
  }

  /** Profiles that would lose their cluster if it were deleted. */
  profilesOfCluster(name: string): string[] {
    return this.profiles()
      .filter((profile) => profile.clusterName === name)
      .map((profile) => profile.name);
  }

  deleteCluster(name: string): boolean {
    const clusters = this.table("cluster");
    if (own(clusters, name) === undefined) return false;
    delete clusters[name];
    return true;
  }

  /** A configuration with one profile and its cluster only, as text: what `profile export` prints. */
  exportProfile(name: string | null = this.currentProfile): string {
    this.clusterOf(name);
    const profile = own(this.table("profile"), name!) as { cluster: string };
    return stringify({
      version: this.tree.version,
      current_profile: name,
      profile: { [name!]: profile },
      cluster: { [profile.cluster]: own(this.table("cluster"), profile.cluster) },
    });
  }

  toString(): string {
    return stringify(this.tree);
  }

  /** Writes the file by atomic rename, keeping its permissions; a new file is readable by its owner only. */
  save(): void {
    const temporary = `${this.path}.${process.pid}.tmp`;
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      let mode = 0o600;
      try {
        mode = statSync(this.path).mode & 0o777;
      } catch {
        // a new file
      }
      writeFileSync(temporary, this.toString(), { mode });
      chmodSync(temporary, mode);
      renameSync(temporary, this.path);
    } catch (cause) {
      rmSync(temporary, { force: true });
      throw new ClientError("SMDK_CONFIG", `can't write ${this.path}: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  private table(key: "profile" | "cluster"): Table {
    return (this.tree[key] as Table | undefined) ?? {};
  }

  private ensure(key: "profile" | "cluster"): Table {
    this.tree[key] ??= {};
    return this.tree[key] as Table;
  }
}

/** Names come from users, so `constructor` and the like must not find what every object inherits. */
function own(table: Table, key: string): unknown {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function set(table: Table, key: string, value: unknown): void {
  Object.defineProperty(table, key, { value, enumerable: true, writable: true, configurable: true });
}

function readTls(table: z.infer<typeof tlsTable> | undefined): TlsPolicy {
  if (table === undefined) return { policy: "disabled" };
  if ("certs" in table) {
    const { domain, key, cert, ca_cert } = table.certs;
    const source = table.tls_source === "inline" ? "inline" : "files";
    return { policy: "verified", source, certs: { domain, key, cert, caCert: ca_cert } };
  }
  return { policy: table.tls_policy === "anonymous" ? "anonymous" : "disabled" };
}

function writeTls(tls: TlsPolicy): Table {
  if (tls.policy !== "verified") return { tls_policy: tls.policy };
  const { domain, key, cert, caCert } = tls.certs;
  return { tls_policy: "verified", tls_source: tls.source, certs: { domain, key, cert, ca_cert: caCert } };
}
