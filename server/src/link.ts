// The link between the controller (SC) and the processing units (SPUs) of one process: what each side may
// ask of the other, and nothing else. A networked link would implement the same interfaces.
import type {
  CleanupPolicy,
  CompressionAlgorithm,
  Deduplication,
  ErrorCode,
  PartitionMirrorConfig,
  SmartModuleSpec,
  SpuSpec,
  TopicStorageConfig,
} from "@smdk/protocol";

/** One replica as the controller wants it; Fluvio's `Replica` message (wire-protocol 8.1). */
export type Replica = {
  topic: string;
  partition: number;
  /** SPU id of the leader. */
  leader: number;
  /** SPU ids, in the order of the assignment. */
  replicas: number[];
  mirror: PartitionMirrorConfig | null;
  cleanupPolicy: CleanupPolicy | null;
  storage: TopicStorageConfig | null;
  compressionType: CompressionAlgorithm;
  deduplication: Deduplication | null;
  system: boolean;
};

/** An object's key and spec, as the SPUs see it. */
export type Named<S> = { name: string; spec: S };

/** The whole desired state of every SPU. Each SPU receives all of it and acts on the replicas it occurs in. */
export type Assignment = {
  /** Grows with every change; an assignment older than the last one applied may be ignored. */
  epoch: number;
  spus: Named<SpuSpec>[];
  replicas: Replica[];
  smartModules: Named<SmartModuleSpec>[];
};

/** What the SC may ask of an SPU. Calls to one SPU are made one after the other, never concurrently. */
export type SpuPort = {
  readonly id: number;
  /**
   * Takes the full desired state. Resolves once every replica led by this SPU is open and the SmartModules are
   * visible, so that "created" means "usable". A replica that cannot be opened must not fail the others: the
   * call rejects only if nothing could be applied, and a broken replica is simply not reported.
   * Leaving a replica out closes it but keeps its data; only `removeReplica` deletes.
   */
  assign(assignment: Assignment): Promise<void>;
  /**
   * Ends the streams of the replica (TopicDeleted), deletes its data and the consumer offsets kept for it.
   * Called on every SPU, also on those that do not hold the replica; missing data is not an error.
   * Resolves once a topic of the same name may be created afresh.
   */
  removeReplica(topic: string, partition: number): Promise<void>;
};

/** State of one replica, reported by the SPU that leads it. */
export type ReplicaReport = {
  topic: string;
  partition: number;
  /** High watermark: offset after the last committed record. */
  hw: bigint;
  /** Log end offset: offset after the last record. */
  leo: bigint;
  /** Bytes on disk. */
  size: bigint;
  /** Offset of the oldest record still kept. */
  baseOffset: bigint;
  /** The disk refused the last append; the partition is readable but not writable. */
  outOfStorage: boolean;
};

/** What an SPU may tell the SC. */
export type ScPort = {
  /**
   * Reports replicas led by `spuId` whose state changed. The first report of a replica turns its partition
   * Online. Cheap, never throws; replicas the SC does not know are ignored one by one.
   */
  report(spuId: number, reports: readonly ReplicaReport[]): void;
};

/** The consumer-offset store of the SPU that leads partition 0 of the `consumer-offset` topic. */
export type ConsumerOffsetPeer = {
  /** Stores the offset of the last processed record. Resolves to `{ kind: "None" }` or why it was refused. */
  updateConsumerOffset(
    topic: string,
    partition: number,
    consumerId: string,
    offset: bigint,
  ): Promise<ErrorCode>;
  /** Forgets what is saved for a replica. To be called when nobody can save for it any more. */
  deleteReplica(topic: string, partition: number): Promise<void>;
  /** The offset saved for this consumer, or null. */
  fetchConsumerOffset(topic: string, partition: number, consumerId: string): Promise<bigint | null>;
};

/** How SPUs of one cluster find one another. */
export class SpuPeers {
  readonly #consumerOffsets = new Map<number, ConsumerOffsetPeer>();

  /** Makes the store of SPU `spuId` reachable; returns the function that withdraws it again. */
  offerConsumerOffsets(spuId: number, peer: ConsumerOffsetPeer): () => void {
    this.#consumerOffsets.set(spuId, peer);
    return () => {
      if (this.#consumerOffsets.get(spuId) === peer) this.#consumerOffsets.delete(spuId);
    };
  }

  /** The store of SPU `spuId`, or null while that SPU is not running. */
  consumerOffsets(spuId: number): ConsumerOffsetPeer | null {
    return this.#consumerOffsets.get(spuId) ?? null;
  }
}
