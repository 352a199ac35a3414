/**
 * What all parts of a client share: the connection to the SC with its metadata watches, and one connection per SPU.
 * Both come back by themselves when they break.
 */
import {
  ListApi,
  type PartitionMetadata,
  type SpuMetadata,
  type TopicMetadata,
  type TopicSpec,
  WatchApi,
} from "@smdk/protocol";
import type { Address } from "../config/address.ts";
import type { TlsPolicy } from "../config/tls.ts";
import { ClientError } from "../error.ts";
import type { ClientSettings } from "../settings.ts";
import { Connection } from "../transport/connection.ts";
import { WATCH_CLIENT_ID } from "../version.ts";
import { abortController, Backoff, sleep, throwIfAborted, within } from "../wait.ts";
import { closedError, SpuLinks } from "./links.ts";
import { Store, type StoreUpdate, waitInStores } from "./store.ts";

export interface ClusterOptions {
  address: Address;
  tls: TlsPolicy;
  useSpuLocalAddress: boolean;
  clientId: string;
  settings: ClientSettings;
}

/** Oldest platform that this protocol works with. */
const MINIMUM_PLATFORM = [0, 9, 0] as const;

const RECONNECT_MIN_MS = 250;
const RECONNECT_MAX_MS = 30_000;
const RECONNECT_FACTOR = 1.5;

export class Cluster {
  readonly options: ClusterOptions;
  readonly topics: Store<TopicMetadata> = new Store<TopicMetadata>();
  readonly partitions: Store<PartitionMetadata> = new Store<PartitionMetadata>();
  readonly spus: Store<SpuMetadata> = new Store<SpuMetadata>();
  private readonly closing = abortController();
  private scConnection: Connection | null = null;
  private scAttempt: Promise<Connection> | null = null;
  private readonly links: SpuLinks;

  constructor(options: ClusterOptions) {
    this.options = options;
    this.links = new SpuLinks(options);
  }

  get closed(): boolean {
    return this.closing.signal.aborted;
  }

  /** Aborted by `close()`. */
  get closeSignal(): AbortSignal {
    return this.closing.signal;
  }

  get settings(): ClientSettings {
    return this.options.settings;
  }

  /** The version that the SC gave in its last handshake. */
  get platformVersion(): string | null {
    return this.scConnection?.platformVersion ?? null;
  }

  /** The connection to the SC, made anew if there is none. */
  async sc(signal?: AbortSignal): Promise<Connection> {
    throwIfAborted(signal);
    if (this.closed) throw closedError();
    if (this.scConnection?.alive) return this.scConnection;
    this.scAttempt ??= this.connectSc().finally(() => {
      this.scAttempt = null;
    });
    return within(this.scAttempt, { signal });
  }

  private async connectSc(): Promise<Connection> {
    const { address, tls, clientId, settings } = this.options;
    const connection = await Connection.open({
      address,
      tls,
      serverName: null,
      clientId,
      timeoutMs: settings.connectTimeoutMs,
      requestTimeoutMs: settings.requestTimeoutMs,
      signal: this.closing.signal,
    });
    try {
      checkPlatform(connection.platformVersion);
      this.watch(connection, "SPU", this.spus);
      this.watch(connection, "Partition", this.partitions);
      this.watch(connection, "Topic", this.topics);
    } catch (error) {
      connection.close();
      throw error;
    }
    this.scConnection = connection;
    connection.onClose(() => {
      if (!this.closed) void this.reconnectSc();
    });
    return connection;
  }

  private async reconnectSc(): Promise<void> {
    const backoff = new Backoff(RECONNECT_MIN_MS, RECONNECT_MAX_MS, RECONNECT_FACTOR);
    while (!this.closed) {
      try {
        await sleep(backoff.next(), this.closing.signal);
        await this.sc();
        return;
      } catch {
        // the next attempt, or the next request, will say more
      }
    }
  }

  private watch<T extends { name: string }>(
    connection: Connection,
    type: "SPU" | "Partition" | "Topic",
    store: Store<T>,
  ): void {
    const version = connection.negotiated(WatchApi);
    if (version === null) {
      throw new ClientError(
        "SMDK_UNSUPPORTED",
        `${connection.name} offers no metadata watch that this client knows`,
        {
          hint: "clusters from Fluvio 0.11.8 on are supported",
        },
      );
    }
    const stream = connection.stream(
      WatchApi,
      { type, epoch: 0n, summary: false },
      { version, clientId: WATCH_CLIENT_ID },
    );
    const pump = async (): Promise<void> => {
      for (let first = true; ; first = false) {
        const update = await stream.next();
        if (update === null) return;
        if (update.type !== type) {
          throw new ClientError(
            "SMDK_PROTOCOL",
            `${connection.name} answered a watch of ${type} with ${update.type}`,
          );
        }
        store.apply(update as unknown as StoreUpdate<T>, first);
      }
    };
    pump().catch(() => connection.close());
  }

  /** The topic, asked of the SC if the watch does not have it yet. Fails with SMDK_TOPIC_NOT_FOUND. */
  async topic(name: string, signal?: AbortSignal): Promise<TopicMetadata> {
    const early = this.topics.get(name);
    if (early !== undefined) return early;
    const sc = await this.sc(signal);
    const timeoutMs = this.settings.metadataTimeoutMs;
    await waitInStores([this.topics], () => this.topics.filled || undefined, { timeoutMs, signal });
    const known = this.topics.get(name);
    if (known !== undefined) return known;
    for (const system of [false, true]) {
      const answer = await sc.request(
        ListApi,
        { type: "Topic", nameFilters: [name], summary: false, system },
        { signal },
      );
      if (answer.type === "Topic" && answer.objects.some((topic) => topic.name === name)) {
        // a fresh topic: its watch frame is on the way
        return waitInStores([this.topics], () => this.topics.get(name), { timeoutMs, signal });
      }
    }
    const fresh = this.topics.get(name);
    if (fresh !== undefined) return fresh;
    throw topicNotFound(name);
  }

  /** One partition of a topic. Fails with SMDK_TOPIC_NOT_FOUND or SMDK_PARTITION_NOT_FOUND. */
  async partition(topic: string, index: number, signal?: AbortSignal): Promise<PartitionMetadata> {
    const key = `${topic}-${index}`;
    const known = this.partitions.get(key);
    if (known !== undefined) return known;
    const { spec } = await this.topic(topic, signal);
    if (index >= partitionCount(spec)) {
      throw new ClientError("SMDK_PARTITION_NOT_FOUND", `Partition not found: ${key}`, {
        hint: `topic ${topic} has ${partitionCount(spec)} partition(s), numbered from 0`,
        topic,
        partition: index,
      });
    }
    const look = (): PartitionMetadata | undefined => {
      if (this.topics.filled && this.topics.get(topic) === undefined) throw topicNotFound(topic);
      return this.partitions.get(key);
    };
    return waitInStores([this.partitions, this.topics], look, {
      timeoutMs: this.settings.metadataTimeoutMs,
      signal,
      onTimeout: () =>
        new ClientError("SMDK_NO_LEADER", `partition ${key} is not provisioned`, {
          hint: "are there enough SPUs for the topic's replicas?",
          topic,
          partition: index,
        }),
    });
  }

  /**
   * The connection to the SPU that leads a partition, waiting up to the metadata timeout for it to have a leader.
   * `links` are the connections to use, by default those that all parts of the client share.
   * Fails with SMDK_NO_LEADER, or with what connecting fails with.
   */
  async leader(
    topic: string,
    index: number,
    options: { signal?: AbortSignal | undefined; links?: SpuLinks } = {},
  ): Promise<Connection> {
    const spu = this.leaderSpu(topic, index) ?? (await this.awaitLeader(topic, index, options.signal));
    return (options.links ?? this.links).to(spu, options.signal);
  }

  private async awaitLeader(topic: string, index: number, signal?: AbortSignal): Promise<SpuMetadata> {
    await this.sc(signal);
    await this.partition(topic, index, signal);
    return waitInStores([this.partitions, this.spus], () => this.leaderSpu(topic, index), {
      timeoutMs: this.settings.metadataTimeoutMs,
      signal,
      onTimeout: () =>
        new ClientError("SMDK_NO_LEADER", `partition ${topic}-${index} has no leader`, {
          hint: "the SPUs that hold it are offline",
          topic,
          partition: index,
        }),
    });
  }

  /** The SPU that leads a partition, as far as known. */
  leaderSpu(topic: string, index: number): SpuMetadata | undefined {
    const leader = this.partitions.get(`${topic}-${index}`)?.spec.leader;
    if (leader === undefined || leader < 0) return undefined;
    for (const spu of this.spus.values()) if (spu.spec.id === leader) return spu;
    return undefined;
  }

  /** Closes every connection; everything that waits fails with SMDK_CLOSED or SMDK_ABORTED. */
  close(): void {
    if (this.closed) return;
    this.closing.abort(closedError());
    this.scConnection?.close();
    this.links.close();
  }
}

/** More partitions than this are taken for damage; everything here goes through all partitions of a topic. */
const MAX_PARTITIONS = 100_000;

/** How many partitions a topic is meant to have. Fails with SMDK_PROTOCOL for an absurd number. */
export function partitionCount({ replicas }: TopicSpec): number {
  switch (replicas.kind) {
    case "Computed":
      if (replicas.partitions > MAX_PARTITIONS) {
        throw new ClientError("SMDK_PROTOCOL", `a topic of ${replicas.partitions} partitions`);
      }
      return replicas.partitions;
    case "Assigned":
      return replicas.value.length;
    case "Mirror":
      return replicas.value.kind === "Home"
        ? replicas.value.partitions.length
        : replicas.value.homeSpus.length;
  }
}

/** The partition of a mirror topic that belongs to a remote cluster. Fails with SMDK_PARTITION_NOT_FOUND. */
export function mirrorPartition({ name, spec }: TopicMetadata, remote: string): number {
  const { replicas } = spec;
  const homes = replicas.kind === "Mirror" && replicas.value.kind === "Home" ? replicas.value.partitions : [];
  const index = homes.findIndex(({ remoteCluster }) => remoteCluster === remote);
  if (index < 0) {
    throw new ClientError(
      "SMDK_PARTITION_NOT_FOUND",
      `topic ${name} has no partition for the remote ${remote}`,
      {
        hint:
          homes.length > 0
            ? `its remotes: ${homes.map((home) => home.remoteCluster).join(", ")}`
            : "it is no mirror topic",
        topic: name,
      },
    );
  }
  return index;
}

export function topicNotFound(topic: string): ClientError {
  return new ClientError("SMDK_TOPIC_NOT_FOUND", `Topic not found: ${topic}`, { topic });
}

/** Plain semantic ordering against the minimum; a pre-release of the minimum itself is too old. */
function checkPlatform(version: string): void {
  const match = /^(\d+)\.(\d+)\.(\d+)(-)?/.exec(version);
  if (match === null) return;
  const parts = [Number(match[1]), Number(match[2]), Number(match[3])];
  let order = 0;
  for (let i = 0; i < 3 && order === 0; i++) order = parts[i]! - MINIMUM_PLATFORM[i]!;
  if (order < 0 || (order === 0 && match[4] !== undefined)) {
    throw new ClientError(
      "SMDK_UNSUPPORTED",
      `the cluster is Fluvio ${version}, at least ${MINIMUM_PLATFORM.join(".")} is needed`,
    );
  }
}
