/** What a cluster must hold, as far as its answers to clients tell. */

import type { TopicSpec } from "@smdk/protocol";
import type { Durability } from "../log/types.ts";
import { PartitionModel } from "./partition-model.ts";
import { SimFailure } from "./world.ts";

/** Something that has one of some values: one where its last change was answered, more where an answer got lost. */
export class Uncertain<T> {
  #possible: Set<T>;
  readonly #ever: Set<T>;

  constructor(value: T) {
    this.#possible = new Set([value]);
    this.#ever = new Set([value]);
  }

  /** A change is about to be asked for. */
  attempt(value: T): void {
    this.#possible.add(value);
    this.#ever.add(value);
  }

  /** It has this value for certain. */
  settle(value: T): void {
    this.#possible = new Set([value]);
    this.#ever.add(value);
  }

  /** It may be back at any value that it had. */
  forget(): void {
    this.#possible = new Set(this.#ever);
  }

  get possible(): ReadonlySet<T> {
    return this.#possible;
  }

  /** The value, where it is certain. */
  get value(): T | undefined {
    return this.#possible.size === 1 ? [...this.#possible][0] : undefined;
  }
}

/** One name, with the topics that bear it one after the other. */
export class TopicModel {
  readonly name: string;
  readonly exists = new Uncertain(false);
  spec: TopicSpec | undefined;
  partitions: PartitionModel[] = [];
  /** Saved offsets by partition and consumer; null for none. */
  readonly consumers = new Map<string, Uncertain<bigint | null>>();
  readonly #durability: Durability;

  constructor(name: string, durability: Durability) {
    this.name = name;
    this.#durability = durability;
  }

  /** A topic of this name is about to be created. */
  begin(spec: TopicSpec, partitions: number): void {
    const before = this.partitions;
    this.spec = spec;
    this.partitions = Array.from({ length: partitions }, (_, id) => {
      const partition = new PartitionModel(`${this.name}-${id}`, this.#durability);
      // What was on its way to the topic before may still arrive.
      for (const text of before[id]?.unresolved ?? []) partition.send(text);
      return partition;
    });
  }

  /** The saved offset of a consumer. */
  saved(partition: number, consumer: string): Uncertain<bigint | null> {
    const key = `${partition}/${consumer}`;
    const known = this.consumers.get(key) ?? new Uncertain<bigint | null>(null);
    this.consumers.set(key, known);
    return known;
  }

  /** The topic is gone, and what was saved for its consumers with it. */
  ended(): void {
    for (const saved of this.consumers.values()) saved.settle(null);
  }
}

export class ClusterModel {
  readonly durability: Durability;
  readonly topics: readonly TopicModel[];
  /** Payloads by name; null for none. */
  readonly smartModules = new Map<string, Uncertain<string | null>>();

  constructor(topics: readonly string[], smartModules: readonly string[], durability: Durability) {
    this.durability = durability;
    this.topics = topics.map((name) => new TopicModel(name, durability));
    for (const name of smartModules) this.smartModules.set(name, new Uncertain<string | null>(null));
  }

  /** Topics that exist for certain. */
  get existing(): TopicModel[] {
    return this.topics.filter(({ exists }) => exists.value === true);
  }

  killed(): void {
    for (const partition of this.#partitions()) partition.ended();
  }

  closed(atMs: number): void {
    for (const partition of this.#partitions()) partition.closed(atMs);
  }

  powerCut(syncedMs: number): void {
    for (const partition of this.#partitions()) partition.powerCut(syncedMs);
    if (this.durability.fsync === "always") return;
    for (const { consumers } of this.topics) for (const saved of consumers.values()) saved.forget();
  }

  *#partitions(): Iterable<PartitionModel> {
    for (const { partitions } of this.topics) yield* partitions;
  }
}

/** @throws SimFailure unless the condition holds. */
export function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new SimFailure(otherwise);
}
