// Produce: checks each partition entry, runs the request's SmartModules over it, writes it, and says where it went.
import {
  batches,
  checkBatch,
  type ErrorCode,
  type Infer,
  type ProduceApi,
  RecordError,
  readBatchHeader,
  sectionOf,
} from "@smdk/protocol";
import type { Clock } from "../env/index.ts";
import { errorCode, errorText } from "../error.ts";
import type { Logger } from "../logger.ts";
import { BatchMerger, recordCount } from "./batch-merge.ts";
import { type ChainContext, ChainFailure, openChain } from "./chain.ts";
import { errorForVersion, otherError } from "./client-errors.ts";
import { Pacer } from "./pacer.ts";
import { type LeaderReplica, runRecordSet, type WriteResult } from "./replica.ts";

type ProduceRequest = Infer<typeof ProduceApi.request>;
type ProduceResponse = Infer<typeof ProduceApi.response>;
type Invocations = ProduceRequest["smartmodules"];

type ProduceContext = {
  replica(topic: string, partition: number): LeaderReplica | undefined;
  chains: ChainContext;
  clock: Clock;
  logger: Logger;
};

/** What became of one partition entry. */
type Entry = { partition: number; error: ErrorCode; baseOffset: bigint; written: Written | null };
type Written = { replica: LeaderReplica; logEnd: bigint };

/** Bytes of entries that may be on their way to the disk at the same time. */
const MAX_WRITING_BYTES = 4 * 1024 * 1024;

/**
 * Handles a request. Entries are written strictly in order and answered in the same shape, also those that fail;
 * there is no atomicity across entries. The log gathers writes that come together, so entries do not wait for each
 * other's.
 */
export async function handleProduce(
  context: ProduceContext,
  request: ProduceRequest,
  version: number,
  signal: AbortSignal,
): Promise<ProduceResponse> {
  const topics: { name: string; entries: Entry[] }[] = [];
  for (const { name, partitions } of request.topics) {
    const entries: Promise<Entry>[] = [];
    let writing = 0;
    for (const { partitionIndex, records } of partitions) {
      const entry = produceEntry(context, name, partitionIndex, records, request.smartmodules, version);
      entries.push(entry);
      writing += records.length;
      // What modules make of an entry is ready later than the next one would be.
      if (writing < MAX_WRITING_BYTES && request.smartmodules.length === 0) continue;
      await entry;
      writing = 0;
    }
    topics.push({ name, entries: await Promise.all(entries) });
  }
  if (request.isolation === "ReadCommitted") {
    for (const { entries } of topics) {
      for (const entry of entries) await awaitCommit(entry, request.timeout, signal);
    }
  }
  return {
    responses: topics.map(({ name, entries }) => ({
      name,
      partitions: entries.map(({ partition, error, baseOffset }) => ({
        partitionIndex: partition,
        errorCode: errorForVersion(error, version),
        baseOffset,
        logAppendTimeMs: 0n,
        logStartOffset: 0n,
      })),
    })),
    throttleTimeMs: 0,
  };
}

async function produceEntry(
  context: ProduceContext,
  topic: string,
  partition: number,
  records: Uint8Array,
  smartModules: Invocations,
  version: number,
): Promise<Entry> {
  const failed = (error: ErrorCode): Entry => ({ partition, error, baseOffset: 0n, written: null });
  const replica = context.replica(topic, partition);
  if (replica === undefined) return failed({ kind: "NotLeaderForPartition" });
  const refusal = replica.refusal();
  if (refusal !== null) return failed(refusal);
  try {
    const stored =
      smartModules.length === 0 ? records : await transform(context, replica, records, smartModules, version);
    if (!checkEntry(replica, stored)) return failed({ kind: "None" });
    const result: WriteResult = await replica.write(stored);
    if ("error" in result) return failed(result.error);
    return {
      partition,
      error: { kind: "None" },
      baseOffset: result.baseOffset,
      written: { replica, logEnd: result.logEnd },
    };
  } catch (error) {
    if (error instanceof ChainFailure) return failed(error.error);
    if (error instanceof RecordError) return failed(recordError(error));
    context.logger.error({ err: error, topic, partition }, "a partition entry failed");
    return failed({ kind: "UnknownServerError" });
  }
}

/**
 * Whether the record set has records at all; a client's flush may have none.
 * @throws RecordError for a damaged set, ChainFailure with CompressionError for a codec the topic does not take.
 */
function checkEntry(replica: LeaderReplica, records: Uint8Array): boolean {
  let total = 0;
  let codecs = true;
  for (const { start } of batches(records)) {
    // The log checks form and checksum; here only what decides over the answer is looked at.
    const header = readBatchHeader(records, start);
    const span = Math.max(0, header.lastOffsetDelta + 1);
    if (header.compression === "None" && recordCount(sectionOf(records, header)) > span) {
      throw new RecordError("SMDK_BATCH_INVALID", "a batch has more records than it claims offsets");
    }
    total += span;
    codecs &&= replica.acceptsCodec(header.compression);
  }
  if (total > 0 && !codecs) throw new ChainFailure({ kind: "CompressionError" });
  return total > 0;
}

/** The one batch that the request's SmartModules make of the entry; an empty set if nothing is left. */
async function transform(
  context: ProduceContext,
  replica: LeaderReplica,
  records: Uint8Array,
  smartModules: Invocations,
  version: number,
): Promise<Uint8Array> {
  const chain = await openChain(context.chains, smartModules, version, replica.log);
  const merger = new BatchMerger(0n, { keepTimestamps: true });
  let failed: ErrorCode | null;
  try {
    for (const { start } of batches(records)) checkBatch(records, start);
    failed = await runRecordSet(chain, records, merger, new Pacer(context.clock));
  } catch (error) {
    if (error instanceof RecordError) throw error;
    if (!errorCode(error)?.startsWith("SMDK_ENGINE_")) throw error;
    throw new ChainFailure(otherError(`smartmodule chain failed: ${errorText(error)}`));
  } finally {
    chain.close();
  }
  if (failed !== null) throw new ChainFailure(failed);
  return merger.finish({ growSpan: true }) ?? new Uint8Array(0);
}

function recordError(error: RecordError): ErrorCode {
  if (error.code === "SMDK_BATCH_TOO_LARGE") return { kind: "MessageTooLarge" };
  if (error.code.startsWith("SMDK_COMPRESSION")) return { kind: "CompressionError" };
  return { kind: "StorageError" };
}

/** Waits until what an entry wrote is committed; when the time is over, the entry says so and stays written. */
async function awaitCommit(entry: Entry, timeoutMs: number, signal: AbortSignal): Promise<void> {
  if (entry.written === null) return;
  const { replica, logEnd } = entry.written;
  const committed = await replica.log.waitFor("highWatermark", logEnd, { timeoutMs, signal });
  if (committed) return;
  entry.error = { kind: "RequestTimedOut", timeoutMs: BigInt(timeoutMs), requestKind: "Produce" };
}
