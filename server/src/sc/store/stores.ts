// All object kinds of one cluster: their stores in memory, their files, and what follows when they are loaded.
import {
  type MirrorSpec,
  MirrorStatus,
  type PartitionSpec,
  PartitionStatus,
  parseReplicaKey,
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

/** One kind: its objects, and a way to wait for the disk. */
export class Kind<S, T> extends ObjectStore<S, T> {
  readonly label: string;
  readonly #files: ObjectFiles<S, T>;
  #writer: StoreWriter<S, T> | undefined;

  constructor(
    env: Env,
    directory: string,
    shape: ObjectShape<S, T>,
    initial: () => T,
    remains?: (spec: S) => S,
  ) {
    super(initial, remains);
    this.label = shape.label;
    this.#files = new ObjectFiles(env.disk, directory, {
      ...shape,
      status: statusOr(shape.status, initial()),
    });
  }

  /** Reads the files and begins to write changes; gives back the files that could not be read. */
  async open(env: Env, log: Logger): Promise<MetadataProblem[]> {
    const { objects, problems } = await this.#files.load();
    for (const object of objects) this.load(object);
    this.#writer = new StoreWriter(this, this.#files, env.clock, log);
    return problems;
  }

  /** Resolves when the last change of `key` is on disk; rejects with the disk's error. */
  async persisted(key: string): Promise<void> {
    await this.#writer?.persisted(key);
  }

  /** Says that what the file of `key` tells about other objects is out of date. */
  touch(key: string): void {
    this.#writer?.mark(key, "status");
  }

  /** Whether there is a file for `key` that could not be read. */
  isUnreadable(key: string): boolean {
    return this.#files.isUnreadable(key);
  }

  async close(): Promise<void> {
    await this.#writer?.close();
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

  private constructor(env: Env, directory: string) {
    const kind = <S, T>(shape: ObjectShape<S, T>, initial: () => T, remains?: (spec: S) => S) =>
      new Kind<S, T>(env, directory, shape, initial, remains);
    this.topics = kind(
      {
        label: "Topic",
        spec: topicSpec,
        status: topicStatus,
        relations: ({ key, status }) => ({
          children: { kind: "Partition", keys: [...status.replicaMap.keys()].map((id) => `${key}-${id}`) },
        }),
      },
      TopicStatus.initial,
    );
    this.partitions = kind(
      {
        label: "Partition",
        spec: partitionSpec,
        status: partitionStatus,
        relations: ({ key }) => ({ parent: parseReplicaKey(key)?.topic ?? key }),
      },
      PartitionStatus.initial,
    );
    this.spus = kind({ label: "SPU", spec: spuSpec, status: spuStatus }, SpuStatus.initial);
    this.spuGroups = kind(
      { label: "SpuGroup", spec: spuGroupSpec, status: spuGroupStatus },
      SpuGroupStatus.initial,
    );
    this.smartModules = kind(
      { label: "SmartModule", spec: smartModuleSpec, status: smartModuleStatus },
      SmartModuleStatus.initial,
      (spec) => ({ ...spec, wasm: { ...spec.wasm, payload: new Uint8Array() } }),
    );
    this.tableFormats = kind(
      { label: "TableFormat", spec: tableFormatSpec, status: tableFormatStatus },
      TableFormatStatus.initial,
    );
    this.mirrors = kind({ label: "Mirror", spec: mirrorSpec, status: mirrorStatus }, MirrorStatus.initial);
    this.removals = kind({ label: "Removal", spec: removalSpec, status: removalStatus }, () => null);
  }

  /** Reads `directory`, which is made if it is absent, and keeps it up to date until `close`. */
  static async open(env: Env, directory: string, log: Logger): Promise<Stores> {
    const stores = new Stores(env, directory);
    await env.disk.mkdir(directory);
    for (const problems of await Promise.all(stores.#kinds().map((kind) => kind.open(env, log)))) {
      stores.problems.push(...problems);
    }
    for (const problem of stores.problems) log.error({ ...problem }, "metadata file skipped");
    return stores;
  }

  /** Writes what is pending. */
  async close(): Promise<void> {
    await Promise.all(this.#kinds().map((kind) => kind.close()));
  }

  #kinds(): { open(env: Env, log: Logger): Promise<MetadataProblem[]>; close(): Promise<void> }[] {
    const { topics, partitions, spus, spuGroups, smartModules, tableFormats, mirrors, removals } = this;
    return [topics, partitions, spus, spuGroups, smartModules, tableFormats, mirrors, removals];
  }
}
