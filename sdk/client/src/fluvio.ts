/** The way in: a client of one cluster. */

import { ConsumerAdmin } from "./admin/consumers.ts";
import {
  CustomSpuAdmin,
  MirrorAdmin,
  SmartModuleAdmin,
  SpuAdmin,
  SpuGroupAdmin,
  TableFormatAdmin,
} from "./admin/objects.ts";
import { ObjectRequests } from "./admin/requests.ts";
import { PartitionAdmin, TopicAdmin } from "./admin/topics.ts";
import { Cluster } from "./cluster/cluster.ts";
import { parseAddress } from "./config/address.ts";
import { type ClusterConfig, type Config, defaultConfigPath, loadConfig } from "./config/config.ts";
import type { TlsPolicy } from "./config/tls.ts";
import type { ConsumerConfig } from "./consumer/config.ts";
import { Consumer } from "./consumer/consumer.ts";
import { ClientError } from "./error.ts";
import { Producer, type ProducerConfig } from "./producer/producer.ts";
import { type ClientSettings, settingsFrom } from "./settings.ts";
import { DEFAULT_CLIENT_ID } from "./version.ts";
import { within } from "./wait.ts";

export interface ConnectOptions extends Partial<ClientSettings> {
  /** `host:port` of an SC; no profile is read then. */
  cluster?: string;
  /** Profile to use instead of the current one. */
  profile?: string;
  /** Profile file instead of `FLV_PROFILE_PATH` or `~/.fluvio/config`. */
  configPath?: string;
  /** Overrules the profile's. */
  tls?: TlsPolicy;
  /** Overrules the profile's. */
  useSpuLocalAddress?: boolean;
  /** How requests sign themselves; for the cluster's logs. */
  clientId?: string;
  signal?: AbortSignal;
}

/** All operations on the cluster's objects. */
export interface Admin {
  readonly topics: TopicAdmin;
  readonly partitions: PartitionAdmin;
  readonly spus: SpuAdmin;
  readonly customSpus: CustomSpuAdmin;
  readonly spuGroups: SpuGroupAdmin;
  readonly smartModules: SmartModuleAdmin;
  readonly tableFormats: TableFormatAdmin;
  readonly mirrors: MirrorAdmin;
  readonly consumers: ConsumerAdmin;
}

export class Fluvio implements AsyncDisposable {
  readonly admin: Admin;
  private readonly cluster: Cluster;
  private readonly producers = new Set<Producer>();

  /**
   * Connects to the cluster of `cluster` or of a profile. Fails with SMDK_UNREACHABLE, SMDK_TLS, SMDK_PROTOCOL,
   * SMDK_UNSUPPORTED (Fluvio below 0.9), SMDK_CONFIG or SMDK_PROFILE_NOT_FOUND. Later losses of the connection are
   * repaired in the background.
   */
  static async connect(options: ConnectOptions = {}): Promise<Fluvio> {
    const { target, clientId } = resolveTarget(options);
    const cluster = new Cluster({
      address: parseAddress(target.endpoint),
      tls: options.tls ?? target.tls,
      useSpuLocalAddress: options.useSpuLocalAddress ?? target.useSpuLocalAddress,
      clientId: options.clientId ?? clientId ?? DEFAULT_CLIENT_ID,
      settings: settingsFrom(options),
    });
    try {
      await within(cluster.sc(), { signal: options.signal });
    } catch (error) {
      cluster.close();
      throw error;
    }
    return new Fluvio(cluster);
  }

  private constructor(cluster: Cluster) {
    this.cluster = cluster;
    const requests = new ObjectRequests(cluster);
    this.admin = {
      topics: new TopicAdmin(requests),
      partitions: new PartitionAdmin(requests),
      spus: new SpuAdmin(requests),
      customSpus: new CustomSpuAdmin(requests),
      spuGroups: new SpuGroupAdmin(requests),
      smartModules: new SmartModuleAdmin(requests),
      tableFormats: new TableFormatAdmin(requests),
      mirrors: new MirrorAdmin(requests),
      consumers: new ConsumerAdmin(cluster),
    };
  }

  /** Fluvio version of the cluster. */
  get platformVersion(): string | null {
    return this.cluster.platformVersion;
  }

  /** A producer of a topic. Fails with SMDK_TOPIC_NOT_FOUND or SMDK_COMPRESSION_MISMATCH. */
  async producer(topic: string, config: ProducerConfig = {}): Promise<Producer> {
    const producer = await Producer.create(this.cluster, topic, config, (closed) =>
      this.producers.delete(closed),
    );
    this.producers.add(producer);
    return producer;
  }

  /** A consumer of a topic; its errors, such as a missing topic, come when it is iterated. */
  consumer(config: ConsumerConfig): Consumer {
    return new Consumer(this.cluster, config);
  }

  /** Flushes and closes all producers, ends all consumers and closes every connection. */
  async close(): Promise<void> {
    const closing = await Promise.allSettled([...this.producers].map((producer) => producer.close()));
    this.cluster.close();
    const failed = closing.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The cluster that the options mean, and the client id of the profile file. */
export function resolveTarget(options: ConnectOptions): { target: ClusterConfig; clientId: string | null } {
  if (options.cluster !== undefined) {
    if (options.profile !== undefined) {
      throw new ClientError("SMDK_ARGUMENT", "both a cluster and a profile are given");
    }
    const target: ClusterConfig = {
      endpoint: options.cluster,
      useSpuLocalAddress: false,
      tls: { policy: "disabled" },
      metadata: {},
    };
    return { target, clientId: null };
  }
  const config: Config = loadConfig(options.configPath ?? defaultConfigPath());
  return { target: config.clusterOf(options.profile), clientId: config.clientId };
}
