// Hands the SPUs what concerns them: all SPU, partition and SmartModule specs, in full, whenever one changes, and
// the replicas whose data they have to delete.
import { type PartitionSpec, parseReplicaKey, replicaKeyText } from "@smdk/protocol";
import type { Clock } from "../../env/types.ts";
import type { Assignment, Replica, SpuPort } from "../../link.ts";
import type { Logger } from "../../logger.ts";
import type { Stores } from "../store/stores.ts";
import { until } from "../until.ts";
import { Loop } from "./loop.ts";
import type { Removals } from "./removals.ts";

interface Link {
  readonly port: SpuPort;
  readonly loop: Loop;
  /** Epoch of the last assignment the SPU has taken. */
  applied: number;
}

export class Distribution {
  readonly #stores: Stores;
  readonly #removals: Removals;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #links = new Map<number, Link>();
  readonly #waiters = new Set<() => void>();
  readonly #replicaBySpec = new WeakMap<PartitionSpec, Replica>();
  #assignment: Assignment | undefined;

  constructor(stores: Stores, removals: Removals, clock: Clock, log: Logger) {
    this.#stores = stores;
    this.#removals = removals;
    this.#clock = clock;
    this.#log = log;
    for (const kind of [stores.spus, stores.partitions, stores.smartModules]) {
      kind.onChange((_key, change) => {
        if (change !== "status") this.#kick();
      });
    }
    stores.partitions.onStored(() => this.#kick());
    removals.onChange(() => this.#kick());
  }

  isAttached(spuId: number): boolean {
    return this.#links.has(spuId);
  }

  /** Begins to serve an SPU; a link of the same id is replaced. */
  attach(port: SpuPort): void {
    const loop = new Loop(`spu-${port.id}`, () => this.#serve(link), this.#clock, this.#log);
    const link: Link = { port, loop, applied: -1 };
    this.#links.set(port.id, link);
    loop.kick();
  }

  /** Stops serving an SPU; resolves when no call to it is under way. */
  async detach(spuId: number): Promise<void> {
    const link = this.#links.get(spuId);
    this.#links.delete(spuId);
    this.#wake();
    await link?.loop.stop();
  }

  /** Resolves when every attached SPU has taken what is stored now. @throws the signal's reason. */
  settled(signal: AbortSignal): Promise<void> {
    const epoch = this.#epoch();
    const isTaken = (): boolean => ![...this.#links.values()].some((link) => link.applied < epoch);
    const subscribe = (check: () => void): (() => void) => {
      this.#waiters.add(check);
      return () => this.#waiters.delete(check);
    };
    return until(isTaken, subscribe, signal);
  }

  async #serve(link: Link): Promise<void> {
    const { port } = link;
    const pending = this.#removals.pendingFor(port.id);
    // An SPU that has just started does not know yet where offsets are saved, which have to go as well.
    if (link.applied < 0 && pending.length > 0) await port.assign(this.#without(pending));
    for (const removal of pending) {
      await port.removeReplica(removal.topic, removal.partition);
      this.#removals.confirm(port.id, removal);
    }
    await this.#assign(link);
  }

  #without(removals: readonly { topic: string; partition: number }[]): Assignment {
    const keys = new Set(removals.map(replicaKeyText));
    const current = this.#current();
    return { ...current, replicas: current.replicas.filter((replica) => !keys.has(replicaKeyText(replica))) };
  }

  async #assign(link: Link): Promise<void> {
    const assignment = this.#current();
    if (link.applied === assignment.epoch) return;
    await link.port.assign(assignment);
    link.applied = assignment.epoch;
    this.#wake();
  }

  #epoch(): number {
    const { spus, partitions, smartModules } = this.#stores;
    return spus.specEpoch + partitions.specEpoch + partitions.storedCount + smartModules.specEpoch;
  }

  #current(): Assignment {
    const epoch = this.#epoch();
    if (this.#assignment?.epoch === epoch) return this.#assignment;
    const { spus, smartModules } = this.#stores;
    this.#assignment = {
      epoch,
      spus: spus.sorted().map(({ key, spec }) => ({ name: key, spec })),
      replicas: this.#replicas(),
      smartModules: smartModules.sorted().map(({ key, spec }) => ({ name: key, spec })),
    };
    return this.#assignment;
  }

  #replicas(): Replica[] {
    const replicas: Replica[] = [];
    const { partitions } = this.#stores;
    for (const { key, spec } of partitions.values()) {
      // No record may be older than the partition's file: after a crash it would belong to nothing.
      const replica = partitions.isStored(key) ? this.#replicaOf(key, spec) : null;
      if (replica !== null) replicas.push(replica);
    }
    return replicas;
  }

  /** Specs are never modified, so each is turned into a replica once. */
  #replicaOf(key: string, spec: PartitionSpec): Replica | null {
    const known = this.#replicaBySpec.get(spec);
    if (known !== undefined) return known;
    const id = parseReplicaKey(key);
    if (id === null) return null;
    const replica: Replica = { ...spec, topic: id.topic, partition: id.partition };
    this.#replicaBySpec.set(spec, replica);
    return replica;
  }

  #kick(): void {
    for (const { loop } of this.#links.values()) loop.kick();
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }
}
