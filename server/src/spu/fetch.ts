// The one-shot requests about a partition's records: Fetch, and FetchOffsets.
import type { FetchApi, FetchOffsetsApi, Infer } from "@smdk/protocol";
import { errorForVersion } from "./client-errors.ts";
import { MAX_RESPONSE_BYTES, readError } from "./log-read.ts";
import type { LeaderReplica } from "./replica.ts";

type FetchRequest = Infer<typeof FetchApi.request>;
type FetchResponse = Infer<typeof FetchApi.response>;
type FetchOffsetsRequest = Infer<typeof FetchOffsetsApi.request>;
type FetchOffsetsResponse = Infer<typeof FetchOffsetsApi.response>;

type FindReplica = (topic: string, partition: number) => LeaderReplica | undefined;
type FetchedPartition = FetchResponse["topics"][number]["partitions"][number];

/** Reads whole batches of each partition asked for; all partitions together stay within one response's bound. */
export async function handleFetch(
  find: FindReplica,
  request: FetchRequest,
  version: number,
): Promise<FetchResponse> {
  // Before version 3 the request has no bound of its own.
  let room = version >= 3 ? clampBytes(request.maxBytes) : MAX_RESPONSE_BYTES;
  const committed = version >= 4 && request.isolationLevel === "ReadCommitted";
  const topics: FetchResponse["topics"] = [];
  for (const { name, fetchPartitions } of request.topics) {
    const partitions: FetchedPartition[] = [];
    for (const wanted of fetchPartitions) {
      const maxBytes = Math.min(room, clampBytes(wanted.maxBytes));
      const fetched = await fetchPartition(
        find(name, wanted.partitionIndex),
        wanted.partitionIndex,
        wanted.fetchOffset,
        maxBytes,
        committed,
      );
      room = Math.max(0, room - fetched.records.length);
      partitions.push({ ...fetched, errorCode: errorForVersion(fetched.errorCode, version) });
    }
    topics.push({ name, partitions });
  }
  return { throttleTimeMs: 0, errorCode: { kind: "None" }, sessionId: 0, topics };
}

function clampBytes(bytes: number): number {
  return Math.min(Math.max(bytes, 1), MAX_RESPONSE_BYTES);
}

async function fetchPartition(
  replica: LeaderReplica | undefined,
  partition: number,
  offset: bigint,
  maxBytes: number,
  committed: boolean,
): Promise<FetchedPartition> {
  const response: FetchedPartition = {
    partitionIndex: partition,
    errorCode: { kind: "None" },
    highWatermark: 0n,
    nextFilterOffset: 0n,
    logStartOffset: 0n,
    aborted: null,
    records: new Uint8Array(0),
  };
  if (replica === undefined) return { ...response, errorCode: { kind: "NotLeaderForPartition" } };
  const { log } = replica;
  const { highWatermark, logEnd, logStart } = log.offsets;
  const found = { ...response, highWatermark, logStartOffset: logStart };
  if (maxBytes === 0) return found;
  try {
    const { records } = await log.read({ offset, maxBytes, end: committed ? highWatermark : logEnd });
    return { ...found, records };
  } catch (error) {
    return { ...response, errorCode: readError(error, offset, log.offsets) };
  }
}

/**
 * Start and end of each partition asked for. `savedOffset` finds what is saved for the consumer that releases up to
 * 0.11 name in the request.
 */
export async function handleFetchOffsets(
  find: FindReplica,
  savedOffset: (topic: string, partition: number, consumerId: string) => Promise<bigint | null>,
  request: FetchOffsetsRequest,
  version: number,
): Promise<FetchOffsetsResponse> {
  const consumerId = version === 23 ? request.consumerId : null;
  const topics: FetchOffsetsResponse["topics"] = [];
  for (const { name, partitions } of request.topics) {
    const answers: FetchOffsetsResponse["topics"][number]["partitions"] = [];
    for (const { partitionIndex } of partitions) {
      const replica = find(name, partitionIndex);
      if (replica === undefined) {
        answers.push({
          errorCode: { kind: "PartitionNotLeader" },
          partitionIndex,
          startOffset: 0n,
          lastStableOffset: 0n,
        });
        continue;
      }
      const { logStart, highWatermark } = replica.log.offsets;
      const saved = consumerId === null ? null : await savedOffset(name, partitionIndex, consumerId);
      answers.push({
        errorCode: { kind: "None" },
        partitionIndex,
        startOffset: saved === null ? logStart : saved + 1n,
        lastStableOffset: highWatermark,
      });
    }
    topics.push({ name, partitions: answers });
  }
  return { topics };
}
