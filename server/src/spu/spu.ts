// A streaming processing unit: the replicas it leads, and the public server that clients produce to and consume from.
import { prepareCompression } from "@smdk/protocol";
import type { Address, Env } from "../env/index.ts";
import type { Assignment, ScPort, SpuPeers, SpuPort } from "../link.ts";
import type { Durability } from "../log/index.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { type ServeLimits, serve, type WireServer } from "../net/index.ts";
import type { ChainContext } from "./chain.ts";
import { ChainEngine } from "./chain-engine.ts";
import { CONSUMER_OFFSET_TOPIC } from "./consumer-offsets.ts";
import { Consumers } from "./consumers.ts";
import { publicRoutes } from "./public-api.ts";
import { Replicas, replicaName } from "./replicas.ts";
import { SmartModules } from "./smartmodules.ts";

/** Linear memory a SmartModule may use on an SPU unless configured otherwise, in bytes: 1 GiB, as Fluvio's SPU. */
export const DEFAULT_SMARTMODULE_MEMORY = 1_073_741_824;

/**
 * Streams of one connection. Clients have no way to end one, so a long-lived connection collects those it no longer
 * reads; an idle one costs little.
 */
const MAX_STREAMS = 1024;

export type SpuOptions = {
  id: number;
  env: Env;
  /** Data goes to `<dir>/spu-logs-<id>/<topic>-<partition>`. */
  dir: string;
  host: string;
  /** 0 for any free port. */
  port: number;
  sc: ScPort;
  peers: SpuPeers;
  logger?: Logger;
  /** Linear memory of one SmartModule in bytes. */
  smartModuleMemory?: number;
  /** Milliseconds a SmartModule may take for one call; default 10,000. */
  smartModuleDeadlineMs?: number;
  /** Whether SmartModules run in threads of their own; default true. Simulations run them in this one. */
  smartModuleThreads?: boolean;
  /** Source map of a module; null where there is none. */
  sourceMapOf?: (wasm: Uint8Array) => Promise<string | null>;
  durability?: Durability;
  limits?: Partial<ServeLimits>;
};

/** A running SPU. */
export type Spu = {
  readonly id: number;
  /** Where clients connect. */
  readonly address: Address;
  /** What the controller drives it by. */
  readonly port: SpuPort;
  /** Ends all connections and closes the logs. Idempotent. */
  close(): Promise<void>;
};

/** Starts an SPU. It serves nothing until the controller's first `assign`. */
export async function startSpu(options: SpuOptions): Promise<Spu> {
  await prepareCompression();
  const { env, dir, id } = options;
  await env.disk.mkdir(logsDirectory(dir, id));
  await env.disk.syncDirectory(dir);
  const spu = new RunningSpu(options);
  await spu.listen();
  return spu;
}

function logsDirectory(dir: string, id: number): string {
  return `${dir}/spu-logs-${id}`;
}

class RunningSpu implements Spu, SpuPort {
  readonly id: number;
  readonly #options: SpuOptions;
  readonly #logger: Logger;
  readonly #modules: SmartModules;
  readonly #engine: ChainEngine;
  readonly #chains: ChainContext;
  readonly #replicas: Replicas;
  readonly #consumers: Consumers;
  #server: WireServer | null = null;
  #epoch = Number.NEGATIVE_INFINITY;
  /** Names of all replicas of the cluster. */
  #known: ReadonlySet<string> = new Set();
  #closing: Promise<void> | undefined;

  constructor(options: SpuOptions) {
    const { id, env, dir, sc, peers } = options;
    this.id = id;
    this.#options = options;
    this.#logger = (options.logger ?? silentLogger).child({ spu: id });
    this.#engine = new ChainEngine({
      env,
      logger: this.#logger,
      deadlineMs: options.smartModuleDeadlineMs,
      threads: options.smartModuleThreads,
    });
    this.#modules = new SmartModules(
      this.#engine,
      options.smartModuleMemory ?? DEFAULT_SMARTMODULE_MEMORY,
      options.sourceMapOf,
    );
    this.#chains = { modules: this.#modules, engine: this.#engine, nowMs: () => env.clock.nowMs() };
    this.#replicas = new Replicas({
      spuId: id,
      env,
      directory: logsDirectory(dir, id),
      sc,
      chains: this.#chains,
      durability: options.durability,
      logger: this.#logger,
    });
    this.#consumers = new Consumers({
      spuId: id,
      peers,
      clock: env.clock,
      logger: this.#logger,
      replicaExists: (topic, partition) => this.#known.has(replicaName(topic, partition)),
    });
  }

  get port(): SpuPort {
    return this;
  }

  get address(): Address {
    return this.#server!.address;
  }

  async listen(): Promise<void> {
    const { env, id, host, port, limits } = this.#options;
    this.#server = await serve({
      env,
      name: `spu-${id}`,
      host,
      port,
      routes: publicRoutes({
        replicas: this.#replicas,
        consumers: this.#consumers,
        chains: this.#chains,
        clock: env.clock,
        logger: this.#logger,
      }),
      logger: this.#logger,
      limits: { maxStreams: MAX_STREAMS, ...limits },
    });
  }

  async assign({ epoch, replicas, smartModules }: Assignment): Promise<void> {
    if (this.#closing !== undefined || epoch < this.#epoch) return;
    this.#epoch = epoch;
    this.#modules.replace(smartModules);
    this.#known = new Set(replicas.map(({ topic, partition }) => replicaName(topic, partition)));
    await this.#replicas.apply(replicas);
    await this.#followConsumerOffsets(replicas);
  }

  async #followConsumerOffsets(replicas: Assignment["replicas"]): Promise<void> {
    const spec = replicas.find(({ topic, partition }) => topic === CONSUMER_OFFSET_TOPIC && partition === 0);
    const replica = this.#replicas.get(CONSUMER_OFFSET_TOPIC, 0);
    try {
      await this.#consumers.follow(spec?.leader ?? null, replica);
    } catch (error) {
      this.#logger.error({ err: error }, "the saved consumer offsets cannot be read");
    }
  }

  async removeReplica(topic: string, partition: number): Promise<void> {
    if (this.#closing !== undefined) return;
    const isSystem = topic === CONSUMER_OFFSET_TOPIC && partition === 0;
    if (isSystem) await this.#consumers.follow(null, undefined);
    await this.#replicas.remove(topic, partition);
    if (!isSystem) await this.#consumers.deleteReplica(topic, partition);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#server?.close();
    // What still runs has nobody left to answer to.
    this.#engine.close();
    this.#consumers.close();
    await this.#replicas.close();
  }
}
