// Keeps the status of partitions: what their leaders report, and whether those leaders are there at all.
import { type PartitionSpec, type PartitionStatus, replicaKeyText } from "@smdk/protocol";
import type { Clock, Timer } from "../../env/types.ts";
import type { ReplicaReport } from "../../link.ts";
import type { Logger } from "../../logger.ts";
import type { StoredObject } from "../store/object-store.ts";
import type { Stores } from "../store/stores.ts";
import { Loop } from "./loop.ts";

/** Offsets that only moved on are taken over together, this often, so that watchers are not flooded. */
const COMBINE_MS = 100;

export class PartitionController {
  readonly loop: Loop;
  readonly #stores: Stores;
  readonly #clock: Clock;
  readonly #reports = new Map<string, { spuId: number; report: ReplicaReport }>();
  #timer: Timer | undefined;

  constructor(stores: Stores, clock: Clock, log: Logger) {
    this.#stores = stores;
    this.#clock = clock;
    this.loop = new Loop("partition", () => this.#round(), clock, log);
    stores.spus.onChange(() => this.loop.kick());
    this.loop.kick();
  }

  /** Takes reports of replicas that SPU `spuId` leads; a change of more than offsets counts at once. */
  report(spuId: number, reports: readonly ReplicaReport[]): void {
    for (const report of reports) {
      const key = replicaKeyText(report);
      const partition = this.#stores.partitions.get(key);
      if (partition === undefined) continue;
      if (partition.status.resolution === resolutionOf(report)) {
        this.#reports.set(key, { spuId, report });
        this.#timer ??= this.#clock.setTimeout(() => this.flush(), COMBINE_MS, { background: true });
      } else {
        this.#reports.delete(key);
        this.#apply(partition, spuId, report);
      }
    }
  }

  /** Takes over the reports that wait. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const [key, { spuId, report }] of this.#reports) {
      const partition = this.#stores.partitions.get(key);
      if (partition !== undefined) this.#apply(partition, spuId, report);
    }
    this.#reports.clear();
  }

  async stop(): Promise<void> {
    this.flush();
    await this.loop.stop();
  }

  #apply(
    partition: StoredObject<PartitionSpec, PartitionStatus>,
    spuId: number,
    report: ReplicaReport,
  ): void {
    const { key, spec, status } = partition;
    if (spec.leader !== spuId) return;
    const { hw, leo, size, baseOffset } = report;
    const resolution = resolutionOf(report);
    const isSame =
      status.resolution === resolution &&
      status.leader.spu === spuId &&
      status.leader.hw === hw &&
      status.leader.leo === leo &&
      status.size === size &&
      status.baseOffset === baseOffset;
    if (isSame) return;
    const leader = { spu: spuId, hw, leo };
    this.#stores.partitions.setStatus(key, { ...status, resolution, leader, size, baseOffset });
  }

  /** Partitions whose leader is not there are not served. */
  #round(): void {
    const online = new Set<number>();
    for (const { spec, status } of this.#stores.spus.values()) {
      if (status.resolution === "Online") online.add(spec.id);
    }
    for (const { key, spec, status } of this.#stores.partitions.values()) {
      const isServed = status.resolution === "Online" || status.resolution === "OutOfStorage";
      if (isServed && !online.has(spec.leader)) {
        this.#stores.partitions.setStatus(key, { ...status, resolution: "LeaderOffline" });
      }
    }
  }
}

function resolutionOf(report: ReplicaReport): "Online" | "OutOfStorage" {
  return report.outOfStorage ? "OutOfStorage" : "Online";
}
