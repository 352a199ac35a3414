// All object kinds of one cluster: their stores in memory, their files, and what follows when they are loaded.
import { dirname } from "node:path";
import {
  type MirrorSpec,
  MirrorStatus,
  type PartitionSpec,
  PartitionStatus,
  parseReplicaKey,
  replicaKeyText,
  type SmartModuleSpec,
  SmartModuleStatus,
  type SpuGroupSpec,
  SpuGroupStatus,
  type SpuSpec,
  SpuStatus,
  type TableFormatSpec,
  TableFormatStatus,
  type TopicSpec,
  TopicStatus,
} from "@smdk/protocol";
import type { Env } from "../../env/types.ts";
import type { Logger } from "../../logger.ts";
import { mirrorSpec, mirrorStatus } from "./kinds/mirror.ts";
import { partitionSpec, partitionStatus } from "./kinds/partition.ts";
import { type RemovalSpec, removalSpec, removalStatus } from "./kinds/removal.ts";
import { smartModuleSpec, smartModuleStatus } from "./kinds/smartmodule.ts";
import { spuGroupSpec, spuGroupStatus, spuSpec, spuStatus } from "./kinds/spu.ts";
import { tableFormatSpec, tableFormatStatus } from "./kinds/table-format.ts";
import { topicSpec, topicStatus } from "./kinds/topic.ts";
import { type MetadataProblem, ObjectFiles, type ObjectShape, statusOr } from "./object-files.ts";
import { ObjectStore } from "./object-store.ts";
import { StoreWriter } from "./writer.ts";

/** How long a change of status alone may wait for the disk, ms. */
const STATUS_DELAY_MS = 2000;

interface KindOptions<S, T> extends ObjectShape<S, T> {
  /** The status of an object that has just been created. */
  initial: () => T;
  /** What of the spec is kept in the history of deleted objects; default all. */
  remains?: (spec: S) => S;
  /** The status is reported anew by each run: it is not worth a write of its own. */
  isStatusReported?: boolean;
  /** What a status of the last run is worth when the cluster starts; default the same. */
  revive?: (status: T) => T;
}

/** One kind: its objects, and a way to wait for the disk. */
export class Kind<S, T> extends ObjectStore<S, T> {
  readonly #files: ObjectFiles<S, T>;
  readonly #writer: StoreWriter<S, T>;
  readonly #revive: (status: T) => T;
  readonly #storedListeners = new Set<(keys: readonly string[]) => void>();
  #storedCount = 0;

  constructor(env: Env, directory: string, options: KindOptions<S, T>, log: Logger) {
    super(options.initial, options.remains);
    const status = statusOr(options.status, options.initial());
    this.#files = new ObjectFiles(env.disk, directory, { ...options, status });
    this.#writer = new StoreWriter({
      store: this,
      files: this.#files,
      statusDelayMs: options.isStatusReported === true ? null : STATUS_DELAY_MS,
      firstWritten: (keys) => {
        this.#storedCount += keys.length;
        for (const listener of this.#storedListeners) listener(keys);
      },
      clock: env.clock,
      log,
    });
    this.#revive = options.revive ?? ((last) => last);
  }

  /** Reads the files; gives back those that could not be read. */
  async open(): Promise<MetadataProblem[]> {
    const { objects, problems } = await this.#files.load();
    for (const object of objects) {
      this.#writer.isWritten(object);
      this.load({ ...object, status: this.#revive(object.status) });
    }
    return problems;
  }

  /** Resolves when the last change of `key` is on disk; rejects with the disk's error. */
  persisted(key: string): Promise<void> {
    return this.#writer.persisted(key);
  }

  /** Whether the object would be there after a crash. */
  isStored(key: string): boolean {
    return this.#writer.hasFile(key);
  }

  /** How many objects have become stored since the start. */
  get storedCount(): number {
    return this.#storedCount;
  }

  /** Calls the listener whenever objects have become stored. */
  onStored(listener: (keys: readonly string[]) => void): void {
    this.#storedListeners.add(listener);
  }

  /** Whether there is a file for `key` that could not be read. */
  isUnreadable(key: string): boolean {
    return this.#files.isUnreadable(key);
  }

  /** Writes what is pending. */
  close(): Promise<void> {
    return this.#writer.close();
  }
}

export class Stores {
  readonly topics: Kind<TopicSpec, TopicStatus>;
  readonly partitions: Kind<PartitionSpec, PartitionStatus>;
  readonly spus: Kind<SpuSpec, SpuStatus>;
  readonly spuGroups: Kind<SpuGroupSpec, SpuGroupStatus>;
  readonly smartModules: Kind<SmartModuleSpec, SmartModuleStatus>;
  readonly tableFormats: Kind<TableFormatSpec, TableFormatStatus>;
  readonly mirrors: Kind<MirrorSpec, MirrorStatus>;
  /** Replicas whose data some SPU still has to delete; not visible outside. */
  readonly removals: Kind<RemovalSpec, null>;
  /** Files that could not be read when the stores were opened. */
  readonly problems: MetadataProblem[] = [];

  private constructor(env: Env, directory: string, log: Logger) {
    const kind = <S, T>(options: KindOptions<S, T>) => new Kind<S, T>(env, directory, options, log);
    this.topics = kind({
      label: "Topic",
      spec: topicSpec,
      status: topicStatus,
      initial: TopicStatus.initial,
      relations: ({ key, status }) => ({
        children: {
          kind: "Partition",
          keys: [...status.replicaMap.keys()].map((partition) => replicaKeyText({ topic: key, partition })),
        },
      }),
    });
    this.partitions = kind({
      label: "Partition",
      spec: partitionSpec,
      status: partitionStatus,
      initial: PartitionStatus.initial,
      relations: ({ key }) => ({ parent: parseReplicaKey(key)?.topic ?? key }),
      isStatusReported: true,
      // Nothing is served before its leader says so.
      revive: (status) =>
        status.resolution === "Online" || status.resolution === "OutOfStorage"
          ? { ...status, resolution: "LeaderOffline" }
          : status,
    });
    this.spus = kind({
      label: "SPU",
      spec: spuSpec,
      status: spuStatus,
      initial: SpuStatus.initial,
      isStatusReported: true,
      revive: ({ resolution }) => ({ resolution: resolution === "Online" ? "Offline" : resolution }),
    });
    this.spuGroups = kind({
      label: "SpuGroup",
      spec: spuGroupSpec,
      status: spuGroupStatus,
      initial: SpuGroupStatus.initial,
    });
    this.smartModules = kind({
      label: "SmartModule",
      spec: smartModuleSpec,
      status: smartModuleStatus,
      initial: SmartModuleStatus.initial,
      remains: (spec) => ({ ...spec, wasm: { ...spec.wasm, payload: new Uint8Array() } }),
    });
    this.tableFormats = kind({
      label: "TableFormat",
      spec: tableFormatSpec,
      status: tableFormatStatus,
      initial: TableFormatStatus.initial,
    });
    this.mirrors = kind({
      label: "Mirror",
      spec: mirrorSpec,
      status: mirrorStatus,
      initial: MirrorStatus.initial,
    });
    this.removals = kind({
      label: "Removal",
      spec: removalSpec,
      status: removalStatus,
      initial: () => null,
    });
  }

  /** Reads `directory`, which is made if it is absent, and keeps it up to date until `close`. */
  static async open(env: Env, directory: string, log: Logger): Promise<Stores> {
    const stores = new Stores(env, directory, log);
    await env.disk.mkdir(directory);
    for (const problems of await Promise.all(stores.#kinds().map((kind) => kind.open()))) {
      stores.problems.push(...problems);
    }
    // Files are only as durable as the names of the directories that hold them.
    await env.disk.syncDirectory(directory);
    await env.disk.syncDirectory(dirname(directory));
    for (const problem of stores.problems) log.error({ ...problem }, "metadata file skipped");
    return stores;
  }

  /** Writes what is pending. */
  async close(): Promise<void> {
    await Promise.all(this.#kinds().map((kind) => kind.close()));
  }

  #kinds(): { open(): Promise<MetadataProblem[]>; close(): Promise<void> }[] {
    const { topics, partitions, spus, spuGroups, smartModules, tableFormats, mirrors, removals } = this;
    return [topics, partitions, spus, spuGroups, smartModules, tableFormats, mirrors, removals];
  }
}
