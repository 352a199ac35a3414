// The embedded cluster: one SC and any number of SPUs in this process, over one data directory.
import type { SpuSpec } from "@smdk/protocol";
import { makeDurableDirectory } from "./env/durable-directory.ts";
import { type DirectoryLock, type Env, nodeEnv } from "./env/index.ts";
import { ServerError } from "./error.ts";
import { SpuPeers } from "./link.ts";
import type { Durability } from "./log/index.ts";
import { type Logger, silentLogger } from "./logger.ts";
import type { ServeLimits } from "./net/index.ts";
import { deadline } from "./sc/deadline.ts";
import { Sc } from "./sc/sc.ts";
import type { MetadataProblem } from "./sc/store/object-files.ts";
import { type Spu, startSpu } from "./spu/index.ts";

/** Id of the first SPU of a local cluster, as upstream has it; the others follow. */
const FIRST_SPU_ID = 5001;
const MAX_SPUS = 100;
/** How long the start waits for the system topic; after that the cluster serves without it. */
const SYSTEM_TOPIC_WAIT_MS = 5000;

export interface ClusterOptions {
  /** Everything the cluster keeps goes here; made if absent, and locked against a second cluster. */
  dir: string;
  /** Number of SPUs, 1 … 100, default 1; it may differ from start to start. */
  spus?: number;
  /** Address to listen on, default `127.0.0.1`. */
  host?: string;
  /** Host that clients are told to connect to; default `host`, or `127.0.0.1` when that is a wildcard. */
  advertisedHost?: string;
  /** Port of the SC, default any free one. */
  scPort?: number;
  /** Ports of the SPUs in order; 0 or missing ones are any free port. */
  spuPorts?: readonly number[];
  /** Default: this machine. */
  env?: Env;
  /** Default: silent. */
  logger?: Logger;
  /** When records are synced to the disk; default that of the log. */
  durability?: Durability;
  /** Linear memory one SmartModule may use on an SPU, bytes; default 1 GiB. */
  smartModuleMemory?: number;
  /** Milliseconds a SmartModule may take for one call before its stream is ended; default 10,000. */
  smartModuleDeadlineMs?: number;
  /** Whether SmartModules run in threads of their own; default true. */
  smartModuleThreads?: boolean;
  /** Source map of a module, for the places of failures in the log; null where there is none. */
  sourceMapOf?: (wasm: Uint8Array) => Promise<string | null>;
  /** How long creating a topic may wait for its partitions, ms; default 90,000. */
  topicWaitMs?: number;
  limits?: Partial<ServeLimits>;
}

export interface ClusterSpu {
  readonly id: number;
  readonly name: string;
  /** `host:port` for clients. */
  readonly address: string;
}

/** A running cluster. */
export interface Cluster {
  /** `host:port` of the SC: what a profile of a client names. */
  readonly scAddress: string;
  readonly spus: readonly ClusterSpu[];
  /** Metadata files that could not be read and were left out. */
  readonly problems: readonly MetadataProblem[];
  /** Stops serving and brings everything to disk. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a cluster; everything in its directory is there again when this resolves, and clients are answered.
 * @throws `SMDK_DIR_LOCKED` if another cluster uses the directory, `SMDK_CLUSTER_OPTIONS` for bad options, or the
 * system's error (`EADDRINUSE`, `EACCES`, …). Nothing keeps running then.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const count = options.spus ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > MAX_SPUS) {
    throw new ServerError("SMDK_CLUSTER_OPTIONS", `${count} SPUs asked for, expected 1 to ${MAX_SPUS}`);
  }
  const env = options.env ?? nodeEnv();
  await makeDurableDirectory(env.disk, options.dir);
  const cluster = new EmbeddedCluster(options, env, await env.disk.lock(options.dir));
  try {
    await cluster.start(count);
    return cluster;
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

class EmbeddedCluster implements Cluster {
  readonly #options: ClusterOptions;
  readonly #env: Env;
  readonly #lock: DirectoryLock;
  readonly #log: Logger;
  readonly #host: string;
  readonly #advertisedHost: string;
  readonly #running: Spu[] = [];
  #sc: Sc | undefined;
  #scAddress = "";
  #closing: Promise<void> | undefined;

  constructor(options: ClusterOptions, env: Env, lock: DirectoryLock) {
    this.#options = options;
    this.#env = env;
    this.#lock = lock;
    this.#log = options.logger ?? silentLogger;
    this.#host = options.host ?? "127.0.0.1";
    this.#advertisedHost = options.advertisedHost ?? (isWildcard(this.#host) ? "127.0.0.1" : this.#host);
  }

  get scAddress(): string {
    return this.#scAddress;
  }

  get spus(): ClusterSpu[] {
    return this.#running.map(({ id, address }) => ({
      id,
      name: spuName(id),
      address: hostAndPort(this.#advertisedHost, address.port),
    }));
  }

  get problems(): readonly MetadataProblem[] {
    return this.#sc?.problems ?? [];
  }

  async start(count: number): Promise<void> {
    const { dir, scPort = 0, topicWaitMs, limits } = this.#options;
    const sc = await Sc.open({
      env: this.#env,
      dir,
      log: this.#log.child({ component: "sc" }),
      ...(topicWaitMs !== undefined && { topicWaitMs }),
    });
    this.#sc = sc;
    const peers = new SpuPeers();
    const starts = Array.from({ length: count }, (_, index) => this.#startSpu(sc, peers, index));
    const failed = (await Promise.allSettled(starts)).find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    this.#running.sort((a, b) => a.id - b.id);
    for (const spu of this.#running) sc.registerSpu(spuName(spu.id), this.#specOf(spu));
    for (const spu of this.#running) sc.attach(spu.port);
    await this.#untilReady(sc);
    const address = await sc.listen({ host: this.#host, port: scPort, ...(limits && { limits }) });
    this.#scAddress = hostAndPort(this.#advertisedHost, address.port);
    this.#log.info({ sc: this.#scAddress, spus: this.spus }, "cluster started");
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #startSpu(sc: Sc, peers: SpuPeers, index: number): Promise<void> {
    const { dir, spuPorts, durability, smartModuleMemory, limits } = this.#options;
    const { smartModuleDeadlineMs, smartModuleThreads, sourceMapOf } = this.#options;
    const id = FIRST_SPU_ID + index;
    const spu = await startSpu({
      id,
      env: this.#env,
      dir,
      host: this.#host,
      port: spuPorts?.[index] ?? 0,
      sc: sc.port,
      peers,
      logger: this.#log,
      ...(durability !== undefined && { durability }),
      ...(smartModuleMemory !== undefined && { smartModuleMemory }),
      ...(smartModuleDeadlineMs !== undefined && { smartModuleDeadlineMs }),
      ...(smartModuleThreads !== undefined && { smartModuleThreads }),
      ...(sourceMapOf !== undefined && { sourceMapOf }),
      ...(limits !== undefined && { limits }),
    });
    this.#running.push(spu);
  }

  #specOf({ id, address }: Spu): SpuSpec {
    const host = this.#advertisedHost;
    return {
      id,
      spuType: "Custom",
      publicEndpoint: {
        port: address.port,
        ingress: [{ hostname: host, ip: null }],
        encryption: "PLAINTEXT",
      },
      // SPUs of one process need no port between them.
      privateEndpoint: { port: 0, host, encryption: "PLAINTEXT" },
      rack: null,
      publicEndpointLocal: null,
    };
  }

  /** Every replica is open and the system topic is there, so that the first request of a client finds both. */
  async #untilReady(sc: Sc): Promise<void> {
    const limit = deadline(this.#env.clock, SYSTEM_TOPIC_WAIT_MS, new AbortController().signal);
    try {
      await sc.untilReady(limit.signal);
    } catch {
      this.#log.warn({}, "the cluster serves before everything in it could be opened");
    } finally {
      limit.dispose();
    }
  }

  async #close(): Promise<void> {
    const sc = this.#sc;
    await sc?.stopListening();
    await Promise.all(
      this.#running.map(async (spu) => {
        await sc?.detach(spu.id);
        await spu.close();
      }),
    );
    await sc?.close();
    await this.#lock.release();
    this.#log.info({}, "cluster stopped");
  }
}

function spuName(id: number): string {
  return `custom-spu-${id}`;
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "";
}

function hostAndPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
