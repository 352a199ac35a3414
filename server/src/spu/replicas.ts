// The replicas this SPU leads: opened, closed and deleted as the controller says, and reported.
import type { Deduplication, SmartModuleInvocation } from "@smdk/protocol";
import type { Env, Timer } from "../env/index.ts";
import { errorText } from "../error.ts";
import type { ReplicaReport, Replica as ReplicaSpec, ScPort } from "../link.ts";
import { type Durability, type LogOptions, openLog, type PartitionLog } from "../log/index.ts";
import type { Logger } from "../logger.ts";
import { type ChainContext, ChainFailure, openChain } from "./chain.ts";
import { LeaderReplica, type ReplicaEnd } from "./replica.ts";

/** Changes of offsets reach the controller at most this much later, in ms. */
const REPORT_DELAY_MS = 50;
/** Version of the input of deduplication modules. */
const DEDUP_VERSION = 25;
/** Logs opened at a time. */
const OPENING_AT_A_TIME = 8;

type ReplicasOptions = {
  spuId: number;
  env: Env;
  /** Directory with one directory per replica, `<topic>-<partition>`. */
  directory: string;
  sc: ScPort;
  chains: ChainContext;
  durability: Durability | undefined;
  logger: Logger;
};

export class Replicas {
  readonly #options: ReplicasOptions;
  readonly #open = new Map<string, LeaderReplica>();
  readonly #dirty = new Set<LeaderReplica>();
  #reportTimer: Timer | null = null;
  #closed = false;

  constructor(options: ReplicasOptions) {
    this.#options = options;
  }

  get(topic: string, partition: number): LeaderReplica | undefined {
    return this.#open.get(replicaName(topic, partition));
  }

  /**
   * Makes the open replicas those of `all` that are led here. Resolves when each of them is open and reported; one that
   * cannot be opened is logged, not served, and tried again with the next call.
   */
  async apply(all: readonly ReplicaSpec[]): Promise<void> {
    const known = new Map(all.map((spec) => [replicaName(spec.topic, spec.partition), spec]));
    const wanted = new Map([...known].filter(([, { leader }]) => leader === this.#options.spuId));
    for (const [name, replica] of this.#open) {
      const spec = wanted.get(name);
      if (spec !== undefined) replica.spec = spec;
      // What no SPU leads any more is about to be deleted, and its readers should not look for it elsewhere.
      else await this.#close(name, replica, known.has(name) ? "closed" : "deleted");
    }
    const missing = [...wanted].filter(([name]) => !this.#open.has(name));
    const workers = Array.from({ length: Math.min(OPENING_AT_A_TIME, missing.length) }, async () => {
      for (let next = missing.pop(); next !== undefined; next = missing.pop()) {
        await this.#openReplica(...next);
      }
    });
    await Promise.all(workers);
    this.#report();
  }

  /** Ends the replica's streams with TopicDeleted and deletes its data, whether or not it is open. */
  async remove(topic: string, partition: number): Promise<void> {
    const name = replicaName(topic, partition);
    const replica = this.#open.get(name);
    if (replica === undefined) {
      if (!isPlainName(topic)) return;
      await this.#options.env.disk.removeTree(`${this.#options.directory}/${name}`);
    } else {
      this.#open.delete(name);
      this.#dirty.delete(replica);
      replica.end("deleted");
      await replica.log.remove();
    }
    // The controller is about to forget the removal: a power cut must not bring the records back.
    await this.#options.env.disk.syncDirectory(this.#options.directory);
  }

  /** Closes all replicas; their data stays. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#report();
    for (const [name, replica] of this.#open) await this.#close(name, replica, "closed");
  }

  async #close(name: string, replica: LeaderReplica, reason: ReplicaEnd): Promise<void> {
    this.#open.delete(name);
    this.#dirty.delete(replica);
    replica.end(reason);
    try {
      await replica.log.close();
    } catch (error) {
      this.#options.logger.warn({ replica: name, reason: errorText(error) }, "log closed with an error");
    }
  }

  async #openReplica(name: string, spec: ReplicaSpec): Promise<void> {
    const { env, directory, durability, logger } = this.#options;
    let log: PartitionLog | undefined;
    try {
      if (!isPlainName(spec.topic)) throw new Error(`"${spec.topic}" cannot name a directory`);
      log = await openLog(env, `${directory}/${name}`, logOptions(name, spec, durability), logger);
      const opened = log;
      const reopenDedup = async () =>
        spec.deduplication === null ? null : this.#openDedup(spec.deduplication, opened);
      const dedup = await reopenDedup();
      const changed = () => this.#markDirty(replica);
      const replica: LeaderReplica = new LeaderReplica({
        spec,
        log,
        dedup,
        reopenDedup,
        clock: env.clock,
        logger,
        writeFailed: changed,
      });
      log.onAdvance(changed);
      this.#open.set(name, replica);
      this.#dirty.add(replica);
    } catch (error) {
      await log?.close();
      const reason =
        error instanceof ChainFailure ? JSON.stringify(error.error, plainBigInts) : errorText(error);
      logger.error({ replica: name, reason }, "replica cannot be opened and is not served");
    }
  }

  async #openDedup(deduplication: Deduplication, log: PartitionLog) {
    const { bounds, filter } = deduplication;
    const inner = new Map(filter.transform.with);
    inner.set("count", String(bounds.count));
    if (bounds.age !== null) {
      inner.set("age", String(bounds.age.seconds * 1000n + BigInt(Math.trunc(bounds.age.nanos / 1e6))));
    }
    const invocation: SmartModuleInvocation = {
      wasm: { kind: "Predefined", value: filter.transform.uses },
      kind: { kind: "Filter" },
      params: { inner, lookback: { last: bounds.count, age: bounds.age } },
      name: filter.transform.uses,
    };
    return openChain(this.#options.chains, [invocation], DEDUP_VERSION, log);
  }

  #markDirty(replica: LeaderReplica): void {
    if (this.#open.get(replicaName(replica.topic, replica.partition)) !== replica) return;
    this.#dirty.add(replica);
    if (this.#closed) return;
    this.#reportTimer ??= this.#options.env.clock.setTimeout(() => this.#report(), REPORT_DELAY_MS, {
      background: true,
    });
  }

  #report(): void {
    this.#reportTimer?.cancel();
    this.#reportTimer = null;
    if (this.#dirty.size === 0) return;
    const reports = [...this.#dirty].map(reportOf);
    this.#dirty.clear();
    this.#options.sc.report(this.#options.spuId, reports);
  }
}

/** `<topic>-<partition>`, as directories and log lines name a replica. */
export function replicaName(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

/** Whether a topic's name is safe as part of a directory's name. */
function isPlainName(topic: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}$/.test(topic) && !topic.includes("..");
}

function logOptions(name: string, spec: ReplicaSpec, durability: Durability | undefined): LogOptions {
  const { cleanupPolicy, storage } = spec;
  return {
    name,
    ...(durability === undefined ? {} : { durability }),
    ...(storage?.segmentSize == null ? {} : { segmentBytes: storage.segmentSize }),
    ...(storage?.maxPartitionSize == null ? {} : { maxPartitionBytes: Number(storage.maxPartitionSize) }),
    ...(cleanupPolicy === null ? {} : { retentionMs: cleanupPolicy.timeInSeconds * 1000 }),
  };
}

function reportOf({ topic, partition, log }: LeaderReplica): ReplicaReport {
  const { highWatermark, logEnd, logStart } = log.offsets;
  return {
    topic,
    partition,
    hw: highWatermark,
    leo: logEnd,
    size: BigInt(log.sizeBytes),
    baseOffset: logStart,
    outOfStorage: log.outOfStorage,
  };
}

function plainBigInts(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
