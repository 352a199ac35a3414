// Deletes the data of deleted topics everywhere, whatever is interrupted: what is left to do is written down
// before the first file goes, and a partition of the same key is not made before its SPUs are done.
import { parseReplicaKey, replicaKeyText } from "@smdk/protocol";
import type { Clock } from "../../env/types.ts";
import { errorText } from "../../error.ts";
import type { Logger } from "../../logger.ts";
import type { RemovalSpec } from "../store/kinds/removal.ts";
import type { Stores } from "../store/stores.ts";
import { until } from "../until.ts";

const RETRY_MS = 1000;

export class Removals {
  readonly #stores: Stores;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #isAttached: (spuId: number) => boolean;
  /** Per key: SPUs that have deleted their data, though the file still names them. */
  readonly #done = new Map<string, Set<number>>();
  /** Keys whose metadata files may still exist. */
  readonly #unready = new Set<string>();
  readonly #listeners = new Set<() => void>();

  constructor(stores: Stores, isAttached: (spuId: number) => boolean, clock: Clock, log: Logger) {
    this.#stores = stores;
    this.#clock = clock;
    this.#isAttached = isAttached;
    this.#log = log;
  }

  /**
   * Calls the listener whenever there may be more to delete, or a key may be free again; returns the function that
   * removes it.
   */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Resolves when every key is free. @throws the signal's reason when that is aborted first. */
  untilFree(keys: readonly string[], signal: AbortSignal): Promise<void> {
    return until(
      () => !keys.some((key) => this.isBlocked(key)),
      (check) => this.onChange(check),
      signal,
    );
  }

  /**
   * Deletes a topic with its partitions and files; when this resolves, none of them can come back.
   * @throws the disk's error if the intention could not be written down: then nothing has changed.
   */
  async removeTopic(
    topic: string,
    partitions: readonly { id: number; replicas: readonly number[] }[],
  ): Promise<void> {
    const { topics, partitions: partitionStore } = this.#stores;
    const keys = await this.#note(topic, partitions);
    topics.delete(topic);
    for (const key of keys) partitionStore.delete(key);
    await this.#dropMetadata(topic, keys);
  }

  /** Finishes what a crash interrupted; to be called once, before anything is created. */
  async resume(): Promise<void> {
    const interrupted = new Map<string, Map<number, readonly number[]>>();
    for (const { spec } of this.#stores.removals.values()) {
      if (spec.stage !== "Metadata") continue;
      const rows = interrupted.get(spec.topic) ?? new Map<number, readonly number[]>();
      interrupted.set(spec.topic, rows.set(spec.partition, spec.spus));
    }
    for (const [topic, noted] of interrupted) {
      this.#log.warn({ topic }, "finishing the deletion of a topic");
      const rows = [...noted].map(([id, replicas]) => ({ id, replicas }));
      await this.removeTopic(topic, [
        ...rows,
        ...this.partitionsOf(topic).filter(({ id }) => !noted.has(id)),
      ]);
    }
  }

  /** The partitions that are stored for a topic. */
  partitionsOf(topic: string): { id: number; replicas: readonly number[] }[] {
    const rows: { id: number; replicas: readonly number[] }[] = [];
    for (const { key, spec } of this.#stores.partitions.values()) {
      const id = parseReplicaKey(key);
      if (id?.topic === topic) rows.push({ id: id.partition, replicas: spec.replicas });
    }
    return rows;
  }

  /** Whether a partition of this key must not be made yet. */
  isBlocked(key: string): boolean {
    if (this.#unready.has(key) || this.#done.has(key)) return true;
    return this.#stores.removals.get(key)?.spec.spus.some(this.#isAttached) ?? false;
  }

  /** What SPU `spuId` has to delete now. */
  pendingFor(spuId: number): RemovalSpec[] {
    const pending: RemovalSpec[] = [];
    for (const { key, spec } of this.#stores.removals.values()) {
      const isReady = spec.stage === "Data" && !this.#unready.has(key);
      if (isReady && spec.spus.includes(spuId) && this.#done.get(key)?.has(spuId) !== true)
        pending.push(spec);
    }
    return pending;
  }

  /** Takes note that the SPU has deleted its data; the last of those that run settles it on disk. */
  confirm(spuId: number, { topic, partition }: RemovalSpec): void {
    const key = replicaKeyText({ topic, partition });
    const spec = this.#stores.removals.get(key)?.spec;
    if (spec === undefined) return;
    const done = this.#done.get(key) ?? new Set();
    this.#done.set(key, done.add(spuId));
    if (!spec.spus.some((id) => this.#isAttached(id) && !done.has(id))) void this.#settle(key, spec, done);
  }

  /** An SPU is gone for good: nobody waits for it any more. */
  forgetSpu(spuId: number): void {
    for (const { key, spec } of [...this.#stores.removals.values()]) {
      if (!spec.spus.includes(spuId)) continue;
      const rest = spec.spus.filter((id) => id !== spuId);
      if (rest.length === 0) this.#stores.removals.delete(key);
      else this.#stores.removals.put(key, { ...spec, spus: rest });
    }
    this.#notify();
  }

  /** Writes down what is to be deleted. */
  async #note(
    topic: string,
    partitions: readonly { id: number; replicas: readonly number[] }[],
  ): Promise<string[]> {
    const { removals } = this.#stores;
    const before = new Map<string, RemovalSpec | undefined>();
    for (const { id, replicas } of partitions) {
      const key = replicaKeyText({ topic, partition: id });
      const earlier = removals.get(key)?.spec;
      before.set(key, earlier);
      this.#unready.add(key);
      const spus = new Set([...(earlier?.spus ?? []), ...replicas, ...this.#attachedIds()]);
      removals.put(key, { topic, partition: id, spus: [...spus], stage: "Metadata" });
    }
    const keys = [...before.keys()];
    try {
      await Promise.all(keys.map((key) => removals.persisted(key)));
      return keys;
    } catch (error) {
      for (const [key, earlier] of before) {
        if (earlier === undefined) removals.delete(key);
        else removals.put(key, earlier);
        this.#unready.delete(key);
      }
      throw error;
    }
  }

  /** Sees the metadata files off, then lets the SPUs delete the records. */
  async #dropMetadata(topic: string, keys: readonly string[]): Promise<void> {
    const { topics, partitions, removals } = this.#stores;
    try {
      await Promise.all([topics.persisted(topic), ...keys.map((key) => partitions.persisted(key))]);
    } catch (error) {
      // What is noted will be done, if need be by the next start.
      this.#log.error({ topic, error: errorText(error) }, "metadata of a deleted topic could not be removed");
      this.#clock.setTimeout(() => void this.#dropMetadata(topic, keys).catch(() => {}), RETRY_MS, {
        background: true,
      });
      if (keys.length === 0) throw error;
      return;
    }
    for (const key of keys) {
      const removal = removals.get(key);
      if (removal !== undefined) removals.put(key, { ...removal.spec, stage: "Data" });
      this.#unready.delete(key);
    }
    this.#notify();
  }

  /** The note must be off the disk before the key is free: else a restart would delete new data. */
  async #settle(key: string, spec: RemovalSpec, done: ReadonlySet<number>): Promise<void> {
    const { removals } = this.#stores;
    const rest = spec.spus.filter((id) => !done.has(id));
    if (rest.length === 0) removals.delete(key);
    else removals.put(key, { ...spec, spus: rest });
    try {
      await removals.persisted(key);
      this.#done.delete(key);
      this.#notify();
    } catch (error) {
      this.#log.error({ key, error: errorText(error) }, "a finished deletion could not be noted");
      this.#clock.setTimeout(() => void this.#settle(key, spec, done), RETRY_MS, { background: true });
    }
  }

  #attachedIds(): number[] {
    return [...this.#stores.spus.values()].map(({ spec }) => spec.id).filter(this.#isAttached);
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
