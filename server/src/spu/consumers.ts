// Saved consumer offsets as clients see them: kept here if this SPU leads the system topic, else asked of the SPU that
// does (wire-protocol 5.6).
import type {
  DeleteConsumerOffsetApi,
  ErrorCode,
  FetchConsumerOffsetsApi,
  Infer,
  UpdateConsumerOffsetApi,
} from "@smdk/protocol";
import { batches, encodeBatch, RecordCursor, recordsSection } from "@smdk/protocol";
import type { Clock } from "../env/index.ts";
import { errorText } from "../error.ts";
import type { ConsumerOffsetPeer, SpuPeers } from "../link.ts";
import type { PartitionLog } from "../log/index.ts";
import type { Logger } from "../logger.ts";
import { errorForVersion, otherError } from "./client-errors.ts";
import type { ConnectionStreams } from "./connection-streams.ts";
import { ConsumerOffsetStore, type OffsetLog } from "./consumer-offsets.ts";
import type { LeaderReplica } from "./replica.ts";

type Request<A extends { request: unknown }> = Infer<A["request"]>;
type Response<A extends { response: unknown }> = Infer<A["response"]>;

const NONE: ErrorCode = { kind: "None" };
const READ_BYTES = 1024 * 1024;

type ConsumersOptions = {
  spuId: number;
  peers: SpuPeers;
  clock: Clock;
  logger: Logger;
  /** Whether the cluster has this replica; what is saved for others is not shown. */
  replicaExists(topic: string, partition: number): boolean;
};

export class Consumers {
  readonly #options: ConsumersOptions;
  #store: { store: ConsumerOffsetStore; replica: LeaderReplica; withdraw: () => void } | null = null;
  #leader: number | null = null;

  constructor(options: ConsumersOptions) {
    this.#options = options;
  }

  /**
   * Follows the controller: `leader` is the SPU that leads the system topic, `replica` its replica if that is this SPU
   * and it is open.
   */
  async follow(leader: number | null, replica: LeaderReplica | undefined): Promise<void> {
    this.#leader = leader;
    if (this.#store?.replica === replica) return;
    this.#store?.withdraw();
    this.#store = null;
    if (replica === undefined) return;
    const { clock, logger, peers, spuId } = this.#options;
    const nowSeconds = () => BigInt(Math.trunc(clock.nowMs() / 1000));
    const log = offsetLog(replica.log, clock);
    const store = await ConsumerOffsetStore.open(log, nowSeconds, logger);
    const withdraw = peers.offerConsumerOffsets(spuId, {
      updateConsumerOffset: (topic, partition, consumerId, offset) =>
        save(store, topic, partition, consumerId, offset),
      deleteReplica: (topic, partition) => store.deleteReplica(topic, partition),
      fetchConsumerOffset: async (topic, partition, consumerId) =>
        store.get(topic, partition, consumerId)?.offset ?? null,
    });
    const stopWatching = this.#keepBehindRetention(replica.log, store);
    this.#store = {
      store,
      replica,
      withdraw: () => {
        stopWatching();
        withdraw();
      },
    };
  }

  /** Entries that stood only in segments which retention removed are written again at once. */
  #keepBehindRetention(log: PartitionLog, store: ConsumerOffsetStore): () => void {
    let { logStart } = log.offsets;
    return log.onAdvance((offsets) => {
      if (offsets.logStart === logStart) return;
      logStart = offsets.logStart;
      store.checkpoint().catch((error) => {
        this.#options.logger.warn({ err: error }, "consumer offsets could not be checkpointed");
      });
    });
  }

  close(): void {
    this.#store?.withdraw();
    this.#store = null;
  }

  /**
   * Forgets what is saved for a replica that is gone, wherever in the cluster it is kept. To be called when its streams
   * have ended: another SPU may have forgotten it before, and taken one more offset from here since.
   */
  async deleteReplica(topic: string, partition: number): Promise<void> {
    const store = this.#store?.store ?? this.#peer();
    await store?.deleteReplica(topic, partition);
  }

  /** The store of the SPU that leads the system topic, while that is another one that runs. */
  #peer(): ConsumerOffsetPeer | null {
    return this.#leader === null ? null : this.#options.peers.consumerOffsets(this.#leader);
  }

  /** The offset saved for a consumer, wherever in the cluster it is kept; null if there is none. */
  async saved(topic: string, partition: number, consumerId: string): Promise<bigint | null> {
    const local = this.#store;
    if (local !== null) return local.store.get(topic, partition, consumerId)?.offset ?? null;
    const peer = this.#peer();
    return peer === null ? null : await peer.fetchConsumerOffset(topic, partition, consumerId);
  }

  async handleUpdate(
    streams: ConnectionStreams,
    request: Request<typeof UpdateConsumerOffsetApi>,
    version: number,
  ): Promise<Response<typeof UpdateConsumerOffsetApi>> {
    const { offset, sessionId } = request;
    const error = await this.#update(streams, sessionId, offset);
    if (error.kind === "None") return { offset, errorCode: error };
    return { offset: 0n, errorCode: errorForVersion(error, version) };
  }

  async #update(streams: ConnectionStreams, sessionId: number, offset: bigint): Promise<ErrorCode> {
    const consumer = streams.consumer(sessionId);
    if (consumer === undefined) return { kind: "FetchSessionNotFoud" };
    const { topic, partition, consumerId, replicaEnded } = consumer;
    if (consumerId === null) return otherError("stream without consumer id");
    // As if it had been saved before the topic went, and been forgotten with it: the next of its name begins afresh.
    if (replicaEnded.reason === "deleted") return NONE;
    const local = this.#store;
    if (local !== null) return save(local.store, topic, partition, consumerId, offset);
    const peer = this.#peer();
    if (peer === null) return otherError("update offset in peer: no SPU leads consumer-offset-0");
    try {
      return await peer.updateConsumerOffset(topic, partition, consumerId, offset);
    } catch (error) {
      return otherError(`update offset in peer: ${errorText(error)}`);
    }
  }

  async handleDelete(
    request: Request<typeof DeleteConsumerOffsetApi>,
    version: number,
  ): Promise<Response<typeof DeleteConsumerOffsetApi>> {
    const local = this.#store;
    if (local === null) return { errorCode: { kind: "PartitionNotLeader" } };
    const { topic, partition } = request.replicaId;
    try {
      await local.store.delete(topic, partition, request.consumerId);
      return { errorCode: NONE };
    } catch (error) {
      const refusal = otherError(`unable to delete consumer: ${errorText(error)}`);
      return { errorCode: errorForVersion(refusal, version) };
    }
  }

  handleFetch(request: Request<typeof FetchConsumerOffsetsApi>): Response<typeof FetchConsumerOffsetsApi> {
    const local = this.#store;
    if (local === null) return { errorCode: { kind: "PartitionNotLeader" }, consumers: [] };
    const { replicaId = null, consumerId = null } = request.filterOpts ?? {};
    const consumers = local.store
      .list()
      .filter(
        (entry) =>
          (consumerId === null || entry.consumerId === consumerId) &&
          (replicaId === null ||
            (entry.topic === replicaId.topic && entry.partition === replicaId.partition)) &&
          this.#options.replicaExists(entry.topic, entry.partition),
      )
      .map(({ topic, partition, consumerId, offset, modifiedTime }) => ({
        consumerId,
        replicaId: { topic, partition },
        offset,
        modifiedTime,
      }));
    return { errorCode: NONE, consumers };
  }
}

async function save(
  store: ConsumerOffsetStore,
  topic: string,
  partition: number,
  consumerId: string,
  offset: bigint,
): Promise<ErrorCode> {
  try {
    await store.put(topic, partition, consumerId, offset);
    return NONE;
  } catch (error) {
    return otherError(errorText(error));
  }
}

/** The partition log as the store uses it: one value per record. */
function offsetLog(log: PartitionLog, clock: Clock): OffsetLog {
  return {
    async append(values) {
      const now = BigInt(clock.nowMs());
      const records = values.map((value, offsetDelta) => ({ value, offsetDelta }));
      await log.append(encodeBatch({ records, firstTimestamp: now, maxTimestamp: now }));
    },
    async replay(visit) {
      const { logStart, logEnd } = log.offsets;
      for (let at = logStart; at < logEnd; ) {
        const { records, nextOffset } = await log.read({ offset: at, maxBytes: READ_BYTES });
        if (records.length === 0) return;
        for (const { start } of batches(records)) {
          for (const cursor = new RecordCursor(recordsSection(records, start)); cursor.next(); ) {
            visit(cursor.value());
          }
        }
        at = nextOffset;
      }
    },
  };
}
