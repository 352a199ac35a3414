// The Streaming Controller: opens the metadata, runs the controllers, and serves the public API.

import { join } from "node:path";
import { replicaKeyText, type SpuSpec } from "@smdk/protocol";
import type { Address, Env } from "../env/types.ts";
import type { ScPort, SpuPort } from "../link.ts";
import type { Logger } from "../logger.ts";
import { type ServeLimits, serve, type WireServer } from "../net/index.ts";
import { Distribution } from "./controllers/distribution.ts";
import { PartitionController } from "./controllers/partitions.ts";
import { Removals } from "./controllers/removals.ts";
import { CONSUMER_OFFSET_TOPIC, SystemTopicController } from "./controllers/system-topic.ts";
import { TopicController } from "./controllers/topics.ts";
import { KeyLock } from "./key-lock.ts";
import type { ScContext } from "./public/context.ts";
import { publicRoutes } from "./public/routes.ts";
import type { MetadataProblem } from "./store/object-files.ts";
import { Stores } from "./store/stores.ts";

export interface ScOptions {
  env: Env;
  /** The cluster's directory; metadata goes into `metadata` below it. */
  dir: string;
  log: Logger;
  /** How long a topic may take until its partitions are online, ms; default 90,000 as upstream. */
  topicWaitMs?: number;
}

export interface ScListenOptions {
  host: string;
  /** 0 for any free one. */
  port: number;
  limits?: Partial<ServeLimits>;
}

const DEFAULT_TOPIC_WAIT_MS = 90_000;

export class Sc {
  /** What the SPUs may tell the SC. */
  readonly port: ScPort;
  readonly #stores: Stores;
  readonly #distribution: Distribution;
  readonly #topics: TopicController;
  readonly #partitions: PartitionController;
  readonly #systemTopic: SystemTopicController;
  readonly #context: ScContext;
  #server: WireServer | undefined;

  private constructor(options: ScOptions, stores: Stores) {
    const { env, log } = options;
    const { clock } = env;
    this.#stores = stores;
    const isAttached = (spuId: number): boolean => this.#distribution.isAttached(spuId);
    const removals = new Removals(stores, isAttached, clock, log);
    this.#distribution = new Distribution(stores, removals, clock, log);
    this.#topics = new TopicController(stores, removals, clock, log);
    this.#partitions = new PartitionController(stores, clock, log);
    const topicLocks = new KeyLock();
    this.#systemTopic = new SystemTopicController(stores, topicLocks, clock, log);
    this.#context = {
      env,
      log,
      stores,
      topicLocks,
      distribution: this.#distribution,
      removals,
      partitions: this.#partitions,
      topicWaitMs: options.topicWaitMs ?? DEFAULT_TOPIC_WAIT_MS,
    };
    // A client may delete and register the SPU of a running process.
    stores.spus.onChange((key, change) => {
      if (change === "spec") queueMicrotask(() => this.#refreshSpuStatus(key));
    });
    this.port = { report: (spuId, reports) => this.#partitions.report(spuId, reports) };
  }

  /** Opens the metadata, without serving yet: SPUs can be registered and attached before the first client comes. */
  static async open(options: ScOptions): Promise<Sc> {
    const stores = await Stores.open(options.env, join(options.dir, "metadata"), options.log);
    const sc = new Sc(options, stores);
    await sc.#context.removals.resume();
    return sc;
  }

  /** Metadata files that could not be read. */
  get problems(): readonly MetadataProblem[] {
    return this.#stores.problems;
  }

  /** Begins to serve the public API. @throws the system's error if the address cannot be had. */
  async listen(options: ScListenOptions): Promise<Address> {
    const { env, log } = this.#context;
    const routes = publicRoutes(this.#context);
    const { host, port, limits } = options;
    this.#server = await serve({
      env,
      name: "sc",
      host,
      port,
      routes,
      logger: log,
      ...(limits && { limits }),
    });
    return this.#server.address;
  }

  /** Writes down an SPU, or its new addresses. */
  registerSpu(name: string, spec: SpuSpec): void {
    const { spus } = this.#stores;
    // A client may have registered the id under a name of its own.
    const known = [...spus.values()].find((spu) => spu.spec.id === spec.id);
    if (JSON.stringify(known?.spec) !== JSON.stringify(spec)) spus.put(known?.key ?? name, spec);
  }

  /** The SPU runs: it is given its replicas, and its status is Online as long as this SC lives. */
  attach(port: SpuPort): void {
    this.#distribution.attach(port);
    for (const { key, spec } of this.#stores.spus.values()) {
      if (spec.id === port.id) this.#stores.spus.setStatus(key, { resolution: "Online" });
    }
  }

  /** The SPU is about to stop for good; resolves when it will not be called any more. */
  async detach(spuId: number): Promise<void> {
    await this.#distribution.detach(spuId);
  }

  /**
   * Resolves when the system topic can be used and every attached SPU serves what is stored.
   * @throws the signal's reason.
   */
  async untilReady(signal: AbortSignal): Promise<void> {
    const { partitions } = this.#stores;
    const key = replicaKeyText({ topic: CONSUMER_OFFSET_TOPIC, partition: 0 });
    await partitions.until(() => partitions.get(key)?.status.resolution === "Online", signal);
    await this.#distribution.settled(signal);
  }

  /** Stops serving clients. */
  async stopListening(): Promise<void> {
    await this.#server?.close();
  }

  /** Ends the controllers and writes what is pending. */
  async close(): Promise<void> {
    await this.stopListening();
    await this.#systemTopic.loop.stop();
    await this.#topics.loop.stop();
    await this.#partitions.stop();
    await this.#stores.close();
  }

  #refreshSpuStatus(key: string): void {
    const spu = this.#stores.spus.get(key);
    if (spu === undefined || spu.status.resolution === "Online") return;
    if (this.#distribution.isAttached(spu.spec.id))
      this.#stores.spus.setStatus(key, { resolution: "Online" });
  }
}
