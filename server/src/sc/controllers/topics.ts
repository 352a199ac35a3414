// Moves topics from what was asked for to what is: checks them, places their replicas, and makes their partitions
// (server-behaviour 1.10).
import {
  type PartitionMirrorConfig,
  type PartitionSpec,
  replicaKeyText,
  type TopicSpec,
  type TopicStatus,
} from "@smdk/protocol";
import type { Clock } from "../../env/types.ts";
import type { Logger } from "../../logger.ts";
import { placeReplicas } from "../placement.ts";
import type { StoredObject } from "../store/object-store.ts";
import type { Stores } from "../store/stores.ts";
import { replicaSpecProblem } from "../topic-checks.ts";
import { Loop } from "./loop.ts";
import type { Removals } from "./removals.ts";

type Topic = StoredObject<TopicSpec, TopicStatus>;

/** A topic passes at most this many states in one go. */
const MAX_STEPS = 8;

export class TopicController {
  readonly loop: Loop;
  readonly #stores: Stores;
  readonly #removals: Removals;
  readonly #log: Logger;
  #topicEpoch = -1;
  #mustCheckAll = true;
  /** Topics whose files have just come into being. */
  readonly #stored = new Set<string>();

  constructor(stores: Stores, removals: Removals, clock: Clock, log: Logger) {
    this.#stores = stores;
    this.#removals = removals;
    this.#log = log;
    this.loop = new Loop("topic", () => this.#round(), clock, log);
    stores.topics.onChange(() => this.loop.kick());
    stores.topics.onStored((keys) => {
      for (const key of keys) this.#stored.add(key);
      this.loop.kick();
    });
    stores.spus.onChange(() => this.#checkAll());
    removals.onChange(() => this.#checkAll());
    this.loop.kick();
  }

  #checkAll(): void {
    this.#mustCheckAll = true;
    this.loop.kick();
  }

  #round(): void {
    const { topics } = this.#stores;
    const { epoch, updates } = topics.changesSince(this.#mustCheckAll ? -1 : this.#topicEpoch);
    this.#topicEpoch = epoch;
    this.#mustCheckAll = false;
    const keys = new Set([...updates.map(({ key }) => key), ...this.#stored]);
    this.#stored.clear();
    for (const key of keys) this.#bringForward(key);
  }

  #bringForward(name: string): void {
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const topic = this.#stores.topics.get(name);
      const next = topic === undefined ? null : this.#nextStatus(topic);
      if (topic === undefined || next === null) return;
      this.#stores.topics.setStatus(name, next);
      const { resolution, reason } = next;
      if (resolution !== topic.status.resolution)
        this.#log.info({ topic: name, resolution, reason }, "topic");
    }
  }

  /** The status the topic should have next, or null if it is where it can be. */
  #nextStatus(topic: Topic): TopicStatus | null {
    const { spec, status } = topic;
    switch (status.resolution) {
      case "Init":
      case "InvalidConfig": {
        const problem = replicaSpecProblem(spec.replicas, (id) => this.#isRegistered(id));
        if (problem === null) return { ...status, resolution: "Pending", reason: "waiting for live spus" };
        if (status.resolution === "InvalidConfig" && status.reason === problem) return null;
        return { ...status, resolution: "InvalidConfig", reason: problem };
      }
      case "Pending":
      case "InsufficientResources": {
        const placed = this.#place(topic);
        if (placed !== null) return { resolution: "Provisioned", ...placed, reason: "" };
        if (status.resolution === "InsufficientResources") return null;
        return { ...status, resolution: "InsufficientResources", reason: "" };
      }
      case "Provisioned":
        if (partitionCount(spec) > status.replicaMap.size) {
          return { ...status, resolution: "Pending", reason: "waiting for live spus" };
        }
        this.#makePartitions(topic);
        return null;
      case "Deleting":
        return null;
    }
  }

  #isRegistered(id: number): boolean {
    for (const { spec } of this.#stores.spus.values()) if (spec.id === id) return true;
    return false;
  }

  #place({ spec, status }: Topic): Pick<TopicStatus, "replicaMap" | "mirrorMap"> | null {
    const { replicas } = spec;
    if (replicas.kind === "Assigned") {
      const replicaMap = new Map(replicas.value.map((row) => [row.id, [...row.replicas]]));
      const mirrored = replicas.value.flatMap(({ id, mirror }) =>
        mirror === null ? [] : [[id, mirror] as const],
      );
      return { replicaMap, mirrorMap: new Map(mirrored) };
    }
    const mirrors = replicas.kind === "Mirror" ? mirrorRows(spec) : [];
    const spus = [...this.#stores.spus.values()];
    const placed = placeReplicas({
      partitions: partitionCount(spec),
      replicationFactor: replicas.kind === "Computed" ? replicas.replicationFactor : 1,
      current: status.replicaMap,
      registered: spus.length,
      online: spus.filter((spu) => spu.status.resolution === "Online").map((spu) => spu.spec.id),
      existing: [...this.#stores.partitions.values()].map((partition) => partition.spec),
    });
    // A mirror topic to which no mirror has been added has nothing to place, and is reported so.
    if (placed === null || placed.size === 0) return null;
    return { replicaMap: placed, mirrorMap: new Map(mirrors.entries()) };
  }

  /** Makes the partitions that are missing, also those whose metadata got lost. */
  #makePartitions({ key: topic, spec, status }: Topic): void {
    const { topics, partitions } = this.#stores;
    // After a crash there may be topics without partitions, which are made then, but not the reverse.
    if (!topics.isStored(topic)) return;
    for (const [partition, replicas] of status.replicaMap) {
      const key = replicaKeyText({ topic, partition });
      if (partitions.has(key) || partitions.isUnreadable(key) || this.#removals.isBlocked(key)) continue;
      const partitionSpec: PartitionSpec = {
        leader: replicas[0] ?? -1,
        replicas,
        cleanupPolicy: spec.cleanupPolicy,
        storage: spec.storage,
        compressionType: spec.compressionType,
        deduplication: spec.deduplication,
        system: spec.system,
        mirror: status.mirrorMap.get(partition) ?? null,
      };
      partitions.put(key, partitionSpec);
    }
  }
}

/** How many partitions the spec asks for. */
export function partitionCount(spec: TopicSpec): number {
  switch (spec.replicas.kind) {
    case "Computed":
      return spec.replicas.partitions;
    case "Assigned":
      return spec.replicas.value.length;
    case "Mirror":
      return mirrorRows(spec).length;
  }
}

/** The mirror settings of each partition of a mirror topic. */
function mirrorRows(spec: TopicSpec): PartitionMirrorConfig[] {
  if (spec.replicas.kind !== "Mirror") return [];
  const mirror = spec.replicas.value;
  if (mirror.kind === "Home") return mirror.partitions.map((partition) => ({ kind: "Home", ...partition }));
  const { homeCluster, homeSpus, target } = mirror;
  return homeSpus.map(({ id, key, endpoint }) => ({
    kind: "Remote",
    homeCluster,
    homeSpuKey: key,
    homeSpuId: id,
    homeSpuEndpoint: endpoint,
    target,
  }));
}
